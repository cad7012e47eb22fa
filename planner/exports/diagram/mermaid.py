"""Mermaid: a flow chart of zones that wikis and repositories draw where it stands in a code block."""

from planner.catalogue.model import Catalogue
from planner.exports.diagram.layout import Arrow, Lane, diagram
from planner.plan.plan import Plan
from planner.text.escaping import Mermaid, for_mermaid

_LEGEND = Mermaid("    %% Solid: permanent rules. Dotted: for the rollout, to be removed after it.")


def write(plan: Plan, catalogue: Catalogue) -> Mermaid:
    """Write the diagram of a plan.

    Raises:
        DiagramError: there is too much for a picture.
    """
    drawn = diagram(plan, catalogue)
    lines = [Mermaid("flowchart LR"), _LEGEND]
    lines += [Mermaid(f'    z{number}["{_box(lane)}"]') for number, lane in enumerate(drawn.lanes)]
    lines += [
        Mermaid(f'    z{arrow.from_} {_line(arrow)}|"{for_mermaid(arrow.label)}"| z{arrow.to}')
        for arrow in drawn.arrows
    ]
    return Mermaid("\n".join(lines) + "\n")


def _box(lane: Lane) -> Mermaid:
    texts = [lane.title, lane.count, ", ".join(lane.roles) or "no role"]
    return Mermaid("<br/>".join(for_mermaid(text) for text in texts if text))


def _line(arrow: Arrow) -> Mermaid:
    back = Mermaid("<" if arrow.both else "")
    return Mermaid(f"{back}-.->" if arrow.phase == "rollout" else f"{back}-->")
