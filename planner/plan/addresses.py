"""Networks and hosts of zones held against each other. Apart, because ``ipaddress`` costs start-up time."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence

from planner.plan.topology import BadEntriesError, Zone, unscoped


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


MAX_HOST_RANGE = 256
"""As many hosts as one typed range may stand for."""


def read_networks(text: str) -> tuple[str, ...]:
    """Read networks as people paste them: CIDR, single addresses and ranges, apart by commas, blanks or lines.

    Raises:
        BadEntriesError: naming each one that is none.
    """
    return _read_each(text, _networks, "CIDR such as 10.20.0.0/24, an address, or a range 10.20.0.1-10.20.0.9")


def read_hosts(text: str) -> tuple[str, ...]:
    """Read addresses and short ranges, apart by commas, blanks or lines.

    Raises:
        BadEntriesError: naming each one that is none.
    """
    return _read_each(text, _hosts, f"an address such as 10.20.0.5, or a range of at most {MAX_HOST_RANGE} hosts")


def _read_each(text: str, read: Callable[[str], list[str]], accepted: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    bad: list[tuple[int, str, int]] = []
    count = 0
    for match in re.finditer(r"[^\s,;]+", text):
        count += 1
        try:
            found.update(dict.fromkeys(read(unscoped(match[0]))))
        except (ValueError, TypeError):  # the latter for a range from IPv4 to IPv6
            bad.append((count, match[0], match.start()))
    if bad:
        raise BadEntriesError(bad, count, accepted)
    return tuple(found)


def _networks(word: str) -> list[str]:
    low, dash, high = word.partition("-")
    if not dash:
        return [str(ipaddress.ip_network(word))]
    spread = ipaddress.summarize_address_range(ipaddress.ip_address(low), ipaddress.ip_address(high))
    return [str(network) for network in spread]


def _hosts(word: str) -> list[str]:
    low, dash, high = word.partition("-")
    first, last = ipaddress.ip_address(low), ipaddress.ip_address(high if dash else low)
    if first.version != last.version or not 0 <= int(last) - int(first) < MAX_HOST_RANGE:
        raise ValueError(word)
    return [str(type(first)(number)) for number in range(int(first), int(last) + 1)]
