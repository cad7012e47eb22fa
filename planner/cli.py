"""The commands. Each imports only what it needs; Textual is loaded where the screen opens and nowhere else."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from planner.command_lines import COMMANDS, CommandError, command_line, screen_line

if TYPE_CHECKING:
    from planner.core.check import CheckResult
    from planner.storage.toml_text import PlanText

VERSION = "0.1.0"
OK, DIFFERS, CANNOT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except CommandError as error:
        _complain(error)
        return CANNOT
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(given: list[str]) -> int:
    command = given[0] if given and given[0] in COMMANDS else ""
    line, rest = (command_line(command), given[1:]) if command else (screen_line(), given)
    if line.wants_help(rest):
        return _write(line.format_help(), OK)
    if command:
        return {"new": _new, "show": _show, "check": _check, "diff": _diff, "explain": _explain}[command](
            line.parse_args(rest)
        )
    _refuse_unknown_command(given)
    options = line.parse_args(given)
    if options.version:
        return _write(f"sav-planner {VERSION}\n", OK)
    return _screen(options)


def _refuse_unknown_command(given: list[str]) -> None:
    if given and given[0].isalpha() and not os.path.lexists(given[0]):
        from planner.core.untrusted import visible

        raise CommandError(
            f"sav-planner: {visible(given[0], 60)}: neither a command nor a file; "
            f"accepted: {', '.join(COMMANDS)}, or the path of a plan file"
        )


def _complain(error: Exception) -> None:
    if sys.stderr is not None:
        with suppress(OSError):  # nobody reads it; the exit code still tells
            sys.stderr.write(f"{error}\n")


def _write(text: str, code: int, encoding: str = "utf-8") -> int:
    """Write to standard output as it stands, no line end translated, and give the exit code.

    A reader that has gone away (``| head``) is no error. Characters an encoding lacks are written as escapes.
    """
    if sys.stdout is None:
        raise CommandError("sav-planner: standard output is closed; accepted: an open one")
    try:
        sys.stdout.flush()
        left = memoryview(text.encode(encoding, "backslashreplace"))
        while left:
            left = left[sys.stdout.buffer.write(left) :]
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would fail again, loudly, when Python closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise CommandError(
                f"sav-planner: standard output: {error.strerror}; accepted: one that can be written"
            ) from None
    return code


def _write_for_people(text: str, code: int) -> int:
    return _write(text, code, (sys.stdout and sys.stdout.encoding) or "utf-8")


def _read(path: str, options: argparse.Namespace) -> "PlanText":
    from planner.storage.plan_files import PlanFileError, read_plan

    try:
        return read_plan(path, options.max_size << 20)
    except PlanFileError as error:
        raise CommandError(f"sav-planner: {error}") from None


def _new(options: argparse.Namespace) -> int:
    from planner.core.topology import TopologyError
    from planner.core.untrusted import visible
    from planner.new_flags import plan_from
    from planner.storage.plan_files import STANDARD_STREAM, PlanFileError, save_plan
    from planner.storage.toml_text import write_text

    base = None if options.from_ is None else _read(options.from_, options).plan
    try:
        plan = plan_from(options, base)
    except TopologyError as error:
        raise CommandError(f"sav-planner new: {visible(str(error))}") from None
    if options.output in (None, STANDARD_STREAM):
        return _write(write_text(plan), OK)
    try:
        save_plan(plan, options.output, overwrite=options.force)
    except PlanFileError as error:
        raise CommandError(f"sav-planner: {error}") from None
    return OK


def _show(options: argparse.Namespace) -> int:
    from planner.exports.registry import render

    read = _read(options.plan, options)
    _warn_of_edits(options.plan, read)
    width, colour = _terminal_form()
    return _write_in(
        options.format, render(read.plan, options.format, view=options.view, width=width, colour=colour), OK
    )


def _terminal_form() -> tuple[int, bool]:
    """Give the width for text and whether it may be coloured: as the terminal is, or 80 cells without colour."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 80, False
    width = os.get_terminal_size(sys.stdout.fileno()).columns or 80
    return width, not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write_in(format_name: str, text: str, code: int) -> int:
    return _write_for_people(text, code) if format_name == "text" else _write(text, code)


def _diff(options: argparse.Namespace) -> int:
    from planner.core.catalogue import load_catalogue
    from planner.core.differences import compare_plans, way_back
    from planner.exports.registry import render_difference

    if options.old == options.new == "-":
        raise CommandError("sav-planner diff: both plans from standard input; accepted: one of them at most")
    old, new = _read(options.old, options), _read(options.new, options)
    for path, read in ((options.old, old), (options.new, new)):
        _warn_of_edits(path, read)
    catalogue = load_catalogue()
    difference = compare_plans(old.plan, new.plan, catalogue)
    before, after = old.plan, new.plan
    if options.rollback:
        difference = way_back(difference, before, after, catalogue)
        before, after = after, before
    width, colour = _terminal_form()
    text = render_difference(
        before, after, difference, options.format, rollback=options.rollback, width=width, colour=colour
    )
    return _write_in(options.format, text, OK if difference.same else DIFFERS)


def _warn_of_edits(path: str, read: "PlanText") -> None:
    """Say on standard error that the file states something else than what is shown, which is derived anew."""
    if not read.stated:
        return
    result = _checked(read)
    if not result.differences and not result.stale:
        return
    from planner.core.untrusted import visible

    _complain(
        CommandError(
            f"sav-planner: {visible(path, 200)}: the file differs from what its answers derive to; "
            f"shown is what they derive. 'sav-planner check' names each difference"
        )
    )


def _checked(read: "PlanText") -> "CheckResult":
    from planner.core.check import check_plan
    from planner.storage.toml_text import write_text

    return check_plan(read.plan, read.stated, read.text, write_text(read.plan) if read.stated else "")


def _check(options: argparse.Namespace) -> int:
    """Check every plan, also after one that cannot be read; the worst of them gives the exit code."""
    from planner.exports.check_report import check_lines

    code = OK
    lines: list[str] = []
    for path in options.plans:
        try:
            result = _checked(_read(path, options))
        except CommandError as error:
            _complain(error)
            code = CANNOT
            continue
        lines += check_lines(path, result)
        code = code if result.clean else max(code, DIFFERS)
    return _write_for_people("".join(f"{line}\n" for line in lines), code)


def _explain(options: argparse.Namespace) -> int:
    from planner.core.catalogue import load_catalogue
    from planner.core.explanation import look_up
    from planner.core.untrusted import visible
    from planner.exports.explanation_text import explanation_text

    term = " ".join(options.term)
    found = look_up(term, load_catalogue())
    if not found:
        raise CommandError(
            f"sav-planner explain: nothing is known of {visible(term, 60)}; accepted: a port of the product such as "
            f"2967, the id of a flow or decision, a word such as Rtvscan"
        )
    return _write_for_people("\n".join(explanation_text(explanation) for explanation in found), OK)


def _screen(options: argparse.Namespace) -> int:
    plan = None
    if options.plan is not None:
        plan = _read(options.plan, options).plan
        if options.plan == "-":
            _take_keys_from_the_terminal()
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if os.environ.get("TERM", "") in ("", "dumb") or not all(stream and stream.isatty() for stream in streams):
        raise CommandError(
            "sav-planner: the planner on the screen needs a terminal; without one use: "
            f"{', '.join(COMMANDS)} ('sav-planner --help' says how)"
        )
    for name in [name for name in os.environ if name.startswith("TEXTUAL_")]:
        # Textual reads these as it is imported; some write the keys typed into files, press keys, or import modules.
        del os.environ[name]
    from planner.tui.app import run

    return run(plan, options.plan)


def _take_keys_from_the_terminal() -> None:
    """Turn standard input, from which the plan came, back to the keyboard; without a terminal it stays as it is."""
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
        os.dup2(terminal, 0)
        os.close(terminal)
