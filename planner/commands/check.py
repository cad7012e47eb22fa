"""``check``: hold plan files against what their answers derive to."""

import argparse

from planner.commands.line import CommandError, CommandLine, add_max_size
from planner.commands.streams import CANNOT, DIFFERS, OK, checked, complain, read, write_for_people

_ABOUT = """\
Derive each plan again and name every difference: rules edited, added or
removed by hand, answers changed after the file was written, another
catalogue. Findings at error level are named too."""

_EXAMPLES = """\
examples:
  sav-planner check plan.toml
  sav-planner check plans/*.toml && echo "all as derived"

exit codes:
  0  every plan is what its answers derive to, without errors
  1  a plan differs, holds nothing derived, or contradicts itself
  2  a file cannot be read or is no plan"""


def line() -> CommandLine:
    """Give what the command accepts."""
    prog = "sav-planner check"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PLAN...")
    accepted.add_argument("plans", metavar="PLAN", nargs="+", help="a plan file, or - for standard input")
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Check every plan, also after one that cannot be read; the worst of them gives the exit code."""
    from planner.exports.check_report import check_lines

    code = OK
    lines: list[str] = []
    for path in options.plans:
        try:
            result = checked(read(path, options))
        except CommandError as error:
            complain(error)
            code = CANNOT
            continue
        lines += check_lines(path, result)
        code = code if result.clean else max(code, DIFFERS)
    return write_for_people("".join(f"{line}\n" for line in lines), code)
