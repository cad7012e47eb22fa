"""Real packets at hosts: what our nftables and iptables for a Linux host let in is what the plan says, and no answer to
anything that the host itself began is lost.

For the hosts of each role of each zone, from every zone, their own too. The router of the rig is the host.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address

import pytest

from planner.catalogue.answers import RoleId
from planner.enforcement.device_rules import HostRules, Permit, device_rules, host_classes, host_rules
from planner.exports.firewall.model import HostJob
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests.command_line import sample
from tests.firewalls import filled
from tests.packet_frames import HOST, SYN, SYN_ACK, TCP, Probe
from tests.real_packets import Place, Rig, Seen, aims, edges, hosts_of, number_of, routes_of, running, same_family, told

pytestmark = pytest.mark.slow

PLAN: Plan = filled(read_plan(sample("firewalls")).plan)
CLASSES = host_classes(PLAN)
KINDS = ("nftables", "iptables")
ROLE: RoleId = "server"


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    yield from running(routes_of(PLAN, device_rules(PLAN, PLAN.topology.devices[0])))


def addresses_of(zone: str, role: RoleId) -> list[str]:
    """Returns one address of each family that hosts of the role have."""
    known = next(each for each in PLAN.topology.zones if each.name == zone)
    number = PLAN.topology.zones.index(known)
    named = known.hosts.get(role) or [host.address for host in hosts_of(PLAN) if host.zone == number]
    return list({ip_address(host).version: host for host in named}.values())


def among(networks: Sequence[object], host: str) -> bool:
    return any(ip_address(host) in network for network in networks)  # type: ignore[operator]


def comes_in(rules: HostRules, probe: Probe) -> bool:
    """Checks whether the host lets a packet in: one that is planned, or to a port that is not the product's."""
    planned = any(
        number_of(permit.protocol) == probe.protocol
        and permit.source_ports[0] <= probe.source_port <= permit.source_ports[1]
        and permit.destination_ports[0] <= probe.port <= permit.destination_ports[1]
        and among(permit.sources, probe.source)
        and among(permit.destinations, probe.target)
        for permit in rules.inbound
    )
    governed = {(number_of(protocol), port) for protocol, port in rules.governed}
    return (planned and probe.begins) or (probe.protocol, probe.port) not in governed


def probes_of(rules: HostRules, own: Sequence[str], peers: Sequence[Place]) -> list[Probe]:
    """Returns packets to the host from everywhere, and connections of its own, from its ports and others."""
    aimed = aims(rules.inbound, rules.governed)
    sources = sorted({*edges(permit.source_ports for permit in rules.inbound), 1024, 2967} - {1, 65535})
    ends = [(peer, host) for peer in peers for host in own
            if same_family(peer.address, host) and peer.address not in own]  # fmt: skip
    inward = [
        Probe(peer.zone, HOST, peer.address, host, protocol, source, port, flags)
        for peer, host in ends
        for protocol, port in aimed
        for source in sources
        for flags in ((SYN, SYN_ACK) if protocol == TCP else (SYN,))
    ]
    outward = [
        Probe(HOST, peer.zone, host, peer.address, protocol, port, aim)
        for peer, host in ends
        for protocol, port in aimed
        for aim in (53, 443, 2967)
    ]
    return inward + outward


def expected_of(rules: HostRules, probes: Sequence[Probe]) -> Seen:
    arrived = frozenset(number for number, probe in enumerate(probes) if probe.from_ == HOST or comes_in(rules, probe))
    return Seen(arrived, frozenset(number for number in arrived if probes[number].begins))


def loads_of(rules: HostRules, kind: str) -> list[tuple[str, str]]:
    job = HostJob(PLAN, rules)
    if kind == "nftables":
        return [("nft -f -", "\n".join([*FORMATS["nftables-host"].writer.write(job), ""]))]
    hook = "{0}-restore --noflush; {0} -C INPUT -j SAV10-IN 2>/dev/null || {0} -I INPUT -j SAV10-IN"
    written = (
        ("iptables", FORMATS["iptables-host"].writer.write(job)),
        ("ip6tables", FORMATS["ip6tables-host"].writer.write(job)),
    )
    return [(hook.format(program), "\n".join([*lines, ""])) for program, lines in written]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("zone", "role"), CLASSES)
def test_a_host_lets_in_what_is_planned_and_loses_no_answer(zone: str, role: RoleId, kind: str, rig: Rig) -> None:
    rules, own = host_rules(PLAN, zone, (role,)), addresses_of(zone, role)
    probes = probes_of(rules, own, hosts_of(PLAN))
    expected = expected_of(rules, probes)
    if rules.governed:
        assert 0 < len(expected.arrived) < len(probes)
    found = rig.seen(loads_of(rules, kind), probes, expected, host=own)
    assert told(probes, expected, found) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_of_a_host_that_is_missing_is_found(kind: str, rig: Rig) -> None:
    zone, role = "servers", ROLE
    rules, own = host_rules(PLAN, zone, (role,)), addresses_of(zone, role)
    every = probes_of(rules, own, hosts_of(PLAN))
    right = expected_of(rules, every)
    found_out = 0
    for place, permit in enumerate(rules.inbound):
        broken = replace(rules, inbound=(*rules.inbound[:place], *rules.inbound[place + 1 :]))
        lost = sorted(right.arrived - expected_of(broken, every).arrived)
        if not lost:
            service = (permit.protocol, permit.destination_ports[0])
            assert is_doubled(permit, broken.inbound) or service not in rules.governed
            continue
        probes = [every[number] for number in (*lost[:20], *range(0, len(every), len(every) // 40))]
        wrong = expected_of(broken, probes)
        found = rig.seen(loads_of(broken, kind), probes, wrong, host=own)
        assert told(probes, wrong, found) == {}
        assert found != expected_of(rules, probes)
        found_out += 1
    assert found_out


def is_doubled(permit: Permit, others: Sequence[Permit]) -> bool:
    """Checks whether other rules permit the same to the host."""
    return any(
        (other.protocol, other.destination_ports, other.family)
        == (permit.protocol, permit.destination_ports, permit.family)
        and set(permit.sources) <= set(other.sources)
        for other in others
    )
