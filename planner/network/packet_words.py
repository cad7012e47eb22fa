"""Boxes of packets in words, for people and for programs."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any

from planner.network.packets import ADDRESSES, ESTABLISHED, NEW, PORTS, SERVICES, TCP, UDP, UDP_OFFSET, Box, Family
from planner.network.ranges import Ranges, intersect, overlap
from planner.text.naming import some_of

_SHOWN = 6
"""As many parts of a set are named."""


def box_text(box: Box, zones: Sequence[str]) -> str:
    """Write a box on one line; ``zones`` are the names behind the numbers of a box that knows no addresses."""
    source, destination = (
        some_of(addresses(getattr(box, end), box.family, zones), _SHOWN) for end in ("source", "destination")
    )
    text = f"{service_text(box.service)} from {source} to {destination}"
    if box.source_port != PORTS:
        text += f", source ports {some_of(ports(box.source_port), _SHOWN)}"
    return text if overlap(box.state, NEW) else f"{text}, of connections that have begun"


def box_values(box: Box, zones: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Write a box as values for JSON, apart by protocol."""
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
    """Write services: ``TCP 2967``, ``TCP and UDP``."""
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
    """Write ports, each range as one text."""
    return ["any"] if some == PORTS else [_span(str(low), str(high)) for low, high in some]


def addresses(some: Ranges, family: Family, zones: Sequence[str]) -> list[str]:
    """Write addresses as networks, single addresses and ranges; zones by their names."""
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
    make = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    count = high - low + 1
    if count > 1 and count & (count - 1) == 0 and low % count == 0:
        return f"{make(low)}/{(32 if family == 4 else 128) - count.bit_length() + 1}"
    return _span(str(make(low)), str(make(high)))


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low}-{high}"
