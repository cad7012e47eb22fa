"""How a view is looked at: filtered, sorted, without what is empty, turned round. Pure; knows no plan and no widget.

A view is a `Table`: rows and columns that are known by their numbers, and some filled cells. A `Lens` arranges it; the
`Arrangement` says which row and column of the table stands where. Nothing here is done cell by cell but what has to
be: an arrangement without filter, order or hiding costs nothing.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

Sort = Literal["order", "port", "name", "change", "cells"]
SORTS: dict[Sort, str] = {
    "order": "in the order of the document",
    "port": "by port",
    "name": "by name",
    "change": "what changed first",
    "cells": "the fullest first",
}
"""Every order, and how it is said."""

FACETS = ("port", "zone", "from", "to", "service", "phase", "change")
"""What a word of a filter can be held to, as in ``zone:branch``."""

Cell = tuple[int, int]
"""Row and column."""

Texts = Sequence[tuple[str, str]]
"""What can be found in something: (facet, casefolded text)."""


class Word(NamedTuple):
    """One word of a filter: what it is held to (empty: anything), and its alternatives, of which one must match."""

    facet: str
    alternatives: tuple[str, ...]

    def found_in(self, texts: Texts) -> bool:
        """Say whether this word matches one of the texts."""
        return any(
            alternative in text
            for facet, text in texts
            if self.facet in ("", facet)
            for alternative in self.alternatives
        )


def words_of(text: str) -> tuple[Word, ...]:
    """Read a filter: words apart by blanks, all of which must match; commas part alternatives, a facet stands first."""
    words = []
    for part in text.casefold().split():
        facet, colon, rest = part.partition(":")
        held = colon and facet in FACETS
        alternatives = tuple(filter(None, (rest if held else part).split(",")))
        if alternatives:
            words.append(Word(facet if held else "", alternatives))
    return tuple(words)


class Side(msgspec.Struct, frozen=True):
    """The rows or the columns of a table: how many, what each is called, its port (0: none) for sorting."""

    count: int
    name: Callable[[int], str]
    port: Callable[[int], int] = lambda _: 0


class Table(msgspec.Struct, frozen=True):
    """A view as a lens sees it. A list has no columns to arrange: its cells are (row, 0).

    ``filled`` and ``changed`` give cells, in any order; ``matching`` gives the filled cells that match all words.
    """

    rows: Side
    columns: Side | None
    filled: Callable[[], Iterable[Cell]]
    changed: Callable[[], Iterable[Cell]]
    matching: Callable[[tuple[Word, ...]], Collection[Cell]]
    zones_down: bool = False
    """A name that rows and columns share is a row's first."""


class Lens(msgspec.Struct, frozen=True):
    """How to look: what to keep, in which order, whether without what is empty, and with rows for columns."""

    filter: str = ""
    sort: Sort = "order"
    hide_empty: bool = False
    transposed: bool = False


class Arrangement(msgspec.Struct, frozen=True):
    """Which rows and columns of a table are shown, in their order; ``kept``: the cells that a filter left, or all."""

    rows: Sequence[int]
    columns: Sequence[int]
    transposed: bool = False
    kept: Collection[Cell] | None = None

    @property
    def shape(self) -> Cell:
        """How many rows and columns are shown."""
        across, down = len(self.columns), len(self.rows)
        return (across, down) if self.transposed else (down, across)

    def source(self, row: int, column: int) -> Cell:
        """Give the table's cell that is shown here."""
        return (self.rows[column], self.columns[row]) if self.transposed else (self.rows[row], self.columns[column])

    def shows(self, cell: Cell) -> bool:
        """Say whether the filter left this cell of the table."""
        return self.kept is None or cell in self.kept

    def place(self, row: int, column: int) -> Cell | None:
        """Say where a cell of the table is shown; None if it is not."""
        try:
            down, across = self.rows.index(row), self.columns.index(column)
        except ValueError:
            return None
        return (across, down) if self.transposed else (down, across)


def arrange(table: Table, lens: Lens) -> Arrangement:
    """Lay a table out as a lens says."""
    listed = table.columns is None
    rows: Sequence[int] = range(table.rows.count)
    columns: Sequence[int] = range(1 if table.columns is None else table.columns.count)
    words = words_of(lens.filter)
    kept = frozenset(table.matching(words)) if words else None
    hides = kept is not None or (lens.hide_empty and not listed)
    if hides:
        cells = table.filled() if kept is None else kept
        used = [set(numbers) for numbers in zip(*cells, strict=True)] or [set(), set()]
        rows = [row for row in rows if row in used[0]]
        columns = columns if listed else [column for column in columns if column in used[1]]
    if lens.sort != "order":
        seen = _weights(table, lens.sort, kept)
        rows = _sorted(rows, table.rows, lens.sort, seen[0])
        if table.columns is not None and lens.sort != "port":
            columns = _sorted(columns, table.columns, lens.sort, seen[1])
    return Arrangement(rows, columns, lens.transposed and not listed, kept)


def _weights(table: Table, sort: Sort, kept: Collection[Cell] | None) -> tuple[Counter[int], Counter[int]]:
    """Count by row and by column the cells that an order goes by."""
    cells: Iterable[Cell] = ()
    if sort == "change":
        cells = table.changed()
    elif sort == "cells":
        cells = table.filled()
    weighed = [cell for cell in cells if kept is None or cell in kept]
    return Counter(row for row, _ in weighed), Counter(column for _, column in weighed)


def _sorted(numbers: Sequence[int], side: Side, sort: Sort, weights: Counter[int]) -> list[int]:
    """Order rows or columns; those that are alike stay as they were."""
    if sort == "port":
        return sorted(numbers, key=side.port)
    if sort == "name":
        return sorted(numbers, key=lambda number: _natural(side.name(number)))
    if sort == "change":
        return sorted(numbers, key=lambda number: number not in weights)
    return sorted(numbers, key=lambda number: -weights[number])


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Give a key by which ``branch-9`` comes before ``branch-10``."""
    parts: list[tuple[int, str]] = []
    digits = letters = ""
    for sign in name.casefold():
        if sign.isascii() and sign.isdigit():
            if letters:
                parts.append((-1, letters))
                letters = ""
            digits += sign
        else:
            if digits:
                parts.append((int(digits[:18]), digits))
                digits = ""
            letters += sign
    return (*parts, (int(digits[:18]), digits) if digits else (-1, letters))


def changed_places(table: Table, arrangement: Arrangement) -> list[Cell]:
    """Give where the changed cells are shown, in reading order; those that are filtered out are left out."""
    changed = list(table.changed())
    if not changed:
        return []
    rows = {row: place for place, row in enumerate(arrangement.rows)}
    columns = {column: place for place, column in enumerate(arrangement.columns)}
    places = [
        (rows[row], columns[column])
        for row, column in changed
        if row in rows and column in columns and arrangement.shows((row, column))
    ]
    return sorted((column, row) if arrangement.transposed else (row, column) for row, column in places)
