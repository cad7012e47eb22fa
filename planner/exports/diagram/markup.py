"""A diagram in markup: SVG for tickets and wikis, Mermaid for what draws code blocks. No scripts, links or fonts."""

from collections.abc import Iterator, Sequence
from typing import Literal

from planner.catalogue.model import Catalogue
from planner.exports.diagram.layout import Arrow, Lane, diagram
from planner.plan.plan import Plan
from planner.text.escaping import Html, Mermaid, cell_width, for_mermaid, for_svg, shorten_middle, visible
from planner.text.layout import wrap

_LETTER = 7.3
"""Pixels that a letter of the labels takes at most, on average."""
_LANE, _LINE, _ROW, _MARGIN, _TOP = 150, 17, 40, 24, 70
_BOX = 130
_LETTERS = 17
"""As many letters fit into a box."""
_LEGEND = (
    "Solid: permanent rules. Dashed: for the rollout, to be removed after it. Answers to a connection are not drawn."
)

_STYLE = Html("""\
    text { font: 12px "DejaVu Sans", Verdana, sans-serif; fill: #1a1a1a; }
    .title { font-size: 16px; font-weight: bold; }
    .name { font-weight: bold; text-anchor: middle; }
    .role { text-anchor: middle; fill: #444444; }
    .box { fill: #eef3f8; stroke: #2b4c6f; stroke-width: 1.5; }
    .life { stroke: #b8c2cc; }
    .run { stroke: #1f5f99; stroke-width: 1.8; fill: none; }
    .rollout { stroke: #a04000; stroke-width: 1.8; fill: none; stroke-dasharray: 7 5; }
    .label { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; text-anchor: middle; }
    .heads { stroke: none; fill: #1a1a1a; }
""")

_DEFINITIONS = Html(
    """\
  <defs>
    <marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" """
    """markerUnits="userSpaceOnUse" orient="auto-start-reverse">
      <path class="heads" d="M0 0 L10 5 L0 10 z"/>
    </marker>
  </defs>"""
)

_Kind = Literal["name", "role"]


def svg(plan: Plan, catalogue: Catalogue) -> Html:
    """Write the diagram of a plan as SVG.

    Raises:
        DiagramError: there is too much for a picture.
    """
    drawn = diagram(plan, catalogue)
    title = visible(plan.head.title) or "Plan of ports"
    boxes = [list(_texts(lane)) for lane in drawn.lanes]
    high = 18 + _LINE * max(map(len, boxes), default=0)
    bottom = _TOP + high + 18 + _ROW * (len(drawn.arrows) + 1)
    written = (_LEGEND, _title(title) + " " * 10, *(arrow.label for arrow in drawn.arrows))
    width = 2 * _MARGIN + max(_LANE * len(drawn.lanes), *(round(_LETTER * cell_width(text)) for text in written))
    lines = [
        Html(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom + 40}" '
            f'viewBox="0 0 {width} {bottom + 40}" role="img">'
        ),
        Html(f"  <title>{for_svg(title)}</title>"),
        _DEFINITIONS,
        Html(f"  <style>\n{_STYLE}  </style>"),
        Html(f'  <rect width="{width}" height="{bottom + 40}" fill="#ffffff"/>'),
        Html(f'  <text class="title" x="{_MARGIN}" y="36">{for_svg(_title(title))}</text>'),
    ]
    for number, texts in enumerate(boxes):
        lines += _box(number, texts, high, bottom)
    for number, arrow in enumerate(drawn.arrows):
        lines += _arrow(arrow, _TOP + high + 18 + _ROW * (number + 1), width)
    lines.append(Html(f'  <text x="{_MARGIN}" y="{bottom + 22}">{for_svg(_LEGEND)}</text>'))
    return Html("\n".join([*lines, "</svg>"]) + "\n")


def _title(title: str) -> str:
    return shorten_middle(title, 120)


def _centre(lane: int) -> int:
    return _MARGIN + _LANE * lane + _LANE // 2


def _texts(lane: Lane) -> Iterator[tuple[str, _Kind]]:
    """Returns the lines of a box and their classes."""
    for text in wrap(visible(lane.title), _LETTERS)[:3]:
        yield shorten_middle(text, _LETTERS), "name"
    for text in filter(None, (lane.count, *(lane.roles or ("no role",)))):
        for line in wrap(text, _LETTERS):
            yield line, "role"


def _box(lane: int, texts: Sequence[tuple[str, _Kind]], high: int, bottom: int) -> Iterator[Html]:
    x = _centre(lane)
    yield Html(f'  <line class="life" x1="{x}" y1="{_TOP + high}" x2="{x}" y2="{bottom - 8}"/>')
    yield Html(f'  <rect class="box" x="{x - _BOX // 2}" y="{_TOP}" width="{_BOX}" height="{high}" rx="4"/>')
    for at, (text, kind) in enumerate(texts):
        yield Html(f'  <text class="{kind}" x="{x}" y="{_TOP + 20 + _LINE * at}">{for_svg(text)}</text>')


def _arrow(arrow: Arrow, y: int, width: int) -> Iterator[Html]:
    """Draw a line from lane to lane with its label above the middle; inside a lane, a loop beside it."""
    start, end = _centre(arrow.from_), _centre(arrow.to)
    heads = Html(' marker-end="url(#head)"' + (' marker-start="url(#head)"' if arrow.both else ""))
    if start == end:
        yield Html(f'  <path class="{arrow.phase}" d="M{start} {y - 9} h26 v12 h-26"{heads}/>')
        start, end = start + 13, start + 13
    else:
        yield Html(f'  <path class="{arrow.phase}" d="M{start} {y} H{end}"{heads}/>')
    half = round(_LETTER * cell_width(arrow.label) / 2)
    x = max(_MARGIN + half, min((start + end) // 2, width - _MARGIN - half))
    yield Html(f'  <text class="label" x="{x}" y="{y - (14 if start == end else 6)}">{for_svg(arrow.label)}</text>')


_MERMAID_LEGEND = Mermaid("    %% Solid: permanent rules. Dotted: for the rollout, to be removed after it.")


def mermaid(plan: Plan, catalogue: Catalogue) -> Mermaid:
    """Write the diagram of a plan as a Mermaid flow chart.

    Raises:
        DiagramError: there is too much for a picture.
    """
    drawn = diagram(plan, catalogue)
    lines = [Mermaid("flowchart LR"), _MERMAID_LEGEND]
    lines += [Mermaid(f'    z{number}["{_mermaid_box(lane)}"]') for number, lane in enumerate(drawn.lanes)]
    lines += [
        Mermaid(f'    z{arrow.from_} {_mermaid_arrow(arrow)}|"{for_mermaid(arrow.label)}"| z{arrow.to}')
        for arrow in drawn.arrows
    ]
    return Mermaid("\n".join(lines) + "\n")


def _mermaid_box(lane: Lane) -> Mermaid:
    texts = [lane.title, lane.count, ", ".join(lane.roles) or "no role"]
    return Mermaid("<br/>".join(for_mermaid(text) for text in texts if text))


def _mermaid_arrow(arrow: Arrow) -> Mermaid:
    back = Mermaid("<" if arrow.both else "")
    return Mermaid(f"{back}-.->" if arrow.phase == "rollout" else f"{back}-->")
