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
from planner.tui.commands import COMMANDS, name_key
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


def help_page(about: str, catalogue: Catalogue) -> Page:
    """Show what the planner is for, every key, and the words of the field."""
    intro = (
        "Answer the questions on the left; the matrix shows at once which ports each zone requires. In a cell, in: "
        "somebody in that zone listens on the port; out: somebody there opens it elsewhere; in·o: both; deny: that "
        "zone must never reach it. After the word, + is new since the last answer, - is gone, ~ is changed. A ? "
        "before an answer: assumed, nobody has confirmed it yet; before a decision: nobody has put a name to it."
    )

    def layout(width: int) -> list[Pieces]:
        lines: list[Pieces] = [(Piece("The planner", "title"),), ()]
        lines += _paragraph(intro, width)
        if about:
            lines += [(), (Piece("Here", "title"),), ()]
            lines += _paragraph(about, width)
        lines += [(), (Piece("Keys", "title"),), ()]
        keys = [(", ".join(name_key(key) for key in command.keys), command.help) for command in COMMANDS]
        typed = [
            ("0-9", "On a number, a port or a date: type it"),
            ("y, n", "Answer yes or no"),
            ("arrows", "Move; Home, End, PgUp and PgDn go further"),
        ]
        lines += labelled([*typed, *keys], width, 14)
        lines += [(), (Piece("Words", "title"),), ()]
        return lines + labelled([(term.id, term.text) for term in catalogue.terms.values()], width, 23)

    return Page(layout)


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
