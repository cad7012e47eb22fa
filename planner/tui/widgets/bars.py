"""Layouts of the bars and panes of the plan screen."""

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len

from planner.plan.diff import RuleChanges
from planner.plan.explanation import Explanation
from planner.session.forms import Field
from planner.session.history import Session
from planner.session.steps import STEPS, open_in
from planner.text.escaping import visible
from planner.text.layout import wrap
from planner.tui.commands import Keys, footer, kept_in_footer
from planner.tui.widgets.cells import fit
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece, Pieces, labelled

TITLE_WIDTH, LONG_TITLE_WIDTH = 17, 15
"""Cells that titles take at most: those of questions all fit, those of decisions never do and leave more to values."""

_TITLE_ROOM = 12
"""Cells that a title gets at least, blanks around it counted."""


def bar_layout(session: Session, step: int, changes: RuleChanges) -> Layout:
    """Layout of the top bar: title, status, counts and changes of the plan, over the steps."""
    plan = session.plan
    title = visible(plan.head.title) or "New plan"
    ticket = visible(plan.change.ticket)
    summary = plan.derived.summary
    counts = f"{plan.status} · {summary.rules} rules"
    counts += f" {changes.counts}" if changes else ""
    counts += f" · {summary.rules_rollout} rollout" if summary.rules_rollout else ""
    host = f" · {summary.host_rules} host" if summary.host_rules else ""
    troubles = _count(summary.warnings, "warning") + (_count(summary.errors, "error") if summary.errors else "")
    waiting = [open_in(plan, id_) for id_, _ in STEPS]
    unsaved = " *" if session.dirty else ""

    def layout(width: int) -> list[Pieces]:
        # What is inside a zone is the first to go, then the ticket, then the end of the title.
        numbers = f"{counts}{host if len(counts + host + troubles) + _TITLE_ROOM <= width else ''}"
        room = max(_TITLE_ROOM, width - len(numbers + troubles)) - 3
        left = f"{title}{unsaved}  {ticket}".rstrip()
        if cell_len(left) > room:
            left = fit(title, min(cell_len(title), room - len(unsaved))) + unsaved
        kind = "error" if summary.errors else "warning" if summary.warnings else ""
        first = (Piece(f" {fit(left, room)}", "title"), Piece(f" {numbers}"), Piece(f"{troubles} ", kind))
        return [first, _steps(step, waiting, width)]

    return layout


def _steps(current: int, waiting: Sequence[int], width: int) -> Pieces:
    """Name the steps, with a ? where something is still assumed; where room is short, only the current one."""
    marks = [f"({count})" if id_ == "decisions" and count else "?" if count else ""
             for (id_, _), count in zip(STEPS, waiting, strict=True)]  # fmt: skip
    full = [f" {index} {name}{mark}" for index, ((_, name), mark) in enumerate(zip(STEPS, marks, strict=True), 1)]
    short = [f" {index}{mark}" for index, mark in enumerate(marks, 1)]
    shown = full if sum(map(len, full)) <= width else [*short[:current], full[current], *short[current + 1 :]]
    return tuple(Piece(text, "here" if index == current else "", f"{STEP}{index}") for index, text in enumerate(shown))


def _count(number: int, word: str) -> str:
    return f" · {number} {word}{'' if number == 1 else 's'}"


def question_model(fields: Sequence[Field], step: str, zone: str) -> GridModel:
    """Show fields as a list: what is asked, and the answer behind a ? while it is assumed or undecided."""
    titles = [visible(field.title) for field in fields]
    words = {"assumed": "? assumed", "undecided": "? open"}

    def cell(row: int, column: int) -> Cell:
        field = fields[row]
        if column == 0:
            return Cell(titles[row])
        value = visible(field.value)
        return Cell(f"? {value}" if field.state else value, "warning" if field.state == "undecided" else "")

    longest = max(map(cell_len, titles), default=0)
    return GridModel(
        columns=(visible(zone) or step, next((words[field.state] for field in fields if field.state), "")),
        widths=(longest if longest <= TITLE_WIDTH else LONG_TITLE_WIDTH, 40),
        row_count=len(fields),
        cell=cell,
        whole_rows=True,
        min_width=8,
        empty="Nothing is asked here under these answers.",
    )


def explanation_layout(explanation: Explanation, news: str = "") -> Layout:
    """Lay out an explanation: its title, news that found no room elsewhere, then what there is to say."""
    said = tuple((line.label, visible(line.text)) for line in explanation.lines)
    title = visible(explanation.title)
    return lambda width: [(Piece(title, "title"),), *labelled((("message", news), *said) if news else said, width)]


def message_layout(text: str, kind: str = "") -> Layout:
    """Lay out one line of news."""
    return lambda width: [(Piece(f" {text}", kind),)]


def paragraph_layout(text: str) -> Layout:
    """Lay out a text on as many lines as it takes."""
    return lambda width: [(Piece(line),) for line in wrap(text, max(10, width))]


STEP, ENTER, GIVE_UP, COMPLETE = "step:", "entry:enter", "entry:give up", "entry:complete"
"""Links of steps and of the input line's keys; other links are ids of commands."""

_ENTER = {
    "text": "type", "list": "type", "date": "type", "zone": "open", "decision": "decide", "jump": "go", "save": "save",
}  # fmt: skip
"""Title of Enter by kind of field, where it is not to confirm the answer and go on."""


_UNDOES = (22, 14, 9)
"""Cells that the words of what undo takes back may get: as many as push none of the first keys out of the footer."""
_FIRST_KEYS = 4

Named = tuple[tuple[str, str], ...]
"""Words in place of the titles of commands, after the ids of those."""


def keys_layout(place: str, field: Field | None, beyond: str, keys: Keys, undoes: str) -> Layout:
    """Lay out the keys that matter here on the main screen.

    ``beyond``: the pane that Tab goes to. ``undoes``: what undo takes back, empty if nothing.
    """
    named: Named = (("focus", beyond),)
    if field is not None and place != "view":
        named = (*named, ("next", _ENTER.get(field.kind, "next")))
    told = undoes and place not in ("entry", "path")
    wordings = tuple(f"undo {visible(undoes, cells)}" for cells in _UNDOES) if told else ()
    return lambda width: [_keys(place, keys, named, wordings, width)]


@lru_cache(maxsize=64)
def _keys(place: str, keys: Keys, named: Named, wordings: tuple[str, ...], width: int) -> Pieces:
    """Keys of a place, undo in the longest wording that pushes none of the first ones out."""
    plain = _footer(place, keys, named, width)
    first = {command.id for command in footer(place)[:_FIRST_KEYS]} & _shown_in(plain)
    tried = (_footer(place, keys, (*named, ("undo", words)), width) for words in wordings)
    return next((longer for longer in tried if first <= _shown_in(longer)), plain)


def _shown_in(line: Pieces) -> set[str]:
    return {piece.link for piece in line}


def footer_layout(place: str, keys: Keys) -> Layout:
    """Lay out the keys of a place, as many as fit.

    The places ``entry`` and ``path`` are the line for typing, wherever it is.
    """
    return lambda width: [_footer(place, keys, (), width)]


@lru_cache(maxsize=64)
def _footer(place: str, keys: Keys, named: Named, width: int) -> Pieces:
    """Keys of a place, as many as fit."""
    if place in ("entry", "path"):
        typing = _key_pieces("Enter", "take it", ENTER) + _key_pieces("Esc", "give up", GIVE_UP)
        return (*typing, *(_key_pieces("Tab", "complete", COMPLETE) if place == "path" else ()))
    titles = dict(named)
    words = [(command.id, keys.name(command), titles.get(command.id, command.title)) for command in footer(place)]
    kept = kept_in_footer(place)
    return tuple(piece for id_, key, word in _fitting(words, kept, width) for piece in _key_pieces(key, word, id_))


def _key_pieces(key: str, word: str, link: str) -> list[Piece]:
    return [Piece(f" {key}", "key", link), Piece(f" {word}", "", link)]


def _fitting(words: Sequence[tuple[str, str, str]], kept: Sequence[str], width: int) -> list[tuple[str, str, str]]:
    """Entries (id, key, word) that fit, whole ones only: those that are kept always, then from the first on."""
    taken: set[int] = set()
    used = 0
    for index in sorted(range(len(words)), key=lambda index: words[index][0] not in kept):
        _, key, word = words[index]
        needed = cell_len(key) + cell_len(word) + 2
        if used + needed <= width:
            used += needed
            taken.add(index)
    return [entry for index, entry in enumerate(words) if index in taken]
