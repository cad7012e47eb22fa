"""Plain text that fits the terminal: aligned columns, wrapped cells, wide grids in blocks of zones."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import zip_longest

import msgspec

from planner.exports.report.tables import Column, Report, Row, Table, Tone
from planner.plan.explanation import Explanation
from planner.text.escaping import cell_width, fit, for_terminal, visible
from planner.text.layout import wrap

_NARROWEST = 20
"""Below this many cells the lines stay as they are and the terminal breaks them."""

_GAP = "  "
_NARROWEST_COLUMN = 10
"""Cells of a wrapped column at least."""

_INDENT = "    "
_BOLD = "\x1b[1m"
_TONES: dict[Tone, str] = {"rollout": "\x1b[33m", "warning": "\x1b[33m", "error": "\x1b[31m"}
_RESET = "\x1b[0m"


def write_text(content: Report, width: int, colour: bool) -> str:
    """Write the report in lines of at most the width asked for, with colour codes only if asked for."""
    text = StringIO()  # a line at a time: as a list, those of a large plan take six times the memory of the text
    text.writelines(f"{line.shown(colour)}\n" for line in _lines(content, max(width, _NARROWEST)))
    return text.getvalue()


def _lines(content: Report, width: int) -> "Iterator[_Line]":
    yield from _underlined(for_terminal(content.title), "=", width)
    yield from _plain(for_terminal(content.banner), width) if content.banner else ()
    yield from _labelled([(for_terminal(label), for_terminal(text)) for label, text in content.facts], width)
    yield _Line("")
    yield from _plain(for_terminal(content.notice), width)
    for table in content.tables:
        shown = _visible(table.for_people())
        yield _Line("")
        yield from _underlined(shown.title, "-", width)
        yield from _body(shown, width) if shown.rows else _plain(shown.empty, width)


class _Line(msgspec.Struct, frozen=True):
    """One line of the output and the colour code it would stand out with."""

    text: str
    code: str = ""

    def shown(self, colour: bool) -> str:
        text = self.text.rstrip()
        return f"{self.code}{text}{_RESET}" if colour and self.code and text else text


def _visible(table: Table) -> Table:
    """Pass every text of the table through the gate."""
    return msgspec.structs.replace(
        table,
        columns=tuple(msgspec.structs.replace(column, title=for_terminal(column.title)) for column in table.columns),
        rows=tuple(Row(tuple(map(for_terminal, row.cells)), row.tone) for row in table.rows),
    )


def _underlined(title: str, sign: str, width: int) -> Iterator[_Line]:
    lines = wrap(title, width)
    yield from (_Line(line, _BOLD) for line in lines)
    yield _Line(sign * max(map(cell_width, lines)))


def _plain(text: str, width: int) -> Iterator[_Line]:
    return map(_Line, wrap(text, width))


def _labelled(pairs: Sequence[tuple[str, str]], width: int, indent: str = "", code: str = "") -> Iterator[_Line]:
    """Write a label and a text in each line, the texts aligned; where there is no room for that, text after label."""
    labels = max((cell_width(label) for label, _ in pairs), default=0)
    room = width - len(indent) - labels - len(_GAP)
    for label, text in pairs:
        if room >= 2 * _NARROWEST:
            for first, line in zip_longest([label], wrap(text, room), fillvalue=""):
                yield _Line(f"{indent}{fit(first, labels)}{_GAP}{line}", code)
        else:
            yield from (_Line(f"{indent}{line}", code) for line in wrap(f"{label}: {text}", width - len(indent)))


def _body(table: Table, width: int) -> Iterator[_Line]:
    yield from _plain(table.intro, width)
    yield _Line("")
    grid = [index for index, column in enumerate(table.columns) if column.place != "detail"]
    columns = [table.columns[index] for index in grid]
    cells = [[row.cells[index] for index in grid] for row in table.rows]
    widths = _column_widths(columns, cells, width)
    if widths is not None:
        yield from _grid(table, grid, widths, width)
        return
    split = _blocks(table.columns, [row.cells for row in table.rows], width) if table.grid else None
    if split is None:
        yield from _records(table, width)
        return
    for number, block in enumerate(split):
        if number:
            yield _Line("")
        some = [table.columns[index] for index in block]
        fitting = _column_widths(some, [[row.cells[index] for index in block] for row in table.rows], width)
        yield from _grid(table, block, fitting or [], width)


def _grid(table: Table, shown: Sequence[int], widths: Sequence[int], width: int) -> Iterator[_Line]:
    """Write a line or more a row, the details of the row below it."""
    yield from _aligned([table.columns[index].title for index in shown], widths, _BOLD)
    yield _Line(_GAP.join("-" * column for column in widths))
    details = [index for index, column in enumerate(table.columns) if column.place == "detail"]
    for row in table.rows:
        code = _TONES.get(row.tone, "")
        yield from _aligned([row.cells[index] for index in shown], widths, code)
        pairs = [(table.columns[index].title, row.cells[index]) for index in details if row.cells[index]]
        yield from _labelled(pairs, width, _INDENT)


def _aligned(cells: Iterable[str], widths: Sequence[int], code: str) -> Iterator[_Line]:
    wrapped = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*wrapped, fillvalue=""):
        yield _Line(_GAP.join(map(fit, parts, widths)), code)


def _records(table: Table, width: int) -> Iterator[_Line]:
    """Write a line or more a cell, the first cell as a heading: the way out where no grid fits."""
    for row in table.rows:
        yield from (_Line(line, _TONES.get(row.tone, "")) for line in wrap(row.cells[0], width))
        named = zip(table.columns[1:], row.cells[1:], strict=True)
        yield from _labelled([(column.title, text) for column, text in named if text], width, "  ")


def _column_widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Returns a width for each column, so that a line takes at most ``room`` cells; None where that cannot be."""
    widths = [_natural(column, [row[index] for row in rows], room) for index, column in enumerate(columns)]
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - room
    while excess > 0:
        widest = max((index for index, column in enumerate(columns) if column.wraps), key=widths.__getitem__, default=0)
        if not columns[widest].wraps or widths[widest] <= _NARROWEST_COLUMN:
            return None
        widths[widest] -= 1
        excess -= 1
    return widths


def _natural(column: Column, cells: Sequence[str], room: int) -> int:
    cell = max(map(cell_width, cells), default=0)
    title = cell_width(column.title)
    if column.widest:
        # The title wraps at will, a cell only where the column says so.
        title = max(map(cell_width, wrap(column.title, column.widest)))
        cell = min(cell, column.widest) if column.wraps else cell
    return min(max(cell, title, 2), room)


def _blocks(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int) -> list[list[int]] | None:
    """Split a grid into blocks of columns that fit ``room``, the keys in each; None where not even one column fits."""
    keys = [index for index, column in enumerate(columns) if column.place == "key"]
    others = [index for index, column in enumerate(columns) if column.place != "key"]
    widths = [_natural(column, [row[index] for row in rows], room) for index, column in enumerate(columns)]
    used_by_keys = sum(widths[index] + len(_GAP) for index in keys)
    split: list[list[int]] = []
    used = room
    for index in others:
        if used_by_keys + widths[index] > room:
            return None
        if used + len(_GAP) + widths[index] > room:
            split.append([*keys])
            used = used_by_keys - len(_GAP)
        split[-1].append(index)
        used += len(_GAP) + widths[index]
    return split


_LABEL = 11


def explanation_text(explanation: Explanation, width: int = 80) -> str:
    """Write the title, then each statement wrapped behind its label."""
    paragraphs: list[str] = [visible(explanation.title)]
    for line in explanation.lines:
        paragraphs.append(
            textwrap.fill(
                visible(line.text),
                width,
                initial_indent=f"  {line.label:<{_LABEL}} ",
                subsequent_indent=" " * (_LABEL + 3),
                break_long_words=True,
            )
        )
    return "\n".join(paragraphs) + "\n"
