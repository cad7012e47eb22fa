"""Change ticket of a plan: a summary to decide on, the zones, a rule sheet, then reasons, tests and the way back.

The first page is for whoever approves, the rule sheet for whoever types the rules in. Each thing is said once; what
only the tester needs is in the annex.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from planner.catalogue.model import Catalogue
from planner.derivation.model import DecisionState, Deny, Rule
from planner.enforcement.test_steps import Trial
from planner.exports.report.diff import plan_changes
from planner.exports.report.plan import answers, findings, plan_status, reading_words, summary_facts
from planner.exports.report.rules import exposed_boundaries, exposed_rules, rule_notes
from planner.exports.report.tables import CITES, FROM, NO_ROLE, TO, Column, Report, Row, Table, count, port
from planner.exports.ticket import test_steps
from planner.exports.ticket.rules import by_pair, overview, reasons, rollback, rule_sheet
from planner.plan.addresses import RuleAddresses
from planner.plan.diff import compare_plans
from planner.plan.plan import Plan, facts

_RECORD = ("Ticket", "Requester", "Implementer", "Reason", "Security", "Window", "Review by", "Expires")
"""Entries of the change record that an approver asks for, as the summary calls them."""

DRAFT = "DRAFT, not for approval"


def ticket(
    plan: Plan, catalogue: Catalogue, plan_sha256: str, tried: Mapping[str, Trial], since: Plan | None = None
) -> Report:
    """Returns the ticket.

    Args:
        plan: the plan to approve.
        catalogue: the facts.
        plan_sha256: digest of the plan file beside the ticket.
        tried: the test of each rule, by its id.
        since: the plan that was approved last, if any.
    """
    derived = plan.derived
    everything = by_pair((*derived.rules, *derived.host_rules))
    changed = () if since is None else (_changes(since, plan, catalogue),)
    tables = (
        overview(plan, everything),
        *findings(plan, catalogue),
        *changed,
        _zones(plan, catalogue),
        rule_sheet(plan, everything, RuleAddresses(plan, catalogue)),
        _denies(derived.denies),
        reasons(everything),
        _decisions(plan),
        _closed(plan, catalogue),
        _not_covered(catalogue),
        msgspec.structs.replace(rule_notes(everything), name="security_notes", title="Security notes"),
        exposed_boundaries(plan),
        test_steps.preparation(),
        test_steps.steps(everything, tried, catalogue),
        rollback(plan, everything, catalogue),
        _digests(plan, plan_sha256),
    )
    return Report(
        title=f"Change: {plan.head.title or 'Untitled plan'}",
        facts=_summary(plan, catalogue, since),
        notice=catalogue.findings["end-of-life"].text,
        tables=tables,
        banner=DRAFT if plan.status == "draft" else "",
        contents=True,
    )


def annex(plan: Plan, catalogue: Catalogue, tried: Mapping[str, Trial]) -> Report:
    """Returns the annex of a plan's ticket: what its tester, or whoever doubts a decision, looks up."""
    everything = by_pair((*plan.derived.rules, *plan.derived.host_rules))
    return Report(
        title=f"Annex: {plan.head.title or 'Untitled plan'}",
        facts=(("Plan", f"{plan.head.id}, revision {plan.head.revision}"), ("Status", plan_status(plan))),
        notice="Background of the ticket beside it.",
        tables=(
            test_steps.every_command(everything, tried),
            _readings(plan),
            answers(plan),
            exposed_rules(plan),
            _citations(everything, catalogue),
            _references(catalogue),
        ),
        banner=DRAFT if plan.status == "draft" else "",
        contents=True,
    )


def _summary(plan: Plan, catalogue: Catalogue, since: Plan | None) -> tuple[tuple[str, str], ...]:
    """Returns the summary that a board decides on, and names what nobody has entered."""
    known = dict(summary_facts(plan, catalogue))
    missing = ", ".join(label for label in _RECORD if label not in known)
    lead = ("Plan", "Ticket", "Reason", "Security", "Requester", "Implementer", "Window", "Review by", "Expires")
    rows = (
        ("Decision", _approval(plan)),
        *((label, known[label]) for label in lead if label in known),
        ("Warnings", _warnings(plan)),
        *_openings(plan),
        ("Change", _change(since, plan, catalogue)),
        ("How to go back", _way_back(since)),
        ("Not entered", missing),
        ("Facts from", known["Facts from"]),
    )
    return tuple((label, text) for label, text in rows if text)


def _approval(plan: Plan) -> str:
    if plan.status == "draft":
        return f"Not yet: {plan_status(plan)}"
    errors = plan.derived.summary.errors
    if errors:
        return f"Not yet: status {plan_status(plan)}, but {count(errors, 'error')}, named under Findings"
    return f"May be approved: status {plan_status(plan)}, nothing is open"


def _warnings(plan: Plan) -> str:
    texts = [f"{finding.level.upper()}: {finding.text}" for finding in plan.derived.findings if finding.level != "note"]
    return " | ".join(texts) or "none"


def _openings(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Returns what opens permanently and for the rollout, each with its date."""
    summary, change = plan.derived.summary, plan.change
    hosts = [rule for rule in plan.derived.host_rules if rule.phase == "run"]
    run = f"{count(summary.rules_run, 'rule')} between zones, {count(len(hosts), 'rule')} inside zones"
    until = f"until {change.expires}" if change.expires else "no end date"
    rollout = [rule for rule in (*plan.derived.rules, *plan.derived.host_rules) if rule.phase == "rollout"]
    ends = sorted({str(rule.until) for rule in rollout if rule.until})
    end = f"until {', '.join(ends)}" if ends else "no end date: set one"
    return (
        ("Opens permanently", f"{run}, {until}; by zones under What it opens"),
        ("Opens for the rollout", f"{count(len(rollout), 'rule')}, {end}" if rollout else "nothing"),
    )


def _change(since: Plan | None, plan: Plan, catalogue: Catalogue) -> str:
    if since is None:
        return "No approved plan was given to compare with: every rule counts as new"
    found = compare_plans(since, plan, catalogue)
    touched = sum(change.firewall for change in found.change)
    name = f"{since.head.title or since.head.id}, revision {since.head.revision}"
    return (
        f"Against {name}: {len(found.add)} rules to add, {len(found.remove)} to remove, {touched} to change, "
        f"{found.unchanged} unchanged"
    )


def _way_back(since: Plan | None) -> str:
    if since is None:
        return "Take out every rule by the marker in its remark, last rule first: see Rollback"
    return "Return to the approved plan: 'sav-planner diff APPROVED plan.toml --rollback' lists the steps"


def _changes(since: Plan, plan: Plan, catalogue: Catalogue) -> Table:
    return plan_changes(since, plan, compare_plans(since, plan, catalogue), catalogue)


def _zones(plan: Plan, catalogue: Catalogue) -> Table:
    """Returns the zones with their addresses, and the firewalls that see them."""
    rows = []
    for zone in plan.derived.zones:
        hosts = "; ".join(f"{role}: {', '.join(listed)}" for role, listed in zone.hosts.items() if listed)
        firewalls = ", ".join(
            f"{device.name} ({device.interfaces[zone.name]})"
            for device in plan.topology.devices
            if zone.name in device.interfaces
        )
        roles = ", ".join(catalogue.roles[role].title for role in zone.roles)
        nat = "yes" if zone.nat else ""
        rows.append(
            Row((zone.name, roles, ", ".join(zone.networks), hosts, ", ".join(zone.parents), nat, firewalls, zone.note))
        )
    return Table(
        name="zones",
        title="Zones",
        intro="Networks and hosts of each zone, and the firewalls in front of it with their interfaces. NAT: addresses "
        "are translated at its boundary.",
        columns=(
            Column(title="Zone", place="key", wraps=True),
            Column(title="Roles", wraps=True),
            Column(title="Networks", wraps=True, optional=True),
            Column(title="Hosts", wraps=True, optional=True),
            Column(title="Parents", wraps=True, optional=True),
            Column(title="NAT", optional=True),
            Column(title="Firewalls", wraps=True, optional=True),
            Column(title="Note", place="detail", wraps=True, optional=True),
        ),
        rows=tuple(rows),
        empty=NO_ROLE,
    )


def _decisions(plan: Plan) -> Table:
    """Returns the decisions in words; both readings of each are in the annex."""
    return Table(
        name="decisions",
        title="Decisions",
        intro="Where the vendor document disagrees with itself or is silent. An undecided one keeps the plan a draft. "
        "The annex has the other readings and the reason for the default.",
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
    """Returns what stays closed, by the answer that keeps it closed."""
    closed_by: dict[str, dict[str, None]] = {}
    cites: dict[str, dict[str, None]] = {}
    for entry in plan.derived.closed:
        purpose = catalogue.flows[entry.flow].purpose
        closed_by.setdefault(entry.reason, {})[f"{port(entry.protocol, entry.ports)} ({purpose})"] = None
        cites.setdefault(entry.reason, {}).update(dict.fromkeys(entry.cites))
    return Table(
        name="closed",
        title="What stays closed",
        intro="Ports that the vendor document describes and this plan does not open, by the answer behind it.",
        columns=(
            Column(title="Why it is closed", place="key", wraps=True),
            Column(title="What stays closed", wraps=True),
            CITES,
        ),
        rows=tuple(Row((reason, "; ".join(some), ", ".join(cites[reason]))) for reason, some in closed_by.items()),
        empty="These answers open every flow of the catalogue.",
    )


def _not_covered(catalogue: Catalogue) -> Table:
    return Table(
        name="not_covered",
        title="What the plan does not cover",
        intro="Traffic beside this plan. Where your network needs it, plan rules of its own.",
        columns=(Column(title="Topic", place="key", wraps=True), Column(title="What to know", wraps=True), CITES),
        rows=tuple(Row((topic.title, topic.text, ", ".join(topic.cites))) for topic in catalogue.out_of_scope.values()),
        empty="The vendor document covers every topic.",
    )


def _denies(denied: Iterable[Deny]) -> Table:
    """Returns the denies by what they have in common beside the port."""
    groups: dict[tuple[str, ...], list[Deny]] = {}
    for deny in denied:
        ends = (deny.from_, "same zone" if deny.from_ == deny.to else deny.to)
        groups.setdefault((*ends, deny.where, deny.why, ", ".join(deny.cites)), []).append(deny)
    return Table(
        name="denies",
        title="Denies",
        intro="Forbidden whatever else is permitted. The markers are in the order of the ports.",
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
    rows = (
        ("plan.toml", plan_sha256),
        ("answers", plan.digests.answers),
        ("derived", plan.digests.derived),
        ("catalogue", facts()["catalogue_sha256"]),
    )
    return Table(
        name="digests",
        title="Digests",
        intro="SHA-256 of the plan file and of its parts. 'sha256sum -c SHA256SUMS' checks the files of this pack, "
        "'sav-planner check plan.toml' the plan against its answers. A digest detects edits; it is no signature.",
        columns=(Column(title="Of", place="key"), Column(title="SHA-256", code=True)),
        rows=tuple(Row(row) for row in rows),
        empty="",
    )


def _readings(plan: Plan) -> Table:
    return Table(
        name="readings",
        title="Annex: the readings of each decision",
        intro="What the document says, how it can be read, and why the default is the default.",
        columns=(
            Column(title="Decision", place="key", wraps=True),
            Column(title="Trouble", wraps=True),
            Column(title="Readings", wraps=True),
            Column(title="Why the default", wraps=True),
            Column(title="Because", wraps=True, optional=True),
            CITES,
        ),
        rows=tuple(
            Row(
                (
                    decision.id,
                    decision.trouble,
                    reading_words(decision),
                    decision.why,
                    "; ".join(decision.because),
                    ", ".join(decision.cites),
                )
            )
            for decision in plan.derived.decisions
        ),
        empty="These answers touch no place where the document disagrees with itself or is silent.",
    )


def _citations(rules: Sequence[Rule], catalogue: Catalogue) -> Table:
    used = dict.fromkeys(cite for rule in rules for cite in rule.cites)
    return Table(
        name="citations",
        title="Annex: citations",
        intro=f"Places in document {catalogue.document.id} behind the citation ids of the rules.",
        columns=(
            Column(title="Citation", place="key"),
            Column(title="Section", wraps=True),
            Column(title="Place", wraps=True),
            Column(title="Says", wraps=True),
        ),
        rows=tuple(
            Row((cite.id, cite.section, cite.where, cite.says)) for cite in map(catalogue.citations.__getitem__, used)
        ),
        empty="No rule cites anything.",
    )


def _references(catalogue: Catalogue) -> Table:
    return Table(
        name="references",
        title="Annex: references",
        intro=f"What document {catalogue.document.id} refers its readers to.",
        columns=(Column(title="Reference", place="key", wraps=True), Column(title="What it is", wraps=True), CITES),
        rows=tuple(Row((topic.title, topic.text, ", ".join(topic.cites))) for topic in catalogue.references.values()),
        empty="The document refers to nothing.",
    )
