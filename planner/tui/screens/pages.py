"""Whole pages over the main screen: help, a full explanation, a question with a few answers."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen

from planner.core.catalogue import Catalogue
from planner.core.explanation import Explanation
from planner.core.untrusted import visible
from planner.exports.layout import wrap
from planner.tui.commands import commands_at
from planner.tui.keymap import Keys
from planner.tui.widgets.text_pane import Layout, Piece, Pieces, ScrollingPane, TextPane, labelled


class Page(ModalScreen[None]):
    """Something to read, until Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,f1,question_mark,e", "dismiss", "Close", id="page.close", show=False)
    ]

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self._page = layout

    def compose(self) -> ComposeResult:
        """Lay out the text and the line that says how to leave."""
        pane = ScrollingPane(id="page")
        pane.show(self._page)
        yield pane
        keys = TextPane(id="page-keys")
        keys.show(
            lambda width: [(Piece(" Esc", "key"), Piece(" back   "), Piece("arrows, PgDn", "key"), Piece(" scroll"))]
        )
        yield keys


def explanation_page(explanation: Explanation) -> Page:
    """Show the whole of an explanation."""
    pairs = [(line.label, visible(line.text)) for line in explanation.lines]
    return Page(lambda width: [(Piece(visible(explanation.title), "title"),), (), *labelled(pairs, width)])


def help_page(about: str, keys: Keys, places: Sequence[str], more: Layout | None = None, title: str = "Here") -> Page:
    """Show what helps here, one paragraph a line of ``about``, the keys of these places, and more to read below."""

    def layout(width: int) -> list[Pieces]:
        lines: list[Pieces] = [(Piece(title, "title"),)] if about else []
        for part in about.split("\n") if about else ():
            lines += [(), *_paragraph(visible(part), width)]
        lines += [(), (Piece("Keys", "title"),), ()]
        named = [(keys.names(command), command.help) for command in commands_at(*places)]
        lines += labelled([*named, *_MOVES], width, 14)
        return lines + more(width) if more else lines

    return Page(layout)


_MOVES = [
    ("arrows", "Move; Home, End, PgUp and PgDn go further"),
    ("^Z", "Stop the planner and go to the shell, whose fg brings it back"),
]


def words_layout(catalogue: Catalogue) -> Layout:
    """Lay out the words of the field and the marks of the matrix."""
    intro = (
        "In a cell of the matrix, in: somebody in that zone listens on the port; out: somebody there opens it "
        "elsewhere; in·o: both; deny: that zone must never reach it. After the word, + is new since the last answer, - "
        "is gone, ~ is changed. A ? before an answer: assumed, nobody has confirmed it yet; before a decision: nobody "
        "has put a name to it. On a question, y and n answer yes and no, digits type a number, a port or a date."
    )

    def layout(width: int) -> list[Pieces]:
        lines: list[Pieces] = [(), (Piece("Marks and answers", "title"),), (), *_paragraph(intro, width)]
        lines += [(), (Piece("Words", "title"),), ()]
        return lines + labelled([(term.id, term.text) for term in catalogue.terms.values()], width, 23)

    return layout


def _paragraph(text: str, width: int, kind: str = "") -> list[Pieces]:
    return [(Piece(line, kind),) for line in wrap(text, max(10, width))]


class Choice(ModalScreen[str]):
    """A question with a few answers, each on a key of its own; gives the answer's id, ``""`` for Escape."""

    def __init__(self, question: str, answers: Sequence[tuple[str, str, str]]) -> None:
        """Take the question and the answers as (key, words, id)."""
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
        """Take an answer by its key."""
        event.stop()
        if event.key == "escape":
            self.dismiss("")
        for key, _, id_ in self._answers:
            if event.character == key:
                self.dismiss(id_)
