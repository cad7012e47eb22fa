"""What an edit would do to the rules, in one line of words."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from planner.core.comparison import RuleChanges, compare_rules
from planner.core.derived import Rule
from planner.core.differences import renamed_zones
from planner.core.plan import Plan
from planner.core.topology import Zone

_NAMED = 3
"""Ports that are named one by one."""


class _Opening(NamedTuple):
    """What a rule lets through, whatever it is for."""

    from_: str
    to: str
    protocol: str
    ports: str
    source_ports: str


def impact_in_words(old: Plan, new: Plan) -> str:
    """Say how many rules an edit adds, removes and changes, and which ports it opens and closes, to which zones.

    A port open for another reason afterwards is neither opened nor closed; a zone with another name is the same one.
    """
    changes = compare_rules(old.derived, new.derived)
    if not changes:
        return "no rule changes"
    renamed = _renamed(old.derived.zones, new.derived.zones)
    before = {_under(renamed, opening): None for opening in _openings(changes.removed)}
    after = dict.fromkeys(_openings(changes.added))
    opened = [opening for opening in after if opening not in before]
    closed = [opening for opening in before if opening not in after]
    if renamed and not opened and not closed and not changes.changed:
        names = ", ".join(f"{was} becomes {name}" for was, name in renamed.items())
        return f"{names} in {len(changes.added)} {_rules(len(changes.added))}"
    count = len(changes.added) + len(changes.removed) + len(changes.changed)
    words = [f"{changes.in_short()} {_rules(count)}"]
    both = {_to(opening) for opening in opened} & {_to(opening) for opening in closed}
    for verb, openings in (("opens", opened), ("closes", closed)):
        ports = list(dict.fromkeys(_from_to(each) if _to(each) in both else _to(each) for each in openings))
        if ports:
            more = f" and {len(ports) - _NAMED} more" if len(ports) > _NAMED else ""
            words.append(f"{verb} {', '.join(ports[:_NAMED])}{more}")
    if len(words) == 1 and _only_reasons(changes):
        words.append("the same ports as now, for other reasons")
    return ", ".join(words)


def _rules(count: int) -> str:
    return "rule" if count == 1 else "rules"


def _renamed(old: Sequence[Zone], new: Sequence[Zone]) -> dict[str, str]:
    if [zone.name for zone in old] == [zone.name for zone in new]:
        return {}
    return renamed_zones(old, new)


def _openings(rules: Iterable[Rule]) -> Iterable[_Opening]:
    for rule in rules:
        if not rule.is_return:
            yield _Opening(rule.from_, rule.to, rule.protocol.upper(), rule.destination_ports, rule.source_ports)


def _under(renamed: dict[str, str], opening: _Opening) -> _Opening:
    from_, to = opening.from_, opening.to
    return opening._replace(from_=renamed.get(from_, from_), to=renamed.get(to, to)) if renamed else opening


def _only_reasons(changes: RuleChanges) -> bool:
    return bool(changes.added and changes.removed) and not changes.changed


def _to(opening: _Opening) -> str:
    return f"{opening.protocol} {opening.ports} to {opening.to}"


def _from_to(opening: _Opening) -> str:
    return f"{opening.protocol} {opening.ports} from {opening.from_} to {opening.to}"
