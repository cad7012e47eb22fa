"""Standard output and error, progress, and plans read for a command: what fails is one line and the right exit code.

Progress is shown on a terminal after a moment. An alarm of the system interrupts the work for it: no thread is loaded.
"""

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace
    from datetime import date
    from types import SimpleNamespace

    from planner.plan.check import CheckResult
    from planner.storage.plan_files import Bounds
    from planner.storage.toml_reader import PlanText
    from planner.text.escaping import Output

    Options = Namespace | SimpleNamespace
    """The arguments of a command, as they were read."""

_FIRST, _EACH = 0.6, 0.5
"""Seconds until the first word, and between words."""


class Progress:
    """One line on standard error, written over itself, and gone before anything else is written."""

    def __init__(self) -> None:
        self._what = "Beginning"
        self._amount = 0
        self._began = 0.0
        self._width = 0

    def begin(self) -> None:
        """Starts to show progress, on a terminal alone."""
        if sys.stderr is None or not sys.stderr.isatty():
            return
        import signal
        import time

        self._began = time.monotonic()
        with suppress(ValueError):  # only the first thread of a program may ask for an alarm
            signal.signal(signal.SIGALRM, lambda number, frame: self._say(time.monotonic() - self._began))
            signal.setitimer(signal.ITIMER_REAL, _FIRST, _EACH)

    def at(self, what: str) -> None:
        """Sets the current task."""
        self._what, self._amount = what, 0

    def read(self, amount: int) -> None:
        """Sets the number of bytes read so far."""
        self._amount = amount

    def end(self) -> None:
        """Stops, and wipes the line."""
        if not self._began:
            return
        import signal

        self._began = 0.0
        with suppress(ValueError):
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self._width:
            self._write(f"\r{' ' * self._width}\r")

    def _say(self, seconds: float) -> None:
        if not self._began:
            return
        amount = f", {self._amount / (1 << 20):.1f} MiB" if self._amount else ""
        text = f"{self._what}{amount}, {seconds:.0f} s; Ctrl+C gives up"
        with suppress(OSError):
            text = text[: (os.get_terminal_size(sys.stderr.fileno()).columns or 80) - 1]
        self._width = max(self._width, len(text))  # before it is written: another signal may come in between
        self._write(f"\r{text.ljust(self._width)}")

    @staticmethod
    def _write(text: str) -> None:
        with suppress(OSError):  # nobody is left to read it
            os.write(sys.stderr.fileno(), text.encode(sys.stderr.encoding, "backslashreplace"))


progress = Progress()
"""The one of this process."""


class CommandError(Exception):
    """The command cannot be done; the text is one line for standard error."""


OK, DIFFERS, CANNOT, INTERRUPTED = 0, 1, 2, 130
"""The exit codes of all commands."""


def complain(error: Exception) -> None:
    """Put an error on standard error, as one line in which every character is seen."""
    if sys.stderr is not None:
        from planner.text.escaping import visible

        progress.end()
        try:
            sys.stderr.write(f"{visible(str(error))}\n")
            sys.stderr.flush()
        except OSError:
            from planner.plain.console import silence

            silence(sys.stderr)  # nobody reads it; the exit code still tells


def write(text: "Output", code: int, encoding: str = "utf-8") -> int:
    """Write what had its last look to standard output, as it stands, and give the exit code."""
    return write_own_words(text, code, encoding)


def write_own_words(text: str, code: int, encoding: str = "utf-8") -> int:
    """Write what the planner says of itself to standard output, no line end translated, and give the exit code.

    A reader that has gone away (``| head``) is no error. Characters an encoding lacks are written as escapes.
    """
    if sys.stdout is None:
        raise CommandError("sav-planner: standard output is closed; accepted: an open one")
    progress.end()
    try:
        sys.stdout.flush()
        left = memoryview(text.encode(encoding, "backslashreplace"))
        while left:
            left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.flush()
    except OSError as error:
        from planner.plain.console import silence

        silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise CommandError(
                f"sav-planner: standard output: {error.strerror}; accepted: one that can be written"
            ) from None
    return code


def write_for_people(text: "Output", code: int) -> int:
    """Write text in the encoding of the terminal, and give the exit code."""
    return write(text, code, (sys.stdout and sys.stdout.encoding) or "utf-8")


def write_in(format_name: str, text: "Output", code: int) -> int:
    """Write a format: text for people, everything else in UTF-8 for programs."""
    return write_for_people(text, code) if format_name == "text" else write(text, code)


def terminal_form() -> tuple[int, bool]:
    """Returns the width for text and True for colour: as the terminal is, or 80 cells without colour."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 80, False
    width = os.get_terminal_size(sys.stdout.fileno()).columns or 80
    return width, not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def read(path: str, options: "Options") -> "PlanText":
    """Read a plan within the bound that the options set.

    Raises:
        CommandError: it cannot be read, or is refused.
    """
    from planner.storage.plan_files import PlanFileError, read_plan
    from planner.text.escaping import visible

    progress.at(f"Reading {visible(path, 40)}")
    try:
        found = read_plan(path, bounds(options), progress.read)
        progress.at("Writing")
        return found
    except PlanFileError as error:
        raise CommandError(f"sav-planner: {error}{_file_meant(path)}") from None


def _file_meant(path: str) -> str:
    """Name of a plan in the folder of a path that leads nowhere, if one is spelled like it."""
    from pathlib import Path

    from planner.text.layout import did_you_mean

    with suppress(OSError, ValueError):
        if not os.path.lexists(path):
            alike = (str(each) for each in Path(path).parent.iterdir() if each.suffix == Path(path).suffix)
            return did_you_mean(path, alike, lambda name: Path(name).stem.casefold())
    return ""


def bounds(options: "Options") -> "Bounds":
    """Returns the size limits for plan files under these options."""
    from planner.storage.plan_files import Bounds

    return Bounds.of(options.max_size)


def checked(read: "PlanText", on: "date | None" = None) -> "CheckResult":
    """Result of checking a plan as read; with a date, also what should be closed by then."""
    from planner.plan.check import FileContent, check_plan, intact_plan

    if read.intact:
        return intact_plan(read.plan, on)
    from planner.storage.toml_writer import rewritten, write_text

    answers, derived = read.file_answers, read.file_derived
    laid, canonical = (rewritten(answers, derived), write_text(read.plan)) if derived else ("", "")
    return check_plan(read.plan, FileContent(answers, derived, read.text, laid, canonical), on)


def warn_of_edits(path: str, read: "PlanText") -> None:
    """Warns on standard error that the file differs from what is shown, which is derived anew."""
    if read.intact or not read.file_derived:
        return
    result = checked(read)
    if not result.differences and not result.stale:
        return
    from planner.text.escaping import visible

    complain(
        CommandError(
            f"sav-planner: {visible(path, 200)}: the file differs from what its answers derive to; "
            f"shown is what they derive. 'sav-planner check' names each difference"
        )
    )


def unexpected_error(error: Exception) -> CommandError:
    """Return one line: what the system refused, or the crash file of an error of the planner itself."""
    if isinstance(error, MemoryError):
        return CommandError("sav-planner: not enough memory; accepted: a system that grants more of it")
    if isinstance(error, OSError):
        said = error.strerror or type(error).__name__
        return CommandError(f"sav-planner: {said}; accepted: a system that grants what the planner asks of it")
    from planner.tui.terminal.crash_report import write_crash_file

    file = write_crash_file(error, "a command")
    where = f"; what happened, without the plan: {file}" if file else ""
    return CommandError(f"sav-planner: ended by an error of its own{where}; SECURITY.md says how to report it")
