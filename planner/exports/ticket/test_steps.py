"""Test steps of a ticket: one row a rule, and every command in full once. Commands are written, never run.

A command holds a parsed address or the word TARGET, numbers, and nothing else that came from a plan: no text of a plan
can become syntax of a shell.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from planner.catalogue.model import Catalogue
from planner.derivation.model import Rule
from planner.enforcement.test_steps import Attempt, Trial
from planner.exports.report.tables import PHASE_TONES, Column, Row, Table, port

_Probe = tuple[str, str, int, int | None]
"""Target, protocol, port and source port of a command."""


def test_id(marker: str) -> str:
    """Returns the name of a rule's test step."""
    return f"TEST-{marker}"


def preparation() -> Table:
    """Returns the tools and cautions of the tests."""
    return Table(
        name="test_preparation",
        title="Before the tests",
        intro="The commands are written for whoever carries the change out; this program runs none of them. "
        f"{PLACEHOLDER} stands for the address of a listening host where the plan lists none.",
        columns=(Column(title="Notes", wraps=True),),
        rows=tuple(Row((text,)) for text in PREPARATION),
        empty="",
    )


def steps(rules: Iterable[Rule], tried: Mapping[str, Trial], catalogue: Catalogue) -> Table:
    """Returns the test step of each rule; a return half shares that of the rule whose answers it lets back."""
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
    """Returns each command once: on every kind of host where it should open something, on two where nothing may."""
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


def _cells(at: str, source: str, way: "Command") -> tuple[str, ...]:
    return at, source, way.hosts, way.line, way.opens, way.blocked


PLACEHOLDER = "TARGET"
"""Stands in a command for the address of a listener, where the plan lists none."""

SECONDS = 5
"""Seconds to wait for a connection before it counts as blocked."""

PREPARATION = (
    "PortQry is Microsoft's free portqry.exe (version 2, IPv4 alone); it runs on Windows 2000 and later. Windows 2000 "
    "has no PowerShell: there the jsc line needs the .NET Framework 2.0 and nothing else. PowerShell 1.0 runs from "
    "Windows XP SP2 and Server 2003 SP1 on. nc is the OpenBSD netcat of today's systems.",
    "The rules permit documented source ports, so each command opens from one of them. A test that lets the system "
    "choose, as Test-NetConnection does, proves nothing on newer hosts unless the rule permits 49152-65535. A port in "
    "use is refused: take its neighbour.",
    "FILTERED or a time-out: a filter drops it. NOT LISTENING or refused: the way is open and nobody listens. Over UDP "
    "silence proves nothing: read the counter of the rule with the marker, or capture on the listener.",
)


class Command(msgspec.Struct, frozen=True):
    """Command line for an attempt: kind of hosts, line, and its output if the way is open or blocked."""

    hosts: str
    line: str
    opens: str
    blocked: str


def commands(trial: Trial, attempt: Attempt) -> Iterator[Command]:
    """Returns every command for an attempt, that for the oldest hosts first and that for the newest last."""
    target, port, source = trial.target or PLACEHOLDER, attempt.port, attempt.source_port
    six = ":" in target
    family, given = "-6" if six else "-4", f" -p {source}" if source else ""
    netcat = f"nc {'-u ' if trial.silent else ''}{family} -z -v -w {SECONDS}{given} {target} {port}"
    if not six:
        yield _portqry(trial, attempt)
    if trial.silent:
        yield Command("newer hosts", netcat, _SILENCE, _SILENCE)
        return
    any_ = "IPv6Any" if six else "Any"
    bound = f"new System.Net.IPEndPoint(System.Net.IPAddress.{any_},{source or 0})"
    script = f"var c=new System.Net.Sockets.TcpClient({bound});c.Connect('{target}',{port});print('connected');"
    yield Command(
        "Windows 2000 to 2003 with .NET 2.0",
        f"echo import System;{script}>savtry.js& {_JSC} /nologo savtry.js& savtry",
        "connected",
        "SocketException, timed out",
    )
    yield Command(
        "Windows with PowerShell 1.0 or later",
        f"$c=New-Object Net.Sockets.TcpClient((New-Object Net.IPEndPoint([Net.IPAddress]::{any_},{source or 0})));"
        f"$c.Connect('{target}',{port});$c.Connected;$c.Close()",
        "True",
        "an error after about 20 seconds",
    )
    if source is None:
        yield Command(
            "Windows 8, Server 2012 and later",
            f"Test-NetConnection -ComputerName {target} -Port {port}",
            "TcpTestSucceeded : True",
            "TcpTestSucceeded : False",
        )
    yield Command("newer hosts", netcat, "succeeded", "timed out")


_JSC = r"%WINDIR%\Microsoft.NET\Framework\v2.0.50727\jsc"
_SILENCE = "silence proves nothing"


def _portqry(trial: Trial, attempt: Attempt) -> Command:
    from_port = f" -sp {attempt.source_port}" if attempt.source_port else ""
    target, protocol = trial.target or PLACEHOLDER, trial.rule.protocol.upper()
    line = f"portqry -n {target} -e {attempt.port} -p {protocol}{from_port}"
    silence = f"LISTENING or FILTERED; {_SILENCE}"
    said = (silence, silence) if trial.silent else ("LISTENING", "FILTERED")
    return Command("Windows 2000 to 2003", line, *said)


def command_for_old_hosts(trial: Trial, attempt: Attempt) -> Command:
    """Returns the command for the oldest hosts, on which the product runs."""
    return next(commands(trial, attempt))


def expected(trial: Trial, attempt: Attempt) -> tuple[str, str]:
    """Returns the expected results before and after the change."""
    if trial.silent:
        counter = f"counter of {trial.rule.marker}"
        after = f"{counter} rises" if attempt.after == "opens" else f"{counter} stays; {_SILENCE}"
        return f"no counter yet; {_SILENCE}", after
    way = command_for_old_hosts(trial, attempt)
    return way.blocked, way.opens if attempt.after == "opens" else way.blocked


def short_test(trial: Trial) -> str:
    """Returns the first command of a rule with its expected results, in one line."""
    before, after = expected(trial, trial.attempts[0])
    return f"{command_for_old_hosts(trial, trial.attempts[0]).line} (before: {before}; after: {after})"
