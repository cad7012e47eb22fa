"""A diagram in characters: boxes for zones on top, under each a line, between the lines arrows with their ports."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from planner.exports.diagram import Arrow, Diagram, Lane
from planner.text.escaping import cell_width, shorten_middle, take, visible
from planner.text.layout import wrap

Kind = Literal["", "title", "muted", "run", "rollout", "here"]
NARROWEST, WIDEST = 8, 24
"""Cells of a box with its sides."""


class Signs(NamedTuple):
    """The characters that a picture is drawn with."""

    across: str
    dashed: str
    down: str
    corners: tuple[str, str, str, str]
    stem: str
    right: str
    left: str


BOX = Signs("─", "╌", "│", ("┌", "┐", "└", "┘"), "┬", "▶", "◀")
ASCII = Signs("-", ".", "|", ("+", "+", "+", "+"), "+", ">", "<")

Run = tuple[str, Kind]
"""A piece of a line, and how it is meant."""


class Picture(msgspec.Struct, frozen=True):
    """A drawn diagram: the boxes, which stay in sight, the arrows below, and where each lane's box begins and ends."""

    head: tuple["Row", ...]
    body: tuple["Row", ...]
    width: int
    spans: tuple[tuple[int, int], ...]


class Row:
    """One line of a picture, cell by cell; a character of two cells is followed by an empty one."""

    def __init__(self, width: int) -> None:
        self._cells = [" "] * width
        self._kinds: list[Kind] = [""] * width

    def put(self, x: int, text: str, kind: Kind = "") -> None:
        """Write from a cell on; what would stand outside is left out."""
        for char in text:
            wide = cell_width(char)
            if wide == 0 and 0 < x <= len(self._cells):
                self._cells[x - 1] += char
            elif wide and x >= 0 and x + wide <= len(self._cells):
                self._cells[x] = char
                self._cells[x + 1 : x + wide] = [""] * (wide - 1)
                self._kinds[x : x + wide] = [kind] * wide
            x += wide

    def runs(self, start: int = 0, width: int | None = None) -> list[Run]:
        """Returns the cells from a place on, in runs of one kind; half a character becomes a blank."""
        end = len(self._cells) if width is None else min(len(self._cells), start + width)
        found: list[tuple[str, Kind]] = []
        for at in range(start, end):
            cell = self._cells[at]
            cut = (cell == "" and at == start) or (at + 1 == end < len(self._cells) and self._cells[end] == "")
            cell = " " if cut else cell
            if found and found[-1][1] == self._kinds[at]:
                found[-1] = (found[-1][0] + cell, self._kinds[at])
            else:
                found.append((cell, self._kinds[at]))
        return found

    def text(self) -> str:
        """Returns the line without blanks at its end."""
        return "".join(self._cells).rstrip()


def draw(diagram: Diagram, width: int, signs: Signs = BOX, here: int | None = None) -> Picture:
    """Draw a diagram as narrow as ``width`` cells if its boxes allow that; ``here`` is the lane that is picked out."""
    lanes = diagram.lanes
    wanted = [max(cell_width(visible(text)) for text in _texts(lane)) + 4 for lane in lanes]
    fair = max(NARROWEST, (width + 1) // max(1, len(lanes)) - 1)
    natural = [max(NARROWEST, min(WIDEST, cells)) for cells in wanted]
    boxes = natural if sum(natural) + len(natural) - 1 <= width else [min(fair, cells) for cells in natural]
    starts = [sum(boxes[:at]) + at for at in range(len(boxes))]
    whole = max(sum(boxes) + max(0, len(boxes) - 1), min(width, 40))
    centres = [start + box // 2 for start, box in zip(starts, boxes, strict=True)]
    return Picture(
        head=tuple(_boxes(lanes, boxes, starts, whole, signs, here)),
        body=tuple(row for arrow in diagram.arrows for row in _arrow(arrow, centres, whole, signs)),
        width=whole,
        spans=tuple((start, start + box) for start, box in zip(starts, boxes, strict=True)),
    )


def as_text(diagram: Diagram, width: int, signs: Signs = BOX) -> str:
    """Draw a diagram on plain lines."""
    picture = draw(diagram, width, signs)
    return "\n".join(row.text() for row in (*picture.head, *picture.body)) + "\n"


def _texts(lane: Lane) -> Sequence[str]:
    return tuple(filter(None, (lane.title, lane.count))) + (lane.roles or ("no role",))


def _boxes(
    lanes: Sequence[Lane], boxes: Sequence[int], starts: Sequence[int], whole: int, signs: Signs, here: int | None
) -> list[Row]:
    filled = []
    for lane, box in zip(lanes, boxes, strict=True):
        name, *others = (visible(text) for text in _texts(lane))
        filled.append((_broken(name, box - 2), [line for text in others for line in _fitting(text, box - 2)]))
    named = max((len(names) for names, _ in filled), default=0)
    height = named + max((len(roles) for _, roles in filled), default=0)
    rows = [Row(whole) for _ in range(height + 2)]
    top_left, top_right, bottom_left, bottom_right = signs.corners
    for number, ((names, roles), box, start) in enumerate(zip(filled, boxes, starts, strict=True)):
        lines = [*names, *[""] * (named - len(names)), *roles]
        edge: Kind = "here" if number == here else ""
        rows[0].put(start, top_left + signs.across * (box - 2) + top_right, edge)
        for at in range(height):
            rows[at + 1].put(start, signs.down + " " * (box - 2) + signs.down, edge)
            text = lines[at] if at < len(lines) else ""
            rows[at + 1].put(start + 1, text, "here" if number == here else "title" if at < named else "muted")
        foot = signs.across * (box // 2 - 1) + signs.stem
        rows[-1].put(start, bottom_left + foot + signs.across * (box - 2 - len(foot)) + bottom_right, edge)
    return rows


_NAME_LINES = 4


def _broken(name: str, width: int) -> list[str]:
    """Put a name on a few lines, broken behind its hyphens and dots where it can be."""
    lines = [""]
    for part in re.split(r"(?<=[-_. /])", name):
        if cell_width(lines[-1] + part.rstrip()) > width and lines[-1]:
            lines.append("")
        lines[-1] += part
        while cell_width(lines[-1].rstrip()) > width:
            start = take(lines[-1], width) or lines[-1][0]
            lines[-1:] = [start, lines[-1][len(start) :]]
    lines = [line.rstrip() for line in lines]
    if len(lines) > _NAME_LINES:
        return _broken(shorten_middle(name, width * (_NAME_LINES - 1)), width)[:_NAME_LINES]
    return lines


def _fitting(text: str, width: int) -> list[str]:
    return [shorten_middle(line, width) for line in wrap(text, width)]


def _arrow(arrow: Arrow, centres: Sequence[int], whole: int, signs: Signs) -> list[Row]:
    """Draw one arrow: on one line if the label fits into it, else under its label."""
    kind: Kind = "rollout" if arrow.phase == "rollout" else "run"
    fill = signs.dashed if kind == "rollout" else signs.across
    label = arrow.label
    if arrow.from_ == arrow.to:
        return _inside(arrow, centres, whole, signs, fill, kind)
    left, right = sorted((centres[arrow.from_], centres[arrow.to]))
    line = _lifelines(centres, whole, signs)
    line.put(left + 1, fill * (right - left - 1), kind)
    if arrow.both or arrow.to < arrow.from_:
        line.put(left + 1, signs.left, kind)
    if arrow.both or arrow.to > arrow.from_:
        line.put(right - 1, signs.right, kind)
    room = right - left - 5
    if cell_width(label) + 2 <= room:
        line.put(left + 3 + (room - cell_width(label) - 2) // 2, f" {label} ", kind)
        return [line]
    return [*_labels(label, left + 2, centres, whole, signs, kind), line]


def _inside(arrow: Arrow, centres: Sequence[int], whole: int, signs: Signs, fill: str, kind: Kind) -> list[Row]:
    label, x = arrow.label, centres[arrow.from_]
    line = _lifelines(centres, whole, signs)
    if x + 4 + cell_width(label) <= whole:
        line.put(x + 1, f"{fill} {label} ", kind)
    elif x - 3 >= cell_width(label):
        line.put(x - 3 - cell_width(label), f" {label} {fill}", kind)
    else:
        line.put(x + 1, fill, kind)
        return [*_labels(label, x + 2, centres, whole, signs, kind), line]
    return [line]


def _labels(label: str, x: int, centres: Sequence[int], whole: int, signs: Signs, kind: Kind) -> list[Row]:
    """Write a label over its arrow, from there on or further left, on as many lines as it takes."""
    rows = []
    for text in wrap(label, max(10, whole - 2)):
        row = _lifelines(centres, whole, signs)
        cells = cell_width(text) + 2
        row.put(max(0, min(x - 1, whole - cells)), f" {take(text, whole)} ", kind)
        rows.append(row)
    return rows


def _lifelines(centres: Sequence[int], whole: int, signs: Signs) -> Row:
    row = Row(whole)
    for x in centres:
        row.put(x, signs.down, "muted")
    return row
