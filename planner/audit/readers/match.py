"""Match of a rule: the packets it is about, narrowed step by step, for every syntax."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, Self

import msgspec

from planner.audit.readers.rule_base import AddressSets, NotReadError, Side
from planner.network.packets import ADDRESSES, ANY_STATE, ESTABLISHED, NEW, PORTS, SERVICES, TCP, UDP, Box, Family
from planner.network.ranges import NONE, Ranges, intersect, overlap, ranges, subtract, union

OTHER: Ranges = ((2, 2),)

STATES: Mapping[str, Ranges] = {
    "new": NEW,
    "established": ESTABLISHED,
    "related": OTHER,
    "invalid": OTHER,
    "untracked": OTHER,
}
"""Connection states by name. A packet related to another connection, or to none, is never the product's own."""

ANYWHERE: AddressSets = ADDRESSES


Certainty = Literal["stated", "possible", "certain"]
"""Addresses of the interfaces in a match: not looked at, those that may be behind them, or those that are."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The packets a rule is about, as sets that hold at once; a family without addresses is not meant.

    ``entering``, ``leaving``: the interfaces it names, one after the other.
    """

    source: AddressSets
    destination: AddressSets
    service: Ranges = SERVICES
    source_port: Ranges = PORTS
    state: Ranges = ANY_STATE
    entering: tuple[Side, ...] = ()
    leaving: tuple[Side, ...] = ()

    @classmethod
    def everything(cls, families: Sequence[Family]) -> Self:
        """All packets of these families."""
        addresses = {family: ADDRESSES[family] for family in families}
        return cls(source=addresses, destination=addresses)

    @property
    def is_everything(self) -> bool:
        """Nothing is asked of a packet but its address family."""
        whole = (SERVICES, PORTS, ANY_STATE, (), ())
        return (self.service, self.source_port, self.state, self.entering, self.leaving) == whole and all(
            some == ADDRESSES[family] for ends in (self.source, self.destination) for family, some in ends.items()
        )

    def boxes(self, reading: Certainty) -> tuple[Box, ...]:
        """Packets of the match, one box for each family."""
        source, destination = self.source, self.destination
        if reading != "stated":
            for side in self.entering:
                source = _common(source, getattr(side, reading))
            for side in self.leaving:
                destination = _common(destination, getattr(side, reading))
        found = (
            Box(
                family=family,
                source=some,
                destination=destination.get(family, NONE),
                service=self.service,
                source_port=self.source_port,
                state=self.state,
            )
            for family, some in source.items()
        )
        return tuple(box for box in found if not box.empty)

    def enters(self, side: Side) -> Self:
        """Narrows it to packets that come in by an interface."""
        return msgspec.structs.replace(self, entering=(*self.entering, side))

    def leaves(self, side: Side) -> Self:
        """Narrows it to packets that go out by an interface."""
        return msgspec.structs.replace(self, leaving=(*self.leaving, side))

    def from_(self, addresses: AddressSets) -> Self:
        """Narrows the source."""
        return msgspec.structs.replace(self, source=_common(self.source, addresses))

    def to(self, addresses: AddressSets) -> Self:
        """Narrows the destination."""
        return msgspec.structs.replace(self, destination=_common(self.destination, addresses))

    def of(self, families: Sequence[Family]) -> Self:
        """Keeps these families alone."""
        return self.from_({family: ADDRESSES[family] for family in families})

    def with_service(self, service: Ranges) -> Self:
        """Narrows protocol and destination port."""
        return msgspec.structs.replace(self, service=intersect(self.service, service))

    def with_source_port(self, ports: Ranges) -> Self:
        """Narrows the source port."""
        return msgspec.structs.replace(self, source_port=intersect(self.source_port, ports))

    def with_state(self, state: Ranges) -> Self:
        """Narrows the state of the connection."""
        return msgspec.structs.replace(self, state=intersect(self.state, state))

    def with_destination_port(self, ports: Ranges) -> Self:
        """Narrows the destination port and leave the protocol open."""
        return self.with_service((*ports, *((low + UDP[0][0], high + UDP[0][0]) for low, high in ports)))


def _common(some: AddressSets, other: AddressSets) -> AddressSets:
    return {family: common for family in some if (common := intersect(some[family], other.get(family, NONE)))}


def translated(matches: Iterable[Match], addresses: AddressSets | None, ports: Ranges | None) -> Iterator[Box]:
    """Yields the packets that a translation makes: those to its target; None where it changes nothing, or is not known.

    Args:
        matches: what is translated.
        addresses: those of the target.
        ports: those of the target.
    """
    for match in matches:
        for box in match.boxes("stated"):
            destination = ADDRESSES[box.family] if addresses is None else addresses.get(box.family, NONE)
            service = box.service
            if ports is not None:
                protocols = union(NONE, *(some for some in (TCP, UDP) if overlap(service, some)))
                service = intersect(Match.everything((4,)).with_destination_port(ports).service, protocols)
            if destination:
                yield msgspec.structs.replace(box, service=service, destination=destination)


def all_but(addresses: AddressSets) -> AddressSets:
    """All other addresses of the same families."""
    return {family: subtract(ADDRESSES[family], some) for family, some in addresses.items()}


def all_but_state(state: Ranges) -> Ranges:
    """All other states."""
    return subtract(ANY_STATE, state)


OTHER_PROTOCOLS = frozenset((
    "icmp", "igmp", "ipip", "ipencap", "ip-encap", "st", "ggp", "egp", "igp", "pup", "hmp", "rdp", "iso-tp4", "dccp",
    "xtp", "ddp", "idpr-cmtp", "ipv6", "ipv6-route", "ipv6-frag", "idrp", "rsvp", "gre", "esp", "ah", "skip",
    "ipv6-icmp", "icmpv6", "icmp6", "ipv6-nonxt", "ipv6-opts", "rspf", "vmtp", "eigrp", "ospf", "ospfigp", "ax.25",
    "etherip", "encap", "pim", "ipcomp", "comp", "vrrp", "l2tp", "isis", "sctp", "fc", "mobility-header", "ipv6-mh",
    "mh", "udplite", "mpls-in-ip", "manet", "hip", "shim6", "wesp", "rohc",
))  # fmt: skip
"""Protocols beside TCP and UDP, by the names of /etc/protocols and of iptables."""


def protocol_services(name: str) -> Ranges:
    """Returns the services of a protocol by name or number; none for a protocol that is neither TCP nor UDP.

    Raises:
        NotReadError: no protocol has this name.
    """
    known = name.casefold()
    if known in ("tcp", "udp"):
        return TCP if known == "tcp" else UDP
    if known in OTHER_PROTOCOLS:
        return NONE
    number = protocol_number(known)
    if number is None:
        raise NotReadError(f"{name[:30]!r} is no protocol that is known here")
    return {6: TCP, 17: UDP}.get(number, NONE)


def protocol_number(text: str) -> int | None:
    """Parses the number of a protocol as C does: decimal, 0x hexadecimal, or octal with a leading 0."""
    if re.fullmatch(r"0x[0-9a-f]{1,2}|0[0-7]{1,3}|[1-9][0-9]{0,2}|0", text):
        number = int(text, 16 if text[:2] == "0x" else 8 if len(text) > 1 and text[0] == "0" else 10)
        return number if number < 256 else None
    return None


MAX_MASKED = 512
"""Ranges of one mask with gaps, at most."""


def masked_range(address: int, ignored: int) -> Ranges:
    """Returns the addresses that agree with this one in every bit that is not ignored.

    Raises:
        NotReadError: the mask has gaps, and too many ranges come of it.
    """
    tail = 0
    while ignored >> tail & 1:
        tail += 1
    gaps = [bit for bit in range(tail, ignored.bit_length()) if ignored >> bit & 1]
    if len(gaps) > MAX_MASKED.bit_length() - 1:
        raise NotReadError("its mask has gaps, and too many addresses fit")
    starts = [address & ~ignored]
    for bit in gaps:
        starts += [start | 1 << bit for start in starts]
    return ranges((start, start + (1 << tail) - 1) for start in starts)


def connection_states(names: Sequence[str]) -> Ranges:
    """Connection states of these names.

    Raises:
        NotReadError: one of them is none.
    """
    for name in names:
        if name not in STATES:
            raise NotReadError(f"{name[:20]!r} is no state that is understood here")
    return union(NONE, *(STATES[name] for name in names))


def numbers(low: int, high: int, limit: int) -> Ranges:
    """Range of numbers up to a limit.

    Raises:
        NotReadError: it is reversed or beyond.
    """
    if not 0 <= low <= high <= limit:
        raise NotReadError(f"{low}-{high} is no range from 0 to {limit}")
    return ranges([(low, high)])
