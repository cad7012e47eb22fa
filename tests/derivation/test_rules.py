"""Rules: markers of their own, and a derivation that depends on nothing but what it is given."""

import hashlib
from collections.abc import Iterable

import msgspec
from hypothesis import given

from planner.audit.readers.rule_base import find_marker
from planner.catalogue.loader import load_catalogue
from planner.derivation.derivation import derive
from planner.derivation.model import Rule, with_unique_markers
from planner.plan.plan import Plan
from planner.plan.topology import Topology
from tests.estates import all_rules, estate, zone
from tests.strategies import proving, topologies

SERVERS = [f"server-{number}" for number in range(30)]
BRANCHES = [f"branch-{number}" for number in range(400)]


def of(names: Iterable[str]) -> Plan:
    """Plan with a console and these zones, each of which holds the role in its name."""
    roles = {name: "server" if name.startswith("server") else "client" for name in names}
    return estate("hq: console", *(f"{name}: {role}" for name, role in roles.items()), servers=30)


def test_a_marker_depends_on_its_own_rule_alone() -> None:
    crowded = {rule.id: rule.marker for rule in all_rules(of([*SERVERS, *BRANCHES]).derived)}
    for branch in BRANCHES[::40]:
        alone = {rule.id: rule.marker for rule in all_rules(of([*SERVERS, branch]).derived)}
        assert alone.items() <= crowded.items()


def test_rules_that_were_named_to_share_a_marker_have_longer_ones() -> None:
    first, second, third, *_ = of(SERVERS[:2]).derived.rules
    forged = msgspec.structs.replace(second, marker=first.marker)
    marked = [rule.marker for rule in with_unique_markers([first, forged, third])]
    assert marked[:2] == [
        f"{first.marker}-{hashlib.sha256(rule.id.encode()).hexdigest()[:10].upper()}" for rule in (first, second)
    ]
    assert [find_marker(f"remark {marker} console") for marker in marked] == marked
    assert marked[2] == third.marker


def first_flow(rule: Rule) -> int:
    """Place of the rule's first flow in the catalogue."""
    return min(list(load_catalogue().flows).index(flow) for flow in rule.flows)


@proving(100)
@given(topologies(addresses=True))
def test_rules_are_sorted_by_phase_and_then_stand_in_the_order_of_zones(topology: Topology) -> None:
    derived = derive(topology, (), load_catalogue())
    zone_order = [found.name for found in derived.zones]
    for rules in (derived.rules, derived.host_rules):
        forward = [rule for rule in rules if not rule.is_return]
        places = [
            (rule.phase == "rollout", first_flow(rule), zone_order.index(rule.from_), zone_order.index(rule.to))
            for rule in forward
        ]
        assert places == sorted(places)


def test_zones_whose_hosts_are_listed_in_another_order_are_derived_on_their_own() -> None:
    hosts = {"server": ("192.0.2.7",), "console": ("192.0.2.8",)}
    plans = [
        estate(zone("hq: client", hosts=dict(order)), servers=1) for order in (hosts.items(), reversed(hosts.items()))
    ]
    assert plans[0].topology == plans[1].topology
    named = [[finding.text for finding in plan.derived.findings if finding.id == "host-role-absent"] for plan in plans]
    assert named[0] == [*reversed(named[1])]
    assert len(named[0]) == 2


def test_a_hundred_thousand_rules_have_markers_of_their_own() -> None:
    servers, branches = (f"server {number}: server" for number in range(52)), (f"b {n}: client" for n in range(947))
    rules = estate("hq: console", *servers, *branches, servers=52).derived.rules
    assert len(rules) > 100_000
    assert len({rule.marker for rule in rules}) == len(rules)
