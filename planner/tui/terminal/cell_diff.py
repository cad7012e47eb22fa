"""Cells that the terminal shows: reads the frames that Textual writes and returns the difference, as mosh does.

A widget that repaints itself, a page laid over another, a change of focus: each paints much that is already there. On
a line of 9,600 bit/s a whole screen takes ten seconds; a changed cell takes no time that anybody notices.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import is_not, ne
from typing import NamedTuple

from rich.cells import get_character_cell_size

REACH = 6
"""So many unchanged cells are sent again rather than moved over, which takes as many bytes."""
_ATTRIBUTES = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "53"}
_LAST = 1 << 30


class Cell(NamedTuple):
    """Content of one cell: a character with its marks, empty in the second half of a wide one, and its SGR codes."""

    text: str
    ink: str


@lru_cache(maxsize=1 << 14)
def _cell(text: str, ink: str) -> Cell:
    """Return the one cell of its kind: the largest screen has half a million, compared by identity."""
    return Cell(text, ink)


@lru_cache(maxsize=1 << 12)
def _cells(text: str, ink: str) -> tuple[Cell, ...]:
    """Return the cells of a text.

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
    """Join the characters of no width at the beginning of a text to the cell before."""
    for char in text:
        if get_character_cell_size(char):
            return
        place = x - (1 if row[x - 1].text else 2)
        row[place] = _cell(row[place].text + char, row[place].ink)


Run = tuple[str, str]
"""Text, and the SGR codes it is shown in, without the escape around them: ``1;38;5;12``."""
_UNKNOWN = Cell("?", "unknown")
"""Differs from every cell that can be shown."""

_PART = re.compile(
    r"""\x1b\[(?P<ink>[\d;]*)m(?P<inked>[^\x00-\x1f\x7f]*)  # colours, and the text in them
    |(?P<text>[^\x00-\x1f\x7f]+)
    |\x1b\[(?P<row>\d+);(?P<column>\d+)H
    |(?P<left_out>\n|\x1b\[\?2026[hl])  # a cursor move follows a line end; synchronized output is the sender's
    |(?P<pointer>\x1b\]22;[^\x07\x1b]*(?:\x07|\x1b\\))
    |(?P<control>\x07|\x1b\[[?>=<]?[\d;$]*[hlunpq]|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\))  # changes no cell
    |(?P<unknown>\x1b(?:\[[0-?]*[ -/]*[@-~])?|[\x00-\x1f\x7f])""",
    re.VERBOSE,
)
"""One part of what Textual writes."""


class SentScreen:
    """The cells as sent, and as they shall be. Rows and columns count from 0.

    Attributes:
        cursor: (column, row) of the cursor at the end of the last frame.
    """

    def __init__(self) -> None:
        self.cursor = (0, 0)
        self._pointer = "\x1b]22;default\x07"
        self._width = self._height = 0
        self._sent: list[list[Cell]] = []
        self._wanted: list[list[Cell]] = []
        self._touched: dict[int, tuple[int, int]] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self._width, self._height

    def resize(self, width: int, height: int) -> None:
        """Change the size; nothing is known of the terminal then. The same size changes nothing."""
        if (width, height) != (self._width, self._height):
            self._width, self._height = width, height
            blank = _cell(" ", "")
            self._wanted = [[blank] * width for _ in range(height)]
            self.forget()

    def forget(self) -> None:
        """Forget what the terminal shows: the next difference is the whole screen."""
        self._sent = [[_UNKNOWN] * self._width for _ in range(self._height)]
        self._touched = dict.fromkeys(range(self._height), (0, self._width))

    def read(self, data: str) -> Iterator[str]:
        """Read what Textual writes: take over text and cursor moves, yield what the terminal needs beside the cells.

        After a sequence that is not known here nothing is known of the terminal.
        """
        runs: list[Run] = []
        column, row = self.cursor
        for part in _PART.finditer(data):
            kind = part.lastgroup
            if kind == "inked":
                ink, text = part.group("ink", "inked")
                runs.append((text, "" if ink == "0" else ink))
            elif kind == "text":
                runs.append((part[0], ""))
            elif kind == "column":
                self.want(row, column, runs)
                runs = []
                row, column = int(part["row"]) - 1, int(part["column"]) - 1
            elif kind == "pointer":
                if part[0] != self._pointer:  # Textual sends it with every screen, changed or not
                    self._pointer = part[0]
                    yield part[0]
            elif kind == "control":
                yield part[0]
            elif kind == "unknown":
                yield part[0]
                self.forget()
        self.want(row, column, runs)
        self.cursor = (column, row)

    def want(self, y: int, x: int, runs: Iterable[Run], end: int = _LAST) -> None:
        """Show these runs from a cell on, as far as ``end`` (exclusive)."""
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
        """Return what turns the terminal from what was sent into what is wanted, which counts as sent then."""
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
    """Output buffer that knows cursor and colours, and writes the shortest changes of both."""

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
        """Return all that was written, with the colours reset at its end."""
        if self._ink:
            self._out.append("\x1b[m")
        return "".join(self._out)


def _move(from_y: int, from_x: int, y: int, x: int) -> str:
    """Return the shortest move from one cell to another; a row below 0 is no known place.

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
    """Return the shortest change from one ink to another: all of it, or only what differs."""
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
    """Split an ink into attributes, foreground, background."""
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
