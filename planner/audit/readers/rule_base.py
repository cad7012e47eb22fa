"""A rule base as read: one list of rules to go through in order, and everything that was not understood."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Literal, TypeVar

import msgspec

from planner.network.packets import ADDRESSES, Box, Family
from planner.network.ranges import NONE, Ranges, subtract, union

EntryAction = Literal["accept", "drop", "pass", "skip"]
"""``pass``: accepted here, to be looked at again further on; ``skip``: a chain is left. Both go on at ``resume``."""

Tracking = Literal["rules", "outside", "none", "stated"]
"""Tracking of connections: by rules on their state, by the firewall itself (``outside``), or none, so that answers need
a rule. ``stated``: as a list of rules for people states it."""

RuleFormat = Literal["csv", "iptables", "nft", "ios", "asa"]

MAX_RULES = 100_000
MAX_BOXES = 300_000
MAX_DOUBTS = 20_000
"""Lines that are not understood, at most."""

MAX_DEPTH = 32
MAX_TEXT = 300
"""Characters of a line that are kept."""

_INNER = re.compile(r"lo|docker0|br-(?:[0-9a-f]{12})?|(?:virbr|lxcbr|lxdbr|podman|veth|vnet|cni)[0-9a-f]*")
"""Interfaces that the computer has for itself: its loopback, and networks of its containers and guests."""

_MARKER = re.compile(r"SAV-[RD][0-9A-Z]{10}(?:-[0-9A-F]{10})?(?![0-9A-Z])")


class RuleBaseError(ValueError):
    """A text that is no rule base, or none that can be read: where, what is wrong, what is accepted, in one line."""


class NotReadError(Exception):
    """One line cannot be understood; the text says why."""


class BaseRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as it stands. ``line`` counts from 1, or is the number the firewall gives; ``place``: chain or list.

    ``of``: which of several rule bases it is from, empty for one alone; lines and handles count in each by themselves.
    ``marker`` is the one of ours found in its comment. ``kind``: ``rule``, ``every`` for one that asks nothing of its
    packets, or ``default`` for what happens without one.
    """

    line: int
    place: str
    text: str
    action: EntryAction
    marker: str = ""
    kind: Literal["rule", "every", "default"] = "rule"
    of: str = ""


class ListEntry(msgspec.Struct, frozen=True, gc=False):
    """One step of the list: packets in ``boxes`` meet the action of rule ``rule``, by its index."""

    rule: int
    boxes: tuple[Box, ...]
    action: EntryAction
    resume: int = 0


class NotUnderstood(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is set aside: it permits nothing and forbids nothing here. ``boxes`` hold all it could be about."""

    line: int
    text: str
    why: str
    boxes: tuple[Box, ...]
    of: str = ""


class RuleBase(msgspec.Struct, frozen=True, kw_only=True):
    """Rule base as read. The last entries hold what happens without a rule, so that each packet is decided.

    ``remarks`` say what was left out on purpose, such as chains that see no packet between zones.
    """

    format: RuleFormat
    rules: tuple[BaseRule, ...]
    entries: tuple[ListEntry, ...]
    tracking: Tracking
    families: tuple[Family, ...]
    not_understood: tuple[NotUnderstood, ...] = ()
    remarks: tuple[str, ...] = ()


class Account:
    """Account of every line of a text, so that none can be passed over.

    A line is settled (read, or known to decide nothing) or doubted with a reason. One that is neither when the account
    is closed is doubted as well.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._settled = bytearray(len(lines) + 1)
        self._doubts: list[tuple[str, NotUnderstood]] = []

    def __len__(self) -> int:
        """Count the doubts."""
        return len(self._doubts)

    def settle(self, number: int) -> None:
        """Record that a line, counted from 1, was read or decides nothing."""
        self._settled[number] = 1

    def doubt(
        self,
        number: int,
        why: str,
        boxes: tuple[Box, ...],
        place: str = "",
        text: str | None = None,
        shown: int | None = None,
    ) -> None:
        """Record a line that is not understood; ``place``: its chain or list, empty where it may concern any.

        ``number`` 0 and a text of its own stand for something that is missing. ``shown``: the number it has elsewhere.
        """
        self._settled[number] = 1
        text = self._lines[number - 1].strip() if text is None else text
        line = number if shown is None else shown
        self._doubts.append((place, NotUnderstood(line=line, text=kept(text), why=why, boxes=boxes)))
        check_count(0, len(self._doubts))

    def close(self, boxes: tuple[Box, ...], places: Container[str] | None = None) -> tuple[NotUnderstood, ...]:
        """Doubt every line that is not settled, and return the doubts that concern one of these places.

        ``boxes``: all that a line without an account could be about. Without ``places`` every doubt is returned.
        """
        for number, text in enumerate(self._lines, 1):
            if not self._settled[number] and text.strip():
                self.doubt(number, "no part of the rule base that is known", boxes)
        concerned = [doubt for place, doubt in self._doubts if not place or places is None or place in places]
        return tuple(sorted(concerned, key=lambda doubt: (not doubt.line, doubt.line)))


AddressSets = Mapping[Family, Ranges]
Labelled = TypeVar("Labelled", BaseRule, NotUnderstood)


class Side(msgspec.Struct, frozen=True):
    """The packets of an interface, by their addresses.

    ``certain``: those that the plan places there. ``possible``: with those that it places nowhere at this device, as
    they may come by any interface. What a rule permits is taken for all that is possible, what it forbids for what is
    certain: so nothing is taken for closed that may be open.
    """

    certain: AddressSets
    possible: AddressSets


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of the plan for a reader: the addresses behind each interface, and the zones by name.

    ``elsewhere``: addresses that lie in no zone at the device.
    """

    interfaces: Mapping[str, AddressSets] = {}
    zones: Sequence[str] = ()
    device: str = ""
    elsewhere: AddressSets = {}

    def side(self, name: str, families: Sequence[Family], *, inverted: bool = False) -> Side:
        """Packets of an interface, or of all others; a ``+`` or ``*`` at its end stands for any ending.

        Raises:
            NotReadError: the plan does not say.
        """
        behind = self._behind(name)
        certain = {family: behind.get(family, NONE) for family in families}
        if inverted:
            others = {family: subtract(ADDRESSES[family], some) for family, some in certain.items()}
            certain = {family: subtract(some, self.elsewhere.get(family, NONE)) for family, some in others.items()}
        return self.with_elsewhere(certain)

    def with_elsewhere(self, certain: AddressSets) -> Side:
        """Packets that have these addresses, and those that may come by the same interface."""
        return Side(certain, joined([certain, {family: self.elsewhere.get(family, ()) for family in certain}]))

    def is_inner(self, name: str) -> bool:
        """Check for the loopback, and for networks of containers and guests inside the computer: no zone is there."""
        stem = name.rstrip("+*")
        known = self.interfaces
        in_plan = any(each.startswith(stem) for each in known) if stem != name else name in known
        return not in_plan and _INNER.fullmatch(stem) is not None

    def _behind(self, name: str) -> AddressSets:
        if name.endswith(("+", "*")):
            start = name[:-1]
            found = [addresses for known, addresses in self.interfaces.items() if known.startswith(start)]
        else:
            found = [self.interfaces[name]] if name in self.interfaces else []
        if not found:
            shown = name[:30]
            raise NotReadError(
                f"{shown!r} is the interface of no zone of device {self.device!r}"
                if self.device
                else f"the plan has no device that says which zone is behind interface {shown!r}"
            )
        return joined(found)


def joined(parts: Sequence[AddressSets]) -> AddressSets:
    """Addresses of all parts together."""
    families: set[Family] = {family for part in parts for family in part}
    return {family: union(*(part.get(family, ()) for part in parts)) for family in families}


def decide(entries: Sequence[ListEntry], met: Sequence[int]) -> tuple[str, list[int]]:
    """Decides on a packet by the entries that it meets, by index and in order.

    Returns ``accept`` or ``drop``, and the entries that accepted it one after the other, or the one that dropped it.
    Packets that no entry decides on are accepted: a list that wants them dropped says so at its end.
    """
    go_on = 0
    passed: list[int] = []
    for place in met:
        if place < go_on:
            continue
        entry = entries[place]
        if entry.action == "drop":
            return "drop", [place]
        if entry.action != "skip":
            passed.append(place)
        if entry.action == "accept":
            break
        go_on = entry.resume
    return "accept", passed


def join_bases(bases: Sequence[RuleBase]) -> RuleBase:
    """Joins rule bases of different address families.

    Raises:
        RuleBaseError: two of them hold the same family, or one names zones.
    """
    first = bases[0]
    for other in bases[1:]:
        shared = set(first.families) & set(other.families)
        if shared or 0 in (*first.families, *other.families) or first.format != other.format:
            held = " and ".join(f"IPv{family}" for family in sorted(shared)) or "other kinds of rules"
            raise RuleBaseError(f"both hold {held}; accepted: one rule base, or one each for IPv4 and IPv6")
        rules, entries = len(first.rules), len(first.entries)
        moved = (
            msgspec.structs.replace(entry, rule=entry.rule + rules, resume=entry.resume + entries)
            for entry in other.entries
        )
        first = msgspec.structs.replace(
            first,
            rules=(*_labelled(first.rules, first), *_labelled(other.rules, other)),
            entries=(*first.entries, *moved),
            tracking="rules" if "rules" in (first.tracking, other.tracking) else first.tracking,
            families=(*first.families, *other.families),
            not_understood=(*_labelled(first.not_understood, first), *_labelled(other.not_understood, other)),
            remarks=tuple(f"IPv{base.families[0]}: {remark}" for base in (first, other) for remark in base.remarks),
        )
    return first


def _labelled(entries: Sequence[Labelled], base: RuleBase) -> Iterator[Labelled]:
    """Labels each rule with its family, where one rule base alone no longer tells."""
    for entry in entries:
        yield msgspec.structs.replace(entry, of=entry.of or f"IPv{base.families[0]}")


def find_marker(text: str) -> str:
    """Returns the first marker of ours in a text; empty if there is none."""
    found = _MARKER.search(text)
    return found[0] if found else ""


def lines_of(text: str) -> list[str]:
    """Lines of a text, as an editor counts them: Unicode's other line ends are none."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]


def check_count(rules: int, not_understood: int) -> None:
    """Refuses a rule base that holds too much, while it is read.

    Raises:
        RuleBaseError: it does.
    """
    if rules > MAX_RULES:
        raise RuleBaseError(f"holds more than {MAX_RULES:,} rules; accepted: fewer")
    if not_understood > MAX_DOUBTS:
        raise RuleBaseError(f"holds more than {MAX_DOUBTS:,} lines that are not understood; accepted: a rule base")


def kept(text: str) -> str:
    """Start of a line, as much as is kept."""
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
