"""The rules in a ticket: what each pair of zones opens, each rule with its reason, and the steps that take it out."""

from collections.abc import Iterable, Sequence

from planner.derivation.model import Rule
from planner.exports.report.tables import (
    BECAUSE,
    FROM,
    MARKER,
    NO_ROLE,
    PHASE_TONES,
    PORT,
    TO,
    Column,
    Row,
    Table,
    port,
)
from planner.plan.plan import Plan

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


def _to(rule: Rule) -> str:
    return "same zone" if rule.from_ == rule.to else rule.to


def overview(rules: Sequence[Rule]) -> Table:
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


def rule_table(plan: Plan, name: str, title: str, intro: str, rules: Sequence[Rule]) -> Table:
    """List rules by pair of zones, each with its reason and the place in the document."""
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


def undo_table(plan: Plan, name: str, title: str, intro: str, rules: Sequence[Rule]) -> Table:
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
