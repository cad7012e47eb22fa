"""The line on which things are typed: what is asked, the text, and below it what is said of that while it is typed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from planner.text.escaping import visible
from planner.tui.app import planner_app
from planner.tui.widgets.cells import fit
from planner.tui.widgets.text_pane import Piece, Pieces, TextPane

if TYPE_CHECKING:
    from textual.widgets import Input

    from planner.tui.widgets.typed_line import TypedLine


MOST_SHOWN = 12
"""Letters at the end of what is typed that are spelt out below it, where letters are shown by signs."""


def _within(pieces: Sequence[Piece], width: int) -> Pieces:
    """Cut a line to a width, with a mark."""
    first, second = pieces
    return first, Piece(fit(second.text, max(0, width - cell_len(first.text))), second.kind)


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

    def __init__(self, *, id: str, classes: str = "") -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, classes=classes)
        self._asked, self._said = TextPane(id="prompt"), TextPane(id="said")
        self._line: TypedLine | None = None

    def on_mount(self) -> None:
        """Lay out the line; that of the first screen, which is not in sight, once that has been painted."""
        if not planner_app(self).waits_for_picture(self._input):
            self._input()

    def _input(self) -> "TypedLine":
        """Give what is typed into; when it is first asked for, lay it out, with the prompt and what is said below."""
        if self._line is None:
            from planner.tui.widgets.typed_line import TypedLine

            self._line = TypedLine()
            self.mount(Horizontal(self._asked, self._line), self._said)
        return self._line

    @property
    def text(self) -> str:
        """What is typed so far."""
        return self._input().value

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self.has_class("-open")

    def open(self, prompt: str, text: str) -> None:
        """Ask for a text, beginning with this one."""
        self.add_class("-open")
        self._asked.styles.width = cell_len(prompt) + 3  # left to itself, it keeps the width of the first prompt
        self._asked.show(lambda width: [(Piece(f" {prompt}: ", "strong"),)])
        self.put(text)
        line = self._input()
        if line.is_attached:
            line.focus()
        else:
            self.call_after_refresh(line.focus)

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
        self._said.show(lambda width: [_within(pieces, width)])

    def put(self, text: str) -> None:
        """Put another text in place of what is typed."""
        self._input().put(text)

    def complete_path(self, wanted: str) -> tuple[str, str]:
        """Complete the path that is typed as far as that goes; give what to say of it, and how, empty if it is whole.

        ``wanted`` is how the names of the files end that are offered first.
        """
        from planner.tui.widgets.paths import choices, complete

        text, names = complete(self.text, wanted)
        if text != self.text:
            self.put(text)
        return choices(names, text)

    def action_complete(self) -> None:
        """Ask for the text to be completed."""
        self.post_message(self.Completing(self.text))

    def take_lines(self, between: str) -> None:
        """Put this in place of the line ends of what is pasted."""
        self._input().between = between

    def point_at(self, start: int, end: int) -> None:
        """Select a part of the text, so that what is typed next takes its place."""
        from textual.widgets.input import Selection

        self._input().selection = Selection(start, end)

    def close(self) -> None:
        """Put the line away."""
        self.remove_class("-open")

    def on_input_changed(self, event: "Input.Changed") -> None:
        """Pass the text on while it is typed."""
        event.stop()
        self._show_said()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: "Input.Submitted") -> None:
        """Pass the entered text on."""
        event.stop()
        self.post_message(self.Entered(event.value))
