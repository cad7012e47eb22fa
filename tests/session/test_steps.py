"""Which questions an estate is asked: a small one no more than it needs."""

from planner.catalogue.loader import load_catalogue
from planner.plan.editing import new_plan
from planner.session.steps import fields_of

CATALOGUE = load_catalogue()

SMALL = {
    "estate": ["servers", "netware_servers", "clients", "roaming_clients", "mobile_clients", "legacy_clients"],
    "extras": ["console_agent", "central_quarantine", "ams_alerting"],
    "rollout": ["rollout.clients", "rollout.servers"],
    "ports": ["boundary", "source_ports", "rtvscan_port"],
}
"""Questions of a new plan, step by step: all others wait for an answer that makes them matter."""


def test_a_small_estate_is_asked_what_it_needs() -> None:
    plan = new_plan("stateful")
    assert {step: [field.id for field in fields_of(plan, step, None, "", CATALOGUE)] for step in SMALL} == SMALL
