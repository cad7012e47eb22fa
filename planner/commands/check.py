"""``check``: compares plan files with what their answers derive to."""

import argparse
from datetime import date

from planner.commands.arguments import CommandError, CommandLine, OneOf, add_max_size
from planner.commands.output import CANNOT, DIFFERS, OK, checked, complain, read, write_in

_ABOUT = """\
Derive each plan again and say in plain words whether it is intact (nobody
edited the file since it was written), current (this program derives the same
rules), and free of contradictions. Each difference is named with its line, the
rule and the reason. The file alone is enough."""

_EXAMPLES = """\
verdicts:
  intact and current   the file is what its answers derive to
  edited by hand       a byte is not as it was saved, or states what is not true
  stale                written with another catalogue of facts: the rules that
                       change with this one are named
With --on, also what should be closed by the end of that day: the rollout, the
legacy rules, an expired change, a review. No clock is asked: the date is yours.

examples:
  sav-planner check plan.toml
  sav-planner check plans/*.toml && echo "all as derived"
  sav-planner check plans/*.toml --on 2027-01-31
  sav-planner check plan.toml --format json

exit codes:
  0  every plan is what its answers derive to, without errors, nothing due
  1  a plan differs, holds nothing derived, contradicts itself, or something
     should be closed by the date given
  2  a file cannot be read or is no plan"""


def line() -> CommandLine:
    """Returns the command line of ``check``."""
    prog = "sav-planner check"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PLAN... [--on DATE] [--format FORMAT]")
    accepted.add_argument("plans", metavar="PLAN", nargs="+", help="a plan file, or - for standard input")
    accepted.add_argument("--on", type=_day, metavar="DATE", help="say what should be closed by the end of this day")
    accepted.add_argument(
        "--format", type=OneOf("text", "json"), default="text", metavar="FORMAT", help="text or json (default: text)"
    )
    add_max_size(accepted)
    return accepted


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:60]!r} is no date; accepted: one such as 2027-01-31") from None


def run(options: argparse.Namespace) -> int:
    """Check every plan, also after one that cannot be read; the worst of them gives the exit code."""
    from planner.exports.report.check import Checked, check_json, check_lines
    from planner.text.escaping import for_output

    if options.plans.count("-") > 1:
        raise CommandError("sav-planner check: standard input is named twice; accepted: once at most")
    code = OK
    lines: list[str] = []
    files = []
    for path in options.plans:
        try:
            result = checked(read(path, options), options.on)
        except CommandError as error:
            complain(error)
            code = CANNOT
            files.append(Checked(path, None, str(error)))
            continue
        files.append(Checked(path, result))
        lines += check_lines(path, result)
        code = code if result.clean else max(code, DIFFERS)
    as_json = options.format == "json"
    said = check_json(files, code) if as_json else for_output("".join(f"{line}\n" for line in lines))
    return write_in(options.format, said, code)
