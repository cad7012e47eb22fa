"""A plan as sections that any format can lay out: a heading, then tables. Words only, no markup, nothing escaped.

What the formats write passes ``planner.text.escaping`` there, each in the way of its medium.
"""

from planner.catalogue.answers import ANSWER_LABELS
from planner.catalogue.model import Catalogue
from planner.exports.report import views
from planner.exports.report.columns import count
from planner.exports.report.tables import VIEWS, Choice, Report
from planner.plan.plan import INTEGRITY_NOTE, Plan


def report(plan: Plan, catalogue: Catalogue, view: Choice) -> Report:
    """Give one view of the plan, or with ``all`` its answers and every view."""
    if view == "all":
        tables = (views.answers(plan), *(table for each in VIEWS for table in views.TABLES[each](plan, catalogue)))
    else:
        tables = views.TABLES[view](plan, catalogue)
    return Report(
        title=plan.head.title or "Untitled plan",
        facts=(*summary_facts(plan, catalogue), *_digests(plan, catalogue)),
        notice=catalogue.findings["end-of-life"].text,
        tables=tables,
        whole=view == "all",
    )


def summary_facts(plan: Plan, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """Say what is to know about the plan and its change first; what was left empty is left out."""
    head, change, document = plan.head, plan.change, catalogue.document
    window = " to ".join(end for end in (change.window_start, change.window_end) if end)
    facts = (
        ("Plan", f"{head.id}, revision {head.revision}"),
        ("Status", _status(plan)),
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


def _status(plan: Plan) -> str:
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
