"""Cells of a line: text made to fit, spans and strips, and the model of a grid."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from planner.text.escaping import Printable, visible

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


@lru_cache(maxsize=8192)
def fit_words(text: str, width: int) -> Printable:
    """Text of exactly `width` cells; what is too long is cut between two words, as half a number is another number."""
    if cell_len(text) <= width:
        return fit(text, width)
    words, _, _ = set_cell_size(text, max(0, width - 1)).rpartition(" ")
    return fit(f"{words} {ELLIPSIS}" if words.strip() else text, width)


class Span(NamedTuple):
    """Text that fills `width` cells of a line from `x` on; `names` say its style."""

    x: int
    width: int
    text: Printable
    names: str


def replace_lines(lines: list[list[Span]], made: Iterable[tuple[int, list[Span]]], width: int) -> list[Region]:
    """Put lines made anew in their places; return the regions of those that differ, for a widget to repaint."""
    regions = []
    for y, line in made:
        if line != lines[y]:
            lines[y] = line
            regions.append(Region(0, y, width, 1))
    return regions


def line_strip(spans: Sequence[Span], width: int, style_of: Callable[[str], tuple[Style, bool]]) -> Strip:
    """Return one line of ``width`` cells, with neighbours of one style as one segment.

    `style_of` gives for a span's names the style, and whether blanks in it look like those between the spans.
    """
    plain, _ = style, carries_blanks = style_of("")
    found: list[tuple[str, Style]] = []
    run, end = "", 0
    for x, cells, text, names in spans:
        if x > end:
            if not carries_blanks:
                found.append((run, style))
                run, style, carries_blanks = "", plain, True
            run += " " * (x - end)
        span_style, span_carries = style_of(names)
        if span_style is not style and span_style != style:
            found.append((run, style))
            run, style, carries_blanks = "", span_style, span_carries
        run += text
        end = x + cells
    if width > end:
        if not carries_blanks:
            found.append((run, style))
            run, style = "", plain
        run += " " * (width - end)
    found.append((run, style))
    return Strip([Segment(text, style) for text, style in found if text], width)


KINDS = ("in", "out", "both", "rollout", "deny", "added", "removed", "changed", "muted", "error", "warning", "note")
"""Kinds of cells; each is styled by the component class `grid--<kind>`."""


class Cell(NamedTuple):
    """Text already cleaned of controls, and its kind: none, one of `KINDS`, or one and its change: `in added`."""

    text: str
    kind: str = ""


def _no_label(_row: int) -> str:
    return ""


def _no_cell(_row: int, _column: int) -> Cell:
    return Cell("")


class GridModel(msgspec.Struct, frozen=True, eq=False):
    """Model of a grid. Widths are terminal cells and leave out the blank between two columns."""

    title: str = ""
    """Stands above the row labels."""
    columns: Sequence[str] = ()
    widths: Sequence[int] | int = ()
    """Widest each column needs to be; one number for all alike; in a matrix none, for as wide as what heads each."""
    row_count: int = 0
    cell: Callable[[int, int], Cell] = _no_cell
    row_label: Callable[[int], str] = _no_label
    label_width: int = 0
    """Widest the row labels need to be; 0 shows none."""
    min_width: int = 5
    """Narrowest a column may get before the columns scroll; in a list this holds for the last one, which stretches."""
    labels_tell: bool = False
    """Row labels begin with what tells them apart: one that is too long is cut at its end, not in the middle."""
    whole_words: bool = False
    """Cells hold several words, none of which says anything in part."""
    whole_rows: bool = False
    """A list: the cursor takes a row, left and right scroll the columns."""
    empty: str = ""
    """Printable in place of rows: why there are none and what would add some."""
