"""A router of network namespaces: one namespace for each zone, and real packets sent from zone to zone.

Run as a program it makes the namespaces, the router being its own, and serves jobs from standard input, one JSON object
a line: first the zones, then rules to load and probes to send. Everything stays inside; nothing is left behind, since
namespaces end with their processes. Zones have no addresses of their own: their packets are made and read as frames, so
that any host can be asked from any port without waiting for timeouts.

A probe is a first packet, TCP SYN or UDP, and counts as open when it arrives and its answer comes back.
"""

import ctypes
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple

NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
SYN, SYN_ACK = 0x02, 0x12
ETHER = {4: b"\x08\x00", 6: b"\x86\xdd"}
TCP, UDP = 6, 17
MAC = "02:00:00:00:{:02x}:{:02x}"
QUIET = 0.02
"""Seconds without a packet after which none is on its way: veth hands packets over as they are sent."""
PATIENCE = 3.0
"""Seconds to wait for packets that are expected, on a machine that is busy."""


class Probe(NamedTuple):
    """A first packet: zones by number, addresses and ports."""

    from_: int
    to: int
    source: str
    target: str
    protocol: int
    source_port: int
    port: int


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


def parse(frame: bytes) -> tuple[Key, bool] | None:
    """Read who sends what to whom, and whether it is an answer to a SYN; None for anything else."""
    if frame[12:14] == ETHER[4] and frame[23] in (TCP, UDP):
        ends, protocol, start = (frame[26:30], frame[30:34]), frame[23], 14 + 4 * (frame[14] & 15)
    elif frame[12:14] == ETHER[6] and frame[20] in (TCP, UDP):
        ends, protocol, start = (frame[22:38], frame[38:54]), frame[20], 54
    else:
        return None
    source_port, port = struct.unpack_from(">HH", frame, start)
    return (*ends, protocol, source_port, port), protocol == TCP and frame[start + 13] == SYN_ACK


class Rig:
    """The router and the zones around it."""

    def __init__(self, zones: Sequence[dict[str, Any]]) -> None:
        self._sockets: list[socket.socket] = []
        self._headers: list[dict[int, bytes]] = []
        self._holders: list[int] = []
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        _ip(["link set lo up"])
        for number, zone in enumerate(zones):
            holder = self._hold_namespace()
            side, inner = zone["interface"], MAC.format(1, number)
            pair = f"type veth peer name zone address {inner} netns {holder}"
            _ip([f"link add {side} address {MAC.format(0, number)} {pair}", f"link set {side} up"])
            _enter(os.open(f"/proc/{holder}/ns/net", os.O_RDONLY))
            _ip(["link set zone up"])
            link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            link.bind(("zone", 0))
            link.setblocking(False)
            self._sockets.append(link)
            outer = bytes.fromhex(MAC.format(0, number).replace(":", "")) + bytes.fromhex(inner.replace(":", ""))
            self._headers.append({family: outer + ether for family, ether in ETHER.items()})
            _enter(os.dup(home))
        self._route(zones)

    def _hold_namespace(self) -> int:
        """Start a process that holds a namespace of its own, and give its number once it does."""
        read, write = os.pipe()
        child = os.fork()
        if not child:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            LIBC.prctl(1, signal.SIGKILL)
            if LIBC.unshare(NEWNET):
                os._exit(1)
            os.write(write, b".")
            os.close(write)
            while True:
                signal.pause()
        os.close(write)
        if os.read(read, 1) != b".":
            raise OSError("no namespace for a zone")
        os.close(read)
        self._holders.append(child)
        return child

    @staticmethod
    def _route(zones: Sequence[dict[str, Any]]) -> None:
        for name, value in (
            ("ipv4/ip_forward", "1"),
            ("ipv6/conf/all/forwarding", "1"),
            ("ipv4/conf/all/rp_filter", "0"),
            *((f"ipv4/conf/{zone['interface']}/rp_filter", "0") for zone in zones),
        ):
            with open(f"/proc/sys/net/{name}", "w") as file:  # noqa: PTH123 - no path of a test
                file.write(value)
        commands = []
        for number, zone in enumerate(zones):
            for network in zone["networks"]:
                commands.append(f"{'-6 ' if ':' in network else ''}route replace {network} dev {zone['interface']}")
            for host in zone["hosts"]:
                family = "-6 " if ":" in host else ""
                commands.append(f"{family}route replace {host} dev {zone['interface']}")
                commands.append(
                    f"{family}neigh replace {host} dev {zone['interface']} lladdr {MAC.format(1, number)} nud permanent"
                )
        for family in ("-4", "-6"):
            _ip([line.removeprefix("-6 ") for line in commands if line.startswith("-6") == (family == "-6")], family)

    def probe(self, probes: Sequence[Probe], expected: Iterable[int]) -> list[int]:
        """Send all probes and give the numbers of those that were answered."""
        awaited = set(expected)
        opened: list[int] = []
        for batch in _batches(probes):
            forget_connections()
            found = self._run({key(probe): (number, probe) for number, probe in batch}, awaited)
            opened += found
        return sorted(opened)

    def _run(self, asked: dict[Key, tuple[int, Probe]], awaited: set[int]) -> list[int]:
        answers = {answer_of(one): number for one, (number, _) in asked.items()}
        waiting = {number for number, _ in asked.values()} & awaited
        opened: list[int] = []
        until = time.monotonic() + PATIENCE
        for count, (one, (_, probe)) in enumerate(asked.items()):
            self._send(probe.from_, packet(one, SYN))
            if count % 64 == 63:
                self._receive(asked, answers, opened, 0)
        while True:
            more = self._receive(asked, answers, opened, QUIET)
            if not more and (waiting <= set(opened) or time.monotonic() > until):
                return opened

    def _send(self, zone: int, content: bytes) -> None:
        frame = self._headers[zone][content[0] >> 4] + content
        while True:
            try:
                self._sockets[zone].send(frame)
            except BlockingIOError:
                select.select([], [self._sockets[zone]], [])
            else:
                return

    def _receive(
        self, asked: dict[Key, tuple[int, Probe]], answers: dict[Key, int], opened: list[int], wait: float
    ) -> bool:
        ready, _, _ = select.select(self._sockets, [], [], wait)
        for link in ready:
            zone = self._sockets.index(link)
            while True:
                try:
                    frame, about = link.recvfrom(2048)
                except BlockingIOError:
                    break
                found = parse(frame) if about[2] != socket.PACKET_OUTGOING else None
                if found is None:
                    continue
                one, answers_syn = found
                if not answers_syn and one in asked and asked[one][1].to == zone:
                    self._send(zone, packet(answer_of(one), SYN_ACK))
                elif one in answers and (answers_syn or one[2] == UDP):
                    opened.append(answers[one])
        return bool(ready)


def _batches(probes: Sequence[Probe]) -> list[list[tuple[int, Probe]]]:
    """Part probes so that none looks like the answer to another one."""
    first: dict[Key, tuple[int, Probe]] = {}
    second: list[tuple[int, Probe]] = []
    for number, probe in enumerate(probes):
        if answer_of(key(probe)) in first:
            second.append((number, probe))
        else:
            first[key(probe)] = (number, probe)
    return [batch for batch in (list(first.values()), second) if batch]


def forget_connections() -> None:
    """Have the kernel forget every connection it tracks in this namespace (ctnetlink, delete without a filter)."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as link:
        link.bind((0, 0))
        link.send(struct.pack("=IHHIIBBH", 20, 0x102, 5, 1, 0, 0, 0, 0))
        link.recv(4096)


def _enter(namespace: int) -> None:
    if LIBC.setns(namespace, NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(namespace)


def _ip(commands: Sequence[str], family: str = "-4") -> None:
    subprocess.run(["ip", family, "-batch", "-"], input="\n".join(commands), text=True, check=True, capture_output=True)


CLEAN = "nft flush ruleset; for i in iptables ip6tables; do $i -P FORWARD ACCEPT; $i -F; $i -X; done"


def load(loads: Sequence[tuple[str, str]]) -> None:
    """Load rules, each as a shell command and its input, in place of all there were."""
    subprocess.run(["sh", "-c", CLEAN], check=True, capture_output=True)
    for command, text in loads:
        subprocess.run(["sh", "-ec", command], input=text, text=True, check=True, capture_output=True)


def say(line: str) -> None:
    """Give an answer."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve() -> None:
    """Answer jobs until standard input ends."""
    rig = Rig(json.loads(sys.stdin.readline()))
    say("ready")
    probes: list[Probe] = []
    for line in sys.stdin:
        job = json.loads(line)
        if "probes" in job:
            probes = [Probe(*probe) for probe in job["probes"]]
        try:
            load(job["load"])
        except subprocess.CalledProcessError as error:
            say(json.dumps({"error": f"{error.cmd}: {error.stderr}"}))
            continue
        say(json.dumps({"open": rig.probe(probes, job["expected"])}))


if __name__ == "__main__":
    serve()
