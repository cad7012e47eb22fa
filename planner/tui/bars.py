"""What the bars and panes of the main screen say, laid out for a width."""

from collections.abc import Sequence
from typing import Literal

from rich.cells import cell_len

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

TITLE_WIDTH = 17
"""Cells that the longest title of a question takes."""

Place = Literal["questions", "zones", "decisions", "view", "entry"]
"""Where the keys go: to the questions of a step, to the view, or to the line for typing."""


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
    waiting = [open_in(plan, id_) for id_, _ in STEPS]

    def layout(width: int) -> list[Pieces]:
        right = f"{counts}{troubles} "
        name = f" {title}{' *' if session.dirty else ''}"
        room = max(10, width - len(right) - 1)
        left = fit_middle(f"{name}  {ticket}".rstrip(), min(room, width))
        left += " " * (room - len(left))
        kind = "error" if summary.errors else "warning" if summary.warnings else ""
        return [(Piece(left, "title"), Piece(f" {counts}"), Piece(f"{troubles} ", kind)), _steps(step, waiting, width)]

    return layout


def _steps(current: int, waiting: Sequence[int], width: int) -> Pieces:
    """Name the steps, with a ? where something is still assumed; where room is short, only the current one."""
    marks = [f"({count})" if id_ == "decisions" and count else "?" if count else ""
             for (id_, _), count in zip(STEPS, waiting, strict=True)]  # fmt: skip
    full = [f" {index} {name}{mark}" for index, ((_, name), mark) in enumerate(zip(STEPS, marks, strict=True), 1)]
    short = [f" {index}{mark}" for index, mark in enumerate(marks, 1)]
    shown = full if sum(map(len, full)) <= width else [*short[:current], full[current], *short[current + 1 :]]
    return tuple(Piece(text, "here" if index == current else "") for index, text in enumerate(shown))


def _count(number: int, word: str) -> str:
    return f" · {number} {word}{'' if number == 1 else 's'}"


def question_model(fields: Sequence[Field], step: str, zone: str) -> GridModel:
    """Show fields as a list: what is asked, the answer, and a mark while it is assumed or undecided."""
    marks = {"": "", "assumed": " ?", "undecided": " ?"}

    def cell(row: int, column: int) -> Cell:
        field = fields[row]
        if column == 0:
            return Cell(visible(field.title))
        return Cell(visible(field.value) + marks[field.state], "warning" if field.state == "undecided" else "")

    return GridModel(
        columns=(visible(zone) or step, next((f"? {field.state}" for field in fields if field.state), "")),
        widths=(TITLE_WIDTH, 40),
        row_count=len(fields),
        cell=cell,
        whole_rows=True,
        min_width=8,
        empty="Nothing is asked here under these answers.",
    )


def explanation_layout(explanation: Explanation) -> Layout:
    """Lay out an explanation: its title, then what there is to say."""
    pairs = [(line.label, visible(line.text)) for line in explanation.lines]
    title = visible(explanation.title)
    return lambda width: [(Piece(title, "title"),), *labelled(pairs, width)]


def message_layout(text: str, kind: str = "") -> Layout:
    """Lay out one line of news."""
    return lambda width: [(Piece(f" {text}", kind),)]


_ENTER = {
    "text": "type", "list": "type", "date": "type", "zone": "open", "decision": "decide", "jump": "go", "save": "save",
}  # fmt: skip
"""What Enter does on a field, where it is not to confirm it and go on."""


def keys_layout(place: Place, field: Field | None = None) -> Layout:
    """Lay out the keys that matter here, as many as fit."""
    if place == "entry":
        words = [("Enter", "take it"), ("Esc", "give up")]
    else:
        words = [(command.key_name, command.title) for command in footer(place)]
    named = {"Tab": "questions"} if place == "view" else {"Enter": _ENTER.get(field.kind, "next")} if field else {}
    words = [(key, named.get(key, word) if place != "entry" else word) for key, word in words]

    def layout(width: int) -> list[Pieces]:
        shown = _fitting(words, width)
        return [tuple(piece for key, word in shown for piece in (Piece(f" {key}", "key"), Piece(f" {word}")))]

    return layout


_ALWAYS = ("^S", "F1")
"""Keys that keep their place in the footer when room is short."""


def _fitting(words: Sequence[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """Keep what fits: the keys that always stay, then from the first on."""
    kept: set[int] = set()
    used = 0
    for index in sorted(range(len(words)), key=lambda index: words[index][0] not in _ALWAYS):
        needed = cell_len(words[index][0]) + cell_len(words[index][1]) + 2
        if used + needed <= width:
            used += needed
            kept.add(index)
    return [word for index, word in enumerate(words) if index in kept]
