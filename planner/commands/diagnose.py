"""``diagnose``: the flows behind a symptom in the order to test, open or closed in a plan, with the test steps."""

import argparse

from planner.commands.arguments import CommandError, CommandLine, add_format, add_max_size
from planner.commands.output import OK, read, terminal_form, warn_of_edits, write_in

_ABOUT = """\
Find the ports behind a symptom: in the order to test them, each open or
closed in this plan and why, with the test of each open one."""

_EXAMPLES = """\
examples:
  sav-planner diagnose --list
  sav-planner diagnose plan.toml client-missing
  sav-planner diagnose plan.toml "remote installation fails"
  sav-planner diagnose plan.toml install-fails --format markdown"""


def line() -> CommandLine:
    """Returns the accepted arguments."""
    prog = "sav-planner diagnose"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PLAN SYMPTOM [--format FORMAT] | --list")
    accepted.add_argument("plan", nargs="?", metavar="PLAN", help="a plan file, or - for standard input")
    accepted.add_argument("symptom", nargs="*", metavar="SYMPTOM", help="its name, such as client-missing")
    accepted.add_argument("--list", action="store_true", help="list the known symptoms")
    add_format(accepted)
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Writes the diagnosis; refuses an unknown symptom with the names of the known ones."""
    from planner.catalogue.loader import load_catalogue
    from planner.exports.registry import write_report
    from planner.exports.report.diagnosis import (
        diagnosis_json,
        diagnosis_report,
        find_symptom,
        symptoms_json,
        symptoms_report,
    )
    from planner.text.escaping import visible
    from planner.text.layout import did_you_mean

    catalogue = load_catalogue()
    width, colour = terminal_form()
    if options.list:
        if options.format == "json":
            return write_in("json", symptoms_json(catalogue), OK)
        return write_in(options.format, write_report(symptoms_report(catalogue), options.format, width, colour), OK)
    known = ", ".join(catalogue.symptoms)
    if options.plan is None or not options.symptom:
        raise CommandError(
            f"sav-planner diagnose: PLAN and SYMPTOM are missing; accepted: a plan file and one of {known}"
        )
    asked = " ".join(options.symptom)
    symptom = find_symptom(asked, catalogue)
    if symptom is None:
        near = did_you_mean(asked, catalogue.symptoms)
        raise CommandError(f"sav-planner diagnose: symptom {visible(asked, 60)} is unknown; accepted: {known}{near}")
    found = read(options.plan, options)
    warn_of_edits(options.plan, found)
    if options.format == "json":
        return write_in("json", diagnosis_json(found.plan, symptom, catalogue), OK)
    content = diagnosis_report(found.plan, symptom, catalogue)
    return write_in(options.format, write_report(content, options.format, width, colour), OK)
