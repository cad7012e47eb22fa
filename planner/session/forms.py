"""What a form shows and how what is typed becomes an edit: the same for every kind of screen, and for none."""

import datetime
from collections.abc import Callable
from typing import Literal

import msgspec

from planner.catalogue.answers import Answers, TopologyError
from planner.catalogue.model import Catalogue
from planner.catalogue.questions import Question, load_questions
from planner.plan.editing import answer, confirm, value_of
from planner.plan.explanation import Line
from planner.plan.plan import Plan

FieldKind = Literal["number", "port", "date", "text", "list", "yesno", "choice", "zone", "decision", "jump", "save"]
State = Literal["", "assumed", "undecided"]
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
    state: State = ""
    choices: tuple[tuple[str, str], ...] = ()
    accepted: str = ""
    about: tuple[Line, ...] = ()
    answers: tuple[str, ...] = ()

    def switched(self, step: int = 1) -> str:
        """Give the next choice after the one in force."""
        ids = [choice for choice, _ in self.choices]
        return ids[(ids.index(self.entry) + step) % len(ids)] if self.entry in ids else ids[0]


YES_NO = (("yes", "yes"), ("no", "no"))


def question_fields(plan: Plan, step: str, catalogue: Catalogue) -> tuple[Field, ...]:
    """Give the questions of a step that arise under the answers so far."""
    answers = plan.topology.answers
    return tuple(
        question_field(plan, question, catalogue)
        for question in load_questions()
        if question.step == step and all(condition.holds(answers) for condition in question.when)
    )


def question_field(plan: Plan, question: Question, catalogue: Catalogue) -> Field:
    """Give one question with its answer in force."""
    answers = plan.topology.answers
    value = value_of(question, answers)
    choices = YES_NO if question.kind == "yesno" else tuple((choice.id, choice.title) for choice in question.choices)
    entry = "" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)
    cites = (catalogue.citations[cite] for cite in question.cites)
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
            *(Line("document", f"{cite.section}, {cite.where}: {cite.says}") for cite in cites),
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
    """Read what was typed.

    Raises:
        TopologyError: it is not of this kind.
    """
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
    """Read an ISO date; None for nothing.

    Raises:
        TopologyError: it is no date.
    """
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise TopologyError(f"{name}: {text!r} is no date; accepted: {_ACCEPTED['date']}") from None


def confirmed(plan: Plan, field: Field) -> Plan:
    """Take the field's value as it stands for confirmed."""
    return confirm(plan, *field.answers)
