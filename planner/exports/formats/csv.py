"""CSV for spreadsheets and scripts: every cell quoted, CRLF, UTF-8, no formulas.

A file holds one table or several, an empty line between two. The first column of each, ``table``, names it, so that a
script can pick one out of ``all``: ``plan`` (names and values), ``answers``, then the tables of the views.
Spreadsheets re-type cells as they read them (00123 becomes 123); the bytes here hold the plan's own text.
"""

import csv
import io
from collections.abc import Iterable

from planner.exports.report.tables import Column, Report
from planner.text.escaping import Csv, for_csv


def write_csv(content: Report, _width: int, _colour: bool) -> str:
    """Write the tables; the heading stands before them where the report is a whole one."""
    blocks = [_block(table.name, _titles(table.columns), (row.cells for row in table.rows)) for table in content.tables]
    if content.whole:
        blocks.insert(0, _heading(content))
    return "\r\n".join(blocks)


def _titles(columns: Iterable[Column]) -> list[str]:
    return [column.title for column in columns]


def _heading(content: Report) -> str:
    banner = (("Status", content.banner),) if content.banner else ()
    return _block(
        "plan", ("Name", "Value"), (("Title", content.title), *banner, *content.facts, ("Notice", content.notice))
    )


def _block(name: str, titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    named = for_csv(name)
    return csv_text([[Csv("table"), *map(for_csv, titles)], *([named, *map(for_csv, cells)] for cells in rows)])


def csv_text(rows: Iterable[Iterable[Csv]]) -> str:
    """Write rows of cells, every one of them quoted."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
