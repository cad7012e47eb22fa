"""The JSON forms of a plan and of a difference: always whole, ASCII, two spaces deep, dates as ``2026-10-05``."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Rule
from planner.plan.addresses import RuleAddresses
from planner.plan.plan import INTEGRITY_NOTE, SCHEMA, Plan, facts
from planner.text.escaping import Output, for_json

if TYPE_CHECKING:
    from planner.plan.diff import Caused, FieldChange, PlanDifference

DIFFERENCE_SCHEMA = "sav-diff/1"


def plan_json(plan: Plan) -> Output:
    """Writes a plan as one JSON object."""
    derived = plan.derived
    document = {
        "schema": SCHEMA,
        "plan": _plain(plan.head) | {"status": plan.status},
        "change": _plain(plan.change),
        "topology": _plain(plan.topology.answers) | {"devices": _plain(plan.topology.devices)},
        "zones": _plain(derived.zones),
        "ports": map(_caused, derived.ports),
        "rules": _rules(plan, derived.rules),
        "host_rules": _rules(plan, derived.host_rules),
        **{
            name: map(_caused, entries)
            for name, entries in (
                ("denies", derived.denies),
                ("closed", derived.closed),
                ("decisions", derived.decisions),
                ("findings", derived.findings),
            )
        },
        "summary": _plain(derived.summary),
        "integrity": {
            "answers": plan.digests.answers,
            "derived": plan.digests.derived,
            "facts": facts(),
            "note": INTEGRITY_NOTE,
        },
    }
    return _text(document)


def difference_json(old: Plan, new: Plan, difference: "PlanDifference", *, rollback: bool) -> Output:
    """Writes a difference as one JSON object: the steps in the order in which to take them."""
    return _text(
        {
            "schema": DIFFERENCE_SCHEMA,
            "rollback": rollback,
            "old": _identity(old),
            "new": _identity(new),
            "answers": [_field_change(change) for change in difference.answers],
            "renamed": [{"old": before, "new": after} for before, after in difference.renamed],
            "add": _steps(new, difference.add),
            "remove": _steps(old, difference.remove),
            "change": [
                {
                    "id": change.new.id,
                    "old_id": change.old.id,
                    "marker": change.new.marker,
                    "old_marker": change.old.marker,
                    "firewall": change.firewall,
                    "fields": [_field_change(field) for field in change.fields],
                    "causes": list(change.causes),
                }
                for change in difference.change
            ],
            "unchanged": difference.unchanged,
            "notes": list(difference.notes),
        }
    )


def _rules(plan: Plan, rules: Iterable[Rule]) -> Iterator[dict[str, Any]]:
    """Returns rules with the effective addresses of both ends."""
    addresses = RuleAddresses(plan, load_catalogue())
    for rule in rules:
        from_, to = addresses.of(rule)
        yield _caused(rule, from_addresses=list(from_), to_addresses=list(to))


def _steps(plan: Plan, steps: Sequence["Caused"]) -> list[dict[str, Any]]:
    rules = _rules(plan, (step.rule for step in steps))
    return [rule | {"causes": list(step.causes)} for rule, step in zip(rules, steps, strict=True)]


def _identity(plan: Plan) -> dict[str, Any]:
    digests = {"answers": plan.digests.answers, "derived": plan.digests.derived}
    return {"id": plan.head.id, "title": plan.head.title, "revision": plan.head.revision, **digests}


def _field_change(change: "FieldChange") -> dict[str, Any]:
    return {"about": change.about, "field": change.field, "old": _plain(change.old), "new": _plain(change.new)}


def _text(document: dict[str, Any]) -> Output:
    return for_json(document)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _caused(entry: msgspec.Struct, **more: Any) -> dict[str, Any]:
    """Returns the fields of a derived thing, its causes and citations last."""
    content: dict[str, Any] = _plain(entry) | more
    return content | {name: content.pop(name) for name in ("because", "cites")}
