"""GitHub-flavoured Markdown: a heading, a list of facts, a table a view. Every text passes the gate."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from planner.core.untrusted import for_markdown
from planner.exports.tables import Report, Table


def write(content: Report, _width: int, _colour: bool) -> str:
    """Write the report as one Markdown document."""
    gate = lru_cache(_KNOWN)(for_markdown)
    lines = [f"# {for_markdown(content.title)}", ""]
    lines += [f"- **{for_markdown(label)}**: {for_markdown(text)}" for label, text in content.facts]
    lines += ["", for_markdown(content.notice)]
    for table in content.tables:
        lines += ["", f"## {for_markdown(table.title)}", "", *_body(table.for_people(), gate)]
    return "\n".join(lines) + "\n"


_KNOWN = 4096
"""How many texts to remember as written: a large plan says few things, many times over."""


def _body(table: Table, gate: Callable[[str], str]) -> Iterator[str]:
    if not table.rows:
        yield for_markdown(table.empty)
        return
    yield for_markdown(table.intro)
    yield ""
    yield _line(column.title for column in table.columns)
    yield "|" + " --- |" * len(table.columns)
    for row in table.rows:
        pairs = zip(table.columns, row.cells, strict=True)
        yield "|" + "".join(f" {_code(cell) if column.code else gate(cell)} |" for column, cell in pairs)


def _line(cells: Iterable[str]) -> str:
    return "|" + "".join(f" {for_markdown(cell)} |" for cell in cells)


_PLAIN_CODE = re.compile(r"[A-Za-z0-9 .,:;=$%&>()\[\]'/\\-]+")
"""What a code span in a table cell shows as it stands: no backtick, no pipe, nothing but printable ASCII."""


def _code(text: str) -> str:
    return f"`{text}`" if _PLAIN_CODE.fullmatch(text) and text == text.strip() else for_markdown(text)
