"""The firewall of Windows XP SP2 and Server 2003: one opening a port, with source addresses and nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses

from planner.enforcement.device_rules import ANY_PORTS, HostRules

_NAME = 120


@dataclass(frozen=True)
class Opening:
    """One port that is open to source addresses; none means all. ``profile``: in the domain's network, or in all."""

    protocol: str
    port: int
    name: str
    profile: str
    sources: tuple[str, ...]


def openings(rules: HostRules) -> list[Opening]:
    """Join the rules that aim at one port: their sources add up."""
    found: dict[tuple[str, int], tuple[dict[str, None], list[IPv4Network]]] = {}
    for permit in rules.inbound:
        if permit.family == 4:
            markers, sources = found.setdefault((permit.protocol, permit.destination_ports[0]), ({}, []))
            markers[permit.marker] = None
            sources += [network for network in permit.sources if isinstance(network, IPv4Network)]
    at_home = {(deny.protocol, int(deny.ports)) for deny in rules.blocks}
    return [
        Opening(
            protocol=protocol.upper(),
            port=port,
            name=_shortened(markers),
            profile="DOMAIN" if (protocol, port) in at_home else "ALL",
            sources=_scope(sources),
        )
        for (protocol, port), (markers, sources) in found.items()
    ]


def _scope(sources: Iterable[IPv4Network]) -> tuple[str, ...]:
    networks = tuple(collapse_addresses(sources))
    if any(network.prefixlen == 0 for network in networks):
        return ()
    return tuple(str(net.network_address) if net.prefixlen == 32 else str(net) for net in networks)


def _shortened(markers: Iterable[str]) -> str:
    text = " ".join(markers)
    return text if len(text) <= _NAME else text[:_NAME].rpartition(" ")[0] + " and more"


def left_out(rules: HostRules) -> Iterator[str]:
    """Say which rules are written wider or not at all, and why."""
    bound = _markers(permit.marker for permit in rules.inbound if permit.source_ports != ANY_PORTS)
    if bound:
        yield f"source ports cannot be expressed, so any source port is let in: {bound}"
    if rules.inbound:
        yield "own addresses cannot be expressed: a port is open on every address of the computer"
    late = _markers(permit.marker for permit in rules.inbound if permit.family == 6)
    if late:
        yield f"IPv6 addresses cannot be expressed and are left out: {late}"
    out = _markers(permit.marker for permit in rules.outbound)
    if out:
        yield f"outgoing traffic is not filtered, so nothing is written for: {out}"
    yield "a port has one opening: it holds the sources of all rules that aim at it, under all their markers"


def _markers(markers: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(markers))
