"""The commands that try a rule out, for the hosts of its time and for newer ones. They are written, never run.

A command holds a parsed address or the word TARGET, numbers, and nothing else that came from a plan: no text of a plan
can become syntax of a shell.
"""

from collections.abc import Iterator

import msgspec

from planner.core.trials import Attempt, Trial

PLACEHOLDER = "TARGET"
"""Stands in a command for the address of a listener, where the plan lists none."""

SECONDS = 5
"""How long to wait for a connection before it counts as blocked."""

PREPARATION = (
    "PortQry is Microsoft's free portqry.exe (version 2) and runs on Windows 2000 and later. Windows 2000 and 2003 "
    "come without PowerShell: the jsc line needs the .NET Framework 2.0 alone, the powershell line PowerShell 1.0 "
    "(Windows XP SP2, 2003 SP1 or later). nc is the OpenBSD netcat of today's systems.",
    "The rules permit documented source ports, so each command opens from one of them. A test that lets the system "
    "choose proves nothing on newer hosts: they open from 49152-65535. A port in use is refused: take its neighbour.",
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
    """Give every way to make an attempt."""
    target, port, source = trial.target or PLACEHOLDER, attempt.port, attempt.source_port
    six = ":" in target
    from_port = f" -sp {source}" if source else ""
    if trial.silent:
        silence = "LISTENING or FILTERED; silence proves nothing"
        yield Command("Windows 2000 to 2003", f"portqry -n {target} -e {port} -p UDP{from_port}", silence, silence)
        family, given = "-6" if six else "-4", f" -p {source}" if source else ""
        nothing = "silence proves nothing"
        yield Command("newer hosts", f"nc -u {family} -z -v -w {SECONDS}{given} {target} {port}", nothing, nothing)
        return
    yield Command("Windows 2000 to 2003", f"portqry -n {target} -e {port} -p TCP{from_port}", "LISTENING", "FILTERED")
    any_ = "IPv6Any" if six else "Any"
    bound = f"new System.Net.IPEndPoint(System.Net.IPAddress.{any_},{source or 0})"
    script = f"var c=new System.Net.Sockets.TcpClient({bound});c.Connect('{target}',{port});print('connected');"
    yield Command(
        "Windows 2000 to 2003 with .NET 2.0",
        f"echo {script}>savtry.js& %WINDIR%\\Microsoft.NET\\Framework\\v2.0.50727\\jsc /nologo savtry.js& savtry",
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
    family, given = "-6" if six else "-4", f" -p {source}" if source else ""
    yield Command("newer hosts", f"nc {family} -z -v -w {SECONDS}{given} {target} {port}", "succeeded", "timed out")


_WHAT = {
    "positive": "the rule itself",
    "other port": "a neighbouring port, not in any rule",
    "other zone": "from a zone that no rule permits",
    "other source": "from a source port outside the range; blocked where the filter looks at source ports",
}


def what(attempt: Attempt) -> str:
    """Say what an attempt proves."""
    return _WHAT[attempt.kind]


def expected(trial: Trial, attempt: Attempt) -> tuple[str, str]:
    """Say what to expect before and after the change."""
    if trial.silent:
        counter = f"the counter of {trial.rule.marker}"
        after = f"{counter} rises" if attempt.after == "opens" else f"{counter} stays; silence proves nothing"
        return "no such rule, no counter; silence proves nothing", after
    return "FILTERED", "LISTENING" if attempt.after == "opens" else "FILTERED"


def in_short(trial: Trial) -> str:
    """Give the first command for the rule itself, for a table that has room for one."""
    first = next(commands(trial, trial.attempts[0]))
    before, after = expected(trial, trial.attempts[0])
    return f"{first.line} (before: {before}; after: {after})"
