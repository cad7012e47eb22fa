"""Values that a topology derives to, each with the answers that caused it and its citations."""

import datetime
import hashlib
from collections import Counter
from typing import Literal, TypeVar

import msgspec

from planner.catalogue.answers import RoleId
from planner.catalogue.model import Level, Phase, Transport

State = Literal["new", "established", "any"]
Direction = Literal["in", "out"]


class Derived(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}, forbid_unknown_fields=True):
    """Base of derived values. ``because``: the answers that caused it. ``cites``: citation ids of the catalogue."""

    because: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


class Rule(Derived, frozen=True, kw_only=True, gc=False):
    """A permission between two zones, or inside one (a host rule: ``from`` and ``to`` are equal).

    ``id`` is made of flows and zones and survives unrelated edits; ``marker`` is its short form for remarks.
    Port texts are one port, a range such as ``1024-4999``, or ``any``.
    """

    id: str
    marker: str
    phase: Phase
    action: Literal["allow"] = "allow"
    from_: str
    to: str
    protocol: Transport
    source_ports: str
    destination_ports: str
    state: State
    flows: tuple[str, ...]
    justification: str
    until: datetime.date | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_return(self) -> bool:
        """True for the half that lets answers back through a stateless filter."""
        return self.id.endswith(":return")


class Deny(Derived, frozen=True, kw_only=True, gc=False):
    """Something that stays forbidden. ``where``: at the zone boundary, or on the host's own firewall."""

    id: str
    marker: str
    from_: str
    to: str
    protocol: Transport
    ports: str
    where: Literal["boundary", "host"]
    why: str


class Closed(Derived, frozen=True, kw_only=True, gc=False):
    """A fact of the catalogue that this plan does not open, with the answer that keeps it closed."""

    flow: str
    protocol: Transport
    ports: str
    reason: str


class PortEntry(Derived, frozen=True, kw_only=True, gc=False):
    """One matrix entry: in ``zone``, ``role`` listens on (``in``) or opens (``out``) these ports."""

    zone: str
    role: RoleId
    protocol: Transport
    ports: str
    direction: Direction
    flows: tuple[str, ...]
    phase: Phase


class ReadingText(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of the document, as shown beside a decision."""

    id: str
    text: str
    offered: bool


class DecisionState(Derived, frozen=True, kw_only=True):
    """A decision that arises in this plan: what is chosen, by whom, and what the readings are.

    It is settled once somebody put a name to it (``by``).
    """

    id: str
    title: str
    trouble: str
    chosen: str
    default: str
    readings: tuple[ReadingText, ...]
    why: str
    by: str = ""
    note: str = ""

    @property
    def settled(self) -> bool:
        """True if somebody has put a name to the choice."""
        return bool(self.by)


class Finding(Derived, frozen=True, kw_only=True):
    """A warning or error about this topology; ``about`` names zones, answers or rules."""

    id: str
    level: Level
    text: str
    about: tuple[str, ...] = ()


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of what was derived."""

    zones: int
    rules: int
    rules_run: int
    rules_rollout: int
    host_rules: int
    denies: int
    closed: int
    decisions: int
    decisions_open: int
    assumed: int
    errors: int
    warnings: int
    notes: int


def id_part(name: str) -> str:
    """Escapes the signs in a zone's name that hold a rule id together."""
    if not any(sign in name for sign in "%:>+"):
        return name
    return "".join(f"%{ord(sign):02x}" if sign in "%:>+" else sign for sign in name)


_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [low + high for high in _DIGITS for low in _DIGITS]
_SHIFTS = (0, 10, 20, 30, 40)


MARKER_LENGTH = 15
"""Characters of a marker."""


def marker(prefix: str, id_: str) -> str:
    """Returns the short form of an id for remarks on a firewall: 50 bits of its SHA-256, the same in every plan."""
    number = int.from_bytes(hashlib.sha256(id_.encode()).digest()[:7], "big")
    return prefix + "".join([_PAIRS[number >> bits & 1023] for bits in _SHIFTS])


Marked = TypeVar("Marked", Rule, Deny)


def with_unique_markers(entries: list[Marked]) -> list[Marked]:
    """Lengthens the markers that several entries share, which takes zones that were named to bring it about."""
    times = Counter([entry.marker for entry in entries])
    if len(times) == len(entries):
        return entries
    return [
        entry
        if times[entry.marker] == 1
        else msgspec.structs.replace(
            entry, marker=f"{entry.marker}-{hashlib.sha256(entry.id.encode()).hexdigest()[:10].upper()}"
        )
        for entry in entries
    ]
