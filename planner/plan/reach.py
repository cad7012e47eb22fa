"""The addresses behind a zone and a role, as networks that share nothing. Apart, because ``ipaddress`` costs time."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from planner.catalogue.answers import RoleId
from planner.plan.topology import Zone

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

Family = Literal[4, 6]
FAMILIES: tuple[Family, ...] = (4, 6)
Network: TypeAlias = "IPv4Network | IPv6Network"


class Addresses(msgspec.Struct, frozen=True, eq=False):
    """Networks by family, sorted, none within another. Equal ones of one ``Reach`` are the same object."""

    v4: "tuple[IPv4Network, ...]"
    v6: "tuple[IPv6Network, ...]"

    def of(self, family: Family) -> tuple[Network, ...]:
        """Give the networks of one family."""
        return self.v4 if family == 4 else self.v6

    @property
    def families(self) -> tuple[Family, ...]:
        """Give the families there are addresses of."""
        return tuple(family for family in FAMILIES if self.of(family))


class Reach:
    """Finds and keeps the addresses of zones: a zone's networks, or the hosts of a role where it names some."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._zones = {zone.name: zone for zone in zones}
        self._found: dict[tuple[str, RoleId | None], Addresses] = {}
        self._equal: dict[tuple[tuple[IPv4Network, ...], tuple[IPv6Network, ...]], Addresses] = {}
        self._joined: dict[frozenset[Addresses], Addresses] = {}

    def of(self, zone: str, role: RoleId | None) -> Addresses:
        """Give the addresses of a role's hosts in a zone; without a role, or hosts of it, the zone's networks."""
        key = (zone, role)
        if key not in self._found:
            hosts = self._zones[zone].hosts.get(role, ()) if role else ()
            if role and not hosts:
                self._found[key] = self.of(zone, None)
            else:
                self._found[key] = self._gather(hosts or self._zones[zone].networks)
        return self._found[key]

    def whole(self, zone: str) -> Addresses:
        """Give all that is known of a zone: its networks, and its hosts wherever they are."""
        roles: list[RoleId | None] = [None, *(role for role, hosts in self._zones[zone].hosts.items() if hosts)]
        return self.join(self.of(zone, role) for role in roles)

    def join(self, parts: Iterable[Addresses]) -> Addresses:
        """Give all addresses of several sets as one."""
        sets = frozenset(parts)
        if len(sets) == 1:
            return next(iter(sets))
        if sets not in self._joined:
            self._joined[sets] = self._kept(
                (network for part in sets for network in part.v4), (network for part in sets for network in part.v6)
            )
        return self._joined[sets]

    def _gather(self, texts: Iterable[str]) -> Addresses:
        from ipaddress import IPv4Network, IPv6Network, ip_network

        networks = [ip_network(text) for text in texts]
        return self._kept(
            (network for network in networks if isinstance(network, IPv4Network)),
            (network for network in networks if isinstance(network, IPv6Network)),
        )

    def _kept(self, v4: "Iterable[IPv4Network]", v6: "Iterable[IPv6Network]") -> Addresses:
        from ipaddress import collapse_addresses

        both = (tuple(collapse_addresses(v4)), tuple(collapse_addresses(v6)))
        return self._equal.setdefault(both, Addresses(*both))


def clashes(zones: Iterable[tuple[str, Addresses]]) -> list[tuple[str, str, str]]:
    """Give zones that share addresses, as (zone, other zone, network), found in the time it takes to sort them."""
    sets = dict(zones)
    found = []
    for family in FAMILIES:
        spans = sorted(
            (int(network.network_address), int(network.broadcast_address), name, str(network))
            for name, addresses in sets.items()
            for network in addresses.of(family)
        )
        widest: tuple[int, str] | None = None
        for low, high, name, text in spans:
            if widest is not None and low <= widest[0] and name != widest[1]:
                found.append((name, widest[1], text))
            if widest is None or high > widest[0]:
                widest = (high, name)
    return found
