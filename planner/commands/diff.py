"""``diff``: two plans against each other, and the way back."""

import argparse

from planner.commands.arguments import CommandError, CommandLine, add_format, add_max_size, add_plan
from planner.commands.output import DIFFERS, OK, read, terminal_form, warn_of_edits, write_in

_ABOUT = """\
Say what it takes to come from one plan to another: rules to add, to remove and
to change, the answers behind each, and how many stay as they are. A renamed
zone shows as a rename, a rule that changes in its words or dates alone apart
from those that a firewall must be touched for, and where rules only go, it
reads as a removal plan. With --rollback, the way back, in reverse order."""

_EXAMPLES = """\
examples:
  sav-planner diff plan-1.toml plan-2.toml
  sav-planner diff plan-1.toml plan-2.toml --format markdown > ticket.md
  sav-planner diff plan-1.toml plan-2.toml --rollback

exit codes:
  0  both plans have the same answers and the same rules
  1  they differ
  2  a file cannot be read or is no plan"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner diff"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} OLD NEW [--rollback] [--format FORMAT]")
    add_plan(accepted, "old", "the plan as it is, or - for standard input")
    add_plan(accepted, "new", "the plan as it shall be, or - for standard input")
    accepted.add_argument("--rollback", action="store_true", help="say how to come back from NEW to OLD")
    add_format(accepted)
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Writes the steps from the old plan to the new one, or back."""
    from planner.catalogue.loader import load_catalogue
    from planner.exports.registry import render_difference
    from planner.plan.diff import compare_plans, way_back

    if options.old == options.new == "-":
        raise CommandError("sav-planner diff: both plans from standard input; accepted: one of them at most")
    old, new = read(options.old, options), read(options.new, options)
    for path, found in ((options.old, old), (options.new, new)):
        warn_of_edits(path, found)
    catalogue = load_catalogue()
    difference = compare_plans(old.plan, new.plan, catalogue)
    before, after = old.plan, new.plan
    if options.rollback:
        difference = way_back(difference, before, after, catalogue)
        before, after = after, before
    width, colour = terminal_form()
    text = render_difference(
        before, after, difference, options.format, rollback=options.rollback, width=width, colour=colour
    )
    return write_in(options.format, text, OK if difference.same else DIFFERS)
