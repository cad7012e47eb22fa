"""One flow asked of a rule base: which of its packets pass, which do not, and by which rules."""

from collections.abc import Iterator, Sequence

import msgspec

from planner.audit.expected import Estate
from planner.audit.flow_query import AskError, End, Question
from planner.audit.readers.rule_base import RuleBase, decide
from planner.network.packets import NEW, Box, Family, network_ranges, one_service
from planner.network.partition import Work, cells
from planner.network.ranges import Ranges, intersect, one, union
from planner.plan.addresses import ZoneAddresses
from planner.plan.plan import Plan


class RuleAnswer(msgspec.Struct, frozen=True):
    """What a rule base does with some of the packets asked about, and the rules that do it, by index."""

    open: bool
    packets: Box
    rules: tuple[int, ...]


def ask_rules(
    base: RuleBase, place: Estate | None, plan: Plan, question: Question, ports: Ranges, work: Work | None = None
) -> tuple[RuleAnswer, ...]:
    """Say what a rule base does with the packets that begin such a flow; each of the answers is about others of them.

    ``ports``: the source ports that are meant.

    Raises:
        AskError: the plan states no address for one of the ends.
        EntangledError: the rules overlap too much.
        StoppedError: it is no longer wanted.
    """
    work = work or Work()
    boxes = [(key, box) for key, entry in enumerate(base.entries) for box in entry.boxes]
    found: list[RuleAnswer] = []
    for family in base.families:
        for source, target in _pairs(family, place, plan, question):
            clip = Box(
                family=family,
                source=source,
                destination=target,
                service=one_service(question.protocol, question.port),
                source_port=ports,
                state=NEW,
            )
            for cell, met in cells(boxes, clip, bool, work):
                verdict, path = decide(base.entries, met)
                rules = tuple(dict.fromkeys(base.entries[key].rule for key in path))
                found.append(RuleAnswer(verdict == "accept", cell, rules))
    if not found:
        raise AskError("the rules see no packet between these ends; accepted: ends of two zones, of a family they hold")
    return _gathered(found)


def families_beyond(base: RuleBase, place: Estate | None, plan: Plan, question: Question) -> tuple[Family, ...]:
    """Give the address families that both ends have, and that a rule base says nothing about."""
    families: tuple[Family, ...] = (4, 6)
    return tuple(
        family
        for family in families
        if place is not None and family not in base.families and any(_pairs(family, place, plan, question))
    )


def _pairs(family: Family, place: Estate | None, plan: Plan, question: Question) -> Iterator[tuple[Ranges, Ranges]]:
    """Give the addresses of both ends, for each two that a firewall stands between."""
    sides = place.rules.device.interfaces if place else {}
    for source in question.source:
        for target in question.target:
            ends = [_addresses(end, family, place, plan) for end in (source, target)]
            apart = place is None or sides.get(source.zone) != sides.get(target.zone)
            if apart and all(ends):
                yield ends[0], ends[1]


def _gathered(found: Sequence[RuleAnswer]) -> tuple[RuleAnswer, ...]:
    """Put together what the same rules do, where one box can say it."""
    groups: dict[tuple[object, ...], RuleAnswer] = {}
    for answer in found:
        box = answer.packets
        key = (answer.open, answer.rules, box.family, box.source, box.destination)
        known = groups.get(key)
        ports = union(known.packets.source_port, box.source_port) if known else box.source_port
        groups[key] = RuleAnswer(answer.open, msgspec.structs.replace(box, source_port=ports), answer.rules)
    return tuple(groups.values())


def _addresses(end: End, family: Family, place: Estate | None, plan: Plan) -> Ranges:
    if family == 0 or place is None:
        return one([zone.name for zone in plan.derived.zones].index(end.zone))
    if end.addresses:
        return end.addresses.get(family, ())
    whole = place.zones.get(end.zone)
    if whole is None:
        raise AskError(f"zone {end.zone!r} is not behind device {place.name!r}; accepted: a zone that it sees")
    reach = ZoneAddresses(plan.derived.zones)
    roles = next(zone.roles for zone in plan.derived.zones if zone.name == end.zone)
    found: list[str] = []
    for role in (end.role,) if end.role else roles:
        hosts = reach.of(end.zone, role)
        found += [str(network) for network in (hosts.v4 if family == 4 else hosts.v6)]
    return intersect(network_ranges(found).get(family, ()), whole.get(family, ()))
