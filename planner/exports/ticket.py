"""The body of a change ticket: what a board approves from, and what is needed to take it out again.

It is for reading: what is equal is said once, and what only the person at the keyboard needs stands in the annex.
"""

from collections.abc import Iterable, Sequence

import msgspec

from planner.core.catalogue import Catalogue
from planner.core.derived import DecisionState, Deny, Rule
from planner.core.plan import Plan, facts
from planner.core.trials import trials
from planner.exports import trial_tables, views
from planner.exports.columns import BECAUSE, CITES, FROM, MARKER, NO_ROLE, PHASE_TONES, PORT, TO, count, port
from planner.exports.exposure_views import exposed_boundaries
from planner.exports.report import summary_facts
from planner.exports.rule_views import rule_notes
from planner.exports.tables import Column, Report, Row, Table

_ASKED_FOR = ("Ticket", "Requester", "Implementer", "Reason", "Security", "Window", "Review by", "Expires")
"""What of the record of a change a board asks for, as the summary calls it."""

_UNDO = Column(title="Take out", place="key")
_LATEST = Column(title="At the latest", optional=True)


def undo_id(marker: str) -> str:
    """Name the step that takes a rule out again."""
    return f"UNDO-{marker}"


def expiry(plan: Plan, rule: Rule) -> str:
    """Give the day after which a rule should be gone: its own or the change's, whichever comes first; or nothing."""
    dates = [date for date in (rule.until, plan.change.expires) if date is not None]
    return str(min(dates)) if dates else ""


def by_pair(rules: Iterable[Rule]) -> list[Rule]:
    """Order rules by pair of zones, each pair where it is first met."""
    return [rule for some in _pairs(rules).values() for rule in some]


def _pairs(rules: Iterable[Rule]) -> dict[tuple[str, str], list[Rule]]:
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        pairs.setdefault((rule.from_, rule.to), []).append(rule)
    return pairs


def ticket(plan: Plan, catalogue: Catalogue, plan_sha256: str) -> Report:
    """Lay out the ticket. ``plan_sha256`` is that of the plan file beside it."""
    derived = plan.derived
    everything = (*derived.rules, *derived.host_rules)
    rollout = [rule for rule in everything if rule.phase == "rollout"]
    ordered = by_pair(everything)
    tables = (
        _overview(everything),
        _rules(
            plan,
            "rules",
            "Rules by pair of zones",
            "What the firewalls between the zones permit for good. Find a rule on the firewall by the marker in its "
            "remark; its test is TEST- and the marker, its way out UNDO- and the marker. State is new unless named.",
            [rule for rule in derived.rules if rule.phase == "run"],
        ),
        _rules(
            plan,
            "host_rules",
            "Host rules inside zones",
            "What the hosts' own firewalls permit inside one zone, for good; no zone boundary sees it.",
            [rule for rule in derived.host_rules if rule.phase == "run"],
        ),
        _rules(
            plan,
            "rollout",
            "Open for the rollout",
            "Opened for the remote installation alone, between zones and inside them. Never for good: the removal list "
            "follows.",
            rollout,
        ),
        _undo(
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
        trial_tables.steps(ordered, trials(plan), catalogue),
        _undo(
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


def _to(rule: Rule) -> str:
    return "same zone" if rule.from_ == rule.to else rule.to


def _overview(rules: Sequence[Rule]) -> Table:
    """Say in one line a pair of zones what it opens: what a board looks at first."""
    rows = []
    for some in _pairs(rule for rule in rules if not rule.is_return).values():
        ports = {
            phase: dict.fromkeys(port(rule.protocol, rule.destination_ports) for rule in some if rule.phase == phase)
            for phase in ("run", "rollout")
        }
        reasons = dict.fromkeys(rule.justification for rule in some)
        cells = (some[0].from_, _to(some[0]), ", ".join(ports["run"]), ", ".join(ports["rollout"]), "; ".join(reasons))
        rows.append(Row(cells))
    return Table(
        name="overview",
        title="What it opens",
        intro="Each pair of zones, which ports of the second the first may open, and what for.",
        columns=(
            FROM,
            TO,
            Column(title="For good", wraps=True),
            Column(title="For the rollout", wraps=True, optional=True),
            Column(title="What for", wraps=True),
        ),
        rows=tuple(rows),
        empty=NO_ROLE,
    )


def _rules(plan: Plan, name: str, title: str, intro: str, rules: Sequence[Rule]) -> Table:
    return Table(
        name=name,
        title=title,
        intro=intro,
        columns=(
            MARKER,
            FROM,
            TO,
            PORT,
            Column(title="Source ports"),
            Column(title="State", optional=True),
            Column(title="Justification", place="detail", wraps=True),
            BECAUSE,
            Column(title="Citation", place="detail", wraps=True),
            Column(title="Expiry", place="detail", optional=True),
        ),
        rows=tuple(
            Row(
                (
                    rule.marker,
                    rule.from_,
                    _to(rule),
                    port(rule.protocol, rule.destination_ports),
                    rule.source_ports,
                    "" if rule.state == "new" else rule.state,
                    rule.justification,
                    "; ".join(rule.because),
                    ", ".join(rule.cites),
                    expiry(plan, rule),
                ),
                PHASE_TONES[rule.phase],
            )
            for rule in by_pair(rules)
        ),
        empty=NO_ROLE if name == "rules" and not plan.derived.host_rules else "None.",
    )


def _undo(plan: Plan, name: str, title: str, intro: str, rules: Sequence[Rule]) -> Table:
    """List the rules to take out, the last first; those with the same ends, port and date share a row."""
    groups: dict[tuple[str, ...], list[Rule]] = {}
    for rule in reversed(by_pair(rules)):
        latest = expiry(plan, rule) or ("no date: set one" if rule.phase == "rollout" else "")
        ends = (rule.from_, _to(rule), port(rule.protocol, rule.destination_ports), latest)
        groups.setdefault(ends, []).append(rule)
    return Table(
        name=name,
        title=title,
        intro=intro,
        columns=(_UNDO, FROM, TO, PORT, _LATEST),
        rows=tuple(
            Row((", ".join(undo_id(rule.marker) for rule in some), *ends), PHASE_TONES[some[0].phase])
            for ends, some in groups.items()
        ),
        empty="There is nothing to take out.",
    )


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
