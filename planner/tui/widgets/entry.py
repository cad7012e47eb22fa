"""The line on which things are typed: what is asked, the text, and messages about it as it is typed."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from planner.tui.widgets.text_pane import Piece, TextPane


class EntryLine(Horizontal):
    """Opens for one text at a time; says when it changes, when it is entered and when it is given up."""

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

    def compose(self) -> ComposeResult:
        """Lay out the prompt and the input."""
        yield TextPane(id="prompt")
        line = Input(compact=True, select_on_focus=False)
        line.cursor_blink = False
        yield line

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self.has_class("-open")

    def open(self, prompt: str, text: str) -> None:
        """Ask for a text, beginning with this one."""
        self.add_class("-open")
        self.query_one(TextPane).show(lambda width: [(Piece(f" {prompt}: ", "strong"),)])
        line = self.query_one(Input)
        with self.prevent(Input.Changed):
            line.value = text
        line.cursor_position = len(text)
        line.focus()

    def close(self) -> None:
        """Put the line away."""
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the text on while it is typed."""
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the entered text on."""
        event.stop()
        self.post_message(self.Entered(event.value))
