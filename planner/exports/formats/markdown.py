"""GitHub-flavoured Markdown: a heading, a list of facts, a table a view. Every text passes the gate."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from planner.exports.report.tables import Report, Table
from planner.text.escaping import Markdown, for_markdown, for_markdown_code


def write_markdown(content: Report, _width: int, _colour: bool) -> Markdown:
    """Writes the report as one Markdown document."""
    gate = lru_cache(_KNOWN)(for_markdown)
    lines = [Markdown(f"# {for_markdown(content.title)}\n")]
    lines += [Markdown(f"**{for_markdown(content.banner)}**\n")] if content.banner else []
    lines += [Markdown(f"- **{for_markdown(label)}**: {for_markdown(text)}") for label, text in content.facts]
    lines.append(Markdown(f"\n{for_markdown(content.notice)}"))
    for table in content.tables:
        lines += [Markdown(f"\n## {for_markdown(table.title)}{_suffix(content)}\n"), *_body(table.for_people(), gate)]
    return Markdown("\n".join(lines) + "\n")


def _suffix(content: Report) -> Markdown:
    """Returns the banner for the end of a heading: a long document has many screens and pages."""
    return Markdown(f" ({for_markdown(content.banner.partition(',')[0])})" if content.banner else "")


_KNOWN = 4096
"""Texts in the cache: a large plan says few things, many times over."""


def _body(table: Table, gate: Callable[[str], Markdown]) -> Iterator[Markdown]:
    if not table.rows:
        yield for_markdown(table.empty)
        return
    yield Markdown(f"{for_markdown(table.intro)}\n")
    yield _line(for_markdown(column.title) for column in table.columns)
    yield Markdown("|" + " --- |" * len(table.columns))
    for row in table.rows:
        pairs = zip(table.columns, row.cells, strict=True)
        yield _line(for_markdown_code(cell) if column.code else gate(cell) for column, cell in pairs)


def _line(cells: Iterable[Markdown]) -> Markdown:
    return Markdown("| " + " | ".join(cells) + " |")
