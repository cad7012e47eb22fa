"""Our readers beside others: cisco-acl on access lists, and the tools of netfilter from iptables to nftables' JSON."""

import ipaddress
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.audit.readers.rule_base import RuleBase, decide
from planner.audit.run import read_rules
from planner.network.packets import ESTABLISHED, NEW, Box, everything, one_service, without
from planner.network.partition import Work, cells
from planner.network.ranges import one
from tests.audit.test_rule_bases import GROUND, IPTABLES, iptables
from tests.rulebases import in_kernel
from tests.strategies import proving

PORTS = (1, 9, 80, 443, 1023, 1024, 2967, 5000, 65535)
ADDRESSES = ("10.1.0.0", "10.1.2.3", "10.1.255.255", "10.2.0.1", "192.0.2.1")

ends = st.sampled_from(("any", "host 10.1.2.3", "10.1.0.0 0.0.255.255", "10.1.2.0 0.0.0.7", "192.0.2.0 0.0.0.255"))
numbers = st.sampled_from(("9", "80", "443", "1023", "2967"))
tcp_ports = st.one_of(
    st.just(""),
    st.builds("{} {}".format, st.sampled_from(("eq", "neq", "gt", "lt")), numbers),
    st.sampled_from(("eq www", "eq 80 443", "range 80 443", "range 1024 5000", "eq telnet", "range www 443")),
)
udp_ports = st.one_of(
    st.just(""),
    st.builds("{} {}".format, st.sampled_from(("eq", "neq", "gt", "lt")), numbers),
    st.sampled_from(("eq snmp", "range 1024 5000", "eq syslog", "eq 9 80 443")),
)
actions = st.sampled_from(("permit", "deny"))
entries = st.one_of(
    st.builds(
        "{} tcp {} {} {} {} {}".format, actions, ends, tcp_ports, ends, tcp_ports, st.sampled_from(("", "established"))
    ),
    st.builds("{} udp {} {} {} {}".format, actions, ends, udp_ports, ends, udp_ports),
    st.builds("{} ip {} {}".format, actions, ends, ends),
    st.builds("{} icmp {} {}".format, actions, ends, ends),
)
packets = st.tuples(
    st.sampled_from(ADDRESSES), st.sampled_from(PORTS), st.sampled_from(ADDRESSES), st.sampled_from(PORTS),
    st.sampled_from(("tcp", "udp")), st.booleans(),
)  # fmt: skip
Packet = tuple[str, int, str, int, str, bool]


def ours(base: RuleBase, packet: Packet) -> bool:
    source, source_port, target, port, protocol, begun = packet
    clip = Box(
        family=4,
        source=one(int(ipaddress.IPv4Address(source))),
        destination=one(int(ipaddress.IPv4Address(target))),
        source_port=one(source_port),
        service=one_service(protocol, port),
        state=ESTABLISHED if begun else NEW,
    )
    boxes = [(key, box) for key, entry in enumerate(base.entries) for box in entry.boxes]
    met = [keys for _, keys in cells(boxes, clip, bool, Work())]
    return decide(base.entries, met[0] if met else [])[0] == "accept"


def theirs(aces: Sequence[object], packet: Packet) -> bool:
    source, source_port, target, port, protocol, begun = packet
    for ace in aces:
        fits = (
            ace.protocol.name in (protocol, "ip")  # type: ignore[attr-defined]  # cisco-acl has no types
            and ipaddress.IPv4Address(source) in ace.srcaddr.ipnet  # type: ignore[attr-defined]
            and ipaddress.IPv4Address(target) in ace.dstaddr.ipnet  # type: ignore[attr-defined]
            and (not ace.srcport.operator or source_port in ace.srcport.ports)  # type: ignore[attr-defined]
            and (not ace.dstport.operator or port in ace.dstport.ports)  # type: ignore[attr-defined]
            and (not ace.option.line or begun)  # type: ignore[attr-defined]
        )
        if fits:
            return bool(ace.action == "permit")  # type: ignore[attr-defined]
    return False


@proving(40)
@given(st.lists(entries, min_size=1, max_size=6), st.lists(packets, min_size=1, max_size=12))
def test_access_lists_mean_what_cisco_acl_reads(lines: list[str], some: list[Packet]) -> None:
    cisco_acl = pytest.importorskip("cisco_acl")
    text = "ip access-list extended X\n" + "".join(f" {' '.join(line.split())}\n" for line in lines)
    base = read_rules(text, "ios", GROUND)
    assert base.not_understood == ()
    (acl,) = cisco_acl.acls(config=text, platform="ios")
    for packet in some:
        assert ours(base, packet) == theirs(acl.items, packet)


def accepted(base: RuleBase) -> list[Box]:
    boxes = [(key, box) for key, entry in enumerate(base.entries) for box in entry.boxes]
    found = cells(boxes, everything(4), bool, Work())
    return [cell for cell, keys in found if decide(base.entries, keys)[0] == "accept"]


def beyond(some: Sequence[Box], others: Sequence[Box]) -> Iterator[Box]:
    """Packets in the first boxes and in none of the others."""
    left = list(some)
    for other in others:
        left = [part for box in left for part in without(box, other)]
    yield from left


NOT_TRANSLATED = ("\u2028", "*security", "--ctorigdstport")
"""Signs of rules that are about the text itself, or that netfilter leaves untranslated."""

TRANSLATED = [rules for rules in IPTABLES if not any(sign in rules for sign in NOT_TRANSLATED)]
SCRIPT = "iptables-restore-translate -f /dev/stdin | nft -f /dev/stdin; nft -j list ruleset"


def test_iptables_and_nftables_are_read_alike_however_netfilter_translates() -> None:
    """One table for each rule, translated by netfilter, loaded into the kernel, and listed by it."""
    for rules in TRANSLATED:
        text = iptables(*rules.split("\n"))
        listed = in_kernel(SCRIPT, text)
        before, after = read_rules(text, None, GROUND), read_rules(listed, "nft", GROUND)
        assert (before.not_understood, after.not_understood) == ((), ()), rules
        assert list(beyond(accepted(before), accepted(after))) == [], rules
        assert list(beyond(accepted(after), accepted(before))) == [], rules
