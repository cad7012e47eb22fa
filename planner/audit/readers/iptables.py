"""Reads what ``iptables-save`` and ``ip6tables-save`` write: the chains that packets between zones go through."""

import re
from collections.abc import Callable, Iterator, Mapping

from planner.audit.readers.chains import ChainRule, Stage, Verdict, gather, reached
from planner.audit.readers.match import Match, all_but, all_but_state, connection_states, numbers, protocol_services
from planner.audit.readers.rule_base import (
    Addresses,
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
from planner.network.packets import (
    ADDRESSES,
    ESTABLISHED,
    MAX_PORT,
    NEW,
    PORTS,
    TCP,
    Family,
    network_ranges,
    port_number,
)
from planner.network.ranges import Ranges, ranges, subtract

_STAGES = (
    ("raw", "PREROUTING"),
    ("mangle", "PREROUTING"),
    ("mangle", "FORWARD"),
    ("filter", "FORWARD"),
    ("security", "FORWARD"),
    ("mangle", "POSTROUTING"),
)
"""What a packet between two zones goes through, in order, where it can be dropped."""

_WORDS = re.compile(r'"((?:[^"\\]|\\.)*+)("?)|([^\s"]+)|(\S)')
"""A text that is never closed runs to the end: were it no match, each of its quotes would be tried again."""
_ESCAPED = re.compile(r"\\(.)")
_COUNTERS = re.compile(r"\[\d{1,20}:\d{1,20}\] ")

_PASSIVE = frozenset((
    "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "TCPMSS", "CLASSIFY", "SECMARK",
    "CONNSECMARK", "TRACE", "TOS", "DSCP", "TTL", "HL", "CHECKSUM", "AUDIT", "SET",
))  # fmt: skip
"""Targets after which the next rule is looked at."""

_TRANSLATING = ("DNAT", "REDIRECT", "NETMAP", "TPROXY")

_WITH_OPTIONS = frozenset((*_PASSIVE, *_TRANSLATING, "REJECT", "SNAT", "MASQUERADE", "CT", "NFQUEUE"))
"""Targets with options of their own, which iptables-save writes last. Behind any other, a match may follow."""

_MODULES = frozenset(("tcp", "udp", "multiport", "conntrack", "state", "comment", "iprange"))
"""Modules whose options say all that they ask for."""


def looks_like(text: str) -> bool:
    """Say whether this is such a text."""
    return re.search(r"^\*(?:filter|mangle|raw|nat|security)\s*$", text, re.MULTILINE) is not None


def read(text: str, ground: Ground) -> RuleBase:
    """Read the text.

    Raises:
        RuleBaseError: it is nothing of the kind, or holds too much.
    """
    return _Reader(text, ground).read()


class _Reader:
    def __init__(self, text: str, ground: Ground) -> None:
        self._text = text
        self._ground = ground
        self._family: Family = 6 if _is_ipv6(text) else 4
        self._chains: dict[str, list[ChainRule]] = {}
        self._policies: dict[str, str] = {}
        self._aside: list[tuple[str, NotUnderstood]] = []
        self._lines: dict[str, int] = {}
        self._tracks = False
        self._count = 0

    def read(self) -> RuleBase:
        table, tables = "", set[str]()
        for number, line in enumerate(lines_of(self._text), 1):
            check_count(self._count, len(self._aside))
            start = line[:1]
            if start == "*":
                table = line[1:].strip()
                if table in tables:
                    raise RuleBaseError(f"line {number}: table {table[:30]!r} twice; accepted: a file for each family")
                tables.add(table)
            elif start == ":":
                name, _, rest = line[1:].partition(" ")
                self._chains.setdefault(f"{table} {name}", [])
                self._policies[f"{table} {name}"] = rest.partition(" ")[0]
            elif line.strip() and start != "#" and line.strip() != "COMMIT":
                self._line(number, line, table)
        if "filter FORWARD" not in self._policies:
            raise RuleBaseError("no chain FORWARD in table filter; accepted: what iptables-save writes, whole")
        stages = [
            Stage(name, "drop" if self._policies[name] == "DROP" else "accept", f"chain {chain} of table {table}")
            for table, chain in _STAGES
            if (name := f"{table} {chain}") in self._policies
        ]
        seen = reached(self._chains, [stage.chain for stage in stages])
        seen |= reached(self._chains, ["nat PREROUTING"])
        return gather(
            "iptables",
            self._chains,
            stages,
            (self._family,),
            "rules" if self._tracks else "none",
            [entry for chain, entry in self._aside if chain in seen or not chain],
            tuple(self._remarks()),
        )

    def _remarks(self) -> Iterator[str]:
        for chain in ("INPUT", "OUTPUT"):
            if lines := self._lines.get(f"filter {chain}"):
                yield f"chain {chain}, rules: {lines}. They are about this computer itself, not packets between zones"

    def _line(self, number: int, line: str, table: str) -> None:
        found = list(_WORDS.finditer(_COUNTERS.sub("", line, count=1) if line[0] == "[" else line))
        words = [word[3] or word[4] or _ESCAPED.sub(r"\1", word[1] or "") for word in found]
        if len(words) == 2 and words[0] in ("-F", "--flush"):
            # As a file for iptables-restore may say.
            self._chains[f"{table} {words[1]}"] = []
            return
        chain = f"{table} {words[1]}" if len(words) > 1 and words[0] in ("-A", "--append") else ""
        self._lines[chain] = self._lines.get(chain, 0) + 1
        rule = _RuleReader(words[2:] if chain else [], self._family, self._ground)
        try:
            if not chain:
                raise NotReadError("no rule of a chain")
            if any(word[2] == "" for word in found):
                raise NotReadError("a quote that is not closed")
            rule.read()
            self._tracks |= rule.tracks
            verdict = self._verdict(rule, table)
        except NotReadError as error:
            if rule.target in _PASSIVE:
                return
            why = NotUnderstood(line=number, text=kept(line), why=str(error), boxes=rule.match.boxes("stated"))
            self._aside.append((chain, why))
            return
        if verdict is not None:
            self._count += 1
            base = BaseRule(
                line=number,
                place=chain.partition(" ")[2],
                text=kept(line),
                action="drop" if verdict == "drop" else "accept",
                marker=find_marker(rule.comment),
            )
            target = f"{table} {rule.target}" if verdict in ("jump", "goto") else ""
            self._chains.setdefault(chain, []).append(ChainRule(base, rule.matches, verdict, target))

    def _verdict(self, rule: "_RuleReader", table: str) -> Verdict | None:
        """Say what a rule does to the packets it meets; None where the next rule is looked at.

        Raises:
            NotReadError: that is not known.
        """
        verdicts: Mapping[str, Verdict] = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return"}
        if rule.target in verdicts:
            return verdicts[rule.target]
        if f"{table} {rule.target}" in self._policies and rule.target:
            return "goto" if rule.goes else "jump"
        if table == "nat" and rule.target not in _TRANSLATING:
            return None
        if not rule.target or rule.target in _PASSIVE:
            return None
        if rule.target in _TRANSLATING:
            raise NotReadError(f"{rule.target} changes where packets go before they are looked at")
        raise NotReadError(f"target {rule.target[:30]!r} is not understood here")


class _RuleReader:
    """One rule: its match so far, its target."""

    def __init__(self, words: list[str], family: Family, ground: Ground) -> None:
        self._words = words
        self._family = family
        self._ground = ground
        self._why = ""
        self.match = Match.everything((family,))
        self.opened: Ranges | None = None
        self.target = ""
        self.goes = False
        self.comment = ""
        self.tracks = False

    def read(self) -> None:
        """Read all options.

        Raises:
            NotReadError: naming the first that is not understood; what is understood has narrowed the match.
        """
        rest = iter(self._words)
        inverted = False
        for word in rest:
            if word == "!":
                inverted = True
                continue
            if word in ("-j", "-g", "--jump", "--goto"):
                self.target, self.goes = next(rest, ""), word in ("-g", "--goto")
                if self.target in _WITH_OPTIONS:
                    # What follows belongs to the target; none of it narrows what the rule is about.
                    break
                continue
            try:
                self._option(word, rest, inverted)
            except (NotReadError, ValueError) as error:
                self._why = self._why or str(error)
            inverted = False
        if self._why:
            raise NotReadError(self._why)

    def _option(self, word: str, rest: Iterator[str], inverted: bool) -> None:
        if word == "--syn":
            self.begins(inverted)
        elif word == "--tcp-flags":
            self._tcp_flags(next(rest, ""), next(rest, ""), inverted)
        elif word in _OPTIONS:
            _OPTIONS[word](self, next(rest, ""), inverted)
        else:
            raise NotReadError(f"{word[:30]!r} is not understood here")

    def module(self, name: str, _inverted: bool) -> None:
        if name not in _MODULES:
            raise NotReadError(f"module {name[:30]!r} is not understood here")

    def source(self, text: str, inverted: bool) -> None:
        self.match = self.match.from_(self._addresses(text, inverted))

    def destination(self, text: str, inverted: bool) -> None:
        self.match = self.match.to(self._addresses(text, inverted))

    def source_range(self, text: str, inverted: bool) -> None:
        self.match = self.match.from_(self._address_range(text, inverted))

    def destination_range(self, text: str, inverted: bool) -> None:
        self.match = self.match.to(self._address_range(text, inverted))

    def _addresses(self, text: str, inverted: bool) -> Addresses:
        found = {self._family: network_ranges(text.split(",")).get(self._family, ())}
        return all_but(found) if inverted else found

    def _address_range(self, text: str, inverted: bool) -> Addresses:
        low, _, high = text.partition("-")
        ends = [network_ranges([end]).get(self._family) for end in (low, high or low)]
        if ends[0] is None or ends[1] is None:
            raise NotReadError(f"{text[:60]!r} is no range of IPv{self._family} addresses")
        first, last = ends[0][0][0], ends[1][0][0]
        found = {self._family: numbers(first, last, ADDRESSES[self._family][0][1])}
        return all_but(found) if inverted else found

    def comes_in(self, name: str, inverted: bool) -> None:
        if name != "+" or inverted:
            self.match = self.match.enters(self._ground.side(name, (self._family,), inverted=inverted))

    def goes_out(self, name: str, inverted: bool) -> None:
        if name != "+" or inverted:
            self.match = self.match.leaves(self._ground.side(name, (self._family,), inverted=inverted))

    def protocol(self, name: str, inverted: bool) -> None:
        if name in ("all", "0"):
            return
        found = protocol_services(name)
        self.match = self.match.with_service(subtract(((0, 2 * MAX_PORT + 1),), found) if inverted else found)

    def source_ports(self, text: str, inverted: bool) -> None:
        self.match = self.match.with_source_port(_ports(text, inverted))

    def destination_ports(self, text: str, inverted: bool) -> None:
        self.match = self.match.with_destination_port(_ports(text, inverted))

    def states(self, text: str, inverted: bool) -> None:
        self.tracks = True
        found = connection_states(text.lower().split(","))
        self.match = self.match.with_state(all_but_state(found) if inverted else found)

    def opened_on(self, text: str, inverted: bool) -> None:
        """Take the port on which the connection began: packets to it, and answers from it."""
        self.tracks = True
        self.opened = _ports(text, inverted)

    @property
    def matches(self) -> tuple[Match, ...]:
        """All that the rule is about; any of these will do."""
        if self.opened is None:
            return (self.match,)
        return self.match.with_destination_port(self.opened), self.match.with_source_port(self.opened)

    def begins(self, inverted: bool) -> None:
        self.match = self.match.with_service(TCP).with_state(ESTABLISHED if inverted else NEW)

    def remark(self, text: str, _inverted: bool) -> None:
        self.comment = text

    def _tcp_flags(self, mask: str, wanted: str, inverted: bool) -> None:
        """Take the flags of a packet that begins a connection, and of one that does not, for what they are."""
        asked = frozenset(mask.split(",")), frozenset(wanted.split(","))
        begin = [(frozenset(flags), frozenset(("SYN",))) for flags in _BEGINNINGS]
        if asked not in begin:
            raise NotReadError(f"--tcp-flags {mask[:30]} {wanted[:30]} is not understood here")
        self.begins(inverted)


_BEGINNINGS = (("FIN", "SYN", "RST", "ACK"), ("SYN", "ACK"), ("SYN", "RST", "ACK"), ("FIN", "SYN", "ACK"))

_Reading = Callable[[_RuleReader, str, bool], None]

_OPTIONS: Mapping[str, _Reading] = {
    "-m": _RuleReader.module,
    "--match": _RuleReader.module,
    "-s": _RuleReader.source,
    "--source": _RuleReader.source,
    "-d": _RuleReader.destination,
    "--destination": _RuleReader.destination,
    "--src-range": _RuleReader.source_range,
    "--dst-range": _RuleReader.destination_range,
    "-i": _RuleReader.comes_in,
    "--in-interface": _RuleReader.comes_in,
    "-o": _RuleReader.goes_out,
    "--out-interface": _RuleReader.goes_out,
    "-p": _RuleReader.protocol,
    "--protocol": _RuleReader.protocol,
    "--sport": _RuleReader.source_ports,
    "--sports": _RuleReader.source_ports,
    "--source-port": _RuleReader.source_ports,
    "--source-ports": _RuleReader.source_ports,
    "--dport": _RuleReader.destination_ports,
    "--dports": _RuleReader.destination_ports,
    "--destination-port": _RuleReader.destination_ports,
    "--destination-ports": _RuleReader.destination_ports,
    "--ctstate": _RuleReader.states,
    "--state": _RuleReader.states,
    "--ctorigdstport": _RuleReader.opened_on,
    "--comment": _RuleReader.remark,
}


def _ports(text: str, inverted: bool) -> Ranges:
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        low, colon, high = part.partition(":")
        first = port_number(low) if low else 0
        last = port_number(high) if high else MAX_PORT if colon else first
        found += numbers(first, last, MAX_PORT)
    return subtract(PORTS, ranges(found)) if inverted else ranges(found)


def _is_ipv6(text: str) -> bool:
    head = text[:200]
    if "ip6tables" in head:
        return True
    return "iptables" not in head and re.search(r"^-A .*?\s-[sd] [0-9a-f]*:", text, re.MULTILINE) is not None
