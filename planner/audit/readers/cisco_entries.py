"""One entry of a Cisco access list: protocol, source, ports, destination, ports, options."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from planner.audit.readers.match import ANYWHERE, Match, masked_range, numbers, protocol_services
from planner.audit.readers.rule_base import MAX_BOXES, AddressSets, NotReadError, RuleBaseError, joined
from planner.network.packets import ESTABLISHED, MAX_PORT, PORTS, TCP, UDP, Family, network_ranges, port_number
from planner.network.ranges import NONE, Ranges, one, ranges, subtract, union

Dialect = Literal["ios", "asa"]
MAX_GROUP_DEPTH = 16

_IGNORED = frozenset(("log", "log-input", "disable", "default", "count", "statistics"))
_LEVELS = frozenset(
    ("alerts", "critical", "debugging", "emergencies", "errors", "informational", "notifications", "warnings")
)


class ServicePart(msgspec.Struct, frozen=True):
    """Services of an object: protocols with destination ports, and source ports."""

    service: Ranges
    source_port: Ranges = PORTS


class Groups(msgspec.Struct):
    """Objects and groups of a configuration, as the lines that define them. ``names``: addresses by their names."""

    networks: dict[str, list[list[str]]] = {}
    services: dict[str, list[list[str]]] = {}
    protocols: dict[str, str] = {}
    names: dict[str, str] = {}


class EntryReader:
    """Reads entries of one dialect, with the objects that they may name."""

    def __init__(self, dialect: Dialect, groups: Groups) -> None:
        self._dialect = dialect
        self._groups = groups

    def read(self, words: Sequence[str], families: Sequence[Family]) -> tuple[Match, ...]:
        """Reads the words behind ``permit`` and ``deny``; any of the matches will do.

        Raises:
            NotReadError: naming what is not understood.
            RuleBaseError: too much comes of it.
        """
        left = list(words)
        parts, protocol = self._protocol(left)
        source = self._addresses(left)
        source_ports = self._ports(left, protocol)
        destination = self._addresses(left)
        if not any(part.service for part in parts):
            # Whatever else it asks of its packets: none of them is TCP or UDP.
            return ()
        destination_ports = self._ports(left, protocol)
        state = self._options(left)
        whole = Match.everything(families).from_(source).to(destination)
        found = []
        for part in parts:
            match = whole.with_service(part.service).with_source_port(part.source_port)
            if source_ports is not None:
                match = match.with_source_port(source_ports)
            if destination_ports is not None:
                match = match.with_destination_port(destination_ports)
            found.append(match if state is None else match.with_service(TCP).with_state(state))
        return tuple(found)

    def _protocol(self, left: list[str]) -> tuple[Sequence[ServicePart], str]:
        word = _take(left)
        if word in ("object-group", "object"):
            return self.services(_take(left), 0), ""
        if word in ("ip", "ipv4", "ipv6"):
            return (ServicePart(((0, 2 * MAX_PORT + 1),)),), ""
        if word in ("tcp", "udp", "6", "17"):
            return (ServicePart(protocol_services(word)),), {"6": "tcp", "17": "udp"}.get(word, word)
        if (is_number(word) and len(word) < 4) or word in _PROTOCOLS:
            return (ServicePart(NONE),), "other"
        raise NotReadError(f"protocol {word[:30]!r} is not understood here")

    def _addresses(self, left: list[str]) -> AddressSets:  # noqa: PLR0911  # one for each form
        word = _take(left)
        if word == "any":
            return ANYWHERE
        if word in ("any4", "any6"):
            family: Family = 4 if word == "any4" else 6
            return {family: ANYWHERE[family]}
        if word == "host":
            return self._host(_take(left))
        if word in ("object", "object-group", "addrgroup"):
            return self.networks(_take(left), 0)
        if "/" in word or ":" in word:
            return _network(word)
        if is_number(word[:1]):
            return self._masked(word, _take(left))
        if word in self._groups.names:
            return self._masked(self._groups.names[word], _take(left))
        raise NotReadError(f"address {word[:30]!r} is not understood here")

    def _host(self, text: str) -> AddressSets:
        return _network(self._groups.names.get(text, text))

    def _masked(self, address: str, mask: str) -> AddressSets:
        try:
            number, wildcard = int(ipaddress.IPv4Address(address)), int(ipaddress.IPv4Address(mask))
        except ValueError:
            raise NotReadError(f"{address[:20]!r} {mask[:20]!r} is no address with its mask") from None
        if self._dialect == "asa":
            if number and not wildcard:
                raise NotReadError(f"mask {mask[:20]} of {address[:20]} may mean that host or every one")
            wildcard ^= 2**32 - 1
            if wildcard & (wildcard + 1):
                raise NotReadError(f"mask {mask[:20]} has gaps")
        return {4: masked_range(number, wildcard)}

    def _ports(self, left: list[str], protocol: str) -> Ranges | None:  # noqa: PLR0911  # one for each operator
        if not left:
            return None
        word = left[0]
        if word in ("object-group", "portgroup") and len(left) > 1 and left[1] in self._groups.services:
            del left[0]
            parts = self.services(left.pop(0), 0)
            return union(NONE, *(_destination_ports(part.service) for part in parts))
        if word not in ("eq", "neq", "gt", "lt", "range"):
            return None
        del left[0]
        first = _port(_take(left), protocol)
        if word == "range":
            return numbers(first, _port(_take(left), protocol), MAX_PORT)
        found = one(first)
        while word in ("eq", "neq") and left and _is_port(left[0], protocol):
            found = union(found, one(_port(left.pop(0), protocol)))
        if word == "eq":
            return found
        if word == "neq":
            return subtract(PORTS, found)
        return ranges([(first + 1, MAX_PORT) if word == "gt" else (0, first - 1)])

    @staticmethod
    def _options(left: list[str]) -> Ranges | None:
        state: Ranges | None = None
        while left:
            word = left.pop(0)
            if word == "established":
                state = ESTABLISHED
            elif word == "interval" and left:
                left.pop(0)
            elif word not in _IGNORED and word not in _LEVELS and not is_number(word):
                raise NotReadError(f"option {word[:30]!r} is not understood here")
        return state

    def networks(self, name: str, depth: int) -> AddressSets:
        """Addresses of an object or a group.

        Raises:
            NotReadError: it is not there, or a line of it is not understood.
        """
        if name not in self._groups.networks:
            raise NotReadError(f"object {name[:40]!r} is not in this configuration")
        if depth > MAX_GROUP_DEPTH:
            raise NotReadError(f"object {name[:40]!r} holds itself")
        lines = self._groups.networks[name]
        if not lines:
            raise NotReadError(f"object {name[:40]!r} is empty here; none that is in use can be")
        return joined([self._network_line(words, depth) for words in lines])

    def _network_line(self, words: Sequence[str], depth: int) -> AddressSets:  # noqa: PLR0911  # one for each form
        match list(words):
            case ["host", address] | ["network-object", "host", address]:
                return self._host(address)
            case ["any"]:
                return ANYWHERE
            case ["network-object" | "subnet", address, mask] if address in self._groups.names:
                return EntryReader("asa", self._groups)._masked(self._groups.names[address], mask)
            case ["subnet" | "network-object", "object", name] | ["network-object", name] if "/" not in name:
                return self.networks(name, depth + 1)
            case ["group-object", name]:
                return self.networks(name, depth + 1)
            case ["network-object" | "subnet", network]:
                return _network(network)
            case ["network-object" | "subnet", address, mask] | [address, mask] if is_number(address[:1]):
                # Groups hold masks in both dialects, wildcards on none.
                return EntryReader("asa", self._groups)._masked(address, mask)
            case ["range", low, high]:
                ends = [_network(low), _network(high)]
                family = next(iter(ends[0]))
                return {family: numbers(ends[0][family][0][0], ends[1].get(family, ((-1, -1),))[0][1], 2**128 - 1)}
            case [network] if "/" in network:
                return _network(network)
        raise NotReadError(f"{' '.join(words)[:40]!r} in an object is not understood here")

    def services(self, name: str, depth: int) -> Sequence[ServicePart]:
        """Services of an object or a group.

        Raises:
            NotReadError: it is not there, or a line of it is not understood.
            RuleBaseError: it holds too many.
        """
        if name not in self._groups.services:
            raise NotReadError(f"object {name[:40]!r} is not in this configuration")
        if depth > MAX_GROUP_DEPTH:
            raise NotReadError(f"object {name[:40]!r} holds itself")
        if not self._groups.services[name]:
            raise NotReadError(f"object {name[:40]!r} is empty here; none that is in use can be")
        stated = self._groups.protocols.get(name, "")
        found = [part for words in self._groups.services[name] for part in self._service_line(words, stated, depth)]
        if len(found) > MAX_BOXES // 10:
            raise RuleBaseError(f"object {name[:40]!r} holds too many services; accepted: fewer")
        return found

    def _service_line(self, words: Sequence[str], stated: str, depth: int) -> Sequence[ServicePart]:
        match list(words):
            case ["group-object", name] | ["service-object", "object", name]:
                return self.services(name, depth + 1)
            case ["port-object", *rest]:
                ports = self._ports(rest, stated.split("-", maxsplit=1)[0])
                if ports is not None and not rest:
                    return [
                        ServicePart(tuple((low + base[0][0], high + base[0][0]) for low, high in ports))
                        for name, base in (("tcp", TCP), ("udp", UDP))
                        if name in stated.split("-")
                    ]
            case ["eq" | "neq" | "gt" | "lt" | "range", *_] if not stated:
                return self._service_object(["tcp-udp", *words])
            case ["protocol-object" | "service-object" | "service", *rest]:
                return self._service_object(rest)
            case ["tcp" | "udp" | "tcp-udp" | "ip", *_]:
                return self._service_object(list(words))
            case [protocol, *_] if protocol in _PROTOCOLS or (is_number(protocol) and len(protocol) < 4):
                return self._service_object(list(words))
        raise NotReadError(f"{' '.join(words)[:40]!r} in an object is not understood here")

    def _service_object(self, left: list[str]) -> Sequence[ServicePart]:
        if left and left[0] == "tcp-udp":
            return [*self._service_object(["tcp", *left[1:]]), *self._service_object(["udp", *left[1:]])]
        parts, protocol = self._protocol(left)
        if protocol == "other":
            # Kinds of ICMP and the like narrow what is neither TCP nor UDP.
            return parts
        source: Ranges = PORTS
        match = Match.everything((4,)).with_service(parts[0].service)
        while left:
            word = left.pop(0) if left[0] in ("source", "destination") else "destination"
            ports = self._ports(left, protocol)
            if ports is None:
                raise NotReadError(f"{' '.join(left)[:40]!r} in a service is not understood here")
            if word == "source":
                source = ports
            else:
                match = match.with_destination_port(ports)
        return [ServicePart(match.service, source)]


def is_number(word: str) -> bool:
    """Checks for the digits 0 to 9; Unicode has others, which no device takes."""
    return word.isascii() and word.isdigit()


_PROTOCOLS = frozenset((
    "ah", "ahp", "eigrp", "esp", "gre", "icmp", "icmp6", "icmpv6", "igmp",
    "igrp", "ipinip", "ipsec", "nos", "ospf", "pcp", "pim", "pptp", "sctp", "snp",
))  # fmt: skip


def _take(left: list[str]) -> str:
    if not left:
        raise NotReadError("the entry ends too early")
    return left.pop(0)


def _network(text: str) -> AddressSets:
    try:
        return network_ranges([text])
    except ValueError:
        raise NotReadError(f"{text[:40]!r} is no address") from None


def _is_port(word: str, protocol: str) -> bool:
    return is_number(word) or any(word in names for names in _names(protocol))


def _port(word: str, protocol: str) -> int:
    for names in _names(protocol):
        if word in names:
            return names[word]
    try:
        return port_number(word)
    except ValueError as error:
        raise NotReadError(str(error)) from None


def _names(protocol: str) -> Sequence[Mapping[str, int]]:
    known: Mapping[str, Any] = {"tcp": (TCP_PORTS,), "udp": (UDP_PORTS,)}
    found: Sequence[Mapping[str, int]] = known.get(protocol, (TCP_PORTS, UDP_PORTS))
    return found


def _destination_ports(service: Ranges) -> Ranges:
    return ranges((low % (MAX_PORT + 1), high % (MAX_PORT + 1)) for low, high in service)


# Port names that IOS, NX-OS and ASA print instead of numbers. Source: the vendors' command references. kerberos is not
# among them: it is 750 in some versions and 88 in others, so that no line with it is understood.

_BOTH: Mapping[str, int] = {
    "citrix-ica": 1494, "cifs": 3020, "discard": 9, "domain": 53, "echo": 7, "http": 80, "nfs": 2049,
    "pim-auto-rp": 496, "radius": 1645, "radius-acct": 1646, "rpc": 111, "sip": 5060, "sunrpc": 111, "tacacs": 49,
    "tacacs-ds": 65, "talk": 517, "time": 37, "vxlan": 4789, "www": 80, "whois": 43,
}  # fmt: skip

TCP_PORTS: Mapping[str, int] = {
    **_BOTH,
    "aol": 5190, "bgp": 179, "chargen": 19, "cmd": 514, "connectedapps-plain": 15001, "connectedapps-tls": 15002,
    "ctiqbe": 2748, "daytime": 13, "drip": 3949, "exec": 512, "finger": 79, "ftp": 21, "ftp-data": 20, "gopher": 70,
    "h323": 1720, "hostname": 101, "https": 443, "ident": 113, "imap4": 143, "irc": 194, "klogin": 543, "kshell": 544,
    "ldap": 389, "ldaps": 636, "login": 513, "lotusnotes": 1352, "lpd": 515, "msrpc": 135, "netbios-ssn": 139,
    "nntp": 119, "pcanywhere-data": 5631, "pop2": 109, "pop3": 110, "pptp": 1723, "rsh": 514, "rtsp": 554, "smtp": 25,
    "sqlnet": 1521, "ssh": 22, "syslog": 514, "telnet": 23, "uucp": 540,
}  # fmt: skip

UDP_PORTS: Mapping[str, int] = {
    **_BOTH,
    "biff": 512, "bootpc": 68, "bootps": 67, "dnsix": 195, "isakmp": 500, "mobile-ip": 434, "nameserver": 42,
    "netbios-dgm": 138, "netbios-ns": 137, "netbios-ss": 139, "non500-isakmp": 4500, "ntp": 123,
    "pcanywhere-status": 5632, "rip": 520, "ripv6": 521, "rtsp": 5004, "secureid-udp": 5510, "snmp": 161,
    "snmptrap": 162, "syslog": 514, "tftp": 69, "who": 513, "xdmcp": 177,
}  # fmt: skip
