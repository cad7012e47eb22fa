"""Comparing plans: what to add, to remove and to change, the answers behind it, and the way back."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalogue.answers import Answers, TopologyError
from planner.catalogue.loader import load_catalogue
from planner.cli import main
from planner.derivation.model import Rule
from planner.exports.formats.json import difference_json, plan_json
from planner.exports.report.diff import difference_report
from planner.plan.diff import PlanDifference, compare_plans, renamed_zones, way_back
from planner.plan.editing import add_zone, own_zones, remove_zone, set_answers, set_zone, with_zones
from planner.plan.plan import Plan
from planner.plan.topology import OUTSIDE_ZONE, Topology, Zone
from planner.storage.plan_files import save_plan
from tests import strategies

CATALOGUE = load_catalogue()


def apply_difference(rules: Sequence[Rule], difference: PlanDifference) -> dict[str, Rule]:
    """Applies a difference to rules; returns them by id.

    Raises:
        KeyError: a rule to remove or change is not there.
    """
    by_id = {rule.id: rule for rule in rules}
    for caused in difference.remove:
        del by_id[caused.rule.id]
    changed = [(by_id.pop(change.old.id), change.new) for change in difference.change]
    by_id.update((new.id, new) for _, new in changed)
    by_id.update((caused.rule.id, caused.rule) for caused in difference.add)
    return by_id


def plan_of(**answers: Any) -> Plan:
    return Plan(topology=Topology(answers=Answers(**answers)))


def rules_of(plan: Plan) -> Mapping[str, Rule]:
    return {rule.id: rule for rule in (*plan.derived.rules, *plan.derived.host_rules)}


@strategies.proving(50)
@given(strategies.plans, strategies.plans)
def test_a_difference_carried_out_gives_the_new_rules_and_the_way_back_the_old_ones(old: Plan, new: Plan) -> None:
    difference = compare_plans(old, new, CATALOGUE)
    back = way_back(difference, old, new, CATALOGUE)

    there = apply_difference(tuple(rules_of(old).values()), difference)
    again = apply_difference(tuple(there.values()), back)

    assert (there, again) == (rules_of(new), rules_of(old))


@st.composite
def edited(draw: st.DrawFn) -> tuple[Plan, Plan]:
    """Draws a plan and the same after a few edits: renames, zones come and gone, answers, devices."""
    old = draw(strategies.plans)
    new = old
    for number in range(draw(st.integers(1, 4))):
        with suppress(TopologyError):  # a zone that a firewall names is gone
            new = draw(st.sampled_from((renamed, moved, answered, filtered)))(draw, new, number)
    return old, new


def renamed(draw: st.DrawFn, plan: Plan, number: int) -> Plan:
    place = draw(st.integers(0, len(own_zones(plan, CATALOGUE)) - 1))
    zone = own_zones(plan, CATALOGUE)[place]
    return plan if OUTSIDE_ZONE in zone.roles else set_zone(plan, place, CATALOGUE, name=f"renamed {number}")


def moved(draw: st.DrawFn, plan: Plan, number: int) -> Plan:
    if draw(st.booleans()):
        return remove_zone(plan, draw(st.integers(0, len(own_zones(plan, CATALOGUE)) - 1)), CATALOGUE)
    roles = draw(strategies.some(strategies.INSIDE_ROLES))
    return add_zone(plan, Zone(name=f"new {number}", roles=roles), CATALOGUE)


def answered(draw: st.DrawFn, plan: Plan, number: int) -> Plan:
    return msgspec.structs.replace(
        plan, topology=msgspec.structs.replace(plan.topology, answers=draw(strategies.answers))
    )


def filtered(draw: st.DrawFn, plan: Plan, number: int) -> Plan:
    known = [zone.name for zone in own_zones(plan, CATALOGUE)]
    topology = msgspec.structs.replace(plan.topology, devices=draw(strategies.devices(known)))
    return msgspec.structs.replace(plan, topology=topology)


@strategies.proving(80)
@given(edited())
def test_an_edited_plan_is_reached_and_left_again_exactly(plans: tuple[Plan, Plan]) -> None:
    old, new = plans
    difference = compare_plans(old, new, CATALOGUE)
    back = way_back(difference, old, new, CATALOGUE)

    there = apply_difference(tuple(rules_of(old).values()), difference)
    again = apply_difference(tuple(there.values()), back)

    assert (there, again) == (rules_of(new), rules_of(old))
    assert difference.unchanged + len(difference.change) + len(difference.add) == len(rules_of(new))


@strategies.proving(40)
@given(edited(), st.booleans())
def test_the_json_form_is_enough_to_carry_a_difference_out(plans: tuple[Plan, Plan], back: bool) -> None:
    old, new = plans[::-1] if back else plans
    difference = compare_plans(old, new, CATALOGUE)
    if back:
        difference = way_back(compare_plans(new, old, CATALOGUE), new, old, CATALOGUE)
    document = json.loads(difference_json(old, new, difference, rollback=back))
    rules = rules_in_json(old)

    for step in document["remove"]:
        del rules[step["id"]]
    changed = [(rules.pop(step["old_id"]), step["fields"]) for step in document["change"]]
    for rule, fields in changed:
        stated = [field for field in fields if field["field"] not in BESIDE_A_RULE]
        assert all(rule[field["field"]] == field["old"] for field in stated)
        rule |= {field["field"]: field["new"] for field in stated}
        rules[rule["id"]] = rule
    rules |= {step["id"]: {name: step[name] for name in step if name != "causes"} for step in document["add"]}

    assert rules == rules_in_json(new)


BESIDE_A_RULE = {"address_pairs", "translated", "devices"}
"""Differences that a firewall notices and that are no field of a rule."""


def rules_in_json(plan: Plan) -> dict[str, dict[str, Any]]:
    document = json.loads(plan_json(plan))
    return {rule["id"]: rule for rule in (*document["rules"], *document["host_rules"])}


@strategies.proving(30)
@given(strategies.plans)
def test_every_rule_to_add_or_remove_names_what_caused_it(plan: Plan) -> None:
    for difference in (compare_plans(Plan(), plan, CATALOGUE), compare_plans(plan, Plan(), CATALOGUE)):
        assert all(all(step.causes) and step.causes for step in (*difference.add, *difference.remove))


def test_the_way_back_takes_the_steps_in_reverse_order() -> None:
    old, new = plan_of(), plan_of(servers=2, netware_servers=1, legacy_clients=True)
    difference = compare_plans(old, new, CATALOGUE)

    back = way_back(difference, old, new, CATALOGUE)

    assert [step.rule.id for step in back.remove] == [step.rule.id for step in reversed(difference.add)]


RETIREMENTS = [
    ("NetWare gone", {"netware_servers": 2}, {}, "netware_servers = 2"),
    ("legacy clients migrated", {"legacy_clients": True}, {}, "legacy_clients = true"),
    ("AMS switched off", {"ams_alerting": True, "servers": 2}, {"servers": 2}, "ams_alerting = true"),
    ("rollout over", {"rollout": ("clients",)}, {}, "rollout = clients"),
]


@pytest.mark.parametrize(
    ("before", "after", "cause"), [row[1:] for row in RETIREMENTS], ids=[r[0] for r in RETIREMENTS]
)
def test_a_retirement_reads_as_a_removal(before: dict[str, Any], after: dict[str, Any], cause: str) -> None:
    difference = compare_plans(plan_of(**before), plan_of(**after), CATALOGUE)

    assert difference.remove
    assert not difference.add
    assert all(cause in step.causes for step in difference.remove)


@pytest.mark.parametrize(("before", "after"), [row[1:3] for row in RETIREMENTS], ids=[r[0] for r in RETIREMENTS])
def test_a_retirement_reads_as_a_removal_plan_and_minds_the_successor(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    old, new = plan_of(**before), plan_of(**after)
    report = difference_report(old, new, compare_plans(old, new, CATALOGUE), CATALOGUE, rollback=False)

    assert report.title.startswith("Removal plan: ")
    assert "Symantec Endpoint Protection gives TCP 2967" in report.notice
    assert [table.name for table in report.tables] == ["answers", "remove", "change", "add", "record"]


def test_closing_tcp_2967_reminds_of_the_successor_that_reuses_it() -> None:
    difference = compare_plans(plan_of(servers=2), plan_of(servers=2, clients=False), CATALOGUE)

    assert any("Symantec Endpoint Protection" in note for note in difference.notes)


def test_a_difference_that_closes_nothing_has_no_such_note() -> None:
    assert compare_plans(plan_of(), plan_of(servers=2), CATALOGUE).notes == ()


def test_a_second_server_shows_as_what_it_is() -> None:
    difference = compare_plans(plan_of(), plan_of(servers=2), CATALOGUE)

    assert {step.rule.flows for step in difference.add} == {("server-to-server",), ("server-discovers-server",)}
    assert not difference.remove
    assert not any(change.firewall for change in difference.change)


def test_the_same_change_of_many_records_is_said_once() -> None:
    old, new = plan_of(servers=2), plan_of(servers=3)
    difference = compare_plans(old, new, CATALOGUE)
    report = difference_report(old, new, difference, CATALOGUE, rollback=False)

    (row,) = next(table.rows for table in report.tables if table.name == "record")
    assert row.cells[:3] == ("because", "servers = 2", "servers = 3")
    assert row.cells[3].split(", ") == [change.new.marker for change in difference.change]
    assert len(difference.change) > 1


def test_a_renamed_zone_shows_as_a_rename() -> None:
    old = plan_of()
    old = with_zones(old, own_zones(old, CATALOGUE))
    new = set_zone(old, 1, CATALOGUE, name="datacentre")

    difference = compare_plans(old, new, CATALOGUE)

    assert difference.renamed == (("servers", "datacentre"),)
    assert (difference.add, difference.remove) == ((), ())
    assert not any(change.firewall for change in difference.change)


def test_two_zones_alike_are_no_rename() -> None:
    clients = Zone(name="a", roles=("client",)), Zone(name="b", roles=("client",))

    assert renamed_zones(clients, (Zone(name="c", roles=("client",)),)) == {}


def test_other_source_ports_change_the_firewall_field_by_field() -> None:
    difference = compare_plans(plan_of(), set_answers(plan_of(), source_ports="modern"), CATALOGUE)

    changed = {(field.field, field.old, field.new) for step in difference.change for field in step.fields}
    assert ("source_ports", "1024-4999", "1024-65535") in changed
    assert all(step.firewall for step in difference.change)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    paths = str(tmp_path / "old.toml"), str(tmp_path / "new.toml")
    save_plan(plan_of(netware_servers=2), paths[0], overwrite=False)
    save_plan(plan_of(), paths[1], overwrite=False)
    return paths


@pytest.mark.parametrize(
    ("pick", "code"), [((0, 1), 1), ((1, 0), 1), ((0, 0), 0)], ids=["removal", "addition", "the same"]
)
def test_the_exit_code_says_whether_the_plans_differ(files: tuple[str, str], pick: tuple[int, int], code: int) -> None:
    assert main(["diff", files[pick[0]], files[pick[1]]]) == code


@pytest.mark.parametrize("format_name", ["text", "markdown", "csv", "html"])
def test_every_format_names_each_rule_to_remove(
    files: tuple[str, str], format_name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    main(["diff", *files, "--format", format_name])

    shown = capfd.readouterr().out
    removed = rules_of(plan_of(netware_servers=2)).keys() - rules_of(plan_of()).keys()
    assert all(rules_of(plan_of(netware_servers=2))[id_].marker in shown for id_ in removed)


def test_json_holds_the_way_back_as_rules_to_add(files: tuple[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    main(["diff", *files, "--format", "json", "--rollback"])

    document = json.loads(capfd.readouterr().out)
    assert (document["schema"], document["rollback"], document["remove"]) == ("sav-diff/1", True, [])
    assert {rule["id"] for rule in document["add"]} == {
        *(rules_of(plan_of(netware_servers=2)).keys() - rules_of(plan_of()).keys())
    }


def test_both_plans_from_standard_input_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "-", "-"]) == 2
    assert capfd.readouterr().err == (
        "sav-planner diff: both plans from standard input; accepted: one of them at most\n"
    )
