"""What the bars and panes of the main screen say, laid out for a width."""

from collections.abc import Sequence
from typing import Literal

from planner.core.comparison import compare_rules
from planner.core.explanation import Explanation
from planner.core.fields import Field
from planner.core.session import Session
from planner.core.untrusted import visible
from planner.tui.commands import footer
from planner.tui.steps import STEPS, open_in
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.painting import fit_middle
from planner.tui.widgets.text_pane import Layout, Piece, Pieces, labelled


def bar_layout(session: Session, step: int) -> Layout:
    """Lay out what the plan is and how it stands, over the steps."""
    plan = session.plan
    title = visible(plan.head.title) or "New plan"
    ticket = visible(plan.change.ticket)
    summary = plan.derived.summary
    changes = compare_rules(session.before.derived, plan.derived) if session.before is not plan else None
    counts = f"{plan.status} · {summary.rules} rules"
    counts += f" {changes.in_short()}" if changes else ""
    counts += f" · {summary.rules_rollout} rollout" if summary.rules_rollout else ""
    counts += f" · {summary.host_rules} host" if summary.host_rules else ""
    troubles = _count(summary.warnings, "warning") + (_count(summary.errors, "error") if summary.errors else "")
    steps: list[Piece] = []
    for index, (id_, name) in enumerate(STEPS):
        waiting = open_in(plan, id_)
        mark = f"({waiting})" if id_ == "decisions" and waiting else "?" if waiting else ""
        steps.append(Piece(f" {index + 1} {name}{mark}", "here" if index == step else ""))

    def layout(width: int) -> list[Pieces]:
        right = f"{counts}{troubles} "
        name = f" {title}{' *' if session.dirty else ''}"
        room = max(10, width - len(right) - 1)
        left = fit_middle(f"{name}  {ticket}".rstrip(), min(room, width))
        left += " " * (room - len(left))
        kind = "error" if summary.errors else "warning" if summary.warnings else ""
        return [(Piece(left, "title"), Piece(f" {counts}"), Piece(f"{troubles} ", kind)), tuple(steps)]

    return layout


def _count(number: int, word: str) -> str:
    return f" · {number} {word}{'' if number == 1 else 's'}"


def question_model(fields: Sequence[Field], step: str, zone: str) -> GridModel:
    """Show fields as a list: what is asked, the answer, and a mark while it is assumed or undecided."""
    marks = {"": "", "assumed": " ?", "open": " ?"}

    def cell(row: int, _: int) -> Cell:
        field = fields[row]
        return Cell(visible(field.value) + marks[field.state], "warning" if field.state == "open" else "")

    return GridModel(
        title=visible(zone) or step, columns=("? assumed" if any(field.state for field in fields) else "",), widths=(40,),
        row_count=len(fields), cell=cell, row_label=lambda row: visible(fields[row].title), label_width=40,
        whole_rows=True, min_width=6, empty="Nothing is asked here under these answers.",
    )  # fmt: skip


def explanation_layout(explanation: Explanation) -> Layout:
    """Lay out an explanation: its title, then what there is to say."""
    pairs = [(line.label, visible(line.text)) for line in explanation.lines]
    title = visible(explanation.title)
    return lambda width: [(Piece(title, "title"),), *labelled(pairs, width)]


def message_layout(text: str, kind: str = "") -> Layout:
    """Lay out one line of news."""
    return lambda width: [(Piece(f" {text}", kind),)]


def keys_layout(place: Literal["questions", "view", "entry"], step: int) -> Layout:
    """Lay out the keys that matter here, as many as fit."""
    if place == "entry":
        words = [("Enter", "take it"), ("Esc", "give up")]
    else:
        words = [(command.key_name, command.title) for command in footer(place)]
        words = [(key, "questions" if place == "view" and key == "Tab" else word) for key, word in words]
        if STEPS[step].id == "zones" and place == "questions":
            words[3:3] = [("a", "add"), ("x", "remove")]
        if STEPS[step].id == "decisions" and place == "questions":
            words[3:3] = [("k", "decide all")]

    def layout(width: int) -> list[Pieces]:
        line: list[Piece] = []
        used = 0
        for key, word in words:
            text = f"{key} {word}"
            if used + len(text) + 2 > width:
                break
            used += len(text) + 2
            line += [Piece(f" {key}", "key"), Piece(f" {word}")]
        return [tuple(line)]

    return layout
