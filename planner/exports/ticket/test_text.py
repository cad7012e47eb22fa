"""The commands that try a rule out, for the hosts of its time and for newer ones. They are written, never run.

A command holds a parsed address or the word TARGET, numbers, and nothing else that came from a plan: no text of a plan
can become syntax of a shell.
"""

from collections.abc import Iterator

import msgspec

from planner.enforcement.test_steps import Attempt, Trial

PLACEHOLDER = "TARGET"
"""Stands in a command for the address of a listener, where the plan lists none."""

SECONDS = 5
"""How long to wait for a connection before it counts as blocked."""

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
    """One way to make an attempt: on which hosts, the command line, and what it says if the way is open or blocked."""

    hosts: str
    line: str
    opens: str
    blocked: str


def commands(trial: Trial, attempt: Attempt) -> Iterator[Command]:
    """Give every way to make an attempt, that for the oldest hosts first and that for the newest last."""
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
    """Give the one way that a table with room for one shows: the oldest hosts', as the product runs on them."""
    return next(commands(trial, attempt))


def expected(trial: Trial, attempt: Attempt) -> tuple[str, str]:
    """Say what to expect before and after the change."""
    if trial.silent:
        counter = f"counter of {trial.rule.marker}"
        after = f"{counter} rises" if attempt.after == "opens" else f"{counter} stays; {_SILENCE}"
        return f"no counter yet; {_SILENCE}", after
    way = command_for_old_hosts(trial, attempt)
    return way.blocked, way.opens if attempt.after == "opens" else way.blocked


def in_short(trial: Trial) -> str:
    """Give the first command for the rule itself, for a table that has room for one."""
    before, after = expected(trial, trial.attempts[0])
    return f"{command_for_old_hosts(trial, trial.attempts[0]).line} (before: {before}; after: {after})"
