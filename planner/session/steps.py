"""The steps a person is led through, and the fields of each."""

from pathlib import PurePath
from typing import NamedTuple

from planner.catalogue.loader import load_questions
from planner.catalogue.model import Catalogue
from planner.plan.explanation import Line
from planner.plan.plan import Plan
from planner.session.forms import Field, change_fields, decision_list, question_fields
from planner.session.zone_form import zone_fields, zone_list
from planner.text.escaping import visible


class Step(NamedTuple):
    """One step: its id, the name on the step bar, and what its first column is headed."""

    id: str
    title: str


STEPS: tuple[Step, ...] = (
    Step("estate", "Estate"),
    Step("extras", "Extras"),
    Step("rollout", "Rollout"),
    Step("ports", "Ports"),
    Step("zones", "Zones"),
    Step("decisions", "Decisions"),
    Step("change", "Change"),
    Step("save", "Save"),
)


def step_index(id_: str) -> int:
    """Index of a step in the order."""
    return [step.id for step in STEPS].index(id_)


def fields_of(plan: Plan, step: str, zone: int | None, path: str, catalogue: Catalogue) -> tuple[Field, ...]:
    """Fields of a step; of one zone, if the zones step is inside one."""
    if step == "zones":
        return (*zone_list(plan, catalogue), _GO_ON) if zone is None else zone_fields(plan, zone, catalogue)
    if step == "decisions":
        return decision_list(plan, catalogue)
    if step == "change":
        return change_fields(plan)
    if step == "save":
        return tuple(_save_fields(plan, path))
    return question_fields(plan, step, catalogue)


def open_in(plan: Plan, step: str) -> int:
    """Count what still waits for somebody in a step: assumed answers, undecided decisions."""
    if step == "decisions":
        return plan.derived.summary.decisions_open
    assumed = set(plan.topology.answers.assumed)
    asked = {question.answer for question in load_questions() if question.step == step}
    return len(assumed & asked)


def _save_fields(plan: Plan, path: str) -> list[Field]:
    summary = plan.derived.summary
    first_open = next((step.id for step in STEPS if open_in(plan, step.id)), "estate")
    return [
        _line(
            "save", "Save", visible(PurePath(path).name) if path else "new file", "Saves the plan as a TOML file.", path
        ),
        _jump(
            "Assumed",
            summary.assumed,
            first_open,
            "Answers that nobody has confirmed; Enter goes to the first, k confirms a whole step.",
        ),
        _jump("Undecided", summary.decisions_open, "decisions", "Decisions without a name; Enter goes there."),
        _jump("Errors", summary.errors, "view:findings", "Answers that contradict each other; Enter lists them."),
        _jump("Warnings", summary.warnings, "view:findings", "What needs care; Enter lists it."),
        _jump("Rules", summary.rules, "view:rules", "Rules between zones; Enter lists them."),
        _jump("Host rules", summary.host_rules, "view:rules", "Rules inside a zone; Enter lists them."),
        _jump("Kept closed", summary.closed, "view:closed", "What is not opened; Enter lists it with the reasons."),
    ]


def _jump(title: str, value: object, target: str, about: str) -> Field:
    return Field(
        id=title, title=title, value=str(value), entry=target, kind="jump", apply=lambda plan, _: plan,
        about=(Line("asks", about),),
    )  # fmt: skip


def _line(id_: str, title: str, value: str, about: str, entry: str) -> Field:
    return Field(
        id=id_, title=title, value=value, entry=entry, kind="save", apply=lambda plan, _: plan,
        about=(Line("asks", about),),
    )  # fmt: skip


_GO_ON = _jump(
    "Go on", "to Decisions", "decisions", "The zones are as they should be; Enter goes on. On a zone, Enter opens it."
)
"""The end of the list of zones: a person who takes everything as it stands comes here first."""
