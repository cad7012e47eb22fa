"""Lines painted straight into the cells that the terminal shall show.

Textual's compositor makes every visible widget of every line anew around what changed, cuts it and puts it together.
Where what changed lies in one widget that nothing covers, the lines of that widget alone are made.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar

from rich.color import ColorSystem
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from planner.tui.terminal.cell_diff import Run
from planner.tui.textual_private import pins
from planner.tui.textual_private.cells import CellApp, Painted, ink, inked
from planner.tui.textual_private.styles import LeanWidget, StyledText

Result = TypeVar("Result")

_KEPT = 4096
"""Runs of text kept as the terminal gets them."""


class _Place(NamedTuple):
    """Where on the screen a widget is seen, and where its text is, in cells; ends are exclusive."""

    x: int
    y: int
    right: int
    bottom: int
    widget: Widget
    text: Region
    """Empty unless it is one of our own, whose lines need nothing of Textual's."""


Lines = dict[_Place, set[int]]
"""Rows of the screen by what is to be seen there."""


class PaintedScreen(Screen[Result], Generic[Result]):
    """A screen that paints the lines of a widget without the compositor, wherever nothing lies over them."""

    holds = False
    """Whether painting waits for the key that is being dealt with."""
    changes_behind = 0
    """How often it would have been painted while another screen hid all of it."""

    _painted_for: object = None
    _places: tuple[_Place, ...] = ()

    def check_idle(self) -> None:
        """Have painted what changed, unless that comes anyway."""
        if not self.holds:
            super().check_idle()

    def paint_now(self) -> None:
        """Paint what a key changed, without a turn of the loop and a timer in between; the rest comes Textual's way."""
        waits = self._layout_required or self._scroll_required or self._repaint_required or self._recompose_required
        if self._dirty_widgets and not waits and self.is_current and not self.app._batch_count:
            self._compositor.update_widgets(self._dirty_widgets)
            self._compositor_refresh()
        if waits or self._dirty_widgets or self._callbacks or self._next_callbacks:
            self.check_idle()

    def _compositor_refresh(self) -> None:
        app, dirty = self.app, self._compositor._dirty_regions
        if isinstance(app, CellApp) and app.has_cells and self is app.screen and dirty and pins.as_read(*pins.LINES):
            lines = self._lines_of(dirty, app.colours) if app.paints_lines or self._all_of_it in dirty else None
            if lines is not None:
                dirty.clear()
                self._dirty_widgets.clear()
                app.paint_lines(lines)
                return
        if self is not app.screen and app.screen.styles.background.a == 1 and pins.as_read(*pins.LINES):
            # Textual would paint the one in front for it; once it is in sight again it is painted as a whole.
            self.changes_behind += 1
            dirty.clear()
            self._dirty_widgets.clear()
            return
        super()._compositor_refresh()

    def _lines_of(self, regions: set[Region], colours: ColorSystem) -> Iterable[Painted] | None:
        """Give the lines that regions lie in; None if that takes the compositor."""
        found = None if self._all_of_it in regions else self._to_paint(regions)
        if found is not None:
            return chain(_own(found[0], colours), _framed(found[1], colours))
        if self.styles.background.a != 1:
            return None
        rows = {y for region in regions for y in range(region.y, region.bottom)}
        return whole(self._places_now, rows, colours)

    @property
    def _all_of_it(self) -> Region:
        return self.size.region

    @property
    def _places_now(self) -> tuple[_Place, ...]:
        """What is to be seen, those in front first."""
        visible = self._compositor.visible_widgets
        if visible is not self._painted_for:
            self._painted_for, self._places = visible, tuple(_places(visible))
        return self._places

    def _to_paint(self, regions: set[Region]) -> tuple[Lines, Lines] | None:
        """Give the lines of text that regions lie in, and those to be made with frames; None if it is not as simple."""
        places = self._places_now
        own: Lines = {}
        framed: Lines = {}
        for x, y, width, height in regions:
            right, bottom = x + width, y + height
            # Those in front come first; the first that has any of it must have all of it.
            place = next(
                (at for at in places if at.x < right and x < at.right and at.y < bottom and y < at.bottom), None
            )
            if place is None or x < place.x or y < place.y or place.right < right or place.bottom < bottom:
                return None
            left, top, wide, high = place.text
            in_text = left <= x and right <= left + wide and top <= y and bottom <= top + high
            (own if in_text else framed).setdefault(place, set()).update(range(y, bottom))
        # What is behind a page that lies over the screen is part of no widget of it.
        return None if any(isinstance(place.widget, Screen) for place in framed) else (own, framed)


def _places(visible: dict[Widget, tuple[Region, Region]]) -> Iterator[_Place]:
    for widget, (region, clip) in visible.items():
        seen = region.intersection(clip)
        text = region.shrink(widget.styles.gutter) if isinstance(widget, LeanWidget) and seen == region else Region()
        yield _Place(seen.x, seen.y, seen.right, seen.bottom, widget, text)


def whole(places: Sequence[_Place], rows: set[int], colours: ColorSystem) -> Iterator[Painted]:
    """Give all of some rows of the screen, what is behind first, but for what is hidden by others anyway."""
    for number, place in reversed(list(enumerate(places))):
        widget, text = place.widget, place.text
        of_it = rows.intersection(range(place.y, place.bottom))
        if text and isinstance(widget, LeanWidget) and _is_plain(widget):
            lines = of_it.intersection(range(text.y, text.bottom))
            yield from _framed({place: of_it - lines}, colours)
            yield from _beside_text(place, lines, colours)
            yield from _own({place: lines}, colours)
        else:
            hidden = {y for y in of_it if _hidden(place, y, places[:number])}
            yield from _framed({place: of_it - hidden}, colours)


def _hidden(place: _Place, y: int, in_front: Sequence[_Place]) -> bool:
    """Whether others cover a row of a widget."""
    x = place.x
    for left, right in sorted((at.x, at.right) for at in in_front if at.y <= y < at.bottom):
        if left > x:
            break
        x = max(x, right)
    return x >= place.right


def _beside_text(place: _Place, rows: set[int], colours: ColorSystem) -> Iterator[Painted]:
    """Give border and padding to the left and right of a text, which are the same in each of its lines."""
    text = place.text
    if (place.x, place.right) == (text.x, text.right):
        return
    strip = place.widget.render_lines(Region(0, text.y - place.y, place.right - place.x, 1))[0]
    left, right = (
        tuple(inked(strip.crop(start - place.x, end - place.x), colours))
        for start, end in ((place.x, text.x), (text.right, place.right))
    )
    for y in rows:
        yield y, place.x, left, text.x
        yield y, text.right, right, place.right


def _own(lines: Lines, colours: ColorSystem) -> Iterator[Painted]:
    """Give lines of the text of our own widgets."""
    for place, rows in lines.items():
        widget, text = place.widget, place.text
        if not isinstance(widget, LeanWidget) or not _is_plain(widget):
            yield from _framed({place: rows}, colours)
            continue
        _, background = widget.background_colors
        shown = _shown(tuple(widget.get_line_filters()), background, colours)
        for y in rows:
            yield y, text.x, [shown[run] for run in widget.runs(y - text.y)], text.right


class _Shown(dict[StyledText, Run]):
    """Runs of text as the terminal gets them, behind the filters of the look."""

    def __init__(self, filters: tuple[LineFilter, ...], background: Color, colours: ColorSystem) -> None:
        self._filters, self._background, self._colours = filters, background, colours

    def __missing__(self, run: StyledText) -> Run:
        """Make one that was not shown lately."""
        if len(self) > _KEPT:
            self.clear()
        segments = [Segment(*run)]
        for each in self._filters:
            segments = each.apply(segments, self._background)
        shown = self[run] = "".join(text for text, _, _ in segments), ink(segments[0].style, self._colours)
        return shown


@lru_cache(maxsize=16)
def _shown(filters: tuple[LineFilter, ...], background: Color, colours: ColorSystem) -> _Shown:
    """Give the runs that were shown lately on a background, by filters that do the same to a text every time."""
    return _Shown(filters, background, colours)


def _is_plain(widget: Widget) -> bool:
    """Whether nothing changes a widget's lines but the filters of the look."""
    styles: Any = widget.styles
    return (
        widget.opacity == 1 and styles.text_opacity == 1 and not styles.tint.a
        and not styles.has_rule("hatch") and not any(edge for edge, _ in styles.outline)
    )  # fmt: skip


def _framed(lines: Lines, colours: ColorSystem) -> Iterator[Painted]:
    """Give whole lines of widgets as Textual makes them, with border and padding."""
    for place, rows in lines.items():
        region = place.widget.region
        for y in rows:
            left, right = place.x - region.x, place.right - region.x
            strips = place.widget.render_lines(Region(left, y - region.y, right - left, 1))
            yield y, place.x, inked(strips[0], colours), place.right
