"""``explain``: a port, flow, decision, finding, citation or word, and the markers of a plan, with citations."""

import argparse

from planner.commands.arguments import CommandError, CommandLine, add_max_size
from planner.commands.output import OK, read, write_for_people

_ABOUT = """\
Say what the vendor document has on a port, flow, decision, finding or word,
with the place where it says so. With --plan, also a rule by its marker, and a
finding as that plan has it."""

_EXAMPLES = """\
examples:
  sav-planner explain 2967              who listens there, which flows use it
  sav-planner explain udp/38293         one protocol alone
  sav-planner explain client-checks-in  a flow: who opens what, what breaks
  sav-planner explain source-range      a decision: the readings, the default
  sav-planner explain client-server.r2  a citation: the line of the document
  sav-planner explain parent server     a word of the field
  sav-planner explain SAV-R35HPACYQBM --plan plan.toml
                                        a rule of a plan, by its marker"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner explain"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PORT-OR-FLOW [--plan PLAN]")
    terms = "2967, udp/38293, install-client, source-range, Rtvscan ..."
    accepted.add_argument("term", metavar="PORT-OR-FLOW", nargs="+", help=terms)
    accepted.add_argument("--plan", metavar="PLAN", help="a plan file whose markers and findings are explained too")
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Writes the explanations of the term."""
    from planner.catalogue.loader import load_catalogue
    from planner.exports.formats.text import explanation_text
    from planner.plan.explanation import known_terms, look_up, look_up_in_plan
    from planner.text.escaping import for_output, visible
    from planner.text.layout import did_you_mean

    catalogue, term = load_catalogue(), " ".join(options.term)
    plan = read(options.plan, options).plan if options.plan else None
    found = (look_up_in_plan(term, plan, catalogue) if plan else []) or look_up(term, catalogue)
    if not found:
        raise CommandError(
            f"sav-planner explain: nothing is known of {visible(term, 60)}; accepted: a port of the product such as "
            f"2967, the id of a flow, decision, finding or citation, a word such as Rtvscan, or with --plan the marker "
            f"of a rule{did_you_mean(term, known_terms(catalogue))}"
        )
    return write_for_people(for_output("\n".join(explanation_text(explanation) for explanation in found)), OK)
