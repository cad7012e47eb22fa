"""Topology x catalogue -> rules, host rules, denies, closed flows, decisions, findings. Pure: run it twice."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from planner.catalogue.answers import RoleId
from planner.catalogue.model import Catalogue, Phase, Transport
from planner.derivation.blocks import Rules
from planner.derivation.decisions import decision_states
from planner.derivation.denies import denied
from planner.derivation.findings import find
from planner.derivation.flows import Cause, Stream, gathered, streams_of
from planner.derivation.joined import Joined
from planner.derivation.memo import Memo
from planner.derivation.model import Closed, DecisionState, Deny, Direction, Finding, PortEntry, Rule, Summary
from planner.derivation.rules import write_rules
from planner.derivation.zones import Layout, lay_out
from planner.plan.topology import Topology, Zone

if TYPE_CHECKING:
    from planner.plan.plan import DecisionRecord


class Derivation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything derived from one topology. ``zones`` are the effective ones, defaults and the outside included."""

    zones: tuple[Zone, ...]
    ports: Joined[PortEntry]
    rules: Rules
    host_rules: Rules
    denies: tuple[Deny, ...]
    closed: tuple[Closed, ...]
    decisions: tuple[DecisionState, ...]
    findings: tuple[Finding, ...]
    summary: Summary


def derive(topology: Topology, records: Sequence["DecisionRecord"], catalogue: Catalogue) -> Derivation:
    """Derive everything the plan says from the answers.

    The same topology, decisions and catalogue give the same result, in the same order.
    """
    layout = lay_out(topology, catalogue)
    streams = streams_of(topology.answers, layout, catalogue)
    rules, host_rules = write_rules(streams, topology.answers, layout)
    ports = _ports(streams, layout)
    denies = denied(ports, topology.answers, layout, catalogue)
    closed = tuple(entry for stream in streams for entry in stream.closed())
    decisions = decision_states(topology.answers, records, catalogue)
    findings = find(topology, records, layout, rules, closed, catalogue)
    rollout = _count_rollout(rules)
    levels = [finding.level for finding in findings]
    summary = Summary(
        zones=len(layout.zones),
        rules=len(rules),
        rules_run=len(rules) - rollout,
        rules_rollout=rollout,
        host_rules=len(host_rules),
        denies=len(denies),
        closed=len(closed),
        decisions=len(decisions),
        decisions_open=sum(not decision.settled for decision in decisions),
        assumed=len(topology.answers.assumed),
        errors=levels.count("error"),
        warnings=levels.count("warning"),
        notes=levels.count("note"),
    )
    return Derivation(
        zones=layout.zones,
        ports=ports,
        rules=rules,
        host_rules=host_rules,
        denies=denies,
        closed=closed,
        decisions=decisions,
        findings=findings,
        summary=summary,
    )


def _count_rollout(rules: Sequence[Rule]) -> int:
    """Count the rules of the rollout, which stand behind those that stay."""
    return len(rules) - bisect_left(rules, True, key=lambda rule: rule.phase == "rollout")


PortKey = tuple[Phase, Transport, int]
Taking = tuple[Direction, RoleId, Iterable[int], Cause]
"""A part that a role plays at a port, the zones it does so in, and why."""


def _ports(streams: Iterable[Stream], layout: Layout) -> Joined[PortEntry]:
    """Gather who listens and who opens, zone by zone, service by service; what is as it was is not gathered again."""
    found: dict[PortKey, list[Taking]] = {}
    for stream in streams:
        phase = stream.flow.phase
        for role, service, port, cause in stream.listening:
            found.setdefault((phase, service.protocol, port), []).append(("in", role, layout.by_role[role], cause))
        for bundle in stream.bundles:
            found.setdefault(bundle.key[:3], []).append(("out", bundle.role, bundle.openers, bundle.cause))
    role_order = {role: order for order, role in enumerate(layout.by_role)}
    parts = [
        _ENTRIES.get(
            (layout.ends, *(thing for _, _, zones, cause in takings for thing in (zones, cause))),
            (key, *((direction, role) for direction, role, _, _ in takings)),
            lambda key=key, takings=takings: _entries(key, takings, layout, role_order),  # type: ignore[misc]
            len,
        )
        for key, takings in found.items()
    ]
    return Joined(parts)


_ENTRIES: Memo[tuple[PortEntry, ...]] = Memo(100_000)


def _entries(
    key: PortKey, takings: Iterable[Taking], layout: Layout, role_order: Mapping[RoleId, int]
) -> tuple[PortEntry, ...]:
    phase, protocol, port = key
    ports = str(port)
    spots: dict[tuple[int, RoleId, Direction], list[Cause]] = {}
    for direction, role, zones, cause in takings:
        for zone in zones:
            causes = spots.setdefault((zone, role, direction), [])
            if cause not in causes:
                causes.append(cause)
    said: dict[tuple[Cause, ...], _Said] = {}
    entries = []
    for (zone, role, direction), found in sorted(
        spots.items(), key=lambda spot: (spot[0][0], role_order[spot[0][1]], spot[0][2])
    ):
        some = tuple(found)
        flows, because, cites = said.get(some) or said.setdefault(some, _say(some))
        entries.append(
            PortEntry(
                zone=layout.zones[zone].name,
                role=role,
                protocol=protocol,
                ports=ports,
                direction=direction,
                flows=flows,
                phase=phase,
                because=because,
                cites=cites,
            )
        )
    return tuple(entries)


_Said = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Flows, answers behind them, and citations."""


def _say(causes: tuple[Cause, ...]) -> _Said:
    return (
        tuple(sorted({cause.flow.id for cause in causes})),
        gathered(cause.because for cause in causes),
        gathered(cause.flow.cites for cause in causes),
    )
