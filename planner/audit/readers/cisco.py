"""Reads access lists of Cisco IOS, NX-OS and ASA, and the interfaces that a configuration binds them to.

Lines are read as a device takes them: in the mode that the last heading opened, indented or not; a comment or an empty
line ends nothing. A line that the mode does not know is a global command; one that is none either is doubted.
"""

import re
from collections.abc import Sequence

import msgspec

from planner.audit.readers.chains import ChainRule
from planner.audit.readers.cisco_bindings import Bindings, canonical
from planner.audit.readers.cisco_commands import IN_BLOCKS, IN_INTERFACES, TOP_LEVEL
from planner.audit.readers.cisco_entries import Dialect, EntryReader, Groups, is_number
from planner.audit.readers.rule_base import (
    Account,
    BaseRule,
    Ground,
    NotReadError,
    RuleBase,
    RuleBaseError,
    check_count,
    find_marker,
    kept,
    lines_of,
)
from planner.network.packets import Box, Family, everything

_LIST = re.compile(r"(ip|ipv6) access-list (?:(extended|standard) )?(\S+)")
_ENTRY = re.compile(r"(?:(?:sequence )?\d{1,10} )?(?:permit|deny|remark)(?: |$)")
_HITS = re.compile(r" (?:\((?:\d+ match(?:es)?|hitcnt=\d+)\)|\[match=\d+\]).*$")
"""Words that ``show`` prints behind an entry."""
_PAGER = re.compile(r"^\s*<?-{2,3} ?[Mm]ore ?-{2,3}>?[ \b\r]*")
_PROMPT = re.compile(r"[\w.()/-]+[#>] ?(?:(?:show?|more|write|wr|term\w*|copy|enable|ena?)\b.*)?")
_NOISE = re.compile(
    r"(?:Building configuration|Current configuration|Cryptochecksum|ASA Version|PIX Version|FWSM Version|"
    r"access-list cached ACL log flows|access-list \S+;).*"
)

_BEYOND = {
    "ios": re.compile(
        r"(?:ip inspect |zone-pair security |zone-member security |ip nat (?:inside|outside)(?: |$)|vlan filter |"
        r"vlan access-map |mac access-group |service-policy type (?!qos|queuing)|ip traffic-filter |drop$|"
        r"ip port access-group \S+ out|rpf |ip verify source|storm-control action)"
    ),
    "asa": re.compile(r"(?:static \(|alias \(|shun |established |conduit |outbound |apply |access-list alert)"),
}
"""Commands that filter or translate beside the lists, so that these alone do not tell what passes."""

_BINDING = re.compile(r"(?:ip access-group|ipv6 traffic-filter|ip port access-group|nameif|security-level)(?: |$)")
_OTHER_LIST = re.compile(r"(?:mac|arp|appletalk|ipx) access-list \S")
_TAKEN_AWAY = re.compile(
    r"(?:no|clear configure|clear) (?:(?:ip|ipv6|mac) )?(?:access-(?:list|group)|traffic-filter)(?: (.*))?"
)
_STANDARD = (range(1, 100), range(1300, 2000))
"""Numbers of lists that ask for the source alone."""

_GROUP_KINDS = {"network": "network", "service": "service", "protocol": "service", "icmp-type": "", "user": "",
                "security": "", "address": "network", "port": "service"}  # fmt: skip
_MEMBERS = frozenset((
    "host", "subnet", "range", "fqdn", "user", "user-group", "security-group",
     "network-object", "group-object", "port-object", "service-object", "service",
    "protocol-object", "icmp-object", "eq", "neq", "gt", "lt", "tcp", "udp", "tcp-udp", "ip", "icmp", "any", "esp",
    "ahp", "gre", "nat", "description", "ospf", "eigrp", "pim", "igmp", "ipinip", "nos", "pcp", "source",
))  # fmt: skip
_SERVICES = frozenset(("tcp", "udp", "tcp-udp", "icmp", "icmp6", "ip", "esp", "gre", "ah", "ahp", "sctp"))
_BANNER = re.compile(r"banner \S+ (\^C|\S)(.*)")
_WHOLE = re.compile(r"^(?:Building configuration|Current configuration|: Saved)", re.MULTILINE)
_END = re.compile(r"^(?:end|: ?end)\s*$", re.MULTILINE | re.IGNORECASE)


class CiscoReader(msgspec.Struct, frozen=True):
    """Reader of the configurations of one dialect; ``signs``: a line that tells them from others."""

    dialect: Dialect
    signs: re.Pattern[str]

    def looks_like(self, text: str) -> bool:
        """Checks for a configuration of this dialect."""
        return self.signs.search(text) is not None

    def read(self, text: str, ground: Ground) -> RuleBase:
        """Reads the access lists.

        Raises:
            RuleBaseError: there is none, or they cannot be told apart.
        """
        return _Reader(text, ground, self.dialect).read()


IOS = CiscoReader("ios", re.compile(r"^\s*(?:(?:ip|ipv6) access-list |access-list \d+ )", re.MULTILINE))
ASA = CiscoReader(
    "asa",
    re.compile(
        r"^\s*access-list \S+ (?:line \d+ )?extended |^\s*access-group \S+ |^(?:ASA|PIX|FWSM) Version ", re.MULTILINE
    ),
)
"""ASA, PIX and FWSM."""


class _Reader:
    """Reads a configuration line by line; ``_mode`` is the block that the last heading opened."""

    def __init__(self, text: str, ground: Ground, dialect: Dialect) -> None:
        self._lines = [_PAGER.sub("", line) for line in lines_of(text)]
        self._account = Account(self._lines)
        self._dialect = dialect
        self._ground = ground
        self._groups = Groups()
        self._lists: dict[str, list[ChainRule]] = {}
        self._list_families: dict[str, tuple[Family, ...]] = {}
        self._bound: dict[tuple[str, str, str], str] = {}
        self._levels: dict[str, int] = {}
        self._interfaces: dict[str, str] = {}
        self._remark = ("", "")
        self._standard: set[str] = set()
        self._numbers: dict[str, list[int]] = {}
        self._entries: list[tuple[int, list[str], str, str]] = []
        self._filled: set[str] = set()
        self._equal_levels = False
        self._mode = ""
        self._block = ""
        self._members: list[list[str]] | None = None
        self._nameif = ""
        if _WHOLE.search(text) and not _END.search(text):
            self._doubt(0, "begins as a whole configuration, and does not end as one", text="the end of the text")

    def read(self) -> RuleBase:
        self._skip_banners()
        for number, raw in enumerate(self._lines, 1):
            check_count(len(self._entries), 0)
            line = _HITS.sub("", " ".join(raw.split()))
            if not line or line[0] in "!:" or _PROMPT.fullmatch(line) or _NOISE.fullmatch(line):
                self._account.settle(number)
            else:
                self._line(number, line, indented=raw[:1].isspace())
        reader = EntryReader(self._dialect, self._groups)
        for number, words, name, marker in self._entries:
            self._entry(number, words, name, marker, reader)
        if not self._lists:
            raise RuleBaseError("holds no access list; accepted: a configuration with its access lists")
        return Bindings(
            dialect=self._dialect,
            ground=self._ground,
            lists=self._lists,
            families=self._list_families,
            bound=[
                (name if self._fits(name, kind) else f"{name} of {kind}", direction, interface)
                for (direction, interface, kind), name in self._bound.items()
            ],
            levels=self._levels,
            interfaces=self._interfaces,
            equal_levels=self._equal_levels,
            filled=frozenset(self._filled | {name for _, words, name, _ in self._entries if "remark" not in words[:3]}),
            account=self._account,
        ).rule_base()

    def _fits(self, name: str, kind: str) -> bool:
        """Checks for a list of the address family that a binding asks for."""
        return kind not in ("ip", "ipv6") or self._list_families.get(name) in (None, (4,) if kind == "ip" else (6,))

    def _skip_banners(self) -> None:
        """Settle the lines of each banner: its text stands between two signs of its own choice."""
        end = 0
        for number, raw in enumerate(self._lines, 1):
            found = _BANNER.match(raw) if number > end and self._dialect == "ios" else None
            if found and found[1] not in found[2]:
                closing = (place for place in range(number, len(self._lines)) if found[1] in self._lines[place])
                end = next(closing, number - 1) + 1
                for place in range(number + 1, end + 1):
                    self._account.settle(place)
                    self._lines[place - 1] = ""

    def _line(self, number: int, line: str, *, indented: bool) -> None:  # noqa: PLR0912  # one for each kind of line
        """Settle or doubt one line that is neither empty nor a comment."""
        words = line.split(" ")
        if _BEYOND[self._dialect].match(line):
            self._doubt(number, "filters or translates beside the access lists")
        elif found := _TAKEN_AWAY.fullmatch(line):
            self._take_away(number, (found[1] or "").split())
        elif self._mode == "list" and self._is_entry(words, line):
            self._entries.append((number, words, self._block, self._take_remark(words)))
            self._account.settle(number)
        elif self._mode == "group" and _is_member(words):
            self._member(number, words)
        elif self._heading(number, line, words) or (self._mode == "interface" and self._interface(number, words)):
            self._account.settle(number)
        elif line in ("exit", "end", "exit-address-family", "quit"):
            self._mode = "" if line != "exit-address-family" else self._mode
            self._account.settle(number)
        elif self._mode == "others" and _ENTRY.match(line):
            self._account.settle(number)
        elif _ENTRY.match(line):
            self._doubt(number, "an entry outside of any access list")
        elif _BINDING.match(line):
            self._doubt(number, "it stands below no interface")
        elif self._mode in ("block", "others") and (indented or _is_known(words, IN_BLOCKS)):
            self._account.settle(number)
        elif _is_known(words, TOP_LEVEL):
            self._mode = "block"
            self._account.settle(number)
        elif self._mode in ("list", "group") and indented:
            self._unknown_member(number, words)
        else:
            self._mode = self._mode if indented else ""
            self._doubt(number, f"{' '.join(words)[:40]!r} is not known here")

    def _is_entry(self, words: Sequence[str], line: str) -> bool:
        return _ENTRY.match(line) is not None or words[0] in ("statistics", "fragments", "ignore", "evaluate")

    def _unknown_member(self, number: int, words: Sequence[str]) -> None:
        """Doubt a line of a list or group that it does not know; a group with such a line is not used."""
        why = f"{words[0][:30]!r} is not understood here"
        if self._mode == "list":
            self._doubt(number, why, f"list {self._block}")
            return
        if self._members is not None:
            self._members.append(list(words))
        self._account.settle(number)

    def _heading(self, number: int, line: str, words: list[str]) -> bool:
        """Open the mode of a heading, or read a command that has a say on a line of its own."""
        if (found := _LIST.fullmatch(line)) and found[3] not in ("resequence", "logging", "log-update"):
            self._mode, self._block = "list", found[3]
            families: tuple[Family, ...] = (4,) if found[1] == "ip" else (6,)
            self._declare(number, found[3], families, standard=found[2] == "standard")
        elif _OTHER_LIST.match(line):
            self._mode = "others"
        elif words[0] == "interface" and len(words) > 1:
            self._mode, self._block, self._nameif = "interface", " ".join(words[1:]), " ".join(words[1:])
            self._interfaces.setdefault(canonical(self._block), self._block)
        elif words[0] in ("object", "object-group") and len(words) > 2:
            self._mode, self._members = "group", None
            self._open_group(words)
        elif words[0] == "access-list" and len(words) > 2 and words[1] not in ("alert-interval", "deny-flow-max"):
            self._mode = ""
            self._flat(number, words)
        elif words[0] == "access-group" and len(words) > 2:
            self._mode = ""
            if "control-plane" not in words:
                interface = words[4] if len(words) > 4 else ""
                self._bind(words[1], words[2], interface, "")
        elif line == "same-security-traffic permit inter-interface":
            self._equal_levels = True
        elif words[0] == "nameif" and len(words) == 4 and words[3].startswith("security"):
            # As a PIX has it, on a line of its own.
            self._interfaces.setdefault(canonical(words[2]), words[2])
            if is_number(level := words[3].removeprefix("security")):
                self._levels[canonical(words[2])] = int(level[:4])
        elif words[0] == "name" and len(words) > 2 and self._dialect == "asa":
            self._groups.names[words[2]] = words[1]
        else:
            return False
        return True

    def _open_group(self, words: Sequence[str]) -> None:
        kind, name, stated = words[1], words[2], words[3] if len(words) > 3 else ""
        if kind in ("ip", "ipv6") and stated:
            kind, name, stated = name, stated, ""
        sort = _GROUP_KINDS.get(kind, "")
        if sort == "network":
            self._members = self._groups.networks.setdefault(name, [])
        elif sort == "service":
            self._members = self._groups.services.setdefault(name, [])
            self._groups.protocols[name] = stated

    def _member(self, number: int, words: list[str]) -> None:
        self._account.settle(number)
        if self._members is not None and words[0] not in ("description", "nat"):
            self._members.append(words[1:] if is_number(words[0]) and len(words) > 1 else words)

    def _declare(self, number: int, name: str, families: tuple[Family, ...], *, standard: bool = False) -> None:
        self._lists.setdefault(name, [])
        if self._list_families.setdefault(name, families) != families:
            self._doubt(number, f"list {name[:30]} is there for the other address family too")
        if standard:
            self._standard.add(name)

    def _flat(self, number: int, words: list[str]) -> None:
        """Read an entry that names its list, as ASA and PIX have them, and IOS for lists with numbers."""
        name, rest = words[1], words[2:]
        if rest[0] == "line" and len(rest) > 2:
            rest = rest[2:]
        numbered = self._dialect == "ios" and is_number(name) and len(name) < 6
        standard = numbered and any(int(name) in some for some in _STANDARD)
        self._declare(number, name, (4, 6) if self._dialect == "asa" else (4,), standard=standard)
        if rest[0] == "extended" and len(rest) > 1:
            rest = rest[1:]
        elif rest[0] not in ("permit", "deny", "remark"):
            self._filled.add(name)
            self._doubt(number, f"a list of kind {rest[0][:20]!r} is not understood here", f"list {name}")
            return
        self._entries.append((number, rest, name, self._take_remark([*rest, ""], name)))

    def _take_remark(self, words: Sequence[str], name: str = "") -> str:
        """Return the marker of the remark that stands before an entry."""
        name = name or self._block
        rest = words[1:] if is_number(words[0]) else words
        if rest[0] == "remark":
            self._remark = (name, find_marker(" ".join(rest[1:])))
        return self._remark[1] if self._remark[0] == name else ""

    def _entry(self, number: int, words: list[str], name: str, marker: str, reader: EntryReader) -> None:
        place = 0
        if words[0] == "sequence" and len(words) > 2:
            words = words[1:]
        if is_number(words[0]) and len(words) > 1:
            place, words = int(words[0][:18]), words[1:]
        if words[0] in ("remark", "statistics", "description", "ignore", "fragments"):
            return
        if self._dialect == "asa" and words[-1] == "inactive":
            return
        try:
            self._check_place(name, place)
            if words[0] not in ("permit", "deny"):
                raise NotReadError(f"{words[0][:30]!r} is not understood here")
            asked = _as_extended(words[1:]) if name in self._standard else words[1:]
            matches = reader.read(asked, self._list_families[name])
        except NotReadError as error:
            self._doubt(number, str(error), f"list {name}")
            return
        rule = BaseRule(
            line=number,
            place=f"list {name}",
            text=kept(self._lines[number - 1].strip()),
            action="accept" if words[0] == "permit" else "drop",
            marker=marker,
        )
        self._lists[name].append(ChainRule(rule, matches, "accept" if words[0] == "permit" else "drop"))

    def _check_place(self, name: str, place: int) -> None:
        """Keep the number of an entry, by which a device orders a list, whatever the order of its lines."""
        places = self._numbers.setdefault(name, [0])
        if place and place <= places[-1]:
            raise NotReadError(f"number {place} does not come behind {places[-1]}; accepted: entries in their order")
        places.append(place or places[-1] + 10)

    def _take_away(self, number: int, words: Sequence[str]) -> None:
        """Settle the removal of a list or binding that the text does not have yet; doubt that of one it has."""
        named = [word for word in words if word not in ("extended", "standard")]
        known = {name for _, _, name, _ in self._entries} | set(self._bound.values())
        if named and not known.intersection(named):
            self._account.settle(number)
            self._mode = self._mode if self._mode == "interface" else ""
        else:
            self._doubt(number, "takes a list away, or its binding; accepted: a configuration")

    def _interface(self, number: int, words: Sequence[str]) -> bool:
        """Read a line of an interface: a binding, its name, its level, or one that decides nothing."""
        start = 3 if words[:3] == ["ip", "port", "access-group"] else 2
        if start == 3 or (words[0] in ("ip", "ipv6") and words[1:2] in (["access-group"], ["traffic-filter"])):
            if len(words) != start + 2:
                self._doubt(number, "a binding is a list and a direction")
            else:
                self._bind(words[start], words[start + 1], self._nameif, "port" if start == 3 else words[0])
        elif words[0] == "nameif" and len(words) > 1:
            self._nameif = words[1]
            self._interfaces[canonical(words[1])] = words[1]
            self._levels.setdefault(canonical(words[1]), 100 if words[1] == "inside" else 0)
        elif words[0] == "security-level" and len(words) > 1 and is_number(words[1]):
            self._levels[canonical(self._nameif)] = int(words[1][:4])
        elif words[0] == "shutdown" and canonical(self._nameif) in map(canonical, self._ground.interfaces):
            self._doubt(number, f"interface {self._nameif} is shut down: nothing passes it")
        elif not _is_known(words, IN_INTERFACES):
            return False
        return True

    def _bind(self, name: str, direction: str, interface: str, kind: str) -> None:
        """Bind a list; of two for one interface, direction and family the later one holds."""
        self._bound[direction, canonical(interface), kind] = name

    def _doubt(self, number: int, why: str, place: str = "", text: str | None = None) -> None:
        families = self._list_families.get(place.removeprefix("list "), (4, 6)) if place else (4, 6)
        boxes: tuple[Box, ...] = tuple(everything(family) for family in families)
        self._account.doubt(number, why, boxes, place, text)


def _is_member(words: Sequence[str]) -> bool:
    """Check for a line of an object or a group, and not for a global command that begins alike."""
    if words[0] in ("icmp", "service", "ip", "source") and len(words) > 1:
        kind = words[0] == "icmp" or (words[0] == "service" and words[1] in _SERVICES)
        return words[0] == "source" or (kind and words[1] not in ("permit", "deny"))
    return words[0] in _MEMBERS or words[0][:1].isdigit() or ":" in words[0]


def _is_known(words: Sequence[str], known: frozenset[str]) -> bool:
    """Check for a command on a list, by its first word or its first two; ``no`` before it changes nothing."""
    rest = words[1:] if words[0] in ("no", "default") and len(words) > 1 else words
    return rest[0] in known or " ".join(rest[:2]) in known


def _as_extended(words: Sequence[str]) -> list[str]:
    """Write an entry of a standard list, which asks for the source alone, as an extended one."""
    source = [word for word in words if word != "log"]
    return ["ip", *(["host", *source] if len(source) == 1 and source[0] not in ("any", "any4") else source), "any"]
