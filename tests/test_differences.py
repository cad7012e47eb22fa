"""Comparing plans: what to add, to remove and to change, the answers behind it, and the way back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from planner.cli import main
from planner.core.catalogue import load_catalogue
from planner.core.derived import Rule
from planner.core.differences import apply_difference, compare_plans, renamed_zones, way_back
from planner.core.editing import own_zones, set_answers, set_zone, with_zones
from planner.core.plan import Plan
from planner.core.topology import Answers, Topology, Zone
from planner.storage.plan_files import save_plan
from tests import strategies

CATALOGUE = load_catalogue()


def plan_of(**answers: Any) -> Plan:
    return Plan(topology=Topology(answers=Answers(**answers)))


def rules_of(plan: Plan) -> Mapping[str, Rule]:
    return {rule.id: rule for rule in (*plan.derived.rules, *plan.derived.host_rules)}


@settings(max_examples=200, deadline=None)
@given(strategies.plans, strategies.plans)
def test_a_difference_carried_out_gives_the_new_rules_and_the_way_back_the_old_ones(old: Plan, new: Plan) -> None:
    difference = compare_plans(old, new, CATALOGUE)
    back = way_back(difference, old, new, CATALOGUE)

    there = apply_difference(tuple(rules_of(old).values()), difference)
    again = apply_difference(tuple(there.values()), back)

    assert (there, again) == (rules_of(new), rules_of(old))


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


def test_a_renamed_zone_shows_as_a_rename() -> None:
    old = plan_of()
    old = with_zones(old, own_zones(old, CATALOGUE))
    new = set_zone(old, 1, CATALOGUE, name="datacentre")

    difference = compare_plans(old, new, CATALOGUE)

    assert difference.renamed == (("servers", "datacentre"),)
    assert (difference.add, difference.remove) == ((), ())
    assert difference.same_rules


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
