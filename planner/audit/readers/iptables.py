"""Reads what ``iptables-save`` and ``ip6tables-save`` write: the chains that packets between zones go through."""

import re
from collections.abc import Iterator, Mapping

from planner.audit.readers.chains import ChainRule, Stage, Verdict, gather
from planner.audit.readers.iptables_rule import PASSIVE, TRANSLATING, RuleReader, port_set
from planner.audit.readers.match import translated
from planner.audit.readers.rule_base import (
    Account,
    AddressSets,
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
from planner.network.packets import PORTS, Box, Family, everything, network_ranges
from planner.network.ranges import Ranges

_STAGES = (
    ("raw", "PREROUTING"),
    ("mangle", "PREROUTING"),
    ("mangle", "FORWARD"),
    ("filter", "FORWARD"),
    ("security", "FORWARD"),
    ("mangle", "POSTROUTING"),
)
"""Chains that a packet between two zones goes through, in order, where it can be dropped."""

_WORDS = re.compile(r'"((?:[^"\\]|\\.)*+)("?)|([^\s"]+)|(\S)')
"""A text that is never closed runs to the end: were it no match, each of its quotes would be tried again."""
_ESCAPED = re.compile(r"\\(.)")
_COUNTERS = re.compile(r"\[\d{1,20}:\d{1,20}\] ")

_TABLES = ("raw", "mangle", "nat", "filter", "security")
_BUILT_IN = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
_NOT_WHOLE = re.compile(
    r"incompatible|tables present|use '?(?:nft|iptables|ip6tables)"
    r"|warning(?!: this device drops everything that the plan does not name)",  # the heading of our own exports
    re.IGNORECASE,
)
_TRANSLATES = re.compile(r"(?:-j|--jump|-g|--goto)\s+(?:DNAT|REDIRECT|NETMAP|TPROXY)\b")


def looks_like(text: str) -> bool:
    """Checks for a text of iptables-save."""
    return re.search(r"^\*(?:filter|mangle|raw|nat|security)\s*$", text, re.MULTILINE) is not None


def read(text: str, ground: Ground) -> RuleBase:
    """Reads the text.

    Raises:
        RuleBaseError: it is nothing of the kind, or holds too much.
    """
    return _Reader(text, ground).read()


class _Reader:
    def __init__(self, text: str, ground: Ground) -> None:
        self._lines = lines_of(text)
        self._ground = ground
        self._family: Family = _family(text)
        self._whole = (everything(self._family),)
        self._account = Account(self._lines)
        self._chains: dict[str, list[ChainRule]] = {}
        self._policies: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._tracks = False
        self._translates = any(_TRANSLATES.search(line) for line in self._lines)
        self._remarks: dict[str, None] = {}
        self._count = 0

    def read(self) -> RuleBase:  # noqa: PLR0912  # one for each kind of line
        table, tables, open_ = "", set[str](), False
        for number, line in enumerate(self._lines, 1):
            check_count(self._count, 0)
            start, word = line[:1], line.strip()
            if start == "*":
                table = word[1:]
                if table in tables or open_:
                    why = "twice" if table in tables else "begins before the COMMIT of the one before it"
                    raise RuleBaseError(f"line {number}: table {table[:30]!r} {why}; accepted: a file for each family")
                if table not in _TABLES:
                    self._account.doubt(number, f"table {table[:30]!r} is not known here", self._whole)
                tables.add(table)
                open_ = True
                self._account.settle(number)
            elif word == "COMMIT" and open_:
                open_ = False
                self._account.settle(number)
            elif word[:1] == "#":
                if _NOT_WHOLE.search(word):
                    self._account.doubt(number, "it says that not all rules are in this file", self._whole)
                self._account.settle(number)
            elif word and not open_:
                self._account.doubt(number, "it stands outside of any table", self._whole)
            elif start == ":":
                self._declare(number, line, table)
            elif word:
                self._line(number, line, table)
        if open_:
            raise RuleBaseError(f"table {table[:30]!r} ends without COMMIT; accepted: the whole file")
        if "filter FORWARD" not in self._policies:
            raise RuleBaseError("no chain FORWARD in table filter; accepted: what iptables-save writes, whole")
        stages = [
            Stage(
                name,
                "drop" if self._policies[name] == "DROP" else "accept",
                f"chain {chain} of table {table}",
                (self._family,),
            )
            for table, chain in _STAGES
            if (name := f"{table} {chain}") in self._policies
        ]
        for chain in ("INPUT", "OUTPUT"):
            if count := self._counts.get(f"filter {chain}"):
                about = "They are about this computer itself, not packets between zones"
                self._remarks[f"chain {chain}, rules: {count}. {about}"] = None
        return gather(
            "iptables",
            self._chains,
            stages,
            (self._family,),
            "rules" if self._tracks else "none",
            self._account,
            tuple(self._remarks),
            ("nat PREROUTING", "nat POSTROUTING"),
        )

    def _declare(self, number: int, line: str, table: str) -> None:
        """Read the line that names a chain and its policy."""
        name, _, rest = line[1:].strip().partition(" ")
        policy = rest.partition(" ")[0]
        built_in = name in _BUILT_IN
        if policy not in (("ACCEPT", "DROP") if built_in else ("-",)):
            why = f"policy {policy[:20]!r} of chain {name[:30]!r} is not understood here"
            self._account.doubt(number, why, self._whole)
        elif table == "nat" and policy == "DROP":
            self._account.doubt(number, "it drops packets among translations", self._whole)
        self._account.settle(number)
        self._chains.setdefault(f"{table} {name}", [])
        self._policies[f"{table} {name}"] = policy

    def _line(self, number: int, line: str, table: str) -> None:
        found = list(_WORDS.finditer(_COUNTERS.sub("", line, count=1) if line[0] == "[" else line))
        words = [word[3] or word[4] or _ESCAPED.sub(r"\1", word[1] or "") for word in found]
        if len(words) == 2 and words[0] in ("-F", "--flush", "-X", "--delete-chain"):
            # As a file for iptables-restore may say.
            name = f"{table} {words[1]}"
            if words[0] in ("-F", "--flush"):
                self._chains[name] = []
                self._account.settle(number)
            elif not self._chains.get(name):
                self._account.settle(number)
            return
        chain = f"{table} {words[1]}" if len(words) > 1 and words[0] in ("-A", "--append") else ""
        if not chain:
            self._account.doubt(number, "no rule of a chain", self._whole)
            return
        if chain not in self._policies:
            self._account.doubt(number, f"chain {words[1][:30]!r} is not declared in table {table[:30]!r}", self._whole)
            return
        self._counts[chain] = self._counts.get(chain, 0) + 1
        rule = RuleReader(words[2:], self._family, self._ground, chain, translates=self._translates)
        try:
            if any(word[2] == "" for word in found):
                rule.target = ""
                raise NotReadError("a quote that is not closed")
            rule.read()
            verdict = self._verdict(rule, table)
        except NotReadError as error:
            if not (rule.target in PASSIVE and rule.known):
                boxes = tuple(box for match in rule.matches for box in match.boxes("stated"))
                self._account.doubt(number, str(error), (*boxes, *_translated(rule, self._family)), chain)
            self._account.settle(number)
            return
        self._tracks |= rule.tracks
        self._remarks |= dict.fromkeys(rule.remarks)
        self._account.settle(number)
        if verdict is not None:
            self._count += 1
            base = BaseRule(
                line=number,
                place=chain.partition(" ")[2],
                text=kept(line.strip()),
                action="drop" if verdict == "drop" else "accept",
                marker=find_marker(rule.comment),
            )
            target = f"{table} {rule.target}" if verdict in ("jump", "goto") else ""
            self._chains[chain].append(ChainRule(base, rule.matches, verdict, target))

    def _verdict(self, rule: RuleReader, table: str) -> Verdict | None:
        """Return what a rule does to the packets it meets; None where the next rule is looked at."""
        verdicts: Mapping[str, Verdict] = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return"}
        target = rule.target
        if not target or target in PASSIVE or (target == "CT" and rule.helps):
            return None
        if rule.unsure:
            raise NotReadError(rule.unsure)
        if table == "nat" and target in ("DROP", "REJECT"):
            raise NotReadError("it drops packets among translations")
        if target in verdicts:
            return verdicts[target]
        if f"{table} {target}" in self._policies:
            return "goto" if rule.goes else "jump"
        if table == "nat" and target in ("SNAT", "MASQUERADE"):
            return None
        if target in TRANSLATING:
            raise NotReadError(f"{target} changes where packets go before they are looked at")
        if target in ("CT", "NOTRACK"):
            raise NotReadError("notrack: these packets have no connection state")
        raise NotReadError(f"target {target[:30]!r} is not understood here")


def _translated(rule: RuleReader, family: Family) -> Iterator[Box]:
    """Yields the packets that a translation makes: those to its target."""
    if rule.target not in TRANSLATING:
        return
    ports: Ranges | None = None
    addresses: AddressSets | None = None
    words = iter(rule.rest)
    for word in words:
        value = next(words, "") if word in ("--to-destination", "--to-ports", "--to-port", "--to") else ""
        host, colon, port = value.rpartition("]:" if family == 6 else ":")
        if word in ("--to-ports", "--to-port"):
            host, colon, port = "", ":", value
        try:
            if colon and port:
                ports = port_set(port.partition("/")[0].replace("-", ":"), False)
            elif word == "--to-destination":
                host = value
            if host:
                low, _, high = host.strip("[]").partition("-")
                ends = [network_ranges([end])[family] for end in (low, high or low)]
                addresses = {family: ((ends[0][0][0], ends[1][0][1]),)}
        except (ValueError, KeyError, NotReadError):
            addresses, ports = None, PORTS
    yield from translated(rule.matches, addresses, ports)


_ENDS = re.compile(
    r"\s(?:-[sd]|--(?:source|destination|src|dst)|--(?:src|dst)-range|--to-destination)\s+(?:!\s+)?\[?([0-9a-fA-F:.]+)"
)


def _family(text: str) -> Family:
    """Tell the address family by the addresses, and without any by the name of the program in a comment."""
    families = {6 if found.count(":") > 1 else 4 for line in lines_of(text) if line.lstrip()[:1] in "-["
                for found in _ENDS.findall(line)}  # fmt: skip
    if len(families) > 1:
        raise RuleBaseError("holds IPv4 and IPv6 addresses; accepted: a file for each family")
    if families:
        return 6 if 6 in families else 4
    return 6 if "ip6tables" in text[:2000] or "icmpv6" in text or "ipv6-icmp" in text else 4
