"""Packets as bytes: made, read, and known by who sends what to whom."""

import struct
from ipaddress import ip_address
from typing import NamedTuple

TCP, UDP = 6, 17
SYN, SYN_ACK, RST = 0x02, 0x12, 0x04
ETHER = {4: b"\x08\x00", 6: b"\x86\xdd"}
HOST = -1
"""In the place of a zone: the host whose own firewall is asked."""


class Probe(NamedTuple):
    """A packet: from and to by number of the zone, addresses and ports.

    ``flags`` of TCP: SYN begins a connection; SYN_ACK claims to answer one, and none was asked for.
    """

    from_: int
    to: int
    source: str
    target: str
    protocol: int
    source_port: int
    port: int
    flags: int = SYN

    @property
    def begins(self) -> bool:
        """True if a firewall sees the beginning of a connection in it."""
        return self.protocol == UDP or self.flags == SYN


Key = tuple[bytes, bytes, int, int, int]


def key(probe: Probe) -> Key:
    ends = (ip_address(probe.source).packed, ip_address(probe.target).packed)
    return (*ends, probe.protocol, probe.source_port, probe.port)


def answer_of(asked: Key) -> Key:
    source, target, protocol, source_port, port = asked
    return target, source, protocol, port, source_port


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return int(~(total + (total >> 16)) & 0xFFFF)


def packet(asked: Key, flags: int) -> bytes:
    """Write a packet from its IP header on, with every checksum right: connection tracking drops others."""
    source, target, protocol, source_port, port = asked
    if protocol == TCP:
        ack = 1001 if flags & 0x10 else 0
        head = struct.pack(">HHIIBBHHH", source_port, port, 1000, ack, 0x50, flags, 8192, 0, 0)
        place = 16
    else:
        head = struct.pack(">HHHH", source_port, port, 12, 0) + b"ping"
        place = 6
    pseudo = source + target + struct.pack(">II", len(head), protocol)
    body = head[:place] + struct.pack(">H", checksum(pseudo + head)) + head[place + 2 :]
    if len(source) == 4:
        top = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0) + source + target
        return top[:10] + struct.pack(">H", checksum(top)) + top[12:] + body
    return struct.pack(">IHBB", 6 << 28, len(body), protocol, 64) + source + target + body


def parse(frame: bytes) -> tuple[Key, int] | None:
    """Read who sends what to whom from a frame, and the flags of TCP; None for anything else."""
    if frame[12:14] == ETHER[4] and frame[23] in (TCP, UDP):
        ends, protocol, start = (frame[26:30], frame[30:34]), frame[23], 14 + 4 * (frame[14] & 15)
    elif frame[12:14] == ETHER[6] and frame[20] in (TCP, UDP):
        ends, protocol, start = (frame[22:38], frame[38:54]), frame[20], 54
    else:
        return None
    source_port, port = struct.unpack_from(">HH", frame, start)
    return (*ends, protocol, source_port, port), frame[start + 13] if protocol == TCP else 0
