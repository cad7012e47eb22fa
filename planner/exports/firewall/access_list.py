"""Rules as the vendors' languages take them: terms in order, gathered by interface or by pair of zones.

An access list is bound to the interface that packets come in by and knows where they go by address alone. Where a
permit's destination holds networks of other zones, as that of the outside does, those are cut out before it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from planner.derivation.model import State
from planner.enforcement.device_rules import ANY_PORTS, DeviceRules, MissingInput, Permit, PortSpan
from planner.exports.firewall.model import DeviceJob, remark
from planner.network.ranges import Ranges, covers, overlap, ranges
from planner.plan.addresses import FAMILIES, Addresses, Family, Network, ZoneAddresses
from planner.plan.plan import Plan

Action = Literal["accept", "deny"]
REMARK = 96
"""Characters of a remark: Cisco's guides allow 100."""

EVERYTHING_ELSE = "SAV10-everything-else"
ALL_ELSE = "SAV10-all-else"
ANSWERS = "SAV10-answers"
"""Two terms of an additive list that accept without addresses: what it ends in, and answers to other connections."""


@dataclass(frozen=True)
class Term:
    """One entry of a list. No protocol means all of them; no addresses mean any, which only denies may say.

    ``source_zone`` and ``destination_zone`` name the addresses for people, where they are those of one zone.
    """

    name: str
    comment: str
    action: Action
    family: Family | None = None
    protocol: str = ""
    sources: tuple[Network, ...] = ()
    destinations: tuple[Network, ...] = ()
    source_ports: PortSpan = ANY_PORTS
    destination_ports: PortSpan = ANY_PORTS
    state: State = "new"
    source_zone: str = ""
    destination_zone: str = ""

    @property
    def lines(self) -> int:
        """Number of lines that an access list needs for it."""
        return max(len(self.sources), 1) * max(len(self.destinations), 1)


@dataclass(frozen=True)
class Filter:
    """Terms that hold together: those of an interface and family, or those between two zones."""

    name: str
    in_interface: str
    out_interface: str
    family: Family | None
    terms: tuple[Term, ...]


def permit_term(permit: Permit) -> Term:
    """Write a permit as a term of its own."""
    return Term(
        name=permit.name.replace(".", "-"),
        comment=remark(permit, REMARK),
        action="accept",
        family=permit.family,
        protocol=permit.protocol,
        sources=permit.sources,
        destinations=permit.destinations,
        source_ports=permit.source_ports,
        destination_ports=permit.destination_ports,
        state=permit.state,
        source_zone=permit.rule.from_,
        destination_zone=permit.rule.to,
    )


def prefix(plan: Plan) -> str:
    """Beginning of this revision's names: no name of it is that of another content."""
    return f"SAV10-R{plan.head.revision}-{plan.digests.answers[:6].upper()}"


def list_names(plan: Plan, rules: DeviceRules) -> dict[tuple[str, Family], str]:
    """Return the name of the access list of each interface and family in this revision, none of them twice."""
    plain_sides: dict[str, str] = {}
    taken: set[str] = set()
    for side in dict.fromkeys(rules.device.interfaces.values()):
        short = re.sub("[^A-Za-z0-9]+", "-", side)
        name, number = short, 2
        while name.casefold() in taken:
            name, number = f"{short}-{number}", number + 1
        taken.add(name.casefold())
        plain_sides[side] = name
    return {
        (side, family): f"{prefix(plan)}-{name}-{'IN' if family == 4 else 'IN6'}"
        for side, name in plain_sides.items()
        for family in FAMILIES
    }


def interface_filters(job: DeviceJob, families: Sequence[Family]) -> list[Filter]:
    """Filters of each interface and family, also where nothing is permitted: the rest is denied at the end."""
    rules = job.rules
    inside = _networks_of_zones(job.plan)
    names = list_names(job.plan, rules)
    by_side: dict[tuple[str, Family], list[Permit]] = {}
    for permit in rules.permits:
        by_side.setdefault((permit.in_interface, permit.family), []).append(permit)
    found = []
    for side in dict.fromkeys(rules.device.interfaces.values()):
        for family in families:
            terms = [
                *_before_denies(_cut_permits(by_side.get((side, family), ()), inside[family]), _answers(rules, family)),
                *_blocks(rules, side, family),
                *_rest(rules, side, family),
            ]
            found.append(Filter(names[side, family], side, "", family, tuple(terms)))
    return found


_Spans = list[tuple[int, int, Network, str]]


def _networks_of_zones(plan: Plan) -> dict[Family, _Spans]:
    """Return every network and host that a zone states, by family, outer ones first."""
    zones = plan.derived.zones
    reach = ZoneAddresses(zones)
    stated = [(zone.name, reach.of(zone.name, role)) for zone in zones for role in (None, *zone.hosts)]
    return {
        family: sorted(
            {
                (int(network.network_address), int(network.broadcast_address), network, zone)
                for zone, addresses in stated
                for network in addresses.of(family)
            },
            key=lambda span: (span[0], -span[1], span[3]),
        )
        for family in FAMILIES
    }


def _strays(spans: _Spans) -> dict[str, list[Network]]:
    """Return, for each zone, what it has within a network of another zone that lies within one of its own."""
    found: dict[str, list[Network]] = {}
    open_: list[tuple[int, str]] = []
    for low, high, network, zone in spans:
        open_ = [outer for outer in open_ if outer[0] >= low]
        if open_ and open_[-1][1] != zone and any(name == zone for _, name in open_):
            found.setdefault(zone, []).append(network)
        open_.append((high, zone))
    return found


def _cut_permits(permits: Iterable[Permit], zones: _Spans) -> Iterator[Term]:
    """Yield the permits, narrow destinations first, each broad one behind what has to be cut out of it.

    Where such a cut would stand before another permit that needs what it denies, every permit is taken apart by the
    length of its destinations' prefixes, so that a cut stands behind all that is narrower than it.
    """
    ordered = sorted(permits, key=lambda permit: -min(network.prefixlen for network in permit.destinations))
    strays = _strays(zones)
    terms = [term for permit in ordered for term in _with_cut(permit, permit.destinations, "", zones)]
    if not (_cut_stops_permit(terms) or any(permit.rule.to in strays for permit in ordered)):
        yield from terms
        return
    parts: list[tuple[int, str, Permit, list[Network]]] = []
    for permit in ordered:
        by_length: dict[int, list[Network]] = {}
        whole = _spans(permit.destinations)
        own = (stray for stray in strays.get(permit.rule.to, ()) if covers(whole, _spans([stray])))
        for network in dict.fromkeys((*permit.destinations, *own)):
            by_length.setdefault(network.prefixlen, []).append(network)
        for length, networks in by_length.items():
            parts.append((length, f"-p{length}" if len(by_length) > 1 else "", permit, networks))
    parts.sort(key=lambda part: -part[0])
    for _, suffix, permit, networks in parts:
        yield from _with_cut(permit, tuple(networks), suffix, zones)


def _with_cut(permit: Permit, destinations: tuple[Network, ...], suffix: str, zones: _Spans) -> Iterator[Term]:
    """Yield a permit to some of its destinations, behind a deny of what other zones have within them."""
    from bisect import bisect_left

    term = replace(permit_term(permit), destinations=destinations)
    term = replace(term, name=f"{term.name}{suffix}")
    inner: list[Network] = []
    for network in destinations:
        last = int(network.broadcast_address)
        at = bisect_left(zones, int(network.network_address), key=lambda span: span[0])
        while at < len(zones) and zones[at][0] <= last:
            _, high, other, zone = zones[at]
            if zone != permit.rule.to and high <= last and other.prefixlen > network.prefixlen:
                inner.append(other)
            at += 1
    if inner:
        yield Term(
            name=f"{term.name}-cut",
            comment=f"{permit.marker} not to other zones",
            action="deny",
            family=permit.family,
            protocol=permit.protocol,
            sources=permit.sources,
            destinations=tuple(_outermost(inner)),
            source_ports=permit.source_ports,
            destination_ports=permit.destination_ports,
        )
    yield term


def _cut_stops_permit(terms: Sequence[Term]) -> bool:
    """Check for a cut that denies what a permit behind it is for."""
    cuts: list[Term] = []
    for term in terms:
        if term.action == "deny":
            cuts.append(term)
        elif any(_denies_own(cut, term) if cut.name == f"{term.name}-cut" else _share(cut, term) for cut in cuts):
            return True
    return False


def _denies_own(cut: Term, term: Term) -> bool:
    """Check whether the cut of a permit holds one of its destinations whole: a host in another zone's network."""
    denied = _spans(cut.destinations)
    return any(covers(denied, _spans([network])) for network in term.destinations)


def _share(cut: Term, term: Term) -> bool:
    """Check whether any packet is in both terms."""
    spans = ((cut.source_ports, term.source_ports), (cut.destination_ports, term.destination_ports))
    return (
        cut.protocol == term.protocol
        and all(one[0] <= other[1] and other[0] <= one[1] for one, other in spans)
        and _meet(cut.destinations, term.destinations)
        and _meet(cut.sources, term.sources)
    )


def _meet(some: Sequence[Network], others: Sequence[Network]) -> bool:
    return overlap(_spans(some), _spans(others))


def _spans(networks: Sequence[Network]) -> Ranges:
    return ranges((int(network.network_address), int(network.broadcast_address)) for network in networks)


def _outermost(networks: Iterable[Network]) -> Iterator[Network]:
    last: Network | None = None
    for network in sorted(networks, key=lambda each: (int(each.network_address), each.prefixlen)):
        if last is None or int(network.network_address) > int(last.broadcast_address):
            last = network
            yield network


def _before_denies(terms: Iterable[Term], added: Iterable[Term]) -> Iterator[Term]:
    """Put further terms before the first deny, or at the end."""
    left = iter(terms)
    for term in left:
        if term.action == "deny":
            yield from (*added, term, *left)
            return
        yield term
    yield from added


def _answers(rules: DeviceRules, family: Family) -> Iterator[Term]:
    """Permit for answers to other connections, before denies of the ports that those were opened from by chance."""
    if rules.device.mode == "additive":
        comment = "SAV10 answers to other connections"
        yield Term(name=ANSWERS, comment=comment, action="accept", family=family, protocol="tcp", state="established")


def _blocks(rules: DeviceRules, side: str, family: Family) -> Iterator[Term]:
    for block in rules.blocks:
        comes_in = block.in_interface == side or (not block.in_interface and block.out_interface != side)
        if comes_in and block.destinations.of(family):
            yield Term(
                name=block.marker, comment=f"{block.marker} stays closed", action="deny", family=family,
                protocol=block.deny.protocol, destinations=block.destinations.of(family),
                destination_ports=(block.port, block.port), destination_zone=block.deny.to,
            )  # fmt: skip


def _rest(rules: DeviceRules, side: str, family: Family) -> Iterator[Term]:
    if rules.device.mode == "exclusive":
        yield Term(name=EVERYTHING_ELSE, comment="SAV10 everything else", action="deny", family=family)
        return
    beyond = [addresses for zone, addresses in rules.zones.items() if rules.device.interfaces[zone] != side]
    networks = [network for addresses in beyond for network in addresses.of(family)]
    whole = tuple(_outermost(networks))
    for protocol, port in rules.governed if whole else ():
        yield Term(
            name=f"SAV10-{protocol}-{port}", comment="SAV10 not planned", action="deny", family=family,
            protocol=protocol, destinations=whole, destination_ports=(port, port),
        )  # fmt: skip
    own = {zone: addresses.of(family) for zone, addresses in rules.zones.items()
           if rules.device.interfaces[zone] == side and addresses.of(family)}  # fmt: skip
    for number, (zone, destinations) in enumerate(own.items() if len(own) > 1 else (), 1):
        # Zones behind one interface are zones all the same: what goes from one to another turns round here.
        sources = tuple(_outermost(network for other, some in own.items() if other != zone for network in some))
        for protocol, port in rules.governed:
            yield Term(
                name=f"SAV10-{protocol}-{port}-own-{number}", comment="SAV10 not planned", action="deny", family=family,
                protocol=protocol, sources=sources, destinations=destinations, destination_ports=(port, port),
                destination_zone=zone,
            )  # fmt: skip
    yield Term(name=ALL_ELSE, comment="SAV10 all else as before", action="accept", family=family)


def zone_filters(job: DeviceJob) -> list[Filter]:
    """Filters of each pair of zones with permits or denies between them, and one for the rest."""
    rules = job.rules
    pairs: dict[tuple[str, str], list[Term]] = {}
    for permit in rules.permits:
        pairs.setdefault((permit.in_interface, permit.out_interface), []).append(permit_term(permit))
    last: list[Term] = []
    for block in rules.blocks:
        term = Term(
            name=block.marker, comment=f"{block.marker} stays closed", action="deny", protocol=block.deny.protocol,
            destination_ports=(block.port, block.port),
        )  # fmt: skip
        if block.in_interface:
            pairs.setdefault((block.in_interface, block.out_interface), []).append(term)
        else:
            pairs.setdefault(("", block.out_interface), []).append(term)
    if rules.device.mode == "exclusive":
        last.append(Term(name=EVERYTHING_ELSE, comment="SAV10 everything else", action="deny"))
    else:
        last += [
            Term(
                name=f"SAV10-{protocol}-{port}", comment="SAV10 not planned", action="deny", protocol=protocol,
                destination_ports=(port, port),
            )
            for protocol, port in rules.governed
        ]  # fmt: skip
    ordered = sorted(pairs.items(), key=lambda pair: not pair[0][0])
    found = [Filter("", in_, out, None, tuple(terms)) for (in_, out), terms in ordered]
    return [*found, Filter("", "", "", None, tuple(last))]


def shared_networks(job: DeviceJob) -> Iterator[MissingInput]:
    """Name networks that two zones have in common: an access list tells zones apart by address alone."""
    every: dict[str, Addresses] = {**job.rules.zones, **job.rules.others}
    equal: dict[Network, str] = {}
    for zone, addresses in every.items():
        networks: tuple[Network, ...] = (*addresses.v4, *addresses.v6)
        for network in networks:
            other = equal.setdefault(network, zone)
            if other != zone:
                trouble = f"{network} is zone {other!r} too, and an access list tells zones apart by address alone"
                yield MissingInput("zone", zone, "networks", trouble, "networks of its own")
