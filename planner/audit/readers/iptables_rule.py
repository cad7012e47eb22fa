"""One rule of iptables-save: its match, and its target."""

from collections.abc import Callable, Iterator, Mapping

from planner.audit.readers.match import (
    Match,
    all_but,
    all_but_state,
    connection_states,
    masked_range,
    numbers,
    protocol_services,
)
from planner.audit.readers.rule_base import AddressSets, Ground, NotReadError, Side
from planner.network.packets import (
    ADDRESSES,
    ESTABLISHED,
    MAX_PORT,
    NEW,
    PORTS,
    TCP,
    Family,
    network_ranges,
    port_number,
)
from planner.network.ranges import NONE, Ranges, ranges, subtract, union

PASSIVE = frozenset((
    "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "TCPMSS", "CLASSIFY", "SECMARK",
    "CONNSECMARK", "TRACE", "TOS", "DSCP", "TTL", "HL", "CHECKSUM", "AUDIT", "SET", "FLOWOFFLOAD",
))  # fmt: skip
"""Targets after which the next rule is looked at."""

TRANSLATING = ("DNAT", "REDIRECT", "NETMAP", "TPROXY")

_WITH_OPTIONS = frozenset((*PASSIVE, *TRANSLATING, "REJECT", "SNAT", "MASQUERADE", "CT", "NOTRACK", "NFQUEUE"))
"""Targets with options of their own, which iptables-save writes last. Behind any other, a match may follow."""


_MODULES = frozenset((
    "tcp", "udp", "multiport", "conntrack", "state", "comment", "iprange", "icmp", "icmp6", "addrtype", "pkttype",
    "rpfilter", "recent", "limit", "hashlimit", "connlimit", "set", "mark", "connmark", "time", "mac", "length",
    "statistic", "string",
))  # fmt: skip
"""Modules whose options are all known here."""

_UNSURE: Mapping[str, int] = {
    "--set": 0, "--rcheck": 0, "--update": 0, "--remove": 0, "--name": 1, "--seconds": 1, "--hitcount": 1, "--rttl": 0,
    "--reap": 0, "--mask": 1, "--limit": 1, "--limit-burst": 1, "--hashlimit": 1, "--hashlimit-upto": 1,
    "--hashlimit-above": 1, "--hashlimit-burst": 1, "--hashlimit-mode": 1, "--hashlimit-name": 1,
    "--hashlimit-htable-size": 1, "--hashlimit-htable-max": 1, "--hashlimit-htable-expire": 1,
    "--hashlimit-htable-gcinterval": 1, "--hashlimit-srcmask": 1, "--hashlimit-dstmask": 1, "--connlimit-above": 1,
    "--connlimit-upto": 1, "--connlimit-mask": 1, "--connlimit-saddr": 0, "--connlimit-daddr": 0, "--match-set": 2,
    "--mark": 1, "--timestart": 1, "--timestop": 1, "--weekdays": 1, "--monthdays": 1, "--datestart": 1,
    "--datestop": 1, "--kerneltz": 0, "--mac-source": 1, "--length": 1, "--mode": 1, "--probability": 1, "--every": 1,
    "--packet": 1, "--algo": 1, "--string": 1, "--hex-string": 1, "--from": 1, "--icase": 0,
}  # fmt: skip
"""Options that only some of the packets meet, whatever the plan says, each with the number of its values."""


class RuleReader:
    """One rule: its match so far, its target.

    ``unsure``: a match that only some of the packets meet. ``known``: every word of it was. ``helps``: its target
    gives connections a helper, and no more. ``rest``: the words behind the target.
    """

    def __init__(self, words: list[str], family: Family, ground: Ground, chain: str, *, translates: bool) -> None:
        self._words = words
        self._family = family
        self._ground = ground
        self._chain = chain
        self._translates = translates
        self._why = ""
        self._seen: set[str] = set()
        self.match = Match.everything((family,))
        self.opened: Ranges | None = None
        self.target = ""
        self.goes = False
        self.comment = ""
        self.tracks = False
        self.unsure = ""
        self.known = True
        self.helps = False
        self.rest: list[str] = []
        self.remarks: list[str] = []

    def read(self) -> None:
        """Read all options.

        Raises:
            NotReadError: naming the first that is not understood; what is understood has narrowed the match.
        """
        rest = iter(self._words)
        inverted = False
        for word in rest:
            if word == "!":
                if inverted:
                    self._fail("'!' twice")
                inverted = True
                continue
            if word in ("-j", "-g", "--jump", "--goto"):
                if self.target or inverted:
                    self._fail("two targets" if self.target else "'!' before a target")
                self.target, self.goes = next(rest, ""), word in ("-g", "--goto")
                if not self.target:
                    self._fail("the line ends before its target")
                if self.target in _WITH_OPTIONS:
                    # What follows belongs to the target; none of it narrows what the rule is about.
                    self.rest = list(rest)
                    self.helps = bool(self.rest) and self.rest[0] in ("--helper", "--timeout", "--ctevents")
                    if "-A" in self.rest or "--append" in self.rest:
                        self._fail("two rules on one line")
                    break
                continue
            try:
                self._option(word, rest, inverted)
            except (NotReadError, ValueError) as error:
                self._fail(str(error))
            inverted = False
        if inverted:
            self._fail("'!' at the end")
        if self._why:
            raise NotReadError(self._why)

    def _fail(self, why: str) -> None:
        self._why = self._why or why
        self.known = False

    def _option(self, word: str, rest: Iterator[str], inverted: bool) -> None:  # noqa: PLR0912  # one for each kind
        if word in _UNSURE:
            for _ in range(_UNSURE[word]):
                if next(rest, "!") == "!" and next(rest, "") == "":
                    raise NotReadError("the line ends too early")
            if word not in ("--set", "--log-level"):
                self.unsure = self.unsure or f"only some of the packets meet {word}"
        elif word == "--syn":
            self._begins(inverted)
        elif word in ("--rsource", "--rdest"):
            pass
        elif word == "--tcp-flags":
            mask = next(rest, "")
            inverted, mask = (True, next(rest, "")) if mask == "!" else (inverted, mask)
            self._tcp_flags(mask, next(rest, ""), inverted)
        elif word in ("--icmp-type", "--icmpv6-type"):
            if next(rest, "") == "!":
                next(rest, "")
            self.match = self.match.with_service(NONE)
        elif word in ("--validmark", "--invert", "--loose", "--accept-local") and "rpfilter" in self._seen:
            if word == "--invert":
                # Packets that did not come from where their answers go: none of those that the plan places.
                self.match = self.match.with_service(NONE)
                self.remarks.append("rpfilter: taken to pass what comes in where the plan places it")
        elif word in _OPTIONS:
            group, option = _OPTIONS[word]
            if option not in (RuleReader._module, RuleReader._remark):
                if group in self._seen:
                    raise NotReadError(f"{word[:30]!r} twice")
                self._seen.add(group)
            text = next(rest, "")
            if text == "!":
                # The old place of the sign.
                if inverted:
                    raise NotReadError("'!' twice")
                inverted, text = True, next(rest, "")
            if not text and option is not RuleReader._remark:
                raise NotReadError("the line ends too early")
            option(self, text, inverted)
        else:
            raise NotReadError(f"{word[:30]!r} is not understood here")

    def _module(self, name: str, inverted: bool) -> None:
        if name not in _MODULES or inverted:
            raise NotReadError(f"module {name[:30]!r} is not understood here")
        self._seen.add(name)

    def _address_type(self, text: str, inverted: bool) -> None:
        """Narrows to a kind of address: packets between zones are for none of the computer's own."""
        own = set(text.upper().split(",")) <= {"LOCAL", "BROADCAST"}
        early = self._chain in ("raw PREROUTING", "mangle PREROUTING")
        if not own or (early and self._translates):
            raise NotReadError(f"addrtype {text[:30]!r} is not understood here")
        if not self._chain.startswith("nat ") and not inverted:
            self.match = self.match.with_service(NONE)

    def _packet_type(self, text: str, inverted: bool) -> None:
        kinds = set(text.casefold().split(","))
        if not kinds <= {"unicast", "host", "broadcast", "multicast"}:
            raise NotReadError(f"pkttype {text[:30]!r} is not understood here")
        if bool(kinds & {"unicast", "host"}) == inverted:
            # What is sent to everybody on a wire is never passed on to another.
            self.match = self.match.with_service(NONE)

    def _source(self, text: str, inverted: bool) -> None:
        self.match = self.match.from_(self._addresses(text, inverted))

    def _destination(self, text: str, inverted: bool) -> None:
        self.match = self.match.to(self._addresses(text, inverted))

    def _source_range(self, text: str, inverted: bool) -> None:
        self.match = self.match.from_(self._address_range(text, inverted))

    def _destination_range(self, text: str, inverted: bool) -> None:
        self.match = self.match.to(self._address_range(text, inverted))

    def _addresses(self, text: str, inverted: bool) -> AddressSets:
        found = {self._family: union(NONE, *(_masked(part, self._family) for part in text.split(",")))}
        return all_but(found) if inverted else found

    def _address_range(self, text: str, inverted: bool) -> AddressSets:
        low, _, high = text.partition("-")
        first, last = (_masked(end, self._family)[0][0] for end in (low, high or low))
        found = {self._family: numbers(first, last, ADDRESSES[self._family][0][1])}
        return all_but(found) if inverted else found

    def _comes_in(self, name: str, inverted: bool) -> None:
        if (side := self._side(name, inverted)) is not None:
            self.match = self.match.enters(side)

    def _goes_out(self, name: str, inverted: bool) -> None:
        if (side := self._side(name, inverted)) is not None:
            self.match = self.match.leaves(side)

    def _side(self, name: str, inverted: bool) -> Side | None:
        """Packets of an interface; None where all packets are meant, or none that the plan knows."""
        if self._ground.is_inner(name):
            self.match = self.match if inverted else self.match.with_service(NONE)
            return None
        return self._ground.side(name, (self._family,), inverted=inverted) if name != "+" or inverted else None

    def _protocol(self, name: str, inverted: bool) -> None:
        if name.casefold() in ("all", "0"):
            if inverted:
                raise NotReadError("no packet is of no protocol")
            return
        found = protocol_services(name)
        self.match = self.match.with_service(subtract(((0, 2 * MAX_PORT + 1),), found) if inverted else found)

    def _source_ports(self, text: str, inverted: bool) -> None:
        self.match = self.match.with_source_port(port_set(text, inverted))

    def _destination_ports(self, text: str, inverted: bool) -> None:
        self.match = self.match.with_destination_port(port_set(text, inverted))

    def _states(self, text: str, inverted: bool) -> None:
        self.tracks = True
        names = text.lower().split(",")
        if not self._translates:
            # Without a translation no packet was translated.
            names = [name for name in names if name not in ("dnat", "snat")]
        found = connection_states(names)
        self.match = self.match.with_state(all_but_state(found) if inverted else found)

    def _opened_on(self, text: str, inverted: bool) -> None:
        """Narrows to the port on which the connection began: packets to it, and answers from it."""
        self.tracks = True
        if self._translates:
            raise NotReadError("--ctorigdstport is the port before a translation in this file")
        self.opened = port_set(text, inverted)

    @property
    def matches(self) -> tuple[Match, ...]:
        """All that the rule is about; any of these will do."""
        if self.opened is None:
            return (self.match,)
        return self.match.with_destination_port(self.opened), self.match.with_source_port(self.opened)

    def _begins(self, inverted: bool) -> None:
        self.match = self.match.with_service(TCP).with_state(ESTABLISHED if inverted else NEW)

    def _remark(self, text: str, _inverted: bool) -> None:
        self.comment = text

    def _tcp_flags(self, mask: str, wanted: str, inverted: bool) -> None:
        """Narrows to packets that begin a connection, or to those that do not, by their flags."""
        asked = frozenset(mask.split(",")), frozenset(wanted.split(","))
        begin = [(frozenset(flags), frozenset(("SYN",))) for flags in _BEGINNINGS]
        if asked not in begin:
            raise NotReadError(f"--tcp-flags {mask[:30]} {wanted[:30]} is not understood here")
        self._begins(inverted)


_BEGINNINGS = (("FIN", "SYN", "RST", "ACK"), ("SYN", "ACK"), ("SYN", "RST", "ACK"), ("FIN", "SYN", "ACK"))

_OptionReader = Callable[[RuleReader, str, bool], None]

_OPTIONS: Mapping[str, tuple[str, _OptionReader]] = {
    option: (options, read)
    for options, read in (
        ("-m --match", RuleReader._module),
        ("-s --source --src", RuleReader._source),
        ("-d --destination --dst", RuleReader._destination),
        ("--src-range", RuleReader._source_range),
        ("--dst-range", RuleReader._destination_range),
        ("-i --in-interface", RuleReader._comes_in),
        ("-o --out-interface", RuleReader._goes_out),
        ("-p --protocol --proto", RuleReader._protocol),
        ("--sport --sports --source-port --source-ports", RuleReader._source_ports),
        ("--dport --dports --destination-port --destination-ports", RuleReader._destination_ports),
        ("--ctstate --state", RuleReader._states),
        ("--ctorigdstport", RuleReader._opened_on),
        ("--comment", RuleReader._remark),
        ("--src-type", RuleReader._address_type),
        ("--dst-type", RuleReader._address_type),
        ("--pkt-type", RuleReader._packet_type),
    )
    for option in options.split()
}


def port_set(text: str, inverted: bool) -> Ranges:
    """Parse ports as iptables has them: single ones and ranges with a colon, separated by commas."""
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        low, colon, high = part.partition(":")
        first = port_number(low) if low else 0
        last = port_number(high) if high else MAX_PORT if colon else first
        found += numbers(first, last, MAX_PORT)
    return subtract(PORTS, ranges(found)) if inverted else ranges(found)


def _masked(text: str, family: Family) -> Ranges:
    """Return the addresses of one host or network; its mask is one, never a wildcard."""
    address, slash, mask = text.partition("/")
    if slash and (":" in mask or "." in mask):
        low = network_ranges([address]).get(family)
        kept_bits = network_ranges([mask]).get(family)
        if low is not None and kept_bits is not None:
            return masked_range(low[0][0], ADDRESSES[family][0][1] ^ kept_bits[0][0])
    found = network_ranges([text]).get(family)
    if found is None:
        raise NotReadError(f"{text[:60]!r} is no IPv{family} address")
    return found
