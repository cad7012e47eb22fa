"""``show``: a plan, derived anew from its answers, as text or in another format."""

import argparse

from planner.commands.arguments import CommandLine, OneOf, add_format, add_max_size, add_plan
from planner.commands.output import OK, read, terminal_form, warn_of_edits, write_in
from planner.exports.names import CHOICES

_ABOUT = """\
Show a plan: who may open which port to whom, and why. What is shown is
derived anew from the plan's answers; the file is only read. A file of answers
alone will do."""

_EXAMPLES = """\
views:
  ports      services down, zones across: who listens, who opens
  zones      what each zone, and each pair of zones, opens
  rules      every rule with its reason and where the document says so
  exposure   how many ports and address pairs each boundary opens, and what a
             stateless filter would expose besides
  closed     what stays closed, and the answer that keeps it closed
  decisions  where the document disagrees with itself, and what was chosen
  findings   contradictions and cautions in the answers
  all        the answers and all of these

examples:
  sav-planner show plan.toml --view ports
  sav-planner show plan.toml --view rules --format csv > rules.csv
  sav-planner show plan.toml --format html > plan.html"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner show"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PLAN [--view VIEW] [--format FORMAT]")
    add_plan(accepted)
    accepted.add_argument("--view", type=OneOf(*CHOICES), default="all", metavar="VIEW", help="one view (default: all)")
    add_format(accepted, "; JSON holds every view but exposure at once")
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Show what the plan's answers derive to."""
    from planner.exports.registry import render

    found = read(options.plan, options)
    warn_of_edits(options.plan, found)
    width, colour = terminal_form()
    text = render(found.plan, options.format, view=options.view, width=width, colour=colour)
    return write_in(options.format, text, OK)
