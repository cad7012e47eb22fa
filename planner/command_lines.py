"""What each command accepts and how its help teaches it. Nothing here loads the plan's own modules."""

import argparse
from typing import NoReturn

from planner.new_flags import add_flags, one_of

COMMANDS = ("new", "show", "check", "diff", "explain")

# The same words as in planner.exports, which help and version must not load; a test holds them together.
VIEWS = ("ports", "zones", "rules", "closed", "decisions", "findings", "all")
FORMATS = ("text", "json", "csv", "markdown", "html")

_ABOUT = """\
Plan the firewall ports of Symantec AntiVirus 10.x and Symantec Client
Security 3.x, zone by zone.

  sav-planner               the planner on the screen, with a new plan
  sav-planner PLAN          the planner on the screen, with that plan
  sav-planner new           a plan from answers given as flags
  sav-planner show PLAN     the plan as text, JSON, CSV, Markdown or HTML
  sav-planner check PLAN    is the file what its answers derive to?
  sav-planner diff OLD NEW  rules to add and to remove, and the way back
  sav-planner explain 2967  what the vendor document says of a port, flow,
                            decision or word

'sav-planner COMMAND --help' explains a command. PLAN may be - for standard
input."""

_EXIT_CODES = """\
exit codes:
  0  nothing to report
  1  differences or errors in a plan
  2  cannot do it; one line on standard error says why and what is accepted"""

_NEW = """\
Make a plan from answers given as flags. What no flag answers keeps its
default and counts as assumed. While an answer is assumed or a decision is
undecided, the plan stays a draft."""

_NEW_EXAMPLES = """\
examples:
  sav-planner new --servers 3 --quarantine --title "Head office" -o plan.toml
  sav-planner new --servers 3 | sav-planner show - --view ports
  sav-planner new --from answers.toml --legacy-clients -o plan.toml

a file of answers, for --from and for every other command that reads a plan:
  schema = "sav-plan/1"
  [topology]
  servers = 3
  [[zone]]
  name = "branch"
  roles = ["client"]
  networks = ["10.20.0.0/16"]"""

_SHOW = """\
Show a plan: who may open which port to whom, and why. What is shown is
derived anew from the plan's answers; the file is only read. A file of answers
alone will do."""

_SHOW_EXAMPLES = """\
views:
  ports      services down, zones across: who listens, who opens
  zones      what each zone, and each pair of zones, opens
  rules      every rule with its reason and where the document says so
  closed     what stays closed, and the answer that keeps it closed
  decisions  where the document disagrees with itself, and what was chosen
  findings   contradictions and cautions in the answers
  all        the answers and all of these

examples:
  sav-planner show plan.toml --view ports
  sav-planner show plan.toml --view rules --format csv > rules.csv
  sav-planner show plan.toml --format html > plan.html"""

_CHECK = """\
Derive each plan again and name every difference: rules edited, added or
removed by hand, answers changed after the file was written, another
catalogue. Findings at error level are named too."""

_CHECK_EXAMPLES = """\
examples:
  sav-planner check plan.toml
  sav-planner check plans/*.toml && echo "all as derived"

exit codes:
  0  every plan is what its answers derive to, without errors
  1  a plan differs, holds nothing derived, or contradicts itself
  2  a file cannot be read or is no plan"""

_DIFF = """\
Say what it takes to come from one plan to another: rules to add, to remove and
to change, the answers behind each, and how many stay as they are. A renamed
zone shows as a rename. With --rollback, the way back, in reverse order."""

_DIFF_EXAMPLES = """\
examples:
  sav-planner diff plan-1.toml plan-2.toml
  sav-planner diff plan-1.toml plan-2.toml --format markdown > ticket.md
  sav-planner diff plan-1.toml plan-2.toml --rollback

exit codes:
  0  both plans have the same answers and the same rules
  1  they differ
  2  a file cannot be read or is no plan"""

_EXPLAIN = """\
Say what the vendor document has on a port, flow, decision or word, with the
place where it says so."""

_EXPLAIN_EXAMPLES = """\
examples:
  sav-planner explain 2967              who listens there, which flows use it
  sav-planner explain udp/38293         one protocol alone
  sav-planner explain client-checks-in  a flow: who opens what, what breaks
  sav-planner explain source-range      a decision: the readings, the default
  sav-planner explain parent server     a word of the field"""


class CommandError(Exception):
    """The command cannot be done; the text is one line for standard error."""


class CommandLine(argparse.ArgumentParser):
    """The arguments of one command. Its help is asked for with ``wants_help``; errors are CommandError."""

    def __init__(self, prog: str, description: str, epilog: str, usage: str | None = None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            usage=usage,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=False,
            allow_abbrev=False,
        )
        self.add_argument("-h", "--help", action="store_true", help="show this help")

    @staticmethod
    def wants_help(given: list[str]) -> bool:
        """Whether help is among the arguments; then no other one matters."""
        options = given[: given.index("--")] if "--" in given else given
        return "-h" in options or "--help" in options

    def error(self, message: str) -> NoReturn:
        """Raise CommandError, naming the argument and what is accepted, or where that is said."""
        from planner.core.untrusted import visible

        said = visible(message.removeprefix("argument "), 400)
        hint = "" if "accepted: " in said else f"; '{self.prog} --help' shows what is accepted"
        raise CommandError(f"{self.prog}: {said}{hint}")


def screen_line() -> CommandLine:
    """Give the arguments of the planner on the screen."""
    line = CommandLine("sav-planner", _ABOUT, _EXIT_CODES, usage=argparse.SUPPRESS)
    line.add_argument("--version", action="store_true", help="show the version")
    line.add_argument("plan", nargs="?", metavar="PLAN", help="a plan file, or - for standard input")
    _add_max_size(line)
    return line


def command_line(command: str) -> CommandLine:
    """Give the arguments of a command."""
    prog = f"sav-planner {command}"
    if command == "new":
        line = CommandLine(prog, _NEW, _NEW_EXAMPLES, usage=f"{prog} [answers] [--from FILE] [-o PLAN]")
        add_flags(line)
    elif command == "show":
        line = CommandLine(prog, _SHOW, _SHOW_EXAMPLES, usage=f"{prog} PLAN [--view VIEW] [--format FORMAT]")
        line.add_argument("plan", metavar="PLAN", help="a plan file, or - for standard input")
        line.add_argument("--view", type=one_of(*VIEWS), default="all", metavar="VIEW", help="one view (default: all)")
        _add_format(line, "; JSON holds every view at once")
    elif command == "check":
        line = CommandLine(prog, _CHECK, _CHECK_EXAMPLES, usage=f"{prog} PLAN...")
        line.add_argument("plans", metavar="PLAN", nargs="+", help="a plan file, or - for standard input")
    elif command == "diff":
        line = CommandLine(prog, _DIFF, _DIFF_EXAMPLES, usage=f"{prog} OLD NEW [--rollback] [--format FORMAT]")
        line.add_argument("old", metavar="OLD", help="the plan as it is, or - for standard input")
        line.add_argument("new", metavar="NEW", help="the plan as it shall be, or - for standard input")
        line.add_argument("--rollback", action="store_true", help="say how to come back from NEW to OLD")
        _add_format(line)
    else:
        line = CommandLine(prog, _EXPLAIN, _EXPLAIN_EXAMPLES, usage=f"{prog} PORT-OR-FLOW")
        line.add_argument(
            "term", metavar="PORT-OR-FLOW", nargs="+", help="2967, udp/38293, install-client, source-range, Rtvscan ..."
        )
    if command != "explain":
        _add_max_size(line)
    return line


def _add_format(line: CommandLine, remark: str = "") -> None:
    formats = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (default: text){remark}"
    line.add_argument("--format", type=one_of(*FORMATS), default="text", metavar="FORMAT", help=formats)


def _add_max_size(line: CommandLine) -> None:
    line.add_argument(
        "--max-size", type=_megabytes, default=16, metavar="MIB", help="refuse a larger plan file unread (default: 16)"
    )


def _megabytes(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= 4096:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text[:20]!r} is no size; accepted: 1 to 4096")
