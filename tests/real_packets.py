"""Probes with real packets: the hosts, the ports from and to, and the rig that sends them."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any, NamedTuple

import pytest

from planner.audit.expected import zone_addresses
from planner.enforcement.device_rules import DeviceRules, Permit
from planner.plan.addresses import Network
from planner.plan.plan import Plan
from tests.command_line import ROOT
from tests.packet_frames import SYN, SYN_ACK, TCP, UDP, Probe

OTHERS = ((TCP, 22), (TCP, 443), (UDP, 53))
"""Ports that are nobody's business here."""

OUTSIDE = {4: "198.18.0.9", 6: "2001:db8:ffff::9"}
Span = tuple[int, int]


class Place(NamedTuple):
    """A host that is asked: in which zone by number, its address, and its zone's side of the device."""

    zone: int
    address: str
    interface: str


def hosts_of(plan: Plan) -> list[Place]:
    """Returns for each zone and address family: hosts that the plan names, and one that it does not."""
    device = plan.topology.devices[0]
    found = []
    places = zone_addresses(plan, tuple(device.interfaces))
    for number, zone in enumerate(plan.topology.zones):
        for family in (4, 6):
            kinds = [[host for host in hosts if ip_address(host).version == family] for hosts in zone.hosts.values()]
            listed = [host for hosts in kinds for host in hosts[:1] + hosts[-1:]]
            ranges_ = places[zone.name].get(family, ())
            if "internet" in zone.roles:
                listed = [OUTSIDE[family]]
            elif ranges_:
                last = max(ranges_, key=lambda span: span[1] - span[0])[1]
                listed = [*(listed or [str(ip_address(ranges_[0][0] + 7))]), str(ip_address(last - 3))]
            found += [Place(number, host, device.interfaces[zone.name]) for host in dict.fromkeys(listed)]
    return found


def beyond(network: Network) -> Iterator[str]:
    """Returns the first and the last address of a network, and those next to them."""
    if not network.prefixlen:
        yield OUTSIDE[network.version]
        return
    first, last = int(network.network_address), int(network.broadcast_address)
    yield from dict.fromkeys(str(ip_address(number)) for number in (first - 1, first, last, last + 1))


def strangers(plan: Plan, rules: DeviceRules) -> dict[str, int]:
    """Returns addresses beside those of permits that no zone has, each with the zone that it is put in."""
    sides = {rules.device.interfaces[zone.name]: number for number, zone in enumerate(plan.topology.zones)}
    every = [ip_network(text) for zone in plan.topology.zones for text in zone.networks if not text.endswith("/0")]
    found: dict[str, int] = {}
    for permit in rules.permits:
        for side, networks in ((permit.in_interface, permit.sources), (permit.out_interface, permit.destinations)):
            for host in (each for network in networks if network.prefixlen for each in beyond(network)):
                if not any(ip_address(host) in network for network in every):
                    found.setdefault(host, sides[side])
    return found


def routes_of(plan: Plan, rules: DeviceRules) -> list[dict[str, Any]]:
    """Returns the zones as the rig takes them."""
    added = strangers(plan, rules)
    return [
        {
            "interface": rules.device.interfaces[zone.name],
            "networks": [*zone.networks, *(host for host, home in added.items() if home == number)],
        }
        for number, zone in enumerate(plan.topology.zones)
    ]


def edges(spans: Iterable[Span]) -> list[int]:
    """Returns the ends of port spans and their neighbours: between two of these nothing changes."""
    near = {port + step for span in spans for port, step in ((span[0], -1), (span[0], 0), (span[1], 0), (span[1], 1))}
    return sorted(port for port in near if 0 < port < 65536)


def aims(permits: Iterable[Permit], governed: Iterable[tuple[str, int]]) -> list[tuple[int, int]]:
    """Returns protocols and ports to aim at: what is listened on, its neighbours, and some others."""
    own = {(number_of(p.protocol), p.destination_ports) for p in permits if not p.rule.is_return}
    own |= {(number_of(protocol), (port, port)) for protocol, port in governed}
    return sorted({(protocol, port) for protocol, span in own for port in edges([span])} | set(OTHERS))


def number_of(protocol: str) -> int:
    return TCP if protocol == "tcp" else UDP


def same_family(one: str, other: str) -> bool:
    return (":" in one) == (":" in other)


def probes_of(plan: Plan, rules: DeviceRules) -> list[Probe]:
    """Returns every packet to send: those that begin something and those that claim to answer, both ways."""
    hosts, aimed = hosts_of(plan), aims(rules.permits, rules.governed)
    homes = {(home, ":" in host): host for host, home in strangers(plan, rules).items()}
    sides = [rules.device.interfaces[zone.name] for zone in plan.topology.zones]
    hosts += [Place(home, host, sides[home]) for (home, _), host in homes.items()]
    sources = edges(permit.source_ports for permit in rules.permits if not permit.rule.is_return)
    sources = sorted({*sources, 2967} - {1, 65535})
    firsts = {(host.zone, ":" in host.address): host for host in reversed(hosts)}
    found = []
    for one, other in product(hosts, hosts):
        if one.zone == other.zone or not same_family(one.address, other.address):
            continue
        ends = (one.zone, other.zone, one.address, other.address)
        found += [Probe(*ends, protocol, source, port) for protocol, port in aimed for source in sources]
        if one in firsts.values() and other in firsts.values():
            found += [Probe(*ends, protocol, port, source, SYN_ACK if protocol == TCP else SYN)
                      for protocol, port in aimed for source in sources]  # fmt: skip
    return list(dict.fromkeys(found))


class Seen(NamedTuple):
    """The numbers of the probes that arrive, and of those whose answer comes back."""

    arrived: frozenset[int]
    answered: frozenset[int]


class Rig:
    """The rig in a process of its own."""

    def __init__(self, zones: Sequence[dict[str, Any]]) -> None:
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

    def seen(
        self, load: Sequence[tuple[str, str]], probes: Sequence[Probe], expected: Seen, *,
        host: Sequence[str] = (), replaces: bool = False,
    ) -> Seen:  # fmt: skip
        """Load rules, send probes, and say which arrived and which were answered."""
        job = {"load": load, "probes": probes, "host": host, "replaces": replaces,
               "arrived": sorted(expected.arrived), "answered": sorted(expected.answered)}  # fmt: skip
        answer = self._ask(job)
        assert answer, self._process.communicate()[1]
        found = json.loads(answer)
        assert "error" not in found, found
        return Seen(frozenset(found["arrived"]), frozenset(found["answered"]))

    def close(self) -> None:
        self._process.communicate()


def running(zones: Sequence[dict[str, Any]]) -> Iterator[Rig]:
    """Yields a rig, and ends it."""
    made = Rig(zones)
    yield made
    made.close()


def told(probes: Sequence[Probe], expected: Seen, found: Seen) -> dict[str, list[Probe]]:
    """Returns some of each kind of probe that went otherwise than expected; nothing where all is well."""
    kinds = {
        "arrived": found.arrived - expected.arrived,
        "did not arrive": expected.arrived - found.arrived,
        "was answered": found.answered - expected.answered,
        "was not answered": expected.answered - found.answered,
    }
    return {kind: [probes[number] for number in sorted(numbers)[:5]] for kind, numbers in kinds.items() if numbers}
