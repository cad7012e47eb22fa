"""How each view of a plan is made into tables."""

from collections.abc import Callable, Mapping

from planner.catalogue.answers import ANSWER_LABELS
from planner.catalogue.model import Catalogue
from planner.derivation.flows import state_answer
from planner.derivation.model import DecisionState
from planner.exports.report.columns import BECAUSE, CITES, PORT, port
from planner.exports.report.exposure import exposed
from planner.exports.report.rules import rules
from planner.exports.report.tables import Column, Row, Table, Tone, View
from planner.exports.report.zones import ports, zones
from planner.plan.plan import Plan


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
                    ", ".join(finding.about),
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


TABLES: Mapping[View, Callable[[Plan, Catalogue], tuple[Table, ...]]] = {
    "ports": ports,
    "zones": zones,
    "rules": rules,
    "exposure": exposed,
    "closed": closed,
    "decisions": decisions,
    "findings": findings,
}
"""How each view is made."""
