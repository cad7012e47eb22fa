"""Due dates: rules to close or to review by a date that the user gives; today's date is not used."""

import datetime

import msgspec

from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Rule
from planner.plan.plan import Plan


class Due(msgspec.Struct, frozen=True):
    """One date of a plan that has come: the field that holds it, what to do in words, and the rules it is about."""

    field: str
    date: datetime.date
    text: str
    rules: tuple[Rule, ...]


PHASE_ENDS = {
    "rollout_until": "the rollout is over: remove its rules",
    "legacy_until": "the legacy clients are gone: remove their rules",
}
"""The answers that end the rules of some flows, and what to do then; the other dates are about every rule."""


def due_by(plan: Plan, on: datetime.date) -> tuple[Due, ...]:
    """Returns what is due by the end of the day ``on``, earliest first; a rule's last day counts.

    A rule that several flows share ends with the one that ends last, so it may stay when one of its dates has come.
    """
    change, answers, flows = plan.change, plan.topology.answers, load_catalogue().flows
    everything = (*plan.derived.rules, *plan.derived.host_rules)
    found = []
    for field, text in PHASE_ENDS.items():
        date = getattr(answers, field)
        if date is None or date > on:
            continue
        ended = tuple(
            rule for rule in everything if rule.until == date and any(flows[flow].until == field for flow in rule.flows)
        )
        if ended:
            found.append(Due(field, date, text, ended))
    if change.expires is not None and change.expires <= on:
        found.append(Due("expires", change.expires, "the change expires: remove every rule of this plan", everything))
    if change.review_by is not None and change.review_by <= on:
        found.append(Due("review_by", change.review_by, "the rules are to be looked at again", everything))
    return tuple(sorted(found, key=lambda due: due.date))


def undated(plan: Plan) -> tuple[Rule, ...]:
    """Rules of the rollout that no date closes: they would stay open for good."""
    return tuple(
        rule
        for rule in (*plan.derived.rules, *plan.derived.host_rules)
        if rule.phase == "rollout" and rule.until is None
    )
