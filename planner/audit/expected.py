"""Packets that a plan permits at one firewall, as exact boxes, and the addresses behind its interfaces."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from planner.audit.readers.rule_base import AddressSets, Ground, Tracking, joined
from planner.derivation.model import Rule
from planner.enforcement.device_rules import DeviceRules, Permit, device_rules, governed_ports
from planner.network.packets import (
    ADDRESSES,
    ANY_STATE,
    ESTABLISHED,
    NEW,
    Box,
    Family,
    everything,
    port_ranges,
    service,
)
from planner.network.ranges import NONE, Ranges, intersect, one, ranges, subtract, union
from planner.plan.addresses import Network, ZoneAddresses
from planner.plan.plan import Plan
from planner.plan.topology import Device
from planner.text.layout import did_you_mean

BOTH: Ranges = union(NEW, ESTABLISHED)


class NoDeviceError(ValueError):
    """It cannot be told at which device the plan is to be held against the rules."""


class Planned(msgspec.Struct, frozen=True):
    """One rule of the plan. ``needed``: what has to pass for it to work. ``allowed``: what may pass because of it."""

    rule: Rule
    needed: tuple[Box, ...]
    allowed: tuple[Box, ...]


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """A plan at one device: the addresses of each zone there, and what they tell about its interfaces.

    Where zones lie within each other, each has the addresses that none within it has. ``name`` is empty where the plan
    names no device: then it is taken to have one between all its zones.
    ``apart``: of each zone what lies in no zone that is elsewhere either. That alone has to pass here; a rule may be
    about the rest too.
    """

    name: str
    rules: DeviceRules
    zones: dict[str, AddressSets]
    apart: dict[str, AddressSets]
    ground: Ground

    @property
    def known(self) -> AddressSets:
        """All addresses of all zones."""
        return joined(list(self.zones.values()))


def find_device(plan: Plan, name: str) -> Device | None:
    """Finds the device that is meant; None where the plan names none at all.

    Raises:
        NoDeviceError: there is none of this name, or nothing says which of several.
    """
    known = {device.name: device for device in plan.topology.devices}
    accepted = ", ".join(known)
    if name:
        if name not in known:
            accepted = f"{accepted}{did_you_mean(name, known)}" if known else "a plan with a [[device]]"
            raise NoDeviceError(f"no device is named {name!r}; accepted: {accepted}")
        return known[name]
    if len(known) > 1:
        raise NoDeviceError(f"the plan has {len(known)} devices; accepted: --device with one of {accepted}")
    return next(iter(known.values()), None)


def estate(plan: Plan, name: str = "", known: DeviceRules | None = None) -> Estate:
    """Returns the plan at the device of this name, or at the only one there is; ``known``: its rules, where at hand.

    Raises:
        NoDeviceError: it cannot be told which.
        ExportError: addresses are missing, or something contradicts itself; each is named.
    """
    device = find_device(plan, name)
    zones = [zone.name for zone in plan.derived.zones]
    if device is None:
        stateful = plan.topology.answers.boundary == "stateful"
        between = Device(name="", vendor="", stateful=stateful, interfaces={zone: zone for zone in zones})
    else:
        between = device
    rules = known or device_rules(plan, between)
    addresses = zone_addresses(plan, tuple(between.interfaces))
    interfaces: dict[str, AddressSets] = {}
    for zone, side in between.interfaces.items() if device else ():
        if zone in addresses:
            interfaces[side] = joined([interfaces.get(side, {}), addresses[zone]])
    families: tuple[Family, ...] = (4, 6)
    placed = joined(list(addresses.values()))
    elsewhere = {family: subtract(ADDRESSES[family], placed.get(family, NONE)) for family in families}
    ground = Ground(interfaces=interfaces, zones=tuple(zones), device=between.name, elsewhere=elsewhere)
    apart = addresses if set(zones) == set(addresses) else zone_addresses(plan, zones)
    return Estate(name=between.name, rules=rules, zones=addresses, apart=apart, ground=ground)


def zone_addresses(plan: Plan, zones: Sequence[str]) -> dict[str, AddressSets]:
    """Addresses of zones, each without those that lie in a narrower network of another one of them."""
    found: dict[str, dict[Family, Ranges]] = {name: {} for name in zones}
    reach = ZoneAddresses(plan.derived.zones)
    stated = {
        zone.name: (reach.of(zone.name, None), *(reach.of(zone.name, role) for role in zone.hosts))
        for zone in plan.derived.zones
        if zone.name in found
    }
    families: tuple[Family, ...] = (4, 6)
    for family in families:
        spans: list[tuple[int, int, str]] = sorted(
            {
                (int(network.network_address), -int(network.broadcast_address), name)
                for name, parts in stated.items()
                for part in parts
                for network in part.of(family)  # type: ignore[arg-type]  # never 0
            }
        )
        for name, some in _innermost([(low, -high, name) for low, high, name in spans]).items():
            found[name][family] = some
    return {name: addresses for name, addresses in found.items() if name in stated}


def _innermost(spans: Sequence[tuple[int, int, str]]) -> dict[str, Ranges]:
    """Addresses of each owner that lie in no narrower span of another; spans nest and come outer ones first."""
    inner: list[list[tuple[int, int]]] = [[] for _ in spans]
    open_: list[int] = []
    for place, (low, high, name) in enumerate(spans):
        while open_ and spans[open_[-1]][1] < low:
            open_.pop()
        if open_:
            outer = spans[open_[-1]]
            if (low, high) == outer[:2] or name == outer[2]:
                # What others hold within this one they hold within the outer one as well.
                inner[place] = inner[open_[-1]]
            else:
                inner[open_[-1]].append((low, high))
        open_.append(place)
    found: dict[str, list[Ranges]] = {}
    for place, (low, high, name) in enumerate(spans):
        found.setdefault(name, []).append(subtract(((low, high),), ranges(inner[place])))
    return {name: union(NONE, *parts) for name, parts in found.items()}


def planned_rules(place: Estate, tracking: Tracking) -> tuple[Planned, ...]:
    """Rules of the plan at a device, as a firewall that keeps track of connections in this way has to hold them."""
    permits: dict[str, list[Permit]] = {}
    for permit in place.rules.permits:
        permits.setdefault(permit.rule.id, []).append(permit)
    return tuple(_planned(some, place, tracking) for some in permits.values())


def _planned(permits: Sequence[Permit], place: Estate, tracking: Tracking) -> Planned:
    needed: list[Box] = []
    allowed: list[Box] = []
    for permit in permits:
        whole = _box(permit, place.zones)
        if whole.empty:
            continue
        there = _box(permit, place.apart)
        stated = {"new": NEW, "established": ESTABLISHED, "any": BOTH}[permit.state]
        if permit.rule.is_return:
            allowed.append(msgspec.structs.replace(whole, state=stated))
            needed += [msgspec.structs.replace(there, state=stated)] if tracking == "none" else []
        elif tracking == "none" and permit.state == "new":
            # The plan counts on a firewall that lets answers pass; this list has to do so by a rule.
            needed += [msgspec.structs.replace(there, state=BOTH), _answers(there)]
            allowed += [msgspec.structs.replace(whole, state=BOTH), _answers(whole)]
        elif tracking == "none":
            needed.append(msgspec.structs.replace(there, state=stated))
            allowed.append(msgspec.structs.replace(whole, state=stated))
        else:
            needed.append(msgspec.structs.replace(there, state=NEW))
            allowed.append(msgspec.structs.replace(whole, state=NEW))
            if tracking == "rules":
                needed.append(msgspec.structs.replace(there, state=ESTABLISHED))
                needed.append(msgspec.structs.replace(_answers(there), state=ESTABLISHED))
    return Planned(permits[0].rule, tuple(box for box in needed if not box.empty), tuple(allowed))


def _box(permit: Permit, zones: Mapping[str, AddressSets]) -> Box:
    family: Family = permit.family
    source, destination = (
        intersect(_ranges(networks), zones[zone].get(family, NONE))
        for networks, zone in ((permit.sources, permit.rule.from_), (permit.destinations, permit.rule.to))
    )
    return Box(
        family=family,
        source=source,
        destination=destination,
        service=service(permit.protocol, (permit.destination_ports,)),
        source_port=(permit.source_ports,),
        state=ANY_STATE,
    )


def _ranges(networks: Iterable[Network]) -> Ranges:
    return ranges((int(network.network_address), int(network.broadcast_address)) for network in networks)


def _answers(there: Box) -> Box:
    """Packets that answer: ends and ports swapped; where no state is kept, UDP answers look like any other."""
    udp = there.service[0][0] > 65535
    ports = tuple((low % 65536, high % 65536) for low, high in there.service)
    return Box(
        family=there.family,
        source=there.destination,
        destination=there.source,
        service=service("udp" if udp else "tcp", there.source_port),
        source_port=ports,
        state=BOTH if udp else ESTABLISHED,
    )


def planned_by_zone(plan: Plan) -> tuple[Planned, ...]:
    """All rules of a plan, host rules too, between zones by their number: for lists that name no address."""
    numbers = {zone.name: one(number) for number, zone in enumerate(plan.derived.zones)}
    found = []
    for rule in (*plan.derived.rules, *plan.derived.host_rules):
        box = Box(
            family=0,
            source=numbers[rule.from_],
            destination=numbers[rule.to],
            service=service(rule.protocol, port_ranges(rule.destination_ports)),
            source_port=port_ranges(rule.source_ports),
            state={"new": NEW, "established": ESTABLISHED, "any": BOTH}[rule.state],
        )
        found.append(Planned(rule, (box,), (box,)))
    return tuple(found)


def governed(plan: Plan) -> Ranges:
    """Services of the product itself: those it listens on, and those that the plan forbids."""
    return union(NONE, *(service(protocol, one(port)) for protocol, port in governed_ports(plan)))


def inside(places: Iterable[AddressSets], families: Sequence[Family]) -> list[Box]:
    """Packets that stay within one zone, which no firewall between zones sees."""
    return [
        msgspec.structs.replace(everything(family), source=some[family], destination=some[family])
        for some in places
        for family in families
        if some.get(family)
    ]
