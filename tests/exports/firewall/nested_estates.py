"""Estates whose zones lie within, across and beside each other, share interfaces and bear awkward names."""

import random

from planner.plan.plan import Plan
from planner.plan.topology import Device, Topology, Zone
from tests.estates import estate
from tests.firewalls import Mode

NETWORKS = (
    "10.0.0.0/8", "10.0.0.0/14", "10.1.0.0/16", "10.1.1.0/24", "10.1.1.128/25", "10.2.0.0/16", "172.16.0.0/12",
    "172.16.5.0/24", "192.0.2.0/25", "192.0.2.128/25", "198.51.100.0/24", "203.0.113.0/24", "0.0.0.0/0",
    "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:1::/64", "2001:db8:2::/48",
)  # fmt: skip
SIDES = {
    "linux": ("eth0", "eth0.1", "eth0-1", "eth0_1", "wan", "br-lan", "ppp0", "a@b"),
    "cisco-ios": ("Gi0/1", "Gi0/1.1", "Gi0/1/1", "GigabitEthernet0/1", "Vlan10", "Vlan 10", "Te1/0/1", "Serial0/0:1"),
    "cisco-nxos": ("Eth1/1", "Ethernet1/1", "Eth1/11", "Eth1/1.1", "Vlan1", "Vlan11", "mgmt0", "port-channel1"),
    "cisco-asa": ("in_side", "in-side", "in.side", "inside", "INSIDE", "out", "dmz_1", "dmz-1"),
}
NAMES = ("servers", "clients", "branches", "plant", "SAV10", "everything", "permit", "a b", "Zürich", "x" * 40)
ROLES = ("server", "console", "client", "netware", "quarantine", "roaming-client", "legacy-client")


def made(seed: int, vendor: str) -> Plan:
    """Return the estate of this number for a device of this vendor; equal numbers are equal estates."""
    draw = random.Random(seed)  # noqa: S311  # estates, not secrets
    count = draw.randint(2, 5)
    names = draw.sample(NAMES, count)
    zones: list[Zone] = []
    pool = draw.sample(NETWORKS, len(NETWORKS))
    for number, name in enumerate(names):
        roles = {"server", "console"} if number == 0 else {"client"} if number == 1 else set(draw.sample(ROLES, 1))
        networks = tuple(pool.pop() for _ in range(draw.randint(1, 3)))
        if draw.random() < 0.6:
            networks = tuple(network for network in networks if ":" not in network) or ("192.0.2.0/25",)
        networks = networks if draw.random() < 0.95 else (draw.choice(NETWORKS),)
        hosts: dict[str, tuple[str, ...]] = {}
        if draw.random() < 0.3:
            base = next((network for network in networks if ":" not in network), "")
            if base and not base.startswith("0."):
                hosts = {sorted(roles)[0]: (base.rpartition(".")[0] + f".{draw.randint(129, 140)}",)}
        zones.append(Zone(name=name, roles=tuple(sorted(roles)), networks=networks, hosts=hosts))  # type: ignore[arg-type]
    if draw.random() < 0.5:
        zones.append(Zone(name="internet", roles=("internet",), networks=draw.choice(((), ("0.0.0.0/0",)))))
    sides = SIDES[vendor]
    shared = draw.random() < 0.3
    chosen = draw.sample(sides, len(zones))
    if shared:
        chosen[-1] = chosen[0]
    stateful = vendor == "cisco-asa" or (vendor == "linux" and draw.random() < 0.5)
    mode: Mode = "exclusive" if vendor == "cisco-asa" or draw.random() < 0.5 else "additive"
    device = Device(name="fw", vendor=vendor, stateful=stateful, mode=mode,
                    interfaces=dict(zip((zone.name for zone in zones), chosen, strict=True)))  # fmt: skip
    present = {role for zone in zones for role in zone.roles}
    plan = estate(
        *zones, servers=sum("server" in zone.roles for zone in zones) + 1, clients="client" in present,
        netware_servers=int("netware" in present), central_quarantine="quarantine" in present,
        roaming_clients="roaming-client" in present, legacy_clients="legacy-client" in present,
        rollout=("clients",) if draw.random() < 0.3 else (), boundary="stateful" if stateful else "stateless",
    )  # fmt: skip
    return Plan(topology=Topology(answers=plan.topology.answers, zones=plan.topology.zones, devices=(device,)))
