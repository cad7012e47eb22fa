"""Input line: the prompt, the text, and below it the news about the text while it is typed."""

import os
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.highlighter import Highlighter
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Paste
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import Input
from textual.widgets.input import Selection

from planner.text.escaping import visible
from planner.tui.terminal.input_parser import PASTE_LIMIT
from planner.tui.widgets.cells import fit
from planner.tui.widgets.text_pane import Piece, Pieces, TextPane

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


MAX_LOOKED_AT = 5000
"""Entries of a folder that are looked at: a key must not wait for a folder of a million files."""


def complete(text: str, wanted: str = ".toml") -> tuple[str, list[str]]:
    """Complete a path as far as it is certain; also return the names it may go on with, a folder ends in ``/``.

    Folders and files whose names end as wanted are offered; where none of those fits, other files; hidden ones once a
    dot is typed.
    """
    folder, _, begun = text.rpartition("/")
    shown = f"{folder}/" if "/" in text else ""
    if text == "~":
        return "~/", ["~/"]
    found = _names(shown, begun)
    names = [name for name in found if name.endswith(("/", wanted))] or found
    if not names:
        return text, []
    return shown + os.path.commonprefix(names), names  # noqa: RUF071 - letters are completed, not folders


def complete_path(
    line: InputLine, suffix: str, say: Callable[[str, str], object], typed: Callable[[str], object]
) -> None:
    """Complete the path on an input line as far as it is certain, and say what it may go on with.

    Args:
        line: holds the path.
        suffix: names that end so are offered first.
        say: gets the names to choose from, or that there is none.
        typed: gets the text where nothing is to be chosen.
    """
    text, names = complete(line.text, suffix)
    if text != line.text:
        line.put(text)
    said, kind = choices(names, text)
    if said:
        say(said, kind)
    else:
        typed(text)


def choices(names: Sequence[str], text: str) -> tuple[str, str]:
    """Message on the names a text may go on with, and its kind; empty where it is complete."""
    if names:
        return ("  ".join(visible(name) for name in names), "muted") if len(names) > 1 else ("", "")
    return f"No folder or file begins with {visible(text, 60)}", "warning"


def _names(folder: str, begun: str) -> list[str]:
    try:
        where = str(Path(folder).expanduser()) if folder.startswith("~/") else folder or "."
        with os.scandir(where) as entries:
            return sorted(
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in islice(entries, MAX_LOOKED_AT)
                if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
            )
    except (OSError, ValueError, RuntimeError):
        return []


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
