"""The command line: finds the command and runs it. Textual is loaded where the screen opens and nowhere else."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from planner.commands import COMMANDS
from planner.commands.output import (
    CANNOT,
    INTERRUPTED,
    OK,
    CommandError,
    complain,
    progress,
    unexpected_error,
    write_own_words,
)

VERSION = "0.1.0"
_VERSION_TEXT = f"sav-planner {VERSION}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments), alone=arguments is None)
    except CommandError as error:
        complain(error)
        return CANNOT
    except KeyboardInterrupt:
        return INTERRUPTED
    except _EndedError as end:
        progress.end()
        os._exit(128 + end.args[0])  # what was not written out yet is wanted by nobody
    except Exception as error:
        complain(unexpected_error(error))
        return CANNOT
    finally:
        progress.end()


def _run(given: list[str], *, alone: bool) -> int:
    if given == ["--version"]:  # said without loading what reads command lines
        return write_own_words(_VERSION_TEXT, OK)
    if "_ARGCOMPLETE" in os.environ:
        import_module("planner.commands.completion").complete()
    name = given[0] if given and given[0] in COMMANDS else ""
    command = import_module(f"planner.commands.{name or 'tui'}")
    rest = given[1:] if name else given
    if not name and len(given) < 2 and not "".join(given).startswith("-"):
        _refuse_unknown_command(given)
        opened: int = command.run(command.plain_options(given))
        return opened
    line = command.line()
    if line.wants_help(rest):
        return write_own_words(line.format_help(), OK)
    if not name:
        _refuse_unknown_command(given)
    options = line.read(rest)
    if not name and options.version:
        return write_own_words(_VERSION_TEXT, OK)
    if name:
        if alone:
            _end_in_order()
        progress.begin()
    code: int = command.run(options)
    return code


class _EndedError(BaseException):
    """A signal asks for the end; ``args`` holds which."""


def _end_in_order() -> None:
    """Makes a signal unwind the command, as Ctrl+C does, so that half-written files are removed."""
    import signal

    def end(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # one is enough; what follows is not to be cut short
        raise _EndedError(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # whoever has it ignored wants the command to outlive it
            signal.signal(number, end)


def _refuse_unknown_command(given: list[str]) -> None:
    if given and given[0].isalpha() and not os.path.lexists(given[0]):
        from pathlib import Path

        from planner.text.escaping import visible
        from planner.text.layout import did_you_mean

        known = [*COMMANDS, *(path.name for path in Path().glob("*.toml"))]
        raise CommandError(
            f"sav-planner: {visible(given[0], 60)}: neither a command nor a file; "
            f"accepted: {', '.join(COMMANDS)}, or the path of a plan file{did_you_mean(given[0], known)}"
        )
