"""Form fields of questions, plan head, change record and decisions, and the edits behind them."""

import datetime
from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from planner.catalogue.answers import Answers, TopologyError
from planner.catalogue.loader import load_questions
from planner.catalogue.model import Catalogue, Question
from planner.derivation.model import DecisionState
from planner.plan.editing import answer, confirm, decide, set_change, set_head, value_of
from planner.plan.explanation import Line, citation_lines
from planner.plan.plan import Plan, Status

FieldKind = Literal["number", "port", "date", "text", "list", "yesno", "choice", "zone", "decision", "jump", "save"]
FieldState = Literal["", "assumed", "undecided"]
Apply = Callable[[Plan, str], Plan]

TYPED: tuple[FieldKind, ...] = ("number", "port", "date", "text", "list")
"""Kinds that are typed; the others are switched."""


class Field(msgspec.Struct, frozen=True):
    """One line of a form.

    ``value`` is what is shown, ``entry`` what is edited. ``apply`` gives the plan with a typed or switched text taken
    in, and raises TopologyError with one line for the user. ``choices``: (text for ``apply``, words on screen).
    ``answers``: the answers that confirming this field confirms.
    """

    id: str
    title: str
    value: str
    kind: FieldKind
    apply: Apply
    entry: str = ""
    state: FieldState = ""
    choices: tuple[tuple[str, str], ...] = ()
    accepted: str = ""
    about: tuple[Line, ...] = ()
    answers: tuple[str, ...] = ()

    def switched(self, step: int = 1) -> str:
        """Return the choice that follows the one in force."""
        ids = [choice for choice, _ in self.choices]
        return ids[(ids.index(self.entry) + step) % len(ids)] if self.entry in ids else ids[0]


YES_NO = (("yes", "yes"), ("no", "no"))


def question_fields(plan: Plan, step: str, catalogue: Catalogue) -> tuple[Field, ...]:
    """Fields of the questions of a step that arise under the answers so far."""
    answers = plan.topology.answers
    return tuple(
        question_field(plan, question, catalogue)
        for question in load_questions()
        if question.step == step and all(condition.holds(answers) for condition in question.when)
    )


def question_field(plan: Plan, question: Question, catalogue: Catalogue) -> Field:
    """Field of one question with its answer in force."""
    answers = plan.topology.answers
    value = value_of(question, answers)
    choices = YES_NO if question.kind == "yesno" else tuple((choice.id, choice.title) for choice in question.choices)
    entry = "" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return Field(
        id=question.id,
        title=question.title,
        value=entry or "none",
        kind=question.kind,
        apply=lambda plan, text: answer(plan, question, _answered(question, text)),
        entry=entry,
        state="assumed" if question.answer in answers.assumed else "",
        choices=choices,
        accepted=_ACCEPTED.get(question.kind, ""),
        about=(
            Line("asks", question.asks),
            Line("opens", question.opens),
            *citation_lines(question.cites, catalogue),
        ),
        answers=(question.answer,),
    )


def _answered(question: Question, text: str) -> object:
    """Read an answer; nothing stands for the default, which for some answers is none."""
    value = parse(question.kind, text, question.id)
    return getattr(Answers(), question.answer) if value is None else value


_ACCEPTED = {
    "number": "a whole number",
    "port": "a port from 1 to 65535, or nothing for the default",
    "date": "a date such as 2027-01-31, or nothing for none",
}


def parse(kind: FieldKind, text: str, name: str) -> object:
    """Read what was typed. Raises TopologyError: it is not of this kind."""
    text = text.strip()
    if kind == "yesno":
        return text == "yes"
    if kind in ("number", "port"):
        if kind == "port" and not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 12):
            raise TopologyError(f"{name}: {text!r} is no number; accepted: {_ACCEPTED[kind]}")
        return int(text)
    if kind == "date":
        return parse_date(text, name)
    return text


def parse_date(text: str, name: str) -> datetime.date | None:
    """Read an ISO date; None for nothing. Raises TopologyError: it is no date."""
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise TopologyError(f"{name}: {text!r} is no date; accepted: {_ACCEPTED['date']}") from None


def confirmed(plan: Plan, field: Field) -> Plan:
    """Confirm the answers of a field as they stand."""
    assumed = plan.topology.answers.assumed
    return confirm(plan, *field.answers) if any(name in assumed for name in field.answers) else plan


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
    """Fields of title, identity, status and change record."""
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
    """Fields of the decisions that arise, one each; the choices are the readings on offer."""
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
