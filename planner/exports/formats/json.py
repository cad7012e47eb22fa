"""The JSON forms of a plan and of a difference: always whole, ASCII, two spaces deep, dates as ``2026-10-05``."""

from typing import TYPE_CHECKING, Any

import msgspec

from planner.plan.plan import INTEGRITY_NOTE, SCHEMA, Plan, facts
from planner.text.escaping import Output, for_json

if TYPE_CHECKING:
    from planner.plan.diff import FieldChange, PlanDifference

DIFFERENCE_SCHEMA = "sav-diff/1"


def plan_json(plan: Plan) -> Output:
    """Write a plan as one JSON object."""
    derived = plan.derived
    document = {
        "schema": SCHEMA,
        "plan": _plain(plan.head) | {"status": plan.status},
        "change": _plain(plan.change),
        "topology": _plain(plan.topology.answers) | {"devices": _plain(plan.topology.devices)},
        "zones": _plain(derived.zones),
        **{
            name: map(_caused, entries)
            for name, entries in (
                ("ports", derived.ports),
                ("rules", derived.rules),
                ("host_rules", derived.host_rules),
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
    """Write a difference as one JSON object: what to do, in the order in which to do it."""
    return _text(
        {
            "schema": DIFFERENCE_SCHEMA,
            "rollback": rollback,
            "old": _identity(old),
            "new": _identity(new),
            "answers": [_field_change(change) for change in difference.answers],
            "renamed": [{"old": before, "new": after} for before, after in difference.renamed],
            "add": [_caused(caused.rule) | {"causes": list(caused.causes)} for caused in difference.add],
            "remove": [_caused(caused.rule) | {"causes": list(caused.causes)} for caused in difference.remove],
            "change": [
                {
                    "id": change.new.id,
                    "old_id": change.old.id,
                    "marker": change.new.marker,
                    "old_marker": change.old.marker,
                    "firewall": change.firewall,
                    "fields": [_field_change(field) for field in change.fields],
                }
                for change in difference.change
            ],
            "unchanged": difference.unchanged,
            "notes": list(difference.notes),
        }
    )


def _identity(plan: Plan) -> dict[str, Any]:
    digests = {"answers": plan.digests.answers, "derived": plan.digests.derived}
    return {"id": plan.head.id, "title": plan.head.title, "revision": plan.head.revision, **digests}


def _field_change(change: "FieldChange") -> dict[str, Any]:
    return {"about": change.about, "field": change.field, "old": _plain(change.old), "new": _plain(change.new)}


def _text(document: dict[str, Any]) -> Output:
    return for_json(document)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _caused(entry: msgspec.Struct) -> dict[str, Any]:
    """Write a derived thing with what it is first, then what caused it and where that stands."""
    content: dict[str, Any] = _plain(entry)
    return content | {name: content.pop(name) for name in ("because", "cites")}
