"""Real packets through the kernel's own firewall: what our nftables and iptables let pass is what the plan says.

For every pair of zones, TCP and UDP in both directions, from ports around each source range to the product's ports,
their neighbours and some others; and every rule with each fault made in it. Skipped where the kernel allows no network
namespaces; needs no rights beyond them. ``SAV_FULL=1`` tries the faults in every form.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any

import msgspec
import pytest

from planner.derivation.model import State
from planner.enforcement.device_rules import DeviceRules, Permit, device_rules
from planner.exports.firewall.model import DeviceJob
from planner.exports.firewall.registry import FORMATS
from planner.network.packets import PORTS, SERVICES, Box, everything, one_service, service, without
from planner.network.ranges import ranges, subtract
from planner.plan.addresses import Network
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests.command_line import sample
from tests.firewalls import Mode, filled
from tests.packet_frames import SYN, SYN_ACK, TCP, UDP, Probe
from tests.real_packets import (
    OUTSIDE,
    Rig,
    Seen,
    beyond,
    edges,
    number_of,
    probes_of,
    routes_of,
    running,
    strangers,
    told,
)

pytestmark = pytest.mark.slow

PLAN = read_plan(sample("firewalls")).plan
KINDS = ("nftables", "iptables")
FORMS: list[tuple[Mode, bool]] = list(product(("exclusive", "additive"), (True, False)))
FAULTY_FORMS = FORMS if os.environ.get("SAV_FULL") else [FORMS[0], FORMS[-1]]
"""Each mode and each kind of filter once, or all of them together: the faults are what takes long."""


@cache
def plan_of(mode: Mode, *, stateful: bool) -> tuple[Plan, DeviceRules]:
    plan = filled(PLAN, mode=mode, stateful=stateful)
    return plan, device_rules(plan, plan.topology.devices[0])


class Judge:
    """Expected fate of a packet, from the permits themselves."""

    def __init__(self, plan: Plan, rules: DeviceRules) -> None:
        self._stateful, self._exclusive = rules.device.stateful, rules.device.mode == "exclusive"
        self._sides = [rules.device.interfaces[zone.name] for zone in plan.topology.zones]
        self._governed = {(number_of(protocol), port) for protocol, port in rules.governed}
        self._blocks = {
            (block.in_interface, block.out_interface, number_of(block.deny.protocol), block.port)
            for block in rules.blocks
        }
        self._permits: dict[tuple[str, str, int], list[Permit]] = {}
        for permit in rules.permits:
            sides = (permit.in_interface, permit.out_interface, number_of(permit.protocol))
            self._permits.setdefault(sides, []).append(permit)

    def seen(self, probes: Sequence[Probe]) -> Seen:
        arrived = frozenset(number for number, probe in enumerate(probes) if self._passes(probe))
        return Seen(arrived, frozenset(number for number in arrived if self._is_answered(probes[number])))

    def _is_answered(self, asked: Probe) -> bool:
        if not asked.begins:
            return False
        answer = Probe(asked.to, asked.from_, asked.target, asked.source, asked.protocol, asked.port,
                       asked.source_port, SYN_ACK if asked.protocol == TCP else SYN)  # fmt: skip
        return self._stateful or self._passes(answer)

    def _passes(self, packet: Probe) -> bool:
        sides = (self._sides[packet.from_], self._sides[packet.to])
        if any(self._meant(permit, packet) for permit in self._permits.get((*sides, packet.protocol), ())):
            return True
        if self._exclusive:
            return False
        if not packet.begins and not self._stateful:
            return True
        aim = (packet.protocol, packet.port)
        return not (aim in self._governed or (*sides, *aim) in self._blocks or ("", sides[1], *aim) in self._blocks)

    def _meant(self, permit: Permit, packet: Probe) -> bool:
        return (
            permit.source_ports[0] <= packet.source_port <= permit.source_ports[1]
            and permit.destination_ports[0] <= packet.port <= permit.destination_ports[1]
            and (permit.state == "any" or packet.begins == (permit.state == "new") or packet.protocol == UDP)
            and among(permit.sources, packet.source)
            and among(permit.destinations, packet.target)
        )


@cache
def among(networks: tuple[Any, ...], host: str) -> bool:
    return any(ip_address(host) in network for network in networks)


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    yield from running(routes_of(*plan_of("exclusive", stateful=True)))


def loads_of(plan: Plan, rules: DeviceRules, kind: str) -> list[tuple[str, str]]:
    job = DeviceJob(plan, rules)
    if kind == "nftables":
        return [("nft -f -", "\n".join([*FORMATS["nftables"].writer.write(job), ""]))]
    written = (
        ("iptables", FORMATS["iptables"].writer.write(job)),
        ("ip6tables", FORMATS["ip6tables"].writer.write(job)),
    )
    hook = "{0}-restore --noflush" + (
        "" if rules.device.mode == "exclusive" else "; {0} -C FORWARD -j SAV10 2>/dev/null || {0} -I FORWARD -j SAV10"
    )
    return [(hook.format(program), "\n".join([*lines, ""])) for program, lines in written]


@pytest.mark.parametrize(("mode", "stateful"), FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_exactly_the_planned_flows_are_open(kind: str, mode: Mode, stateful: bool, rig: Rig) -> None:
    plan, rules = plan_of(mode, stateful=stateful)
    probes = probes_of(plan, rules)
    expected = Judge(plan, rules).seen(probes)
    assert len(expected.answered) > 100
    found = rig.seen(loads_of(plan, rules, kind), probes, expected)
    assert told(probes, expected, found) == {}


def swapped(permit: Permit) -> Permit:
    """Returns the permit with the other protocol; UDP has no state that its packets show."""
    protocol = "udp" if permit.protocol == "tcp" else "tcp"
    state: State = "new" if permit.state == "new" else "any"
    return replace(permit, state=state, rule=msgspec.structs.replace(permit.rule, protocol=protocol))


def widened(networks: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(network.supernet() if network.prefixlen else network for network in networks)


FAULTS: dict[str, Any] = {
    "deleted": lambda permit: (),
    "reversed": lambda permit: (
        replace(permit, in_interface=permit.out_interface, out_interface=permit.in_interface,
                sources=permit.destinations, destinations=permit.sources),
    ),
    "widened by a port": lambda permit: (
        replace(permit, destination_ports=(permit.destination_ports[0], min(permit.destination_ports[1] + 1, 65535))),
    ),
    "narrowed to no port but the next": lambda permit: (
        replace(permit, destination_ports=(min(permit.destination_ports[1] + 1, 65535),) * 2),
    ),
    "another protocol": lambda permit: (swapped(permit),),
    "source ports begin later": lambda permit: (
        replace(permit, source_ports=(low := max(permit.source_ports[0], 1023) + 1, max(low, permit.source_ports[1]))),
    ),
    "source ports end later": lambda permit: (
        replace(permit, source_ports=(permit.source_ports[0], min(permit.source_ports[1] + 1, 65535))),
    ),
    "sources widened by a bit": lambda permit: (replace(permit, sources=widened(permit.sources)),),
    "one source forgotten": lambda permit: (
        replace(permit, sources=permit.sources[1:] or permit.sources),
    ),
    "destinations widened by a bit": lambda permit: (replace(permit, destinations=widened(permit.destinations)),),
}  # fmt: skip


def faulty(rules: DeviceRules, places: Sequence[int], how: str) -> DeviceRules:
    """Make a fault in each of these permits."""
    permits: list[Permit] = []
    for place, permit in enumerate(rules.permits):
        permits += FAULTS[how](permit) if place in places else [permit]
    return replace(rules, permits=tuple(permits))


class Around:
    """Packets on both sides of every edge of a permit, either way between its zones."""

    def __init__(self, plan: Plan, rules: DeviceRules) -> None:
        self._zones = {rules.device.interfaces[zone.name]: n for n, zone in enumerate(plan.topology.zones)}
        self._governed = [port for _, port in rules.governed]
        self._strangers = strangers(plan, rules)
        self._networks = [[ip_network(text) for text in zone.networks] for zone in plan.topology.zones]

    def probes(self, permits: Iterable[Permit]) -> list[Probe]:
        """Returns a packet that fits, and that packet with one end or one port moved over each edge."""
        return list(dict.fromkeys(probe for permit in permits for probe in self._of(permit)))

    def _of(self, permit: Permit) -> Iterator[Probe]:
        sources, targets = (
            [host for network in networks for host in beyond(network) if self._lives(host, self._zones[side])]
            for side, networks in ((permit.in_interface, permit.sources), (permit.out_interface, permit.destinations))
        )
        middle = (inside(permit.sources, sources), inside(permit.destinations, targets))
        low, high = permit.destination_ports
        among_them = [port for port in self._governed if low < port < high]
        ports = edges([permit.source_ports]), [*edges([permit.destination_ports]), *among_them]
        centre = (permit.source_ports[1], [low, *among_them][-1])
        cases = [(*middle, sport, port) for sport in ports[0] for port in ports[1]]
        cases += [(source, middle[1], *centre) for source in sources]
        cases += [(middle[0], target, *centre) for target in targets]
        zones = self._zones[permit.in_interface], self._zones[permit.out_interface]
        for source, target, sport, port in cases:
            for protocol, flags in ((TCP, SYN), (TCP, SYN_ACK), (UDP, SYN)):
                yield Probe(*zones, source, target, protocol, sport, port, flags)
                yield Probe(*zones[::-1], target, source, protocol, sport, port, flags)

    def _lives(self, host: str, zone: int) -> bool:
        """Checks whether a packet to this address goes to the zone."""
        if host in self._strangers or host in OUTSIDE.values():
            return self._strangers.get(host, zone) == zone
        fitting = [(network.prefixlen, number) for number, networks in enumerate(self._networks)
                   for network in networks if ip_address(host) in network]  # fmt: skip
        return max(fitting)[1] == zone


def inside(networks: Sequence[Network], hosts: Sequence[str]) -> str:
    return next(host for host in hosts if any(ip_address(host) in network for network in networks))


def box(permit: Permit) -> Box:
    """Returns what a permit says as a set of packets, for the arithmetic."""
    ends = [ranges((int(net.network_address), int(net.broadcast_address)) for net in nets)
            for nets in (permit.sources, permit.destinations)]  # fmt: skip
    return Box(
        family=permit.family, source=ends[0], destination=ends[1], source_port=(permit.source_ports,),
        service=service(permit.protocol, (permit.destination_ports,)),
        state={"new": ((0, 0),), "established": ((1, 1),), "any": ((0, 2),)}[permit.state],
    )  # fmt: skip


def open_anyway(rules: DeviceRules, permit: Permit) -> Iterator[Box]:
    """Returns what an additive device leaves open between the zones of a permit, whatever the plan permits."""
    if rules.device.mode == "exclusive":
        return
    blocks = [block for block in rules.blocks if block.out_interface == permit.out_interface]
    shut = [(protocol, port) for protocol, port in rules.governed]
    shut += [(each.deny.protocol, each.port) for each in blocks if each.in_interface in ("", permit.in_interface)]
    others = SERVICES
    for protocol, port in shut:
        others = subtract(others, one_service(protocol, port))
    yield msgspec.structs.replace(everything(permit.family), service=others)
    if not rules.device.stateful:
        yield msgspec.structs.replace(everything(permit.family), service=PORTS, state=((1, 2),))


def covered(one: Permit, rules: DeviceRules) -> bool:
    """Checks whether every packet of a permit passes by these rules."""
    sides = (one.in_interface, one.out_interface)
    left = [box(one)]
    alike = (box(each) for each in rules.permits if (each.in_interface, each.out_interface) == sides)
    for other in (*alike, *open_anyway(rules, one)):
        left = [rest for own in left for rest in without(own, other)]
    return not left


def rounds(rules: DeviceRules) -> list[list[int]]:
    """Part the permits into rounds, in each of which no two are between the same zones, so that each fault is alone."""
    found: list[dict[frozenset[str], int]] = []
    for place, permit in enumerate(rules.permits):
        sides = frozenset((permit.in_interface, permit.out_interface))
        for each in found:
            if sides not in each:
                each[sides] = place
                break
        else:
            found.append({sides: place})
    return [list(each.values()) for each in found]


@pytest.mark.parametrize(("mode", "stateful"), FAULTY_FORMS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", FAULTS)
def test_a_fault_in_any_rule_is_found(kind: str, how: str, mode: Mode, stateful: bool, rig: Rig) -> None:
    """Each rule has the fault once; where packets go as before all the same, arithmetic on sets of packets says so."""
    plan, rules = plan_of(mode, stateful=stateful)
    around, right = Around(plan, rules), Judge(plan, rules)
    seen = 0
    for places in rounds(rules):
        broken = faulty(rules, places, how)
        wrong = Judge(plan, broken)
        probes: list[Probe] = []
        owners: list[int] = []
        for place in places:
            near = around.probes([rules.permits[place], *FAULTS[how](rules.permits[place])])
            before, after = right.seen(near), wrong.seen(near)
            telling = [number for number in range(len(near)) if is_told(before, number) != is_told(after, number)]
            if not telling:
                assert is_no_fault(rules, place, how), (rules.permits[place], how)
                continue
            plain = [number for number in range(0, len(near), max(len(near) // 24, 1)) if number not in telling]
            chosen = [near[number] for number in (*telling[:: max(len(telling) // 12, 1)], *plain)]
            probes += chosen
            owners += [place] * len(chosen)
        expected, intended = wrong.seen(probes), right.seen(probes)
        found = rig.seen(loads_of(plan, broken, kind), probes, expected, replaces=seen > 0)
        assert told(probes, expected, found) == {}
        differs = [number for number in range(len(probes)) if is_told(found, number) != is_told(intended, number)]
        assert {owners[number] for number in differs} == set(owners)
        seen += len(differs)
    assert seen or (mode, how) == ("additive", "widened by a port"), "no port of the product lies beside another"


def is_told(seen: Seen, number: int) -> tuple[bool, bool]:
    return number in seen.arrived, number in seen.answered


def is_no_fault(rules: DeviceRules, place: int, how: str) -> bool:
    """Checks whether the same packets pass with the fault as without it."""
    permit, broken = rules.permits[place], faulty(rules, [place], how)
    return covered(permit, broken) and all(covered(each, rules) for each in FAULTS[how](permit))
