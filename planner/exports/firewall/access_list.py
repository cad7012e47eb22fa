"""Rules as the vendors' languages take them: terms in order, gathered by interface or by pair of zones.

An access list is bound to the interface that packets come in by and knows where they go by address alone. Where a
permit's destination holds networks of other zones, as that of the outside does, those are cut out before it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from planner.derivation.model import State
from planner.enforcement.device_rules import ANY_PORTS, DeviceRules, Gap, Permit, PortSpan
from planner.exports.firewall.job import DeviceJob, remark
from planner.plan.addresses import Addresses, Family, Network
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
    """One entry of a list. No protocol means all of them; no addresses mean any, which only denies may say."""

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

    @property
    def lines(self) -> int:
        """How many lines an access list needs for it."""
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
    )


def prefix(plan: Plan) -> str:
    """Give what names of this revision begin with: no name of it is that of another content."""
    return f"SAV10-R{plan.head.revision}-{plan.digests.answers[:6].upper()}"


def list_name(plan: Plan, side: str, family: Family) -> str:
    """Name the access list of an interface in this revision."""
    return f"{prefix(plan)}-{re.sub('[^A-Za-z0-9]+', '-', side)}-{'IN' if family == 4 else 'IN6'}"


def interface_filters(job: DeviceJob, families: Sequence[Family]) -> list[Filter]:
    """Give a filter for each interface and family, also where nothing is permitted: the rest is denied at its end."""
    rules = job.rules
    inside = _networks_of_zones(rules)
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
            found.append(Filter(list_name(job.plan, side, family), side, "", family, tuple(terms)))
    return found


_Spans = list[tuple[int, int, Network, str]]


def _networks_of_zones(rules: DeviceRules) -> dict[Family, _Spans]:
    every = {**rules.zones, **rules.others}
    return {
        family: sorted(
            (
                (int(network.network_address), int(network.broadcast_address), network, zone)
                for zone, addresses in every.items()
                for network in addresses.of(family)
            ),
            key=lambda span: (span[0], -span[1], span[3]),
        )
        for family in (4, 6)
    }


def _cut_permits(permits: Iterable[Permit], zones: _Spans) -> Iterator[Term]:
    """Give the permits, narrow destinations first, each broad one behind what has to be cut out of it."""
    from bisect import bisect_left

    starts = [span[0] for span in zones]
    ordered = sorted(permits, key=lambda permit: -min(network.prefixlen for network in permit.destinations))
    for permit in ordered:
        term = permit_term(permit)
        inner: list[Network] = []
        for network in permit.destinations:
            last = int(network.broadcast_address)
            at = bisect_left(starts, int(network.network_address))
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
    """Let answers to other connections go on, before denies for the ports that those were opened from by chance."""
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
                destination_ports=(block.port, block.port),
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
    yield Term(name=ALL_ELSE, comment="SAV10 all else as before", action="accept", family=family)


def zone_filters(job: DeviceJob) -> list[Filter]:
    """Give a filter for each pair of zones with permits or denies between them, and one for the rest."""
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


def shared_networks(job: DeviceJob) -> Iterator[Gap]:
    """Name networks that two zones have in common: an access list tells zones apart by address alone."""
    every: dict[str, Addresses] = {**job.rules.zones, **job.rules.others}
    equal: dict[Network, str] = {}
    for zone, addresses in every.items():
        networks: tuple[Network, ...] = (*addresses.v4, *addresses.v6)
        for network in networks:
            other = equal.setdefault(network, zone)
            if other != zone:
                trouble = f"{network} is zone {other!r} too, and an access list tells zones apart by address alone"
                yield Gap("zone", zone, "networks", trouble, "networks of its own")
