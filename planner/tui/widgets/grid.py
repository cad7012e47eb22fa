"""Table that repaints only the lines that changed, with its header row and its first column always in sight.

Every view of the planner is one `Grid` showing a `GridModel`. The grid keeps, for each line on the screen, the spans it
last painted; a cursor move, a scroll or another model makes new spans, and the spans that differ are all that is sent
down the line. Only what is in sight is ever asked of the model, so a thousand zones cost as much as six.
"""

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from planner.text.escaping import Printable
from planner.text.layout import wrap
from planner.tui.widgets.cells import (
    KINDS,
    MORE_ABOVE,
    MORE_BELOW,
    Cell,
    GridModel,
    Span,
    fit,
    fit_middle,
    fit_words,
    line_strip,
    replace_lines,
)
from planner.tui.widgets.columns import Columns, head_lines, placed

__all__ = ["Cell", "Grid", "GridModel"]

WHEEL_ROWS = 3
"""Rows that one notch of the mouse wheel moves the cursor by."""
LABEL_SHARE = 45
"""Per cent of the width that row labels may take."""
ROWS_FOR_TALL_HEADS = 6
"""Rows of a grid below which heads take one line, whatever they are."""
MORE_LEFT, MORE_RIGHT = Printable("‹"), Printable("›")  # noqa: RUF001 - one cell each, in every font


class Grid(Widget, can_focus=True):
    """Shows a `GridModel` and moves a cursor in it; focus shows in the cursor alone, `Grid:focus` rules do nothing."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"grid--{kind}" for kind in KINDS),
        *("grid--header", "grid--header-active", "grid--label", "grid--label-active"),
        *("grid--cursor", "grid--cursor-blurred", "grid--empty"),
    }
    DEFAULT_CSS = """
    Grid {
        width: 1fr;
        height: 1fr;
        & > .grid--header, & > .grid--label-active { text-style: bold; }
        & > .grid--header-active, & > .grid--cursor-blurred { text-style: bold underline; }
        & > .grid--cursor { text-style: reverse; }
        & > .grid--in { color: $text-success; }
        & > .grid--out { color: $text-primary; }
        & > .grid--both { color: $text; }
        & > .grid--rollout, & > .grid--warning { color: $text-warning; }
        & > .grid--deny { color: $text-error; }
        & > .grid--error { color: $text-error; text-style: bold; }
        & > .grid--added, & > .grid--changed { text-style: bold; }
        & > .grid--removed { text-style: strike; }
        & > .grid--muted, & > .grid--note, & > .grid--empty { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", "Row up", id="grid.up", show=False),
        Binding("down", "move(1, 0)", "Row down", id="grid.down", show=False),
        Binding("left", "move(0, -1)", "Column left", id="grid.left", show=False),
        Binding("right", "move(0, 1)", "Column right", id="grid.right", show=False),
        Binding("pageup", "page(-1)", "Page up", id="grid.page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="grid.page_down", show=False),
        Binding("home", "line_end(-1)", "First column; in a list, first row", id="grid.home", show=False),
        Binding("end", "line_end(1)", "Last column; in a list, last row", id="grid.end", show=False),
        Binding("ctrl+home", "corner(-1)", "First cell", id="grid.first", show=False),
        Binding("ctrl+end", "corner(1)", "Last cell", id="grid.last", show=False),
    ]

    class CursorMoved(Message):
        """The cursor stands on another cell; in a list `column` is 0."""

        def __init__(self, grid: "Grid", row: int, column: int) -> None:
            super().__init__()
            self.grid = grid
            self.row = row
            self.column = column

        @property
        def control(self) -> "Grid":
            """The grid, so that handlers can select it."""
            return self.grid

    def __init__(
        self,
        model: GridModel | None = None,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._model = model or GridModel()
        self._cursor = (0, 0)
        self._top = 0
        self._first = 0
        self._area = Size(0, 0)
        self._columns = Columns.each((), 1, 0, 0, False)
        self._slots: list[tuple[int, int]] = []
        self._lines: list[list[Span]] = []
        self._styles: dict[str, tuple[Style, bool]] = {}

    @property
    def model(self) -> GridModel:
        """Model that is shown."""
        return self._model

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor; (0, 0) also when there is no cell."""
        return self._cursor

    def show(self, model: GridModel, keep_cursor: bool = True, cursor: tuple[int, int] | None = None) -> None:
        """Show another model: repaints the cells in sight that differ, and whole lines when the columns moved.

        The cursor goes to ``cursor`` if that is given, stays if it is to be kept, and else goes to the first cell.
        """
        before = self._cursor
        self._model = model
        if not keep_cursor:
            self._cursor, self._top, self._first = (0, 0), 0, 0
        self._cursor = self._clamped(*(cursor or self._cursor))
        if self._lines:
            self._place(self._area)
            self._repaint(range(self._area.height))
        self._tell(before)

    def move_to(self, row: int, column: int) -> None:
        """Put the cursor on a cell, or on the nearest there is, and scroll it into sight."""
        before, view = self._cursor, (self._top, self._first)
        self._cursor = self._clamped(row, column)
        if self._cursor == before:
            return
        if self._lines:
            self._scroll()
            moved = view != (self._top, self._first)
            self._repaint(range(self._area.height) if moved else self._cursor_lines(before, self._cursor))
        self._tell(before)

    def has_in_sight(self, row: int, column: int) -> bool:
        """True if a cell is in sight."""
        first = self._first if not self._model.whole_rows else 0
        down, across = row - self._top, column - first
        return 0 <= down < self._area.height - self._head_lines and 0 <= across < len(self._slots)

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor; in a list, sideways moves the columns under the frozen labels instead."""
        if columns and self._model.whole_rows:
            self._first = max(0, self._first + columns)
            self._scroll()
            self._repaint(range(self._area.height))
        else:
            self.move_to(self._cursor[0] + rows, self._cursor[1] + columns)

    def action_page(self, pages: int) -> None:
        """Move by as many rows as are in sight."""
        self.move_to(self._cursor[0] + pages * max(1, self.size.height - self._head_lines), self._cursor[1])

    def action_line_end(self, direction: int) -> None:
        """Go to the first or last column, in a list to the first or last row."""
        if self._model.whole_rows:
            self.action_corner(direction)
        else:
            self.move_to(self._cursor[0], 0 if direction < 0 else len(self._model.columns))

    def action_corner(self, direction: int) -> None:
        """Go to the first or last cell."""
        self.move_to(*((0, 0) if direction < 0 else (self._model.row_count, len(self._model.columns))))

    def on_click(self, event: events.Click) -> None:
        """Move to the cell clicked; a click on a label moves to its row."""
        offset = event.get_content_offset(self)
        row = -1 if offset is None else offset.y - self._head_lines
        if offset is None or not 0 <= row < self._model.row_count - self._top:
            return
        column = self._cursor[1]
        for index, (x, width) in enumerate(self._slots, self._first):
            if x <= offset.x <= x + width:
                column = index
        self.move_to(self._top + row, column)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down with the wheel."""
        event.stop()
        self.action_move(WHEEL_ROWS, 0)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up with the wheel."""
        event.stop()
        self.action_move(-WHEEL_ROWS, 0)

    def on_focus(self, event: events.Focus) -> None:
        """Accept the focus without the repaint of the whole widget that comes with it."""
        event.prevent_default()
        self.has_focus = True
        if isinstance(self.parent, Widget):
            self.parent.post_message(events.DescendantFocus(self))

    def on_blur(self, event: events.Blur) -> None:
        """Lose the focus, see `on_focus`."""
        event.prevent_default()
        self.has_focus = False
        if isinstance(self.parent, Widget):
            self.parent.post_message(events.DescendantBlur(self))

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Repaint the cursor, which looks different without the focus."""
        self._repaint(self._cursor_lines(self._cursor))

    def notify_style_update(self) -> None:
        """Forget the styles of another theme or class."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """Return one line; lay out all lines first when the size has changed."""
        if self._area != self.size:
            self._place(self.size)
            self._lines = [self._line(line) for line in range(self._area.height)]
        return line_strip(self._lines[y], self._area.width, self._style)

    def _style(self, names: str) -> tuple[Style, bool]:
        """Return the style of a span, and whether a blank in it looks like a plain blank."""
        if names not in self._styles:
            plain = style = self.rich_style
            for index, name in enumerate(name for name in names.split() if f"grid--{name}" in self.COMPONENT_CLASSES):
                # Only a whole style can blend a colour with what is below it; those that follow add to the first.
                component = self.get_component_rich_style(f"grid--{name}", partial=index > 0)
                style = style + component if index else component
            shows = style.reverse or style.underline or style.strike or style.bgcolor != plain.bgcolor
            self._styles[names] = (style, not shows)
        return self._styles[names]

    def _clamped(self, row: int, column: int) -> tuple[int, int]:
        columns = 1 if self._model.whole_rows else len(self._model.columns)
        return max(0, min(row, self._model.row_count - 1)), max(0, min(column, columns - 1))

    def _tell(self, before: tuple[int, int]) -> None:
        if self._cursor != before and self.is_mounted:
            # Posted to the screen itself: bubbling up widget by widget, it could come a frame after the move.
            self.screen.post_message(self.CursorMoved(self, *self._cursor))

    def _place(self, size: Size) -> None:
        """Lay out the model's columns, and scroll to where the cursor is."""
        model, widths = self._model, self._model.widths
        label = max(0, min(model.label_width, size.width * LABEL_SHARE // 100))
        lines = 2 if size.height >= ROWS_FOR_TALL_HEADS else 1
        widths = widths if isinstance(widths, int) else tuple(widths)
        self._columns = placed(
            tuple(model.columns), widths, model.min_width, label, size.width, lines, model.whole_rows
        )
        self._area = size
        self._scroll()

    def _scroll(self) -> None:
        """Bring the cursor into sight, moving what is shown as little as possible."""
        row, column = self._cursor
        body = max(1, self._area.height - self._head_lines)
        self._top = max(0, min(max(self._top, row - body + 1), row, self._model.row_count - body))
        if self._model.whole_rows:
            self._first = min(self._first, self._columns.last_first)
        else:
            self._first = self._columns.first_showing(column, self._first)
        self._slots = self._columns.slots(self._first)

    def _cursor_lines(self, *cells: tuple[int, int]) -> set[int]:
        """Return the lines that show a cursor on one of these cells: theirs and the header."""
        heads = self._head_lines
        return {*range(heads), *(row - self._top + heads for row, _ in cells)}

    def _repaint(self, numbers: Iterable[int]) -> None:
        """Make these lines again and repaint those that differ from what was painted."""
        made = ((y, self._line(y)) for y in numbers if y < len(self._lines))
        if regions := replace_lines(self._lines, made, self._area.width):
            self.refresh(*regions)

    def _line(self, y: int) -> list[Span]:
        first = self._head_lines
        row = self._top + y - first
        if y < first:
            return self._header_line(y)
        if row < self._model.row_count:
            return self._row_line(row)
        width = self._area.width
        text = [] if self._model.row_count else wrap(self._model.empty, max(10, width))
        # With nothing for the cursor to be on, the reason for that shows who has the keys.
        kind = "empty cursor" if text and row == 0 and self.has_focus else "empty"
        return [Span(0, width, fit(text[row] if row < len(text) else "", width), kind)]

    @property
    def _head_lines(self) -> int:
        return self._columns.head_lines

    def _header_line(self, y: int) -> list[Span]:
        """Title and column titles, with marks on the sides where there is more to see; of two lines in the second."""
        model, columns = self._model, self._columns
        if y + 1 < columns.head_lines:
            return [self._head(y, column, x, width) for column, (x, width) in enumerate(self._slots, self._first)]
        marks = MORE_ABOVE if self._top else ""
        marks += MORE_BELOW if self._top + self._area.height - columns.head_lines < model.row_count else ""
        right = MORE_RIGHT if self._first + len(self._slots) < columns.count else ""
        line = []
        if columns.label:
            room = columns.label - cell_len(marks)
            title = fit(fit_middle(model.title, room - 1), room) if marks else fit_middle(model.title, room)
            line.append(Span(0, columns.label, fit(title + marks, columns.label), "header"))
        else:
            right = marks + right
        if self._first:
            line.append(Span(columns.left - 1, 1, MORE_LEFT, "header"))
        edge = self._area.width - cell_len(right)
        for column, (x, width) in enumerate(self._slots, self._first):
            line.append(self._head(y, column, x, max(0, min(width, edge - x))))
        if right:
            line.append(Span(edge, cell_len(right), fit(right, cell_len(right)), "header"))
        return line

    def _head(self, y: int, column: int, x: int, width: int) -> Span:
        """Return a line of a column's title, made to fit."""
        model = self._model
        active = model.row_count and not model.whole_rows and column == self._cursor[1]
        text = head_lines(model.columns[column], width, self._head_lines)[y]
        return Span(x, width, text, "header-active" if active else "header")

    def _row_line(self, row: int) -> list[Span]:
        model, columns = self._model, self._columns
        here = row == self._cursor[0]
        mark = (" cursor" if self.has_focus else " cursor-blurred") if here else ""
        line = []
        # The cursor of a list is one bar, so there the blanks between columns belong to the columns.
        gap = 1 if model.whole_rows else 0
        if columns.label:
            text = model.row_label(row)
            text = fit(text if model.labels_tell else fit_middle(text, columns.label), columns.label)
            text = fit(text, columns.label + gap)
            names = ("label-active" if here else "label") + (mark if gap else "")
            line.append(Span(0, columns.label + gap, text, names))
        last = self._first + len(self._slots) - 1
        for column, (x, width) in enumerate(self._slots, self._first):
            text, kind = model.cell(row, column)
            blank = gap if column < last else 0
            names = kind + mark if gap or column == self._cursor[1] else kind
            shown = fit_words(text, width) if model.whole_words else fit(text, width)
            line.append(Span(x, width + blank, fit(shown, width + blank) if blank else shown, names))
        return line
