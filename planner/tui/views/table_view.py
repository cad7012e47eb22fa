"""Filter, sort, transpose and jump for any view. Pure; knows no plan and no widget.

A view is a `Table`: rows and columns that are known by their numbers, and some filled cells. `ViewOptions` arrange it;
the `Arrangement` says which row and column of the table stands where. Nothing here is done cell by cell but what has to
be: an arrangement without filter, order or hiding costs nothing.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import product
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
"""Facets that a filter word can name, as in ``zone:branch``."""

Position = tuple[int, int]
"""Row and column."""

Texts = Sequence[tuple[str, str]]
"""Filter texts: (facet, casefolded text)."""


class FilterWord(NamedTuple):
    """One word of a filter: what it is held to (empty: anything), and its alternatives, of which one must match."""

    facet: str
    alternatives: tuple[str, ...]

    def matches(self, texts: Texts) -> bool:
        """True if the word matches one of the texts."""
        return any(
            alternative in text
            for facet, text in texts
            if self.facet in ("", facet)
            for alternative in self.alternatives
        )


def parse_filter(text: str) -> tuple[FilterWord, ...]:
    """Read a filter: words apart by blanks, all of which must match; commas part alternatives, a facet stands first."""
    words = []
    for part in text.casefold().split():
        facet, colon, rest = part.partition(":")
        held = colon and facet in FACETS
        alternatives = tuple(filter(None, (rest if held else part).split(",")))
        if alternatives:
            words.append(FilterWord(facet if held else "", alternatives))
    return tuple(words)


class Axis(msgspec.Struct, frozen=True):
    """The rows or the columns of a table: how many, what each is called, its port (0: none) for sorting."""

    count: int
    name: Callable[[int], str]
    port: Callable[[int], int] = lambda _: 0


class Table(msgspec.Struct, frozen=True):
    """A view as a options sees it. A list has no columns to arrange: its cells are (row, 0).

    ``filled`` and ``changed`` give cells, in any order; ``matching`` gives the filled cells that match all words.
    """

    rows: Axis
    columns: Axis | None
    filled: Callable[[], Iterable[Position]]
    changed: Callable[[], Iterable[Position]]
    matching: Callable[[tuple[FilterWord, ...]], Collection[Position]]
    zones_down: bool = False
    """A name that rows and columns share is a row's first."""


class ViewOptions(msgspec.Struct, frozen=True):
    """Options of a view: filter, order, hiding of what is empty, transposition."""

    filter: str = ""
    sort: Sort = "order"
    hide_empty: bool = False
    transposed: bool = False


class Arrangement(msgspec.Struct, frozen=True):
    """Rows and columns of a table in the order shown; ``kept``: the cells that a filter left, None for all."""

    rows: Sequence[int]
    columns: Sequence[int]
    transposed: bool = False
    kept: Collection[Position] | None = None

    @property
    def shape(self) -> Position:
        """Number of rows and of columns shown."""
        across, down = len(self.columns), len(self.rows)
        return (across, down) if self.transposed else (down, across)

    def source(self, row: int, column: int) -> Position:
        """Position in the table of the cell shown here."""
        return (self.rows[column], self.columns[row]) if self.transposed else (self.rows[row], self.columns[column])

    def shows(self, cell: Position) -> bool:
        """True if the filter left this cell of the table."""
        return self.kept is None or cell in self.kept

    def place(self, row: int, column: int) -> Position | None:
        """Position on screen of a cell of the table; None if it is not shown."""
        try:
            down, across = self.rows.index(row), self.columns.index(column)
        except ValueError:
            return None
        return (across, down) if self.transposed else (down, across)


def arrange(table: Table, options: ViewOptions) -> Arrangement:
    """Lay a table out as a options says."""
    listed = table.columns is None
    rows: Sequence[int] = range(table.rows.count)
    columns: Sequence[int] = range(1 if table.columns is None else table.columns.count)
    words = parse_filter(options.filter)
    kept = frozenset(table.matching(words)) if words else None
    hides = kept is not None or (options.hide_empty and not listed)
    if hides:
        cells = table.filled() if kept is None else kept
        used = [set(numbers) for numbers in zip(*cells, strict=True)] or [set(), set()]
        rows = [row for row in rows if row in used[0]]
        columns = columns if listed else [column for column in columns if column in used[1]]
    if options.sort != "order":
        seen = _weights(table, options.sort, kept)
        rows = _sorted(rows, table.rows, options.sort, seen[0])
        if table.columns is not None and options.sort != "port":
            columns = _sorted(columns, table.columns, options.sort, seen[1])
    return Arrangement(rows, columns, options.transposed and not listed, kept)


def _weights(table: Table, sort: Sort, kept: Collection[Position] | None) -> tuple[Counter[int], Counter[int]]:
    """Count by row and by column the cells that an order goes by."""
    cells: Iterable[Position] = ()
    if sort == "change":
        cells = table.changed()
    elif sort == "cells":
        cells = table.filled()
    weighed = [cell for cell in cells if kept is None or cell in kept]
    return Counter(row for row, _ in weighed), Counter(column for _, column in weighed)


def _sorted(numbers: Sequence[int], side: Axis, sort: Sort, weights: Counter[int]) -> list[int]:
    """Order rows or columns; those that are alike stay as they were."""
    if sort == "port":
        return sorted(numbers, key=side.port)
    if sort == "name":
        return sorted(numbers, key=lambda number: _natural(side.name(number)))
    if sort == "change":
        return sorted(numbers, key=lambda number: number not in weights)
    return sorted(numbers, key=lambda number: -weights[number])


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sort key by which ``branch-9`` comes before ``branch-10``."""
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


def changed_positions(table: Table, arrangement: Arrangement) -> list[Position]:
    """Positions on screen of the changed cells that the filter left, in reading order."""
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


class JumpTarget(NamedTuple):
    """Target of a jump: its position on screen, the names found, and the number of other matches."""

    place: Position
    names: tuple[str, ...]
    others: int


def jump(table: Table, arrangement: Arrangement, text: str, cursor: Position) -> JumpTarget | None:
    """Find what is called so: by its whole name, else by the start of a word, else by any part of it.

    A text that no name holds is taken word by word, so that ``2967 branch`` finds row and column. What it does not
    name stays as at the cursor, a place shown.
    """
    wanted = " ".join(text.casefold().split())
    if not wanted or not all(arrangement.shape):
        return None
    for words in ([wanted], wanted.split()):
        found = _all_found(table, arrangement, words)
        if found:
            row, column = arrangement.source(*cursor)
            for hit in found:
                row, column = (hit.number, column) if hit.down else (row, hit.number)
            place = arrangement.place(row, column)
            return place and JumpTarget(place, tuple(hit.name for hit in found), max(hit.others for hit in found))
    return None


MOST_WORDS = 4
"""As many words of a text are looked for on either side; a text of more has to be part of one name."""


class _Hit(NamedTuple):
    rank: int
    down: bool
    number: int
    name: str
    others: int


def _all_found(table: Table, arrangement: Arrangement, words: Sequence[str]) -> list[_Hit]:
    """Find a row, a column or both so that each word is in the name of one; empty if there are none.

    Where several words are meant for one side, one name has all of them.
    """
    sides = [(True, table.rows, arrangement.rows)]
    if table.columns is not None:
        sides.append((False, table.columns, arrangement.columns))
    if len(words) > MOST_WORDS:
        return []
    ranked = {(word, down): _ranked(word, side, numbers) for word in words for down, side, numbers in sides}
    tried = []
    for choice in product([down for down, _, _ in sides], repeat=len(words)):
        hits = []
        for down, side, _ in sides:
            ranks = [ranked[word, down] for word, chosen in zip(words, choice, strict=True) if chosen == down]
            if ranks:
                hits.append(_best(ranks, side, down))
        found = [hit for hit in hits if hit is not None]
        if len(found) == len(hits):
            misplaced = sum(chosen != table.zones_down for chosen in choice)
            tried.append((sum(hit.rank for hit in found), misplaced, found))
    return min(tried, key=lambda each: each[:2])[2] if tried else []


def _ranked(word: str, side: Axis, numbers: Sequence[int]) -> dict[int, int]:
    """Rank the rows or columns that a word may name."""
    ranks = ((number, _rank(word, side.name(number).casefold())) for number in numbers)
    return {number: rank for number, rank in ranks if rank is not None}


def _best(ranks: Sequence[dict[int, int]], side: Axis, down: bool) -> _Hit | None:
    """Return the first of those that all words name best."""
    common = [number for number in ranks[0] if all(number in rank for rank in ranks)]
    if not common:
        return None
    weights = {number: sum(rank[number] for rank in ranks) for number in common}
    number = min(common, key=weights.__getitem__)
    return _Hit(weights[number], down, number, side.name(number), len(common) - 1)


def _rank(word: str, name: str) -> int | None:
    """Rank a word as a name: 0 best, None not at all."""
    if word not in name:
        return None
    if word == name:
        return 0
    parts = name.split()
    if word in parts:
        return 1
    if name.startswith(word):
        return 2
    return 3 if any(part.startswith(word) for part in parts) else 4
