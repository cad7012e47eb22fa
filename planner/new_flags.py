"""The flags of ``sav-planner new``: the screen's questions for a command line."""

import argparse
import datetime
from typing import Any

from planner.core.editing import new_plan, set_answers, set_change, set_head
from planner.core.plan import Plan
from planner.core.topology import CONFIRMABLE


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add one flag for each answer, with the file to begin from and the file to write."""
    add = parser.add_argument
    add("--title", help="what the plan is called")
    add("--ticket", help="the change ticket it belongs to")
    add("--created", type=_date, metavar="DATE", help="the plan's date; no clock sets it")
    add("--servers", type=int, metavar="N", help="Windows antivirus servers (default 1)")
    add("--netware", type=int, metavar="N", dest="netware_servers", help="NetWare antivirus servers (default 0)")
    add("--netware-parents", action="store_true", default=None, help="NetWare servers are parents of clients")
    add("--no-clients", action="store_false", default=None, dest="clients", help="no 10.x/3.x clients")
    add("--roaming-clients", action="store_true", default=None, help="clients that run SAVRoam")
    add("--mobile", action="store_true", default=None, dest="mobile_clients", help="computers that leave the network")
    add("--legacy-clients", action="store_true", default=None, help="computers on SAV 9.x or earlier")
    add("--legacy-until", type=_date, metavar="DATE", help="when the legacy rules should be closed")
    add("--quarantine", action="store_true", default=None, dest="central_quarantine", help="Central Quarantine Server")
    add("--quarantine-port", type=int, metavar="P", help="the port set on that server (no default is known)")
    add("--ams", action="store_true", default=None, dest="ams_alerting", help="Alert Management System alerts")
    add("--ams-hosts", type=_members, metavar="LIST", help="server,console,quarantine (default: server)")
    add("--rollout", action="append", choices=("clients", "servers"), help="remote installation; may be given twice")
    add("--rollout-until", type=_date, metavar="DATE", help="when the rollout rules should be closed")
    add("--no-console-agent", action="store_false", default=None, dest="console_agent", help="no agent on the console")
    add("--rtvscan-port", type=int, metavar="P", help="overridden Rtvscan port (default 2967)")
    add("--netware-port", type=int, metavar="P", help="overridden NetWare port (default 2968)")
    add("--boundary", choices=("stateful", "stateless"), help="what stands between the zones (default stateful)")
    add("--source-ports", choices=("documented", "union", "modern", "any"), help="source port ranges")
    add(
        "--option", action="append", metavar="FLOW-ID", dest="options", help="turn an optional flow on; may be repeated"
    )
    add("--from", dest="from_", metavar="FILE", help="begin from a TOML file with answers and zones, or from a plan")
    add("-o", "--output", metavar="PLAN", help="the file to save; without it the plan goes to standard output")
    add("--force", action="store_true", help="overwrite the file if it exists")


def plan_from(options: argparse.Namespace, base: Plan | None) -> Plan:
    """Make the plan: the defaults or the base, with the given flags on top.

    Raises:
        TopologyError: an answer is out of range, or an option is no optional flow.
    """
    plan = new_plan() if base is None else base
    given: dict[str, Any] = {}
    for name in CONFIRMABLE:
        value = getattr(options, name)
        if value is not None:
            given[name] = tuple(sorted(set(value))) if isinstance(value, list) else value
    if "options" in given:
        _refuse_unknown_options(given["options"])
    if given:
        plan = set_answers(plan, **given)
    head = {name: getattr(options, name) for name in ("title", "created") if getattr(options, name) is not None}
    if head:
        plan = set_head(plan, **head)
    return plan if options.ticket is None else set_change(plan, ticket=options.ticket)


def _refuse_unknown_options(options: tuple[str, ...]) -> None:
    from planner.core.catalogue import load_catalogue
    from planner.core.topology import TopologyError

    known = [flow.id for flow in load_catalogue().flows.values() if flow.switch]
    for option in options:
        if option not in known:
            raise TopologyError(f"--option: {option!r} is no optional flow; accepted: {', '.join(known)}")


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; accepted: a date such as 2027-01-31") from None


def _members(text: str) -> list[str]:
    members = [member.strip() for member in text.split(",") if member.strip()]
    for member in members:
        if member not in ("server", "console", "quarantine"):
            raise argparse.ArgumentTypeError(f"{member!r} is no AMS host; accepted: server, console, quarantine")
    return members
