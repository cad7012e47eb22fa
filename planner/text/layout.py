"""How visible text fits a width in terminal cells: wrapping, and the widths of a table's columns."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from planner.text.escaping import cell_width, take

if TYPE_CHECKING:
    from planner.exports.report.tables import Column

GAP = "  "
_NARROWEST = 10
_BREAK_AFTER = "-/:>,_"
_SPACE = r"(?<![A-Za-z]) | (?!\d)"
"""Where a line may end: not between a word and its number, as in TCP 2967."""


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` cells (2 or more); a word is broken only if it must be."""
    if cell_width(text) <= width:
        return [text]
    lines = []
    line = ""
    for word in re.split(_SPACE, text):
        longer = f"{line} {word}" if line else word
        if cell_width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width)
        lines.extend(full)
    return [*lines, line]


def _pieces(word: str, width: int) -> Iterator[str]:
    """Break a word after a hyphen or the like where that leaves a good half, else anywhere."""
    start = 0
    while True:
        # Visible text has two marks of no width to a character at most, so this much fills any line.
        rest = word[start : start + 3 * width + 1]
        piece = take(rest, width)
        if piece == rest:
            yield piece
            return
        after = max(piece.rfind(sign) for sign in _BREAK_AFTER) + 1
        if 2 * after >= len(piece):
            piece = piece[:after]
        yield piece
        start += len(piece)


def column_widths(columns: "Sequence[Column]", rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Give each column its width so that a line takes at most ``room`` cells; None where that cannot be."""
    widths = [_natural(column, [row[index] for row in rows], room) for index, column in enumerate(columns)]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - room
    while excess > 0:
        widest = max((index for index, column in enumerate(columns) if column.wraps), key=widths.__getitem__, default=0)
        if not columns[widest].wraps or widths[widest] <= _NARROWEST:
            return None
        widths[widest] -= 1
        excess -= 1
    return widths


def _natural(column: "Column", cells: Sequence[str], room: int) -> int:
    cell = max(map(cell_width, cells), default=0)
    title = cell_width(column.title)
    if column.widest:
        # The title wraps at will, a cell only where the column says so.
        title = max(map(cell_width, wrap(column.title, column.widest)))
        cell = min(cell, column.widest) if column.wraps else cell
    return min(max(cell, title, 2), room)


def blocks(columns: "Sequence[Column]", rows: Sequence[Sequence[str]], room: int) -> list[list[int]] | None:
    """Split a grid into blocks of columns that fit ``room``, the keys in each; None where not even one column fits."""
    keys = [index for index, column in enumerate(columns) if column.place == "key"]
    others = [index for index, column in enumerate(columns) if column.place != "key"]
    widths = [_natural(column, [row[index] for row in rows], room) for index, column in enumerate(columns)]
    used_by_keys = sum(widths[index] + len(GAP) for index in keys)
    split: list[list[int]] = []
    used = room
    for index in others:
        if used_by_keys + widths[index] > room:
            return None
        if used + len(GAP) + widths[index] > room:
            split.append([*keys])
            used = used_by_keys - len(GAP)
        split[-1].append(index)
        used += len(GAP) + widths[index]
    return split
