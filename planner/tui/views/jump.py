"""Where a name leads in a view: the row, the column or the cell that is called so."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from planner.tui.views.table_view import Arrangement, Cell, Side, Table


class Found(NamedTuple):
    """Where a jump leads: the cell shown there, the name that was found, and how many others match as well."""

    place: Cell
    names: tuple[str, ...]
    others: int


def jump(table: Table, arrangement: Arrangement, text: str, cursor: Cell) -> Found | None:
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
            return place and Found(place, tuple(hit.name for hit in found), max(hit.others for hit in found))
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
    """Give a row, a column or both so that each word is in the name of one; nothing if there are none.

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


def _ranked(word: str, side: Side, numbers: Sequence[int]) -> dict[int, int]:
    """Give for each row or column that a word may name how well it does."""
    ranks = ((number, _rank(word, side.name(number).casefold())) for number in numbers)
    return {number: rank for number, rank in ranks if rank is not None}


def _best(ranks: Sequence[dict[int, int]], side: Side, down: bool) -> _Hit | None:
    """Give the first of those that all words name best."""
    common = [number for number in ranks[0] if all(number in rank for rank in ranks)]
    if not common:
        return None
    weights = {number: sum(rank[number] for rank in ranks) for number in common}
    number = min(common, key=weights.__getitem__)
    return _Hit(weights[number], down, number, side.name(number), len(common) - 1)


def _rank(word: str, name: str) -> int | None:
    """Say how well a word names something: 0 best, None not at all."""
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
