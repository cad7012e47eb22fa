"""``diagnose``: the ports behind a symptom, open or closed in a plan, with their tests."""

import json

import pytest

from planner.catalogue.loader import load_catalogue
from planner.storage.plan_files import read_plan
from tests.command_line import command, is_one_line, sample

SYMPTOMS = (
    "client-missing", "definitions-late", "install-fails", "server-missing", "server-does-not-join",
    "netware-unmanaged", "alerts-missing", "samples-not-submitted", "legacy-unmanaged", "roaming-old-parent",
)  # fmt: skip


def refused(*arguments: str) -> str:
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    return done.err


def steps_of(plan: str, symptom: str) -> list[dict[str, object]]:
    document = json.loads(command("diagnose", sample(plan), symptom, "--format", "json").out)
    steps: list[dict[str, object]] = document["steps"]
    return steps


def test_the_symptoms_are_these() -> None:
    assert tuple(load_catalogue().symptoms) == SYMPTOMS


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_each_flow_of_a_symptom_is_open_or_closed_in_the_order_to_test(symptom: str) -> None:
    flows = [step["flow"] for step in steps_of("everything-on", symptom)]
    assert list(dict.fromkeys(flows)) == list(load_catalogue().symptoms[symptom].flows)


def test_an_open_port_has_its_rule_and_its_test() -> None:
    rules = {rule.marker: rule for rule in read_plan(sample("settled")).plan.derived.rules}
    opened = [step for step in steps_of("settled", "client-missing") if step["open"] and step["from"] != step["to"]]
    assert opened
    for step in opened:
        rule = rules[str(step["marker"])]
        assert (step["from"], step["to"], step["port"]) == (rule.from_, rule.to, rule.destination_ports)
        assert str(step["command"]).startswith(("portqry", "nc"))


def test_a_closed_port_says_what_keeps_it_closed() -> None:
    closed = {step["flow"]: step["reason"] for step in steps_of("one-server", "alerts-missing") if not step["open"]}
    assert closed == {
        "ams-messages": "AMS alerting: no (needs yes)",
        "ams-alerts": "AMS alerting: no (needs yes)",
    }


def test_the_text_names_what_else_blocks() -> None:
    shown = command("diagnose", sample("settled"), "legacy", "client", "unmanaged").out
    assert "Symptom: legacy client unmanaged" in shown
    assert "Server Tuning Options" in shown


def test_the_list_names_every_symptom() -> None:
    listed = json.loads(command("diagnose", "--list", "--format", "json").out)["symptoms"]
    assert [symptom["id"] for symptom in listed] == list(SYMPTOMS)
    assert all(symptom in command("diagnose", "--list").out for symptom in SYMPTOMS)


def test_an_unknown_symptom_is_refused_in_one_line_that_names_the_known_ones() -> None:
    said = refused("diagnose", sample("settled"), "headache")
    assert said.startswith("sav-planner diagnose: symptom headache is unknown; accepted: client-missing, ")


def test_a_symptom_is_needed() -> None:
    assert "PLAN and SYMPTOM are missing" in refused("diagnose", sample("settled"))
