"""Real packets through the kernel's own firewall: what our nftables and iptables let pass is what the plan says.

For every pair of zones, TCP and UDP in both directions, from ports around each source range to the product's ports,
their neighbours and some others. Skipped where the kernel allows no network namespaces; needs no rights beyond them.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Any, NamedTuple

import pytest

from planner.core.firewall import DeviceRules, Permit, device_rules
from planner.core.plan import Plan
from planner.core.planned import zone_addresses
from planner.exports.firewall import iptables, nftables
from planner.exports.firewall.job import DeviceJob
from planner.storage.plan_files import read_plan
from tests.commands import ROOT, sample
from tests.firewalls import Mode, filled
from tests.packet_rig import TCP, UDP, Probe

PLAN = read_plan(sample("firewalls")).plan
OTHERS = ((TCP, 22), (TCP, 443), (UDP, 53))
SOURCE_PORTS = (1023, 1024, 2967, 4999, 5000, 5001)


class Host(NamedTuple):
    """A host that is asked: in which zone by number, its address, and its zone's side of the device."""

    zone: int
    address: str
    interface: str


def plan_of(mode: Mode, *, stateful: bool) -> Plan:
    return filled(PLAN, mode=mode, stateful=stateful)


def hosts_of(plan: Plan) -> list[Host]:
    """Give for each zone and address family one host that the plan names, and one that it does not."""
    device = plan.topology.devices[0]
    found = []
    places = zone_addresses(plan, tuple(device.interfaces))
    for number, zone in enumerate(plan.topology.zones):
        named = [host for hosts in zone.hosts.values() for host in hosts[:1] + hosts[-1:]]
        for family, make in ((4, 4), (6, 6)):
            listed = [host for host in named if ip_address(host).version == make]
            ranges_ = places[zone.name].get(family, ())  # type: ignore[call-overload]
            if "internet" in zone.roles:
                listed = ["198.18.0.9" if family == 4 else "2001:db8:ffff::9"]
            elif ranges_:
                unnamed = str(ip_address(max(ranges_, key=lambda span: span[1] - span[0])[1] - 3))
                listed = [listed[0] if listed else str(ip_address(ranges_[0][0] + 7)), unnamed]
            found += [Host(number, host, device.interfaces[zone.name]) for host in dict.fromkeys(listed)]
    return found


def probes_of(plan: Plan, *, whole: bool) -> list[Probe]:
    """Give every packet to ask for; not ``whole``: between the first hosts alone, as a fault in a rule needs."""
    rules = device_rules(plan, plan.topology.devices[0])
    own = {(TCP if p.protocol == "tcp" else UDP, p.destination_ports[0]) for p in rules.permits if not p.rule.is_return}
    own |= {(TCP if protocol == "tcp" else UDP, port) for protocol, port in rules.governed}
    aimed = sorted({(protocol, port + step) for protocol, port in own for step in (-1, 0, 1)} | set(OTHERS))
    hosts = hosts_of(plan)
    if not whole:
        first: dict[tuple[int, bool], Host] = {}
        for host in hosts:
            first.setdefault((host.zone, ":" in host.address), host)
        hosts = list(first.values())
    return [
        Probe(source.zone, target.zone, source.address, target.address, protocol, source_port, port)
        for source in hosts
        for target in hosts
        if source.zone != target.zone and (":" in source.address) == (":" in target.address)
        for protocol, port in aimed
        for source_port in SOURCE_PORTS
    ]


class Judge:
    """Says what has to be open, packet by packet, from the permits themselves."""

    def __init__(self, plan: Plan, rules: DeviceRules) -> None:
        self._rules = rules
        self._sides = [rules.device.interfaces[zone.name] for zone in plan.topology.zones]
        self._governed = {(TCP if protocol == "tcp" else UDP, port) for protocol, port in rules.governed}
        self._known: dict[tuple[Any, ...], bool] = {}
        self._permits: dict[tuple[str, str, int], list[Permit]] = {}
        for permit in rules.permits:
            protocol = TCP if permit.protocol == "tcp" else UDP
            self._permits.setdefault((permit.in_interface, permit.out_interface, protocol), []).append(permit)
        self._inside: dict[tuple[int, str], bool] = {}

    def open(self, probe: Probe) -> bool:
        back = Probe(probe.to, probe.from_, probe.target, probe.source, probe.protocol, probe.port, probe.source_port)
        return self._passes(probe, first=True) and (self._rules.device.stateful or self._passes(back, first=False))

    def _passes(self, packet: Probe, *, first: bool) -> bool:
        if any(self._meant(permit, packet, first) for permit in self._permits_for(packet)):
            return True
        if self._rules.device.mode == "exclusive" or (packet.protocol, packet.port) in self._governed:
            return False
        sides = (self._sides[packet.from_], self._sides[packet.to])
        return not any(
            block.port == packet.port
            and block.deny.protocol == ("tcp" if packet.protocol == TCP else "udp")
            and (block.in_interface or sides[0], block.out_interface) == sides
            for block in self._rules.blocks
        )

    def _permits_for(self, packet: Probe) -> Sequence[Permit]:
        return self._permits.get((self._sides[packet.from_], self._sides[packet.to], packet.protocol), ())

    def _meant(self, permit: Permit, packet: Probe, first: bool) -> bool:
        return (
            permit.source_ports[0] <= packet.source_port <= permit.source_ports[1]
            and permit.destination_ports[0] <= packet.port <= permit.destination_ports[1]
            and not (first and permit.state == "established" and packet.protocol == TCP)
            and self._among(permit.sources, packet.source)
            and self._among(permit.destinations, packet.target)
        )

    def _among(self, networks: Sequence[Any], host: str) -> bool:
        asked = (id(networks), host)
        if asked not in self._inside:
            self._inside[asked] = any(ip_address(host) in network for network in networks)
        return self._inside[asked]


class Rig:
    """The rig in a process of its own."""

    def __init__(self, plan: Plan) -> None:
        device = plan.topology.devices[0]
        hosts = hosts_of(plan)
        zones = [
            {
                "interface": device.interfaces[zone.name],
                "networks": [text for text in zone.networks if not text.endswith("/0")]
                + [{"0.0.0.0/0": "default", "::/0": "::/0"}[text] for text in zone.networks if text.endswith("/0")],
                "hosts": [host.address for host in hosts if host.zone == number],
            }
            for number, zone in enumerate(plan.topology.zones)
        ]
        try:
            self._process = subprocess.Popen(
                ["unshare", "-rn", sys.executable, "-m", "tests.packet_rig"],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        except FileNotFoundError:
            pytest.skip("needs unshare")
        said = self._ask(zones) if self._process.poll() is None else ""
        if said.strip() != "ready":
            self._process.kill()
            error = self._process.communicate()[1].strip()
            forbidden = ("Operation not permitted", "unshare failed", "No such file or directory: 'ip'", "not found")
            if any(reason in error for reason in forbidden):
                pytest.skip(f"no network namespaces here: {error.splitlines()[-1]}")
            raise AssertionError(error)

    def _ask(self, content: Any) -> str:
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("no pipe to the rig")
        try:
            self._process.stdin.write(json.dumps(content) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return ""
        return self._process.stdout.readline()

    def opened(self, load: Sequence[tuple[str, str]], probes: Sequence[Probe], expected: Sequence[int]) -> set[int]:
        """Load rules, send probes, and give the numbers of those that were answered."""
        found = json.loads(self._ask({"load": load, "probes": probes, "expected": expected}))
        assert "error" not in found, found
        return set(found["open"])

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    made = Rig(plan_of("exclusive", stateful=True))
    yield made
    made.close()


def text_of(lines: Sequence[str]) -> str:
    return "\n".join([*lines, ""])


def loads_of(plan: Plan, rules: DeviceRules, kind: str) -> list[tuple[str, str]]:
    job = DeviceJob(plan, rules)
    if kind == "nftables":
        return [("nft -f -", text_of(nftables.write(job)))]
    written = (("iptables", iptables.write_v4(job)), ("ip6tables", iptables.write_v6(job)))
    hook = "{0}-restore --noflush && ({0} -C FORWARD -j SAV10 2>/dev/null || {0} -I FORWARD -j SAV10)"
    return [(hook.format(program), text_of(lines)) for program, lines in written]


def told(probes: Sequence[Probe], numbers: set[int]) -> list[Probe]:
    return [probes[number] for number in sorted(numbers)[:5]]


KINDS = ("nftables", "iptables")
CASES: list[tuple[str, Mode, bool]] = [
    (kind, mode, stateful) for kind in KINDS for mode in ("exclusive", "additive") for stateful in (True, False)
]


@pytest.mark.parametrize(("kind", "mode", "stateful"), CASES)
def test_exactly_the_planned_flows_are_open(kind: str, mode: Mode, stateful: bool, rig: Rig) -> None:
    plan = plan_of(mode, stateful=stateful)
    rules = device_rules(plan, plan.topology.devices[0])
    probes = probes_of(plan, whole=True)
    judge = Judge(plan, rules)
    expected = {number for number, probe in enumerate(probes) if judge.open(probe)}
    assert len(expected) > 100
    found = rig.opened(loads_of(plan, rules, kind), probes, sorted(expected))
    assert (told(probes, found - expected), told(probes, expected - found)) == ([], [])


def mutations(permit: Permit) -> dict[str, list[Permit]]:
    """Give what may go wrong with a permit, as the permits that then stand in its place."""
    low, high = permit.destination_ports
    first, last = permit.source_ports
    other = "udp" if permit.protocol == "tcp" else "tcp"
    import msgspec

    return {
        "deleted": [],
        "reversed": [
            replace(
                permit, in_interface=permit.out_interface, out_interface=permit.in_interface,
                sources=permit.destinations, destinations=permit.sources,
            )
        ],
        "widened by one port": [replace(permit, destination_ports=(low, high + 1))],
        "another protocol": [replace(permit, rule=msgspec.structs.replace(permit.rule, protocol=other))],
        "source ports begin later": [replace(permit, source_ports=(max(first, 1024) + 1, last))],
        "source ports end later": [replace(permit, source_ports=(first, min(last + 1, 65535)))],
    }  # fmt: skip


MUTATED = ("deleted", "reversed", "widened by one port", "another protocol", "source ports begin later",
           "source ports end later")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", MUTATED)
def test_a_fault_in_any_rule_is_found(kind: str, how: str, rig: Rig) -> None:
    plan = plan_of("exclusive", stateful=True)
    rules = device_rules(plan, plan.topology.devices[0])
    probes = probes_of(plan, whole=False)
    right = {number for number, probe in enumerate(probes) if Judge(plan, rules).open(probe)}
    faults = 0
    for place in range(MUTATED.index(how) % 3, len(rules.permits), 8):
        permits = rules.permits
        faulty = replace(rules, permits=(*permits[:place], *mutations(permits[place])[how], *permits[place + 1 :]))
        judge = Judge(plan, faulty)
        expected = {number for number, probe in enumerate(probes) if judge.open(probe)}
        if expected == right:
            # What is changed is opened by another rule as well, or has no port beyond it: no packet can tell.
            continue
        faults += 1
        found = rig.opened(loads_of(plan, faulty, kind), probes, sorted(expected))
        assert found != right
        assert (told(probes, found - expected), told(probes, expected - found)) == ([], [])
    assert faults
