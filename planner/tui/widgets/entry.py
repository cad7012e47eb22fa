"""The line on which things are typed: what is asked, the text, and below it what is said of that while it is typed."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.highlighter import Highlighter
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Paste
from textual.message import Message
from textual.widgets import Input
from textual.widgets.input import Selection

from planner.core.untrusted import visible
from planner.tui.widgets.painting import fit
from planner.tui.widgets.text_pane import Piece, Pieces, TextPane


class _Literal(Highlighter):
    """Shows what could steer the terminal, or hide, as a sign of its own: one for one, so that the cursor is right."""

    def highlight(self, text: Text) -> None:
        """Put signs in place of such characters."""
        text.plain = "".join(map(_sign, text.plain))


def _sign(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    # A mark alone would be hidden, as it could join what is to its left; here that is its letter.
    if visible(f"a{char}") == f"a{char}":
        return char
    return chr(0x2400 + ord(char)) if ord(char) < 0x20 else "\N{REPLACEMENT CHARACTER}"


MOST_SHOWN = 12
"""Letters at the end of what is typed that are spelt out below it, where letters are shown by signs."""
MAX_PASTE = 100_000
"""As many characters of a paste are taken."""


def _within(pieces: Sequence[Piece], width: int) -> Pieces:
    """Cut a line to a width, with a mark."""
    first, second = pieces
    return first, Piece(fit(second.text, max(0, width - cell_len(first.text))), second.kind)


class _Line(Input):
    """An input that takes every line of a paste: Textual's own drops all but the first, silently."""

    between = " "
    """What stands in place of a line's end."""

    def on_paste(self, event: Paste) -> None:
        """Put the lines of a paste beside each other."""
        event.prevent_default()
        event.stop()
        lines = [line.strip(f" \t{self.between}") for line in event.text[:MAX_PASTE].splitlines()]
        text = self.between.join(filter(None, lines)) if len(lines) > 1 else event.text[:MAX_PASTE].rstrip("\r\n")
        if self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)


class EntryLine(Vertical):
    """Opens for one text at a time; says when it changes, when it is entered and when it is given up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete a path", id="entry.complete", show=False)
    ]

    class Changed(Message):
        """The text is now this."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Entered(Message):
        """Enter was pressed on this text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Completing(Message):
        """Tab was pressed on this text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    _told = ("", "")
    """What is said of the text, and how that is meant."""

    def compose(self) -> ComposeResult:
        """Lay out the prompt and the input, and below them the line for what is said."""
        line = _Line(compact=True, select_on_focus=False, highlighter=_Literal())
        line.cursor_blink = False
        with Horizontal():
            yield TextPane(id="prompt")
            yield line
        yield TextPane(id="said")

    @property
    def text(self) -> str:
        """What is typed so far."""
        return self.query_one(Input).value

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self.has_class("-open")

    def open(self, prompt: str, text: str) -> None:
        """Ask for a text, beginning with this one."""
        self.add_class("-open")
        words = self.query_one("#prompt", TextPane)
        words.styles.width = cell_len(prompt) + 3  # left to itself, it keeps the width of the first prompt
        words.show(lambda width: [(Piece(f" {prompt}: ", "strong"),)])
        line = self.query_one(Input)
        with self.prevent(Input.Changed):
            line.value = text
        line.cursor_position = len(text)
        line.focus()

    def tell(self, text: str, kind: str) -> None:
        """Say something of the text, in one line; before it what is typed, where a letter is shown by a sign."""
        self._told = (text, kind)
        self._show_said()

    def _show_said(self) -> None:
        said, kind = self._told
        text = self.text
        more = "…" if len(text) > MOST_SHOWN else ""
        typed = f" typed: {more}{visible(text[-MOST_SHOWN:])} " if visible(text) != text else ""
        pieces = (Piece(typed, "strong"), Piece(f" {said}", kind))
        self.query_one("#said", TextPane).show(lambda width: [_within(pieces, width)])

    def put(self, text: str) -> None:
        """Put another text in place of what is typed."""
        line = self.query_one(Input)
        with self.prevent(Input.Changed):
            line.value = text
        line.cursor_position = len(text)

    def action_complete(self) -> None:
        """Ask for the text to be completed."""
        self.post_message(self.Completing(self.text))

    def take_lines(self, between: str) -> None:
        """Put this in place of the line ends of what is pasted."""
        self.query_one(_Line).between = between

    def point_at(self, start: int, end: int) -> None:
        """Select a part of the text, so that what is typed next takes its place."""
        self.query_one(Input).selection = Selection(start, end)

    def close(self) -> None:
        """Put the line away."""
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the text on while it is typed."""
        event.stop()
        self._show_said()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the entered text on."""
        event.stop()
        self.post_message(self.Entered(event.value))
