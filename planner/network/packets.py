"""Packets in exact boxes: addresses, ports, protocol and connection state, and boxes in words.

A box is a product of sets, one for each axis. TCP and UDP alone are told apart; nothing else is the product's.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from planner.network.ranges import Ranges, covers, intersect, one, overlap, ranges, subtract
from planner.text.layout import some_of

Family = Literal[0, 4, 6]
"""4 and 6 for addresses; 0 where a rule base names zones and no addresses: each zone then has a number."""

Axis = Literal["service", "source", "destination", "source_port", "state"]

MAX_PORT: Final = 65535
UDP_OFFSET: Final = MAX_PORT + 1

PORTS: Ranges = ((0, MAX_PORT),)
TCP: Ranges = PORTS
UDP: Ranges = ((UDP_OFFSET, UDP_OFFSET + MAX_PORT),)
SERVICES: Ranges = ((0, UDP_OFFSET + MAX_PORT),)
"""Protocol and destination port as one number: the port for TCP, ``UDP_OFFSET`` more for UDP."""

NEW: Ranges = one(0)
ESTABLISHED: Ranges = one(1)
ANY_STATE: Ranges = ((0, 2),)
"""Packets that begin something, packets of what was begun with answers and related ones, and the malformed rest."""

ADDRESSES: dict[Family, Ranges] = {0: ((0, 2**32 - 1),), 4: ((0, 2**32 - 1),), 6: ((0, 2**128 - 1),)}


class Box(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Every packet whose source, destination, source port, service and state each lie in the set given here."""

    family: Family
    source: Ranges
    destination: Ranges
    service: Ranges = SERVICES
    source_port: Ranges = PORTS
    state: Ranges = ANY_STATE

    @property
    def empty(self) -> bool:
        """No packet is in it."""
        return not (self.source and self.destination and self.service and self.source_port and self.state)


AXES: tuple[Axis, ...] = ("service", "source", "destination", "source_port", "state")
"""The axes, first those that tell most rules apart."""


def everything(family: Family) -> Box:
    """Returns every TCP and UDP packet of an address family."""
    return Box(family=family, source=ADDRESSES[family], destination=ADDRESSES[family])


def meet(some: Box, other: Box) -> Box | None:
    """Returns the packets in both boxes; None if there is none."""
    if some.family != other.family:
        return None
    parts = {axis: intersect(getattr(some, axis), getattr(other, axis)) for axis in AXES}
    return Box(family=some.family, **parts) if all(parts.values()) else None


def touch(some: Box, other: Box) -> bool:
    """Returns True if any packet is in both boxes."""
    return some.family == other.family and all(overlap(getattr(some, axis), getattr(other, axis)) for axis in AXES)


def within(inner: Box, outer: Box) -> bool:
    """Returns True if all packets of the first box are in the second."""
    return inner.family == outer.family and all(covers(getattr(outer, axis), getattr(inner, axis)) for axis in AXES)


def without(some: Box, other: Box) -> Iterator[Box]:
    """Returns the packets of the first box that are not in the second, as boxes that share none."""
    if not touch(some, other):
        yield some
        return
    left = some
    for axis in AXES:
        own, taken = getattr(left, axis), getattr(other, axis)
        if rest := subtract(own, taken):
            yield msgspec.structs.replace(left, **{axis: rest})
            left = msgspec.structs.replace(left, **{axis: intersect(own, taken)})


def service(protocol: str, ports: Ranges) -> Ranges:
    """Returns the services of these destination ports. Raises ValueError: neither ``tcp`` nor ``udp``."""
    if protocol == "tcp":
        return ports
    if protocol == "udp":
        return tuple((low + UDP_OFFSET, high + UDP_OFFSET) for low, high in ports)
    raise ValueError(f"{protocol!r} is no protocol here; accepted: tcp, udp")


def one_service(protocol: str, port: int) -> Ranges:
    """Returns the one service of a protocol on a port."""
    return service(protocol, one(port))


def port_ranges(text: str) -> Ranges:
    """Returns the set of ports that ``port_span`` reads."""
    return (port_span(text),)


def port_span(text: str) -> tuple[int, int]:
    """Parses ports as a rule states them: ``2967``, ``1024-4999`` or ``any``; returns the lowest and the highest.

    Raises:
        ValueError: it is none of these.
    """
    if text == "any":
        return 0, MAX_PORT
    low, dash, high = text.partition("-")
    first, last = port_number(low), port_number(high if dash else low)
    if first > last:
        raise ValueError(f"{text[:20]!r} is reversed; accepted: the lower port first")
    return first, last


def port_number(text: str) -> int:
    """Parses one port. Raises ValueError: it is none."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MAX_PORT:
        return int(text)
    raise ValueError(f"{text[:20]!r} is no port; accepted: 0 to {MAX_PORT}")


def network_ranges(texts: Iterable[str]) -> dict[Family, Ranges]:
    """Parses networks and addresses into sets, one for each address family that occurs.

    Raises:
        ValueError: one of them is neither.
    """
    import ipaddress

    found: dict[Family, list[tuple[int, int]]] = {}
    for text in texts:
        network = ipaddress.ip_network(text, strict=False)
        family: Family = 4 if network.version == 4 else 6
        found.setdefault(family, []).append((int(network.network_address), int(network.broadcast_address)))
    return {family: ranges(pairs) for family, pairs in found.items()}


_SHOWN = 6
"""Most parts of a set that are named."""


def box_text(box: Box, zones: Sequence[str]) -> str:
    """Returns a box on one line; ``zones`` are the names behind the numbers of a box without addresses."""
    source, destination = (
        some_of(addresses(getattr(box, end), box.family, zones), _SHOWN) for end in ("source", "destination")
    )
    text = f"{service_text(box.service)} from {source} to {destination}"
    if box.source_port != PORTS:
        text += f", source ports {some_of(ports(box.source_port), _SHOWN)}"
    return text if overlap(box.state, NEW) else f"{text}, of connections that have begun"


def box_values(box: Box, zones: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Returns a box as values for JSON, one for each protocol."""
    for protocol, some in _by_protocol(box.service):
        yield {
            "family": box.family,
            "protocol": protocol,
            "source": addresses(box.source, box.family, zones),
            "destination": addresses(box.destination, box.family, zones),
            "source_ports": ports(box.source_port),
            "destination_ports": ports(some),
            "state": [
                name for name, state in (("new", NEW), ("established", ESTABLISHED)) if overlap(box.state, state)
            ],
        }


def service_text(services: Ranges) -> str:
    """Returns services in words: ``TCP 2967``, ``TCP and UDP``."""
    if services == SERVICES:
        return "TCP and UDP"
    parts = [
        protocol.upper() if some == PORTS else f"{protocol.upper()} {some_of(ports(some), _SHOWN)}"
        for protocol, some in _by_protocol(services)
    ]
    return " and ".join(parts)


def _by_protocol(services: Ranges) -> Iterator[tuple[str, Ranges]]:
    if tcp := intersect(services, TCP):
        yield "tcp", tcp
    if udp := intersect(services, UDP):
        yield "udp", tuple((low - UDP_OFFSET, high - UDP_OFFSET) for low, high in udp)


def ports(some: Ranges) -> list[str]:
    """Returns ports, each range as one text."""
    return ["any"] if some == PORTS else [_span(str(low), str(high)) for low, high in some]


def addresses(some: Ranges, family: Family, zones: Sequence[str]) -> list[str]:
    """Returns addresses as networks, single addresses and ranges; zones by their names."""
    if some == ADDRESSES[family]:
        return ["any"]
    if family == 0:
        return [
            zones[number] if number < len(zones) else "a zone that the plan does not have"
            for low, high in some
            for number in range(low, min(high, low + len(zones)) + 1)
        ]
    return [_network(low, high, family) for low, high in some]


def _network(low: int, high: int, family: Family) -> str:
    from ipaddress import IPv4Address, IPv6Address

    make = IPv4Address if family == 4 else IPv6Address
    count = high - low + 1
    if count > 1 and count & (count - 1) == 0 and low % count == 0:
        return f"{make(low)}/{(32 if family == 4 else 128) - count.bit_length() + 1}"
    return _span(str(make(low)), str(make(high)))


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low}-{high}"
