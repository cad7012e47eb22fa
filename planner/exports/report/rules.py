"""The view of rules: between zones, inside zones, denied, and the notes that belong to them."""

from collections.abc import Iterable

from planner.catalogue.model import Catalogue
from planner.derivation.model import Rule
from planner.exports.report.columns import BECAUSE, CITES, FROM, MARKER, NO_ROLE, PHASE, PHASE_TONES, PORT, TO, port
from planner.exports.report.tables import Column, Row, Table
from planner.plan.plan import Plan


def rules(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """List the rules between zones, the host rules, the denies, and the notes that belong to them."""
    derived = plan.derived
    parts = (
        PORT,
        Column(title="Source ports"),
        Column(title="State"),
        Column(title="Why", place="detail", wraps=True),
        BECAUSE,
        CITES,
        Column(title="Until", place="detail", optional=True),
    )
    between = Table(
        name="rules",
        title="Rules between zones",
        intro="What the firewalls between the zones permit. The marker stands in every remark of a firewall.",
        columns=(MARKER, PHASE, FROM, TO, *parts),
        rows=tuple(_rule_row(rule, (rule.from_, rule.to)) for rule in derived.rules),
        empty="No zone opens a port to another: hosts that talk to each other share a zone. See the host rules."
        if derived.host_rules
        else NO_ROLE,
    )
    inside = Table(
        name="host_rules",
        title="Host rules inside zones",
        intro="What the hosts' own firewalls permit inside one zone; no zone boundary sees it.",
        columns=(MARKER, PHASE, Column(title="Zone", wraps=True), *parts),
        rows=tuple(_rule_row(rule, (rule.from_,)) for rule in derived.host_rules),
        empty="No two hosts of one zone talk to each other.",
    )
    return between, inside, denies(plan), rule_notes((*derived.rules, *derived.host_rules))


def _rule_row(rule: Rule, zone_names: tuple[str, ...]) -> Row:
    return Row(
        (
            rule.marker,
            rule.phase,
            *zone_names,
            port(rule.protocol, rule.destination_ports),
            rule.source_ports,
            rule.state,
            rule.justification,
            "; ".join(rule.because),
            ", ".join(rule.cites),
            str(rule.until or ""),
        ),
        PHASE_TONES[rule.phase],
    )


def denies(plan: Plan) -> Table:
    """List what stays forbidden whatever else is permitted."""
    return Table(
        name="denies",
        title="Denies",
        intro="What stays forbidden whatever else is permitted.",
        columns=(
            MARKER,
            FROM,
            TO,
            PORT,
            Column(title="Enforced by"),
            Column(title="Why", place="detail", wraps=True),
            BECAUSE,
            CITES,
        ),
        rows=tuple(
            Row(
                (
                    deny.marker,
                    deny.from_,
                    deny.to,
                    port(deny.protocol, deny.ports),
                    deny.where,
                    deny.why,
                    "; ".join(deny.because),
                    ", ".join(deny.cites),
                ),
                "error",
            )
            for deny in plan.derived.denies
        ),
        empty="No zone holds a listener that would have to be shut.",
    )


def rule_notes(noted: Iterable[Rule]) -> Table:
    """List the notes of rules, each with the flows it is about."""
    flows: dict[str, set[str]] = {}
    for rule in noted:
        for note in rule.notes:
            flows.setdefault(note, set()).update(rule.flows)
    return Table(
        name="rule_notes",
        title="Notes to the rules",
        intro="Dated facts and cautions, each with the flows whose rules it is about.",
        columns=(
            Column(title="Note", place="key", wraps=True),
            Column(title="Flows", place="detail", wraps=True),
        ),
        rows=tuple(Row((note, ", ".join(sorted(ids)))) for note, ids in flows.items()),
        empty="There is no note to any rule of this plan.",
    )
