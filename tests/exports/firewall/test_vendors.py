"""Cisco, Juniper and Palo Alto: what an independent parser reads is what the plan permits, line by line and packet
by packet."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any, NamedTuple

import pytest

from planner.enforcement.device_rules import DeviceRules, device_rules
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests import vendor_readers as readers
from tests.command_line import SAMPLES
from tests.firewalls import Line, Mode, filled, lines_of
from tests.vendor_readers import Entry

for module in ("aerleon", "cisco_acl", "confgraph", "panos"):
    pytest.importorskip(module)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:confgraph")

PLANS = {path.stem: read_plan(str(path)).plan for path in SAMPLES}

READERS: dict[str, Callable[[str], list[Entry]]] = {
    "cisco-ios": lambda text: readers.read_cisco(text, "ios"),
    "cisco-nxos": lambda text: [*readers.read_cisco_acl(text, "nxos"), *readers.read_cisco(text, "ipv6")],
    "cisco-asa": readers.read_asa,
    "juniper-srx": readers.read_srx,
    "paloalto": readers.read_paloalto,
}
needs_fwbuilder = pytest.mark.skipif(not shutil.which("fwbedit"), reason="needs Firewall Builder")
CASES = [
    pytest.param(name, vendor, mode, marks=needs_fwbuilder if vendor == "cisco-asa" else ())
    for name in PLANS
    for vendor in READERS
    for mode in ("exclusive", "additive")
    if (vendor, mode) != ("cisco-asa", "additive")
]


def export(plan: Plan, name: str, **asked: Any) -> str:
    return write_rules(plan, FORMATS[name], ExportRequest(**asked)).text


class Packet(NamedTuple):
    """The first packet of a connection, or with ``answers`` one that claims to belong to one."""

    in_interface: str
    out_interface: str
    protocol: str
    source: str
    destination: str
    source_port: int
    destination_port: int
    answers: bool


def passes(entries: Iterable[Entry], packet: Packet) -> bool:
    """Go through the entries as the device does: the first that fits decides."""
    for entry in entries:
        if (
            entry.in_interface in ("", packet.in_interface)
            and entry.out_interface in ("", packet.out_interface)
            and entry.protocol in ("ip", packet.protocol)
            and entry.source_ports[0] <= packet.source_port <= entry.source_ports[1]
            and entry.destination_ports[0] <= packet.destination_port <= entry.destination_ports[1]
            and (packet.answers or not entry.established)
            and _within(packet.source, entry.source)
            and _within(packet.destination, entry.destination)
        ):
            return entry.permits
    return False


@cache
def _within(address: str, network: str) -> bool:
    return network == "any" or ip_address(address) in ip_network(network)


def planned(rules: DeviceRules, packet: Packet) -> bool:
    return any(
        (permit.in_interface, permit.out_interface) == (packet.in_interface, packet.out_interface)
        and permit.protocol == packet.protocol
        and permit.source_ports[0] <= packet.source_port <= permit.source_ports[1]
        and permit.destination_ports[0] <= packet.destination_port <= permit.destination_ports[1]
        and any(_within(packet.source, str(network)) for network in permit.sources)
        and any(_within(packet.destination, str(network)) for network in permit.destinations)
        and (packet.answers or permit.state != "established")
        for permit in rules.permits
    )


def packets(rules: DeviceRules, families: Iterable[int]) -> Iterator[Packet]:
    """Returns packets between all zones, on every port of the plan and its neighbours, from hosts in and out of it."""
    ends = sorted({port for permit in rules.permits for port in permit.destination_ports if port < 65535})
    ports = sorted({near for port in ends for near in (port - 1, port, port + 1)} - {0})[:24]
    for (one, here), (other, there) in product(rules.zones.items(), repeat=2):
        sides = rules.device.interfaces[one], rules.device.interfaces[other]
        if sides[0] == sides[1]:
            continue
        for family in families:
            for source, destination in zip(_hosts(rules, one, family), _hosts(rules, other, family), strict=False):
                for protocol, dport, sport in product(("tcp", "udp"), ports, (1023, 1024, 2967, 5000, 38293)):
                    for answers in (False, True):
                        yield Packet(*sides, protocol, source, destination, sport, dport, answers)
        assert here is not there


def _hosts(rules: DeviceRules, zone: str, family: int) -> list[str]:
    """Returns a host the plan names in the zone, and one that it does not."""
    side = rules.device.interfaces[zone]
    named = [net for permit in rules.permits if permit.in_interface == side for net in permit.sources]
    named = [net for net in named if net.version == family]
    outside = {4: "203.0.113.200", 6: "2001:db8:ffff::200"}[family]
    if any(net.prefixlen == 0 for net in rules.zones[zone].v4):
        return [outside, outside]
    whole = rules.zones[zone].v4 if family == 4 else rules.zones[zone].v6
    return [*(str(net.network_address + (net.num_addresses > 1)) for net in named[:1]),
            *(str(net.broadcast_address - (net.num_addresses > 1)) for net in whole[:1])]  # fmt: skip


@pytest.mark.parametrize(("name", "vendor", "mode"), CASES)
def test_what_is_read_back_is_what_the_plan_permits(name: str, vendor: Any, mode: Mode) -> None:
    plan = filled(PLANS[name], vendor, mode)
    rules = device_rules(plan, plan.topology.devices[0])
    entries = READERS[vendor](export(plan, vendor))
    families = FORMATS[vendor].families
    wanted = lines_of(permit for permit in rules.permits if permit.family in families)
    by_interface = vendor.startswith("cisco")
    read = {
        Line(
            entry.in_interface, entry.out_interface, entry.source, entry.destination, entry.protocol,
            entry.source_ports, entry.destination_ports,
            "established" if entry.established else "any" if not rules.device.stateful else "new", entry.marker,
        )
        for entry in entries
        if entry.permits and entry.marker != "SAV10"
    }  # fmt: skip
    assert read == {line._replace(out_interface="") if by_interface else line for line in wanted}
    governed = set(rules.governed)
    for packet in list(packets(rules, families))[:: 3 if name == "dual-stack" else 11]:
        if mode == "exclusive" or (packet.protocol, packet.destination_port) in governed:
            others = mode == "additive" and not rules.device.stateful and packet.answers and packet.protocol == "tcp"
            assert passes(entries, packet) == (others or planned(rules, packet)), packet


@pytest.mark.parametrize("name", PLANS)
def test_two_readers_of_cisco_lists_agree(name: str) -> None:
    text = export(filled(PLANS[name], "cisco-ios"), "cisco-ios")
    v4 = [entry for entry in readers.read_cisco(text, "ios") if ":" not in entry.source + entry.destination]
    assert readers.read_cisco_acl(text, "ios") == v4
