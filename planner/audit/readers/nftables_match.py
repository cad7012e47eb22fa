"""Conditions of nftables' JSON, as matches and as text: the left side names a field, the right side the values."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from planner.audit.readers.match import Match, all_but, connection_states, numbers, protocol_services
from planner.audit.readers.rule_base import MAX_BOXES, AddressSets, Ground, NotReadError, RuleBaseError, Side, joined
from planner.network.packets import (
    ADDRESSES,
    ANY_STATE,
    ESTABLISHED,
    MAX_PORT,
    NEW,
    PORTS,
    SERVICES,
    TCP,
    Family,
    network_ranges,
)
from planner.network.ranges import NONE, Ranges, ranges, subtract, union

NamedSets = Mapping[str, Any]

_BEGINNINGS = (("syn", "ack"), ("fin", "syn", "rst", "ack"), ("syn", "rst", "ack"), ("fin", "syn", "ack"))
_NEGATED = ("!=", "not in", "!")
_ETHER_TYPES: Mapping[str, tuple[Family, ...]] = {"ip": (4,), "ip6": (6,), "0x0800": (4,), "0x86dd": (6,)}


def narrowed(
    matches: Sequence[Match],
    operator: str,
    left: Any,
    right: Any,
    scope: NamedSets,
    ground: Ground,
    translates: bool = False,
) -> list[Match]:
    """Narrows matches by one more condition; a set of combinations makes several of each.

    Raises:
        NotReadError: the condition is not understood.
        RuleBaseError: too many come of it.
    """
    values = members(right, scope)
    match left:
        case {"concat": [*fields]}:
            if operator != "==":
                raise NotReadError(f"{operator!r} on a combination is not understood here")
            if len(matches) * len(values) > MAX_BOXES // 10:
                raise RuleBaseError("a rule matches on too many combinations; accepted: fewer")
            return [_combined(match, fields, value, ground) for match in matches for value in values]
    if _is_never(operator, left, values, translates):
        return [match.with_service(NONE) for match in matches]
    narrow = _condition(operator, left, values, ground)
    return [narrow(match) for match in matches]


def _is_never(operator: str, left: Any, values: Sequence[Any], translates: bool) -> bool:
    """Check for a match that no packet between zones meets.

    Those are: packets for the computer itself, packets that came in where their answers do not go, and translated ones
    where nothing translates.
    """
    match left:
        case {"fib": {"result": "type", "flags": flags}}:
            own = {"local", "broadcast", "anycast"}
            return (
                "daddr" in str(flags) and operator in ("==", "in") and set(map(str, values)) <= own and not translates
            )
        case {"fib": {"result": "oif" | "check", "flags": flags}}:
            return "saddr" in str(flags) and operator in ("==", "in") and values in ([False], [0], ["missing"])
        case {"ct": {"key": "status"}}:
            return not translates and operator in ("==", "in") and set(map(str, values)) <= {"dnat", "snat"}
    return False


def _combined(match: Match, fields: Sequence[Any], value: Any, ground: Ground) -> Match:
    match value:
        case {"concat": [*parts]} if len(parts) == len(fields):
            for field, part in zip(fields, parts, strict=True):
                match = _condition("==", field, [part], ground)(match)
            return match
    raise NotReadError("a combination that is not understood here")


def members(right: Any, scope: NamedSets, what: str = "set") -> list[Any]:
    """Values that a right side stands for, those of a named set included."""
    if isinstance(right, str) and right.startswith("@"):
        named = scope.get(right)
        if named is None:
            raise NotReadError(f"{what} {right[:30]} is not in this list")
        flags = named.get("flags") or ()
        if "timeout" in flags or "dynamic" in flags:
            raise NotReadError(f"{what} {right[:30]} changes by itself")
        if "elem" not in named:
            raise NotReadError(f"{what} {right[:30]} is listed without its members, as 'nft -t' does")
        right = named["elem"]
    match right:
        case {"set": inner}:
            right = inner
        case {"|": [*flags]}:
            right = flags
    values = right if isinstance(right, list) else [right]
    return [_bare(value) for value in values]


def _bare(value: Any) -> Any:
    match value:
        case {"elem": {"val": inner}}:
            return inner
    return value


Narrowing = Callable[[Match], Match]


def _condition(  # noqa: PLR0911  # one for each field
    operator: str, left: Any, values: list[Any], ground: Ground
) -> Narrowing:
    match left:
        case {"payload": {"protocol": "ip" | "ip6" as protocol, "field": "saddr" | "daddr" as field}}:
            addresses = _addresses(operator, values, 4 if protocol == "ip" else 6)
            return lambda match: match.from_(addresses) if field == "saddr" else match.to(addresses)
        case {"payload": {"protocol": "tcp" | "udp" | "th" as protocol, "field": "sport" | "dport" as field}}:
            ports = _numbers(operator, values)
            services = SERVICES if protocol == "th" else protocol_services(protocol)
            if field == "sport":
                return lambda match: match.with_service(services).with_source_port(ports)
            return lambda match: match.with_service(services).with_destination_port(ports)
        case (
            {"meta": {"key": "l4proto"}}
            | {"payload": {"protocol": "ip", "field": "protocol"}}
            | {"payload": {"protocol": "ip6", "field": "nexthdr"}}
        ):
            return _protocol(operator, left, values)
        case {"meta": {"key": "nfproto" | "protocol"}} | {"payload": {"protocol": "ether", "field": "type"}}:
            families = _families(operator, values)
            return lambda match: match.of(families)
        case {"meta": {"key": "iif" | "iifname" | "oif" | "oifname" as key}}:
            _check_operator(operator)
            if values == ["*"] and operator not in _NEGATED:
                return lambda match: match
            if inner := [value for value in values if isinstance(value, str) and ground.is_inner(value)]:
                values = [value for value in values if value not in inner]
                if not values:
                    return lambda match: match if operator in _NEGATED else match.with_service(NONE)
            side = _side(operator, values, ground)
            return lambda match: match.enters(side) if key.startswith("i") else match.leaves(side)
        case {"ct": {"key": "state"}}:
            _check_operator(operator)
            states = connection_states([_plain(value) for value in values])
            states = subtract(ANY_STATE, states) if operator in _NEGATED else states
            return lambda match: match.with_state(states)
        case {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, [*mask] | {"|": [*mask]}]}:
            begins = _flags(mask, operator, values)
            return lambda match: match.with_service(TCP).with_state(begins)
        case {
            "payload": {
                "protocol": "icmp" | "icmpv6" | "igmp" | "gre" | "ah" | "esp" | "sctp" | "dccp" | "udplite" | "comp"
            }
        }:
            return lambda match: match.with_service(NONE)
    raise NotReadError(f"a match on {_name(left)} is not understood here")


def _name(left: Any) -> str:
    match left:
        case {"payload": {"protocol": protocol, "field": field}}:
            return f"{protocol} {field}"[:40]
        case {"fib": {"result": result}}:
            return f"fib {result}"[:40]
        case {"ct": {"key": "status"}}:
            return "ct status"
        case {"ct": {"key": key, "dir": direction}}:
            return f"ct {direction} {key}"[:40]
        case {"meta": {"key": key}} | {"ct": {"key": key}} | {"socket": {"key": key}} | {"rt": {"key": key}}:
            return repr(str(key)[:40])
    return "something else"


def _addresses(operator: str, values: Sequence[Any], family: Family) -> AddressSets:
    found: list[tuple[int, int]] = []
    for value in values:
        match value:
            case str():
                found += _of(value, family)
            case {"prefix": {"addr": str(address), "len": int(length)}}:
                found += _of(f"{address}/{length}", family)
            case {"range": [str(low), str(high)]}:
                found += numbers(_of(low, family)[0][0], _of(high, family)[0][0], ADDRESSES[family][0][1])
            case _:
                raise NotReadError("an address that is not understood here")
    addresses = {family: ranges(found)}
    if operator in _NEGATED:
        return all_but(addresses)
    if operator != "==":
        raise NotReadError(f"{operator!r} on addresses is not understood here")
    return addresses


def _of(text: str, family: Family) -> Ranges:
    found = network_ranges([text]).get(family)
    if found is None:
        raise NotReadError(f"{text[:40]!r} is no IPv{family} address")
    return found


def _numbers(operator: str, values: Sequence[Any]) -> Ranges:
    found: list[tuple[int, int]] = []
    for value in values:
        match value:
            case int():
                found += numbers(value, value, MAX_PORT)
            case {"range": [int(low), int(high)]}:
                found += numbers(low, high, MAX_PORT)
            case _:
                raise NotReadError("a port that is not understood here")
    ports = ranges(found)
    if operator in _NEGATED:
        return subtract(PORTS, ports)
    if operator == "==" or not ports:
        return ports
    bounds = {"<": (0, ports[0][0] - 1), "<=": (0, ports[0][0]), ">": (ports[0][0] + 1, MAX_PORT)}
    bounds[">="] = (ports[0][0], MAX_PORT)
    if operator not in bounds:
        raise NotReadError(f"{operator!r} on ports is not understood here")
    return ranges([bounds[operator]])


def _protocol(operator: str, left: Any, values: Sequence[Any]) -> Narrowing:
    _check_operator(operator)
    services = union(NONE, *(protocol_services(_plain(value)) for value in values))
    services = subtract(SERVICES, services) if operator in _NEGATED else services
    families: tuple[Family, ...] = (4, 6)
    match left:
        case {"payload": {"protocol": "ip"}}:
            families = (4,)
        case {"payload": {"protocol": "ip6"}}:
            families = (6,)
    return lambda match: match.of(families).with_service(services)


def _families(operator: str, values: Sequence[Any]) -> tuple[Family, ...]:
    _check_operator(operator)
    known = {"ipv4": (4,), "ipv6": (6,), **_ETHER_TYPES}
    named = {family for value in values for family in known.get(_plain(value), ())}
    every: tuple[Family, ...] = (4, 6)
    return tuple(family for family in every if (family in named) != (operator in _NEGATED))


def _side(operator: str, values: Sequence[Any], ground: Ground) -> Side:
    families: tuple[Family, ...] = (4, 6)
    sides = [ground.side(_plain(value), families) for value in values]
    certain = joined([dict.fromkeys(families, NONE), *(side.certain for side in sides)])
    if operator not in _NEGATED:
        return ground.with_elsewhere(certain)
    others = {family: subtract(some, ground.elsewhere.get(family, NONE)) for family, some in all_but(certain).items()}
    return ground.with_elsewhere(others)


def _plain(value: Any) -> str:
    """Text of a value that is a word or a number."""
    if isinstance(value, str | int):
        return str(value)
    raise NotReadError("a value that is not understood here")


def _check_operator(operator: str) -> None:
    if operator not in ("==", "in", *_NEGATED):
        raise NotReadError(f"{operator[:10]!r} is not understood here")


def _flags(mask: Sequence[Any], operator: str, values: Sequence[Any]) -> Ranges:
    """Packets that begin a connection, or those that do not, by their flags."""
    known = {frozenset(flags) for flags in _BEGINNINGS}
    if values != ["syn"] or frozenset(map(str, mask)) not in known or operator not in ("==", *_NEGATED):
        raise NotReadError("a match on tcp flags that is not understood here")
    return ESTABLISHED if operator in _NEGATED else NEW


_MAX_MEMBERS = 6
_MAX_DEPTH = 8


def rule_text(statements: Sequence[Any], comment: str) -> str:
    """Returns a rule in nftables' own words on one line; what they do not cover stands by its name alone."""
    words = [_statement(statement) for statement in statements]
    if comment:
        words.append(f'comment "{comment}"')
    return " ".join(word for word in words if word)


def _statement(statement: Any) -> str:
    match statement:
        case {"match": {"op": op, "left": left, "right": right}}:
            sign = f"{op} " if op not in ("==", "in") else ""
            return f"{_value(left)} {sign}{_value(right)}"
        case {"vmap": {"key": key, "data": data}}:
            return f"{_value(key)} vmap {_value(data)}"
        case {"counter": _}:
            return "counter"
        case {**entry} if len(entry) == 1:
            word, content = next(iter(entry.items()))
            match content:
                case {"target": str(target)}:
                    return f"{word} {target}"
            return str(word)
    return "?"


def _value(value: Any, depth: int = 0) -> str:  # noqa: PLR0911, PLR0912  # one for each kind of value
    if depth > _MAX_DEPTH:
        return "?"
    match value:
        case {"payload": {"protocol": protocol, "field": field}}:
            return f"{protocol} {field}"
        case {"meta": {"key": key}}:
            return str(key) if str(key).startswith(("iif", "oif")) else f"meta {key}"
        case {"ct": {"key": key}}:
            return f"ct {key}"
        case {"prefix": {"addr": address, "len": length}}:
            return f"{address}/{length}"
        case {"range": [low, high]}:
            return f"{_value(low, depth + 1)}-{_value(high, depth + 1)}"
        case {"concat": [*parts]}:
            return " . ".join(_value(part, depth + 1) for part in parts[:_MAX_MEMBERS])
        case {"set": inner}:
            return _value(inner if isinstance(inner, list) else [inner], depth + 1)
        case {"elem": {"val": inner}}:
            return _value(inner, depth + 1)
        case {"&": [left, right]}:
            return f"{_value(left, depth + 1)} & {_value(right, depth + 1)}"
        case [key, {**verdict}] if len(verdict) == 1 and next(iter(verdict)) not in ("range", "prefix", "concat"):
            return f"{_value(key, depth + 1)} : {_statement(verdict)}"
        case [*members]:
            shown = ", ".join(_value(member, depth + 1) for member in members[:_MAX_MEMBERS])
            return f"{{ {shown}, ... }}" if len(members) > _MAX_MEMBERS else f"{{ {shown} }}"
        case Mapping():
            return "?"
    return str(value)
