"""Plans with everything that a firewall export needs, and the permits of one written out pair by pair."""

import subprocess
from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from planner.catalogue.loader import load_catalogue
from planner.derivation.zones import effective_zones
from planner.enforcement.device_rules import Permit
from planner.enforcement.vendors import Vendor
from planner.plan.plan import Plan
from planner.plan.topology import Device, Topology, Zone

SIDES: dict[Vendor, str] = {
    "linux": "eth{}",
    "cisco-ios": "GigabitEthernet0/{}",
    "cisco-nxos": "Ethernet1/{}",
    "cisco-asa": "side{}",
    "juniper-srx": "side{}",
    "paloalto": "side{}",
}
STATELESS = ("cisco-ios", "cisco-nxos")

Mode = Literal["exclusive", "additive"]


def filled(plan: Plan, vendor: Vendor = "linux", mode: Mode = "exclusive", *, stateful: bool | None = None) -> Plan:
    """Returns the plan with addresses for zones that have none, and one device between all of them."""
    zones = tuple(
        _with_networks(zone, number) for number, zone in enumerate(effective_zones(plan.topology, load_catalogue()))
    )
    device = Device(
        name="fw",
        vendor=vendor,
        stateful=vendor not in STATELESS if stateful is None else stateful,
        mode=mode,
        interfaces={zone.name: SIDES[vendor].format(number) for number, zone in enumerate(zones)},
    )
    topology = Topology(answers=plan.topology.answers, zones=zones, devices=(device,))
    return msgspec.structs.replace(plan, topology=topology)


def _with_networks(zone: Zone, number: int) -> Zone:
    if zone.networks:
        return zone
    if "internet" in zone.roles:
        return msgspec.structs.replace(zone, networks=("0.0.0.0/0", "::/0"))
    own = (f"10.{number // 250}.{number % 250}.0/24", f"2001:db8:{number:x}::/64")
    return msgspec.structs.replace(zone, networks=own)


class Line(NamedTuple):
    """One source and one destination of a permit, as any reader can give it back."""

    in_interface: str
    out_interface: str
    source: str
    destination: str
    protocol: str
    source_ports: tuple[int, int]
    destination_ports: tuple[int, int]
    state: str
    marker: str


def lines_of(permits: Iterable[Permit]) -> set[Line]:
    """Write permits out, source by source and destination by destination."""
    return {
        Line(
            permit.in_interface,
            permit.out_interface,
            str(source),
            str(destination),
            permit.protocol,
            permit.source_ports,
            permit.destination_ports,
            permit.state,
            permit.marker,
        )
        for permit in permits
        for source in permit.sources
        for destination in permit.destinations
    }


def in_a_network_of_its_own(script: str, text: str = "") -> str:
    """Run a shell script in a fresh network namespace, with this text as its input, and give what it prints."""
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-ec", script], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[:2000]
    return done.stdout
