"""The picture of a plan before it is drawn: zones as lanes, and between them arrows with ports. Pure layout of facts.

Every rule is behind an arrow. Zones of a wide estate that are alike in all they open and listen on share a lane, so
that a thousand branches are as legible as one. Return halves of a stateless boundary belong to the arrow they answer.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple

import msgspec

from planner.catalogue.model import Catalogue, Phase
from planner.derivation.model import Rule
from planner.plan.plan import Plan

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
