"""Whole pages over the main screen: help, a full explanation, a question with a few answers."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen

from planner.catalogue.model import Catalogue
from planner.plan.explanation import Explanation
from planner.session.forms import Field, FieldKind
from planner.session.steps import STEPS
from planner.text.escaping import visible
from planner.text.layout import wrap
from planner.tui.commands import Keys, commands_at
from planner.tui.widgets.text_pane import Layout, Piece, Pieces, ScrollingPane, TextPane, labelled


class Page(ModalScreen[None]):
    """Something to read, until Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,f1,question_mark,e", "dismiss", "Close", id="page.close", show=False)
    ]

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self._pane = ScrollingPane(id="page")
        self._pane.show(layout)

    def compose(self) -> ComposeResult:
        """Lay out the text and the line that says how to leave."""
        yield self._pane
        keys = TextPane(id="page-keys")
        keys.show(
            lambda width: [(Piece(" Esc", "key"), Piece(" back   "), Piece("arrows, PgDn", "key"), Piece(" scroll"))]
        )
        yield keys


def read(app: App[Any], layout: Layout, then: Callable[[None], None] | None = None) -> None:
    """Open a page with this text; call ``then`` when the page is closed."""
    app.push_screen(Page(layout), then)


def whole_layout(explanation: Explanation) -> Layout:
    """Lay out the whole of an explanation."""
    pairs = [(line.label, visible(line.text)) for line in explanation.lines]
    return lambda width: [(Piece(visible(explanation.title), "title"),), (), *labelled(pairs, width)]


def help_layout(about: str, keys: Keys, places: Sequence[str], more: Layout | None = None) -> Layout:
    """Lay out what helps here, one paragraph a line of ``about``, the keys of these places, and more to read below."""

    def layout(width: int) -> list[Pieces]:
        return [*_here(keys, about, width), *_keys_below(keys, tuple(places), width), *(more(width) if more else ())]

    return layout


# Help is asked for again and again, and most of it is the same each time. With other settings there are other keys.


@lru_cache(maxsize=4)
def _here(keys: Keys, about: str, width: int) -> list[Pieces]:
    lines: list[Pieces] = [(Piece("Here", "title"),)] if about else []
    for part in about.split("\n") if about else ():
        lines += [(), *_paragraph(visible(part), width)]
    return lines


@lru_cache(maxsize=4)
def _keys_below(keys: Keys, places: tuple[str, ...], width: int) -> list[Pieces]:
    named = [(keys.names(command), command.help) for command in commands_at(*places)]
    return [(), (Piece("Keys", "title"),), (), *labelled([*named, *_MOVES], width, 14)]


_MOVES = [
    ("arrows", "Move; Home, End, PgUp and PgDn go further"),
    ("^Z", "Stop the planner and go to the shell, whose fg brings it back"),
]


def words_layout(catalogue: Catalogue) -> Layout:
    """Lay out the words of the field and the marks of the matrix."""
    words = tuple((term.id, term.text) for term in catalogue.terms.values())
    return lambda width: _words_below(words, width)


@lru_cache(maxsize=4)
def _words_below(words: tuple[tuple[str, str], ...], width: int) -> list[Pieces]:
    lines: list[Pieces] = [(), (Piece("Marks and answers", "title"),), (), *_paragraph(_MARKS, width)]
    return [*lines, (), (Piece("Words", "title"),), (), *labelled(words, width, 23)]


_MARKS = (
    "In a cell of the matrix, in: somebody in that zone listens on the port; out: somebody there opens it elsewhere; "
    "in·o: both; deny: that zone must never reach it. After the word, + is new since the last answer, - is gone, ~ is "
    "changed. A ? before an answer: assumed, nobody has confirmed it yet; before a decision: nobody has put a name to "
    "it. On a question, y and n answer yes and no, digits type a number, a port or a date."
)


def _paragraph(text: str, width: int, kind: str = "") -> list[Pieces]:
    return [(Piece(line, kind),) for line in wrap(text, max(10, width))]


class Choice(ModalScreen[str]):
    """A question with a few answers, each on a key of its own; gives the answer's id, ``""`` for Escape."""

    def __init__(self, question: str, answers: Sequence[tuple[str, str, str]]) -> None:
        """Create the dialog; answers are (key, words, id)."""
        super().__init__()
        self._question = question
        self._answers = answers

    def compose(self) -> ComposeResult:
        """Lay out the question over its answers."""
        pane = ScrollingPane(id="choice")
        pane.show(self._lines)
        yield pane

    def _lines(self, width: int) -> list[Pieces]:
        lines = _paragraph(self._question, width, "strong")
        lines.append(())
        lines += [(Piece(f"  {key}", "key"), Piece(f"  {words}")) for key, words, _ in self._answers]
        return [*lines, (Piece("  Esc", "key"), Piece("  go back"))]

    def on_key(self, event: Key) -> None:
        """Choose an answer by its key."""
        event.stop()
        if event.key == "escape":
            self.dismiss("")
        for key, _, id_ in self._answers:
            if event.character == key:
                self.dismiss(id_)


VIEWS = {
    "ports": "The matrix of ports by zone. A row is a port with what listens on it, a column a zone. in: somebody in "
    "that zone listens; out: somebody there opens it elsewhere; deny: that zone must never reach it.",
    "zones": "Pairs of zones: which zone, on the left, opens what to which, on top. What stays inside a zone stands "
    "where a zone meets itself, and only the hosts' own firewalls see it.",
    "rules": "The rules as a firewall will have them: port, from, to, source ports, phase. A rollout rule is to be "
    "closed again; the plan says when.",
    "closed": "What the product could need and this plan does not open, each with the answer that keeps it closed.",
    "findings": "Contradictions and cautions in the answers, and the places where the document disagrees with itself.",
}
"""Help on each view, by its id."""

_STEPS = {
    "estate": "What there is: servers, NetWare, clients and what kind of clients.",
    "extras": "What runs beside it: an agent on the console, Central Quarantine, alerting.",
    "rollout": "Whether the product is still installed remotely: those rules are open for a while only.",
    "ports": "What the firewalls are like, and ports that were moved from where the product puts them.",
    "zones": "Which roles sit in which zone. Without zones of yours there is one for each role. Networks and hosts "
    "narrow the rules, and exports for firewalls need them.",
    "decisions": "Where the document contradicts itself or is silent. Each has its readings, a default and a reason, "
    "and waits for the name of whoever decides.",
    "change": "What the change board wants to read: ticket, who, why, when. Nothing here changes a rule.",
    "save": "What is still assumed or undecided, what the plan comes to, and where it is saved.",
}
_KINDS: dict[FieldKind, str] = {
    "number": "Type a number, or Enter to confirm the one that stands there.",
    "port": "Type a port, Enter to confirm; empty is the default.",
    "date": "Type a date such as 2027-01-31; empty is none.",
    "text": "Enter opens the line for typing.",
    "list": "Enter opens the line for typing; several entries apart by commas or blanks.",
    "yesno": "y and n answer, Space switches, Enter confirms what stands there.",
    "choice": "Space takes the next choice, Enter confirms the one that stands there.",
    "zone": "Enter opens the zone.",
    "decision": "Space takes the next reading, Enter puts your name to the one in force.",
    "jump": "Enter goes there.",
    "save": "Enter saves.",
}


def help_on_view(view: str, cell: str) -> str:
    """Explain a view and name the cell the cursor is on."""
    on = f"\nThe cursor is on: {cell}. The pane explains it; more shows all of it." if cell else ""
    return f"{VIEWS.get(view, '')}{on}"


def help_on_field(field: Field | None, step: int) -> str:
    """Explain a step, the question the cursor is on, what it opens, and what the document says of it."""
    about = _STEPS[STEPS[step].id]
    if field is None:
        return about
    told = [line.text if line.label == "asks" else f"{line.label}: {line.text}" for line in field.about]
    return "\n".join((about, field.title + ": " + " ".join(told[:1]), *told[1:], _KINDS[field.kind]))
