"""Form fields of the plan's head, the change record and the decisions."""

from collections.abc import Callable
from typing import get_args

from planner.catalogue.answers import TopologyError
from planner.catalogue.model import Catalogue
from planner.derivation.model import DecisionState
from planner.plan.editing import decide, set_change, set_head
from planner.plan.explanation import Line
from planner.plan.plan import Plan, Status
from planner.session.forms import Field, parse, parse_date

_CHANGE_TEXTS = (
    ("ticket", "Ticket", "The change ticket this plan is attached to."),
    ("requester", "Requester", "Who asks for the change."),
    ("implementer", "Implementer", "Who types the rules into the firewall."),
    ("reason", "Reason", "Why the change is needed."),
    (
        "security_impact",
        "Security impact",
        "What the change means for security, in the words of whoever answers for it.",
    ),
    ("window_start", "Window from", "When the change window opens."),
    ("window_end", "Window to", "When the change window closes."),
)
_CHANGE_DATES = (
    ("review_by", "Review by", "When the rules should be looked at again."),
    ("expires", "Expires", "When the rules should be taken out."),
)


def change_fields(plan: Plan) -> tuple[Field, ...]:
    """Give title, identity, status and change record."""
    head = plan.head
    open_ = plan.derived.summary
    waits = f"{open_.decisions_open} decisions undecided, {open_.assumed} answers assumed"
    blocked = open_.decisions_open or open_.assumed

    def set_status(plan: Plan, text: str) -> Plan:
        if blocked and text != "draft":
            raise TopologyError(f"status: stays draft while something is open ({waits}); accepted: draft")
        return set_head(plan, status=text)

    statuses: tuple[Status, ...] = get_args(Status)
    return (
        _text("title", "Title", head.title, "What the plan is called.", lambda p, t: set_head(p, title=t.strip())),
        *(
            _text(name, title, getattr(plan.change, name), about, _change_setter(name))
            for name, title, about in _CHANGE_TEXTS
        ),
        *(_date(name, title, getattr(plan.change, name), about, _change_setter(name, dates=True))
          for name, title, about in _CHANGE_DATES),
        _date("created", "Created", head.created, "The plan's own date; no clock sets it.",
              lambda p, t: set_head(p, created=parse_date(t.strip(), "created"))),
        Field(
            id="revision", title="Revision", value=str(head.revision), entry=str(head.revision), kind="number",
            accepted="1 or more", about=(Line("asks", "Which version of this plan it is."),),
            apply=lambda p, t: set_head(p, revision=_revision(t)),
        ),
        Field(
            id="status", title="Status", value=plan.status, entry=plan.status, kind="choice",
            choices=tuple((status, status) for status in statuses), apply=set_status,
            about=(Line("asks", f"How far the plan has come. It stays draft while something is open: {waits}."),),
        ),
        _text("id", "Plan id", head.id, "The plan's id; it follows the title until it is set.",
              lambda p, t: set_head(p, id=t.strip() or "sav-plan")),
    )  # fmt: skip


def _revision(text: str) -> object:
    number = parse("number", text, "revision")
    if number == 0:
        raise TopologyError("revision: 0 is too small; accepted: 1 or more")
    return number


def _change_setter(name: str, *, dates: bool = False) -> Callable[[Plan, str], Plan]:
    if dates:
        return lambda plan, text: set_change(plan, **{name: parse_date(text.strip(), name)})
    return lambda plan, text: set_change(plan, **{name: text.strip()})


def _text(id_: str, title: str, value: str, about: str, apply: Callable[[Plan, str], Plan]) -> Field:
    return Field(
        id=id_, title=title, value=value or "-", entry=value, kind="text", apply=apply, about=(Line("asks", about),)
    )


def _date(id_: str, title: str, value: object, about: str, apply: Callable[[Plan, str], Plan]) -> Field:
    entry = "" if value is None else str(value)
    return Field(
        id=id_, title=title, value=entry or "-", entry=entry, kind="date", apply=apply, about=(Line("asks", about),),
        accepted="a date such as 2027-01-31, or nothing",
    )  # fmt: skip


def decision_list(plan: Plan, catalogue: Catalogue) -> tuple[Field, ...]:
    """Give one line for each decision that arises; its choices are the readings on offer."""
    return tuple(_decision_field(state, catalogue) for state in plan.derived.decisions)


def _decision_field(state: DecisionState, catalogue: Catalogue) -> Field:
    decision = catalogue.decisions[state.id]
    lines = [Line("document", state.trouble)]
    for reading in decision.readings:
        mark = "in force" if reading.id == state.chosen else "offered" if reading.offered else "refused"
        default = " (default)" if reading.id == state.default else ""
        refused = f" {reading.refused_because}" if reading.refused_because else ""
        lines.append(Line(mark, f"{reading.id}{default}: {reading.text}{refused}"))
    lines.append(Line("why", state.why))
    if decision.advice:
        lines.append(Line("advice", decision.advice))
    if state.by:
        lines.append(Line("decided by", f"{state.by}{f': {state.note}' if state.note else ''}"))
    offered = tuple((reading.id, reading.id) for reading in decision.readings if reading.offered)
    return Field(
        id=state.id, title=state.title, value=state.chosen, entry=state.chosen, kind="decision",
        state="" if state.settled else "undecided", choices=offered, about=tuple(lines),
        apply=lambda plan, text: decide(plan, state.id, text, "", state.note, catalogue),
    )  # fmt: skip
