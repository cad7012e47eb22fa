"""The tables of test steps: one row a rule, and every command in full once, however many rules it tries."""

from collections.abc import Iterable, Mapping

from planner.catalogue.model import Catalogue
from planner.derivation.model import Rule
from planner.enforcement.test_steps import Attempt, Trial
from planner.exports.report.tables import PHASE_TONES, Column, Row, Table, port
from planner.exports.ticket.test_text import (
    PLACEHOLDER,
    PREPARATION,
    Command,
    command_for_old_hosts,
    commands,
    expected,
)

_Probe = tuple[str, str, int, int | None]
"""What a command is made of: target, protocol, port and source port."""


def test_id(marker: str) -> str:
    """Name the test step of a rule."""
    return f"TEST-{marker}"


def preparation() -> Table:
    """Say what to have ready and to mind before the tests."""
    return Table(
        name="test_preparation",
        title="Before the tests",
        intro="The commands are written for whoever carries the change out; this program runs none of them. "
        f"{PLACEHOLDER} stands for the address of a listening host where the plan lists none.",
        columns=(Column(title="Mind", wraps=True),),
        rows=tuple(Row((text,)) for text in PREPARATION),
        empty="",
    )


def steps(rules: Iterable[Rule], tried: Mapping[str, Trial], catalogue: Catalogue) -> Table:
    """Write the test step of each rule; a return half shares that of the rule whose answers it lets back."""
    returns: dict[str, list[str]] = {}
    for rule in rules:
        halves = returns.setdefault(tried[rule.id].rule.id, [])
        if rule.is_return:
            halves.append(test_id(rule.marker))
    return Table(
        name="tests",
        title="Test steps",
        intro="For each rule: in which zone to run what, what it says before the change and after it, and what must "
        "be blocked before and after. A negative step is the same command with one thing changed. Each command stands "
        "in the annex in full, for every kind of host.",
        columns=(
            Column(title="Test", place="key"),
            Column(title="Run in zone", wraps=True),
            Column(title="Against", wraps=True),
            Column(title="Command", wraps=True, code=True),
            Column(title="Before", wraps=True),
            Column(title="After", wraps=True),
            Column(title="Must stay blocked", wraps=True),
        ),
        rows=tuple(_step(tried[id_], halves, catalogue) for id_, halves in returns.items()),
        empty="There is no rule to try out.",
    )


def _step(trial: Trial, halves: Iterable[str], catalogue: Catalogue) -> Row:
    first, *others = trial.attempts
    listeners = ", ".join(catalogue.roles[role].title for role in trial.listeners)
    cells = (
        ", ".join([test_id(trial.rule.marker), *(f"{half} (return half)" for half in halves)]),
        first.zone,
        f"{trial.rule.to}: {listeners}",
        command_for_old_hosts(trial, first).line,
        *expected(trial, first),
        "; ".join([*(_negative(trial, attempt) for attempt in others), *trial.unproven]),
    )
    return Row(cells, PHASE_TONES[trial.rule.phase])


def _negative(trial: Trial, attempt: Attempt) -> str:
    if attempt.kind == "other port":
        return port(trial.rule.protocol, str(attempt.port))
    if attempt.kind == "other zone":
        return f"run in {attempt.zone}"
    return f"from source port {attempt.source_port}, where the filter looks at it"


def every_command(rules: Iterable[Rule], tried: Mapping[str, Trial]) -> Table:
    """Write each command once: on every kind of host where it should open something, on two where nothing may."""
    positive: dict[_Probe, tuple[Trial, Attempt]] = {}
    negative: dict[_Probe, tuple[Trial, Attempt]] = {}
    for trial in {tried[rule.id].rule.id: tried[rule.id] for rule in rules}.values():
        for attempt in trial.attempts:
            probe: _Probe = (trial.target, trial.rule.protocol, attempt.port, attempt.source_port)
            (positive if attempt.kind == "positive" else negative).setdefault(probe, (trial, attempt))
    rows = []
    for probe, made in (*positive.items(), *negative.items()):
        ways = list(commands(*made))
        if made[1].kind == "positive":
            rows += [(*_named(probe), way) for way in ways]
        elif probe not in positive:
            rows += [(*_named(probe), way) for way in (ways[0], ways[-1])]
    rows.sort(key=lambda row: row[:1])
    return Table(
        name="commands",
        title="Annex: the commands in full",
        intro="What the test steps run, each command once, and what it says where the way is open or blocked.",
        columns=(
            Column(title="Target", place="key", wraps=True),
            Column(title="Port"),
            Column(title="From"),
            Column(title="On", wraps=True),
            Column(title="Command", wraps=True, code=True),
            Column(title="Open", wraps=True),
            Column(title="Blocked", wraps=True),
        ),
        rows=tuple(Row((target, *_cells(at, source, way))) for target, at, source, way in rows),
        empty="There is no rule to try out.",
    )


def _named(probe: _Probe) -> tuple[str, str, str]:
    target, protocol, number, source = probe
    return target or PLACEHOLDER, port(protocol, str(number)), "any" if source is None else str(source)


def _cells(at: str, source: str, way: Command) -> tuple[str, ...]:
    return at, source, way.hosts, way.line, way.opens, way.blocked
