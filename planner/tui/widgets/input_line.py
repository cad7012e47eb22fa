"""Input line: the prompt, the text, and below it the news about the text while it is typed."""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input
from textual.widgets.input import Selection

from planner.text.escaping import visible
from planner.tui.widgets.cells import fit
from planner.tui.widgets.text_pane import Piece, Pieces, TextPane
from planner.tui.widgets.typed_line import TypedLine

MOST_SHOWN = 12
"""Letters at the end of what is typed that are spelt out below it, where letters are shown by signs."""


def _within(pieces: Sequence[Piece], width: int) -> Pieces:
    """Cut a line to a width, with a mark."""
    first, second = pieces
    return first, Piece(fit(second.text, max(0, width - cell_len(first.text))), second.kind)


def ignore(_text: str) -> None:
    """Do nothing with a text."""


class TextRequest(NamedTuple):
    """Request for a text on the input line.

    Attributes:
        prompt: stands before the text.
        entered: called with the text on Enter; it closes the line if the text can be used.
        typed: called with the text after each change.
        cancelled: called when Escape closes the line.
        complete: called on Tab.
        separator: replaces the line ends of what is pasted.
        owner: the pane that asks.
    """

    prompt: str
    entered: Callable[[str], object]
    typed: Callable[[str], object] = ignore
    cancelled: Callable[[], object] = lambda: None
    complete: Callable[[], object] | None = None
    separator: str = " "
    owner: object = None


class InputLine(Vertical):
    """Input line, closed until a text is requested."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete a path", id="entry.complete", show=False)
    ]

    _told = ("", "")
    """News about the text, and its kind."""

    def __init__(self, *, id: str, classes: str = "") -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, classes=classes)
        self._asked, self._said = TextPane(id="prompt"), TextPane(id="said")
        self._line = TypedLine()
        self.request: TextRequest | None = None
        self._return_to: Widget | None = None

    def compose(self) -> ComposeResult:
        """Lay out the prompt and the text, and the news below them."""
        yield Horizontal(self._asked, self._line)
        yield self._said

    @property
    def text(self) -> str:
        """Text typed so far."""
        return self._line.value

    @property
    def is_open(self) -> bool:
        """True while a text is requested."""
        return self.has_class("-open")

    def open(self, request: TextRequest, text: str = "") -> None:
        """Open the line for a request, with a text to begin with."""
        if not self.is_open:
            self._return_to = self.screen.focused
        self.request, prompt = request, request.prompt
        self.add_class("-open")
        self._asked.styles.width = cell_len(prompt) + 3  # left to itself, it keeps the width of the first prompt
        self._asked.show(lambda width: [(Piece(f" {prompt}: ", "strong"),)])
        self.put(text)
        self._line.separator = request.separator
        self._line.focus()

    def tell(self, text: str, kind: str) -> None:
        """Show news about the text, in one line; before it the last letters, where one is shown by a sign."""
        self._told = (text, kind)
        self._show_said()

    def _show_said(self) -> None:
        said, kind = self._told
        text = self.text
        more = "…" if len(text) > MOST_SHOWN else ""
        typed = f" typed: {more}{visible(text[-MOST_SHOWN:])} " if visible(text) != text else ""
        pieces = (Piece(typed, "strong"), Piece(f" {said}", kind))
        self._said.show(lambda width: [_within(pieces, width)])

    def put(self, text: str) -> None:
        """Put another text in place of what is typed."""
        self._line.put(text)

    def action_complete(self) -> None:
        """Complete the text, where the request can."""
        if self.request is not None and self.request.complete is not None:
            self.request.complete()

    def point_at(self, start: int, end: int) -> None:
        """Select a part of the text, so that what is typed next takes its place."""
        self._line.selection = Selection(start, end)

    def enter(self) -> None:
        """Pass the text to the request, as Enter does."""
        if self.request is not None:
            self.request.entered(self.text)

    def close(self) -> None:
        """Close the line; what had the focus before has it again."""
        if self.is_open:
            self.remove_class("-open")
            if self._return_to is not None:
                self._return_to.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass each change of the text to the request."""
        event.stop()
        self._show_said()
        if self.request is not None:
            self.request.typed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the text to the request."""
        event.stop()
        self.enter()
