"""A difference between two plans as a report: what to add, to remove, to change, and why."""

from typing import Any

from planner.catalogue.model import Catalogue
from planner.derivation.model import Rule
from planner.exports.report.rules import pair_words
from planner.exports.report.tables import FROM_ADDRESSES, TO_ADDRESSES, Column, Report, Row, Table, count
from planner.plan.addresses import Pairs, RuleAddresses
from planner.plan.diff import Caused, FieldChange, PlanDifference, RuleChange, closed_ports
from planner.plan.plan import Plan

_KEY = (Column(title="Marker", place="key"),)
_ENDS = (
    Column(title="Phase"),
    Column(title="From", wraps=True),
    Column(title="To", wraps=True),
    Column(title="Port"),
    Column(title="Source ports"),
    Column(title="State"),
)


_REMOVING = "These are in the old plan alone."
_GOING_BACK = "The plan to come back to has not got these."
_MARKER = "The marker stands in the remark of each rule on the firewall."
_RETIRING = (
    "Look at the rule's counter first: who still hits it has not been retired. Then take the rules out "
    "in this order, and keep the way back ('diff --rollback') with the ticket until the review."
)


def difference_report(
    old: Plan, new: Plan, difference: PlanDifference, catalogue: Catalogue, *, rollback: bool
) -> Report:
    """Lay out a difference; for the way back the words say so, and the steps come as they are to be taken."""
    retires = difference.retires and not rollback
    come = "The plan to come back to has these, the other has not." if rollback else "These are in the new plan alone."
    gone = f"{_GOING_BACK if rollback else _REMOVING} {_MARKER}"
    adding = _rules("add", "Rules to add", come, difference.add, RuleAddresses(new, catalogue))
    leave = f"{gone} {_RETIRING}" if retires else gone
    removing = _rules("remove", "Rules to remove", leave, difference.remove, RuleAddresses(old, catalogue))
    steps = (
        (removing, _changing(difference), adding) if rollback or retires else (adding, _changing(difference), removing)
    )
    kind = "Way back" if rollback else "Removal plan" if retires else "Changes"
    return Report(
        title=f"{kind}: {_name(old)} to {_name(new)}",
        facts=tuple(_facts(old, new, difference)),
        notice=" ".join((*difference.notes, catalogue.findings["end-of-life"].text)),
        tables=(_answers(difference), *steps, _recording(difference)),
    )


def _rules(name: str, title: str, intro: str, steps: tuple[Caused, ...], addresses: RuleAddresses) -> Table:
    return Table(
        name=name,
        title=title,
        intro=intro,
        columns=(
            *_KEY,
            *_ENDS,
            FROM_ADDRESSES,
            TO_ADDRESSES,
            Column(title="Why", place="detail"),
            Column(title="Because", place="detail"),
        ),
        rows=tuple(_rule_row(step, addresses) for step in steps),
        empty="None.",
    )


def plan_changes(old: Plan, new: Plan, difference: PlanDifference, catalogue: Catalogue) -> Table:
    """Returns the steps from an approved plan to a new one, one line each, for a ticket."""
    before, after = RuleAddresses(old, catalogue), RuleAddresses(new, catalogue)
    rows = []
    for word, caused, addresses in (
        *(("add", each, after) for each in difference.add),
        *(("remove", each, before) for each in difference.remove),
    ):
        from_, to = addresses.of(caused.rule)
        what = f"{', '.join(from_) or caused.rule.from_} to {', '.join(to) or caused.rule.to}"
        rows.append(_change_row(word, caused.rule, what, caused.causes))
    for change in difference.change:
        if change.firewall:
            what = "; ".join(f"{field.field}: {' becomes '.join(ends(field))}" for field in _told(change))
            rows.append(_change_row("change", change.new, what, change.causes))
    return Table(
        name="changes",
        title="Change against the approved plan",
        intro=f"Steps from {_name(old)} to this plan; answers digest of the approved plan: {old.digests.answers}.",
        columns=(
            *_KEY,
            Column(title="Step"),
            Column(title="From", wraps=True),
            Column(title="To", wraps=True),
            Column(title="Port"),
            Column(title="Addresses or fields", wraps=True),
            Column(title="Because", wraps=True),
        ),
        rows=tuple(rows),
        empty="No firewall has to be touched: the rules are those of the approved plan.",
    )


def _change_row(word: str, rule: Rule, what: str, causes: tuple[str, ...]) -> Row:
    return Row((rule.marker, word, rule.from_, _to(rule), _port(rule), what, "; ".join(causes)))


def _name(plan: Plan) -> str:
    return f"{plan.head.title or plan.head.id}, revision {plan.head.revision}"


def _facts(old: Plan, new: Plan, difference: PlanDifference) -> list[tuple[str, str]]:
    touched = sum(change.firewall for change in difference.change)
    renames = ", ".join(f"{before} is now {after}" for before, after in difference.renamed)
    facts = [
        ("From", f"{_name(old)}, answers digest {old.digests.answers}"),
        ("To", f"{_name(new)}, answers digest {new.digests.answers}"),
        (
            "Rules",
            f"{len(difference.add)} to add, {len(difference.remove)} to remove, {touched} to change, "
            f"{len(difference.change) - touched} with another record, {difference.unchanged} unchanged",
        ),
        ("Answers", count(len(difference.answers), "field differs", "fields differ")),
    ]
    gone, kept = closed_ports(difference, new)
    more = (
        ("Renamed", renames),
        ("Closes", ", ".join(gone)),
        ("Stays open", f"{', '.join(kept)}: other rules open the same ports" if kept else ""),
    )
    return [*facts, *((label, text) for label, text in more if text)]


def _answers(difference: PlanDifference) -> Table:
    return Table(
        name="answers",
        title="Answers that differ",
        intro="What was answered differently; every change of a rule follows from these.",
        columns=(
            Column(title="About", place="key", wraps=True),
            Column(title="Field"),
            Column(title="Old", wraps=True),
            Column(title="New", wraps=True),
        ),
        rows=tuple(Row((change.about, change.field, *ends(change))) for change in difference.answers),
        empty="Both plans have the same answers.",
    )  # fmt: skip


def ends(change: FieldChange) -> tuple[str, str]:
    """Returns the old and the new value as texts: addresses in full, of other lists the items that one alone has."""
    old, new = change.old, change.new
    if change.field in ("from_addresses", "to_addresses"):
        return words(old), words(new)
    if not change.field:
        return tuple("there" if value is not None else "not there" for value in (old, new))  # type: ignore[return-value]
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        gone, come = [item for item in old if item not in new], [item for item in new if item not in old]
        if gone or come:
            old, new = gone, come
    return words(old), words(new)


def _changing(difference: PlanDifference) -> Table:
    return Table(
        name="change",
        title="Rules to change",
        intro="The same rule in both plans; a firewall has to be touched for each field that differs.",
        columns=(
            *_KEY,
            Column(title="Rule", wraps=True),
            Column(title="Field"),
            Column(title="Old", wraps=True),
            Column(title="New", wraps=True),
            Column(title="Because", place="detail", wraps=True),
        ),
        rows=tuple(
            Row((change.new.marker, change.new.id, field.field, *ends(field), "; ".join(change.causes)))
            for change in difference.change
            if change.firewall
            for field in _told(change)
        ),
        empty="No rule is in both plans and enforced otherwise.",
    )


def _recording(difference: PlanDifference) -> Table:
    """List what changes in the record alone: the same change of many rules in one row."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for change in difference.change:
        for field in _told(change) if not change.firewall else ():
            groups.setdefault((field.field, *ends(field)), []).append(change.new.marker)
    return Table(
        name="record",
        title="Rules with another record",
        intro="The same rule in both plans, and the same to a firewall: words, dates and reasons differ. Where a zone "
        "has another name the marker differs too, and remarks on the firewall still hold the old one.",
        columns=(
            Column(title="Field", place="key"),
            Column(title="Old", wraps=True),
            Column(title="New", wraps=True),
            Column(title="Rules", place="detail", wraps=True),
        ),
        rows=tuple(Row((*fields, ", ".join(markers))) for fields, markers in groups.items()),
        empty="None.",
    )


def _told(change: RuleChange) -> tuple[FieldChange, ...]:
    """Leave out the id: it is made of the zones' names, and changes with them alone."""
    return tuple(field for field in change.fields if field.field != "id")


def _rule_row(caused: Caused, addresses: RuleAddresses) -> Row:
    rule = caused.rule
    from_, to = addresses.of(rule)
    cells = (rule.marker, rule.phase, rule.from_, _to(rule), _port(rule), rule.source_ports, rule.state)
    tone = "rollout" if rule.phase == "rollout" else "plain"
    stated = (", ".join(from_), ", ".join(to), rule.justification, "; ".join(caused.causes))
    return Row((*cells, *stated), tone)  # type: ignore[arg-type]


def _to(rule: Rule) -> str:
    return "same zone" if rule.from_ == rule.to else rule.to


def _port(rule: Rule) -> str:
    return f"{rule.protocol.upper()} {rule.destination_ports}"


def words(value: Any) -> str:
    """Write a field's value for people; nothing stands for a field that is not there."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Pairs):
        return pair_words(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {words(item)}" for key, item in value.items()) or "none"
    return str(value)
