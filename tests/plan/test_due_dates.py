"""Due dates: rollout, legacy, an expired change, a review. The date is given, never the clock."""

from datetime import date
from typing import Any

import msgspec
import pytest

from planner.plan.check import due_by, undated
from planner.plan.plan import Change, Plan
from tests.estates import estate

ROLLOUT, LEGACY, REVIEW, EXPIRES = date(2026, 11, 30), date(2027, 6, 30), date(2027, 1, 15), date(2028, 1, 1)
PLAN = msgspec.structs.replace(
    estate(
        servers=2,
        legacy_clients=True,
        rollout=("clients", "servers"),
        rollout_until=ROLLOUT,
        legacy_until=LEGACY,
    ),
    change=Change(review_by=REVIEW, expires=EXPIRES),
)


@pytest.mark.parametrize(
    ("on", "fields"),
    [
        (date(2026, 11, 29), ()),
        (date(2026, 11, 30), ("rollout_until",)),
        (date(2027, 1, 15), ("rollout_until", "review_by")),
        (date(2027, 12, 31), ("rollout_until", "review_by", "legacy_until")),
        (date(2028, 1, 1), ("rollout_until", "review_by", "legacy_until", "expires")),
    ],
)
def test_what_has_come_by_a_date_is_given_earliest_first(on: date, fields: tuple[str, ...]) -> None:
    assert tuple(due.field for due in due_by(PLAN, on)) == fields


def flows_of(plan: Plan, field: str) -> set[str]:
    return {flow for due in due_by(plan, date.max) if due.field == field for rule in due.rules for flow in rule.flows}


def test_the_rollout_names_its_rules_and_legacy_its_own() -> None:
    assert flows_of(PLAN, "legacy_until") == {"legacy-client-to-server", "server-to-legacy-client"}
    assert flows_of(PLAN, "rollout_until") == {
        "client-fetches-install",
        "install-client",
        "install-server",
        "server-fetches-install",
    }


def test_phases_that_end_on_the_same_day_keep_apart() -> None:
    answers = msgspec.structs.replace(PLAN.topology.answers, legacy_until=ROLLOUT)
    plan = msgspec.structs.replace(PLAN, topology=msgspec.structs.replace(PLAN.topology, answers=answers))
    assert flows_of(plan, "legacy_until") == {"legacy-client-to-server", "server-to-legacy-client"}


@pytest.mark.parametrize("answers", [{}, {"rollout_until": ROLLOUT}, {"legacy_until": LEGACY}])
def test_a_date_without_rules_that_end_on_it_is_not_due(answers: dict[str, Any]) -> None:
    assert due_by(estate(**answers), date.max) == ()


def test_a_rollout_without_a_date_is_counted() -> None:
    assert {rule.phase for rule in undated(estate(rollout=("clients",)))} == {"rollout"}
    assert undated(PLAN) == ()
