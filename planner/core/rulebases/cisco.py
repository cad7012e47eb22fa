"""Reads access lists of Cisco IOS, NX-OS and ASA, and the interfaces that a configuration binds them to."""

import re
from collections.abc import Iterator, Sequence

from planner.core.packets import Family, everything
from planner.core.rulebases.base import (
    Addresses,
    BaseRule,
    Ground,
    NotReadError,
    NotUnderstood,
    RuleBase,
    RuleBaseError,
    find_marker,
    kept,
)
from planner.core.rulebases.chains import ChainRule, Stage, gather
from planner.core.rulebases.cisco_entries import Dialect, EntryReader, Groups
from planner.core.rulebases.match import Match

_LIST = re.compile(r"^(ip|ipv6) access-list (?:extended )?(\S+)$")
_BEYOND = re.compile(r"^(?:ip inspect |zone-pair security |zone-member security |ip nat (?:inside|outside) )")
_FILTERS_BEYOND = ("evaluate",)


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
        self._lines = text.splitlines()
        self._dialect = dialect
        self._ground = ground
        self._interfaces = {_canonical(name): addresses for name, addresses in ground.interfaces.items()}
        self._groups = Groups()
        self._lists: dict[str, list[ChainRule]] = {}
        self._list_families: dict[str, tuple[Family, ...]] = {}
        self._aside: dict[str, list[NotUnderstood]] = {}
        self._bound: list[tuple[str, str, str]] = []
        self._levels: dict[str, int] = {}
        self._remark = ""

    def read(self) -> RuleBase:
        self._objects()
        entries = EntryReader(self._dialect, self._groups)
        block, interface, nameif = "", "", ""
        for number, raw in enumerate(self._lines, 1):
            line = " ".join(raw.split())
            words = line.split(" ")
            if not raw[:1].isspace():
                block = interface = ""
            if found := _LIST.match(line):
                block = found[2]
                self._declare(block, (4,) if found[1] == "ip" else (6,))
            elif words[0] == "interface":
                interface = nameif = " ".join(words[1:])
            elif block and line not in ("", "!", "exit", "exit-address-family"):
                self._entry(number, raw, words, block, entries)
            elif words[0] == "access-list" and len(words) > 3:
                self._flat(number, raw, words, entries)
            elif interface and len(words) > 1:
                nameif = words[1] if words[0] == "nameif" else nameif
                self._interface(words, nameif)
            elif words[0] == "access-group" and len(words) > 2:
                self._bound.append((words[1], words[2], words[4] if len(words) > 4 else ""))
            if _BEYOND.match(line) and self._dialect == "ios":
                self._set_aside("", number, raw, "filters or translates beside the access lists")
        if not self._lists:
            raise RuleBaseError("holds no access list; accepted: a configuration with its access lists")
        return self._gathered()

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
                kind, name = words[1], words[2]
                if kind == "ip" and len(words) > 3:
                    kind, name = {"address": "network", "port": "service"}.get(name, name), words[3]
                if kind == "network":
                    holder = self._groups.networks.setdefault(name, [])
                elif kind in ("service", "protocol"):
                    holder = self._groups.services.setdefault(name, [])
                    self._groups.protocols[name] = words[3] if len(words) > 3 else ""

    def _declare(self, name: str, families: tuple[Family, ...]) -> None:
        self._lists.setdefault(name, [])
        self._list_families.setdefault(name, families)

    def _flat(self, number: int, raw: str, words: list[str], entries: EntryReader) -> None:
        """Read an entry that names its list, as ASA has them and IOS for lists with numbers."""
        name, rest = words[1], words[2:]
        if rest[0] == "line" and len(rest) > 2:
            rest = rest[2:]
        self._declare(name, (4, 6) if self._dialect == "asa" else (4,))
        if rest[0] == "extended":
            rest = rest[1:]
        elif self._dialect == "asa" and rest[0] != "remark":
            self._set_aside(name, number, raw, f"a list of kind {rest[0][:20]!r} is not understood here")
            return
        self._entry(number, raw, rest, name, entries)

    def _entry(self, number: int, raw: str, words: list[str], name: str, entries: EntryReader) -> None:
        if words[0].isdigit() and len(words) > 1:
            words = words[1:]
        if words[0] == "sequence" and len(words) > 2:
            words = words[2:]
        if words[0] == "remark":
            self._remark = " ".join(words[1:])
            return
        if words[0] in ("statistics", "description", "no", "fragments", "ignore") or words[-1] == "inactive":
            return
        try:
            if words[0] not in ("permit", "deny"):
                raise NotReadError(f"{words[0][:30]!r} is not understood here")
            matches = entries.read(words[1:], self._list_families[name])
        except NotReadError as error:
            self._set_aside(name, number, raw, str(error))
            return
        rule = BaseRule(
            line=number,
            place=f"list {name}",
            text=kept(raw.strip()),
            action="accept" if words[0] == "permit" else "drop",
            marker=find_marker(self._remark),
        )
        self._lists[name].append(ChainRule(rule, matches, "accept" if words[0] == "permit" else "drop"))

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
        elif words[0] == "security-level" and words[1].isdigit():
            self._levels[_canonical(interface)] = int(words[1][:4])

    def _gathered(self) -> RuleBase:
        chains: dict[str, list[ChainRule]] = {f"list {name}": rules for name, rules in self._lists.items()}
        used = {name for name, _, _ in self._bound if name in self._lists}
        remarks: list[str] = []
        if len(self._lists) == 1 and not (used and self._ground.interfaces):
            used = set(self._lists)
            name = next(iter(used))
            self._end(chains, name)
            stages = [Stage(f"list {name}", "drop", f"list {name}")]
        elif not used:
            raise RuleBaseError(
                f"holds {len(self._lists)} access lists and binds none to an interface; accepted: one list, or the "
                f"configuration with its access-group lines"
            )
        elif not self._ground.interfaces:
            raise RuleBaseError(
                f"holds {len(self._lists)} access lists on interfaces, and the plan has no device that says which "
                f"zone is behind each; accepted: a plan with that [[device]]"
            )
        else:
            for name in used:
                self._end(chains, name)
            chains["in"], chains["out"] = [], []
            remarks += self._bind(chains)
            stages = [Stage("in", "accept", "interfaces, in"), Stage("out", "accept", "interfaces, out")]
        remarks += [f"list {name} is bound to no interface" for name in self._lists if name not in used]
        families: tuple[Family, ...] = tuple(sorted({f for name in used for f in self._list_families[name]}))
        return gather(
            self._dialect,
            chains,
            stages,
            families,
            "outside" if self._dialect == "asa" else "none",
            [entry for name, some in self._aside.items() if name in used or not name for entry in some],
            tuple(remarks),
        )

    def _end(self, chains: dict[str, list[ChainRule]], name: str) -> None:
        """Close a list, unless a global one comes behind it: what no entry is about is denied."""
        chain = f"list {name}"
        glob = [other for other, direction, _ in self._bound if direction == "global" and other in self._lists]
        if name not in glob and glob:
            chains[chain] = [*chains[chain], *self._jump(glob[0], Match.everything((4, 6)))]
            return
        rule = BaseRule(line=0, place=chain, text=f"end of {chain}", action="drop", kind="default")
        whole = Match.everything(self._list_families[name])
        chains[chain] = [*chains[chain], ChainRule(rule, (whole,), "drop")]

    def _jump(self, name: str, match: Match) -> Iterator[ChainRule]:
        rule = BaseRule(line=0, place=f"list {name}", text=f"list {name}", action="accept", kind="default")
        yield ChainRule(rule, (match.of(self._list_families[name]),), "jump", f"list {name}")

    def _bind(self, chains: dict[str, list[ChainRule]]) -> Iterator[str]:
        filtered = set()
        for name, direction, interface in self._bound:
            behind = self._interfaces.get(_canonical(interface))
            if name not in self._lists or direction not in ("in", "out"):
                continue
            if behind is None:
                yield f"list {name} is bound to {interface!r}, behind which the plan has no zone: not looked at"
                continue
            match = Match.everything((4, 6))
            if direction == "in":
                filtered.add(_canonical(interface))
                match = match.from_(behind)
            else:
                match = match.to(behind)
            chains[direction] += self._jump(name, match)
        for name, direction, _ in self._bound:
            if direction == "global" and name in self._lists:
                chains["in"] += self._jump(name, Match.everything((4, 6)))
        if self._dialect == "asa":
            self._by_level(chains, filtered)

    def _by_level(self, chains: dict[str, list[ChainRule]], filtered: set[str]) -> None:
        """Without a list, an ASA lets pass from a higher security level to a lower one."""
        if any(direction == "global" for _, direction, _ in self._bound):
            return
        for interface, behind in self._interfaces.items():
            if interface in filtered:
                continue
            level = self._levels.get(interface)
            if level is None:
                why = "no access list is bound to it, and its security level is not stated"
                boxes = Match.everything((4, 6)).from_(behind).boxes()
                entry = NotUnderstood(line=0, text=f"interface {interface}", why=why, boxes=boxes)
                self._aside.setdefault("", []).append(entry)
                continue
            place = f"interface {interface}, security level {level}"
            for other, addresses in self._interfaces.items():
                if self._levels.get(other, level) < level:
                    text = f"{interface} ({level}) to {other} ({self._levels[other]}): no list, lower security level"
                    chains["in"].append(_level_rule(place, text, behind, addresses))
            rest = Match.everything((4, 6)).from_(behind)
            rule = BaseRule(line=0, place=place, text=f"end of {place}", action="drop", kind="default")
            chains["in"].append(ChainRule(rule, (rest,), "drop"))


def _level_rule(place: str, text: str, behind: Addresses, addresses: Addresses) -> ChainRule:
    rule = BaseRule(line=0, place=place, text=text, action="accept", kind="default")
    return ChainRule(rule, (Match.everything((4, 6)).from_(behind).to(addresses),), "accept")


def _canonical(name: str) -> str:
    """Write an interface as the plan and the configuration have it alike."""
    return name.replace(" ", "").casefold()
