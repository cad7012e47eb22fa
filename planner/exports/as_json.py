"""The JSON form of a plan: always whole, ASCII, two spaces deep, dates as ``2026-10-05``."""

import json
from typing import Any

import msgspec

from planner.core.plan import INTEGRITY_NOTE, SCHEMA, facts
from planner.exports.registry import Request


def render(request: Request) -> str:
    """Write the plan as one JSON object; the view does not narrow it."""
    plan = request.plan
    derived = plan.derived
    document = {
        "schema": SCHEMA,
        "plan": _plain(plan.head) | {"status": plan.status},
        "change": _plain(plan.change),
        "topology": _plain(plan.topology.answers) | {"devices": _plain(plan.topology.devices)},
        "zones": _plain(derived.zones),
        **{
            name: [_caused(entry) for entry in entries]
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
    return json.dumps(document, ensure_ascii=True, indent=2) + "\n"


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _caused(entry: msgspec.Struct) -> dict[str, Any]:
    """Write a derived thing with what it is first, then what caused it and where that stands."""
    content: dict[str, Any] = _plain(entry)
    return content | {name: content.pop(name) for name in ("because", "cites")}
