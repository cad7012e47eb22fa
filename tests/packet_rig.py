"""A router of network namespaces: one namespace for each zone, and real packets sent from zone to zone.

Run as a program it makes the namespaces, the router being its own, and serves jobs from standard input, one JSON object
a line: first the zones, then rules to load and probes to send. Everything stays inside; nothing is left behind, since
namespaces end with their processes. Zones have no addresses of their own: their packets are made and read as frames, so
that any host can be asked from any port without waiting for timeouts. A job may give the router the addresses of a host
whose own firewall is asked: what that lets in reaches the raw sockets here, which the kernel serves behind its filter.

Each probe is found to have arrived or not, and its answer to have come back or not; what claims to be an answer itself
gets none.
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
from collections.abc import Iterator, Sequence
from typing import Any

from tests.packet_frames import ETHER, HOST, RST, SYN_ACK, TCP, UDP, Key, Probe, answer_of, key, packet, parse

NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
MAC = "02:00:00:00:{:02x}:{:02x}"
QUIET = 0.02
"""Seconds without a packet after which none is on its way: veth hands packets over as they are sent."""
PATIENCE = 3.0
"""Seconds to wait for packets that are expected, on a machine that is busy."""
HOP = b"\0" * 12
GATEWAYS = {"-4": "169.254.0.1", "-6": "fe80::1"}


class Found:
    """Probes seen in one run: their numbers by what they ask, and by what answers them."""

    def __init__(self, batch: Sequence[tuple[int, Probe]]) -> None:
        self.asked = {key(probe): (number, probe) for number, probe in batch}
        self.answers = {answer_of(one): number for one, (number, _) in self.asked.items()}
        self.arrived: set[int] = set()
        self.answered: set[int] = set()


class Rig:
    """The router and the zones around it."""

    def __init__(self, zones: Sequence[dict[str, Any]]) -> None:
        self._sockets: list[socket.socket] = []
        self._headers: list[dict[int, bytes]] = []
        self._holders: list[int] = []
        self.own: Sequence[str] = ()
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        _ip(["link set lo up"])
        self._raw = list(_raw_sockets())
        self._out = {
            4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
            6: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
        }
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
        # All hosts of a zone are behind one gateway, so that none of them has to be known by itself.
        commands = []
        for number, zone in enumerate(zones):
            side = zone["interface"]
            for family, gateway in GATEWAYS.items():
                known = f"lladdr {MAC.format(1, number)} nud permanent"
                commands.append(f"{family} neigh replace {gateway} dev {side} {known}")
                networks = [net for net in zone["networks"] if (":" in net) == (family == "-6")]
                commands += [f"{family} route replace {net} via {gateway} dev {side} onlink" for net in networks]
        for family in ("-4", "-6"):
            _ip([line.removeprefix(family) for line in commands if line.startswith(family)], family)

    def be(self, addresses: Sequence[str]) -> None:
        """Replaces the addresses of the host before by those of this one."""
        for sign, hosts in (("del", self.own), ("add", addresses)):
            for family in ("-4", "-6"):
                own = [host for host in hosts if (":" in host) == (family == "-6")]
                if own:
                    _ip([f"addr {sign} {host} dev lo" for host in own], family)
        self.own = addresses

    def probe(self, probes: Sequence[Probe], arriving: set[int], answering: set[int]) -> dict[str, list[int]]:
        """Send all probes, and give the numbers of those that arrived and of those that were answered.

        Those that are expected to are waited for.
        """
        arrived: list[int] = []
        answered: list[int] = []
        for batch in _batches(probes):
            forget_connections()
            found = self._run(Found(batch), arriving, answering)
            arrived += found.arrived
            answered += found.answered
        return {"arrived": sorted(arrived), "answered": sorted(answered)}

    def _run(self, found: Found, arriving: set[int], answering: set[int]) -> Found:
        here = {number for number, _ in found.asked.values()}
        until = time.monotonic() + PATIENCE
        for count, (one, (_, probe)) in enumerate(found.asked.items()):
            self._send(probe.from_, packet(one, probe.flags))
            if count % 64 == 63:
                self._receive(found, 0)
        while True:
            more = self._receive(found, QUIET)
            missing = (here & arriving) - found.arrived or (here & answering) - found.answered
            if not more and (not missing or time.monotonic() > until):
                return found

    def _send(self, zone: int, content: bytes) -> None:
        if zone == HOST:
            family = content[0] >> 4
            target = socket.inet_ntop(*((socket.AF_INET, content[16:20]) if family == 4 else
                                        (socket.AF_INET6, content[24:40])))  # fmt: skip
            self._out[family].sendto(content, (target, 0))
            return
        frame = self._headers[zone][content[0] >> 4] + content
        while True:
            try:
                self._sockets[zone].send(frame)
            except BlockingIOError:
                select.select([], [self._sockets[zone]], [])
            else:
                return

    def _receive(self, found: Found, wait: float) -> bool:
        ready, _, _ = select.select([*self._sockets, *self._raw], [], [], wait)
        for link in ready:
            raw = link in self._raw
            zone = HOST if raw else self._sockets.index(link)
            for frame in _frames(link) if not raw else _delivered(link):
                self._note(found, zone, frame)
        return bool(ready)

    def _note(self, found: Found, zone: int, frame: bytes) -> None:
        seen = parse(frame)
        if seen is None or seen[1] & RST:
            return
        one, flags = seen
        if one in found.asked:
            number, probe = found.asked[one]
            if probe.to == zone and (one[2] == UDP or flags == probe.flags):
                found.arrived.add(number)
                if probe.begins:
                    self._send(zone, packet(answer_of(one), SYN_ACK))
                return
        number = found.answers.get(one, -1)
        if number >= 0 and (one[2] == UDP or flags == SYN_ACK):
            found.answered.add(number)


def _raw_sockets() -> Iterator[socket.socket]:
    for family in (socket.AF_INET, socket.AF_INET6):
        for protocol in (TCP, UDP):
            link = socket.socket(family, socket.SOCK_RAW, protocol)
            link.setblocking(False)
            if family == socket.AF_INET6:
                link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            yield link


def _frames(link: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            frame, about = link.recvfrom(2048)
        except BlockingIOError:
            return
        if about[2] != socket.PACKET_OUTGOING:
            yield frame


def _delivered(link: socket.socket) -> Iterator[bytes]:
    """Returns what reached a raw socket as frames; the header of IPv6, which it leaves out, is made up."""
    while True:
        try:
            content, told, _, about = link.recvmsg(2048, 256)
        except BlockingIOError:
            return
        if link.family == socket.AF_INET:
            yield HOP + ETHER[4] + content
            continue
        target = next(data[:16] for _, kind, data in told if kind == socket.IPV6_PKTINFO)
        source = socket.inet_pton(socket.AF_INET6, about[0].partition("%")[0])
        yield HOP + ETHER[6] + struct.pack(">IHBB", 6 << 28, len(content), link.proto, 64) + source + target + content


def _batches(probes: Sequence[Probe]) -> list[list[tuple[int, Probe]]]:
    """Part probes so that none looks like another one or like the answer to it."""
    batches: list[dict[Key, tuple[int, Probe]]] = []
    for number, probe in enumerate(probes):
        one = key(probe)
        for batch in batches:
            if one not in batch and answer_of(one) not in batch:
                batch[one] = (number, probe)
                break
        else:
            batches.append({one: (number, probe)})
    return [list(batch.values()) for batch in batches]


def forget_connections() -> None:
    """Makes the kernel forget every connection it tracks in this namespace (ctnetlink, delete without a filter)."""
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


def load(job: dict[str, Any]) -> None:
    """Load rules, each as a shell command and its input; where they do not replace the last ones, in a clean kernel."""
    if not job.get("replaces"):
        subprocess.run(["sh", "-c", CLEAN], check=True, capture_output=True)
    for command, text in job["load"]:
        subprocess.run(["sh", "-ec", command], input=text, text=True, check=True, capture_output=True)


def say(line: str) -> None:
    """Sends an answer."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve() -> None:
    """Answer jobs until standard input ends."""
    rig = Rig(json.loads(sys.stdin.readline()))
    say("ready")
    for line in sys.stdin:
        job = json.loads(line)
        probes = [Probe(*probe) for probe in job["probes"]]
        try:
            if (host := job.get("host", ())) != rig.own:
                rig.be(host)
            load(job)
        except subprocess.CalledProcessError as error:
            say(json.dumps({"error": f"{error.cmd}: {error.stderr}"}))
            continue
        say(json.dumps(rig.probe(probes, set(job["arrived"]), set(job["answered"]))))


if __name__ == "__main__":
    serve()
