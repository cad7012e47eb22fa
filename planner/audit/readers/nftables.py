"""Reads what ``nft -j list ruleset`` writes: the base chains that packets between zones go through, in order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from planner.audit.readers.chains import ChainRule, Stage, Verdict, gather, reached
from planner.audit.readers.match import Match
from planner.audit.readers.nftables_match import narrowed
from planner.audit.readers.nftables_words import rule_text
from planner.audit.readers.rule_base import (
    MAX_BOXES,
    BaseRule,
    Ground,
    NotReadError,
    NotUnderstood,
    RuleBase,
    RuleBaseError,
    check_count,
    find_marker,
    kept,
)
from planner.network.packets import Family

_HOOKS = ("prerouting", "forward", "postrouting")
_FAMILIES: Mapping[str, tuple[Family, ...]] = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}
_PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}

_PASSIVE = frozenset(("counter", "log", "limit", "quota", "ct helper", "mangle", "comment", "last"))
"""Statements that decide nothing. A limit does narrow what comes behind it: see ``_NARROWING``."""

_NARROWING = frozenset(("limit", "quota"))
_HEADERS = frozenset(("saddr", "daddr", "sport", "dport"))
_BEFORE = ("ingress", "prerouting", "forward")
"""Where chains of other families may stop a packet between zones."""
_VERDICTS: Mapping[str, Verdict] = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return"}


def looks_like(text: str) -> bool:
    """Say whether this is such a text."""
    return text.lstrip()[:1] == "{" and '"nftables"' in text[:2000]


def read(text: str, ground: Ground) -> RuleBase:
    """Read the text.

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


class _Reader:
    def __init__(self, objects: Sequence[Any], ground: Ground) -> None:
        self._objects = [
            (kind, content)
            for entry in objects
            if isinstance(entry, dict)
            for kind, content in entry.items()
            if isinstance(content, dict)
        ]
        self._scopes: dict[str, dict[str, Mapping[str, Any]]] = {}
        for kind, content in self._objects:
            if kind in ("set", "map"):
                self._scopes.setdefault(_table(content), {})[f"@{content.get('name')}"] = content
        self._dormant = {
            _table(content, "name")
            for kind, content in self._objects
            if kind == "table" and "dormant" in (content.get("flags") or ())
        }
        self._ground = ground
        self._chains: dict[str, list[ChainRule]] = {}
        self._aside: list[tuple[str, NotUnderstood]] = []
        self._tracks = False

    def read(self) -> RuleBase:
        bases = [c for kind, c in self._objects if kind == "chain" and "hook" in c and _table(c) not in self._dormant]
        hooked = [content for content in bases if content.get("hook") in _HOOKS and content.get("family") in _FAMILIES]
        filters = [chain for chain in hooked if chain.get("type") == "filter"]
        for number, (kind, content) in enumerate(self._objects, 1):
            if kind == "rule" and _table(content) not in self._dormant:
                self._rule(number, content)
            check_count(sum(map(len, self._chains.values())) if number % 1000 == 0 else 0, len(self._aside))
        for chain in bases:
            if chain not in hooked and chain.get("hook") in _BEFORE:
                why = f"a chain of family {str(chain.get('family'))[:20]} on hook {chain.get('hook')} is not looked at"
                self._aside.append(("", _unread(_place(chain), why)))
        if not filters:
            raise RuleBaseError("no filter chain on hook forward; accepted: the rules of a computer that forwards")
        filters.sort(key=lambda chain: (_HOOKS.index(chain["hook"]), _priority(chain)))
        stages = [
            Stage(_name(chain), "drop" if chain.get("policy") == "drop" else "accept", _place(chain))
            for chain in filters
        ]
        seen = reached(self._chains, [_name(chain) for chain in hooked])
        families: dict[Family, None] = {
            family: None for chain in filters if chain["hook"] == "forward" for family in _FAMILIES[chain["family"]]
        }
        return gather(
            "nft",
            self._chains,
            stages,
            tuple(families) or (4, 6),
            "rules" if self._tracks else "none",
            [entry for chain, entry in self._aside if chain in seen or not chain],
            tuple(self._remarks()),
        )

    def _remarks(self) -> Iterator[str]:
        for kind, content in self._objects:
            if kind == "chain" and content.get("hook") in ("input", "output"):
                yield f"{_place(content)}: about this computer itself, not packets between zones"
        for table in sorted(self._dormant):
            yield f"table {table}: dormant, so that no packet comes to it"

    def _rule(self, number: int, content: Mapping[str, Any]) -> None:
        family = str(content.get("family"))
        if family not in _FAMILIES:
            return
        chain = _name(content, "chain")
        line = content["handle"] if isinstance(content.get("handle"), int) else number
        comment = content["comment"] if isinstance(content.get("comment"), str) else ""
        statements = content.get("expr")
        statements = statements if isinstance(statements, list) else [None]
        text = kept(rule_text(statements, comment))
        matches = [Match.everything(_FAMILIES[family])]
        why = ""
        steps: list[tuple[list[Match], Verdict, str]] = []
        narrowing = ""
        for statement in statements:
            try:
                self._limit(matches)
                match statement:
                    case {"match": {"op": str(op), "left": left, "right": right}}:
                        self._tracks |= "'ct'" in str(left)[:400]
                        matches = narrowed(matches, op, left, right, self._scope(content), self._ground)
                    case {"vmap": {"key": left, "data": data}}:
                        self._tracks |= "'ct'" in str(left)[:400]
                        steps += self._map(matches, left, data, content)
                    case dict() as entry if len(entry) == 1:
                        word = next(iter(entry))
                        narrowing = narrowing or (word if word in _NARROWING else "")
                        step = _step(entry)
                        if step is not None:
                            steps.append((matches, *step))
                    case _:
                        raise NotReadError("a statement that is not understood here")
            except (NotReadError, ValueError) as error:
                why = why or str(error)
        if narrowing and steps:
            why = why or f"{narrowing!r} lets only some of the packets through"
        if why and (steps or not _only_passive(statements)):
            boxes = tuple(box for match in matches for box in match.boxes("stated"))
            self._aside.append((chain, NotUnderstood(line=line, text=text, why=why, boxes=boxes)))
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

    def _scope(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the named sets that a rule of this table may mean, by their names."""
        return self._scopes.get(_table(content), {})

    def _map(
        self, matches: list[Match], left: Any, data: Any, content: Mapping[str, Any]
    ) -> Iterator[tuple[list[Match], Verdict, str]]:
        pairs = data
        if isinstance(data, str):
            named = self._scope(content).get(data, {})
            if named.get("flags"):
                flags = named["flags"]
                if "timeout" in flags or "dynamic" in flags:
                    raise NotReadError(f"map {data[:30]} changes by itself")
            pairs = named.get("elem")
        match pairs:
            case {"set": [*inner]}:
                pairs = inner
        if not isinstance(pairs, list):
            raise NotReadError("a map that is not in this list")
        found = []
        for pair in pairs:
            match pair:
                case [key, dict() as verdict] if len(verdict) == 1:
                    step = _step(verdict)
                    if step is not None:
                        some = narrowed(matches, "==", left, key, self._scope(content), self._ground)
                        found.append((some, *step))
                case _:
                    raise NotReadError("an entry of a map that is not understood here")
        return iter(found)

    @staticmethod
    def _limit(matches: Sequence[Match]) -> None:
        if len(matches) > MAX_BOXES // 10:
            raise RuleBaseError("a rule matches on too many combinations; accepted: fewer")


def _step(statement: Mapping[str, Any]) -> tuple[Verdict, str] | None:
    """Say what a statement does to a packet; None where the next one is looked at.

    Raises:
        NotReadError: that is not known.
    """
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
    raise NotReadError(f"statement {str(word)[:30]!r} is not understood here")


def _only_passive(statements: Sequence[Any]) -> bool:
    """Whether a rule ends without deciding anything."""
    words = [next(iter(entry)) for entry in statements if isinstance(entry, dict) and len(entry) == 1]
    known = len(words) == len(statements) and all(word in _PASSIVE or word == "match" for word in words)
    return bool(words) and known and not any(map(_rewrites, statements))


def _rewrites(statement: Any) -> bool:
    """Whether a statement changes addresses or ports."""
    match statement:
        case {"mangle": {"key": {"payload": {"field": str(field)}}}}:
            return field in _HEADERS
    return False


def _unread(text: str, why: str) -> NotUnderstood:
    return NotUnderstood(line=0, text=kept(text), why=why, boxes=Match.everything((4, 6)).boxes("stated"))


def _table(content: Mapping[str, Any], key: str = "table") -> str:
    return f"{content.get('family')} {content.get(key)}"


def _priority(chain: Mapping[str, Any]) -> int:
    found = chain.get("prio", 0)
    return found if isinstance(found, int) else _PRIORITIES.get(str(found), 0)


def _name(content: Mapping[str, Any], key: str = "name") -> str:
    return f"{content.get('family')} {content.get('table')} {content.get(key)}"


def _place(chain: Mapping[str, Any]) -> str:
    return f"chain {chain.get('name')} of table {chain.get('table')}"
