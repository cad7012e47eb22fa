"""Networks and hosts of zones held against each other. Apart, because ``ipaddress`` costs start-up time."""

import ipaddress
from collections.abc import Iterator, Sequence

from planner.core.topology import Zone


def strays(zones: Sequence[Zone]) -> Iterator[tuple[str, str]]:
    """Give each host that lies in none of the networks its zone names, as (zone, host)."""
    for zone in zones:
        networks = [ipaddress.ip_network(text) for text in zone.networks]
        for addresses in zone.hosts.values():
            for text in addresses:
                address = ipaddress.ip_address(text)
                if networks and not any(address in network for network in networks):
                    yield zone.name, text


def overlaps(zones: Sequence[Zone]) -> Iterator[tuple[str, str, str]]:
    """Give each network that shares addresses with an earlier zone's, as (zone, other zone, network).

    Networks are walked in address order, so that a thousand zones cost no more than their sorting.
    """
    for version in (4, 6):
        spans = sorted(
            (int(network.network_address), int(network.broadcast_address), index, text)
            for index, zone in enumerate(zones)
            for text in zone.networks
            if (network := ipaddress.ip_network(text)).version == version
        )
        widest: tuple[int, int] | None = None
        for low, high, index, text in spans:
            if widest is not None and low <= widest[0] and index != widest[1]:
                yield zones[index].name, zones[widest[1]].name, text
            if widest is None or high > widest[0]:
                widest = (high, index)
