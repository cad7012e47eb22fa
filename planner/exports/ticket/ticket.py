"""The body of a change ticket: what a board approves from, and what is needed to take it out again.

It is for reading: what is equal is said once, and what only the person at the keyboard needs stands in the annex.
"""

from collections.abc import Iterable, Mapping

import msgspec

from planner.catalogue.model import Catalogue
from planner.derivation.model import DecisionState, Deny
from planner.enforcement.test_steps import Trial
from planner.exports.report import plan as views
from planner.exports.report.plan import summary_facts
from planner.exports.report.rules import exposed_boundaries, rule_notes
from planner.exports.report.tables import CITES, FROM, TO, Column, Report, Row, Table, count, port
from planner.exports.ticket import test_tables as trial_tables
from planner.exports.ticket.rules import by_pair, overview, rule_table, undo_table
from planner.plan.plan import Plan, facts

_ASKED_FOR = ("Ticket", "Requester", "Implementer", "Reason", "Security", "Window", "Review by", "Expires")
"""What of the record of a change a board asks for, as the summary calls it."""


def ticket(plan: Plan, catalogue: Catalogue, plan_sha256: str, tried: Mapping[str, Trial]) -> Report:
    """Lay out the ticket. ``plan_sha256`` is that of the plan file beside it; ``tried`` how each rule is tried out."""
    derived = plan.derived
    everything = (*derived.rules, *derived.host_rules)
    rollout = [rule for rule in everything if rule.phase == "rollout"]
    ordered = by_pair(everything)
    tables = (
        overview(everything),
        rule_table(
            plan,
            "rules",
            "Rules by pair of zones",
            "What the firewalls between the zones permit for good. Find a rule on the firewall by the marker in its "
            "remark; its test is TEST- and the marker, its way out UNDO- and the marker. State is new unless named.",
            [rule for rule in derived.rules if rule.phase == "run"],
        ),
        rule_table(
            plan,
            "host_rules",
            "Host rules inside zones",
            "What the hosts' own firewalls permit inside one zone, for good; no zone boundary sees it.",
            [rule for rule in derived.host_rules if rule.phase == "run"],
        ),
        rule_table(
            plan,
            "rollout",
            "Open for the rollout",
            "Opened for the remote installation alone, between zones and inside them. Never for good: the removal list "
            "follows.",
            rollout,
        ),
        undo_table(
            plan,
            "rollout_removal",
            "Removal list of the rollout",
            "Take these out when the rollout is over, in this order, each by the marker in its remark.",
            rollout,
        ),
        _decisions(plan),
        _closed(plan, catalogue),
        _denies(plan.derived.denies),
        *views.findings(plan, catalogue),
        msgspec.structs.replace(rule_notes(everything), name="security_notes", title="Security notes"),
        exposed_boundaries(plan),
        trial_tables.preparation(),
        trial_tables.steps(ordered, tried, catalogue),
        undo_table(
            plan,
            "rollback",
            "Rollback steps",
            "Takes every rule of this plan out again, what came last first. Find each by the marker in its remark, "
            "then run its test: all is blocked again. A rule that an earlier plan had stays: compare with "
            "'sav-planner diff' first. " + " ".join(note.text for note in catalogue.notes.values() if note.on_removal),
            everything,
        ),
        _digests(plan, plan_sha256),
    )
    title = plan.head.title or "Untitled plan"
    return Report(f"Change: {title}", _facts(plan, catalogue), catalogue.findings["end-of-life"].text, tables)


def _facts(plan: Plan, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """Give the summary, and name what a board will ask for and nobody has entered."""
    known = summary_facts(plan, catalogue)
    missing = ", ".join(label for label in _ASKED_FOR if label not in dict(known))
    return (*known, ("Not entered", missing)) if missing else known


def _decisions(plan: Plan) -> Table:
    """List what was decided, in words; both readings of each stand in the annex."""
    return Table(
        name="decisions",
        title="Decisions",
        intro="Where the vendor document disagrees with itself or is silent. An undecided one keeps the plan a draft. "
        "The other readings, and why the default is the default, stand in the annex.",
        columns=(
            Column(title="Decision", place="key", wraps=True),
            Column(title="Question", wraps=True),
            Column(title="Chosen", wraps=True),
            Column(title="Default", wraps=True),
            Column(title="Decided by", wraps=True),
            Column(title="Note", place="detail", wraps=True, optional=True),
        ),
        rows=tuple(_decision(decision) for decision in plan.derived.decisions),
        empty="These answers touch no place where the document disagrees with itself or is silent.",
    )


def _decision(decision: DecisionState) -> Row:
    texts = {reading.id: reading.text for reading in decision.readings}
    chosen, said = decision.chosen, texts.get(decision.chosen, "")
    default = "the same" if chosen == decision.default else decision.default
    cells = (decision.id, decision.title, f"{chosen}: {said}" if said else chosen, default)
    return Row((*cells, decision.by or "undecided", decision.note), "plain" if decision.settled else "warning")


def _closed(plan: Plan, catalogue: Catalogue) -> Table:
    """List what stays closed by what keeps it closed."""
    reasons: dict[str, dict[str, None]] = {}
    cites: dict[str, dict[str, None]] = {}
    for entry in plan.derived.closed:
        purpose = catalogue.flows[entry.flow].purpose
        reasons.setdefault(entry.reason, {})[f"{port(entry.protocol, entry.ports)} ({purpose})"] = None
        cites.setdefault(entry.reason, {}).update(dict.fromkeys(entry.cites))
    return Table(
        name="closed",
        title="What stays closed",
        intro="What the vendor document describes and this plan does not open, by the answer that keeps it closed.",
        columns=(
            Column(title="Why it is closed", place="key", wraps=True),
            Column(title="What stays closed", wraps=True),
            CITES,
        ),
        rows=tuple(Row((reason, "; ".join(some), ", ".join(cites[reason]))) for reason, some in reasons.items()),
        empty="These answers open every flow of the catalogue.",
    )


def _denies(denied: Iterable[Deny]) -> Table:
    """List the denies by what they have in common beside the port."""
    groups: dict[tuple[str, ...], list[Deny]] = {}
    for deny in denied:
        ends = (deny.from_, "same zone" if deny.from_ == deny.to else deny.to)
        groups.setdefault((*ends, deny.where, deny.why, ", ".join(deny.cites)), []).append(deny)
    return Table(
        name="denies",
        title="Denies",
        intro="What stays forbidden whatever else is permitted. The markers are in the order of the ports.",
        columns=(
            FROM,
            TO,
            Column(title="Ports", wraps=True),
            Column(title="Enforced by"),
            Column(title="Why", place="detail", wraps=True),
            CITES,
            Column(title="Markers", place="detail", wraps=True),
        ),
        rows=tuple(
            Row(
                (
                    from_,
                    to,
                    ", ".join(port(deny.protocol, deny.ports) for deny in some),
                    where,
                    why,
                    cites,
                    ", ".join(deny.marker for deny in some),
                ),
                "error",
            )
            for (from_, to, where, why, cites), some in groups.items()
        ),
        empty="No zone holds a listener that would have to be shut.",
    )


def _digests(plan: Plan, plan_sha256: str) -> Table:
    """List what the ticket can be held against: 'sha256sum -c SHA256SUMS' and 'sav-planner check plan.toml'."""
    rows = (
        ("plan.toml", plan_sha256),
        ("answers", plan.digests.answers),
        ("derived", plan.digests.derived),
        ("catalogue", facts()["catalogue_sha256"]),
    )
    rules = count(plan.derived.summary.rules + plan.derived.summary.host_rules, "rule")
    return Table(
        name="digests",
        title="Digests",
        intro=f"SHA-256 of the plan file and of what it holds, {rules}. 'sha256sum -c SHA256SUMS' holds the files of "
        "this pack against theirs, 'sav-planner check plan.toml' the plan against its answers. A digest detects edits; "
        "it is no signature.",
        columns=(Column(title="Of", place="key"), Column(title="SHA-256", code=True)),
        rows=tuple(Row(row) for row in rows),
        empty="",
    )
