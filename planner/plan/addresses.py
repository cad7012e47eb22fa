"""Addresses of zones and rules: networks and hosts behind a role, strays, overlaps, and lists that people type.

Whatever states a rule (diff, explanation, JSON, CSV, ticket, firewall exports) takes its addresses from here.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from itertools import pairwise
from typing import Literal

import msgspec

from planner.catalogue.answers import RoleId
from planner.catalogue.model import Catalogue, Leg
from planner.derivation.flows import expand_roles, return_range, source_range
from planner.derivation.model import Rule
from planner.derivation.zones import index_zones
from planner.network.ranges import Ranges, holds, overlaps, ranges, size, union
from planner.plan.plan import Plan
from planner.plan.topology import BadEntriesError, Topology, Zone, unscoped

Family = Literal[4, 6]
FAMILIES: tuple[Family, ...] = (4, 6)
Network = IPv4Network | IPv6Network


class Addresses(msgspec.Struct, frozen=True, eq=False):
    """Networks by family, sorted, none within another. Equal ones of one ``ZoneAddresses`` are the same object."""

    v4: tuple[IPv4Network, ...]
    v6: tuple[IPv6Network, ...]

    def of(self, family: Family) -> tuple[Network, ...]:
        """Returns the networks of one family."""
        return self.v4 if family == 4 else self.v6

    @property
    def families(self) -> tuple[Family, ...]:
        """Families with addresses."""
        return tuple(family for family in FAMILIES if self.of(family))


class ZoneAddresses:
    """Addresses of zones: a zone's networks, or the hosts of a role where it names some."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._zones = {zone.name: zone for zone in zones}
        self._found: dict[tuple[str, RoleId | None], Addresses] = {}
        self._equal: dict[tuple[tuple[IPv4Network, ...], tuple[IPv6Network, ...]], Addresses] = {}
        self._joined: dict[frozenset[Addresses], Addresses] = {}

    def of(self, zone: str, role: RoleId | None) -> Addresses:
        """Returns the addresses of a role's hosts in a zone; without a role, or hosts of it, the zone's networks."""
        key = (zone, role)
        if key not in self._found:
            has_hosts = role is None or self._zones[zone].hosts.get(role)
            self._found[key] = self._gather(self.stated(zone, role)) if has_hosts else self.of(zone, None)
        return self._found[key]

    def stated(self, zone: str, role: RoleId | None) -> tuple[str, ...]:
        """Returns the texts behind ``of``: the role's hosts in a zone, or the zone's networks."""
        hosts = self._zones[zone].hosts.get(role, ()) if role else ()
        return tuple(hosts or self._zones[zone].networks)

    def whole(self, zone: str) -> Addresses:
        """Returns all addresses of a zone: its networks, and its hosts wherever they are."""
        roles: list[RoleId | None] = [None, *(role for role, hosts in self._zones[zone].hosts.items() if hosts)]
        return self.join(self.of(zone, role) for role in roles)

    def join(self, parts: Iterable[Addresses]) -> Addresses:
        """Joins several sets of addresses into one."""
        sets = frozenset(parts)
        if len(sets) == 1:
            return next(iter(sets))
        if sets not in self._joined:
            self._joined[sets] = self._kept(
                (network for part in sets for network in part.v4), (network for part in sets for network in part.v6)
            )
        return self._joined[sets]

    def _gather(self, texts: Iterable[str]) -> Addresses:
        networks = [ipaddress.ip_network(text) for text in texts]
        return self._kept(
            (network for network in networks if isinstance(network, IPv4Network)),
            (network for network in networks if isinstance(network, IPv6Network)),
        )

    def _kept(self, v4: Iterable[IPv4Network], v6: Iterable[IPv6Network]) -> Addresses:
        both = (tuple(ipaddress.collapse_addresses(v4)), tuple(ipaddress.collapse_addresses(v6)))
        return self._equal.setdefault(both, Addresses(*both))


def strays(zones: Sequence[Zone]) -> Iterator[tuple[str, str]]:
    """Returns each host that lies in none of its zone's networks, as (zone, host)."""
    for zone in zones:
        networks = [ipaddress.ip_network(text) for text in zone.networks]
        spans = {family: _ranges(each for each in networks if each.version == family) for family in FAMILIES}
        for text in (text for addresses in zone.hosts.values() if networks for text in addresses):
            address = ipaddress.ip_address(text)
            if not holds(spans[address.version], int(address)):
                yield zone.name, text


def overlapping_networks(zones: Sequence[Zone]) -> Iterator[tuple[str, str, str]]:
    """Returns each network that shares addresses with another zone's, as (zone, other zone, network)."""
    for version in FAMILIES:
        networks = [
            (ipaddress.ip_network(text), index, text) for index, zone in enumerate(zones) for text in zone.networks
        ]
        for index, other, text in overlaps(
            (int(network.network_address), int(network.broadcast_address), index, text)
            for network, index, text in networks
            if network.version == version
        ):
            yield zones[index].name, zones[other].name, text


def overlapping_zones(zones: Iterable[tuple[str, Addresses]]) -> Iterator[tuple[str, str, str]]:
    """Returns zones that share addresses, as (zone, other zone, network)."""
    sets = dict(zones)
    for family in FAMILIES:
        yield from overlaps(
            (int(network.network_address), int(network.broadcast_address), name, str(network))
            for name, addresses in sets.items()
            for network in addresses.of(family)
        )


MAX_HOST_RANGE = 256
"""Most hosts that one typed range may stand for."""


def read_networks(text: str) -> tuple[str, ...]:
    """Parses networks as people paste them: CIDR, single addresses and ranges, apart by commas, blanks or lines.

    Raises:
        BadEntriesError: naming each one that is none.
    """
    return _read_each(text, _networks, "CIDR such as 10.20.0.0/24, an address, or a range 10.20.0.1-10.20.0.9")


def read_hosts(text: str) -> tuple[str, ...]:
    """Parses addresses and short ranges, apart by commas, blanks or lines.

    Raises:
        BadEntriesError: naming each one that is none.
    """
    return _read_each(text, _hosts, f"an address such as 10.20.0.5, or a range of at most {MAX_HOST_RANGE} hosts")


def _read_each(text: str, read: Callable[[str], list[str]], accepted: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    bad: list[tuple[int, str, int]] = []
    count = 0
    for match in re.finditer(r"[^\s,;]+", text):
        count += 1
        try:
            found.update(dict.fromkeys(read(unscoped(match[0]))))
        except (ValueError, TypeError):  # the latter for a range from IPv4 to IPv6
            bad.append((count, match[0], match.start()))
    if bad:
        raise BadEntriesError(bad, count, accepted)
    return tuple(found)


def _networks(word: str) -> list[str]:
    low, dash, high = word.partition("-")
    if not dash:
        return [str(ipaddress.ip_network(word))]
    spread = ipaddress.summarize_address_range(ipaddress.ip_address(low), ipaddress.ip_address(high))
    return [str(network) for network in spread]


def _hosts(word: str) -> list[str]:
    low, dash, high = word.partition("-")
    first, last = ipaddress.ip_address(low), ipaddress.ip_address(high if dash else low)
    if first.version != last.version or not 0 <= int(last) - int(first) < MAX_HOST_RANGE:
        raise ValueError(word)
    return [str(type(first)(number)) for number in range(int(first), int(last) + 1)]


RolePair = tuple[RoleId, RoleId]
"""Opening role and listening role."""

ZoneRole = tuple[str, RoleId]
"""A role in a zone."""

EndPair = tuple[ZoneRole, ZoneRole]
"""Source and destination: every address of the one with every address of the other."""


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

    def ends(self, rule: Rule) -> tuple[EndPair, ...]:
        """Returns the sources and destinations of a rule, one pair for each pair of roles behind it."""
        pairs = self._roles.of(rule)
        ends = ((listener, opener) for opener, listener in pairs) if rule.is_return else pairs
        return tuple(((rule.from_, source), (rule.to, target)) for source, target in ends)

    def of(self, rule: Rule) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Returns ``from_addresses`` and ``to_addresses`` as texts; empty where the plan gives none.

        Networks are in CIDR form, single hosts without prefix length; none lies within another.
        """
        ends = self.ends(rule)
        source = self._zones.join(self._zones.of(*end) for end, _ in ends)
        destination = self._zones.join(self._zones.of(*end) for _, end in ends)
        return self._written(source), self._written(destination)

    def listed(self, rule: Rule) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Returns the addresses of ``of`` for people who type them in: as the zones state them, each host singly."""
        ends = self.ends(rule)
        return self._stated(end for end, _ in ends), self._stated(end for _, end in ends)

    def _stated(self, ends: Iterable[tuple[str, RoleId | None]]) -> tuple[str, ...]:
        texts = dict.fromkeys(text for end in ends for text in self._zones.stated(*end))
        networks = dict.fromkeys(map(ipaddress.ip_network, texts))
        wide = [network for network in networks if network.num_addresses > 1]
        kept = [network for network in networks if not any(_lies_within(network, other) for other in wide)]
        return tuple(map(address_text, sorted(kept, key=lambda network: (network.version, network.network_address))))

    def pairs(self, ends: Sequence[EndPair]) -> Pairs:
        """Returns the number of address pairs that lie in at least one pair of ends."""
        roles = dict.fromkeys(end for pair in ends for end in pair)
        unknown = tuple(f"{zone} ({role})" for zone, role in roles if not self._zones.of(zone, role).families)
        boxes = [(self._zones.of(*source), self._zones.of(*destination)) for source, destination in ends]
        return Pairs(count_pairs(boxes, 4), count_pairs(boxes, 6), unknown)

    def _written(self, addresses: Addresses) -> tuple[str, ...]:
        if addresses not in self._texts:
            networks = (network for family in FAMILIES for network in addresses.of(family))
            self._texts[addresses] = tuple(map(address_text, networks))
        return self._texts[addresses]


def _lies_within(network: Network, other: Network) -> bool:
    return network != other and network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]


def address_text(network: Network) -> str:
    """Writes a network; one of a single address as that address."""
    return str(network.network_address if network.num_addresses == 1 else network)


def count_pairs(boxes: Sequence[tuple[Addresses, Addresses]], family: Family) -> int:
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
