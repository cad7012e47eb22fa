"""A plan as sections that any format can lay out: a heading, then tables. Words only, no markup, nothing escaped.

What the formats write passes ``planner.text.escaping`` there, each in the way of its medium.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from planner.catalogue.answers import ANSWER_LABELS
from planner.catalogue.model import Catalogue, Phase
from planner.derivation.flows import state_answer
from planner.derivation.matrix import ports_by_zone, zone_pairs
from planner.derivation.model import DecisionState, PortEntry, Rule
from planner.exports.names import VIEWS, Choice, View
from planner.exports.report.rules import exposed, rules
from planner.exports.report.tables import (
    BECAUSE,
    CITES,
    NO_ROLE,
    PHASE_TONES,
    PORT,
    Column,
    Report,
    Row,
    Table,
    Tone,
    count,
    port,
)
from planner.plan.plan import INTEGRITY_NOTE, Plan
from planner.plan.topology import Zone


def plan_report(plan: Plan, catalogue: Catalogue, view: Choice) -> Report:
    """Returns one view of the plan, or with ``all`` its answers and every view."""
    if view == "all":
        tables = (answers(plan), *(table for each in VIEWS for table in TABLES[each](plan, catalogue)))
    else:
        tables = TABLES[view](plan, catalogue)
    return Report(
        title=plan.head.title or "Untitled plan",
        facts=(*summary_facts(plan, catalogue), *_digests(plan, catalogue)),
        notice=catalogue.findings["end-of-life"].text,
        tables=tables,
        whole=view == "all",
    )


def summary_facts(plan: Plan, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """Returns the facts of the plan and its change record that are not empty."""
    head, change, document = plan.head, plan.change, catalogue.document
    window = " to ".join(end for end in (change.window_start, change.window_end) if end)
    facts = (
        ("Plan", f"{head.id}, revision {head.revision}"),
        ("Status", plan_status(plan)),
        ("Created", str(head.created or "")),
        ("Ticket", change.ticket),
        ("Requester", change.requester),
        ("Implementer", change.implementer),
        ("Reason", change.reason),
        ("Security", change.security_impact),
        ("Window", window),
        ("Review by", str(change.review_by or "")),
        ("Expires", str(change.expires or "")),
        ("Opens", _opens(plan)),
        ("Findings", _findings(plan)),
        ("Facts from", f"document {document.id}, last modified {document.last_modified}"),
    )
    return tuple((label, text) for label, text in facts if text)


def _digests(plan: Plan, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    return (
        ("Catalogue", f"version {catalogue.document.catalogue_version}, SHA-256 {catalogue.sha256}"),
        ("Answers digest", plan.digests.answers),
        ("Derived digest", plan.digests.derived),
        ("Digests", INTEGRITY_NOTE),
    )


def plan_status(plan: Plan) -> str:
    """Returns the status and what is open: ``draft, 3 decisions undecided``."""
    summary = plan.derived.summary
    missing = []
    if summary.decisions_open:
        missing.append(f"{count(summary.decisions_open, 'decision')} undecided")
    if summary.assumed:
        names = ", ".join(ANSWER_LABELS[name] for name in plan.topology.answers.assumed)
        missing.append(f"{count(summary.assumed, 'answer')} assumed and confirmed by nobody ({names})")
    return f"{plan.status}, {', '.join(missing)}" if missing else plan.status


def _opens(plan: Plan) -> str:
    summary = plan.derived.summary
    return (
        f"{count(summary.rules, 'rule')} between {count(summary.zones, 'zone')} "
        f"({summary.rules_run} run, {summary.rules_rollout} rollout), {count(summary.host_rules, 'host rule')}, "
        f"{count(summary.denies, 'deny', 'denies')}, {summary.closed} closed"
    )


def _findings(plan: Plan) -> str:
    summary = plan.derived.summary
    levels = ((summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note"))
    return ", ".join(count(number, word) for number, word in levels)


def answers(plan: Plan) -> Table:
    """List the answers everything else follows from."""
    given = plan.topology.answers
    return Table(
        name="answers",
        title="Answers",
        intro="Everything below follows from these. An assumed answer is a default that nobody has confirmed.",
        columns=(Column(title="Question", place="key"), Column(title="Answer", wraps=True), Column(title="Standing")),
        rows=tuple(
            Row((label, state_answer(given, name).partition(" = ")[2], "assumed"), "warning")
            if name in given.assumed
            else Row((label, state_answer(given, name).partition(" = ")[2], "confirmed"))
            for name, label in ANSWER_LABELS.items()
        ),
        empty="There is no question.",
    )


def closed(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """List what the vendor document describes and this plan does not open."""
    table = Table(
        name="closed",
        title="Closed",
        intro="Flows that this plan does not open, each with the answer that keeps it closed.",
        columns=(
            Column(title="Flow", place="key", wraps=True),
            PORT,
            Column(title="Why it is closed", wraps=True),
            Column(title="Purpose", place="detail", wraps=True),
            CITES,
        ),
        rows=tuple(
            Row(
                (
                    entry.flow,
                    port(entry.protocol, entry.ports),
                    entry.reason,
                    catalogue.flows[entry.flow].purpose,
                    ", ".join(entry.cites),
                )
            )
            for entry in plan.derived.closed
        ),
        empty="These answers open every flow of the catalogue.",
    )
    return (table,)


def decisions(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """List where the document disagrees with itself or is silent, and what this plan chose."""
    table = Table(
        name="decisions",
        title="Decisions",
        intro="Where the vendor document disagrees with itself or is silent. An undecided one keeps the plan a draft.",
        columns=(
            Column(title="Decision", place="key", wraps=True),
            Column(title="Chosen", wraps=True),
            Column(title="Default", wraps=True),
            Column(title="Decided by", wraps=True),
            *(
                Column(title=title, place="detail", wraps=True, optional=True)
                for title in ("Question", "Trouble", "Readings", "Why the default", "Note")
            ),
            BECAUSE,
            CITES,
        ),
        rows=tuple(_decision_row(decision) for decision in plan.derived.decisions),
        empty="These answers touch no place where the document disagrees with itself or is silent.",
    )
    return (table,)


def reading_words(decision: DecisionState) -> str:
    """Write every reading of a decision, with its name."""
    return " / ".join(
        f"{reading.id}: {reading.text}{'' if reading.offered else ' (not offered)'}" for reading in decision.readings
    )


def _decision_row(decision: DecisionState) -> Row:
    return Row(
        (
            decision.id,
            decision.chosen,
            decision.default,
            decision.by or "undecided",
            decision.title,
            decision.trouble,
            reading_words(decision),
            decision.why,
            decision.note,
            "; ".join(decision.because),
            ", ".join(decision.cites),
        ),
        "plain" if decision.settled else "warning",
    )


_LEVEL_TONES: Mapping[str, Tone] = {"error": "error", "warning": "warning"}


def findings(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """List the contradictions and cautions in the answers."""
    table = Table(
        name="findings",
        title="Findings",
        intro="Contradictions and cautions in the answers, errors first.",
        columns=(
            Column(title="Level", place="key"),
            Column(title="Finding", wraps=True),
            Column(title="About", place="detail", wraps=True, optional=True),
            BECAUSE,
            CITES,
        ),
        rows=tuple(
            Row(
                (
                    finding.level,
                    finding.text,
                    ", ".join(ANSWER_LABELS.get(name, name) for name in finding.about),
                    "; ".join(finding.because),
                    ", ".join(finding.cites),
                ),
                _LEVEL_TONES.get(finding.level, "plain"),
            )
            for finding in plan.derived.findings
        ),
        empty="Nothing in these answers contradicts itself or calls for caution.",
    )
    return (table,)


def ports(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """Lay out services down and zones across; a cell says who listens and who opens."""
    matrix = ports_by_zone(plan.derived, plan.topology.answers, catalogue)
    table = Table(
        name="ports",
        title="Ports by zone",
        intro="in: a host of the zone listens on the port. out: a host of the zone opens it elsewhere. "
        "deny: the zone may not open it. The ports of the rollout are closed again after it.",
        columns=(
            Column(title="Port", place="key", wraps=True, widest=32),
            Column(title="Phase", place="key"),
            *(Column(title=zone, widest=16) for zone in matrix.zones),
        ),
        rows=tuple(
            Row(
                (row.label, row.phase, *(_in_ascii(matrix.spot(row, zone).word) for zone in matrix.zones)),
                PHASE_TONES[row.phase],
            )
            for row in matrix.rows
        ),
        empty=NO_ROLE,
        grid=True,
    )
    return (table,)


def _in_ascii(word: str) -> str:
    return word.replace("\N{MIDDLE DOT}", " ")


def zones(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """List who may open what to whom, then what each zone listens on and opens."""
    pairs = Table(
        name="zone_pairs",
        title="From zone to zone",
        intro="Each pair of zones between which a port is open. A host rule stays inside its zone.",
        columns=(
            Column(title="From", place="key", wraps=True),
            Column(title="To", place="key", wraps=True),
            Column(title="Enforced by"),
            Column(title="Run", wraps=True, optional=True),
            Column(title="Rollout", wraps=True, optional=True),
        ),
        rows=tuple(
            Row((from_, to, "host" if from_ == to else "boundary", *_opened(rules)))
            for (from_, to), rules in zone_pairs((*plan.derived.rules, *plan.derived.host_rules)).items()
        ),
        empty=NO_ROLE,
    )
    entries: dict[str, list[PortEntry]] = {}
    for entry in plan.derived.ports:
        entries.setdefault(entry.zone, []).append(entry)
    each = Table(
        name="zones",
        title="Zone by zone",
        intro="What hosts of each zone listen on, and what they open in other zones or their own.",
        columns=(
            Column(title="Zone", place="key", wraps=True),
            Column(title="Roles", wraps=True),
            Column(title="Listens on", wraps=True),
            Column(title="Opens", wraps=True),
            *(
                Column(title=title, place="detail", wraps=True, optional=True)
                for title in ("Networks", "Hosts", "Parents", "NAT", "Note")
            ),
        ),
        rows=tuple(_zone_row(zone, entries.get(zone.name, ())) for zone in plan.derived.zones),
        empty=NO_ROLE,
    )
    return pairs, each


def _opened(rules: Iterable[Rule]) -> tuple[str, str]:
    """Write what rules open, for run and for the rollout; the return halves after it, by what they answer."""
    texts: dict[tuple[Phase, bool], dict[str, None]] = {}
    for rule in rules:
        numbers = rule.source_ports if rule.is_return else rule.destination_ports
        texts.setdefault((rule.phase, rule.is_return), {})[port(rule.protocol, numbers)] = None

    def written(phase: Phase) -> str:
        opened = ", ".join(texts.get((phase, False), ()))
        answered = ", ".join(texts.get((phase, True), ()))
        return "; ".join(part for part in (opened, answered and f"replies from {answered}") if part)

    return written("run"), written("rollout")


def _zone_row(zone: Zone, entries: Sequence[PortEntry]) -> Row:
    texts: dict[str, dict[str, None]] = {"in": {}, "out": {}}
    for entry in entries:
        rollout = " (rollout)" if entry.phase == "rollout" else ""
        texts[entry.direction][f"{port(entry.protocol, entry.ports)}{rollout}"] = None
    hosts = "; ".join(f"{role} {', '.join(addresses)}" for role, addresses in zone.hosts.items())
    return Row(
        (
            zone.name,
            ", ".join(zone.roles),
            ", ".join(texts["in"]),
            ", ".join(texts["out"]),
            ", ".join(zone.networks),
            hosts,
            ", ".join(zone.parents),
            "addresses are translated at its boundary" if zone.nat else "",
            zone.note,
        )
    )


TABLES: Mapping[View, Callable[[Plan, Catalogue], tuple[Table, ...]]] = {
    "ports": ports,
    "zones": zones,
    "rules": rules,
    "exposure": exposed,
    "closed": closed,
    "decisions": decisions,
    "findings": findings,
}
"""Functions that make the tables of each view."""
