"""Reads access lists of Cisco IOS, NX-OS and ASA, and the interfaces that a configuration binds them to."""

import re
from collections.abc import Sequence

from planner.audit.readers.chains import ChainRule
from planner.audit.readers.cisco_bindings import Bindings, canonical
from planner.audit.readers.cisco_entries import Dialect, EntryReader, Groups, is_number
from planner.audit.readers.rule_base import (
    BaseRule,
    Ground,
    NotReadError,
    NotUnderstood,
    RuleBase,
    RuleBaseError,
    check_count,
    find_marker,
    kept,
    lines_of,
)
from planner.network.packets import Family, everything

_LIST = re.compile(r"^(ip|ipv6) access-list (?:(extended|standard) )?(\S+)$")
_ENTRY = re.compile(r"^(?:(?:sequence )?\d{1,10} )?(?:permit|deny|remark) ")
_HITS = re.compile(r" \((?:\d+ match(?:es)?|hitcnt=\d+)\).*$")
"""What ``show`` prints behind an entry."""

_BEYOND = {
    "ios": re.compile(
        r"^(?:ip inspect |zone-pair security |zone-member security |ip nat (?:inside|outside) |vlan filter )"
    ),
    "asa": re.compile(r"^(?:static \(|alias \()"),
}
"""What filters or translates beside the lists, so that they alone do not tell what passes."""

_TAKEN_AWAY = re.compile(r"^(?:no|clear configure) (?:ip |ipv6 )?access-(?:list|group)")
_STANDARD = (range(1, 100), range(1300, 2000))
"""Numbers of lists that ask for the source alone."""


def looks_like_asa(text: str) -> bool:
    """Say whether this is the configuration of an ASA."""
    return re.search(r"^access-list \S+ extended |^access-group \S+ ", text, re.MULTILINE) is not None


def looks_like_ios(text: str) -> bool:
    """Say whether this is the configuration of a router or a switch."""
    wanted = r"^(?:ip|ipv6) access-list |^access-list \d+ "
    return re.search(wanted, text, re.MULTILINE) is not None


def read_ios(text: str, ground: Ground) -> RuleBase:
    """Read the access lists of a router or a switch.

    Raises:
        RuleBaseError: there is none, or they cannot be told apart.
    """
    return _Reader(text, ground, "ios").read()


def read_asa(text: str, ground: Ground) -> RuleBase:
    """Read the access lists of an ASA.

    Raises:
        RuleBaseError: there is none, or they cannot be told apart.
    """
    return _Reader(text, ground, "asa").read()


class _Reader:
    def __init__(self, text: str, ground: Ground, dialect: Dialect) -> None:
        self._lines = lines_of(text)
        self._dialect = dialect
        self._ground = ground
        self._groups = Groups()
        self._lists: dict[str, list[ChainRule]] = {}
        self._list_families: dict[str, tuple[Family, ...]] = {}
        self._aside: dict[str, list[NotUnderstood]] = {}
        self._bound: list[tuple[str, str, str]] = []
        self._levels: dict[str, int] = {}
        self._remark = ("", "")
        self._standard: set[str] = set()
        self._numbers: dict[str, list[int]] = {}
        self._count = 0
        self._equal_levels = False

    def read(self) -> RuleBase:
        self._objects()
        entries = EntryReader(self._dialect, self._groups)
        block, interface, nameif = "", "", ""
        for number, raw in enumerate(self._lines, 1):
            check_count(self._count, sum(map(len, self._aside.values())) if number % 1000 == 0 else 0)
            line = _HITS.sub("", " ".join(raw.split()))
            self._beyond(number, raw, line)
            words = line.split(" ")
            if not raw[:1].isspace() and not (block and _ENTRY.match(line)):
                block = interface = ""
            if found := _LIST.match(line):
                block = found[3]
                self._declare(block, (4,) if found[1] == "ip" else (6,), standard=found[2] == "standard")
            elif words[0] == "interface":
                interface = nameif = " ".join(words[1:])
            elif block and line not in ("", "!", "exit", "exit-address-family"):
                self._entry(number, raw, words, block, entries)
            elif words[0] == "access-list" and len(words) > 3:
                self._flat(number, raw, words, entries)
            elif interface and len(words) > 1:
                nameif = words[1] if words[0] == "nameif" else nameif
                self._interface(words, nameif)
            elif words[0] == "access-group" and len(words) > 2 and "control-plane" not in words:
                self._bound.append((words[1], words[2], words[4] if len(words) > 4 else ""))
        if not self._lists:
            raise RuleBaseError("holds no access list; accepted: a configuration with its access lists")
        return self._gathered()

    def _beyond(self, number: int, raw: str, line: str) -> None:
        """Take note of a line that has a say beside the lists."""
        if line == "same-security-traffic permit inter-interface":
            self._equal_levels = True
        elif _TAKEN_AWAY.match(line):
            self._set_aside("", number, raw, "takes a list away, or its binding; accepted: a configuration")
        elif _BEYOND[self._dialect].match(line):
            self._set_aside("", number, raw, "filters or translates beside the access lists")

    def _objects(self) -> None:
        """Gather objects and groups first: an entry may stand before what it names."""
        holder: list[list[str]] | None = None
        for raw in self._lines:
            words = raw.split()
            if raw[:1].isspace() and holder is not None and words:
                if words[0] not in ("description", "nat"):
                    holder.append(words[1:] if words[0].isdigit() and len(words) > 1 else words)
                continue
            holder = None
            if len(words) > 2 and words[0] in ("object", "object-group"):
                kind, name, stated = words[1], words[2], words[3] if len(words) > 3 else ""
                if kind == "ip" and stated:
                    kind, name, stated = {"address": "network", "port": "service"}.get(name, name), stated, ""
                if kind == "network":
                    holder = self._groups.networks.setdefault(name, [])
                elif kind in ("service", "protocol"):
                    holder = self._groups.services.setdefault(name, [])
                    self._groups.protocols[name] = stated

    def _declare(self, name: str, families: tuple[Family, ...], *, standard: bool = False) -> None:
        self._lists.setdefault(name, [])
        self._list_families.setdefault(name, families)
        if standard:
            self._standard.add(name)

    def _flat(self, number: int, raw: str, words: list[str], entries: EntryReader) -> None:
        """Read an entry that names its list, as ASA has them and IOS for lists with numbers."""
        name, rest = words[1], words[2:]
        if rest[0] == "line" and len(rest) > 2:
            rest = rest[2:]
        numbered = self._dialect == "ios" and is_number(name) and len(name) < 6
        standard = numbered and any(int(name) in some for some in _STANDARD)
        self._declare(name, (4, 6) if self._dialect == "asa" else (4,), standard=standard)
        if rest[0] == "extended":
            rest = rest[1:]
        elif self._dialect == "asa" and rest[0] != "remark":
            self._set_aside(name, number, raw, f"a list of kind {rest[0][:20]!r} is not understood here")
            return
        self._entry(number, raw, rest, name, entries)

    def _entry(self, number: int, raw: str, words: list[str], name: str, entries: EntryReader) -> None:
        place = 0
        if words[0] == "sequence" and len(words) > 2:
            words = words[1:]
        if is_number(words[0]) and len(words) > 1:
            place, words = int(words[0][:18]), words[1:]
        if words[0] == "remark":
            self._remark = (name, " ".join(words[1:]))
            return
        if words[0] in ("statistics", "description", "ignore") or (self._dialect == "asa" and words[-1] == "inactive"):
            return
        try:
            self._check_place(name, place)
            if words[0] not in ("permit", "deny"):
                raise NotReadError(f"{words[0][:30]!r} is not understood here")
            asked = _as_extended(words[1:]) if name in self._standard else words[1:]
            matches = entries.read(asked, self._list_families[name])
        except NotReadError as error:
            self._set_aside(name, number, raw, str(error))
            return
        self._count += 1
        rule = BaseRule(
            line=number,
            place=f"list {name}",
            text=kept(raw.strip()),
            action="accept" if words[0] == "permit" else "drop",
            marker=find_marker(self._remark[1]) if self._remark[0] == name else "",
        )
        self._lists[name].append(ChainRule(rule, matches, "accept" if words[0] == "permit" else "drop"))

    def _check_place(self, name: str, place: int) -> None:
        """Take note of the number of an entry, by which a device orders a list, whatever the order of its lines.

        Raises:
            NotReadError: it does not come behind the one before.
        """
        places = self._numbers.setdefault(name, [0])
        if place and place <= places[-1]:
            raise NotReadError(f"number {place} does not come behind {places[-1]}; accepted: entries in their order")
        places.append(place or places[-1] + 10)

    def _set_aside(self, name: str, number: int, raw: str, why: str) -> None:
        families = self._list_families.get(name, (4, 6))
        boxes = tuple(everything(family) for family in families)
        entry = NotUnderstood(line=number, text=kept(raw.strip()), why=why, boxes=boxes)
        self._aside.setdefault(name, []).append(entry)

    def _interface(self, words: Sequence[str], interface: str) -> None:
        if words[:2] in (["ip", "access-group"], ["ipv6", "traffic-filter"]) and len(words) > 3:
            self._bound.append((words[2], words[3], interface))
        elif words[:2] == ["ip", "port"] and len(words) > 4:
            self._bound.append((words[3], words[4], interface))
        elif words[0] == "security-level" and is_number(words[1]):
            self._levels[canonical(interface)] = int(words[1][:4])

    def _gathered(self) -> RuleBase:
        return Bindings(
            dialect=self._dialect,
            ground=self._ground,
            lists=self._lists,
            families=self._list_families,
            bound=self._bound,
            levels=self._levels,
            equal_levels=self._equal_levels,
            aside=self._aside,
        ).rule_base()


def _as_extended(words: Sequence[str]) -> list[str]:
    """Write an entry of a standard list, which asks for the source alone, as an extended one."""
    source = [word for word in words if word != "log"]
    return ["ip", *(["host", *source] if len(source) == 1 and source[0] != "any" else source), "any"]
