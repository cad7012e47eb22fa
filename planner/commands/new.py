"""``new``: a plan from answers given as flags, the screen's questions for a command line."""

import argparse
from typing import TYPE_CHECKING, Any

from planner.commands.arguments import SHOWN, CommandError, CommandLine, OneOf, add_max_size
from planner.commands.output import OK, complain, read, write

if TYPE_CHECKING:
    import datetime

    from planner.plan.plan import Plan

_ABOUT = """\
Make a plan from answers given as flags. What no flag answers keeps its
default and counts as assumed. While an answer is assumed or a decision is
undecided, the plan stays a draft."""

_EXAMPLES = """\
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


def line() -> CommandLine:
    """Returns the command line of ``new``: one flag for each answer, the file to begin from and the file to write."""
    prog = "sav-planner new"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} [answers] [--from FILE] [-o PLAN]")
    _add_flags(accepted)
    add_max_size(accepted)
    return accepted


def run(options: argparse.Namespace) -> int:
    """Make the plan, and save it or write it out."""
    from planner.catalogue.answers import TopologyError
    from planner.storage.plan_files import STANDARD_STREAM, PlanFileError, save_plan
    from planner.storage.toml_reader import write_text
    from planner.text.escaping import for_output, visible

    base = None if options.from_ is None else read(options.from_, options).plan
    try:
        plan = _plan_from(options, base)
    except TopologyError as error:
        raise CommandError(f"sav-planner new: {visible(str(error))}") from None
    if options.output in (None, STANDARD_STREAM):
        return write(for_output(write_text(plan)), OK)
    try:
        saved = save_plan(plan, options.output, overwrite=options.force)
    except PlanFileError as error:
        raise CommandError(f"sav-planner: {error}") from None
    for note in saved.notes:
        complain(CommandError(f"sav-planner: {visible(options.output, 200)}: {note}"))
    return OK


def _add_flags(parser: argparse.ArgumentParser) -> None:
    record = parser.add_argument_group("what the plan is called")
    record.add_argument("--title", type=_text, help="its title")
    record.add_argument("--ticket", type=_text, help="the change ticket it belongs to")
    record.add_argument("--created", type=_date, metavar="DATE", help="its date, such as 2027-01-31; no clock sets it")
    _add_estate(parser)
    _add_extras(parser)
    _add_rollout(parser)
    _add_boundary(parser)
    files = parser.add_argument_group("files")
    files.add_argument(
        "--from", dest="from_", metavar="FILE", help="begin from a TOML file with answers and zones, or from a plan"
    )
    files.add_argument("-o", "--output", metavar="PLAN", help="the file to save (default: standard output)")
    files.add_argument("--force", action="store_true", help="overwrite that file if it exists")


def _add_estate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the estate").add_argument
    add("--servers", type=_number, metavar="N", help="Windows antivirus servers, the primary counted (default: 1)")
    add("--netware", type=_number, metavar="N", dest="netware_servers", help="NetWare servers (default: 0)")
    add("--netware-parents", action="store_true", default=None, help="a NetWare server is the parent of clients")
    add("--no-clients", action="store_false", default=None, dest="clients", help="no managed 10.x/3.x clients")
    add("--roaming-clients", action="store_true", default=None, help="clients that run SAVRoam")
    add("--no-roaming-push", action="store_false", default=None, dest="roaming_push", help="no push to those")
    add("--mobile", action="store_true", default=None, dest="mobile_clients", help="computers that leave the network")
    add("--legacy-clients", action="store_true", default=None, help="computers on version 9.x or earlier")
    add("--legacy-until", type=_date, metavar="DATE", help="the day to close the legacy rules")


def _add_extras(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what runs beside it").add_argument
    add("--no-console-agent", action="store_false", default=None, dest="console_agent", help="no agent on the console")
    add("--quarantine", action="store_true", default=None, dest="central_quarantine", help="Central Quarantine Server")
    add(
        "--quarantine-port", type=_number, metavar="P", help="the TCP port set on it (default: forwarding stays closed)"
    )
    add("--dis-http-port", type=_number, metavar="P", help="the HTTP port of its gateway if changed (default: 2847)")
    add("--dis-https-port", type=_number, metavar="P", help="the HTTPS port of its gateway if changed (default: 2848)")
    add("--ams", action="store_true", default=None, dest="ams_alerting", help="Alert Management System in use")
    add("--ams-hosts", type=_members, metavar="LIST", help="server,console,quarantine (default: server)")


def _add_rollout(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("remote installation").add_argument
    kinds, hosts = OneOf("clients", "servers", "legacy-clients"), OneOf("console", "server")
    add("--rollout", action="append", type=kinds, metavar="WHAT", help="clients, servers or legacy-clients; repeatable")
    add("--install-from", action="append", type=hosts, metavar="HOST", help="console (default) or server; repeatable")
    add("--rollout-until", type=_date, metavar="DATE", help="the day to close the rollout rules")


def _add_boundary(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("firewalls and ports").add_argument
    kinds = OneOf("stateful", "stateless")
    add("--boundary", type=kinds, metavar="KIND", help="stateful or stateless firewalls (default: stateful)")
    modes = ("documented", "union", "modern", "any")
    add("--source-ports", type=OneOf(*modes), metavar="MODE", help=f"{', '.join(modes)} (default: documented)")
    add("--rtvscan-port", type=_number, metavar="P", help="the port if AgentIPPort was changed (default: 2967)")
    add("--netware-port", type=_number, metavar="P", help="the port on NetWare if it was changed (default: 2968)")
    add(
        "--option",
        action="append",
        type=_text,
        dest="options",
        metavar="FLOW-ID",
        help="turn on an optional flow: discovery-of-netware, smb-helpers, tcp-38293-as-printed; may be repeated",
    )


_FLAGS = {
    "netware_servers": "--netware",
    "clients": "--no-clients",
    "roaming_push": "--no-roaming-push",
    "mobile_clients": "--mobile",
    "central_quarantine": "--quarantine",
    "ams_alerting": "--ams",
    "console_agent": "--no-console-agent",
    "options": "--option",
}
"""The flags that are not called like their answer."""


def _plan_from(options: argparse.Namespace, base: "Plan | None") -> "Plan":
    """Make the plan: the defaults or the base, with the given flags on top.

    Raises:
        TopologyError: an answer is out of range, or an option is no optional flow. It names the flag.
    """
    from planner.catalogue.answers import CONFIRMABLE, TopologyError
    from planner.plan.editing import new_plan, set_answers, set_change, set_head

    plan = new_plan() if base is None else base
    given: dict[str, Any] = {}
    for name in CONFIRMABLE:
        value = getattr(options, name)
        if value is not None:
            given[name] = tuple(sorted(set(value))) if isinstance(value, list) else value
    _refuse_unknown_options(given.get("options", ()))
    try:
        plan = set_answers(plan, **given)
    except TopologyError as error:
        name, _, said = str(error).partition(": ")
        raise TopologyError(f"{_FLAGS.get(name, '--' + name.replace('_', '-'))}: {said}") from None
    head = {name: getattr(options, name) for name in ("title", "created") if getattr(options, name) is not None}
    if head:
        plan = set_head(plan, **head)
    return plan if options.ticket is None else set_change(plan, ticket=options.ticket)


def _refuse_unknown_options(options: tuple[str, ...]) -> None:
    from planner.catalogue.answers import TopologyError
    from planner.catalogue.loader import load_catalogue
    from planner.text.layout import did_you_mean

    known = [flow.id for flow in load_catalogue().flows.values() if flow.switch]
    for option in options:
        if option not in known:
            accepted = f"{', '.join(known)}{did_you_mean(option, known)}"
            raise TopologyError(f"--option: {option[:SHOWN]!r} is no optional flow; accepted: {accepted}")


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) < 12:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text[:SHOWN]!r} is no number; accepted: a whole number such as 3")


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(f"{text[:SHOWN]!r} is not UTF-8; accepted: text in UTF-8") from None
    return text


def _date(text: str) -> "datetime.date":
    import datetime

    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:SHOWN]!r} is no date; accepted: a date such as 2027-01-31") from None


def _members(text: str) -> list[str]:
    member_of = OneOf("server", "console", "quarantine")
    return [member_of(member.strip()) for member in text.split(",")]
