"""The one form in which a value is written: as a table of the plan file, and as what its digest is made of."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

_CHUNK = 4096
"""Entries that are written at once."""


def table(value: msgspec.Struct, *, keep_empty: bool = False) -> dict[str, Any]:
    """Write one value as a TOML table: tuples as arrays, nothing for None and, unless asked, for empty defaults."""
    needed = needed_keys(type(value))
    content = {}
    for name, key in in_file_order(type(value)).items():
        item = getattr(value, name)
        if item or (item is not None and (keep_empty or key in needed)):
            content[key] = _toml_value(item)
    return content


def _toml_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dict):
        return {name: _toml_value(item) for name, item in value.items()}
    return value


@cache
def in_file_order(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Keys of a kind's table by the names of its fields, in reading order; reasons and citations last."""
    keys = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    return {name: key for name, key in keys.items() if name not in _PROOF} | {
        name: name for name in _PROOF if name in keys
    }


_PROOF = ("because", "cites")


@cache
def needed_keys(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Keys whose absence a reader would take for something else than empty."""
    return frozenset(
        field.encode_name
        for field in msgspec.structs.fields(kind)
        if field.required or (field.default is not msgspec.NODEFAULT and field.default and field.default != ())
    )


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of content written as JSON with sorted keys and no spaces."""
    import hashlib

    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def digest_of_lists(tables: Mapping[str, Mapping[str, Any]], lists: Mapping[str, Sequence[msgspec.Struct]]) -> str:
    """Digest of tables, and of lists of the tables that ``table`` makes of these values."""
    import hashlib

    written = hashlib.sha256()
    before = b"{"
    for name in sorted((*tables, *lists)):
        written.update(before + msgspec.json.encode(name) + b":")
        if name in tables:
            written.update(msgspec.json.encode(tables[name], order="deterministic"))
        else:
            entries = lists[name]
            for start in range(0, len(entries), _CHUNK):
                part = [table(entry) for entry in entries[start : start + _CHUNK]]
                written.update((b"," if start else b"[") + msgspec.json.encode(part, order="deterministic")[1:-1])
            written.update(b"]" if entries else b"[]")
        before = b","
    written.update(b"}")
    return written.hexdigest()
