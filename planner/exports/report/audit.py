"""The verdict on a rule base as a report and as JSON: the differences first, then what agrees."""

from collections.abc import Iterator, Sequence
from typing import Any

from planner.audit.audit import Audit, Pieces, PlannedVerdict, RuleStatus, RuleVerdict
from planner.audit.readers.rule_base import BaseRule, NotUnderstood
from planner.derivation.model import Rule
from planner.exports.report.tables import FROM, MARKER, PHASE_TONES, PORT, TO, Column, Report, Row, Table, count, port
from planner.network.packets import box_text, box_values
from planner.plan.plan import Plan
from planner.text.escaping import Output, for_json

AUDIT_SCHEMA = "sav-audit/1"
SHOWN = 8
"""As many boxes of one rule are written out for people; JSON holds more."""

FORMAT_WORDS = {
    "csv": "CSV of sav-planner",
    "iptables": "iptables-save",
    "nft": "nftables",
    "ios": "Cisco IOS or NX-OS",
    "asa": "Cisco ASA",
}

_LINE = Column(title="Line", place="key")
_RULE = Column(title="Rule", place="detail", wraps=True)


def audit_report(plan: Plan, found: Audit) -> Report:
    """Lay out the verdict."""
    name = plan.head.title or plan.head.id
    return Report(
        title=f"Audit: {name}, revision {plan.head.revision}",
        facts=tuple(_facts(plan, found)),
        notice=verdict_text(found),
        tables=(
            _missing(found),
            _rules(
                found, "surplus", "Surplus", "These let packets to the product's ports pass that no planned rule is "
                "about: candidates for removal. Successors use the same ports: ask before you close one.",
                "No rule opens a port of the product that the plan does not.",
            ),
            _rules(
                found, "too wide", "Too wide", "These let a planned rule pass, and more than it.",
                "No rule is wider than what the plan says.",
            ),
            _rules(
                found, "shadowed", "Shadowed", "These never decide on the product's ports: others come before them.",
                "No rule stands behind others that leave it nothing.",
            ),
            _not_understood(found),
            _passing(found),
            _remarks(found),
        ),
    )  # fmt: skip


def verdict_text(found: Audit) -> str:
    """Verdict on the rule base against the plan, in a sentence or two."""
    if found.same:
        return "Exact: on the product's ports the rule base lets pass what the plan says, and nothing else."
    parts = []
    missing = sum(verdict.status != "open" for verdict in found.planned)
    if missing:
        parts.append(f"{count(missing, 'planned rule')} will not work as the rules are")
    for status, words in (("surplus", "surplus"), ("too wide", "too wide"), ("shadowed", "shadowed")):
        some = sum(verdict.status == status for verdict in found.rules)
        if some:
            parts.append(f"{count(some, 'rule')} {'is' if some == 1 else 'are'} {words}")
    if found.doubtful:
        parts.append(f"{count(len(found.doubtful), 'line')} not understood may matter: the verdict is not certain")
    if found.missing_families:
        named = " and ".join(f"IPv{family}" for family in found.missing_families)
        needing = f", which {count(len(found.unheld), 'planned rule')} need" if found.unheld else ""
        parts.append(f"the rules for {named} are not given{needing}")
    return f"Different: {'; '.join(parts)}."


def _facts(plan: Plan, found: Audit) -> Iterator[tuple[str, str]]:
    yield "Plan", f"{plan.head.id}, revision {plan.head.revision}, answers digest {plan.digests.answers}"
    if found.device:
        yield "Device", found.device
    rules = sum(rule.kind != "default" for rule in found.base.rules)
    families = ", ".join(f"IPv{family}" for family in found.base.families if family)
    yield "Rule base", f"{FORMAT_WORDS[found.base.format]}, {count(rules, 'rule')}{f', {families}' if families else ''}"
    opened = sum(verdict.status == "open" for verdict in found.planned)
    yield "Planned", f"{count(len(found.planned), 'rule')}, {opened} open, {len(found.planned) - opened} not or in part"
    exact = sum(verdict.status == "exact" for verdict in found.rules)
    yield "Of the product", f"{count(len(found.rules), 'rule')} on its ports, {exact} exact"
    if found.unheld:
        markers = ", ".join(rule.marker for rule in found.unheld[:SHOWN])
        more = f" and {len(found.unheld) - SHOWN} more" if len(found.unheld) > SHOWN else ""
        yield "Not looked at", f"rules with addresses of another family: {markers}{more}"


def _missing(found: Audit) -> Table:
    return Table(
        name="missing",
        title="Missing",
        intro="Planned rules that the rule base does not let pass, or not wholly: the product will not work.",
        columns=(
            MARKER,
            Column(title="Missing"),
            FROM,
            TO,
            PORT,
            Column(title="Source ports"),
            Column(title="What is missing", place="detail", wraps=True),
            Column(title="Stopped by", place="detail", wraps=True, optional=True),
            Column(title="Open by", place="detail", wraps=True, optional=True),
            Column(title="What it is for", place="detail", wraps=True),
        ),
        rows=tuple(_missing_row(verdict, found) for verdict in found.planned if verdict.status != "open"),
        empty="Everything the plan says passes.",
    )


def _missing_row(verdict: PlannedVerdict, found: Audit) -> Row:
    rule = verdict.rule
    what = "wholly" if verdict.status == "missing" else "answers" if verdict.answers_only else "in part"
    return Row(
        (
            rule.marker,
            what,
            rule.from_,
            rule.to,
            port(rule.protocol, rule.destination_ports),
            rule.source_ports,
            pieces_text(verdict.missing, found),
            references(verdict.stopped_by, found),
            references(verdict.by, found),
            rule.justification,
        ),
        "error",
    )


def _rules(found: Audit, status: RuleStatus, title: str, intro: str, empty: str) -> Table:
    columns = (
        _LINE,
        Column(title="Where", wraps=True),
        Column(title="Covers", wraps=True, optional=True),
        _RULE,
        Column(title="Lets pass beyond the plan", place="detail", wraps=True, optional=True),
        Column(title="Decided before by", place="detail", wraps=True, optional=True),
    )
    return Table(
        name=status.replace(" ", "_"),
        title=title,
        intro=intro,
        columns=columns,
        rows=tuple(_rule_row(verdict, found) for verdict in found.rules if verdict.status == status),
        empty=empty,
    )


def _rule_row(verdict: RuleVerdict, found: Audit) -> Row:
    rule = found.base.rules[verdict.rule]
    beyond = pieces_text(verdict.beyond, found)
    if verdict.every_port and verdict.status in ("too wide", "surplus"):
        beyond = f"every port; of the product's, {beyond}" if beyond else "every port"
    return Row(
        (
            line_number(rule) or "-",
            rule.place,
            markers(verdict.covers),
            rule.text,
            beyond,
            references(verdict.behind, found),
        ),
        "warning",
    )


def _not_understood(found: Audit) -> Table:
    doubtful = set(map(id, found.doubtful))
    return Table(
        name="not_understood",
        title="Not understood",
        intro="These lines were set aside: the verdict is as if they were not there.",
        columns=(
            _LINE,
            Column(title="The product's ports"),
            Column(title="Why", wraps=True),
            Column(title="Text", place="detail", wraps=True),
        ),
        rows=tuple(
            Row((line_number(entry) or "-", "perhaps", entry.why, entry.text), "error")
            if id(entry) in doubtful
            else Row((line_number(entry) or "-", "no", entry.why, entry.text))
            for entry in found.base.not_understood
        ),
        empty="Every line was understood.",
    )


def _passing(found: Audit) -> Table:
    return Table(
        name="open",
        title="Open",
        intro="Planned rules that pass, and the rules that let them.",
        columns=(MARKER, FROM, TO, PORT, Column(title="Source ports"), Column(title="Open by", wraps=True)),
        rows=tuple(
            Row(
                (
                    verdict.rule.marker,
                    verdict.rule.from_,
                    verdict.rule.to,
                    port(verdict.rule.protocol, verdict.rule.destination_ports),
                    verdict.rule.source_ports,
                    references(verdict.by, found),
                ),
                PHASE_TONES[verdict.rule.phase],
            )
            for verdict in found.planned
            if verdict.status == "open"
        ),
        empty="No planned rule passes wholly.",
    )


def _remarks(found: Audit) -> Table:
    return Table(
        name="remarks",
        title="Not looked at",
        intro="What the rule base holds beside its rules between zones.",
        columns=(Column(title="What", place="key", wraps=True),),
        rows=tuple(Row((remark,)) for remark in found.base.remarks),
        empty="Nothing.",
    )


def pieces_text(pieces: Pieces, found: Audit) -> str:
    """Write boxes one after the other, as many as people read."""
    shown = [box_text(box, found.zones) for box in pieces.boxes[:SHOWN]]
    more = len(pieces.boxes) - len(shown)
    if pieces.more or more:
        shown.append(f"and {more if not pieces.more else f'more than {more}'} more")
    return "; ".join(shown)


def references(rules: Sequence[int], found: Audit) -> str:
    """Name rules of the rule base by line."""
    shown = [reference(found.base.rules[rule]) for rule in rules[:SHOWN]]
    return ", ".join([*shown, f"and {len(rules) - SHOWN} more"] if len(rules) > SHOWN else shown)


def reference(rule: BaseRule) -> str:
    """Name one rule: its line, or what it is where it has none."""
    if not rule.line:
        return rule.text
    line = f"{rule.of} line {rule.line}" if rule.of else f"line {rule.line}"
    return f"{line} ({rule.marker})" if rule.marker else line


def line_number(entry: BaseRule | NotUnderstood) -> str:
    """Line of a rule base, and of which of two; empty if there is none."""
    return f"{entry.of} {entry.line}".strip() if entry.line else ""


def markers(rules: Sequence[Rule]) -> str:
    """Name planned rules by their markers."""
    shown = [rule.marker for rule in rules[:SHOWN]]
    return ", ".join([*shown, f"and {len(rules) - SHOWN} more"] if len(rules) > SHOWN else shown)


def audit_json(plan: Plan, found: Audit) -> Output:
    """Write the verdict as one JSON object, ASCII, two spaces deep."""
    return for_json(audit_values(plan, found))


def audit_values(plan: Plan, found: Audit) -> dict[str, Any]:
    """Verdict as values for JSON."""
    doubtful = set(map(id, found.doubtful))
    return {
        "schema": AUDIT_SCHEMA,
        "plan": {"id": plan.head.id, "revision": plan.head.revision, "answers": plan.digests.answers},
        "device": found.device,
        "rule_base": {
            "format": found.base.format,
            "families": [family for family in found.base.families if family],
            "rules": sum(rule.kind != "default" for rule in found.base.rules),
        },
        "same": found.same,
        "verdict": verdict_text(found),
        "planned": [
            {
                "id": verdict.rule.id,
                "marker": verdict.rule.marker,
                "from": verdict.rule.from_,
                "to": verdict.rule.to,
                "protocol": verdict.rule.protocol,
                "source_ports": verdict.rule.source_ports,
                "destination_ports": verdict.rule.destination_ports,
                "status": verdict.status,
                "open_by": [_reference_values(rule, found) for rule in verdict.by],
                "missing": _pieces_values(verdict.missing, found),
                "missing_all_listed": not verdict.missing.more,
                "stopped_by": [_reference_values(rule, found) for rule in verdict.stopped_by],
            }
            for verdict in found.planned
        ],
        "rules": [
            {
                **_reference_values(verdict.rule, found),
                "text": found.base.rules[verdict.rule].text,
                "status": verdict.status,
                "covers": [rule.marker for rule in verdict.covers],
                "beyond": _pieces_values(verdict.beyond, found),
                "beyond_all_listed": not verdict.beyond.more,
                "every_port": verdict.every_port,
                "behind": [_reference_values(rule, found) for rule in verdict.behind],
            }
            for verdict in found.rules
        ],
        "not_understood": [
            {
                "of": entry.of,
                "line": entry.line,
                "text": entry.text,
                "why": entry.why,
                "may_matter": id(entry) in doubtful,
            }
            for entry in found.base.not_understood
        ],
        "missing_families": list(found.missing_families),
        "not_looked_at": [rule.marker for rule in found.unheld],
        "remarks": list(found.base.remarks),
    }


def _pieces_values(pieces: Pieces, found: Audit) -> list[dict[str, Any]]:
    return [values for box in pieces.boxes for values in box_values(box, found.zones)]


def _reference_values(rule: int, found: Audit) -> dict[str, Any]:
    base = found.base.rules[rule]
    return {"of": base.of, "line": base.line, "place": base.place, "marker": base.marker, "kind": base.kind}
