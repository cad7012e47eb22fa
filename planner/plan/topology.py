"""Zones, firewalls and the topology that they make up with the answers."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from planner.catalogue.answers import MAX_LABEL, MAX_NOTE, Answers, RoleId, TopologyError, Value, refuse_long
from planner.text.escaping import is_printable

OUTSIDE_ZONE: Final = "internet"
ANY_ZONE = "any"
MAX_NAME = 64
MAX_ZONES = 5_000
MAX_INTERFACES = 5_000
"""Interfaces of all devices together."""
MAX_ADDRESSES = 2_000
"""Networks of a zone, and hosts of a role in it."""
ERRATUM_PORT = 2043


class BadEntriesError(TopologyError):
    """Bad entries of a typed list; ``start`` and ``end`` are the place of the first one in the text."""

    def __init__(self, bad: Sequence[tuple[int, str, int]], count: int, accepted: str) -> None:
        """Names the first bad entries, given as (number in the list, text, start in the text)."""
        _, word, self.start = bad[0]
        self.end = self.start + len(word)
        named = ", ".join(f"{word!r} (entry {number})" for number, word, _ in bad[:_BAD_NAMED])
        more = f" and {len(bad) - _BAD_NAMED} more" if len(bad) > _BAD_NAMED else ""
        super().__init__(f"not understood of {count}: {named}{more}; accepted: {accepted}")


_BAD_NAMED = 3
"""Most bad entries that are named; the others are counted."""


class Zone(Value, frozen=True, kw_only=True):
    """A part of the network with a firewall around it.

    ``networks``: CIDR texts, IPv4 or IPv6. ``hosts``: role to addresses, narrowing that role's rules. ``parents``: the
    zones whose servers manage this zone's clients; none named means all. ``nat``: addresses are translated at its
    boundary.
    """

    name: str
    roles: tuple[RoleId, ...] = ()
    networks: tuple[str, ...] = ()
    hosts: dict[RoleId, tuple[str, ...]] = msgspec.field(default_factory=dict)
    parents: tuple[str, ...] = ()
    nat: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        field = f"zone {self.name!r}"
        if not 0 < len(self.name) <= MAX_NAME or self.name != self.name.strip() or not is_printable(self.name):
            raise TopologyError(
                f"zone name {self.name!r}: accepted: 1 to {MAX_NAME} printable characters, no space at either end"
            )
        if self.name == ANY_ZONE:
            raise TopologyError(f"{field}: this name is kept for 'anywhere'; accepted: any other name")
        if len(set(self.roles)) != len(self.roles):
            raise TopologyError(f"{field}: roles: lists the same role twice; accepted: each once")
        if OUTSIDE_ZONE in self.roles and len(self.roles) > 1:
            raise TopologyError(f"{field}: roles: the outside shares its zone with nobody; accepted: internet alone")
        if self.name == OUTSIDE_ZONE and self.roles != (OUTSIDE_ZONE,):
            raise TopologyError(f"{field}: roles: this name is kept for the outside; accepted: internet alone")
        refuse_long(f"{field}: ", self, {"networks": MAX_ADDRESSES, "parents": MAX_ZONES, "note": MAX_NOTE})
        if self.networks or self.hosts:
            _check_addresses(self)

    def __hash__(self) -> int:
        return hash((self.name, self.roles))


def _check_addresses(zone: Zone) -> None:
    import ipaddress

    for text in zone.networks:
        try:
            ipaddress.ip_network(unscoped(text))
        except ValueError as error:
            raise TopologyError(
                f"zone {zone.name!r}: networks: {error}; accepted: CIDR such as 10.20.0.0/24 or 2001:db8::/64"
            ) from None
    for role, addresses in zone.hosts.items():
        if len(addresses) > MAX_ADDRESSES:
            raise TopologyError(
                f"zone {zone.name!r}: hosts.{role}: {len(addresses):,} entries; accepted: up to {MAX_ADDRESSES:,}"
            )
        for text in addresses:
            try:
                ipaddress.ip_address(unscoped(text))
            except ValueError as error:
                raise TopologyError(
                    f"zone {zone.name!r}: hosts.{role}: {error}; accepted: one address such as 10.20.0.5"
                ) from None


def unscoped(address: str) -> str:
    """Returns the address unless it names an interface, as in ``fe80::1%eth0``: any text may follow the ``%``.

    Raises:
        ValueError: it names an interface.
    """
    if "%" in address:
        raise ValueError(f"{address!r} names an interface")
    return address


class Device(Value, frozen=True, kw_only=True):
    """A firewall that stands between zones: ``interfaces`` maps a zone to the vendor's own name for its side."""

    name: str
    vendor: str
    stateful: bool = True
    mode: Literal["exclusive", "additive"] = "additive"
    interfaces: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.name) > MAX_NAME:
            raise TopologyError(f"device {self.name[:20]!r}...: {len(self.name):,} characters; accepted: {MAX_NAME}")
        field = f"device {self.name!r}: "
        refuse_long(field, self, {"vendor": MAX_LABEL})
        for zone, interface in self.interfaces.items():
            if len(interface) > MAX_LABEL or len(zone) > MAX_LABEL:
                raise TopologyError(
                    f"{field}interfaces: {zone[:20]!r}: {len(interface):,} characters; accepted: up to {MAX_LABEL}"
                )

    def __hash__(self) -> int:
        return hash((self.name, self.vendor))


class Topology(Value, frozen=True, kw_only=True):
    """Answers, zones and enforcing devices. No zones means the default ones, one for each role in use."""

    answers: Answers = Answers()
    zones: tuple[Zone, ...] = ()
    devices: tuple[Device, ...] = ()

    def __post_init__(self) -> None:
        if len(self.zones) > MAX_ZONES:
            raise TopologyError(f"zone: {len(self.zones)} zones; accepted: up to {MAX_ZONES}")
        if (interfaces := sum(len(device.interfaces) for device in self.devices)) > MAX_INTERFACES:
            raise TopologyError(f"device: {interfaces} interfaces in all; accepted: up to {MAX_INTERFACES}")
        names = _zone_names(self.zones)
        named_once("device", (device.name for device in self.devices))
        for device in self.devices:
            for name in device.interfaces if self.zones else ():
                if name not in names and name != OUTSIDE_ZONE:
                    raise TopologyError(
                        f"device {device.name!r}: interfaces: no zone is named {name!r}; accepted: the name of a zone"
                    )


def _zone_names(zones: Iterable[Zone]) -> set[str]:
    """Returns the names of zones: all different, parents among them."""
    names = named_once("zone", (zone.name for zone in zones))
    for zone in zones:
        for parent in zone.parents:
            if parent not in names:
                raise TopologyError(
                    f"zone {zone.name!r}: parents: no zone is named {parent!r}; accepted: the name of a zone"
                )
    return names


def named_once(what: str, names: Iterable[str]) -> set[str]:
    """Returns the names, no two of which are the same.

    Raises:
        TopologyError: a name is used twice, or looks the same as another.
    """
    seen: set[str] = set()
    looks: set[str] = set()
    for name in names:
        look = name if name.isascii() else _composed(name)
        if look in looks:
            twice = "used twice" if name in seen else "used twice, its letters and marks written in another way"
            raise TopologyError(f"{what} {name!r}: the name is {twice}; accepted: a name of its own for each {what}")
        seen.add(name)
        looks.add(look)
    return seen


def _composed(name: str) -> str:
    """Returns the normal form of a text: letters and their marks as one character."""
    from unicodedata import normalize

    return normalize("NFC", name)
