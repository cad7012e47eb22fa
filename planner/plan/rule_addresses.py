"""Effective addresses of both ends of a rule: the hosts of the roles behind it where a zone names some, else networks.

Whatever states a rule (diff, explanation, JSON, CSV, ticket, firewall exports) takes its addresses from here.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from planner.catalogue.answers import RoleId
from planner.catalogue.model import Catalogue, Leg
from planner.derivation.flows import expand_roles, return_range, source_range
from planner.derivation.model import Rule
from planner.derivation.zones import index_zones
from planner.network.ranges import Ranges, holds, ranges, size, union
from planner.plan.addresses import FAMILIES, Addresses, Family, Network, ZoneAddresses
from planner.plan.plan import Plan
from planner.plan.topology import Topology, Zone

RolePair = tuple[RoleId, RoleId]
"""Opening role and listening role."""

Box = tuple[Addresses, Addresses]
"""Every address of the source with every address of the destination."""


class RuleRoles:
    """Finds the roles behind the two ends of a rule that this topology derives to."""

    def __init__(self, topology: Topology, catalogue: Catalogue) -> None:
        index = index_zones(topology, catalogue)
        self._answers = topology.answers
        self._catalogue = catalogue
        self._zones = {zone.name: zone for zone in index.zones}
        self._in_use = catalogue.roles_in_use(topology.answers)
        self._holds_two = index.holds_two

    def of(self, rule: Rule) -> tuple[RolePair, ...]:
        """Returns the roles that open this rule and those that listen; for a return half those of the way there."""
        found: dict[RolePair, None] = {}
        for flow in rule.flows:
            for leg in self._catalogue.legs_of(self._catalogue.flows[flow]):
                if self._opens(leg, rule):
                    found |= dict.fromkeys(self._roles(leg, rule))
        return tuple(found)

    def _opens(self, leg: Leg, rule: Rule) -> bool:
        source = source_range(leg.source, self._answers.source_ports)
        if rule.is_return:
            port, opposite, permitted = rule.source_ports, rule.destination_ports, return_range(leg.source, source)
        else:
            port, opposite, permitted = rule.destination_ports, rule.source_ports, source
        services = (self._catalogue.services[service] for service in leg.services)
        return (
            permitted == opposite
            and any(s.protocol == rule.protocol and str(s.port_for(self._answers)) == port for s in services)
            and all(condition.holds(self._answers) for condition in leg.when)
        )

    def _roles(self, leg: Leg, rule: Rule) -> Iterator[RolePair]:
        names = (rule.to, rule.from_) if rule.is_return else (rule.from_, rule.to)
        opener, listener = self._zones.get(names[0]), self._zones.get(names[1])
        if opener is None or listener is None:  # a rule of another plan
            return
        for from_ in expand_roles(leg.from_, self._answers):
            for to in expand_roles(leg.to, self._answers):
                held = {from_, to} <= self._in_use and from_ in opener.roles and to in listener.roles
                if held and self._meet(leg, (opener, from_), (listener, to)):
                    yield from_, to

    def _meet(self, leg: Leg, opener: tuple[Zone, RoleId], listener: tuple[Zone, RoleId]) -> bool:
        if leg.between == "parents":
            child_opens = self._catalogue.roles[opener[1]].has_parents
            child, parent = (opener[0], listener[0]) if child_opens else (listener[0], opener[0])
            return not child.parents or parent.name in child.parents
        alone = leg.between == "others" and opener[1] == listener[1] and opener[1] not in self._holds_two
        return not (alone and opener[0].name == listener[0].name)


class Pairs(msgspec.Struct, frozen=True, gc=False):
    """Number of pairs of a source and a destination address, by family.

    ``unknown``: the zones and roles of which no address is given, as ``branch (client)``; then the counts say nothing.
    """

    v4: int
    v6: int
    unknown: tuple[str, ...] = ()


class RuleAddresses:
    """Finds the effective addresses of the rules of one plan."""

    def __init__(self, plan: Plan, catalogue: Catalogue) -> None:
        self._roles = RuleRoles(plan.topology, catalogue)
        self._zones = ZoneAddresses(plan.derived.zones)
        self._texts: dict[Addresses, tuple[str, ...]] = {}

    def ends(self, rule: Rule) -> tuple[RolePair, ...]:
        """Returns the roles at the rule's source and destination."""
        pairs = self._roles.of(rule)
        return tuple((listener, opener) for opener, listener in pairs) if rule.is_return else pairs

    def of(self, rule: Rule) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Returns ``from_addresses`` and ``to_addresses`` as texts; empty where the plan gives none.

        Networks are in CIDR form, single hosts without prefix length; none lies within another.
        """
        ends = self.ends(rule)
        source = self._zones.join(self._zones.of(rule.from_, role) for role, _ in ends)
        destination = self._zones.join(self._zones.of(rule.to, role) for _, role in ends)
        return self._written(source), self._written(destination)

    def boxes(self, rule: Rule) -> tuple[Box, ...]:
        """Returns the addresses of each pair of roles."""
        return tuple((self._zones.of(rule.from_, one), self._zones.of(rule.to, two)) for one, two in self.ends(rule))

    def pairs(self, rule: Rule) -> Pairs:
        """Returns the number of address pairs that a rule permits."""
        unknown = tuple(
            dict.fromkeys(
                f"{zone} ({role})"
                for roles in self.ends(rule)
                for zone, role in zip((rule.from_, rule.to), roles, strict=True)
                if not self._zones.of(zone, role).families
            )
        )
        boxes = self.boxes(rule)
        return Pairs(count_pairs(boxes, 4), count_pairs(boxes, 6), unknown)

    def _written(self, addresses: Addresses) -> tuple[str, ...]:
        if addresses not in self._texts:
            networks = (network for family in FAMILIES for network in addresses.of(family))
            self._texts[addresses] = tuple(map(address_text, networks))
        return self._texts[addresses]


def address_text(network: Network) -> str:
    """Writes a network; one of a single address as that address."""
    return str(network.network_address if network.num_addresses == 1 else network)


def count_pairs(boxes: Sequence[Box], family: Family) -> int:
    """Counts the pairs that lie in at least one box, each once: sources are cut where a box begins or ends."""
    if len(boxes) == 1:
        source, destination = boxes[0]
        return _size(source.of(family)) * _size(destination.of(family))
    sources = [_ranges(source.of(family)) for source, _ in boxes]
    destinations = [_ranges(destination.of(family)) for _, destination in boxes]
    cuts = sorted({end for spans in sources for low, high in spans for end in (low, high + 1)})
    reached: dict[tuple[int, ...], int] = {}
    total = 0
    for low, after in pairwise(cuts):
        open_ = tuple(box for box, spans in enumerate(sources) if holds(spans, low))
        if open_ not in reached:
            reached[open_] = size(union(*(destinations[box] for box in open_)))
        total += (after - low) * reached[open_]
    return total


def _size(networks: Iterable[Network]) -> int:
    return sum(network.num_addresses for network in networks)


def _ranges(networks: Iterable[Network]) -> Ranges:
    return ranges((int(network.network_address), int(network.broadcast_address)) for network in networks)
