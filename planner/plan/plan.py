"""Plan: change record, answers and decisions, everything derived from them, and the limit on its rules."""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, Literal

import msgspec

from planner.catalogue.answers import MAX_LABEL, MAX_LINE, MAX_NOTE, Answers, RoleId, TopologyError, Value, refuse_long
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Catalogue, Phase
from planner.derivation.derivation import Derivation, derive
from planner.derivation.findings import with_change_problems
from planner.derivation.flows import expand_roles
from planner.derivation.model import Closed, Deny, Finding, Rule
from planner.derivation.zones import effective_zones
from planner.plan.digests import digest, digest_of_lists, table
from planner.plan.topology import Device, Topology, Zone, named_once

MAX_RULES = 250_000
"""Rules of the largest plan: twice what a thousand zones with fifty of servers take."""

_SURELY_FEW = 40
"""So many zones never come near it, whatever they hold."""


def refuse_too_many_rules(topology: Topology) -> None:
    """Refuse a topology whose rules would take all memory, before one is derived.

    Raises:
        TopologyError: it may take more than ``MAX_RULES``.
    """
    if len(topology.zones) <= _SURELY_FEW:
        return
    rules = most_rules(topology, load_catalogue())
    if rules > MAX_RULES:
        raise TopologyError(
            f"zone: {len(topology.zones):,} zones with these roles take up to {rules:,} rules; accepted: zones and "
            f"roles that take up to {MAX_RULES:,}, such as one zone for all sites that are alike"
        )


def most_rules(topology: Topology, catalogue: Catalogue) -> int:
    """Upper bound of the rules of a topology: of a service, one for each two zones that something joins."""
    answers = topology.answers
    in_use = catalogue.roles_in_use(answers)
    zones = effective_zones(topology, catalogue)
    alike = Counter(zone.roles for zone in zones)
    held: Counter[RoleId] = Counter()
    for roles, count in alike.items():
        held.update(dict.fromkeys(in_use.intersection(roles), count))
    named = [zone for zone in zones if zone.parents]
    joins: dict[JoinKey, _Joins] = {}
    for flow in catalogue.flows.values():
        if flow.class_ == "never":
            continue
        for leg in catalogue.legs_of(flow):
            if not all(condition.holds(answers) for condition in leg.when):
                continue
            for from_, to in product(expand_roles(leg.from_, answers), expand_roles(leg.to, answers)):
                pairs = held[from_] * held[to]
                if leg.between == "parents" and pairs:
                    child, parent = (from_, to) if catalogue.roles[from_].has_parents else (to, from_)
                    few = sum(max(0, held[parent] - len(zone.parents)) for zone in named if child in zone.roles)
                    pairs -= few
                for service in leg.services:
                    joins.setdefault((flow.phase, service, leg.source), _Joins()).add(from_, to, pairs)
    stateless = answers.boundary == "stateless" or not all(device.stateful for device in topology.devices)
    return sum(some.at_most(alike, in_use) for some in joins.values()) * (2 if stateless else 1)


JoinKey = tuple[Phase, str, str]
"""Phase, service and source ports: equal in all permissions that one rule can hold."""


class _Joins:
    """The pairs of zones that the flows with one service join."""

    def __init__(self) -> None:
        self._openers: set[RoleId] = set()
        self._listeners: set[RoleId] = set()
        self._pairs = 0

    def add(self, opener: RoleId, listener: RoleId, pairs: int) -> None:
        """Add pairs of zones, by the roles they are joined for."""
        self._openers.add(opener)
        self._listeners.add(listener)
        self._pairs += pairs

    def at_most(self, zones: Mapping[tuple[RoleId, ...], int], in_use: frozenset[RoleId]) -> int:
        """Upper bound of the different pairs; ``zones`` counts those with the same roles."""
        sides = (side & in_use for side in (self._openers, self._listeners))
        ends = (sum(count for roles, count in zones.items() if not side.isdisjoint(roles)) for side in sides)
        return min(self._pairs, prod(ends))


SCHEMA = "sav-plan/1"
MAX_REVISION = (1 << 63) - 1
"""Largest whole number of TOML."""
INTEGRITY_NOTE = "SHA-256 over the content; it detects edits, it is no signature"

Status = Literal["draft", "proposed", "final"]


class Head(Value, frozen=True, kw_only=True):
    """The ``[plan]`` table: id, title, revision and status."""

    id: str = "sav-plan"
    title: str = ""
    revision: int = 1
    status: Status = "draft"
    created: datetime.date | None = None

    def __post_init__(self) -> None:
        refuse_long("", self, {"id": MAX_LABEL, "title": MAX_LINE})
        if self.revision < 1:
            raise ValueError(f"revision: {self.revision} is too small; accepted: 1 or more")
        if self.revision > MAX_REVISION:
            raise ValueError(f"revision: {self.revision} is too large; accepted: up to {MAX_REVISION}")


class Change(Value, frozen=True, kw_only=True):
    """The ``[change]`` table: ticket, people, reasons and dates. The window is text, as it may hold hours."""

    ticket: str = ""
    requester: str = ""
    implementer: str = ""
    reason: str = ""
    security_impact: str = ""
    window_start: str = ""
    window_end: str = ""
    review_by: datetime.date | None = None
    expires: datetime.date | None = None

    def __post_init__(self) -> None:
        refuse_long("", self, {"ticket": MAX_LABEL, "window_start": MAX_LABEL, "window_end": MAX_LABEL})
        refuse_long("", self, {"requester": MAX_LINE, "implementer": MAX_LINE})
        refuse_long("", self, {"reason": MAX_NOTE, "security_impact": MAX_NOTE})


class DecisionRecord(Value, frozen=True, kw_only=True):
    """A ``[[decision]]`` table: the reading chosen, and who chose it. Nobody means it is undecided."""

    id: str
    chosen: str
    default: str
    by: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        refuse_long("", self, {"id": MAX_LABEL, "chosen": MAX_LABEL, "default": MAX_LABEL})
        refuse_long("", self, {"by": MAX_LINE, "note": MAX_NOTE})


class Digests(msgspec.Struct, frozen=True):
    """SHA-256 of the two layers, in hexadecimal: what was answered, and what was derived from it."""

    answers: str
    derived: str


class Plan(Value, frozen=True, kw_only=True, dict=True):
    """A whole plan. Everything but the change record and the answers follows from them."""

    head: Head = Head()
    change: Change = Change()
    topology: Topology = Topology()
    decisions: tuple[DecisionRecord, ...] = ()

    def __post_init__(self) -> None:
        named_once("decision", (record.id for record in self.decisions))
        refuse_too_many_rules(self.topology)

    @cached_property
    def derived(self) -> Derivation:
        """Everything that follows from the answers under the program's own catalogue."""
        catalogue = load_catalogue()
        return with_change_problems(derive(self.topology, self.decisions, catalogue), self.change, catalogue)

    def forget(self) -> None:
        """Drops all that is derived; it is derived again on demand."""
        self.__dict__.clear()

    @property
    def status(self) -> Status:
        """Status of the plan; ``draft`` while a decision is undecided or an answer is assumed."""
        summary = self.derived.summary
        return "draft" if summary.decisions_open or summary.assumed else self.head.status

    @cached_property
    def digests(self) -> Digests:
        """Digests over the canonical content of both layers."""
        summary = msgspec.structs.asdict(self.derived.summary)
        derived = digest_of_lists({"facts": facts(), "summary": summary}, derived_lists(self))
        return Digests(digest(answer_tables(self)), derived)


ANSWER_KINDS: dict[str, type[msgspec.Struct]] = {
    "plan": Head,
    "change": Change,
    "topology": Answers,
    "zone": Zone,
    "device": Device,
    "decision": DecisionRecord,
}
"""The tables of the answers, in file order, and what each holds."""

DERIVED_TABLES: dict[str, type[msgspec.Struct]] = {
    "rule": Rule,
    "host_rule": Rule,
    "deny": Deny,
    "closed": Closed,
    "finding": Finding,
}
"""The lists of the derived layer, in file order, and what each holds."""


def derived_tables(plan: Plan) -> dict[str, Any]:
    """Returns the derived tables of the plan's file, in file order: TOML values only, nothing empty."""
    lists = {name: [table(entry) for entry in entries] for name, entries in derived_lists(plan).items()}
    return {"facts": facts(), **lists, "summary": msgspec.structs.asdict(plan.derived.summary)}


def derived_lists(plan: Plan) -> dict[str, Sequence[msgspec.Struct]]:
    """Returns the values in the lists of the derived layer, in file order."""
    derived = plan.derived
    lists = (derived.rules, derived.host_rules, derived.denies, derived.closed, derived.findings)
    return dict(zip(DERIVED_TABLES, lists, strict=True))


def answer_tables(plan: Plan) -> dict[str, Any]:
    """Returns the tables of the answers, in file order."""
    head = table(plan.head) | {"status": plan.status}
    answers = given_tables(plan) | {
        "plan": {name: head[name] for name in Head.__struct_fields__ if name in head},
        "decision": [table(record) for record in stated_decisions(plan)],
    }
    return {name: content for name, content in answers.items() if content or name in ("change", "decision")}


def given_tables(plan: Plan) -> dict[str, Any]:
    """Returns the tables of the answers as somebody left them, without deriving anything."""
    return {
        "schema": SCHEMA,
        "plan": table(plan.head),
        "change": table(plan.change),
        "topology": table(plan.topology.answers, keep_empty=True),
        "zone": [table(zone) for zone in plan.topology.zones],
        "device": [table(device, keep_empty=True) for device in plan.topology.devices],
        "decision": [table(record) for record in plan.decisions],
    }


def facts() -> dict[str, str]:
    """Returns the ``[facts]`` table: the document and the catalogue that the derived layer rests on."""
    catalogue = load_catalogue()
    return {
        "document": catalogue.document.id,
        "last_modified": catalogue.document.last_modified,
        "catalogue_version": catalogue.document.catalogue_version,
        "catalogue_sha256": catalogue.sha256,
    }


def stated_decisions(plan: Plan) -> tuple[DecisionRecord, ...]:
    """Returns a record for each decision that arises; one that contradicts the answers stays as it was written."""
    states = {state.id: state for state in plan.derived.decisions}
    recorded = {record.id: record for record in said_decisions(plan)}
    arising = (
        recorded.get(state.id) or DecisionRecord(id=state.id, chosen=state.chosen, default=state.default)
        for state in states.values()
    )
    return (*arising, *(record for id_, record in recorded.items() if id_ not in states))


def said_decisions(plan: Plan) -> tuple[DecisionRecord, ...]:
    """Records that say more than the answers do: those of somebody, and those that contradict the answers.

    The default of a decision is the catalogue's, whatever a record states.
    """
    known, answers = load_catalogue().decisions, plan.topology.answers
    return tuple(
        record
        if record.id not in known or record.default == known[record.id].default
        else msgspec.structs.replace(record, default=known[record.id].default)
        for record in plan.decisions
        if record.by or record.note or record.id not in known or known[record.id].chosen(answers) != record.chosen
    )
