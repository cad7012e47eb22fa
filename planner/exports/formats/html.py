"""One HTML page that needs nothing else: no script, no link, no picture; reads in light and dark, prints well."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from planner.exports.report.tables import Column, Report, Row, Table
from planner.text.escaping import Html, for_html

_STYLE = Html("""
:root { color-scheme: light dark; --line: #8888; --soft: #8882; --rollout: #8a5a00; --error: #b00020; }
@media (prefers-color-scheme: dark) { :root { --rollout: #e8b04a; --error: #ff7a85; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
.banner { font-weight: 700; border: .2rem solid var(--error); color: var(--error); padding: .3rem .8rem; }
nav ul { columns: 3 12rem; padding-left: 1.2rem; }
.notice { border-left: .3rem solid var(--error); padding-left: .8rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top; }
th { background: var(--soft); }
th, td { overflow-wrap: break-word; }
.long { overflow-wrap: anywhere; }
.whole { white-space: nowrap; }
th[scope=row] { font-weight: 600; }
tr.rollout th, tr.rollout td:first-of-type, tr.warning th { color: var(--rollout); }
tr.error th { color: var(--error); }
@media print {
  @page { size: A4 portrait; margin: 11mm 10mm; }
  .screen { display: none; }
  body { font-size: 7pt; line-height: 1.2; margin: 0; max-width: none; padding: 0; }
  .banner { position: fixed; top: 0; right: 0; margin: 0; background: Canvas; }
  .table { overflow: visible; }
  h1 { font-size: 12pt; margin: 0; }
  h2 { font-size: 9pt; break-after: avoid; margin: .7rem 0 0; }
  p { margin: .2rem 0; }
  nav ul { columns: 4; margin: .2rem 0; }
  h2 + p { break-after: avoid; }
  thead { display: table-header-group; }
  p, tr { break-inside: avoid; }
  th, td { padding: 0 .2rem; }
  code { font-size: 6pt; }
}
""")

_HEAD = Html("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">""")

_PRINTED = {True: Html(""), False: Html(' class="screen"')}
"""Attribute of what a printed page holds, and of what only the screen shows."""

_LONGEST_WORD = 24
"""A cell with a longer word may be broken anywhere, so that no name makes a page wider than the paper."""


def write_html(content: Report, _width: int, _colour: bool) -> Html:
    """Write the report as one page."""
    title = for_html(content.title)
    cell = lru_cache(_KNOWN)(_cell)
    facts = [Html(f"<dt>{for_html(label)}</dt><dd>{for_html(text)}</dd>\n") for label, text in content.facts]
    lines = [
        _HEAD,
        Html(f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>"),
        *([Html(f'<p class="banner">{for_html(content.banner)}</p>')] if content.banner else []),
        Html(f"<dl>\n{Html(''.join(facts))}</dl>"),
        Html(f'<p class="notice">{for_html(content.notice)}</p>'),
    ]
    lines += [_contents(content)] if content.contents else []
    for table in content.tables:
        lines += [
            Html(f'<section id="{for_html(table.name)}"{_PRINTED[table.printed]}>'),
            Html(f"<h2>{for_html(table.title)}</h2>"),
        ]
        lines += [*_body(table.for_people(), cell), Html("</section>")]
    return Html("\n".join([*lines, "</body>\n</html>"]) + "\n")


def _contents(content: Report) -> Html:
    links = [
        Html(f'<li{_PRINTED[table.printed]}><a href="#{for_html(table.name)}">{for_html(table.title)}</a></li>')
        for table in content.tables
    ]
    return Html(f"<nav><ul>{Html(''.join(links))}</ul></nav>")


_SHORT_COMMAND = 56
"""A command up to this length stays on one line."""

_KNOWN = 4096
"""Cells in the cache: a large plan says few things, many times over."""

_CellWriter = Callable[[bool, bool, bool, str], Html]


def _body(table: Table, cell: _CellWriter) -> Iterator[Html]:
    if not table.rows:
        yield Html(f"<p>{for_html(table.empty)}</p>")
        return
    yield Html(f"<p>{for_html(table.intro)}</p>")
    yield Html('<div class="table"><table>')
    heads = [Html(f'<th scope="col">{for_html(column.title)}</th>') for column in table.columns]
    yield Html(f"<thead><tr>{Html(''.join(heads))}</tr></thead>")
    yield Html("<tbody>")
    for row in table.rows:
        yield _row(table.columns, row, cell)
    yield Html("</tbody></table></div>")


def _row(columns: tuple[Column, ...], row: Row, cell: _CellWriter) -> Html:
    cells = Html(
        "".join(
            cell(column.place == "key", column.code, column.wraps, text)
            for column, text in zip(columns, row.cells, strict=True)
        )
    )
    return Html(f'<tr class="{row.tone}">{cells}</tr>')


def _cell(names_row: bool, code: bool, wraps: bool, text: str) -> Html:
    # A word of usual length, a marker and a date stay whole: the browser would rather break those than widen a column.
    long = Html("")
    if code and 0 < len(text) <= _SHORT_COMMAND:
        long = Html(' class="whole"')
    elif len(text) > _LONGEST_WORD:
        long = Html(' class="long"' if any(map(_is_long, text.split())) else "")
    elif not wraps and (" " in text or "-" in text):
        long = Html(' class="whole"')
    shown = Html(f"<code>{for_html(text)}</code>") if code and text else for_html(text)
    return Html(f'<th scope="row"{long}>{shown}</th>' if names_row else f"<td{long}>{shown}</td>")


def _is_long(word: str) -> bool:
    return len(word) > _LONGEST_WORD
