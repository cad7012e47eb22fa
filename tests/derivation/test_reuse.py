"""What deriving keeps from one edit to the next is what deriving from nothing gives."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from planner.catalogue.answers import Answers
from planner.catalogue.model import load_catalogue
from planner.derivation import denies, derivation, permissions, rows, rules, shared_markers, zones
from planner.derivation import flows as streams
from planner.derivation.comparison import compare_rules
from planner.derivation.derivation import Derivation, derive
from planner.derivation.memo import Memo
from planner.plan import editing
from planner.plan.plan import Head, Plan
from planner.plan.topology import Topology, Zone
from tests.estates import all_rules, estate, zone
from tests.strategies import answers, topologies

MEMOS: tuple[Memo[Any], ...] = (
    streams._STREAMS, streams._BUNDLES, streams._CAUSES, permissions._PERMISSIONS, rules._WRITTEN, rows._COLUMNS,
    rows._HOST_ROWS, derivation._ENTRIES, denies._DENIED, denies._DENIES, zones._HELD, zones._WITH_OUTSIDE,
)  # fmt: skip


def from_nothing(plan: Plan) -> Derivation:
    """Derive with nothing kept."""
    for memo in MEMOS:
        memo.forget()
    rules._BEFORE.clear()
    zones._recent.clear()
    shared_markers._TALLY.__init__()  # type: ignore[misc]  # as at the start of the program
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
    for _ in range(4):
        found = plans[-1].topology.zones
        if not found:
            break
        place = data.draw(st.integers(0, len(found) - 1))
        plans.append(data.draw(st.sampled_from(EDITS))(plans[-1], place, data))
    kept = [derive(plan.topology, plan.decisions, load_catalogue()) for plan in plans]
    for derived, plan in zip(kept, plans, strict=True):
        assert derived == from_nothing(plan)


def changed_zone(plan: Plan, place: int, data: st.DataObject) -> Plan:
    """Change one thing about a zone."""
    found = list(plan.topology.zones)
    found[place] = replace(found[place], **data.draw(st.sampled_from(ZONE_EDITS)))
    return replace(plan, topology=replace(plan.topology, zones=tuple(found)))


def moved_zone(plan: Plan, place: int, _data: st.DataObject) -> Plan:
    """Put a zone before all others."""
    found = list(plan.topology.zones)
    found.insert(0, found.pop(place))
    return replace(plan, topology=replace(plan.topology, zones=tuple(found)))


def one_less(plan: Plan, place: int, _data: st.DataObject) -> Plan:
    """Remove a zone."""
    left = editing.own_zones(plan, load_catalogue())
    return plan if len(left) <= place else editing.remove_zone(plan, place, load_catalogue())


def one_more(plan: Plan, _place: int, data: st.DataObject) -> Plan:
    """Add a zone."""
    name = editing.free_zone_name(plan, "zone", load_catalogue())
    roles = data.draw(st.sampled_from((("client",), ("server",), ("console", "client"))))
    return editing.add_zone(plan, zone(f"{name}: {' '.join(roles)}"), load_catalogue())


EDITS = (changed_zone, changed_zone, moved_zone, one_less, one_more)


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


class Seen(NamedTuple):
    name: str
    roles: tuple[str, ...]
    parents: tuple[str, ...]
    nat: bool


def seen_of(plan: Plan) -> set[Seen]:
    """Give what rules see of the zones of a plan."""
    return {Seen(found.name, found.roles, found.parents, found.nat) for found in plan.topology.zones}


OTHERWISE: dict[str, Callable[[tuple[Zone, ...]], tuple[Zone, ...]]] = {
    "another name": lambda found: (*found[:-1], replace(found[-1], name="elsewhere")),
    "another role": lambda found: (*found[:-1], replace(found[-1], roles=("server",))),
    "translated": lambda found: (*found[:-1], replace(found[-1], nat=True)),
    "parents of its own": lambda found: (*found[:-1], replace(found[-1], parents=("server 1",))),
    "gone": lambda found: found[:-1],
    "one more": lambda found: (found[0], zone("more: client"), *found[1:]),
}


@pytest.mark.parametrize("edit", OTHERWISE)
def test_an_edited_zone_has_only_those_rules_written_anew_that_begin_or_end_in_it(edit: str) -> None:
    texts = ["hq: console", *(f"server {number}: server" for number in range(4))]
    # No two of these estates have a branch in common: what is kept of one would be found for the other.
    before = estate(*texts, *(f"{edit} {number}: client" for number in range(40)), servers=4)
    known = {id(rule) for rule in all_rules(before.derived)}
    after = replace(before, topology=replace(before.topology, zones=OTHERWISE[edit](before.topology.zones)))
    new = [rule for rule in all_rules(after.derived) if id(rule) not in known]
    here = {found.name for found in seen_of(after) ^ seen_of(before)}
    assert all({rule.from_, rule.to} & here for rule in new)
    assert len(after.derived.rules) > 300
    assert len(new) <= 100


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


def test_zones_whose_hosts_are_listed_in_another_order_are_derived_on_their_own() -> None:
    hosts = {"server": ("192.0.2.7",), "console": ("192.0.2.8",)}
    plans = [
        estate(zone("hq: client", hosts=dict(order)), servers=1) for order in (hosts.items(), reversed(hosts.items()))
    ]
    assert plans[0].topology == plans[1].topology
    named = [[finding.text for finding in plan.derived.findings if finding.id == "host-role-absent"] for plan in plans]
    assert named[0] == [*reversed(named[1])]
    assert len(named[0]) == 2


def test_what_is_known_of_markers_is_whole_again_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    before = estate("hq: console", *(f"server {number}: server" for number in range(6)), servers=6)
    plan = estate("hq: console", *(f"other {number}: server" for number in range(6)), servers=6)
    assert before.derived.rules
    replaces, calls = shared_markers._Tally._replace, []

    def interrupted(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        replaces(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(shared_markers._Tally, "_replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            derive(plan.topology, (), load_catalogue())
    kept = derive(plan.topology, (), load_catalogue())
    assert kept == from_nothing(plan)


def test_what_has_no_weight_still_counts_for_something() -> None:
    memo: Memo[tuple[int, ...]] = Memo(3)
    made = [memo.get((), number, lambda: (), len) for number in range(5)]
    assert all(not found for found in made)
    assert len(memo._kept) == 3
