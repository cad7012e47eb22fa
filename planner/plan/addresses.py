"""Addresses of zones: networks and hosts behind a zone and a role, strays, overlaps, and lists that people type."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

import msgspec

from planner.catalogue.answers import RoleId
from planner.network import ranges
from planner.plan.topology import BadEntriesError, Zone, unscoped

Family = Literal[4, 6]
FAMILIES: tuple[Family, ...] = (4, 6)
Network = IPv4Network | IPv6Network


class Addresses(msgspec.Struct, frozen=True, eq=False):
    """Networks by family, sorted, none within another. Equal ones of one ``ZoneAddresses`` are the same object."""

    v4: tuple[IPv4Network, ...]
    v6: tuple[IPv6Network, ...]

    def of(self, family: Family) -> tuple[Network, ...]:
        """Returns the networks of one family."""
        return self.v4 if family == 4 else self.v6

    @property
    def families(self) -> tuple[Family, ...]:
        """Families with addresses."""
        return tuple(family for family in FAMILIES if self.of(family))


class ZoneAddresses:
    """Addresses of zones: a zone's networks, or the hosts of a role where it names some."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._zones = {zone.name: zone for zone in zones}
        self._found: dict[tuple[str, RoleId | None], Addresses] = {}
        self._equal: dict[tuple[tuple[IPv4Network, ...], tuple[IPv6Network, ...]], Addresses] = {}
        self._joined: dict[frozenset[Addresses], Addresses] = {}

    def of(self, zone: str, role: RoleId | None) -> Addresses:
        """Returns the addresses of a role's hosts in a zone; without a role, or hosts of it, the zone's networks."""
        key = (zone, role)
        if key not in self._found:
            hosts = self._zones[zone].hosts.get(role, ()) if role else ()
            if role and not hosts:
                self._found[key] = self.of(zone, None)
            else:
                self._found[key] = self._gather(hosts or self._zones[zone].networks)
        return self._found[key]

    def whole(self, zone: str) -> Addresses:
        """Returns all addresses of a zone: its networks, and its hosts wherever they are."""
        roles: list[RoleId | None] = [None, *(role for role, hosts in self._zones[zone].hosts.items() if hosts)]
        return self.join(self.of(zone, role) for role in roles)

    def join(self, parts: Iterable[Addresses]) -> Addresses:
        """Joins several sets of addresses into one."""
        sets = frozenset(parts)
        if len(sets) == 1:
            return next(iter(sets))
        if sets not in self._joined:
            self._joined[sets] = self._kept(
                (network for part in sets for network in part.v4), (network for part in sets for network in part.v6)
            )
        return self._joined[sets]

    def _gather(self, texts: Iterable[str]) -> Addresses:
        networks = [ipaddress.ip_network(text) for text in texts]
        return self._kept(
            (network for network in networks if isinstance(network, IPv4Network)),
            (network for network in networks if isinstance(network, IPv6Network)),
        )

    def _kept(self, v4: Iterable[IPv4Network], v6: Iterable[IPv6Network]) -> Addresses:
        both = (tuple(ipaddress.collapse_addresses(v4)), tuple(ipaddress.collapse_addresses(v6)))
        return self._equal.setdefault(both, Addresses(*both))


def strays(zones: Sequence[Zone]) -> Iterator[tuple[str, str]]:
    """Returns each host that lies in none of its zone's networks, as (zone, host)."""
    for zone in zones:
        networks = [ipaddress.ip_network(text) for text in zone.networks]
        for addresses in zone.hosts.values():
            for text in addresses:
                address = ipaddress.ip_address(text)
                if networks and not any(address in network for network in networks):
                    yield zone.name, text


def overlapping_networks(zones: Sequence[Zone]) -> Iterator[tuple[str, str, str]]:
    """Returns each network that shares addresses with another zone's, as (zone, other zone, network)."""
    for version in FAMILIES:
        networks = [
            (ipaddress.ip_network(text), index, text) for index, zone in enumerate(zones) for text in zone.networks
        ]
        for index, other, text in ranges.overlaps(
            (int(network.network_address), int(network.broadcast_address), index, text)
            for network, index, text in networks
            if network.version == version
        ):
            yield zones[index].name, zones[other].name, text


def overlapping_zones(zones: Iterable[tuple[str, Addresses]]) -> Iterator[tuple[str, str, str]]:
    """Returns zones that share addresses, as (zone, other zone, network)."""
    sets = dict(zones)
    for family in FAMILIES:
        yield from ranges.overlaps(
            (int(network.network_address), int(network.broadcast_address), name, str(network))
            for name, addresses in sets.items()
            for network in addresses.of(family)
        )


MAX_HOST_RANGE = 256
"""Most hosts that one typed range may stand for."""


def read_networks(text: str) -> tuple[str, ...]:
    """Parses networks as people paste them: CIDR, single addresses and ranges, apart by commas, blanks or lines.

    Raises:
        BadEntriesError: naming each one that is none.
    """
    return _read_each(text, _networks, "CIDR such as 10.20.0.0/24, an address, or a range 10.20.0.1-10.20.0.9")


def read_hosts(text: str) -> tuple[str, ...]:
    """Parses addresses and short ranges, apart by commas, blanks or lines.

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
