"""A plan as one firewall has to enforce it: permits with addresses and ports, denies, and what is not its business.

Nothing is widened, narrowed or left out: what cannot be stated exactly is a ``MissingInput``, and the plan is refused
whole. Addresses are those of the roles behind a rule, so that a zone's hosts narrow it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from planner.catalogue.answers import RoleId
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Transport
from planner.derivation.model import Deny, Rule, State
from planner.network.packets import MAX_PORT, port_span
from planner.plan.addresses import (
    FAMILIES,
    Addresses,
    Family,
    Network,
    RolePair,
    RuleRoles,
    ZoneAddresses,
    overlapping_zones,
)
from planner.plan.plan import Plan
from planner.plan.topology import ANY_ZONE, Device

ANY_PORTS = (0, MAX_PORT)
PortSpan = tuple[int, int]
"""The lowest and the highest port, both included."""


class MissingInput(msgspec.Struct, frozen=True):
    """One reason why no exact rules can be written: about which thing, which of its fields, and what is accepted."""

    about: Literal["zone", "device", "rule", "format"]
    name: str
    field: str
    trouble: str
    accepted: str

    def __str__(self) -> str:
        """Returns the gap as one line; names in it are as they stand in the plan."""
        named = f"{self.about} {self.name!r}" if self.name else self.about
        field = f"{self.field}: " if self.field else ""
        return f"{named}: {field}{self.trouble}; accepted: {self.accepted}"


class ExportError(ValueError):
    """The plan cannot be enforced as it stands; ``missing`` holds every reason, at least one."""

    def __init__(self, missing: Sequence[MissingInput]) -> None:
        super().__init__(str(missing[0]))
        self.missing = tuple(missing)


@dataclass(frozen=True)
class Permit:
    """Permission of one rule in one address family: every source to every destination.

    ``name`` is unique: the marker, and a number where one rule takes several permits. Interfaces are the device's own
    names, empty on a host. ``state`` is ``new`` wherever connections are followed.
    """

    name: str
    rule: Rule
    family: Family
    in_interface: str
    out_interface: str
    sources: tuple[Network, ...]
    destinations: tuple[Network, ...]
    source_ports: PortSpan
    destination_ports: PortSpan
    state: State

    @property
    def marker(self) -> str:
        """The short name of the rule behind it."""
        return self.rule.marker

    @property
    def protocol(self) -> Transport:
        """The transport protocol."""
        return self.rule.protocol


@dataclass(frozen=True)
class Block:
    """Prohibition of a deny at this device, after all permits; no ``in_interface`` means any."""

    deny: Deny
    in_interface: str
    out_interface: str
    destinations: Addresses
    port: int

    @property
    def marker(self) -> str:
        """The short name of the deny behind it."""
        return self.deny.marker


@dataclass(frozen=True)
class DeviceRules:
    """Rules that one device enforces. ``governed``: the product's own ports, by protocol and port, sorted.

    ``elsewhere``: rules that only other devices see. ``unseen``: zone pairs with rules that no device sees.
    ``unanswered``: outbound rules whose replies a stateless filter drops.
    ``zones``: all addresses of each zone that the device sees, as far as the plan states them; ``others``: those of
    all other zones.
    """

    device: Device
    zones: dict[str, Addresses]
    others: dict[str, Addresses]
    permits: tuple[Permit, ...]
    blocks: tuple[Block, ...]
    governed: tuple[tuple[Transport, int], ...]
    elsewhere: tuple[Rule, ...]
    unseen: tuple[tuple[str, str], ...]
    unanswered: tuple[Rule, ...]
    translated: tuple[str, ...]


@dataclass(frozen=True)
class HostRules:
    """Rules for the hosts' own firewall: hosts of a zone that have all of these roles.

    ``blocks``: denies that the host itself enforces, each only in foreign networks. ``governed``: the product's ports
    that the roles listen on, those of the rollout left out.
    """

    zone: str
    roles: tuple[RoleId, ...]
    inbound: tuple[Permit, ...]
    outbound: tuple[Permit, ...]
    blocks: tuple[Deny, ...]
    governed: tuple[tuple[Transport, int], ...]


class _PermitBuilder:
    """Converts rules to permits, and collects the missing on the way."""

    def __init__(self, plan: Plan) -> None:
        self.reach = ZoneAddresses(plan.derived.zones)
        self._ends: RuleRoles = RuleRoles(plan.topology, load_catalogue())
        self._missing: dict[tuple[str, RoleId], None] = {}
        self._split: list[MissingInput] = []

    @property
    def missing(self) -> list[MissingInput]:
        """Missing addresses first, then rules whose ends share no address family."""
        missing = [
            MissingInput(
                "zone", zone, f"networks or hosts.{role}", "no address is given",
                "networks such as 10.20.0.0/24; for every address there is, 0.0.0.0/0 and ::/0",
            )
            for zone, role in self._missing
        ]  # fmt: skip
        return [*missing, *self._split]

    def ends(self, rule: Rule) -> Iterable[RolePair]:
        """Returns the roles at the rule's source and destination."""
        for opener, listener in self._ends.of(rule):
            yield (listener, opener) if rule.is_return else (opener, listener)

    def boxes(self, rule: Rule, ends: Iterable[RolePair]) -> list[tuple[Addresses, Addresses]]:
        """Returns sources and destinations in as few pairs of sets as are exact."""
        by_destination: dict[Addresses, list[Addresses]] = {}
        for from_role, to_role in ends:
            source, destination = self._find(rule.from_, from_role), self._find(rule.to, to_role)
            if source.families and destination.families and not set(source.families) & set(destination.families):
                self._split.append(
                    MissingInput(
                        "rule", rule.marker, "",
                        f"{rule.from_} has IPv{source.families[0]} addresses alone, "
                        f"{rule.to} IPv{destination.families[0]} alone ({from_role} to {to_role})",
                        "addresses of one family at both ends",
                    )
                )  # fmt: skip
            by_destination.setdefault(destination, []).append(source)
        by_source: dict[Addresses, list[Addresses]] = {}
        for destination, sources in by_destination.items():
            by_source.setdefault(self.reach.join(sources), []).append(destination)
        return [(source, self.reach.join(destinations)) for source, destinations in by_source.items()]

    def _find(self, zone: str, role: RoleId) -> Addresses:
        found = self.reach.of(zone, role)
        if not found.families:
            self._missing[zone, role] = None
        return found

    def permits(
        self, rule: Rule, ends: Iterable[RolePair], interfaces: tuple[str, str], *, stateful: bool
    ) -> Iterator[Permit]:
        """Returns the permits of a rule between two interfaces: one for each family and pair of sets."""
        number = 0
        for source, destination in self.boxes(rule, ends):
            for family in FAMILIES:
                if not (source.of(family) and destination.of(family)):
                    continue
                number += 1
                yield Permit(
                    name=rule.marker if number == 1 else f"{rule.marker}.{number}",
                    rule=rule,
                    family=family,
                    in_interface=interfaces[0],
                    out_interface=interfaces[1],
                    sources=source.of(family),
                    destinations=destination.of(family),
                    source_ports=port_span(rule.source_ports),
                    destination_ports=port_span(rule.destination_ports),
                    state="new" if stateful else rule.state,
                )


def device_rules(plan: Plan, device: Device) -> DeviceRules:
    """Returns the rules that this device enforces: those between zones that it has interfaces for.

    Raises:
        ExportError: naming everything that is missing or contradicts itself.
    """
    builder = _PermitBuilder(plan)
    sides = device.interfaces
    seen = [set(other.interfaces) for other in plan.topology.devices] or [set(sides)]
    permits: list[Permit] = []
    elsewhere: list[Rule] = []
    unseen: dict[tuple[str, str], None] = {}
    unanswered: list[Rule] = []
    outside = {zone.name for zone in plan.derived.zones if "internet" in zone.roles}
    for rule in plan.derived.rules:
        if rule.from_ in sides and rule.to in sides:
            if rule.is_return and device.stateful:
                continue
            sides_of_rule = (sides[rule.from_], sides[rule.to])
            permits += builder.permits(rule, builder.ends(rule), sides_of_rule, stateful=device.stateful)
            if not device.stateful and rule.to in outside:
                unanswered.append(rule)
        elif any(rule.from_ in zones and rule.to in zones for zones in seen):
            elsewhere.append(rule)
        else:
            unseen[rule.from_, rule.to] = None
    missing = [*builder.missing, *_contradictions(plan), *_shared_sides(device, builder.reach, plan)]
    if missing:
        raise ExportError(missing)
    zones = [zone for zone in plan.derived.zones if zone.name in sides]
    return DeviceRules(
        device=device,
        zones={zone.name: builder.reach.whole(zone.name) for zone in zones},
        others={zone.name: builder.reach.whole(zone.name) for zone in plan.derived.zones if zone.name not in sides},
        permits=tuple(permits),
        blocks=tuple(_blocks(plan, device, builder.reach)),
        governed=governed_ports(plan),
        elsewhere=tuple(elsewhere),
        unseen=tuple(unseen),
        unanswered=tuple(unanswered),
        translated=tuple(zone.name for zone in zones if zone.nat),
    )


def governed_ports(plan: Plan) -> tuple[tuple[Transport, int], ...]:
    """Returns the product's own ports: those it listens on in regular operation, and those the plan forbids.

    The ports of a rollout belong to Windows file sharing, which others use too: they are permitted, never blocked.
    """
    found = {(entry.protocol, int(entry.ports)) for entry in plan.derived.ports if entry.phase == "run"}
    rollout = {(entry.protocol, int(entry.ports)) for entry in plan.derived.ports if entry.phase == "rollout"}
    return tuple(sorted(found | {(d.protocol, int(d.ports)) for d in plan.derived.denies} - rollout))


def _blocks(plan: Plan, device: Device, reach: ZoneAddresses) -> Iterator[Block]:
    sides = device.interfaces
    for deny in plan.derived.denies:
        if deny.where == "boundary" and deny.to in sides and (deny.from_ == ANY_ZONE or deny.from_ in sides):
            in_ = "" if deny.from_ == ANY_ZONE else sides[deny.from_]
            yield Block(deny, in_, sides[deny.to], reach.whole(deny.to), int(deny.ports))


def _contradictions(plan: Plan) -> Iterator[MissingInput]:
    """Returns each rule that opens what a deny forbids: possible where a port was set to that of another service."""
    forbidden: dict[tuple[str, Transport, str], list[Deny]] = {}
    for deny in plan.derived.denies:
        if deny.where == "boundary":
            forbidden.setdefault((deny.to, deny.protocol, deny.ports), []).append(deny)
    for rule in plan.derived.rules:
        for deny in forbidden.get((rule.to, rule.protocol, rule.destination_ports), ()):
            if not rule.is_return and deny.from_ in (ANY_ZONE, rule.from_):
                yield MissingInput(
                    "rule", rule.marker, "destination_ports",
                    f"opens {rule.protocol} {rule.destination_ports} to {rule.to}, which {deny.marker} forbids",
                    "another port for the product",
                )  # fmt: skip


def _shared_sides(device: Device, reach: ZoneAddresses, plan: Plan) -> Iterator[MissingInput]:
    """Returns zones behind one interface that share addresses: the device could not tell one from the other."""
    behind: dict[str, list[str]] = {}
    known = {zone.name for zone in plan.derived.zones}
    for zone, side in device.interfaces.items():
        if zone in known:
            behind.setdefault(side, []).append(zone)
    for side, zones in behind.items():
        for zone, other, network in (
            overlapping_zones((name, reach.whole(name)) for name in zones) if len(zones) > 1 else ()
        ):
            yield MissingInput(
                "zone", zone, "networks",
                f"{network} lies in zone {other!r} too, behind the same interface {side!r} of device {device.name!r}",
                "networks that share nothing, or an interface of its own",
            )  # fmt: skip


def host_classes(plan: Plan) -> tuple[tuple[str, RoleId], ...]:
    """Returns the zones and roles whose hosts open or listen on anything, in the order of the plan."""
    ends = RuleRoles(plan.topology, load_catalogue())
    found: set[tuple[str, RoleId]] = set()
    for rule in (*plan.derived.rules, *plan.derived.host_rules):
        if not rule.is_return:
            for opener, listener in ends.of(rule):
                found |= {(rule.from_, opener), (rule.to, listener)}
    return tuple(
        (zone.name, role)
        for zone in plan.derived.zones
        for role in zone.roles
        if role != "internet" and (zone.name, role) in found
    )


def host_rules(plan: Plan, zone: str, roles: tuple[RoleId, ...]) -> HostRules:
    """Returns the rules for the stateful firewall of hosts with these roles in a zone.

    Raises:
        ExportError: naming everything that is missing.
    """
    builder = _PermitBuilder(plan)
    inbound: list[Permit] = []
    outbound: list[Permit] = []
    for rule in (*plan.derived.rules, *plan.derived.host_rules):
        if rule.is_return or zone not in (rule.from_, rule.to):
            continue
        ends = tuple(builder.ends(rule))
        if rule.to == zone and (aimed := [pair for pair in ends if pair[1] in roles]):
            inbound += builder.permits(rule, aimed, ("", ""), stateful=True)
        if rule.from_ == zone and (opened := [pair for pair in ends if pair[0] in roles]):
            outbound += builder.permits(rule, opened, ("", ""), stateful=True)
    if missing := builder.missing:
        raise ExportError(missing)
    blocks = tuple(deny for deny in plan.derived.denies if deny.where == "host" and deny.to == zone)
    listening = {
        (entry.protocol, int(entry.ports))
        for entry in plan.derived.ports
        if entry.zone == zone and entry.role in roles and entry.direction == "in"
    }
    return HostRules(
        zone=zone,
        roles=roles,
        inbound=tuple(inbound),
        outbound=tuple(outbound),
        blocks=tuple(deny for deny in blocks if (deny.protocol, int(deny.ports)) in listening),
        governed=tuple(port for port in governed_ports(plan) if port in listening),
    )
