"""Edits as pure functions: a plan in, a new plan out, or one line that says why not."""

from collections.abc import Callable
from typing import Any

import pytest

from planner.catalogue.answers import CONFIRMABLE, TopologyError
from planner.catalogue.loader import load_catalogue, load_questions
from planner.plan.addresses import read_hosts, read_networks
from planner.plan.editing import (
    add_zone,
    answer,
    confirm,
    decide,
    free_zone_name,
    new_plan,
    own_zones,
    remove_zone,
    set_answers,
    set_change,
    set_head,
    set_zone,
    slug,
    value_of,
)
from planner.plan.plan import DecisionRecord, Plan
from planner.plan.topology import Device
from planner.session.history import Session
from tests.estates import estate, zone

FACTS = load_catalogue()
FIREWALL = Device(name="fw", vendor="x", interfaces={"hq": "inside", "b": "outside"})


def site() -> Plan:
    return estate("hq: console server", "b: client < hq", "c: client < hq, b", devices=[FIREWALL])


def test_a_new_plan_has_every_answer_assumed() -> None:
    assert new_plan().topology.answers.assumed == CONFIRMABLE


def test_a_changed_answer_is_confirmed() -> None:
    assert "servers" not in set_answers(new_plan(), servers=1).topology.answers.assumed


def test_a_confirmed_answer_keeps_its_value() -> None:
    assert confirm(new_plan(), *CONFIRMABLE).topology.answers == estate().topology.answers


@pytest.mark.parametrize("name", ["rtvscan_port", "netware_port"])
def test_2043_is_refused_with_the_erratum(name: str) -> None:
    with pytest.raises(TopologyError, match="2967"):
        set_answers(new_plan(), **{name: 2043})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"servers": -1}, "servers: -1 is out of range; accepted: 0 to"),
        ({"netware_servers": 10**9}, "netware_servers: 1000000000 is out of range"),
        ({"rtvscan_port": 0}, "rtvscan_port: 0 is no port; accepted: 1 to 65535"),
        ({"quarantine_port": 65536}, "quarantine_port: 65536 is no port"),
        ({"rollout": ("clients", "clients")}, "rollout: lists the same member twice"),
    ],
)
def test_an_impossible_answer_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(TopologyError, match=said):
        set_answers(new_plan(), **values)


@pytest.mark.parametrize("question", [q for q in load_questions() if q.member], ids=lambda question: question.id)
def test_a_yes_puts_a_member_in_and_a_no_takes_it_out(question: Any) -> None:
    yes = answer(new_plan(), question, value=True)
    no = answer(yes, question, value=False)
    assert [value_of(question, plan.topology.answers) for plan in (yes, no)] == [True, False]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Branch rollout 2027", "branch-rollout-2027"),
        ("  --  ", "sav-plan"),
        ("", "sav-plan"),
        ("Zürich: Köln", "z-rich-k-ln"),
        ("漢字", "sav-plan"),
        ("../../etc/passwd\x1b[2J", "etc-passwd-2j"),
        ("a" * 100, "a" * 60),
    ],
)
def test_slug(title: str, expected: str) -> None:
    assert slug(title) == expected


def test_the_id_follows_the_title() -> None:
    assert set_head(set_head(Plan(), title="One"), title="Two").head.id == "two"


def test_an_id_of_its_own_stays() -> None:
    assert set_head(set_head(Plan(), id="mine"), title="Two").head.id == "mine"


def test_the_change_record_is_changed() -> None:
    assert set_change(Plan(), ticket="CHG1").change.ticket == "CHG1"


# ---------------------------------------------------------------- zones


def zones_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {zone.name: zone.parents for zone in plan.topology.zones}


def test_a_zone_is_added_before_the_outside() -> None:
    plan = add_zone(Plan(), zone("b: client"), FACTS)
    assert list(zones_of(plan)) == ["console", "servers", "clients", "b", "internet"]


def test_parents_follow_a_rename() -> None:
    assert zones_of(set_zone(site(), 0, FACTS, name="main")) == {"main": (), "b": ("main",), "c": ("main", "b")}


def test_interfaces_follow_a_rename() -> None:
    device = set_zone(site(), 0, FACTS, name="main").topology.devices[0]
    assert device.interfaces == {"main": "inside", "b": "outside"}


def test_a_removed_zone_is_nobodys_parent() -> None:
    assert zones_of(remove_zone(site(), 0, FACTS)) == {"b": (), "c": ("b",)}


def test_a_removed_zone_has_no_interface() -> None:
    assert remove_zone(site(), 0, FACTS).topology.devices[0].interfaces == {"b": "outside"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "hq"}, "another zone has this name"),
        ({"name": ""}, "accepted: 1 to 64 printable characters"),
        ({"name": " b"}, "no space at either end"),
        ({"name": "b\n"}, "no space at either end"),
        ({"name": "a\x1b[2Jb"}, "printable"),
        ({"name": "a\u202eb"}, "printable"),
        ({"name": "x" * 65}, "1 to 64"),
        ({"name": "any"}, "kept for 'anywhere'"),
        ({"name": "internet"}, "kept for the outside"),
        ({"roles": ("client", "client")}, "the same role twice"),
        ({"roles": ("client", "internet")}, "internet alone"),
        ({"parents": ("nowhere",)}, "no zone is named 'nowhere'"),
        ({"networks": ("10.0.0.1/24",)}, "has host bits set"),
    ],
)
def test_an_impossible_zone_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(TopologyError, match=said):
        set_zone(site(), 1, FACTS, **values)


def test_an_edit_leaves_the_plan_it_came_from_alone() -> None:
    plan = site()
    set_zone(plan, 0, FACTS, name="main")
    assert plan == site()


@pytest.mark.parametrize(("wanted", "given"), [("d", "d"), ("b", "b-2"), ("hq", "hq-2")])
def test_free_zone_name(wanted: str, given: str) -> None:
    assert free_zone_name(site(), wanted, FACTS) == given


def test_the_zones_to_edit_are_the_default_ones_where_there_are_none() -> None:
    assert [zone.name for zone in own_zones(Plan(), FACTS)] == ["console", "servers", "clients", "internet"]


# ---------------------------------------------------------------- decisions


def states(plan: Plan) -> dict[str, tuple[str, str]]:
    return {state.id: (state.chosen, state.by) for state in plan.derived.decisions}


def test_deciding_brings_the_reading_into_force() -> None:
    assert decide(Plan(), "source-range", "modern", "me", "", FACTS).topology.answers.source_ports == "modern"


def test_deciding_names_who_did() -> None:
    assert states(decide(Plan(), "source-range", "modern", "me", "", FACTS))["source-range"] == ("modern", "me")


def test_undeciding_leaves_the_reading_in_force() -> None:
    plan = decide(decide(Plan(), "source-range", "modern", "me", "", FACTS), "source-range", "modern", "", "", FACTS)
    assert states(plan)["source-range"] == ("modern", "")


def test_another_answer_opens_the_decision_again() -> None:
    plan = set_answers(decide(Plan(), "source-range", "modern", "me", "", FACTS), source_ports="union")
    assert states(plan)["source-range"] == ("union", "")


def test_another_answer_leaves_the_other_decisions_alone() -> None:
    plan = set_answers(decide(Plan(), "source-range", "modern", "me", "", FACTS), servers=3)
    assert states(plan)["source-range"] == ("modern", "me")


def test_deciding_confirms_the_answers_it_sets() -> None:
    assert "source_ports" not in decide(new_plan(), "source-range", "union", "me", "", FACTS).topology.answers.assumed


@pytest.mark.parametrize(("decision", "reading"), [("stateless-wording", "any-destination"), ("source-range", "x")])
def test_a_reading_that_is_not_offered_cannot_be_chosen(decision: str, reading: str) -> None:
    with pytest.raises(TopologyError, match=f"{reading} cannot be chosen"):
        decide(Plan(), decision, reading, "me", "", FACTS)


def test_the_reading_in_force_can_be_settled_though_it_is_not_offered() -> None:
    plan = estate(central_quarantine=True, quarantine_port=3000)
    settled = decide(plan, "quarantine-forwarding", "port-entered", "me", "", FACTS)
    assert states(settled)["quarantine-forwarding"] == ("port-entered", "me")


def test_a_plan_is_a_draft_until_all_is_decided_and_confirmed() -> None:
    plan = set_head(Plan(), status="final")
    statuses = [plan.status]
    for state in plan.derived.decisions:
        plan = decide(plan, state.id, state.chosen, "me", "", FACTS)
        statuses.append(plan.status)
    assert statuses == ["draft"] * (len(statuses) - 1) + ["final"]


def test_a_decision_is_recorded_once() -> None:
    record = DecisionRecord(id="source-range", chosen="documented", default="documented", by="me")
    with pytest.raises(TopologyError, match="decision 'source-range': the name is used twice"):
        estate(records=[record, record])


# ---------------------------------------------------------------- addresses as they are pasted


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (read_networks, "10.1.0.0/16, 2001:db8::/32", ("10.1.0.0/16", "2001:db8::/32")),
        (read_networks, "10.1.0.0/16;10.1.0.0/16\n10.2.0.1", ("10.1.0.0/16", "10.2.0.1/32")),
        (read_networks, "10.0.0.0-10.0.0.5", ("10.0.0.0/30", "10.0.0.4/31")),
        (read_networks, "", ()),
        (read_hosts, "10.0.0.1 2001:DB8::1", ("10.0.0.1", "2001:db8::1")),
        (read_hosts, "10.0.0.254-10.0.1.1", ("10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1")),
    ],
)
def test_reading_addresses(read: Callable[[str], object], text: str, expected: tuple[str, ...]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("read", "text", "bad"),
    [
        (read_networks, "10.0.0.0/8 nonsense 10.0.0.1/8 10.9.0.0/16", "nonsense, 10.0.0.1/8"),
        (read_networks, "10.0.0.9-10.0.0.1", "10.0.0.9-10.0.0.1"),
        (read_networks, "10.0.0.1-2001:db8::1", "10.0.0.1-2001:db8::1"),
        (read_networks, "fe80::1%eth0", "fe80::1%eth0"),
        (read_hosts, "10.0.0.1 10.0.0.0/24 x", "10.0.0.0/24, x"),
        (read_hosts, "10.0.0.0-10.255.255.255", "10.0.0.0-10.255.255.255"),
        (read_hosts, "10.0.0.9-10.0.0.1", "10.0.0.9-10.0.0.1"),
        (read_hosts, "fe80::1%x", "fe80::1%x"),
    ],
)
def test_each_bad_address_is_pointed_out(read: Callable[[str], object], text: str, bad: str) -> None:
    with pytest.raises(TopologyError) as refusal:
        read(text)
    assert str(refusal.value).startswith(f"not understood of {len(text.split())}: ")
    assert all(f"{word!r} (entry " in str(refusal.value) for word in bad.split(", "))


# ---------------------------------------------------------------- sessions


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    session = Session(Plan(), saved=True)
    assert (session.apply("nothing", Plan()), session.undo_label) == (False, "")


def test_a_new_edit_forgets_what_was_undone() -> None:
    session = Session(Plan(), saved=True)
    session.apply("one", set_head(Plan(), title="One"))
    session.undo()
    session.apply("two", set_head(Plan(), title="Two"))
    assert (session.undo_label, session.redo()) == ("two", "")


def test_what_the_plans_of_a_long_history_derive_to_is_not_kept() -> None:
    session = Session(Plan(), saved=True)
    first = session.plan
    assert first.derived
    plans = [set_answers(Plan(), servers=number) for number in range(2, 7)]
    because = []
    for plan in plans:
        because.append(plan.derived.rules[0].because)
        session.apply("more", plan)
    held = [plan for plan in (first, *plans) if "derived" in plan.__dict__]
    assert held == [first, *plans[-2:]], "the saved one, the one before the last edit, and the last"
    session.undo()
    session.undo()
    assert session.plan is plans[-3]
    assert session.plan.derived.rules[0].because == because[-3] != because[-1]


def test_what_a_plan_saved_long_ago_derives_to_is_not_kept() -> None:
    session = Session(Plan(), saved=False)
    plans = [set_answers(Plan(), servers=number) for number in range(2, 8)]
    for plan in plans:
        assert plan.derived.rules
        session.apply("more", plan)
        if plan in plans[::2]:
            session.mark_saved()
    assert [plan for plan in plans if "derived" in plan.__dict__] == plans[-2:]


def test_a_plan_is_dirty_until_it_is_saved_or_undone() -> None:
    session = Session(Plan(), saved=True)
    seen = [session.dirty]
    for step in (lambda: session.apply("one", set_head(Plan(), title="One")), session.mark_saved, session.undo,
                 session.redo):  # fmt: skip
        step()
        seen.append(session.dirty)
    assert seen == [False, True, False, True, False]
