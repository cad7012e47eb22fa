"""The commands. Each imports only what it needs; Textual is loaded where the screen opens and nowhere else."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from planner.core.plan import Plan
    from planner.storage.toml_text import PlanText

VERSION = "0.1.0"
OK, DIFFERS, CANNOT = 0, 1, 2

VIEWS = ("ports", "zones", "rules", "closed", "decisions", "findings", "all")
FORMATS = ("text", "json", "csv", "markdown", "html")
COMMANDS = ("new", "show", "check", "explain")

ABOUT = """\
Plan the firewall ports of Symantec AntiVirus 10.x / Symantec Client Security 3.x, zone by zone.

  sav-planner                      the planner on the screen, with a new plan
  sav-planner PLAN                 the planner on the screen, with that plan
  sav-planner new --servers 3 -o PLAN
                                   the same answers as flags
  sav-planner show PLAN            every view of a plan, as text, JSON, CSV, Markdown or HTML
  sav-planner check PLAN...        is the file what its answers derive to?
  sav-planner explain 2967         what the vendor document says of a port, flow or decision

PLAN may be - for standard input. Exit codes: 0 nothing to report, 1 differences or errors found, 2 cannot do it.
"""


class CommandError(Exception):
    """The command cannot be done; the text is one line for standard error."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        from planner.core.untrusted import visible

        self.exit(CANNOT, f"{self.prog}: {visible(message)}; '{self.prog} --help' shows what is accepted\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return OK
    except CommandError as error:
        sys.stderr.write(f"sav-planner: {error}\n")
        return CANNOT
    except KeyboardInterrupt:
        return 130
    return code


def _run(given: list[str]) -> int:
    if given and given[0] in COMMANDS:
        command = given[0]
        options = _command_parser(command).parse_args(given[1:])
        return {"new": _new, "show": _show, "check": _check, "explain": _explain}[command](options)
    parser = _Parser(
        prog="sav-planner",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=argparse.SUPPRESS,
    )
    parser.add_argument("--version", action="version", version=f"sav-planner {VERSION}")
    parser.add_argument("plan", nargs="?", metavar="PLAN", help="a plan, or one of the commands above")
    _add_max_size(parser)
    return _screen(parser.parse_args(given))


def _command_parser(command: str) -> argparse.ArgumentParser:
    described = {
        "new": "Make a plan from answers given as flags; what is not given keeps its default and counts as assumed.",
        "show": "Show a plan. Reads only.",
        "check": "Derive each plan again and name every way in which its file differs, and what that means.",
        "explain": "Say what the vendor document has on a port, a flow, a decision or a word.",
    }
    parser = _Parser(prog=f"sav-planner {command}", description=described[command])
    if command == "new":
        from planner.new_flags import add_flags

        add_flags(parser)
    elif command == "show":
        parser.add_argument("plan", metavar="PLAN", help="a plan file, or - for standard input")
        parser.add_argument("--view", choices=VIEWS, default="all", help="one view (default: all)")
        parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    elif command == "check":
        parser.add_argument("plans", metavar="PLAN", nargs="+", help="plan files, or - for standard input")
    else:
        parser.add_argument(
            "term", metavar="PORT-OR-FLOW", nargs="+", help="2967, udp/38293, install-client, Rtvscan ..."
        )
    if command != "explain":
        _add_max_size(parser)
    return parser


def _add_max_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-size", type=int, default=16, metavar="MIB", help="refuse a larger plan file unread (default: 16)"
    )


def _read(path: str, options: argparse.Namespace) -> "PlanText":
    from planner.storage.plan_files import PlanFileError, read_plan

    if options.max_size < 1:
        raise CommandError(f"--max-size: {options.max_size} is too small; accepted: 1 or more")
    try:
        return read_plan(path, options.max_size << 20)
    except PlanFileError as error:
        raise CommandError(str(error)) from None


def _new(options: argparse.Namespace) -> int:
    from planner.core.topology import TopologyError
    from planner.new_flags import plan_from
    from planner.storage.plan_files import PlanFileError, save_plan
    from planner.storage.toml_text import write_text

    base = _read(options.from_, options).plan if options.from_ else None
    try:
        plan = plan_from(options, base)
    except TopologyError as error:
        from planner.core.untrusted import visible

        raise CommandError(f"new: {visible(str(error))}") from None
    if options.output is None:
        sys.stdout.write(write_text(plan))
        return OK
    try:
        save_plan(plan, options.output, overwrite=options.force)
    except PlanFileError as error:
        raise CommandError(str(error)) from None
    return OK


def _show(options: argparse.Namespace) -> int:
    from planner.exports.registry import render

    read = _read(options.plan, options)
    _warn_of_edits(options.plan, read)
    terminal = sys.stdout.isatty()
    width = 80
    if terminal:
        width = os.get_terminal_size(sys.stdout.fileno()).columns or 80
    colour = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    sys.stdout.write(render(read.plan, options.format, view=options.view, width=width, colour=colour))
    return OK


def _warn_of_edits(path: str, read: "PlanText") -> None:
    """Say on standard error that the file states something else than what is shown, which is derived anew."""
    if not read.stated:
        return
    result = _checked(read)
    if not result.differences and not result.stale:
        return
    from planner.core.untrusted import visible

    sys.stderr.write(
        f"sav-planner: {visible(path, 200)}: the file differs from what its answers derive to; shown is what they derive. "
        f"'sav-planner check' names each difference\n"
    )


def _checked(read: "PlanText"):  # type: ignore[no-untyped-def]  # the type would have to be imported to be named
    from planner.core.check import check_plan
    from planner.storage.toml_text import write_text

    return check_plan(read.plan, read.stated, read.text, write_text(read.plan) if read.stated else "")


def _check(options: argparse.Namespace) -> int:
    from planner.exports.check_report import check_lines

    code = OK
    for path in options.plans:
        result = _checked(_read(path, options))
        sys.stdout.writelines(f"{line}\n" for line in check_lines(path, result))
        if not result.clean:
            code = DIFFERS
    return code


def _explain(options: argparse.Namespace) -> int:
    from planner.core.catalogue import load_catalogue
    from planner.core.explanation import look_up
    from planner.core.untrusted import visible
    from planner.exports.explanation_text import explanation_text

    term = " ".join(options.term)
    found = look_up(term, load_catalogue())
    if not found:
        raise CommandError(
            f"explain: nothing is known of {visible(term, 60)}; accepted: a port of the product such as 2967, "
            f"the id of a flow or decision, a word such as Rtvscan"
        )
    sys.stdout.write("\n".join(explanation_text(explanation) for explanation in found))
    return OK


def _screen(options: argparse.Namespace) -> int:
    plan: Plan | None = None
    if options.plan is not None:
        plan = _read(options.plan, options).plan
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()) or os.environ.get("TERM") in (
        None,
        "",
        "dumb",
    ):
        raise CommandError("the planner needs a terminal; without one use: new, show, check, explain (see --help)")
    from planner.tui.app import run

    return run(plan, options.plan)
