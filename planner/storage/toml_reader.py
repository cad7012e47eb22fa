"""Plans as TOML text, read with strict types and bounds; what writes them is found here too."""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import tomli

from planner.catalogue.answers import Answers, TopologyError, Value
from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Summary
from planner.plan.editing import assume_unanswered
from planner.plan.plan import (
    ANSWER_KINDS,
    DERIVED_TABLES,
    SCHEMA,
    Change,
    DecisionRecord,
    Head,
    Plan,
    facts,
    most_rules,
    said_decisions,
)
from planner.plan.topology import Device, Topology, Zone
from planner.storage.toml_limits import ruinous_shape, stated_schema
from planner.storage.toml_writer import DERIVED_BEGINS, written
from planner.storage.toml_writer import write_answers as write_answers  # noqa: PLC0414 - read and written as one
from planner.storage.toml_writer import write_text as write_text  # noqa: PLC0414 - likewise
from planner.text.escaping import shorten_middle, visible
from planner.text.layout import did_you_mean

_LEAST_BYTES = 300
"""Fewer than that a rule never takes in a plan file, of as many as the answers take at most."""


class PlanTextError(ValueError):
    """The text is no plan. It names line or field, what is wrong and what is accepted, in one line."""


class PlanText(msgspec.Struct, frozen=True, dict=True):
    """A plan as read: its value, the text, and what else the text states.

    ``data`` is the text in UTF-8; line ends that are all CR LF are LF here. ``sha256`` is of the bytes of the file, in
    hexadecimal; empty where the text came from none. ``tables``: those that are stated as derived, and those of the
    answers as they stand; None where the text is to the letter what the program writes for the plan.
    """

    plan: Plan
    data: bytes
    tables: tuple[dict[str, Any], dict[str, Any]] | None
    sha256: str = ""

    @property
    def text(self) -> str:
        """The text, made anew each time: of a large plan it takes more memory than all else."""
        return self.data.decode()

    @property
    def intact(self) -> bool:
        """The text is to the letter what the program writes for the plan."""
        return self.tables is None

    @property
    def file_derived(self) -> dict[str, Any]:
        """The tables that the text states as derived; none in a file of answers."""
        return self._tables[0]

    @property
    def file_answers(self) -> dict[str, Any]:
        """The tables of the answers as they stand, for their digest."""
        return self._tables[1]

    @cached_property
    def _tables(self) -> tuple[dict[str, Any], dict[str, Any]]:
        if self.tables is not None:
            return self.tables
        document = tomli.loads(self.text)
        return _derived_tables(document), _answer_tables(document)


def read_text(text: str) -> PlanText:
    """Read a plan, or a file of answers alone, however long.

    Raises:
        PlanTextError: not TOML, over a bound, an unknown key, a wrong type, an impossible answer.
    """
    return read_bytes(text.encode())


def read_bytes(data: bytes, most_parsed: int | None = None) -> PlanText:
    """Read a plan, or a file of answers alone, from its bytes.

    Args:
        data: the bytes, in UTF-8.
        most_parsed: bytes that are read line by line; a text that is to the letter what its answers derive may be
            longer, as only its answers are. None for any number.

    Raises:
        PlanTextError: not UTF-8, not TOML, over a bound, an unknown key, a wrong type, an impossible answer.
    """
    if data.count(b"\r\n") == data.count(b"\n"):  # a mail system changes all line ends, an edit few
        data = data.replace(b"\r\n", b"\n")
    intact = _as_written(data, most_parsed)
    if intact is not None:
        return PlanText(intact, data, None)
    if most_parsed is not None and len(data) > most_parsed:
        mebibytes = most_parsed >> 20
        raise PlanTextError(
            f"larger than {mebibytes} MiB and not to the letter what its answers derive; accepted: a plan as it was "
            f"saved, up to {mebibytes} MiB of another, or more with --max-size"
        )
    document = _parse(decode(data))
    plan = _plan(document)
    return PlanText(plan, data, (_derived_tables(document), _answer_tables(document)))


def decode(data: bytes) -> str:
    """Text of a file, without its byte order mark. Raises PlanTextError: it is not UTF-8."""
    for encoding, mark in _OTHER_MARKS.items():
        if data.startswith(mark):
            raise PlanTextError(f"{encoding} text; accepted: UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PlanTextError(f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8; accepted: UTF-8") from None


def _as_written(data: bytes, most_parsed: int | None) -> Plan | None:
    """Plan of a text that is to the letter what the program writes for it; None for any other.

    Only the answers are parsed: deriving and writing a large plan takes a fraction of the time of parsing it.
    """
    end = data.find(_DERIVED_BEGINS, 0, most_parsed)
    if end < 0:
        return None
    try:
        plan = _plan(_parse(decode(data[:end])))
        if most_rules(plan.topology, load_catalogue()) * _LEAST_BYTES > len(data):
            return None
        place, last = 0, data[data.rfind(_INTEGRITY) :]
        for part in written(plan, text_digest=b'\ntext = "' in last):
            encoded = part.encode()
            if not data.startswith(encoded, place):
                return None
            place += len(encoded)
    except ValueError:  # what is wrong is said by reading the whole
        return None
    return plan if place == len(data) else None


_OTHER_MARKS = {
    "UTF-32": (BOM_UTF32_LE, BOM_UTF32_BE),
    "UTF-16": (BOM_UTF16_LE, BOM_UTF16_BE),
}
"""Byte order marks of other encodings; UTF-32 comes first, as its mark begins with that of UTF-16."""

_DERIVED_BEGINS = f"\n{DERIVED_BEGINS}".encode()
_INTEGRITY = b"\n[integrity]\n"


def _plan(document: dict[str, Any]) -> Plan:
    schema = document.pop("schema", None)
    if schema != SCHEMA:
        raise PlanTextError(_wrong_schema(schema))
    _refuse_unknown("", document, _TABLES)
    try:
        plan = Plan(
            head=_table(document, "plan", Head),
            change=_table(document, "change", Change),
            topology=Topology(
                answers=_table(document, "topology", Answers),
                zones=_array(document, "zone", Zone),
                devices=_array(document, "device", Device),
            ),
            decisions=_array(document, "decision", DecisionRecord),
        )
        _refuse_unknown_options(plan.topology.answers.options)
        if "assumed" not in document.get("topology", {}):
            plan = assume_unanswered(plan, tuple(document.get("topology", {})))
        return msgspec.structs.replace(plan, decisions=said_decisions(plan))
    except TopologyError as error:
        raise PlanTextError(_bounded(str(error))) from None


def _refuse_unknown_options(options: tuple[str, ...]) -> None:
    known = [flow.id for flow in load_catalogue().flows.values() if flow.switch]
    unknown = [option for option in options if option not in known]
    if not unknown:
        return
    more = f" and {len(unknown) - 1} more are no optional flows" if len(unknown) > 1 else " is no optional flow"
    accepted = f"{', '.join(known)}{did_you_mean(unknown[0], known)}"
    raise PlanTextError(f"topology.options: '{visible(unknown[0], 60)}'{more}; accepted: {accepted}")


_TABLES = (*ANSWER_KINDS, "facts", *DERIVED_TABLES, "summary", "integrity")


@cache
def _known_keys() -> dict[str, tuple[str, ...]]:
    """Keys of each table, and under "" those of the file."""
    kinds: dict[str, type[msgspec.Struct]] = {**ANSWER_KINDS, **DERIVED_TABLES, "summary": Summary}
    keys = {name: kind.__struct_encode_fields__ for name, kind in kinds.items()}
    digests = ("answers", "derived", "lines", "text")
    return {"": ("schema", *_TABLES), **keys, "facts": tuple(facts()), "integrity": digests}


def _wrong_schema(schema: Any) -> str:
    if schema is None:
        return f'schema: missing, so this is no plan; accepted: schema = "{SCHEMA}"'
    family, _, major = str(schema).partition("/")
    ours, _, known = SCHEMA.partition("/")
    if family == ours and major.isascii() and major.isdigit() and major.lstrip("0") > known:
        return f'schema: {visible(str(schema), 40)} needs a newer sav-planner; this one reads "{SCHEMA}"'
    return f'schema: {visible(repr(schema), 40)} is unknown; accepted: "{SCHEMA}"'


def _parse(text: str) -> dict[str, Any]:
    if (schema := stated_schema(text)) not in ("", SCHEMA):
        raise PlanTextError(_wrong_schema(schema))
    if shape := ruinous_shape(text, _known_keys(), (*DERIVED_TABLES, "facts", "summary", "integrity")):
        raise PlanTextError(shape)
    try:
        return tomli.loads(text)
    except (ValueError, RecursionError) as error:
        message = str(error) or "nested too deeply"
        found = re.search(r" \(at line (\d+), column \d+\)$", message)
        where = f"line {found[1]}: " if found else "at its end: " if message.endswith("(at end of document)") else ""
        said = message[: found.start()] if found else message.removesuffix(" (at end of document)")
        raise PlanTextError(f"{where}not TOML: {visible(said, 200)}; accepted: a plan in TOML 1.0") from None


def _refuse_unknown(where: str, content: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in content:
        if key not in known:
            shown = visible(ascii(key)[1:-1], 60)
            raise PlanTextError(f"{where}{': ' if where else ''}unknown key '{shown}'; accepted: {', '.join(known)}")


ValueKind = TypeVar("ValueKind", bound=Value)


def _table(document: Mapping[str, Any], name: str, kind: type[ValueKind]) -> ValueKind:
    return _convert(name, document.get(name, {}), kind)


def _array(document: Mapping[str, Any], name: str, kind: type[ValueKind]) -> tuple[ValueKind, ...]:
    entries = document.get(name, [])
    if not isinstance(entries, list):
        raise PlanTextError(f"{name}: not a list of tables; accepted: [[{name}]]")
    return tuple(_convert(f"{name} {number}", entry, kind) for number, entry in enumerate(entries, 1))


def _convert(where: str, content: Any, kind: type[ValueKind]) -> ValueKind:
    if not isinstance(content, dict):
        raise PlanTextError(f"{where}: not a table; accepted: [{where.partition(' ')[0]}] with its keys")
    _refuse_unknown(where, content, kind.__struct_encode_fields__)
    try:
        return msgspec.convert(_dates_as_text(content, kind), kind)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, ValueError):
            raise PlanTextError(f"{where}: {_bounded(str(error.__cause__))}") from None
        raise PlanTextError(_explain(where, str(error), kind)) from None


def _dates_as_text(content: dict[str, Any], kind: type[Value]) -> dict[str, Any]:
    """Keep as text a change window that was written as a TOML date or date-time."""
    if kind is not Change:
        return content
    return {
        name: str(value) if name.startswith("window_") and hasattr(value, "isoformat") else value
        for name, value in content.items()
    }


def _answer_tables(document: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of the answers as they stand, in the shape that their digest is made of."""
    empty: dict[str, Any] = {"change": {}, "decision": []}
    return {"schema": SCHEMA} | empty | {name: document[name] for name in ANSWER_KINDS if document.get(name)}


def _derived_tables(document: Mapping[str, Any]) -> dict[str, Any]:
    """Tables that the text states as derived, keys checked and values as they stand."""
    stated: dict[str, Any] = {}
    for name, kind in DERIVED_TABLES.items():
        entries = document.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise PlanTextError(f"{name}: not a list of tables; accepted: [[{name}]]")
        for number, entry in enumerate(entries, 1):
            _refuse_unknown(f"{name} {number}", entry, kind.__struct_encode_fields__)
        if name in document:
            stated[name] = document[name]
    for name in ("facts", "summary", "integrity"):
        if name in document:
            if not isinstance(document[name], dict):
                raise PlanTextError(f"{name}: not a table; accepted: [{name}] with its keys")
            _refuse_unknown(name, document[name], _known_keys()[name])
            stated[name] = document[name]
    return stated


_MAX_MESSAGE = 400


def _bounded(message: str) -> str:
    """Keep both ends of a message, however long a name in it is: what is accepted stands last."""
    most = 2 * _MAX_MESSAGE
    ends = message if len(message) <= 2 * most else message[:most] + message[-most:]
    return shorten_middle(visible(ends), _MAX_MESSAGE)


_TYPE_WORDS = {
    "int": "a whole number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date such as 2027-01-31",
    "null": "nothing",
    "float": "a number with a point",
    "datetime": "a date with a time",
    "time": "a time",
}


def _explain(where: str, message: str, kind: type[Value]) -> str:
    """Turn a conversion error into: field, what is wrong, what is accepted."""
    said, _, path = message.partition(" - at `")
    field = path.removeprefix("key` in `").rstrip("`").removeprefix("$").removeprefix(".")
    expected = re.match(r"Expected `([^`]+)`(?:, got `([^`]+)`)?", said)
    if expected:
        wanted = [_TYPE_WORDS.get(word, word) for word in expected[1].split(" | ") if word != "null"]
        got = _TYPE_WORDS.get(expected[2] or "", expected[2] or "something else")
        wrong, accepted = f"this is {got}", " or ".join(wanted)
    elif "required field" in said:
        wrong, accepted = said.replace("Object missing", "missing").replace("`", "'"), "a table with it"
    else:
        name = re.split(r"[.\[]", field, maxsplit=1)[0]
        values = _choices(get_type_hints(kind).get(name))
        wrong = visible(said, 120)
        accepted = ", ".join(values) if values else "the values README lists"
    return f"{where}{f'.{field}' if field else ''}: {wrong}; accepted: {accepted}"


def _choices(hint: Any) -> list[str]:
    """Words that a type admits, at any depth."""
    words = [str(word) for word in get_args(hint) if isinstance(word, str)]
    for inner in get_args(hint):
        if get_origin(inner) is not None:
            words += _choices(inner)
    return words
