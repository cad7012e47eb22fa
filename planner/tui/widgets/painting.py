"""What goes into which terminal cells: text made to fit, columns placed, painted spans compared.

Everything here counts cells as the terminal does, wide characters as two, and knows no widget.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from planner.core.untrusted import Printable, visible

ELLIPSIS = "…"
MORE_ABOVE, MORE_BELOW = Printable("▲"), Printable("▼")


@lru_cache(maxsize=8192)
def fit(text: str, width: int) -> Printable:
    """Text of exactly `width` cells: padded with blanks, or cut at its end with an ellipsis.

    What nobody took through the gate before goes through it here: no other text gets onto the screen.
    """
    if width <= 0:
        return Printable("")
    if not text.isprintable():
        text = visible(text)
    if cell_len(text) <= width:
        return Printable(set_cell_size(text, width))
    return Printable(set_cell_size(text, width - 1) + ELLIPSIS)


def cut(text: str, width: int) -> Printable:
    """Text of exactly `width` cells, cut without a mark."""
    return Printable(set_cell_size(text if text.isprintable() else visible(text), width))


@lru_cache(maxsize=8192)
def fit_middle(text: str, width: int) -> Printable:
    """Text of exactly `width` cells that keeps both ends when it is too long, as names differ mostly at their ends."""
    if not text.isprintable():
        text = visible(text)
    length = cell_len(text)
    if length <= width or width <= 2:
        return fit(text, width)
    tail = (width - 1) // 2
    before_tail = set_cell_size(text, length - tail)
    # A wide character cut in half becomes a blank, so the parts may fall a cell short: the outer call pads.
    head = set_cell_size(text, width - 1 - tail)
    return Printable(set_cell_size(head + ELLIPSIS + text[len(before_tail) :], width))


class Span(NamedTuple):
    """Text that fills `width` cells of a line from `x` on; `names` say its style."""

    x: int
    width: int
    text: Printable
    names: str


def changes(old: Sequence[Span], new: Sequence[Span], y: int, width: int) -> Iterator[Region]:
    """Yield what must be repainted of line `y` to turn the old spans into the new: all of it when they moved."""
    if [span[:2] for span in old] != [span[:2] for span in new]:
        yield Region(0, y, width, 1)
        return
    start = end = 0
    for was, span in zip(old, new, strict=True):
        if was == span:
            continue
        # Two spans with one blank between go as one: sending the blank costs less than moving over it.
        if end and span.x > end + 1:
            yield Region(start, y, end - start, 1)
            end = 0
        start = start if end else span.x
        end = span.x + span.width
    if end > start:
        yield Region(start, y, end - start, 1)


def paint(spans: Sequence[Span], width: int, style_of: Callable[[str], tuple[Style, bool]]) -> Strip:
    """Paint one line, with neighbours of one style as one segment, which is fewer bytes to send.

    `style_of` gives for a span's names the style, and whether blanks in it look like those between the spans.
    """
    plain, _ = style, carries_blanks = style_of("")
    segments: list[Segment] = []
    run, end = "", 0
    for span in (*spans, Span(width, 0, Printable(""), "")):
        if span.x > end:
            if not carries_blanks:
                segments.append(Segment(run, style))
                run, style, carries_blanks = "", plain, True
            run += " " * (span.x - end)
        span_style, span_carries = style_of(span.names)
        if span_style != style:
            segments.append(Segment(run, style))
            run, style, carries_blanks = "", span_style, span_carries
        run += span.text
        end = span.x + span.width
    segments.append(Segment(run, style))
    return Strip([segment for segment in segments if segment.text], end)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of a table stand, beside row labels that stay in sight, with one blank between two columns."""

    label: int
    """Width of the row labels, 0 when there are none."""
    left: int
    """Where the columns begin."""
    room: int
    """Cells there are for columns."""
    starts: Sequence[int]
    """Cells from the first column to each, and last to where one more would start; a range when all are alike."""
    stretch: bool
    """Whether the last column takes the room that is left over."""

    @classmethod
    def alike(cls, count: int, natural: int, narrowest: int, label: int, width: int) -> "Columns":
        """Place columns of one width: natural if that shows them all, else narrower, else so that they scroll."""
        left, room = _beside(label, width)
        floor = max(1, min(natural, narrowest))
        in_sight = max(1, count)
        if (room + 1) // in_sight - 1 < floor:
            left, room = _between_marks(label, width)
            in_sight = max(1, (room + 1) // (floor + 1))
        step = max(1, min(natural, (room + 1) // in_sight - 1)) + 1
        return cls(label, left, room, range(0, (count + 1) * step, step), False)

    @classmethod
    def each(cls, widths: Sequence[int], narrowest: int, label: int, width: int, stretch: bool) -> "Columns":
        """Place columns of given widths; when the last one stretches, it need only be its narrowest."""
        left, room = _beside(label, width)
        floors = [*widths[:-1], min(widths[-1], narrowest)] if stretch and widths else widths
        starts = [0, *accumulate(cells + 1 for cells in floors)]
        if starts[-1] - 1 > room:
            left, room = _between_marks(label, width)
        return cls(label, left, room, starts, stretch)

    @property
    def count(self) -> int:
        """How many columns there are, in sight or not."""
        return len(self.starts) - 1

    @property
    def last_first(self) -> int:
        """The lowest leftmost column that has the last one in sight."""
        return max(0, min(bisect_left(self.starts, self.starts[-1] - self.room - 1), self.count - 1))

    def first_showing(self, column: int, first: int) -> int:
        """Return the leftmost column nearest to `first` that has `column` in sight and wastes no room."""
        if not self.count:
            return 0
        lowest = bisect_left(self.starts, self.starts[column + 1] - self.room - 1)
        return min(max(first, lowest), column, self.last_first)

    def slots(self, first: int) -> list[tuple[int, int]]:
        """Return (x, width) of the columns in sight from `first` on: whole ones, before one that stretches also cut."""
        if not self.count:
            return []
        origin = self.starts[first]
        end = min(self.count, max(bisect_right(self.starts, origin + self.room + 1) - 1, first + 1))
        if self.stretch and end < self.count and self.starts[end] - origin + 3 <= self.room:
            end += 1
        slots = []
        for column in range(first, end):
            rest = self.room - (self.starts[column] - origin)
            last = self.stretch and column == self.count - 1
            width = rest if last else min(rest, self.starts[column + 1] - self.starts[column] - 1)
            slots.append((self.left + self.starts[column] - origin, max(0, width)))
        return slots


def _beside(label: int, width: int) -> tuple[int, int]:
    left = label + 1 if label else 0
    return left, width - left


def _between_marks(label: int, width: int) -> tuple[int, int]:
    """Keep a cell on either side of columns that scroll, for the marks that say so."""
    return label + 1, width - label - 2
