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
  @page { size: landscape; margin: 12mm; }
  body { font-size: 8pt; line-height: 1.3; margin: 0; max-width: none; padding: 0; }
  .table { overflow: visible; }
  h2 { break-after: avoid; margin-top: 1.2rem; }
  h2 + p { break-after: avoid; }
  thead { display: table-header-group; }
  p, tr { break-inside: avoid; }
  th, td { padding: .1rem .3rem; }
  code { font-size: 7pt; }
  #commands { break-before: page; }
}
""")

_HEAD = Html("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">""")

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
        Html(f"<dl>\n{Html(''.join(facts))}</dl>"),
        Html(f'<p class="notice">{for_html(content.notice)}</p>'),
    ]
    for table in content.tables:
        lines += [Html(f'<section id="{for_html(table.name)}">'), Html(f"<h2>{for_html(table.title)}</h2>")]
        lines += [*_body(table.for_people(), cell), Html("</section>")]
    return Html("\n".join([*lines, "</body>\n</html>"]) + "\n")


_SHORT_COMMAND = 56
"""A command up to this length stays on one line."""

_KNOWN = 4096
"""How many cells to remember as written: a large plan says few things, many times over."""

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
