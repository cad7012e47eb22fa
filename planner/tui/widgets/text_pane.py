"""Lines of text that repaint only what changed: the top bar, the explanation, the key bar, whole pages of help."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.messages import Update
from textual.strip import Strip
from textual.widget import Widget

from planner.text.layout import wrap
from planner.tui.widgets.cells import MORE_BELOW, Span, fit, line_strip, replace_lines

KINDS = ("title", "label", "strong", "muted", "good", "warning", "error", "here", "key")
"""Kinds of text; each is styled by the component class ``text-pane--<kind>``."""


WHEEL_LINES = 3
"""Lines that one notch of the mouse wheel moves."""


class Piece(NamedTuple):
    """A run of text, already cleaned of controls, and how it is meant: one of `KINDS`, or nothing.

    ``link``: what a click on it means, such as the id of a command; told by `TextPane.Linked`.
    """

    text: str
    kind: str = ""
    link: str = ""


Pieces = Sequence[Piece]
Layout = Callable[[int], list[Pieces]]
"""Makes the lines for a width in cells."""


class TextPane(Widget):
    """Shows what a layout makes of its width; scrolls when told to."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text-pane--{kind}" for kind in KINDS}
    DEFAULT_CSS = """
    TextPane {
        & > .text-pane--title { text-style: bold; }
        & > .text-pane--label { color: $text-muted; }
        & > .text-pane--strong { text-style: bold; }
        & > .text-pane--muted { color: $text-muted; }
        & > .text-pane--good { color: $text-success; }
        & > .text-pane--warning { color: $text-warning; }
        & > .text-pane--error { color: $text-error; text-style: bold; }
        & > .text-pane--here { text-style: reverse; }
        & > .text-pane--key { text-style: bold; color: $text-accent; }
    }
    """

    class Linked(Message):
        """A piece with a link was clicked."""

        def __init__(self, link: str) -> None:
            super().__init__()
            self.link = link

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._layout: Layout = lambda width: []
        self._area = Size(0, 0)
        self._made: list[Pieces] = []
        self._top = 0
        self._lines: list[list[Span]] = []
        self._styles: dict[str, tuple[Style, bool]] = {}

    def show(self, layout: Layout, *, keep_place: bool = False) -> None:
        """Show something else, repainting what differs."""
        self._layout = layout
        if self._area.width:
            was = self._made, self._top
            self._made = layout(self._area.width)
            self._top = self._top if keep_place else 0
            if was != (self._made, self._top):
                self._repaint()
        elif not keep_place:
            self._top = 0

    def scroll_lines(self, lines: int) -> None:
        """Move the text up by so many lines, down if negative, as far as there is text."""
        top = max(0, min(self._top + lines, len(self._made) - self._area.height))
        if top != self._top:
            self._top = top
            self._repaint()

    def on_click(self, event: events.Click) -> None:
        """Tell of the link under the mouse."""
        offset = event.get_content_offset(self)
        if offset is None or self._top + offset.y >= len(self._made):
            return
        x = 0
        for text, _, link in self._made[self._top + offset.y]:
            x += cell_len(text)
            if offset.x < x:
                if link:
                    self.post_message(self.Linked(link))
                return

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_lines(-WHEEL_LINES)

    @property
    def text(self) -> str:
        """All lines, in sight or not."""
        return "\n".join("".join(piece.text for piece in line) for line in self._made)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are lines, where the height is left to the text."""
        return len(self._layout(width))

    def notify_style_update(self) -> None:
        """Forget the styles of another theme or class."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """Return one line; lay out all lines first when the size has changed."""
        if self._area != self.size:
            self._area = self.size
            self._made = self._layout(self.size.width)
            self._top = max(0, min(self._top, len(self._made) - self.size.height))
            self._lines = [self._line(line) for line in range(self.size.height)]
        return line_strip(self._lines[y], self._area.width, self._style)

    def _repaint(self) -> None:
        made = ((y, self._line(y)) for y in range(len(self._lines)))
        if regions := replace_lines(self._lines, made, self._area.width):
            self.refresh(*regions)
            # Told at once, the screen paints the pane in one frame with what made it change, not in one of its own.
            self.screen.post_message(Update(self))

    def _line(self, y: int) -> list[Span]:
        spans: list[Span] = []
        x = 0
        row = self._top + y
        width = self._area.width
        more = y == self._area.height - 1 and row + 1 < len(self._made)
        edge = width - 2 if more else width
        for text, kind, _ in self._made[row] if row < len(self._made) else ():
            if x >= edge:
                break
            cells = min(cell_len(text), edge - x)
            spans.append(Span(x, cells, fit(text, cells), kind))
            x += cells
        return [*spans, Span(width - 1, 1, MORE_BELOW, "muted")] if more else spans

    def _style(self, names: str) -> tuple[Style, bool]:
        if names not in self._styles:
            plain = self.rich_style
            style = self.get_component_rich_style(f"text-pane--{names}") if names in KINDS else plain
            shows = style.reverse or style.underline or style.bgcolor != plain.bgcolor
            self._styles[names] = (style, not shows)
        return self._styles[names]


class ScrollingPane(TextPane, can_focus=True):
    """A text pane read with the arrow and page keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "lines(-1)", "Line up", id="text.up", show=False),
        Binding("down,j", "lines(1)", "Line down", id="text.down", show=False),
        Binding("pageup", "pages(-1)", "Page up", id="text.page_up", show=False),
        Binding("pagedown,space", "pages(1)", "Page down", id="text.page_down", show=False),
        Binding("home", "lines(-1000000)", "Top", id="text.home", show=False),
        Binding("end", "lines(1000000)", "End", id="text.end", show=False),
    ]

    def action_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_lines(lines)

    def action_pages(self, pages: int) -> None:
        """Scroll by what is in sight, less a line to keep the thread."""
        self.scroll_lines(pages * max(1, self.size.height - 1))


def labelled(pairs: Iterable[tuple[str, str]], width: int, indent: int = 11) -> list[Pieces]:
    """Lay out (label, text) pairs: the label in a column of its own, the text wrapped beside it."""
    return [line for label, text in pairs for line in _beside(label, text, width, indent)]


@lru_cache(maxsize=2048)
def _beside(label: str, text: str, width: int, indent: int) -> tuple[Pieces, ...]:
    """Lay out one of them; much of what is said of a cell is said of others too."""
    return tuple(
        (Piece(fit("" if number else label, indent) + " ", "label"), Piece(line))
        for number, line in enumerate(wrap(text, max(10, width - indent - 1)))
    )
