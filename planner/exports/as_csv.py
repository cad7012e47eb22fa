"""CSV for spreadsheets and scripts: every cell quoted, CRLF, UTF-8, no formulas.

A file holds one table or several, an empty line between two. The first column of each, ``table``, names it, so that a
script can pick one out of ``all``: ``plan`` (names and values), ``answers``, then the tables of the views.
Spreadsheets re-type cells as they read them (00123 becomes 123); the bytes here hold the plan's own text.
"""

import csv
import io
from collections.abc import Iterable

from planner.core.untrusted import for_csv
from planner.exports.registry import Request
from planner.exports.report import Report, report
from planner.exports.tables import Column


def render(request: Request) -> str:
    """Write the tables of the view; the heading stands before them where every view is asked for."""
    content = report(request.plan, request.catalogue, request.view)
    blocks = [_block(table.name, _titles(table.columns), (row.cells for row in table.rows)) for table in content.tables]
    if request.view == "all":
        blocks.insert(0, _heading(content))
    return "\r\n".join(blocks)


def _titles(columns: Iterable[Column]) -> list[str]:
    return [column.title for column in columns]


def _heading(content: Report) -> str:
    return _block("plan", ("Name", "Value"), (("Title", content.title), *content.facts, ("Notice", content.notice)))


def _block(name: str, titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("table", *map(for_csv, titles)))
    writer.writerows((name, *map(for_csv, cells)) for cells in rows)
    return buffer.getvalue()
