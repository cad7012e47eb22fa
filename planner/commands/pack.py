"""``pack``: everything a change board needs of a plan, in one folder or archive."""

import argparse

from planner.commands.arguments import CommandError, CommandLine, add_max_size, add_plan
from planner.commands.output import OK, read, warn_of_edits, write

_ABOUT = """\
Write the ticket pack of a plan: one folder, or one ZIP archive, with all that
a change board approves from, and all that is needed to test the rules and to
take them out again. The same plan gives the same bytes."""

_EXAMPLES = """\
files:
  plan.toml    the plan, as 'sav-planner check' wants it
  ticket.md    the body of the ticket: a summary to decide on, warnings, the
               change against the approved plan, zones with their addresses,
               a rule sheet, denies, reasons, decisions, what stays closed,
               security notes, exposure, test steps, rollback, digests
  annex.md     what stands behind it: every test command in full, both readings
               of each decision, the answers, exposure by rule, citations
  ticket.html  ticket and annex as one page that needs nothing else and prints
               well
  rules.csv    the rules, with the columns that change systems import
  SHA256SUMS   for 'sha256sum -c SHA256SUMS'

A folder or archive that is there already is replaced only if it is a pack that
nobody edited.

examples:
  sav-planner pack plan.toml -o CHG0012345
  sav-planner pack plan.toml -o CHG0012345.zip
  sav-planner pack plan.toml -o CHG0012345 --since approved.toml
  cd CHG0012345 && sha256sum -c SHA256SUMS

exit codes:
  0  the pack is written; its digests are on standard output
  2  the plan cannot be read, or the pack cannot be written there"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner pack"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PLAN -o DIR|ZIP [--since APPROVED]")
    add_plan(accepted)
    accepted.add_argument("-o", dest="output", metavar="DIR|ZIP", help="where to: a folder, or a name ending in .zip")
    accepted.add_argument("--since", metavar="APPROVED", help="the plan that was approved last, to compare with")
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Write the pack, and its digests to standard output."""
    from planner.exports.ticket.pack import SUMS, as_zip, pack_files
    from planner.storage.pack_files import save_pack_archive, save_pack_folder, wants_archive
    from planner.storage.plan_files import STANDARD_STREAM, PlanFileError
    from planner.storage.toml_reader import write_text
    from planner.text.escaping import for_output

    if not options.output or options.output == STANDARD_STREAM:
        what = "a pack is several files" if options.output else "missing"
        raise CommandError(f"sav-planner pack: -o: {what}; accepted: the path of a folder, or of a .zip archive")
    found = read(options.plan, options)
    since = None if options.since is None else read(options.since, options).plan
    files = pack_files(found.plan, write_text(found.plan), since=since)
    try:
        if wants_archive(options.output):
            save_pack_archive(as_zip(files), options.output)
        else:
            save_pack_folder(files, options.output)
    except PlanFileError as error:
        raise CommandError(f"sav-planner: {error}") from None
    warn_of_edits(options.plan, found)  # only now: a refusal is one line
    return write(for_output(files[SUMS].decode()), OK)
