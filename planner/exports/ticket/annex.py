"""The annex of a ticket: what stands behind its body, for whoever tests, doubts or looks up."""

from collections.abc import Iterable, Mapping

from planner.catalogue.model import Catalogue
from planner.derivation.model import Rule
from planner.enforcement.test_steps import Trial
from planner.exports.report import plan as views
from planner.exports.report.rules import exposed_rules
from planner.exports.report.tables import CITES, Column, Report, Row, Table
from planner.exports.ticket import test_tables as trial_tables
from planner.exports.ticket.rules import by_pair
from planner.plan.plan import Plan


def annex(plan: Plan, catalogue: Catalogue, tried: Mapping[str, Trial]) -> Report:
    """Lay out the annex of a plan's ticket; ``tried``: how each rule is tried out."""
    everything = by_pair((*plan.derived.rules, *plan.derived.host_rules))
    return Report(
        title=f"Annex: {plan.head.title or 'Untitled plan'}",
        facts=(("Plan", f"{plan.head.id}, revision {plan.head.revision}"),),
        notice="What stands behind the ticket beside it.",
        tables=(
            trial_tables.every_command(everything, tried),
            _readings(plan),
            views.answers(plan),
            exposed_rules(plan),
            _citations(everything, catalogue),
        ),
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
                    views.reading_words(decision),
                    decision.why,
                    "; ".join(decision.because),
                    ", ".join(decision.cites),
                )
            )
            for decision in plan.derived.decisions
        ),
        empty="These answers touch no place where the document disagrees with itself or is silent.",
    )


def _citations(rules: Iterable[Rule], catalogue: Catalogue) -> Table:
    used = dict.fromkeys(cite for rule in rules for cite in rule.cites)
    return Table(
        name="citations",
        title="Annex: citations",
        intro=f"Where document {catalogue.document.id} says it. Citation ids of the rules lead here.",
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
