"""Which decisions the catalogue holds, their defaults, and what settles them."""

from typing import Any

import pytest

from planner.catalogue.answers import Answers
from planner.catalogue.loader import load_catalogue, load_questions

Data = dict[str, Any]

DECISIONS = {
    "pds-38293-protocol": "udp-only",
    "legacy-2968": "where-netware-is",
    "source-range": "documented",
    "quarantine-direction": "outbound-only",
    "quarantine-forwarding": "closed",
    "dynamic-fallback": "never-widened",
    "erratum-2043": "port-2967",
    "netware-discovery": "closed",
    "console-agent": "agent-present",
    "ams-hosts": "servers-only",
    "smb-helpers": "tcp-139-only",
    "netware-port-method": "override-allowed",
    "override-and-legacy": "stays-2967",
    "stateless-wording": "bounded-returns",
    "roaming-push": "servers-push",
    "install-from": "console",
}

CHOSEN: list[tuple[str, Data, str]] = [
    ("pds-38293-protocol", {"options": ("tcp-38293-as-printed",)}, "tcp-as-printed"),
    ("source-range", {"source_ports": "union"}, "union"),
    ("source-range", {"source_ports": "modern"}, "modern"),
    ("source-range", {"source_ports": "any"}, "any"),
    ("quarantine-forwarding", {"quarantine_port": 33}, "port-entered"),
    ("netware-discovery", {"options": ("discovery-of-netware",)}, "open"),
    ("console-agent", {"console_agent": False}, "no-agent"),
    ("ams-hosts", {"ams_hosts": ("server", "console")}, "with-console"),
    ("ams-hosts", {"ams_hosts": ("server", "quarantine")}, "with-quarantine"),
    ("ams-hosts", {"ams_hosts": ("server", "console", "quarantine")}, "all-three"),
    ("smb-helpers", {"options": ("smb-helpers",)}, "with-helpers"),
    ("roaming-push", {"roaming_push": False}, "check-in-only"),
    ("install-from", {"install_from": ("server",)}, "server"),
    ("install-from", {"install_from": ("console", "server")}, "both"),
]


@pytest.mark.parametrize(("id_", "default"), DECISIONS.items())
def test_decision_and_its_default(id_: str, default: str) -> None:
    decision = load_catalogue().decisions[id_]
    assert decision.default == default
    assert decision.chosen(Answers()) == default
    assert len(decision.readings) >= 2


def test_the_decisions_are_these() -> None:
    catalogue = load_catalogue()
    assert set(catalogue.decisions) == set(DECISIONS)
    assert {decision for flow in catalogue.flows.values() for decision in flow.decisions} == set(DECISIONS)


@pytest.mark.parametrize(("decision", "given", "expected"), CHOSEN, ids=str)
def test_the_answers_settle_a_decision(decision: str, given: Data, expected: str) -> None:
    assert load_catalogue().decisions[decision].chosen(Answers(**given)) == expected


@pytest.mark.parametrize("id_", DECISIONS)
def test_choosing_a_reading_brings_it_into_force(id_: str) -> None:
    from planner.plan.editing import choose

    decision = load_catalogue().decisions[id_]
    offered = [reading for reading in decision.readings if reading.offered]
    for before in offered:
        for after in offered:
            answers = choose(choose(Answers(), before), after)
            assert decision.chosen(answers) == after.id, f"{before.id} then {after.id}"


def test_options_are_optional_flows() -> None:
    catalogue = load_catalogue()
    conditions = [condition for flow in catalogue.flows.values() for leg in flow.legs for condition in leg.when]
    named = {condition.includes for condition in conditions if condition.answer == "options"}
    asked = {question.member for question in load_questions() if question.answer == "options"}
    optional = {flow.id for flow in catalogue.flows.values() if flow.class_ == "optional"}
    assert named == asked == optional - {"forward-to-quarantine", "server-installs-client"}
