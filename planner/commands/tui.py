"""The planner on the screen: what it accepts, and what it needs of the terminal before Textual is loaded."""

import os
import signal
import sys
from contextlib import suppress
from os import _exit as end_process
from types import SimpleNamespace
from typing import TYPE_CHECKING

from planner.commands import COMMANDS
from planner.commands.output import INTERRUPTED, CommandError, bounds, progress, read

if TYPE_CHECKING:
    from planner.commands.arguments import CommandLine
    from planner.commands.output import Options
    from planner.storage.toml_reader import PlanText

_ABOUT = """\
Plan the firewall ports of Symantec AntiVirus 10.x and Symantec Client
Security 3.x, zone by zone.

  sav-planner               the planner on the screen, with a new plan
  sav-planner PLAN          the planner on the screen, with that plan
  sav-planner --plain       the same questions line by line, for screen
                            readers and terminals that show no screen
  sav-planner new           a plan from answers given as flags
  sav-planner show PLAN     the plan as text, JSON, CSV, Markdown or HTML
  sav-planner list [DIR]    the plans of a folder with their status
  sav-planner check PLAN    is the file what its answers derive to?
  sav-planner diff OLD NEW  rules to add and to remove, and the way back
  sav-planner pack PLAN -o DIR
                            the ticket pack: plan, ticket, rules, tests, digests
  sav-planner export PLAN --to FORMAT
                            the plan as firewall configuration or document
  sav-planner audit PLAN --rules FILE
                            the rules of a firewall held against the plan
  sav-planner flow PLAN FROM TO tcp/2967
                            is that open, by which rule, or why not?
  sav-planner explain 2967  what the vendor document says of a port, flow,
                            decision or word
  sav-planner diagnose PLAN SYMPTOM
                            the ports behind a symptom, in the order to test
  sav-planner completion bash
                            completion for bash, zsh or fish

'sav-planner COMMAND --help' explains a command. PLAN may be - for standard
input."""

_EXIT_CODES = """\
exit codes:
  0  nothing to report
  1  differences or errors in a plan
  2  cannot do it; one line on standard error says why and what is accepted"""

_UNFIT = ("", "dumb", "unknown")
"""TERM values of terminals that only take lines."""


def plain_options(given: list[str]) -> SimpleNamespace:
    """Returns the options where nothing or a plan alone is named: argparse takes longer to load than a plan to open."""
    plan = given[0] if given else None
    return SimpleNamespace(help=False, version=False, plan=plan, plain=False, ascii=False, mouse=True, max_size=None)


def line() -> "CommandLine":
    """Returns what is accepted where no command is named."""
    from argparse import SUPPRESS

    from planner.commands.arguments import CommandLine, add_max_size

    accepted = CommandLine("sav-planner", _ABOUT, _EXIT_CODES, usage=SUPPRESS)
    accepted.add_argument("--version", action="store_true", help="show the version")
    accepted.add_argument("plan", nargs="?", metavar="PLAN", help="a plan file, or - for standard input")
    accepted.add_argument("--plain", action="store_true", help="questions and answers as lines, without a full screen")
    accepted.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")
    accepted.add_argument("--no-mouse", action="store_false", dest="mouse", help="leave the mouse to the terminal")
    add_max_size(accepted)
    return accepted


def run(options: "Options") -> int:
    """Open the planner; refuse where there is no terminal to draw on."""
    found = None
    if options.plan == "-":
        found = _read(options)
        _take_keys_from_the_terminal()
    elif options.plan is not None and not _has_terminal():
        read(options.plan, options)  # what is wrong with the plan is the more useful word
    if options.plain:
        from planner.plain.dialogue import run as run_plain

        if options.plan not in (None, "-"):
            found = _read(options)
        return run_plain(found, "" if options.plan in (None, "-") else options.plan, bounds(options))
    if not _has_terminal():
        raise CommandError(
            "sav-planner: the planner on the screen needs a terminal; without one use: --plain, "
            f"{', '.join(COMMANDS)} ('sav-planner --help' says how)"
        )
    for name in [name for name in os.environ if name.startswith("TEXTUAL_") or name in ("COLUMNS", "LINES")]:
        # Textual reads these as it is imported; some write the keys typed into files, press keys, or import modules.
        # A size stated once is wrong as soon as the window changes; the terminal is asked instead.
        del os.environ[name]
    # Frames wait for a key, never the other way round: at Textual's own pace a key takes up to 33 ms to be seen.
    os.environ["TEXTUAL_FPS"] = "1000"
    from planner.tui.terminal.supervisor import supervised

    return supervised(lambda parent: _planner(found, options, parent))


def _planner(found: "PlanText | None", options: "Options", parent: int) -> int:
    # Until the screen takes it, Ctrl+C comes twice: to this process, and from the one that watches it.
    signal.signal(signal.SIGINT, _give_up)
    if found is None and options.plan is not None:
        found = _read(options)
    from planner.tui.app import run

    return run(found, options.plan, bounds(options), ascii_asked=options.ascii, mouse=options.mouse, parent=parent)


def _give_up(number: int, frame: object) -> None:
    progress.end()
    end_process(INTERRUPTED)


def _read(options: "Options") -> "PlanText":
    """Read the plan, and say so if that takes its time."""
    progress.begin()
    found = read(options.plan, options)
    progress.end()
    return found


def _has_terminal() -> bool:
    """Returns True if keys come from a live terminal and frames go to one; Textual draws on standard error."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    fit = os.environ.get("TERM", "") not in _UNFIT and all(stream and stream.isatty() for stream in streams)
    with suppress(OSError):
        return fit and all(os.get_terminal_size(descriptor) is not None for descriptor in range(3))
    return False


def _take_keys_from_the_terminal() -> None:
    """Turn standard input, from which the plan came, back to the keyboard; without a terminal it stays as it is."""
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
        os.dup2(terminal, 0)
        os.close(terminal)
