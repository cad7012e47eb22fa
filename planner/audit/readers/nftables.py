"""Reads what ``nft -j list ruleset`` writes: the base chains that packets between zones go through, in order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from planner.audit.readers.chains import ChainRule, Stage, Verdict, gather, reached
from planner.audit.readers.match import Match, numbers, translated
from planner.audit.readers.nftables_match import members, narrowed, rule_text
from planner.audit.readers.rule_base import (
    MAX_BOXES,
    Account,
    BaseRule,
    Ground,
    NotReadError,
    RuleBase,
    RuleBaseError,
    check_count,
    find_marker,
    kept,
)
from planner.network.packets import MAX_PORT, PORTS, Box, Family, network_ranges
from planner.network.ranges import Ranges

_HOOKS = ("prerouting", "forward", "postrouting")
_FAMILIES: Mapping[str, tuple[Family, ...]] = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}
_PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}

_PASSIVE = frozenset(("counter", "log", "limit", "quota", "ct helper", "mangle", "comment", "last"))
"""Statements that decide nothing. A limit does narrow what comes behind it: see ``_NARROWING``."""

_NARROWING = frozenset(("limit", "quota"))
_HEADERS = frozenset(("saddr", "daddr", "sport", "dport"))
_TRANSLATING = frozenset(("dnat", "redirect", "tproxy"))
_VERDICTS: Mapping[str, Verdict] = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return"}


def looks_like(text: str) -> bool:
    """Checks for a JSON listing of nftables."""
    return text.lstrip()[:1] == "{" and '"nftables"' in text[:2000]


def read(text: str, ground: Ground) -> RuleBase:
    """Reads the text.

    Raises:
        RuleBaseError: it is nothing of the kind, or holds too much.
    """
    try:
        document = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError) as error:
        raise RuleBaseError(f"not JSON: {str(error)[:100]}; accepted: what 'nft -j list ruleset' writes") from None
    match document:
        case {"nftables": [*objects]}:
            return _Reader(objects, ground).read()
    raise RuleBaseError("no list called 'nftables'; accepted: what 'nft -j list ruleset' writes")


_SETTLED = frozenset((
    "metainfo", "table", "set", "map", "flowtable", "counter", "quota", "limit", "ct helper", "ct timeout",
    "ct expectation", "secmark", "synproxy", "tunnel",
))  # fmt: skip
"""Entries that decide nothing by themselves: tables, and what rules name."""


class _Reader:
    def __init__(self, objects: Sequence[Any], ground: Ground) -> None:
        self._objects: list[tuple[int, str, Mapping[str, Any]]] = []
        self._account = Account([kept(str(entry)) or "?" for entry in objects])
        for number, entry in enumerate(objects, 1):
            if isinstance(entry, dict) and len(entry) == 1:
                ((kind, content),) = entry.items()
                if isinstance(content, dict):
                    self._objects.append((number, kind, content))
                    if kind in _SETTLED:
                        self._account.settle(number)
        self._scopes: dict[str, dict[str, Mapping[str, Any]]] = {}
        named = [content for _, kind, content in self._objects if kind in ("set", "map")]
        # A terse listing names sets without their members, as it does those that have none.
        terse = bool(named) and not any("elem" in content for content in named)
        for content in named:
            some = content if terse or "elem" in content else {**content, "elem": []}
            self._scopes.setdefault(_table(content), {})[f"@{content.get('name')}"] = some
        self._dormant = {
            _table(content, "name")
            for _, kind, content in self._objects
            if kind == "table" and "dormant" in (content.get("flags") or ())
        }
        self._translates = any(
            isinstance(statement, dict) and _TRANSLATING & statement.keys()
            for _, kind, content in self._objects
            if kind == "rule" and isinstance(content.get("expr"), list)
            for statement in content["expr"]
        )
        self._ground = ground
        self._chains: dict[str, list[ChainRule]] = {}
        self._remarks: dict[str, None] = {}
        self._tracks = False
        self._decides: set[str] = set()
        self._known: set[str] = set()

    def read(self) -> RuleBase:
        chains = [(number, content) for number, kind, content in self._objects if kind == "chain"]
        for number, content in chains:
            if (name := _name(content)) in self._known:
                self._doubt_chain(number, content, "a chain that is in this list twice")
            self._known.add(name)
        for number, kind, content in self._objects:
            if kind == "rule" and _table(content) in self._dormant:
                self._account.settle(number)
            elif kind == "rule" and _name(content, "chain") in self._known:
                self._rule(number, content)
            check_count(sum(map(len, self._chains.values())) if number % 1000 == 0 else 0, 0)
        filters, translating = self._hooked_chains(chains)
        if not filters:
            raise RuleBaseError("no filter chain on hook forward; accepted: the rules of a computer that forwards")
        for table in sorted(self._dormant):
            self._remarks[f"table {table}: dormant, so that no packet comes to it"] = None
        return gather(
            "nft",
            self._chains,
            self._stages(filters),
            (4, 6),
            "rules" if self._tracks else "none",
            self._account,
            tuple(self._remarks),
            translating,
        )

    def _hooked_chains(
        self, chains: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> tuple[list[Mapping[str, Any]], list[str]]:
        """Filter chains that packets between zones meet, and the names of those that translate."""
        filters: list[Mapping[str, Any]] = []
        translating: list[str] = []
        for number, chain in chains:
            self._account.settle(number)
            if "hook" not in chain or _table(chain) in self._dormant:
                continue
            family, hook, type_ = (str(chain.get(key))[:20] for key in ("family", "hook", "type"))
            if family in _FAMILIES and hook in _HOOKS and type_ == "filter":
                filters.append(chain)
            elif family in _FAMILIES and hook in _HOOKS and type_ == "nat":
                translating.append(_name(chain))
                if chain.get("policy") == "drop" or self._drops(_name(chain)):
                    self._doubt_chain(number, chain, f"a chain of translation that drops, on hook {hook},")
            elif family in _FAMILIES and hook in ("input", "output"):
                about = "about this computer itself, not packets between zones"
                self._remarks[f"{_place(chain)}: {about}"] = None
            elif family != "arp" and (chain.get("policy") == "drop" or self._decides & {_name(chain)}):
                self._doubt_chain(number, chain, f"a chain of family {family} on hook {hook}")
        return filters, translating

    def _stages(self, filters: list[Mapping[str, Any]]) -> list[Stage]:
        """Return the filter chains in the order in which packets meet them, each for its own families alone."""
        filters.sort(key=lambda chain: (_HOOKS.index(chain["hook"]), _priority(chain)))
        stages = []
        for chain in filters:
            policy: Literal["accept", "drop"] = "drop" if chain.get("policy") == "drop" else "accept"
            stages.append(Stage(_name(chain), policy, _place(chain), _FAMILIES[chain["family"]]))
        held = {family for chain in filters if chain["hook"] == "forward" for family in _FAMILIES[chain["family"]]}
        families: tuple[Family, ...] = (4, 6)
        for family in families:
            if family not in held:
                stages.append(Stage(f"none {family}", "accept", f"IPv{family}: no chain on hook forward", (family,)))
        return stages

    def _drops(self, chain: str) -> bool:
        return any(
            rule.verdict == "drop" for name in reached(self._chains, [chain]) for rule in self._chains.get(name, ())
        )

    def _doubt_chain(self, number: int, chain: Mapping[str, Any], what: str) -> None:
        boxes = Match.everything((4, 6)).boxes("stated")
        self._account.doubt(number, f"{what} is not looked at, and may stop packets", boxes, "", _place(chain), 0)

    def _rule(  # noqa: PLR0912, PLR0915  # one for each kind of statement
        self, number: int, content: Mapping[str, Any]
    ) -> None:
        family = str(content.get("family"))
        chain = _name(content, "chain")
        statements = content.get("expr")
        statements = statements if isinstance(statements, list) else [None]
        if family not in _FAMILIES:
            # Its chain is doubted as a whole where it can stop anything.
            if not _only_passive(statements):
                self._decides.add(chain)
                if not self._hooked(chain):
                    self._decides |= {_name(c) for _, kind, c in self._objects if kind == "chain" and "hook" in c
                                      and _table(c) == _table(content)}  # fmt: skip
            self._account.settle(number)
            return
        line = content["handle"] if isinstance(content.get("handle"), int) else number
        comment = content["comment"] if isinstance(content.get("comment"), str) else ""
        text = kept(rule_text(statements, comment))
        matches = [Match.everything(_FAMILIES[family])]
        why = ""
        steps: list[tuple[list[Match], Verdict, str]] = []
        narrowing = ""
        made: list[Box] = []
        for statement in statements:
            try:
                self._limit(matches)
                if not (isinstance(statement, dict) and len(statement) == 1):
                    raise NotReadError("a statement that is not understood here")
                match statement:
                    case {"match": {"op": str(op), "left": left, "right": right}}:
                        self._tracks |= "'ct'" in str(left)[:400]
                        matches = narrowed(matches, op, left, right, self._scope(content), self._ground,
                                           self._translates)  # fmt: skip
                        if "fib" in str(left)[:100]:
                            self._remarks["fib: taken to pass what comes in where the plan places it"] = None
                    case {"vmap": {"key": left, "data": data}}:
                        self._tracks |= "'ct'" in str(left)[:400]
                        steps += self._map(matches, left, data, content)
                    case {"flow": _}:
                        offload = "flow offload: packets of a connection that was accepted come to no chain any more"
                        self._remarks[offload] = None
                    case {"dnat": target} | {"redirect": target}:
                        made += _translated(matches, target)
                        _step(statement)
                    case _:
                        if _rewrites(statement):
                            made += _translated(matches, {"port": statement["mangle"].get("value")})
                        word = next(iter(statement))
                        narrowing = narrowing or (word if word in _NARROWING else "")
                        step = _step(statement)
                        if step is not None:
                            steps.append((matches, *step))
            except (NotReadError, ValueError) as error:
                why = why or str(error)
        self._account.settle(number)
        if narrowing and steps:
            why = why or f"{narrowing!r} lets only some of the packets through"
        if why and (steps or not _only_passive(statements)):
            boxes = (*(box for match in matches for box in match.boxes("stated")), *made)
            self._account.doubt(number, why, boxes, chain, text, line)
            return
        unknown = [
            target
            for _, _, target in steps
            if target and f"{family} {content.get('table')} {target}" not in self._known
        ]
        if unknown:
            self._account.doubt(
                number,
                f"chain {unknown[0][:30]!r} is not in this list",
                Match.everything(_FAMILIES[family]).boxes("stated"),
                chain,
                text,
                line,
            )
            return
        for some, verdict, target in steps:
            rule = BaseRule(
                line=line,
                place=f"chain {content.get('chain')} of table {content.get('table')}",
                text=text,
                action="drop" if verdict == "drop" else "accept",
                marker=find_marker(comment),
            )
            reference = f"{family} {content.get('table')} {target}" if target else ""
            self._chains.setdefault(chain, []).append(ChainRule(rule, tuple(some), verdict, reference))

    def _hooked(self, name: str) -> bool:
        return any(kind == "chain" and "hook" in c and _name(c) == name for _, kind, c in self._objects)

    def _scope(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Named sets that a rule of this table may mean."""
        return self._scopes.get(_table(content), {})

    def _map(
        self, matches: list[Match], left: Any, data: Any, content: Mapping[str, Any]
    ) -> Iterator[tuple[list[Match], Verdict, str]]:
        found = []
        for pair in members(data, self._scope(content), "map"):
            match pair:
                case [key, dict() as verdict] if len(verdict) == 1:
                    step = _step(verdict)
                    if step is not None:
                        some = narrowed(matches, "==", left, key, self._scope(content), self._ground, self._translates)
                        found.append((some, *step))
                case _:
                    raise NotReadError("an entry of a map that is not understood here")
        return iter(found)

    @staticmethod
    def _limit(matches: Sequence[Match]) -> None:
        if len(matches) > MAX_BOXES // 10:
            raise RuleBaseError("a rule matches on too many combinations; accepted: fewer")


def _step(statement: Mapping[str, Any]) -> tuple[Verdict, str] | None:
    """Verdict of a statement; None where the next one is looked at."""
    word, content = next(iter(statement.items()))
    if word in _VERDICTS:
        return _VERDICTS[word], ""
    if word in ("jump", "goto"):
        match content:
            case {"target": str(target)}:
                return ("jump" if word == "jump" else "goto"), target
    if _rewrites(statement):
        raise NotReadError("it changes addresses or ports of packets before they are looked at")
    if word == "xt":
        raise NotReadError("it is a match or target of iptables; accepted: iptables-save, which writes it out")
    if word in _PASSIVE or word == "continue":
        return None
    if word in ("snat", "masquerade"):
        return None
    if word in ("dnat", "redirect", "tproxy"):
        raise NotReadError(f"{word} changes where packets go before they are looked at")
    if word == "notrack":
        raise NotReadError("'notrack': these packets have no connection state")
    raise NotReadError(f"statement {str(word)[:30]!r} is not understood here")


def _only_passive(statements: Sequence[Any]) -> bool:
    """Checks for a rule that decides nothing."""
    words = [next(iter(entry)) for entry in statements if isinstance(entry, dict) and len(entry) == 1]
    known = len(words) == len(statements) and all(word in _PASSIVE or word == "match" for word in words)
    return bool(words) and known and not any(map(_rewrites, statements))


def _rewrites(statement: Any) -> bool:
    """Checks for a statement that changes addresses or ports."""
    match statement:
        case {"mangle": {"key": {"payload": {"field": str(field)}}}}:
            return field in _HEADERS
    return False


def _translated(matches: Sequence[Match], target: Any) -> Iterator[Box]:
    """Yields the packets that a translation makes: those to its target."""
    content = target if isinstance(target, dict) else {}
    try:
        addresses = network_ranges([str(content.get("addr"))])
    except ValueError:
        addresses = None
    ports: Ranges | None = PORTS
    match content.get("port"):
        case None:
            ports = None
        case int(port):
            ports = numbers(port, port, MAX_PORT)
        case {"range": [int(low), int(high)]}:
            ports = numbers(low, high, MAX_PORT)
    return translated(matches, addresses, ports)


def _table(content: Mapping[str, Any], key: str = "table") -> str:
    return f"{content.get('family')} {content.get(key)}"


def _priority(chain: Mapping[str, Any]) -> int:
    found = chain.get("prio", 0)
    return found if isinstance(found, int) else _PRIORITIES.get(str(found), 0)


def _name(content: Mapping[str, Any], key: str = "name") -> str:
    return f"{content.get('family')} {content.get('table')} {content.get(key)}"


def _place(chain: Mapping[str, Any]) -> str:
    return f"chain {chain.get('name')} of table {chain.get('table')}"
