"""Properties of every topology, fitting or not: no rule too wide, none unexplained, nothing lost or doubled."""

from collections.abc import Iterator
from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from planner.catalogue.answers import Answers
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Catalogue, Leg
from planner.derivation.derivation import derive
from planner.derivation.model import Deny, Rule
from planner.plan.editing import (
    add_zone,
    confirm,
    decide,
    free_zone_name,
    own_zones,
    remove_zone,
    set_answers,
    set_change,
    set_head,
    set_zone,
)
from planner.plan.plan import Plan
from planner.plan.topology import OUTSIDE_ZONE, Topology, Zone
from planner.session.history import Session
from tests.estates import all_rules
from tests.strategies import answers, dates, names, plans, proving, texts, topologies

FACTS: Catalogue = load_catalogue()
some_topologies = topologies()

WIDER = {
    "documented": {},
    "union": {"1024-4999": "1024-5000"},
    "modern": {"1024-4999": "1024-65535", "1024-5000": "1024-65535"},
}
"""Ranges that the answer `source_ports` makes of a documented one; `any` makes any of it."""


def derived_rules(topology: Topology) -> list[Rule]:
    return list(all_rules(derive(topology, (), FACTS)))


def outside_names(topology: Topology) -> set[str]:
    return {zone.name for zone in derive(topology, (), FACTS).zones if OUTSIDE_ZONE in zone.roles}


def permitted(rule: Rule, answers: Answers) -> Iterator[tuple[str, str, str, str]]:
    """Returns phase, protocol, listening port and source ports of each leg of the rule's flows."""
    for flow in (FACTS.flows[id_] for id_ in rule.flows):
        for leg in FACTS.legs_of(flow):
            for service in (FACTS.services[id_] for id_ in leg.services):
                yield flow.phase, service.protocol, str(service.port_for(answers)), allowed_source(leg, answers)


def allowed_source(leg: Leg, answers: Answers) -> str:
    if answers.source_ports == "any":
        return "any"
    return WIDER[answers.source_ports].get(leg.source, leg.source)


@proving(120)
@given(some_topologies)
def test_no_rule_begins_outside(topology: Topology) -> None:
    outside = outside_names(topology)
    assert [rule.id for rule in derived_rules(topology) if rule.from_ in outside] == []


@proving(80)
@given(some_topologies)
def test_no_rule_opens_any_port(topology: Topology) -> None:
    assert [rule.id for rule in derived_rules(topology) if rule.destination_ports == "any"] == []


@proving(120)
@given(some_topologies)
def test_no_rule_is_wider_than_its_flows(topology: Topology) -> None:
    for rule in derived_rules(topology):
        if not rule.is_return:
            stated = (rule.phase, rule.protocol, rule.destination_ports, rule.source_ports)
            assert stated in set(permitted(rule, topology.answers))


@proving(120)
@given(some_topologies)
def test_a_return_rule_leaves_from_the_listening_port_alone(topology: Topology) -> None:
    rules = {rule.id: rule for rule in derived_rules(topology)}
    for rule in rules.values():
        if rule.is_return:
            assert rule.source_ports == rules[rule.id.removesuffix(":return")].destination_ports


@proving(120)
@given(some_topologies)
def test_a_return_rule_is_established_where_there_are_connections(topology: Topology) -> None:
    states = {(rule.protocol, rule.state) for rule in derived_rules(topology) if rule.is_return}
    assert states <= {("tcp", "established"), ("udp", "any")}


@proving(80)
@given(some_topologies)
def test_rules_cross_zones_and_host_rules_do_not(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    assert [rule.from_ == rule.to for rule in all_rules(derived)] == [False] * len(derived.rules) + [True] * len(
        derived.host_rules
    )


@proving(80)
@given(some_topologies)
def test_both_ends_of_a_rule_are_zones(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    assert {end for rule in all_rules(derived) for end in (rule.from_, rule.to)} <= {z.name for z in derived.zones}


@proving(80)
@given(some_topologies)
def test_everything_derived_is_cited(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    entries = (*all_rules(derived), *derived.denies, *derived.closed, *derived.ports)
    assert all(entry.cites and set(entry.cites) <= set(FACTS.citations) for entry in entries)


@proving(80)
@given(some_topologies)
def test_everything_opened_names_the_answers_behind_it(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    assert all(entry.because for entry in (*all_rules(derived), *derived.ports))


@proving(120)
@given(some_topologies)
def test_ids_and_markers_are_unique(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    entries: tuple[Rule | Deny, ...] = (*all_rules(derived), *derived.denies)
    assert len({entry.id for entry in entries}) == len({entry.marker for entry in entries}) == len(entries)


@proving(120)
@given(some_topologies)
def test_every_service_of_a_flow_is_open_or_closed(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    opened = {
        (flow, r.protocol, r.destination_ports) for r in all_rules(derived) if not r.is_return for flow in r.flows
    }
    shut = {(entry.flow, entry.protocol, entry.ports) for entry in derived.closed}
    known = {
        (flow.id, service.protocol, "not entered" if port is None else str(port))
        for flow in FACTS.flows.values()
        for leg in FACTS.legs_of(flow)
        for service in (FACTS.services[id_] for id_ in leg.services)
        for port in [service.port_for(topology.answers)]
    }
    assert opened | shut == known


@proving(60)
@given(some_topologies)
def test_deriving_twice_is_equal(topology: Topology) -> None:
    assert derive(topology, (), FACTS) == derive(topology, (), FACTS)


@proving(80)
@given(some_topologies, st.randoms(use_true_random=False))
def test_the_order_of_zones_and_roles_changes_no_rule(topology: Topology, chance: object) -> None:
    zones = [replace(zone, roles=zone.roles[::-1]) for zone in topology.zones]
    chance.shuffle(zones)  # type: ignore[attr-defined]
    other = replace(topology, zones=tuple(zones))
    assert {rule.id for rule in derived_rules(other)} == {rule.id for rule in derived_rules(topology)}


@proving(120)
@given(some_topologies)
def test_who_opens_has_a_rule(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    opened = {(r.from_, r.protocol, r.destination_ports, r.phase, flow) for r in all_rules(derived) for flow in r.flows}
    entries = [entry for entry in derived.ports if entry.direction == "out"]
    assert {(e.zone, e.protocol, e.ports, e.phase, flow) for e in entries for flow in e.flows} <= opened


@proving(120)
@given(some_topologies)
def test_a_rule_shows_at_both_ends(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    shown = {(e.zone, e.direction, e.protocol, e.ports, e.phase, f) for e in derived.ports for f in e.flows}
    for rule in all_rules(derived):
        if not rule.is_return:
            for flow in rule.flows:
                port = (rule.protocol, rule.destination_ports, rule.phase, flow)
                assert {(rule.from_, "out", *port), (rule.to, "in", *port)} <= shown


@proving(80)
@given(some_topologies)
def test_every_listener_is_denied_to_every_outside(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    outside = outside_names(topology)
    doors = {(e.zone, e.protocol, e.ports) for e in derived.ports if e.direction == "in" and e.zone not in outside}
    for name in outside:
        assert {
            (d.to, d.protocol, d.ports) for d in derived.denies if d.from_ == name and d.where == "boundary"
        } == doors


@proving(80)
@given(some_topologies)
def test_what_is_denied_is_never_allowed(topology: Topology) -> None:
    derived = derive(topology, (), FACTS)
    rules = all_rules(derived)
    allowed = {(name, r.to, r.protocol, r.destination_ports) for r in rules for name in (r.from_, "any")}
    assert {(d.from_, d.to, d.protocol, d.ports) for d in derived.denies if d.from_ != "any"}.isdisjoint(allowed)


@proving(60)
@given(some_topologies)
def test_a_stateful_plan_has_no_return_rules(topology: Topology) -> None:
    stateful = Topology(answers=replace(topology.answers, boundary="stateful"), zones=topology.zones)
    assert [rule.id for rule in derived_rules(stateful) if rule.is_return or rule.state != "new"] == []


@proving(60)
@given(some_topologies)
def test_source_mode_any_changes_nothing_but_source_ports(topology: Topology) -> None:
    stateful = Topology(
        answers=replace(topology.answers, boundary="stateful", source_ports="documented"), zones=topology.zones
    )
    wide = replace(stateful, answers=replace(stateful.answers, source_ports="any"))
    opened = [
        {(r.from_, r.to, r.protocol, r.destination_ports, r.phase) for r in derived_rules(t)} for t in (stateful, wide)
    ]
    assert opened[0] == opened[1]


@proving(60)
@given(plans)
def test_the_summary_counts_what_is_there(plan: Plan) -> None:
    derived, summary = plan.derived, plan.derived.summary
    assert summary.rules_run + summary.rules_rollout == len(derived.rules)
    assert (summary.rules, summary.host_rules, summary.denies, summary.closed) == (
        len(derived.rules), len(derived.host_rules), len(derived.denies), len(derived.closed),
    )  # fmt: skip


def _renamed(plan: Plan, index: int, name: str) -> Plan:
    zones = own_zones(plan, FACTS)
    index %= len(zones)
    if OUTSIDE_ZONE in zones[index].roles or name in {zone.name for zone in zones}:
        return plan
    return set_zone(plan, index, FACTS, name=name)


def _decided(plan: Plan, decision: str, number: int, by: str) -> Plan:
    offered = [reading.id for reading in FACTS.decisions[decision].readings if reading.offered]
    return decide(plan, decision, offered[number % len(offered)], by, "", FACTS)


edits = st.one_of(
    st.builds(lambda new: lambda plan: set_answers(plan, servers=new.servers, ams_alerting=new.ams_alerting), answers),
    st.builds(lambda text: lambda plan: set_head(plan, title=text), texts),
    st.builds(lambda date: lambda plan: set_change(plan, expires=date), dates),
    st.builds(lambda name: lambda plan: add_zone(plan, Zone(name=free_zone_name(plan, name, FACTS)), FACTS), names),
    st.builds(lambda at: lambda plan: remove_zone(plan, at % len(own_zones(plan, FACTS)), FACTS), st.integers(0, 9)),
    st.builds(lambda at, name: partial(_renamed, index=at, name=name), st.integers(0, 9), names),
    st.builds(
        lambda *given: lambda plan: _decided(plan, *given),
        st.sampled_from([*FACTS.decisions]), st.integers(0, 3), texts,
    ),
    st.just(lambda plan: confirm(plan, *plan.topology.answers.assumed)),
)  # fmt: skip


@proving(80)
@given(plans, st.lists(edits, max_size=8))
def test_undo_and_redo_restore_every_plan(plan: Plan, changes: list[object]) -> None:
    session = Session(plan, saved=True)
    history = [plan]
    for number, change in enumerate(changes):
        if session.apply(f"edit {number}", change(session.plan)):  # type: ignore[operator]
            history.append(session.plan)
    backwards = [session.plan, *(session.plan for _ in history[1:] if session.undo())]
    forwards = [session.plan, *(session.plan for _ in history[1:] if session.redo())]
    assert (backwards, forwards) == (history[::-1], history)
