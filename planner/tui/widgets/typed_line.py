"""Input widget of the input line: Textual's, but it shows every character and accepts every line."""

from rich.highlighter import Highlighter
from rich.text import Text
from textual.events import Paste
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from planner.text.escaping import visible
from planner.tui.terminal.input_parser import PASTE_LIMIT


class _Literal(Highlighter):
    """Shows what could steer the terminal, or hide, as a sign of its own: one for one, so that the cursor is right."""

    def highlight(self, text: Text) -> None:
        """Put signs in place of such characters."""
        plain = text.plain
        if not (plain.isascii() and plain.isprintable()):
            text.plain = "".join(map(_sign, plain))


def _sign(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    # A mark alone would be hidden, as it could join what is to its left; here that is its letter.
    if visible(f"a{char}") == f"a{char}":
        return char
    return chr(0x2400 + ord(char)) if ord(char) < 0x20 else "\N{REPLACEMENT CHARACTER}"


class TypedLine(Input):
    """An input that takes every line of a paste: Textual's own drops all but the first, silently."""

    separator = " "
    """Replaces line ends of what is pasted."""
    virtual_size: Reactive[Size] = Reactive(Size(0, 0))
    """As Textual's, but a longer text does not have the whole screen laid out anew: the line keeps its width."""

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False, highlighter=_Literal())
        self.cursor_blink = False

    def put(self, text: str) -> None:
        """Put another text in place of what is typed, which nobody has typed."""
        with self.prevent(Input.Changed):
            self.value = text
        self.cursor_position = len(text)

    def on_paste(self, event: Paste) -> None:
        """Put the lines of a paste beside each other."""
        event.prevent_default()
        event.stop()
        lines = [line.strip(f" \t{self.separator}") for line in event.text[:PASTE_LIMIT].splitlines()]
        text = self.separator.join(filter(None, lines)) if len(lines) > 1 else event.text[:PASTE_LIMIT].rstrip("\r\n")
        if self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)
