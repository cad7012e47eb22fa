"""Picture of a plan: zones as lanes, arrows with ports between them; as SVG for tickets and Mermaid for wikis.

Every rule is behind an arrow. Zones of a wide estate that are alike in all they open and listen on share a lane, so
that a thousand branches are as legible as one. Return halves of a stateless boundary belong to the arrow they answer.
The markup has no scripts, links or fonts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal, NamedTuple

import msgspec

from planner.catalogue.model import Catalogue, Phase
from planner.derivation.model import Rule
from planner.plan.plan import Plan
from planner.text.escaping import Html, Mermaid, cell_width, for_mermaid, for_svg, shorten_middle, visible
from planner.text.layout import wrap

APART = 12
"""With more zones than this, those that are alike share a lane."""

MOST_ARROWS = 2_000
"""A picture with more is one that nobody can read."""

Label = tuple[str, ...]
"""Ports as people write them: ``TCP 2967``."""


class DiagramError(ValueError):
    """There is too much for a picture; the text says what is accepted."""


class Lane(msgspec.Struct, frozen=True):
    """One zone, or several that are alike."""

    zones: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def title(self) -> str:
        """The name; of several the first and the last."""
        return self.zones[0] if len(self.zones) == 1 else f"{self.zones[0]} … {self.zones[-1]}"

    @property
    def count(self) -> str:
        """Number of zones in the lane, in words; empty for one."""
        return f"{len(self.zones)} zones alike" if len(self.zones) > 1 else ""


class Arrow(msgspec.Struct, frozen=True):
    """Ports that one lane opens on another, or, if ``both``, each on the other; equal ends: inside the zone."""

    from_: int
    to: int
    ports: Label
    phase: Phase
    both: bool = False

    @property
    def label(self) -> str:
        """Ports and phase; the word rollout is there in every colour."""
        ports = ", ".join(self.ports)
        inside = "inside: " if self.from_ == self.to else ""
        return f"{inside}{'rollout ' if self.phase == 'rollout' else ''}{ports}"


class Diagram(msgspec.Struct, frozen=True):
    """Lanes from left to right, arrows from top to bottom."""

    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...]


def diagram(plan: Plan, catalogue: Catalogue, focus: str = "") -> Diagram:
    """Lay out a plan; with a ``focus``, that zone's lane and those it has to do with alone.

    Raises:
        DiagramError: there would be more arrows than can be told apart.
    """
    edges, roles, groups = _gather(plan, catalogue)
    lane_of = {name: number for number, names in enumerate(groups) for name in names}
    wanted = lane_of.get(focus)
    found: dict[tuple[int, int, Phase], Label] = {}
    for (from_, to, phase), ports in edges.items():
        ends = lane_of[from_], lane_of[to]
        if wanted is None or wanted in ends:
            found.setdefault((*ends, phase), ports)
    if len(found) > MOST_ARROWS:
        raise DiagramError(
            f"{len(found)} arrows between {len(groups)} zones make no picture; accepted: at most {MOST_ARROWS}"
        )
    kept = sorted({end for from_, to, _ in found for end in (from_, to)} if wanted is not None else range(len(groups)))
    place = {lane: number for number, lane in enumerate(kept)}
    return Diagram(
        lanes=tuple(Lane(groups[lane], roles[groups[lane][0]]) for lane in kept), arrows=tuple(_arrows(found, place))
    )


Edges = dict[tuple[str, str, Phase], Label]
"""The ports from one zone to another, by phase."""


class _Gathered(NamedTuple):
    """Parts of a picture: the ports between zones, the roles of each zone, and the zones that share a lane."""

    edges: Edges
    roles: dict[str, tuple[str, ...]]
    groups: list[tuple[str, ...]]


def _gather(plan: Plan, catalogue: Catalogue) -> _Gathered:
    edges = _edges(chain(plan.derived.rules, plan.derived.host_rules))
    roles = {zone.name: tuple(catalogue.roles[role].title for role in zone.roles) for zone in plan.derived.zones}
    return _Gathered(edges, roles, _alike(roles, edges) if len(roles) > APART else [(name,) for name in roles])


def _edges(rules: Iterable[Rule]) -> Edges:
    """Gather the ports between zones; the way back of a stateless boundary is no arrow of its own."""
    found: dict[tuple[str, str, Phase], dict[str, None]] = {}
    for rule in rules:
        if not rule.is_return:
            port = f"{rule.protocol.upper()} {rule.destination_ports}"
            found.setdefault((rule.from_, rule.to, rule.phase), {})[port] = None
    return {edge: tuple(ports) for edge, ports in found.items()}


def _alike(
    roles: Mapping[str, tuple[str, ...]], edges: Mapping[tuple[str, str, Phase], Label]
) -> list[tuple[str, ...]]:
    """Put together zones of the same roles with the same ports to and from the same zones, and none between them."""
    sides: dict[str, list[tuple[object, ...]]] = {name: [] for name in roles}
    for (from_, to, phase), ports in edges.items():
        if from_ == to:
            sides[from_].append(("inside", phase, ports))
        else:
            sides[from_].append(("opens", to, phase, ports))
            sides[to].append(("listens", from_, phase, ports))
    groups: dict[tuple[object, ...], list[str]] = {}
    for name, held in roles.items():
        groups.setdefault((held, frozenset(sides[name])), []).append(name)
    return [tuple(names) for names in groups.values()]


def _arrows(found: Mapping[tuple[int, int, Phase], Label], place: Mapping[int, int]) -> Iterable[Arrow]:
    """Join what goes both ways with the same ports; run before rollout, from left to right."""
    for from_, to, phase in sorted(found, key=lambda edge: (edge[2] == "rollout", min(edge[:2]), max(edge[:2]), edge)):
        ports = found[from_, to, phase]
        both = from_ != to and sorted(found.get((to, from_, phase), ())) == sorted(ports)
        if not both or from_ < to:
            yield Arrow(place[from_], place[to], ports, phase, both)


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
    boxes = [list(_box_lines(lane)) for lane in drawn.lanes]
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
        lines += _svg_arrow(arrow, _TOP + high + 18 + _ROW * (number + 1), width)
    lines.append(Html(f'  <text x="{_MARGIN}" y="{bottom + 22}">{for_svg(_LEGEND)}</text>'))
    return Html("\n".join([*lines, "</svg>"]) + "\n")


def _title(title: str) -> str:
    return shorten_middle(title, 120)


def _centre(lane: int) -> int:
    return _MARGIN + _LANE * lane + _LANE // 2


def _box_lines(lane: Lane) -> Iterator[tuple[str, _Kind]]:
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


def _svg_arrow(arrow: Arrow, y: int, width: int) -> Iterator[Html]:
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
