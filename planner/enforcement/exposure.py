"""Exposure of rules: exact listener ports and address pairs, and what a stateless filter exposes besides.

Every address of a network counts, also those no host has. Only what crosses a zone boundary is counted.
"""

from collections.abc import Mapping, Sequence

import msgspec

from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Transport
from planner.derivation.derivation import derive
from planner.derivation.model import Rule
from planner.derivation.zones import StatelessPairs
from planner.network.packets import port_span
from planner.network.ranges import ranges, size
from planner.plan.addresses import EndPair, Pairs, RuleAddresses
from planner.plan.plan import Plan


class Hole(msgspec.Struct, frozen=True, gc=False):
    """Hole that a stateless filter needs for the replies of one rule: packets from ``source_port`` to ``ports``.

    ``count``: how many ports that is. ``inside``: the product's own listener ports among them. Over TCP only packets
    of an established connection pass; over UDP whatever claims to come from the source port.
    """

    protocol: Transport
    source_port: str
    ports: str
    count: int
    inside: tuple[str, ...]


class RuleExposure(msgspec.Struct, frozen=True, gc=False):
    """Exposure of one rule, and the hole of its stateless form; no hole where no reply may return, as from outside."""

    rule: Rule
    pairs: Pairs
    hole: Hole | None


class BoundaryExposure(msgspec.Struct, frozen=True, gc=False):
    """Exposure of all rules from one zone to another, and what their stateless form exposes besides.

    ``stateless``: this plan has a stateless filter there. ``ports``: the listener ports, as ``TCP 2967``.
    ``pairs``: the address pairs that at least one rule opens. ``tcp_holes``, ``udp_holes``: how many ports of the
    opener's side the return rules of the stateless form reach, by protocol.
    """

    from_: str
    to: str
    stateless: bool
    ports: tuple[str, ...]
    pairs: Pairs
    tcp_holes: int
    udp_holes: int
    rules: tuple[RuleExposure, ...]


def exposure(plan: Plan) -> tuple[BoundaryExposure, ...]:
    """Returns the exposure of each boundary, in the order of the rules; return halves count as holes, not as rules."""
    addresses = RuleAddresses(plan, load_catalogue())
    holes = _holes(plan)
    filters = StatelessPairs(plan.topology.answers.boundary, plan.topology.devices)
    found: dict[tuple[str, str], dict[tuple[EndPair, ...], list[Rule]]] = {}
    for rule in plan.derived.rules:
        if not rule.is_return:
            found.setdefault((rule.from_, rule.to), {}).setdefault(addresses.ends(rule), []).append(rule)
    return tuple(
        _boundary(ends, bool(filters.because(*ends)), rules, addresses, holes) for ends, rules in found.items()
    )


def _boundary(
    ends: tuple[str, str],
    stateless: bool,
    grouped: Mapping[tuple[EndPair, ...], Sequence[Rule]],
    addresses: RuleAddresses,
    holes: Mapping[str, Hole],
) -> BoundaryExposure:
    counted = {group: addresses.pairs(group) for group in grouped}
    rules = tuple(
        RuleExposure(rule, counted[group], holes.get(rule.id)) for group, some in grouped.items() for rule in some
    )
    everything = tuple(dict.fromkeys(pair for group in grouped for pair in group))
    reached: dict[Transport, set[tuple[int, int]]] = {"tcp": set(), "udp": set()}
    for exposed in rules:
        if exposed.hole is not None:
            reached[exposed.hole.protocol].add(port_span(exposed.hole.ports))
    named = (f"{exposed.rule.protocol.upper()} {exposed.rule.destination_ports}" for exposed in rules)
    return BoundaryExposure(
        from_=ends[0],
        to=ends[1],
        stateless=stateless,
        ports=tuple(dict.fromkeys(named)),
        pairs=counted.get(everything) or addresses.pairs(everything),
        tcp_holes=size(ranges(reached["tcp"])),
        udp_holes=size(ranges(reached["udp"])),
        rules=rules,
    )


def _holes(plan: Plan) -> dict[str, Hole]:
    """Returns the hole of each rule, from the same plan with every boundary stateless."""
    answers = msgspec.structs.replace(plan.topology.answers, boundary="stateless")
    topology = msgspec.structs.replace(plan.topology, answers=answers, devices=())
    listeners = {(entry.protocol, int(entry.ports)) for entry in plan.derived.ports if entry.phase == "run"}
    known: dict[tuple[Transport, str, str], Hole] = {}
    found = {}
    for rule in derive(topology, plan.decisions, load_catalogue()).rules:
        if not rule.is_return:
            continue
        key = (rule.protocol, rule.source_ports, rule.destination_ports)
        if key not in known:
            low, high = port_span(rule.destination_ports)
            inside = sorted(port for protocol, port in listeners if protocol == rule.protocol and low <= port <= high)
            known[key] = Hole(*key, high - low + 1, tuple(map(str, inside)))
        found[rule.id.removesuffix(":return")] = known[key]
    return found
