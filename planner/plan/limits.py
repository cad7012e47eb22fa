"""Limit on the rules of a topology, counted before any is derived."""

from collections import Counter
from collections.abc import Mapping
from itertools import product
from math import prod

from planner.catalogue.answers import RoleId, TopologyError
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Catalogue, Phase
from planner.derivation.flows import expand_roles
from planner.derivation.zones import effective_zones
from planner.plan.topology import Topology

MAX_RULES = 250_000
"""Rules of the largest plan: twice what a thousand zones with fifty of servers take."""

_SURELY_FEW = 40
"""So many zones never come near it, whatever they hold."""


def refuse_too_many_rules(topology: Topology) -> None:
    """Refuse a topology whose rules would take all memory, before one is derived.

    Raises:
        TopologyError: it may take more than ``MAX_RULES``.
    """
    if len(topology.zones) <= _SURELY_FEW:
        return
    rules = most_rules(topology, load_catalogue())
    if rules > MAX_RULES:
        raise TopologyError(
            f"zone: {len(topology.zones):,} zones with these roles take up to {rules:,} rules; accepted: zones and "
            f"roles that take up to {MAX_RULES:,}, such as one zone for all sites that are alike"
        )


def most_rules(topology: Topology, catalogue: Catalogue) -> int:
    """Upper bound of the rules of a topology: of a service, one for each two zones that something joins."""
    answers = topology.answers
    in_use = catalogue.roles_in_use(answers)
    zones = effective_zones(topology, catalogue)
    alike = Counter(zone.roles for zone in zones)
    held: Counter[RoleId] = Counter()
    for roles, count in alike.items():
        held.update(dict.fromkeys(in_use.intersection(roles), count))
    named = [zone for zone in zones if zone.parents]
    joins: dict[Key, _Joins] = {}
    for flow in catalogue.flows.values():
        if flow.class_ == "never":
            continue
        for leg in catalogue.legs_of(flow):
            if not all(condition.holds(answers) for condition in leg.when):
                continue
            for from_, to in product(expand_roles(leg.from_, answers), expand_roles(leg.to, answers)):
                pairs = held[from_] * held[to]
                if leg.between == "parents" and pairs:
                    child, parent = (from_, to) if catalogue.roles[from_].has_parents else (to, from_)
                    few = sum(max(0, held[parent] - len(zone.parents)) for zone in named if child in zone.roles)
                    pairs -= few
                for service in leg.services:
                    joins.setdefault((flow.phase, service, leg.source), _Joins()).add(from_, to, pairs)
    stateless = answers.boundary == "stateless" or not all(device.stateful for device in topology.devices)
    return sum(some.at_most(alike, in_use) for some in joins.values()) * (2 if stateless else 1)


Key = tuple[Phase, str, str]
"""What permissions have in common that one rule can hold: phase, service, and the source ports."""


class _Joins:
    """The pairs of zones that the flows with one service join."""

    def __init__(self) -> None:
        self._openers: set[RoleId] = set()
        self._listeners: set[RoleId] = set()
        self._pairs = 0

    def add(self, opener: RoleId, listener: RoleId, pairs: int) -> None:
        """Add pairs of zones, by the roles they are joined for."""
        self._openers.add(opener)
        self._listeners.add(listener)
        self._pairs += pairs

    def at_most(self, zones: Mapping[tuple[RoleId, ...], int], in_use: frozenset[RoleId]) -> int:
        """Upper bound of the different pairs; ``zones`` counts those with the same roles."""
        sides = (side & in_use for side in (self._openers, self._listeners))
        ends = (sum(count for roles, count in zones.items() if not side.isdisjoint(roles)) for side in sides)
        return min(self._pairs, prod(ends))
