"""Effect of an edit on the rules, in one line of words."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from planner.derivation.model import Rule
from planner.plan.diff import compare_rules, renamed_zones
from planner.plan.plan import Plan
from planner.plan.topology import Zone

_NAMED = 3
"""Ports that are named one by one."""


def impact_in_words(old: Plan, new: Plan) -> str:
    """Returns how many rules an edit adds, removes and changes, and which ports it opens and closes where.

    A port open for another reason afterwards is neither opened nor closed; a zone with another name is the same one.
    """
    # While a title is typed, topology and decisions stay the same at every key.
    same = new.topology is old.topology and new.decisions is old.decisions
    changes = None if same else compare_rules(old.derived, new.derived)
    if not changes:
        return "no rule changes"
    renamed = _renamed(old.derived.zones, new.derived.zones)
    opened = [rule for rule in changes.added if not rule.is_return]
    closed = [rule for rule in changes.removed if not rule.is_return]
    if opened and closed:
        before, after = {_lets(rule, renamed) for rule in closed}, {_lets(rule, {}) for rule in opened}
        opened = [rule for rule in opened if _lets(rule, {}) not in before]
        closed = [rule for rule in closed if _lets(rule, renamed) not in after]
    if renamed and not opened and not closed and not changes.changed:
        names = ", ".join(f"{was} becomes {name}" for was, name in renamed.items())
        return f"{names} in {len(changes.added)} {_rules(len(changes.added))}"
    count = len(changes.added) + len(changes.removed) + len(changes.changed)
    words = [f"{changes.counts} {_rules(count)}"]
    both = set(_ends(opened)) & set(_ends(closed)) if opened and closed else set()
    for verb, rules in (("opens", opened), ("closes", closed)):
        inside: dict[tuple[str, str, str, str], bool] = {}
        for rule in rules:
            port = (rule.from_ if _end(rule) in both else "", *_end(rule))
            inside[port] = inside.get(port, True) and rule.from_ == rule.to
        if inside:
            more = f" and {len(inside) - _NAMED} more" if len(inside) > _NAMED else ""
            words.append(f"{verb} {_in_words(dict(islice(inside.items(), _NAMED)))}{more}")
    if changes.added and changes.removed and not changes.changed and len(words) == 1:
        words.append("the same ports as now, for other reasons")
    return ", ".join(words)


def _rules(count: int) -> str:
    return "rule" if count == 1 else "rules"


def _renamed(old: Sequence[Zone], new: Sequence[Zone]) -> dict[str, str]:
    if [zone.name for zone in old] == [zone.name for zone in new]:
        return {}
    return renamed_zones(old, new)


def _lets(rule: Rule, renamed: dict[str, str]) -> tuple[str, ...]:
    """Returns the zones (by their new names) and ports that a rule permits, whatever it is for."""
    from_, to = renamed.get(rule.from_, rule.from_), renamed.get(rule.to, rule.to)
    return from_, to, rule.protocol, rule.destination_ports, rule.source_ports


def _end(rule: Rule) -> tuple[str, str, str]:
    return rule.protocol, rule.destination_ports, rule.to


def _ends(rules: Iterable[Rule]) -> Iterable[tuple[str, str, str]]:
    return map(_end, rules)


def _in_words(inside: Mapping[tuple[str, str, str, str], bool]) -> str:
    """Lists ports by the place where they are opened or closed; ``inside``: true where it is inside the zone alone."""
    places: dict[str, list[str]] = {}
    for (from_, protocol, ports, to), alone in inside.items():
        place = f"inside {to}" if alone else f"from {from_} to {to}" if from_ else f"to {to}"
        places.setdefault(place, []).append(f"{protocol.upper()} {ports}")
    listed = (f"{', '.join(ports[:-1])} and {ports[-1]}" if ports[1:] else ports[0] for ports in places.values())
    return ", ".join(map(" ".join, zip(listed, places, strict=True)))
