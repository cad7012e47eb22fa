"""Structure of real rule bases: what each system makes of headings, groups, families, translations and files cut short.

Every text permits what the plan says; what is added to it decides the verdict.
"""

# ruff: noqa: E501  # rule bases stand here as firewalls print them, however long their lines

import csv
import io
import json
from typing import Any

import pytest

from planner.audit.audit import Audit
from planner.exports.registry import render
from planner.exports.report.audit import verdict_text
from planner.plan.plan import Plan
from planner.plan.topology import Device, Topology, Zone
from tests.estates import estate
from tests.rulebases import held

SIDES = {
    "linux": ("eth0", "eth1", "eth2"),
    "cisco-ios": ("GigabitEthernet0/0", "GigabitEthernet0/1", "GigabitEthernet0/2"),
    "cisco-asa": ("admin", "servers", "outside"),
}


def office(vendor: str, *, ipv6: bool = False) -> Plan:
    """Return a plan of a console, a server and the internet around one device."""
    both = (("192.0.2.0/26", "2001:db8:1::/64"), ("192.0.2.64/26", "2001:db8:2::/64"), ("0.0.0.0/0", "::/0"))
    networks = [some if ipv6 else some[:1] for some in both]
    zones = (
        Zone(name="admin", roles=("console",), networks=networks[0], hosts={"console": ("192.0.2.20",)}),
        Zone(name="servers", roles=("server",), networks=networks[1], hosts={"server": ("192.0.2.71",)}),
        Zone(name="internet", roles=("internet",), networks=networks[2]),
    )
    stateful = vendor != "cisco-ios"
    plan = estate(*zones, clients=False, console_agent=False, boundary="stateful" if stateful else "stateless")
    sides = dict(zip(("admin", "servers", "internet"), SIDES[vendor], strict=True))
    device = Device(name="fw", vendor=vendor, stateful=stateful, mode="exclusive", interfaces=sides)
    return Plan(topology=Topology(answers=plan.topology.answers, zones=plan.topology.zones, devices=(device,)))


PLANS = {vendor: office(vendor) for vendor in SIDES}
DUAL = office("linux", ipv6=True)


def word(found: Audit) -> str:
    """Return ``exact``, ``different``, or ``doubted`` where a line may matter that is not understood."""
    return "doubted" if found.doubtful else "exact" if found.same else "different"


CONSOLE = (
    "permit tcp host 192.0.2.20 range 1024 4999 host 192.0.2.71 eq 2967",
    "permit udp host 192.0.2.20 range 1024 4999 host 192.0.2.71 eq 38293",
)
BACK = (
    "permit tcp host 192.0.2.71 eq 2967 host 192.0.2.20 range 1024 4999 established",
    "permit udp host 192.0.2.71 eq 38293 host 192.0.2.20 range 1024 4999",
)
GOOD = ("ip access-list extended OFFICE", *CONSOLE, "ip access-list extended ROOM", *BACK)
BOUND = (
    "interface GigabitEthernet0/0", " ip access-group OFFICE in", "interface GigabitEthernet0/1",
    " ip access-group ROOM in", "interface GigabitEthernet0/2", " ip access-group WORLD in",
)  # fmt: skip
WORLD = "ip access-list extended WORLD"
OPEN = "permit tcp any host 192.0.2.71 eq 2967"


def ios(*lines: str, bound: tuple[str, ...] = BOUND) -> str:
    return "\n".join((*GOOD, *lines, *bound, ""))


IOS = {
    "closed": (ios(WORLD, " deny ip any any"), "exact"),
    "blank line in a list": (ios(WORLD, " remark x", "", f" {OPEN}", " deny ip any any"), "different"),
    "comment line in a list": (ios(WORLD, "!", f" {OPEN}", " deny ip any any"), "different"),
    "comment line within, nothing open": (ios(WORLD, " ! none", "!", " deny ip any any"), "exact"),
    "blank line, entry not indented": (ios(WORLD, "", OPEN, "deny ip any any"), "different"),
    "list without an entry filters nothing": (ios(WORLD), "different"),
    "list of remarks alone": (ios(WORLD, " remark later"), "different"),
    "list that is not there": (ios(), "doubted"),
    "lists that nothing binds": (ios(WORLD, " deny ip any any", bound=("interface GigabitEthernet0/0",
                                 "interface GigabitEthernet0/1", "interface GigabitEthernet0/2")), "different"),
    "list of the terminal lines": (ios(WORLD, " deny ip any any", bound=(*BOUND[:4], "interface GigabitEthernet0/2",
                                   "line vty 0 4", " access-class WORLD in")), "different"),
    "removal before the list": (ios(f"no {WORLD}", WORLD, " deny ip any any"), "exact"),
    "removal behind the list": (ios(WORLD, " deny ip any any", f"no {WORLD}"), "doubted"),
    "group": (ios("object-group network SRV", "host 192.0.2.71", "object-group service AV", "tcp eq 2967", WORLD,
                  " permit object-group AV any object-group SRV"), "different"),
    "group without a member": (ios("object-group network SRV", WORLD, " permit tcp any object-group SRV eq 2967",
                                   " deny ip any any"), "doubted"),
    "kinds of ICMP in a group": (ios("object-group service PING", " icmp echo", " icmp 8", WORLD,
                                     " permit object-group PING any any", " deny ip any any"), "exact"),
    "wildcard with a gap": (ios(WORLD, " permit tcp any 192.0.2.65 0.0.0.6 eq 2967"), "different"),
    "wildcard with a gap, other hosts": (ios(WORLD, " permit tcp any 192.0.2.64 0.0.0.6 eq 2967"), "different"),
    "counters": (ios(WORLD, " 10 deny tcp any any [match=12]", " 20 deny ip any any (3 matches)"), "exact"),
    "NAT beside it": (ios(WORLD, " deny ip any any", bound=(*BOUND, " ip nat inside")), "doubted"),
    "interface shut down": (ios(WORLD, " deny ip any any", bound=(*BOUND, " shutdown")), "doubted"),
    "interface of the plan left out": (ios(WORLD, " deny ip any any", bound=BOUND[:4]), "doubted"),
    "short names": (ios(WORLD, " deny ip any any").replace("GigabitEthernet", "Gi"), "exact"),
    "bound twice": (ios(WORLD, " deny ip any any", "ip access-list extended OLD", " permit ip any any",
                        "interface GigabitEthernet0/2", " ip access-group OLD in"), "exact"),
    "a whole configuration": (ios(
        WORLD, " deny ip any any", "version 15.2", "service timestamps debug datetime msec", "hostname edge",
        "banner motd ^C", "permit ip any any", "^C", "router ospf 1", " network 192.0.2.0 0.0.0.255 area 0",
        "snmp-server community x RO 10", "ip route 0.0.0.0 0.0.0.0 203.0.113.2", "line con 0", " exec-timeout 5 0",
        "ntp server 192.0.2.9", "end"), "exact"),
    "a configuration cut short": (f"Building configuration...\n{ios(WORLD, ' deny ip any any')}", "doubted"),
    "bound for the other address family": (ios(WORLD, " deny ip any any", bound=(*BOUND[:5], " ipv6 traffic-filter WORLD in")), "doubted"),
    "more words behind a binding": (ios(WORLD, " deny ip any any", bound=(*BOUND[:5], " ip access-group WORLD in out")), "doubted"),
    "a list of each family under one name": (ios(WORLD, " deny ip any any", "ipv6 access-list WORLD", " permit ipv6 any any"), "doubted"),
    "numbers out of order": (ios(WORLD, " 20 deny ip any any", f" 10 {OPEN}"), "doubted"),
    "a list that goes on later": (ios(WORLD, f" {OPEN}", "ip access-list extended X", " deny ip any any", WORLD, " deny ip any any"), "different"),
    "a reflexive list": (ios(WORLD, " evaluate mirror", " deny ip any any"), "doubted"),
    "fragments": (ios(WORLD, " permit tcp any host 192.0.2.71 fragments", " deny ip any any"), "doubted"),
    "an entry over two lines": (ios(WORLD, " permit tcp any host 192.0.2.71", "   eq 2967", " deny ip any any"), "doubted"),
    "bound to a part of the interface": (ios(WORLD, " deny ip any any", bound=(*BOUND[:4], "interface GigabitEthernet0/2.10", " ip access-group WORLD in")), "doubted"),
    "lines of a log": ("\n".join(f"Dec  1 05:00:00 edge: {line}" for line in ios(WORLD, f" {OPEN}").split("\n")[6:]) + ios(WORLD, " deny ip any any"), "doubted"),
    "a command nobody knows": (ios(WORLD, " deny ip any any", "packet-eater enable"), "doubted"),
}  # fmt: skip


@pytest.mark.parametrize("name", IOS)
def test_a_router(name: str) -> None:
    text, expected = IOS[name]
    found = held(PLANS["cisco-ios"], text, format_name="ios")
    assert word(found) == expected, verdict_text(found)


def asa(*lines: str, closed: bool = True, extended: str = "extended ") -> str:
    own = [f"access-list OFFICE {extended}{entry}" for entry in CONSOLE]
    own += [f"access-list ROOM {extended}deny ip any any", *lines]
    own += [f"access-list WORLD {extended}deny ip any any"] if closed else []
    sides = (("OFFICE", "admin"), ("ROOM", "servers"), ("WORLD", "outside"))
    return "\n".join((*own, *(f"access-group {name} in interface {side}" for name, side in sides), ""))


def levels(*numbers: int) -> tuple[str, ...]:
    lines = []
    for place, (side, number) in enumerate(zip(SIDES["cisco-asa"], numbers, strict=True)):
        lines += [f"interface GigabitEthernet0/{place}", f" nameif {side}", f" security-level {number}"]
    return tuple(lines)


SAME = "same-security-traffic permit inter-interface"
ASA = {
    "closed": (asa(), "exact"),
    "without extended": (asa(extended=""), "exact"),
    "open without extended": (asa(f"access-list WORLD {OPEN}", extended=""), "different"),
    "levels": (asa(*levels(100, 50, 0)), "exact"),
    "one level": (asa(*levels(50, 50, 0)), "different"),
    "one level, permitted": (asa(*levels(50, 50, 0), SAME), "exact"),
    "levels of a PIX": (asa("nameif ethernet0 admin security50", "nameif ethernet1 servers security50"), "different"),
    "group not indented": (asa("object-group network SRV", "network-object host 192.0.2.71",
                               "object-group service AV tcp", "port-object eq 2967",
                               "access-list WORLD extended permit tcp any object-group SRV object-group AV"), "different"),
    "group without a member": (asa("object-group network SRV",
                                   "access-list WORLD extended permit tcp any object-group SRV eq 2967"), "doubted"),
    "kinds of ICMP": (asa("object-group service PING", " service-object icmp echo", " service-object icmp6 1",
                          "object-group icmp-type T", " icmp-object echo",
                          "access-list WORLD extended permit object-group PING any any",
                          "access-list WORLD extended permit icmp any any object-group T"), "exact"),
    "removal first": (f"clear configure access-list WORLD\n{asa()}", "exact"),
    "removal last": (f"{asa()}no access-list WORLD extended deny ip any any\n", "doubted"),
    "a name for an address": (asa("names", "name 192.0.2.71 srv", "access-list WORLD extended permit tcp any host srv"),
                              "different"),
    "bound list without an entry": (asa("access-list WORLD remark later", closed=False), "doubted"),
    "an old translation": (asa("static (servers,outside) 203.0.113.9 192.0.2.71 netmask 255.255.255.255"), "doubted"),
}  # fmt: skip


@pytest.mark.parametrize("name", ASA)
def test_an_asa(name: str) -> None:
    text, expected = ASA[name]
    found = held(PLANS["cisco-asa"], text, format_name="asa")
    assert word(found) == expected, verdict_text(found)


ANSWERS = "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
PLANNED = (
    "-A FORWARD -s 192.0.2.20/32 -d 192.0.2.71/32 -p tcp -m tcp --sport 1024:4999 --dport 2967 -j ACCEPT",
    "-A FORWARD -s 192.0.2.20/32 -d 192.0.2.71/32 -p udp -m udp --sport 1024:4999 --dport 38293 -j ACCEPT",
)


def iptables(*rules: str, before: str = "", chains: tuple[str, ...] = ()) -> str:
    head = ("*filter", ":INPUT DROP [0:0]", ":FORWARD DROP [0:0]", *(f":{chain} - [0:0]" for chain in chains))
    return "\n".join((*([before] if before else []), *head, *rules, ANSWERS, *PLANNED, "COMMIT", ""))


NAT = "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport {} -j DNAT --to-destination {}\nCOMMIT"
DOCKER = (
    "-A FORWARD -j DOCKER-USER", "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A FORWARD -o docker0 -j DOCKER", "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
    "-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT", "-A DOCKER-USER -j RETURN",
)  # fmt: skip
DOCKER_NAT = (
    "*nat\n:PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"
    "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\nCOMMIT"
)
OPEN_PORT = "-A FORWARD {}--dport 2967 -j ACCEPT"
IPTABLES = {
    "as planned": (iptables(), "exact"),
    "not whole, by its own word": (iptables(before="# Table `mangle' contains incompatible base-chains, use 'nft'"), "doubted"),
    "a second rule base": (iptables(before="# Warning: iptables-legacy tables present, use iptables-legacy-save"), "doubted"),
    "an ordinary comment": (iptables(before="# Generated by iptables-save v1.8.9 on Mon Nov 30"), "exact"),
    "protocol in capitals": (iptables(OPEN_PORT.format("-p TCP ")), "different"),
    "protocol by number": (iptables(OPEN_PORT.format("-p 0x6 ")), "different"),
    "protocol misspelt": (iptables(OPEN_PORT.format("-p tpc ")), "doubted"),
    "another protocol": (iptables("-A FORWARD -p VRRP -j ACCEPT", "-A FORWARD -p 47 -j ACCEPT"), "exact"),
    "sign in its old place": (iptables("-A FORWARD -p tcp -s ! 192.0.2.0/24 -d 192.0.2.64/26 -j ACCEPT"), "different"),
    "old sign on a port": (iptables("-A FORWARD -p tcp --dport ! 2967 -j DROP"), "exact"),
    "mask that keeps the end": (iptables("-A FORWARD -d 0.0.0.71/0.0.0.255 -p tcp --dport 2967 -j DROP"), "doubted"),
    "mask in full": (iptables("-A FORWARD -s 10.0.0.0/255.0.0.0 -p udp -j DROP"), "exact"),
    "mask with a gap": (iptables("-A FORWARD -d 192.0.2.65/255.255.255.249 -p tcp --dport 2967 -j ACCEPT"), "different"),
    "port before a translation": (iptables("-A FORWARD -p tcp -m conntrack --ctorigdstport 80 -j ACCEPT",
                                           before=NAT.format(80, "192.0.2.71:2967")), "doubted"),
    "translation to a product's port": (iptables(before=NAT.format(80, "192.0.2.71:2967")), "doubted"),
    "translation of other ports": (iptables(before=NAT.format(80, "192.0.2.71:8080")), "exact"),
    "two options of a kind": (iptables("-A FORWARD -p tcp --dport 2967 --dport 443 -j ACCEPT"), "doubted"),
    "commands of a script": (iptables("-I FORWARD 1 -p tcp --dport 2967 -j ACCEPT", "-P FORWARD ACCEPT"), "doubted"),
    "options glued to their values": (iptables("-A FORWARD -ptcp --dport 2967 -jACCEPT"), "doubted"),
    "a name for a port": (iptables("-A FORWARD -p tcp --dport rtvscan -j ACCEPT"), "doubted"),
    "a rule over two lines": (iptables("-A FORWARD -p tcp \\\n--dport 2967 -j ACCEPT"), "doubted"),
    "a quote in a comment": (iptables('-A FORWARD -m comment --comment "a \\" -j DROP" -p tcp --dport 2967 -j ACCEPT'), "different"),
    "a policy of a later table": (f"{iptables()}*mangle\n:POSTROUTING DROP [0:0]\nCOMMIT\n", "different"),
    "a table nobody knows": (f"{iptables()}*broute\n:BROUTING DROP\nCOMMIT\n", "doubted"),
    "any protocol but one": (iptables("-A FORWARD ! -p udp -j ACCEPT"), "different"),
    "a bytecode": (iptables('-A FORWARD -m bpf --bytecode "1,6 0 0 1" -j ACCEPT'), "doubted"),
    "a queue": (iptables("-A FORWARD -p tcp --dport 2967 -j NFQUEUE --queue-num 0"), "doubted"),
    "a target misspelt": (iptables("-A FORWARD -p tcp --dport 2967 -J ACCEPT"), "doubted"),
    "a chain that is not declared": (iptables("-A OTHER -p tcp --dport 2967 -j ACCEPT"), "doubted"),
    "recent, without a target": (iptables("-A FORWARD -p tcp --dport 2967 -m recent --set --name X --rsource"), "exact"),
    "recent on another port": (iptables("-A FORWARD -p tcp --dport 22 -m recent --update --seconds 60 -j DROP"), "exact"),
    "recent on a product's port": (iptables("-A FORWARD -p tcp --dport 2967 -m recent --rcheck --name X -j DROP"), "doubted"),
    "limit on a log": (iptables("-A FORWARD -m limit --limit 5/min -j LOG --log-prefix x"), "exact"),
    "limit on ICMP": (iptables("-A FORWARD -p icmp -m icmp --icmp-type 8 -m limit --limit 1/sec -j ACCEPT"), "exact"),
    "limit on everything": (iptables("-A FORWARD -m limit --limit 5/min -j ACCEPT"), "doubted"),
    "containers": (iptables(*DOCKER, before=DOCKER_NAT, chains=("DOCKER", "DOCKER-USER")), "exact"),
    "loopback": (iptables("-A FORWARD -i lo -j ACCEPT"), "exact"),
    "for the computer itself": (iptables("-A FORWARD -m addrtype --dst-type LOCAL -j ACCEPT"), "exact"),
    "untracked": (iptables(before="*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 2967 -j CT --notrack\nCOMMIT"),
                  "doubted"),
    "path of the answers": (iptables(before="*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m rpfilter --invert -j DROP\nCOMMIT"),
                            "exact"),
}  # fmt: skip


@pytest.mark.parametrize("name", IPTABLES)
def test_a_linux_router(name: str) -> None:
    text, expected = IPTABLES[name]
    found = held(PLANS["linux"], text)
    assert word(found) == expected, verdict_text(found)


def test_one_family_of_two_is_named_in_the_verdict() -> None:
    found = held(DUAL, iptables())
    assert not found.same
    assert "the rules for IPv6 are not given" in verdict_text(found)


WHERE: dict[str, Any] = {"family": "inet", "table": "t"}
NEW: dict[str, Any] = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}


def field(protocol: str, name: str, right: Any) -> dict[str, Any]:
    return {"match": {"op": "==", "left": {"payload": {"protocol": protocol, "field": name}}, "right": right}}


def chain(
    family: str, table: str, name: str, hook: str, policy: str = "accept", type_: str = "filter"
) -> dict[str, Any]:
    return {
        "chain": {
            "family": family,
            "table": table,
            "name": name,
            "type": type_,
            "hook": hook,
            "prio": 0,
            "policy": policy,
        }
    }


def rule(*expr: dict[str, Any], family: str = "inet", table: str = "t", name: str = "forward") -> dict[str, Any]:
    return {"rule": {"family": family, "table": table, "chain": name, "handle": 90, "expr": list(expr)}}


ACCEPT, DROP = {"accept": None}, {"drop": None}
PORT = field("tcp", "dport", 2967)


def nft(*more: dict[str, Any], family: str = "inet") -> str:
    ends = (field("ip", "saddr", "192.0.2.20"), field("ip", "daddr", "192.0.2.71"))
    begun = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}
    own = [
        {"metainfo": {"version": "1.0.6"}}, {"table": {"family": family, "name": "t"}},
        chain(family, "t", "forward", "forward", "drop"), rule(begun, ACCEPT, family=family),
    ]  # fmt: skip
    ports = {"range": [1024, 4999]}
    own += [rule(*ends, field("tcp", "sport", ports), PORT, NEW, ACCEPT, family=family)]
    own += [rule(*ends, field("udp", "sport", ports), field("udp", "dport", 38293), NEW, ACCEPT, family=family)]
    return json.dumps({"nftables": [*own, *more]})


FIB: dict[str, Any] = {
    "match": {"op": "==", "left": {"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, "right": False}
}
DNATTED: dict[str, Any] = {"match": {"op": "in", "left": {"ct": {"key": "status"}}, "right": "dnat"}}
TERSE: dict[str, Any] = {"set": {"family": "inet", "table": "t", "name": "known", "type": "ipv4_addr"}}
KNOWN = field("ip", "saddr", "@known")
FULL: dict[str, Any] = {"set": {**WHERE, "name": "other", "type": "ipv4_addr", "elem": ["10.9.9.9"]}}
EMPTY_MAP: dict[str, Any] = {"map": {**WHERE, "name": "m", "type": "inet_service", "map": "verdict"}}
VMAP: dict[str, Any] = {"vmap": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": "@m"}}
NFT = {
    "as planned": (nft(), PLANS["linux"], "exact"),
    "IPv4 alone": (nft(family="ip"), PLANS["linux"], "exact"),
    "IPv6 without a chain is open": (nft(family="ip"), DUAL, "different"),
    "IPv6 open in a chain of its own": (nft(chain("ip6", "f", "FORWARD", "forward"), family="ip"), DUAL, "different"),
    "IPv6 closed in a chain of its own": (nft(chain("ip6", "f", "FORWARD", "forward", "drop"), family="ip"), DUAL, "exact"),
    **{f"bridge, {hook}": (nft(chain("bridge", "b", "x", hook), rule(PORT, DROP, family="bridge", table="b", name="x")),
                           PLANS["linux"], "doubted") for hook in ("input", "output", "postrouting", "forward")},
    "netdev, egress": (nft(chain("netdev", "b", "x", "egress", "drop")), PLANS["linux"], "doubted"),
    "bridge without a rule": (nft(chain("bridge", "b", "x", "output")), PLANS["linux"], "exact"),
    "arp": (nft(chain("arp", "b", "x", "input", "drop")), PLANS["linux"], "exact"),
    "a terse listing": (nft(TERSE, rule(KNOWN, PORT, ACCEPT)), PLANS["linux"], "doubted"),
    "an empty set among others": (nft(TERSE, FULL, rule(KNOWN, PORT, ACCEPT)), PLANS["linux"], "exact"),
    "an empty map among others": (nft(EMPTY_MAP, FULL, rule(VMAP)), PLANS["linux"], "exact"),
    "an empty map alone": (nft(EMPTY_MAP, rule(VMAP)), PLANS["linux"], "doubted"),
    "path of the answers": (nft(chain("inet", "t", "pre", "prerouting"), rule(FIB, DROP, name="pre")), PLANS["linux"], "exact"),
    "translated, where nothing translates": (nft(rule(DNATTED, ACCEPT)), PLANS["linux"], "exact"),
    "translated, where something does": (
        nft(chain("inet", "t", "nat", "prerouting", type_="nat"),
            rule(field("tcp", "dport", 80), {"dnat": {"family": "ip", "addr": "192.0.2.71", "port": 2967}}, name="nat"),
            rule(DNATTED, ACCEPT)), PLANS["linux"], "doubted"),
    "translation of other ports": (
        nft(chain("inet", "t", "nat", "prerouting", type_="nat"),
            rule(field("tcp", "dport", 80), {"dnat": {"family": "ip", "addr": "192.0.2.71", "port": 8080}}, name="nat")),
        PLANS["linux"], "exact"),
    "drops among translations": (nft(chain("inet", "t", "nat", "prerouting", type_="nat"), rule(PORT, DROP, name="nat")),
                                 PLANS["linux"], "doubted"),
    "flow offload": (nft({"flowtable": {**WHERE, "name": "ft"}}, rule({"flow": {"op": "add", "flowtable": "@ft"}})),
                     PLANS["linux"], "exact"),
    "not tracked": (nft(chain("inet", "t", "pre", "prerouting"), rule(PORT, {"notrack": None}, name="pre")), PLANS["linux"], "doubted"),
    "a jump to no chain": (nft(rule({"jump": {"target": "nowhere"}})), PLANS["linux"], "doubted"),
    "a chain twice": (nft(chain("inet", "t", "forward", "forward")), PLANS["linux"], "doubted"),
    "two statements in one": (nft(rule({**PORT, **ACCEPT})), PLANS["linux"], "doubted"),
    "a port that is rewritten": (nft(chain("inet", "t", "pre", "prerouting"), rule(field("tcp", "dport", 80), {"mangle": {"key": PORT["match"]["left"], "value": 2967}}, name="pre")), PLANS["linux"], "doubted"),
    "a match by offset": (nft(rule({"match": {"op": "==", "left": {"payload": {"base": "th", "offset": 16, "len": 16}}, "right": 2967}}, ACCEPT)), PLANS["linux"], "doubted"),
    "a later chain that drops": (nft(chain("inet", "u", "f", "postrouting", "drop")), PLANS["linux"], "different"),
    "a rule as text": (nft({"rule": {**WHERE, "chain": "forward", "handle": 9, "expr": "tcp dport 2967 accept"}}), PLANS["linux"], "doubted"),
    "a rule of no chain": (nft(rule(PORT, ACCEPT, name="nowhere")), PLANS["linux"], "doubted"),
    "an entry of no known kind": (nft({"sieve": {"family": "inet"}}), PLANS["linux"], "doubted"),
    "an entry that is none": (nft([1]), PLANS["linux"], "doubted"),  # type: ignore[arg-type]  # hostile on purpose
}  # fmt: skip


@pytest.mark.parametrize("name", NFT)
def test_nftables(name: str) -> None:
    text, plan, expected = NFT[name]
    found = held(plan, text)
    assert word(found) == expected, verdict_text(found)


@pytest.mark.parametrize("quote", ["", '"'])
def test_csv_as_a_spreadsheet_saves_it_with_semicolons(quote: str) -> None:
    text = str(render(PLANS["linux"], "csv", view="rules"))
    made = io.StringIO()
    csv.writer(made, delimiter=";", quoting=csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL).writerows(
        csv.reader(io.StringIO(text))
    )
    assert held(PLANS["linux"], made.getvalue()).same
