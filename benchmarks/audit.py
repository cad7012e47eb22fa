"""Audits and proven exports of thousands of rules, in seconds of the processor."""

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.scale import seconds
from planner.audit.run import RuleText, audit_base, read_bases
from planner.catalogue.answers import Answers
from planner.exports.firewall.export import ExportRequest, ExportResult, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.plan.topology import Device, Topology, Zone

ANSWERS = "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"


class Audited(NamedTuple):
    """One audit or export: its rules, the bytes of their text, and the seconds it took."""

    name: str
    rules: int
    bytes: int
    seconds: float


def figures(zones: int = 2500) -> Iterator[Audited]:
    """Measure the audit of four rules for each zone, of a quarter of them, and the export of two."""
    plan = _plan(zones)
    for count in (zones, zones // 4):
        text = _rules(count)
        spent = seconds(lambda text=text: audit_base(plan, read_bases(plan, [RuleText("rules", text)])))  # type: ignore[misc]
        yield Audited("audit of iptables-save", 4 * count, len(text), spent)
    made: list[ExportResult] = []
    spent = seconds(lambda: made.append(write_rules(plan, FORMATS["iptables"], ExportRequest())))
    yield Audited("export to iptables, with its proof", 2 * zones, len(made[0].text), spent)


def _plan(count: int) -> Plan:
    """Derived plan of one server zone and many client zones around one firewall."""
    zones = [Zone(name="hub", roles=("console", "server"), networks=("10.255.0.0/24",))]
    zones += [Zone(name=f"z{n}", roles=("client",), networks=(_network(n),)) for n in range(count)]
    sides = {zone.name: f"eth{number}" for number, zone in enumerate(zones)}
    device = Device(name="fw", vendor="linux", mode="exclusive", interfaces=sides)
    plan = Plan(topology=Topology(answers=Answers(boundary="stateful"), zones=tuple(zones), devices=(device,)))
    len(plan.derived.rules)  # derived here, so that it is not measured
    return plan


def _network(number: int) -> str:
    return f"10.{number // 250}.{number % 250}.0/24"


def _rules(count: int) -> str:
    """Rules as planned, and as many of others."""
    rules = [
        f"-A FORWARD -s {net} -d 10.255.0.0/24 -p tcp -m tcp --sport 1024:5000 --dport 2967 -j ACCEPT\n"
        f"-A FORWARD -s 10.255.0.0/24 -d {net} -p tcp -m tcp --sport 1024:4999 --dport 2967 -j ACCEPT\n"
        f"-A FORWARD -s {net} -p tcp -m tcp --dport 2960:2970 -j DROP\n"
        f"-A FORWARD -s {net.replace('10.', '172.', 1)} -d 172.31.0.1/32 -p tcp -m tcp --dport 443 -j ACCEPT\n"
        for net in map(_network, range(count))
    ]
    return f"*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n{ANSWERS}{''.join(rules)}COMMIT\n"
