"""The short form of an id that stands in every remark on a firewall, and how zone names stand in ids."""

import zlib
from collections import Counter
from typing import TypeVar

import msgspec

from planner.derivation.model import Deny, Rule


def id_part(name: str) -> str:
    """Keep a zone's name from reading as the signs that hold an id together."""
    if not any(sign in name for sign in "%:>+"):
        return name
    return "".join(f"%{ord(sign):02x}" if sign in "%:>+" else sign for sign in name)


_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [low + high for high in _DIGITS for low in _DIGITS]


def marker(prefix: str, id_: str) -> str:
    """Give the short form of an id: the same id has the same marker in every revision of every plan."""
    number = zlib.crc32(id_.encode())
    return f"{prefix}{_PAIRS[number & 1023]}{_PAIRS[number >> 10 & 1023]}{_DIGITS[number >> 20 & 31]}"


Marked = TypeVar("Marked", Rule, Deny)


def with_unique_markers(entries: list[Marked]) -> list[Marked]:
    """Give a longer marker to those whose ids happen to share the short form."""
    times = Counter(entry.marker for entry in entries)
    if len(times) == len(entries):
        return entries
    return [entry if times[entry.marker] == 1 else marked_longer(entry) for entry in entries]


def marked_longer(entry: Marked) -> Marked:
    """Give one entry a longer marker, made of its id as the short one is."""
    import hashlib  # loads OpenSSL, which small plans have no use for

    long_form = hashlib.sha256(entry.id.encode()).hexdigest()[:10].upper()
    return msgspec.structs.replace(entry, marker=f"{entry.marker}-{long_form}")
