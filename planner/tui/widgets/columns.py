"""Widths and places of columns, and their heads broken into two lines or shortened.

Widths are terminal cells and leave out the one blank between two columns.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import msgspec
from msgspec.structs import replace
from rich.cells import cell_len

from planner.text.escaping import Printable, visible
from planner.tui.widgets.cells import fit_middle

WIDEST, NARROWEST, SCROLLED = 24, 7, 10
"""Cells that a head gets at most, at least before columns scroll, and at most where they scroll."""
PART = 12
"""Cells from which on a part of a list's column is shown, its texts cut; with less room it is left for later."""

_ENDS_OF_WORDS = re.compile(r"(?<=[-_./: ])(?=[^-_./: ])")


@lru_cache(maxsize=8192)
def broken(head: str) -> tuple[str, str]:
    """Break a head where its two lines come out shortest; the first is empty where nothing is to be broken."""
    head = head if head.isprintable() else visible(head)
    if cell_len(head) <= SCROLLED:
        return "", head
    places = [match.start() for match in _ENDS_OF_WORDS.finditer(head)]
    if not places:
        return "", head
    place = min(places, key=lambda place: max(cell_len(head[:place].rstrip()), cell_len(head[place:])))
    return head[:place].rstrip(), head[place:]


@lru_cache(maxsize=8192)
def _broken_width(head: str) -> int:
    return max(map(cell_len, broken(head)))


@lru_cache(maxsize=8192)
def head_lines(head: str, width: int, lines: int) -> tuple[Printable, ...]:
    """Make a head fit, on one line or two, each of exactly ``width`` cells; what is too long loses its middle."""
    if lines == 1:
        return (fit_middle(head, width),)
    upper, lower = ("", head) if cell_len(head) <= width else broken(head)
    return fit_middle(upper, width), fit_middle(lower, width)


class Columns(msgspec.Struct, frozen=True):
    """Places of the columns of a table, beside row labels that stay in sight, with one blank between two columns."""

    label: int
    """Width of the row labels, 0 when there are none."""
    left: int
    """Cell in which the first column begins."""
    room: int
    """Cells there are for columns."""
    starts: Sequence[int]
    """Cells from the first column to each, and last to where one more would start."""
    stretch: bool
    """True if the last column takes the room that is left over."""

    head_lines: int = 1
    """Lines that the heads take."""

    @classmethod
    def sharing(cls, wanted: Sequence[int], narrowest: int, scrolled: int, label: int, width: int) -> "Columns":
        """Place columns as wide as wanted if that shows them all, else narrower, else so that they scroll.

        ``narrowest``: what none is made narrower than to show them all. ``scrolled``: what none is made narrower than
        where they scroll; they share what room is left over then.
        """
        left, room = _beside(label, width)
        room_for_cells = room - len(wanted) + 1
        widest = max(wanted, default=0)
        caps = range(widest, min(widest, narrowest) - 1, -1) if len(wanted) <= room else ()
        most = next((cap for cap in caps if sum(min(cap, cells) for cells in wanted) <= room_for_cells), 0)
        if wanted and not most:
            left, room = _between_marks(label, width)
            most = max(1, (room + 1) // max(1, (room + 1) // (scrolled + 1)) - 1)
        return cls(label, left, room, [0, *accumulate(min(most, cells) + 1 for cells in wanted)], False)

    @classmethod
    def headed(cls, heads: Sequence[str], narrowest: int, label: int, width: int, lines: int) -> "Columns":
        """Place columns as wide as their heads, which break into as many as ``lines`` lines rather than scroll.

        ``narrowest``: what the cells need.
        """
        whole = [max(narrowest, min(WIDEST, cell_len(head))) for head in heads]
        least = max(NARROWEST, narrowest)
        placed = cls.sharing(whole, least, SCROLLED, label, width)
        whole_heads = all(placed.width(column) >= cell_len(head) for column, head in enumerate(heads))
        if lines == 1 or (whole_heads and not placed.scrolls):
            return placed
        wanted = [max(narrowest, min(WIDEST, _broken_width(head))) for head in heads]
        if wanted == whole:
            return placed
        return replace(cls.sharing(wanted, least, SCROLLED, label, width), head_lines=2)

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
        """Number of columns, in sight or not."""
        return len(self.starts) - 1

    @property
    def scrolls(self) -> bool:
        """True if there is no room for all columns at once."""
        return self.starts[-1] - 1 > self.room

    def width(self, column: int) -> int:
        """Cells that a column takes where it is not cut by the edge."""
        return self.starts[column + 1] - self.starts[column] - 1

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
        if self.stretch and end < self.count and self.starts[end] - origin + PART <= self.room:
            end += 1
        slots = []
        for column in range(first, end):
            rest = self.room - (self.starts[column] - origin)
            last = self.stretch and column == self.count - 1
            width = rest if last else min(rest, self.width(column))
            slots.append((self.left + self.starts[column] - origin, max(0, width)))
        return slots


@lru_cache(maxsize=64)
def placed(
    heads: tuple[str, ...],
    widths: tuple[int, ...] | int,
    narrowest: int,
    label: int,
    width: int,
    lines: int,
    listed: bool,
) -> Columns:
    """Place the columns of a model, of which most are shown again and again; see `GridModel` for what these mean."""
    if listed and not isinstance(widths, int):
        return Columns.each(widths, narrowest, label, width, True)
    if isinstance(widths, int):
        return Columns.sharing([widths] * len(heads), narrowest, narrowest, label, width)
    return Columns.headed(heads, narrowest, label, width, lines)


def _beside(label: int, width: int) -> tuple[int, int]:
    left = label + 1 if label else 0
    return left, width - left


def _between_marks(label: int, width: int) -> tuple[int, int]:
    """Keep a cell on either side of columns that scroll, for the marks that say so."""
    return label + 1, width - label - 2
