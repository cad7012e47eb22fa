"""``export``: a plan as the configuration of a firewall, or as a document."""

import argparse
from typing import TYPE_CHECKING

from planner.commands.arguments import CommandError, CommandLine, add_max_size
from planner.commands.output import OK, read, terminal_form, warn_of_edits, write, write_in
from planner.exports.names import DOCUMENT_TITLES, DRAWING_TITLES, FORMATS

if TYPE_CHECKING:
    from planner.enforcement.device_rules import ExportError
    from planner.plan.plan import Plan
    from planner.storage.toml_reader import PlanText
    from planner.text.escaping import Output

    Reads = list[tuple[str, PlanText]]
    """Plans read so far: the path of each plan, and what it holds."""

_ABOUT = """\
Write a plan for a firewall: what its rules permit and no more, with the
addresses, interfaces and devices that the plan states. What is missing is
refused by name. Each rule carries its marker, such as SAV-R35HPACYQBM, so
that it can be found, audited and taken out again."""

_EXAMPLES = """\
examples:
  sav-planner export --list
  sav-planner export plan.toml --to nftables > sav10.nft
  sav-planner export plan.toml --to cisco-asa --device edge -o edge.cfg
  sav-planner export plan.toml --to powershell --zone servers --role server
  sav-planner export plan.toml --to nftables --remove
  sav-planner export plan.toml --to iptables --since approved.toml

A format between zones is for a device: [[device]] in the plan, with its vendor
and its interface for each zone. A format for hosts is for one role in a zone:
the rules across the zone's boundary and those within it, as such a host keeps
them. --role all is for every host of the zone, whatever its role.

--since names every permit and deny that comes, goes or changes. juniper-srx,
paloalto and the Windows formats then write that change alone; the others
write everything, which takes the older revision's place when it is loaded.
The heading says which."""

NAMED = 4
"""As many reasons for a refusal are named on the line; the planner lists all."""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner export"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} PLAN --to FORMAT [-o FILE]\n       {prog} --list")
    accepted.add_argument("plan", metavar="PLAN", nargs="?", help="a plan file, or - for standard input")
    accepted.add_argument("--to", metavar="FORMAT", help="the format; --list names them")
    accepted.add_argument("--list", action="store_true", help="name the formats and what each is for")
    accepted.add_argument("--device", default="", metavar="NAME", help="the device, where several could be meant")
    accepted.add_argument("--zone", default="", metavar="NAME", help="the zone of the hosts, for a format for hosts")
    accepted.add_argument("--role", default="", metavar="ROLE", help="their role, several, or all: server,console")
    accepted.add_argument("--remove", action="store_true", help="what takes the rules out again")
    accepted.add_argument("--since", metavar="OLD", help="what became different since this older plan")
    accepted.add_argument("-o", dest="output", metavar="FILE", help="save to a file (default: standard output)")
    accepted.add_argument("--force", action="store_true", help="overwrite that file")
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Write the export, or name the formats."""
    if options.list:
        return write(_list(), OK)
    if not options.to:
        raise CommandError("sav-planner export: --to: missing; accepted: a format, which 'export --list' names")
    if not options.plan:
        raise CommandError("sav-planner export: PLAN: missing; accepted: a plan file, or - for standard input")
    reads: Reads = []
    if options.to in DRAWING_TITLES:
        text = _drawing(options, reads)
    else:
        text = _firewall(options, reads) if options.to not in FORMATS else _document(options, reads)
    if options.output not in (None, "-"):
        from planner.storage.plan_files import PlanFileError, save_text

        try:
            save_text(text, options.output, overwrite=options.force)
        except PlanFileError as error:
            raise CommandError(f"sav-planner: {error}") from None
    else:
        write_in(options.to, text, OK)
    for path, found in reads:  # only now: a refusal is one line
        warn_of_edits(path, found)
    return OK


def _refuse_firewall_options(options: argparse.Namespace) -> None:
    for name in ("device", "zone", "role", "remove", "since"):
        if getattr(options, name) not in ("", None, False):
            raise CommandError(f"sav-planner export: --{name}: {options.to} is a document; accepted: a firewall format")


def _document(options: argparse.Namespace, reads: "Reads") -> "Output":
    _refuse_firewall_options(options)
    from planner.exports.registry import render

    plan = _plan(options.plan, options, reads)
    width, colour = terminal_form() if options.output in (None, "-") else (80, False)
    return render(plan, options.to, width=width, colour=colour)


def _drawing(options: argparse.Namespace, reads: "Reads") -> "Output":
    _refuse_firewall_options(options)
    from planner.catalogue.loader import load_catalogue
    from planner.exports.diagram import DiagramError
    from planner.exports.registry import drawing_writer
    from planner.text.escaping import for_output, visible

    plan = _plan(options.plan, options, reads)
    try:
        return for_output(drawing_writer(options.to)(plan, load_catalogue()))
    except DiagramError as error:
        raise CommandError(f"sav-planner: {visible(options.plan, 200)}: not drawn as {options.to}: {error}") from None


def _firewall(options: argparse.Namespace, reads: "Reads") -> "Output":
    from planner.enforcement.device_rules import ExportError
    from planner.exports.firewall.export import ExportRequest, write_rules
    from planner.exports.firewall.registry import FORMATS as FIREWALLS
    from planner.text.escaping import visible

    format_ = FIREWALLS.get(options.to)
    if format_ is None:
        from planner.text.layout import did_you_mean

        known = (*FIREWALLS, *FORMATS, *DRAWING_TITLES)
        accepted = f"{', '.join(known)}{did_you_mean(options.to, known)}"
        raise CommandError(f"sav-planner export: --to: {visible(options.to, 60)!r} is unknown; accepted: {accepted}")
    if options.plan == options.since == "-":
        raise CommandError("sav-planner export: both plans from standard input; accepted: one of them at most")
    plan = _plan(options.plan, options, reads)
    since = None if options.since is None else _plan(options.since, options, reads)
    asked = ExportRequest(
        device=options.device, zone=options.zone, role=options.role, remove=options.remove, since=since
    )
    try:
        return write_rules(plan, format_, asked).text
    except ExportError as error:
        shown = visible(options.plan, 200)
        raise CommandError(f"sav-planner: {shown}: not written as {format_.name}: {_reasons(error)}") from None


def _plan(path: str, options: argparse.Namespace, reads: "Reads") -> "Plan":
    found = read(path, options)
    reads.append((path, found))
    return found.plan


def _reasons(error: "ExportError") -> str:
    from planner.text.escaping import visible

    named = [visible(str(each), 400) for each in error.missing[:NAMED]]
    more = len(error.missing) - len(named)
    return " | ".join([*named, f"and {more} more"] if more else named)


def _list() -> "Output":
    from planner.exports.firewall.registry import FORMATS as FIREWALLS
    from planner.text.escaping import for_output

    rows = [(row.name, row.title, f" ({row.extra})" if row.extra else "") for row in FIREWALLS.values()]
    rows += [(name, title, "") for name, title in DOCUMENT_TITLES.items()]
    rows += [(name, title, "") for name, title in DRAWING_TITLES.items()]
    return for_output("".join(f"{name:<16}{title}{extra}\n" for name, title, extra in rows))
