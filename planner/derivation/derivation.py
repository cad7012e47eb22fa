"""Derivation: topology and catalogue in; rules, host rules, denies, closed flows, decisions and findings out."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from planner.catalogue.answers import Answers, RoleId
from planner.catalogue.model import Catalogue, Phase, Transport
from planner.derivation.findings import find_problems
from planner.derivation.flows import ActiveFlow, RuleReason, active_flows, gathered
from planner.derivation.model import (
    Closed,
    DecisionState,
    Deny,
    Direction,
    Finding,
    PortEntry,
    ReadingText,
    Rule,
    Summary,
)
from planner.derivation.rules import denied, write_rules
from planner.derivation.zones import ZoneIndex, index_zones
from planner.plan.topology import Topology, Zone

if TYPE_CHECKING:
    from planner.plan.plan import DecisionRecord


class Derivation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything derived from one topology. ``zones`` are the effective ones, defaults and the outside included."""

    zones: tuple[Zone, ...]
    ports: tuple[PortEntry, ...]
    rules: tuple[Rule, ...]
    host_rules: tuple[Rule, ...]
    denies: tuple[Deny, ...]
    closed: tuple[Closed, ...]
    decisions: tuple[DecisionState, ...]
    findings: tuple[Finding, ...]
    summary: Summary


def derive(topology: Topology, records: Sequence["DecisionRecord"], catalogue: Catalogue) -> Derivation:
    """Derives everything that a plan says from its answers, zones and devices.

    The same topology, decisions and catalogue give the same result, in the same order.
    """
    # Topologies that differ in the order of hosts alone are equal, but their findings name hosts in that order.
    host_order = tuple(tuple(zone.hosts) for zone in topology.zones if zone.hosts)
    return _derive(topology, tuple(records), catalogue, host_order)


@lru_cache(maxsize=4)  # the effect of an answer is shown before it is given, and an answer is taken back
def _derive(
    topology: Topology, records: tuple["DecisionRecord", ...], catalogue: Catalogue, _host_order: object
) -> Derivation:
    answers = topology.answers
    index = index_zones(topology, catalogue)
    flows = active_flows(answers, index, catalogue)
    rules, host_rules = write_rules(flows, answers, index, catalogue)
    ports = tuple(_ports(flows, index))
    denies = denied(ports, answers, index, catalogue)
    closed = tuple(entry for flow in flows for entry in flow.closed())
    decisions = tuple(_decisions(answers, records, catalogue))
    findings = find_problems(topology, records, index, rules, host_rules, catalogue)
    rollout = sum(rule.phase == "rollout" for rule in rules)
    levels = [finding.level for finding in findings]
    summary = Summary(
        zones=len(index.zones),
        rules=len(rules),
        rules_run=len(rules) - rollout,
        rules_rollout=rollout,
        host_rules=len(host_rules),
        denies=len(denies),
        closed=len(closed),
        decisions=len(decisions),
        decisions_open=sum(not decision.settled for decision in decisions),
        assumed=len(answers.assumed),
        errors=levels.count("error"),
        warnings=levels.count("warning"),
        notes=levels.count("note"),
    )
    return Derivation(
        zones=index.zones,
        ports=ports,
        rules=rules,
        host_rules=host_rules,
        denies=denies,
        closed=closed,
        decisions=decisions,
        findings=findings,
        summary=summary,
    )


PortKey = tuple[Phase, Transport, int]
PortUser = tuple[Direction, RoleId, Iterable[int], RuleReason]
"""A role that listens on a port or opens it, the zones where it does, and why."""


def _ports(flows: Iterable[ActiveFlow], index: ZoneIndex) -> Iterable[PortEntry]:
    """Returns who listens and who opens, service by service, zone by zone."""
    found: dict[PortKey, list[PortUser]] = {}
    for flow in flows:
        for role, service, port, reason in flow.listening:
            key = (flow.flow.phase, service.protocol, port)
            found.setdefault(key, []).append(("in", role, index.by_role[role], reason))
        for permission in flow.permissions:
            user: PortUser = ("out", permission.role, permission.openers, permission.reason)
            found.setdefault(permission.key[:3], []).append(user)
    for key, users in found.items():
        yield from _entries(key, users, index)


def _entries(key: PortKey, users: Iterable[PortUser], index: ZoneIndex) -> Iterable[PortEntry]:
    phase, protocol, port = key
    role_order = {role: order for order, role in enumerate(index.by_role)}
    reasons: dict[tuple[int, int, Direction, RoleId], dict[RuleReason, None]] = {}
    for direction, role, zones, reason in users:
        for zone in zones:
            reasons.setdefault((zone, role_order[role], direction, role), {})[reason] = None
    known: dict[tuple[RuleReason, ...], tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {}
    for (zone, _, direction, role), found in sorted(reasons.items(), key=lambda item: item[0]):
        some = tuple(found)
        if some not in known:
            known[some] = (
                tuple(sorted({reason.flow.id for reason in some})),
                gathered(reason.because for reason in some),
                gathered(reason.flow.cites for reason in some),
            )
        flows, because, cites = known[some]
        yield PortEntry(
            zone=index.zones[zone].name,
            role=role,
            protocol=protocol,
            ports=str(port),
            direction=direction,
            flows=flows,
            phase=phase,
            because=because,
            cites=cites,
        )


def _decisions(answers: Answers, records: Iterable["DecisionRecord"], catalogue: Catalogue) -> Iterable[DecisionState]:
    """Returns each decision that arises. The reading in force follows from the answers alone."""
    recorded = {record.id: record for record in records}
    for decision in catalogue.decisions.values():
        if not all(condition.holds(answers) for condition in decision.when):
            continue
        chosen = decision.chosen(answers)
        record = recorded.get(decision.id)
        yield DecisionState(
            id=decision.id,
            title=decision.title,
            trouble=decision.trouble,
            chosen=chosen,
            default=decision.default,
            readings=tuple(
                ReadingText(id=reading.id, text=reading.text, offered=reading.offered) for reading in decision.readings
            ),
            why=decision.why,
            by=record.by if record is not None and record.chosen == chosen else "",
            note=record.note if record is not None else "",
            because=tuple(f"{condition.answer}" for condition in decision.when),
            cites=decision.cites,
        )
