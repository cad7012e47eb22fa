"""The verdict on a rule base as one list of findings, the troubles first, each with its explanation."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import msgspec

from planner.audit.audit import Audit, PlannedVerdict, RuleVerdict
from planner.audit.readers.rule_base import NotUnderstood
from planner.catalogue.model import Catalogue
from planner.exports.report.audit import line_number, markers, pieces_text, reference, references
from planner.exports.report.tables import port
from planner.plan.explanation import Explanation, Line

Kind = Literal["missing", "surplus", "too wide", "shadowed", "not understood", "exact", "not looked at"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which they are listed."""

_WRITTEN_OUT = 2
"""As many rules are named with their texts."""

_MEANINGS: dict[Kind, str] = {
    "missing": "A planned rule does not pass, or not wholly: the product will not work.",
    "surplus": "It lets packets to the product's ports pass that no planned rule is about: a candidate for removal. "
    "Successors use the same ports: ask before you close it.",
    "too wide": "It lets a planned rule pass, and more than it.",
    "shadowed": "It never decides on the product's ports: others come before it.",
    "not understood": "It was set aside: the verdict is as if it were not there.",
    "exact": "It lets pass what the plan says, and nothing else.",
    "not looked at": "It is not about packets between the zones of the plan.",
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. ``line`` and ``marker`` may be empty; ``serious``: it keeps the verdict from being exact.

    ``texts``: what a filter finds in it.
    """

    kind: Kind
    line: str
    marker: str
    text: str
    serious: bool
    explanation: Explanation
    texts: Sequence[tuple[str, str]]


def findings(found: Audit, catalogue: Catalogue) -> tuple[Finding, ...]:
    """List everything an audit found, ordered by kind and within one as plan and rule base have it."""
    listed = [*_planned(found, catalogue), *_rules(found), *_aside(found), *_beside(found)]
    return tuple(sorted(listed, key=lambda finding: KINDS.index(finding.kind)))


def _planned(found: Audit, catalogue: Catalogue) -> Iterator[Finding]:
    for verdict in found.planned:
        if verdict.status != "open":
            yield _missing(verdict, found, catalogue)


def _missing(verdict: PlannedVerdict, found: Audit, catalogue: Catalogue) -> Finding:
    rule = verdict.rule
    how = "wholly" if verdict.status == "missing" else "answers only" if verdict.answers_only else "in part"
    service = port(rule.protocol, rule.destination_ports)
    text = f"{service} from {rule.from_} to {rule.to}, {how}"
    lines = [
        Line("missing", f"{how}: {pieces_text(verdict.missing, found)}"),
        *_named("stopped by", verdict.stopped_by, found),
        Line("open by", references(verdict.by, found)),
        Line("rule", f"{service} from {rule.from_} to {rule.to}, source ports {rule.source_ports}"),
        Line("is for", rule.justification),
        *(Line("blocked", catalogue.flows[flow].breaks) for flow in rule.flows),
        Line("means", _MEANINGS["missing"]),
    ]
    ends = (("from", rule.from_), ("to", rule.to), ("zone", rule.from_), ("zone", rule.to), ("port", service))
    return _finding("missing", f"Missing: {rule.marker}", text, lines, marker=rule.marker, more=ends)


def _rules(found: Audit) -> Iterator[Finding]:
    for verdict in found.rules:
        yield _rule(verdict, found)


def _rule(verdict: RuleVerdict, found: Audit) -> Finding:
    rule = found.base.rules[verdict.rule]
    beyond = pieces_text(verdict.beyond, found)
    if verdict.every_port and verdict.status in ("too wide", "surplus"):
        beyond = f"every port; of the product's, {beyond}" if beyond else "every port"
    where = f"{rule.place}, line {line_number(rule)}" if rule.line else rule.place
    lines = [
        Line("beyond", beyond),
        *_named("behind", verdict.behind, found),
        Line("covers", markers(verdict.covers)),
        Line("rule", rule.text),
        Line("where", where),
        Line("means", _MEANINGS[verdict.status]),
    ]
    title = f"{verdict.status.capitalize()}: {f'line {line_number(rule)}' if rule.line else rule.text}"
    line = line_number(rule)
    return _finding(
        verdict.status, title, rule.text, lines, line=line, marker=rule.marker, more=(("", markers(verdict.covers)),)
    )


def _named(label: str, rules: Sequence[int], found: Audit) -> Iterator[Line]:
    """Name rules of the rule base, the first of them with their texts."""
    for rule in rules[:_WRITTEN_OUT]:
        named = found.base.rules[rule]
        yield Line(label, f"{reference(named)}: {named.text}" if named.line else named.text)
    if len(rules) > _WRITTEN_OUT:
        yield Line(label, f"also {references(rules[_WRITTEN_OUT:], found)}")


def _aside(found: Audit) -> Iterator[Finding]:
    doubtful = set(map(id, found.doubtful))
    for entry in found.base.not_understood:
        yield _set_aside(entry, matters=id(entry) in doubtful)


def _set_aside(entry: NotUnderstood, *, matters: bool) -> Finding:
    lines = [
        Line("why", entry.why),
        Line("text", entry.text),
        Line(
            "matters", "perhaps: it may be about the product's ports" if matters else "no: not on the product's ports"
        ),
        Line("means", _MEANINGS["not understood"]),
    ]
    title = f"Not understood: {f'line {line_number(entry)}' if entry.line else entry.text}"
    line = line_number(entry)
    return _finding("not understood", title, entry.text, lines, line=line, serious=matters, more=(("", entry.why),))


def _beside(found: Audit) -> Iterator[Finding]:
    for rule in found.unheld:
        text = f"{rule.from_} to {rule.to}: its addresses are of a family that the rule base does not hold"
        advice = Line("accepted", "a rule base for IPv4 and one for IPv6, where the plan has both")
        yield _finding("not looked at", f"Not looked at: {rule.marker}", text, [advice], marker=rule.marker)
    if found.missing_families and not found.unheld:
        named = " and ".join(f"IPv{family}" for family in found.missing_families)
        text = f"the rules for {named} are not given, and zones on two sides of the device have such addresses"
        advice = Line("accepted", "a rule base for IPv4 and one for IPv6, where the plan has both")
        yield _finding("not looked at", f"Not looked at: {named}", text, [advice])
    for remark in found.base.remarks:
        means = Line("means", _MEANINGS["not looked at"])
        yield _finding("not looked at", "Not looked at", remark, [Line("what", remark), means], serious=False)


def _finding(
    kind: Kind,
    title: str,
    text: str,
    lines: list[Line],
    *,
    line: str = "",
    marker: str = "",
    serious: bool | None = None,
    more: Sequence[tuple[str, str]] = (),
) -> Finding:
    texts = (*((facet, words.casefold()) for facet, words in more), ("", f"{kind} {line} {marker} {text}".casefold()))
    return Finding(
        kind=kind,
        line=line,
        marker=marker,
        text=text,
        serious=kind != "exact" if serious is None else serious,
        explanation=Explanation(title, tuple(each for each in lines if each.text)),
        texts=texts,
    )
