"""``explain``: what the catalogue says of a port, a flow, a decision or a word, with citations."""

import argparse

from planner.commands.arguments import CommandError, CommandLine
from planner.commands.output import OK, write_for_people

_ABOUT = """\
Say what the vendor document has on a port, flow, decision or word, with the
place where it says so."""

_EXAMPLES = """\
examples:
  sav-planner explain 2967              who listens there, which flows use it
  sav-planner explain udp/38293         one protocol alone
  sav-planner explain client-checks-in  a flow: who opens what, what breaks
  sav-planner explain source-range      a decision: the readings, the default
  sav-planner explain parent server     a word of the field"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner explain"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PORT-OR-FLOW")
    terms = "2967, udp/38293, install-client, source-range, Rtvscan ..."
    accepted.add_argument("term", metavar="PORT-OR-FLOW", nargs="+", help=terms)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Writes the explanations of the term."""
    from planner.catalogue.loader import load_catalogue
    from planner.exports.formats.text import explanation_text
    from planner.plan.explanation import look_up
    from planner.text.escaping import for_output, visible

    term = " ".join(options.term)
    found = look_up(term, load_catalogue())
    if not found:
        raise CommandError(
            f"sav-planner explain: nothing is known of {visible(term, 60)}; accepted: a port of the product such as "
            f"2967, the id of a flow or decision, a word such as Rtvscan"
        )
    return write_for_people(for_output("\n".join(explanation_text(explanation) for explanation in found)), OK)
