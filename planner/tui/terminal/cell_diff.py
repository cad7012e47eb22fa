"""What the terminal shows, cell by cell, so that nothing is sent but the cells that differ from what shall be shown.

A widget that repaints itself, a page laid over another, a change of focus: each paints much that is already there. On
a line of 9,600 bit/s a whole screen takes ten seconds, a changed cell none that anybody would notice.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import is_not, ne
from typing import NamedTuple

from rich.cells import get_character_cell_size

REACH = 6
"""So many unchanged cells are sent again rather than moved over, which takes as many bytes."""
_ATTRIBUTES = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "53"}
_LAST = 1 << 30


class Cell(NamedTuple):
    """What one cell shows: a character with its marks, empty in the second half of a wide one, and its SGR codes."""

    text: str
    ink: str


@lru_cache(maxsize=1 << 14)
def _cell(text: str, ink: str) -> Cell:
    """Give a cell, the same one every time: the largest screen has half a million, and most are compared."""
    return Cell(text, ink)


@lru_cache(maxsize=1 << 12)
def _cells(text: str, ink: str) -> tuple[Cell, ...]:
    """Give the cells of a text: much of a screen is painted again and again.

    A character may take two cells, or none: that joins the one before; at the beginning it is left out, see `_join`.
    """
    if text.isascii():
        return tuple(_cell(char, ink) for char in text)
    cells: list[Cell] = []
    for char in text:
        size = get_character_cell_size(char)
        if size:
            cells += [_cell(char, ink), _cell("", ink)][:size]
        elif cells:
            place = len(cells) - (1 if cells[-1].text else 2)
            cells[place] = _cell(cells[place].text + char, ink)
    return tuple(cells)


def _join(row: list[Cell], x: int, text: str) -> None:
    """Have the characters of no width that a text begins with join what stands before a cell."""
    for char in text:
        if get_character_cell_size(char):
            return
        place = x - (1 if row[x - 1].text else 2)
        row[place] = _cell(row[place].text + char, row[place].ink)


Cells = Sequence[Sequence[Cell]]
"""Rows of cells."""

Run = tuple[str, str]
"""Text, and the SGR codes it is shown in, without the escape around them: ``1;38;5;12``."""
_UNKNOWN = Cell("?", "unknown")
"""Differs from every cell that can be shown."""


class SentScreen:
    """The cells as sent, and as they shall be. Rows and columns count from 0."""

    def __init__(self) -> None:
        self._width = self._height = 0
        self._sent: list[list[Cell]] = []
        self._wanted: list[list[Cell]] = []
        self._touched: dict[int, tuple[int, int]] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self._width, self._height

    def resize(self, width: int, height: int) -> None:
        """Take another size, of which nothing is known yet; the same size changes nothing."""
        if (width, height) != (self._width, self._height):
            self._width, self._height = width, height
            blank = _cell(" ", "")
            self._wanted = [[blank] * width for _ in range(height)]
            self.forget()

    def forget(self) -> None:
        """Take it that the terminal shows anything: all that is wanted goes out with the next difference."""
        self._sent = [[_UNKNOWN] * self._width for _ in range(self._height)]
        self._touched = dict.fromkeys(range(self._height), (0, self._width))

    def copy(self) -> "SentScreen":
        """Give another one that was sent the same, and is to show the same."""
        other = SentScreen()
        other.resize(*self.size)
        other._sent, other._wanted = [list(row) for row in self._sent], [list(row) for row in self._wanted]
        other._touched = dict(self._touched)
        return other

    def wanted(self) -> Cells:
        """Give all that is wanted now, to be wanted again."""
        return [tuple(row) for row in self._wanted]

    def want_again(self, cells: Cells) -> bool:
        """Want what was wanted then; not if the size was another."""
        if len(cells) != self._height or any(len(row) != self._width for row in cells):
            return False
        for y, row in enumerate(cells):
            if list(row) != self._wanted[y]:
                self._wanted[y][:] = row
                self._touched[y] = (0, self._width)
        return True

    def want(self, y: int, x: int, runs: Iterable[Run], end: int = _LAST) -> None:
        """Want these runs shown from a cell on, as far as ``end`` (exclusive)."""
        if not 0 <= y < self._height:
            return
        row, start, end = self._wanted[y], x, min(end, self._width)
        cut = start < end and not row[start].text
        for text, ink in runs:
            if x >= end:
                break
            cells = _cells(text, ink)
            if x > start and not text.isascii():
                _join(row, x, text)
            room = end - x
            if len(cells) > room:
                cells = cells[: room if cells[room].text else room - 1]  # no half of a wide character
            row[x : x + len(cells)] = cells
            x += len(cells)
        if cut and x > start:  # what is left of a wide character that lost a half is a blank
            start -= 1
            row[start] = _cell(" ", row[start].ink)
        if start < x < self._width and not row[x].text:
            row[x] = _cell(" ", row[x].ink)
            x += 1
        left, right = self._touched.get(y, (start, x))
        self._touched[y] = (min(left, start), max(right, x))

    def difference(self) -> str:
        """Give what turns the terminal from what was sent into what is wanted, and count it as sent."""
        pen = _Pen()
        for y, (start, end) in sorted(self._touched.items()):
            self._line(pen, y, max(0, start - 1), min(end + 1, self._width))
        self._touched = {}
        return pen.finish()

    def _line(self, pen: "_Pen", y: int, start: int, end: int) -> None:
        sent, wanted = self._sent[y], self._wanted[y][start:end]
        differs = bytearray(map(is_not, sent[start:end], wanted))
        if _DIFFERENT not in differs:
            return
        texts, inks = zip(*wanted, strict=True)
        if "" in texts:  # half a wide character: the whole of it goes out
            for x in range(1, len(texts)):
                if not texts[x]:
                    differs[x - 1] = differs[x] = differs[x - 1] | differs[x]
        other_ink = bytes(map(ne, inks, (None, *inks)))
        marks = int.from_bytes(differs) + _OTHER_INK * int.from_bytes(other_ink)
        for stretch in _STRETCH.finditer(marks.to_bytes(len(texts))):
            first, last = stretch.span()
            pen.write(y, start + first, start + last, "".join(texts[first:last]), inks[first])
        sent[start:end] = wanted


_DIFFERENT, _OTHER_INK = 1, 2
"""Marks of a cell: it is not what was sent; its ink is not that of the cell before."""
_STRETCH = re.compile(rb"[\x01\x03](?:\x00{0,%d}\x01)*(?:\x00{1,%d}(?=\x03))?" % (REACH, REACH))
"""Cells of one ink to be written at one go, by their marks: those that differ, and the few that do not between them."""


class _Pen:
    """Writes cells, and knows where it stands and in which ink, for as little as it takes."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._ink = ""
        self.y, self.x = -1, -1

    def write(self, y: int, x: int, end: int, text: str, ink: str) -> None:
        """Write a text into the cells of a row from one to another (exclusive)."""
        if y != self.y or x != self.x:
            self._out.append(_move(self.y, self.x, y, x))
        if ink != self._ink:
            self._out.append(change_ink(self._ink, ink))
        self._out.append(text)
        self.y, self.x, self._ink = y, end, ink

    def finish(self) -> str:
        """Give all that was written, in plain ink at its end."""
        if self._ink:
            self._out.append("\x1b[m")
        return "".join(self._out)


def _move(from_y: int, from_x: int, y: int, x: int) -> str:
    """Write the shortest move from one cell to another; a row below 0 is no known place.

    Past the last column, where terminals do not agree on where the cursor is, it goes to another row, from nowhere.
    """
    ways = [f"\x1b[{y + 1 if y else ''}{f';{x + 1}' if x else ''}H"]
    if y == from_y:
        ways.append(f"\x1b[{x + 1 if x else ''}G")
        if x > from_x:
            ways.append(f"\x1b[{x - from_x if x > from_x + 1 else ''}C")
    return min(ways, key=len)


@lru_cache(maxsize=4096)
def change_ink(old: str, new: str) -> str:
    """Write the shortest change from one ink to another: all anew, or only what differs."""
    whole = f"\x1b[0;{new}m" if old and new else f"\x1b[{new}m"
    if not old or not new:
        return whole
    (had, fore, back), (has, new_fore, new_back) = _parts(old), _parts(new)
    if not had <= has or (fore and not new_fore) or (back and not new_back):
        return whole
    codes = [*sorted(has - had), *([new_fore] if new_fore != fore else ()), *([new_back] if new_back != back else ())]
    return min(f"\x1b[{';'.join(codes)}m" if codes else "", whole, key=len)


@lru_cache(maxsize=4096)
def _parts(ink: str) -> tuple[frozenset[str], str, str]:
    """Take an ink apart: attributes, foreground, background."""
    attributes: set[str] = set()
    fore = back = ""
    codes = iter(ink.split(";"))
    for code in codes:
        if code in ("38", "48"):
            kind = next(codes, "")
            rest = [next(codes, "") for _ in range(3 if kind == "2" else 1)]
            colour = ";".join((code, kind, *rest))
            fore, back = (colour, back) if code == "38" else (fore, colour)
        elif code in _ATTRIBUTES:
            attributes.add(code)
        elif code[:1] in ("3", "9"):
            fore = code
        elif code:
            back = code
    return frozenset(attributes), fore, back
