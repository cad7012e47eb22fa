"""``list``: the plans of folders with their status, counts and next closing date."""

import argparse

from planner.commands.arguments import CommandError, CommandLine, OneOf, add_max_size
from planner.commands.output import DIFFERS, OK, bounds, progress, terminal_form, write_in

_ABOUT = """\
List the plans of folders, one row each: file, title, ticket, status, rules,
open decisions, errors, warnings, and the first date on which something of it
should be closed. Files that end in .toml are read, in the folder itself and
not below it."""

_EXAMPLES = """\
examples:
  sav-planner list
  sav-planner list plans archive/2026
  sav-planner list plans --format csv > plans.csv

exit codes:
  0  every file is a plan
  1  a file cannot be read or is no plan; it is listed with the reason
  2  a folder cannot be read"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner list"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} [DIR...] [--format FORMAT]")
    accepted.add_argument("folders", metavar="DIR", nargs="*", help="a folder (default: this one), or a plan file")
    accepted.add_argument(
        "--format",
        type=OneOf("text", "json", "csv"),
        default="text",
        metavar="FORMAT",
        help="text, json or csv (default: text)",
    )
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Lists every plan, also after a file that cannot be read."""
    from pathlib import Path

    from planner.exports.registry import write_report
    from planner.exports.report.plan_list import ListedPlan, list_json, list_report
    from planner.storage.plan_files import PlanFileError, plan_paths, read_plan

    paths: list[str] = []
    for folder in options.folders or ["."]:
        try:
            paths += [folder] if Path(folder).is_file() else plan_paths(folder)
        except OSError as error:
            raise CommandError(
                f"sav-planner list: {folder}: {error.strerror}; accepted: a folder that can be read"
            ) from None
    listed = []
    for number, path in enumerate(paths, 1):
        progress.at(f"Reading plan {number} of {len(paths)}")
        try:
            listed.append(ListedPlan.of(path, read_plan(path, bounds(options)).plan))
        except PlanFileError as error:
            listed.append(ListedPlan(path, error=str(error).partition(": ")[2]))
    progress.at("Writing")
    code = DIFFERS if any(plan.error for plan in listed) else OK
    if options.format == "json":
        return write_in("json", list_json(listed, code), code)
    content = list_report(listed, by_folder=options.format == "text")
    return write_in(options.format, write_report(content, options.format, *terminal_form()), code)
