"""Rules: markers of their own, and a derivation that depends on nothing but what it is given."""

from collections.abc import Iterable

from hypothesis import given

from planner.catalogue.loader import load_catalogue
from planner.derivation.derivation import derive
from planner.derivation.model import Rule
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


def test_rules_that_share_a_short_marker_have_longer_ones_until_one_of_them_is_gone() -> None:
    rules = all_rules(of([*SERVERS, *BRANCHES]).derived)
    assert len({rule.marker for rule in rules}) == len(rules)
    short = {rule.id: rule.marker[:10] for rule in rules}
    longer = [rule for rule in rules if rule.marker != short[rule.id]]
    assert longer, "of so many rules some share the short form"
    assert all(list(short.values()).count(short[rule.id]) > 1 for rule in longer)
    one, other = [rule for rule in longer if short[rule.id] == short[longer[0].id]][:2]
    both = {rule.id: rule.marker for rule in all_rules(of([one.from_, one.to, other.from_, other.to]).derived)}
    assert (both[one.id], both[other.id]) == (one.marker, other.marker)
    alone = {rule.id: rule.marker for rule in all_rules(of([one.from_, one.to]).derived)}
    assert alone[one.id] == short[one.id]
    assert other.id not in alone


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
