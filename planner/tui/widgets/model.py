"""Model of a grid: the cells of a table and its headings, made on demand."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

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
