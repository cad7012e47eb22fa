"""Rules in a ticket: what each pair of zones opens, the rule sheet, the reasons, and the steps that take rules out."""

from collections.abc import Iterable, Sequence

from planner.catalogue.model import Catalogue
from planner.derivation.model import Rule
from planner.exports.report.tables import (
    BECAUSE,
    FROM,
    MARKER,
    NO_ROLE,
    PHASE,
    PHASE_TONES,
    PORT,
    TO,
    Column,
    Row,
    Table,
    port,
)
from planner.plan.addresses import RuleAddresses
from planner.plan.plan import Plan


def undo_id(marker: str) -> str:
    """Returns the name of the step that takes a rule out again."""
    return f"UNDO-{marker}"


def expiry(plan: Plan, rule: Rule) -> str:
    """Returns the day after which a rule should be gone: its own or the change's, the earlier one; or nothing."""
    dates = [date for date in (rule.until, plan.change.expires) if date is not None]
    return str(min(dates)) if dates else ""


def by_pair(rules: Iterable[Rule]) -> list[Rule]:
    """Sorts rules by pair of zones, each pair where it is first met."""
    return [rule for some in _pairs(rules).values() for rule in some]


def _pairs(rules: Iterable[Rule]) -> dict[tuple[str, str], list[Rule]]:
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        pairs.setdefault((rule.from_, rule.to), []).append(rule)
    return pairs


def _to(rule: Rule) -> str:
    return "same zone" if rule.from_ == rule.to else rule.to


def _closing(plan: Plan, rule: Rule) -> str:
    return expiry(plan, rule) or ("no date: set one" if rule.phase == "rollout" else "")


def overview(plan: Plan, rules: Sequence[Rule]) -> Table:
    """Returns one line a pair of zones: what it opens, permanently and for the rollout, and why."""
    rows = []
    until = ""
    for some in _pairs(rule for rule in rules if not rule.is_return).values():
        ports = {
            phase: dict.fromkeys(port(rule.protocol, rule.destination_ports) for rule in some if rule.phase == phase)
            for phase in ("run", "rollout")
        }
        why = dict.fromkeys(rule.justification for rule in some)
        until = until or next((_closing(plan, rule) for rule in some if rule.phase == "rollout"), "")
        cells = (some[0].from_, _to(some[0]), ", ".join(ports["run"]), ", ".join(ports["rollout"]), "; ".join(why))
        rows.append(Row(cells))
    permanently = f"Permanently, until {plan.change.expires}" if plan.change.expires else "Permanently"
    return Table(
        name="overview",
        title="What it opens",
        intro="One line a pair of zones: ports of the second zone that the first one may open.",
        columns=(
            FROM,
            TO,
            Column(title=permanently, wraps=True),
            Column(title=f"For the rollout, until {until}" if until else "For the rollout", wraps=True, optional=True),
            Column(title="Why", wraps=True),
        ),
        rows=tuple(rows),
        empty=NO_ROLE,
    )


def rule_sheet(plan: Plan, rules: Sequence[Rule], addresses: RuleAddresses) -> Table:
    """Returns one line a rule, with the addresses and ports to type into a firewall; permanent rules first."""
    ordered = sorted(rules, key=lambda rule: (rule.phase == "rollout", rule.from_ == rule.to))
    rows = []
    for rule in ordered:
        from_, to = addresses.listed(rule)
        state = "" if rule.state == "new" else rule.state
        cells = (rule.marker, rule.phase, rule.from_, ", ".join(from_), _to(rule), ", ".join(to))
        ports = (port(rule.protocol, rule.destination_ports), rule.source_ports, state, _closing(plan, rule))
        rows.append(Row((*cells, *ports), PHASE_TONES[rule.phase]))
    return Table(
        name="rules",
        title="Rule sheet",
        intro="One line a rule, to type in. Put the marker into the rule's remark; its test is TEST- and its removal "
        "step UNDO- plus the marker. A rule to the same zone belongs on the hosts' own firewalls: no boundary sees it. "
        "State is new unless named.",
        columns=(
            MARKER,
            PHASE,
            FROM,
            Column(title="From addresses", wraps=True, optional=True),
            TO,
            Column(title="To addresses", wraps=True, optional=True),
            PORT,
            Column(title="Source ports"),
            Column(title="State", optional=True),
            Column(title="Close after", optional=True),
        ),
        rows=tuple(rows),
        empty=NO_ROLE,
    )


def reasons(rules: Sequence[Rule]) -> Table:
    """Returns the justification of rules, those with the same reason and citations in one row."""
    groups: dict[tuple[str, ...], list[Rule]] = {}
    for rule in rules:
        key = (rule.justification, "; ".join(rule.because), ", ".join(rule.cites))
        groups.setdefault(key, []).append(rule)
    return Table(
        name="reasons",
        title="Reasons",
        intro="Why each rule is there, the answers behind it, and where the vendor document says so.",
        columns=(
            Column(title="Justification", place="key", wraps=True),
            BECAUSE,
            Column(title="Citation", wraps=True),
            Column(title="Rules", wraps=True),
        ),
        rows=tuple(Row((*key, ", ".join(rule.marker for rule in some))) for key, some in groups.items()),
        empty="None.",
    )


def rollback(plan: Plan, rules: Sequence[Rule], catalogue: Catalogue) -> Table:
    """Returns the steps that take rules out, those of the rollout first, else the last first.

    Rules with the same ends, port and date share a row.
    """
    groups: dict[tuple[str, ...], list[Rule]] = {}
    backwards = rules[::-1]
    for rule in sorted(backwards, key=lambda rule: rule.phase != "rollout"):
        ends = (rule.phase, rule.from_, _to(rule), port(rule.protocol, rule.destination_ports), _closing(plan, rule))
        groups.setdefault(ends, []).append(rule)
    notes = " ".join(note.text for note in catalogue.notes.values() if note.on_removal)
    return Table(
        name="rollback",
        title="Rollback",
        intro="Take rules out in this order, each by the marker in its remark, then run its test: all is blocked "
        "again. At the end of the rollout, take out its rules alone. A rule that an earlier plan had stays: "
        f"'sav-planner diff OLD plan.toml --rollback' lists the steps. {notes}".rstrip(),
        columns=(
            Column(title="Step", place="key"),
            PHASE,
            FROM,
            TO,
            PORT,
            Column(title="At the latest", optional=True),
        ),
        rows=tuple(
            Row((", ".join(undo_id(rule.marker) for rule in some), *ends), PHASE_TONES[some[0].phase])
            for ends, some in groups.items()
        ),
        empty="There is nothing to take out.",
    )
