"""What deriving keeps from one edit to the next is what deriving from nothing gives."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from planner.core import blocks, derivation, editing, rules, streams, zones
from planner.core.catalogue import load_catalogue
from planner.core.comparison import compare_rules
from planner.core.derivation import derive
from planner.core.derived import Derivation
from planner.core.plan import Head, Plan
from planner.core.topology import Answers, Topology
from tests.estates import estate
from tests.strategies import answers, topologies


def from_nothing(plan: Plan) -> Derivation:
    """Derive with nothing kept."""
    for memo in (streams._STREAMS, streams._BUNDLES, rules._WRITTEN, blocks._MERGED, derivation._ENTRIES):
        memo.forget()
    zones._recent.clear()
    blocks._TALLY.__init__()  # type: ignore[misc]  # as at the start of the program
    return derive(plan.topology, plan.decisions, load_catalogue())


@given(first=topologies(), others=st.lists(st.tuples(answers, st.booleans()), min_size=1, max_size=3))
def test_any_row_of_edits_derives_to_what_each_of_them_alone_does(
    first: Topology, others: list[tuple[Answers, bool]]
) -> None:
    edits = [first]
    for changed, without_zones in others:
        zones_left = () if without_zones else first.zones
        edits.append(Topology(answers=changed, zones=zones_left, devices=() if without_zones else first.devices))
    plans = [Plan(topology=edit) for edit in [*edits, first]]
    kept = [derive(plan.topology, plan.decisions, load_catalogue()) for plan in plans]
    for derived, plan in zip(kept, plans, strict=True):
        assert derived == from_nothing(plan)


@given(topology=topologies(), data=st.data())
def test_an_edited_zone_derives_to_what_it_does_alone(topology: Topology, data: st.DataObject) -> None:
    plans = [Plan(topology=topology)]
    for _ in range(3):
        found = list(plans[-1].topology.zones)
        if not found:
            return
        place = data.draw(st.integers(0, len(found) - 1))
        found[place] = replace(found[place], **data.draw(st.sampled_from(ZONE_EDITS)))
        plans.append(Plan(topology=replace(topology, zones=tuple(found))))
    kept = [derive(plan.topology, plan.decisions, load_catalogue()) for plan in plans]
    for derived, plan in zip(kept, plans, strict=True):
        assert derived == from_nothing(plan)


ZONE_EDITS: list[dict[str, Any]] = [
    {"nat": True}, {"nat": False}, {"note": "behind the yard"}, {"networks": ("192.0.2.0/24",)}, {"parents": ()},
    {"roles": ("server",)}, {"roles": ("client", "server")}, {"roles": ()},
]  # fmt: skip


def test_an_answer_leaves_the_rules_alone_that_it_has_no_part_in() -> None:
    before = estate("hq: console server", "branch: client", servers=2)
    after = editing.set_answers(before, ams_alerting=True)
    kept = {id(rule) for rule in before.derived.rules}
    assert before.derived.rules
    assert all(id(rule) in kept for rule in after.derived.rules if "ams" not in rule.flows[0])
    assert compare_rules(before.derived, after.derived).in_short() == "+2"


KEEPS: dict[str, dict[str, Any]] = {
    "a number that some rules state": {"servers": 4},
    "a number that lets a zone hold two servers": {"servers": 2},
    "an alert": {"ams_alerting": True},
    "a name for the ticket": {},
}


@pytest.mark.parametrize("name", KEEPS)
def test_an_answer_writes_only_the_rules_anew_that_name_it(name: str) -> None:
    before = estate("hq: console server", "east: server", "branch: client", servers=3)
    after = editing.set_answers(before, **KEEPS[name])
    known = {id(rule) for rule in before.derived.rules}
    new = [rule for rule in after.derived.rules if id(rule) not in known]
    assert all(any(answer in reason for reason in rule.because for answer in KEEPS[name]) for rule in new)
    assert len(new) < len(after.derived.rules)


def test_the_addresses_and_the_note_of_a_zone_write_no_rule_anew() -> None:
    before = estate("hq: console server", "branch: client", servers=2)
    branch = replace(before.topology.zones[1], networks=("192.0.2.0/24",), note="the branch")
    after = editing.with_zones(before, (before.topology.zones[0], branch))
    assert all(one is other for one, other in zip(before.derived.rules, after.derived.rules, strict=True))


def test_the_same_answers_in_another_plan_are_derived_once() -> None:
    before = estate("hq: console server", "branch: client", servers=2)
    there, back = (editing.set_answers(before, ams_alerting=yes) for yes in (True, False))
    assert replace(before, head=Head(title="Another")).derived is before.derived
    assert there.derived is editing.set_answers(before, ams_alerting=True).derived is not before.derived
    assert back.derived.rules == before.derived.rules
