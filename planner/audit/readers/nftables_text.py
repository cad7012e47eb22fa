"""Text of an nftables rule, as ``nft`` would write it, from its JSON statements."""

from collections.abc import Mapping, Sequence
from typing import Any

_MAX_MEMBERS = 6
_MAX_DEPTH = 8


def rule_text(statements: Sequence[Any], comment: str) -> str:
    """Return a rule in nftables' own words on one line; what they do not cover stands by its name alone."""
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
