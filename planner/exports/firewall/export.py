"""The one way to ask for a firewall export: finds device or host, refuses what is missing, writes heading and rules."""

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, TypeVar

import msgspec

from planner.catalogue.answers import RoleId
from planner.enforcement.device_rules import ExportError, Gap, device_rules, host_classes, host_rules
from planner.enforcement.vendors import VENDORS, facts_of
from planner.exports.firewall.header import change_lines, common_notes, heading
from planner.exports.firewall.job import DeviceJob, HostJob, Job
from planner.exports.firewall.proof import prove
from planner.exports.firewall.registry import Format
from planner.network.partition import Stopped, check_cancelled, never_cancelled
from planner.plan.plan import Plan
from planner.plan.topology import Device
from planner.text.escaping import Output, for_output

REMOVED = "what these rules permitted or dropped is left to the other rules of the device from then on"


ALL_ROLES = "all"
"""In place of a role: every role of a zone together, so that its boundary is kept at each of its hosts."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: for which device, or for which hosts; the removal, or what changed since an older plan.

    Nothing named means the only one there is.
    """

    device: str = ""
    zone: str = ""
    role: str = ""
    remove: bool = False
    since: Plan | None = None


class Written(msgspec.Struct, frozen=True):
    """An export: its text, line ends as the target has them, and what it cannot express or leaves to others."""

    text: Output
    notes: tuple[str, ...]


def write_rules(
    plan: Plan, format_: Format, asked: Asked, stopped: Stopped = never_cancelled, *, proven: bool = True
) -> Written:
    """Write the plan's rules for one device, or for one kind of host.

    An export is proven by its own audit before it is given out; without ``proven`` it is for a look at one rule alone.

    Raises:
        ExportError: naming everything that is missing, or cannot be said exactly in this format.
        StoppedError: it is no longer wanted, as ``stopped`` says between the steps.
    """
    module: Any = import_module(f"planner.exports.firewall.{format_.module}")
    job = find_job(plan, format_, asked)
    check_cancelled(stopped)
    gaps = list(_called(module, "gaps", format_, job))
    if gaps:
        raise ExportError(gaps)
    if asked.remove:
        notes = [REMOVED, *_called(module, "removal_notes", format_, job)]
    else:
        notes = [*common_notes(format_, job), *_called(module, "notes", format_, job)]
    check_cancelled(stopped)
    delta = getattr(module, f"delta{format_.suffix}", None) if asked.since and not asked.remove else None
    if asked.remove:
        remove = getattr(module, f"remove{format_.suffix}", None) or getattr(module, f"remove{_kind(format_)}")
        body = remove(job)
    else:
        body = (delta or getattr(module, f"write{format_.suffix}"))(job)
    check_cancelled(stopped)
    top = heading(format_, job, notes, form="removal" if asked.remove else "change" if delta else "whole")
    if asked.since and not asked.remove:
        top += [*change_lines(job, asked.since), format_.since]
    lines = [*_commented(format_, top, commands=asked.remove or delta is not None), *body]
    text = format_.line_end.join([*lines, ""])
    if isinstance(job, DeviceJob) and proven and not asked.remove:
        prove(plan, format_, job, text, stopped)
    return Written(for_output(text), tuple(notes))


def look(plan: Plan, format_: Format, asked: Asked) -> tuple[tuple[str, ...], tuple[Gap, ...]]:
    """Say what an export would have to mind, and what it is missing, without writing it."""
    module: Any = import_module(f"planner.exports.firewall.{format_.module}")
    try:
        job = find_job(plan, format_, asked)
    except ExportError as error:
        return (), error.gaps
    notes = (*common_notes(format_, job), *_called(module, "notes", format_, job))
    return notes, tuple(_called(module, "gaps", format_, job))


def _commented(format_: Format, lines: list[str], *, commands: bool) -> list[str]:
    """Make comments of the heading; of XML, where two hyphens would end one, and where what follows is no XML."""
    before, after = format_.comment
    if not after:
        return [f"{before}{line}".rstrip() for line in lines]
    if commands:
        return [f"# {line}" for line in lines]
    inside = (re.sub(r"-(?=-)", "- ", line) for line in lines)
    return ['<?xml version="1.0"?>', *(f"{before}{line.rstrip('-')}{after}" for line in inside)]


def _kind(format_: Format) -> str:
    return "_host" if format_.scope == "host" else ""


def _called(module: Any, name: str, format_: Format, job: Job) -> Iterator[Any]:
    function = getattr(module, f"{name}{format_.suffix}", None) or getattr(module, name, None)
    if function:
        yield from function(job)


def find_job(plan: Plan, format_: Format, asked: Asked) -> Job:
    """Find the device or the hosts that are meant, in the plan and in the older one.

    Raises:
        ExportError: there is none, or several and none was named; something about it is missing.
    """
    if format_.scope == "host":
        zone, roles = _hosts(plan, asked)
        before = None
        if asked.since:
            known = {role for name, role in host_classes(asked.since) if name == zone}
            before = _of_older(host_rules, asked.since, zone, tuple(role for role in roles if role in known))
        return HostJob(plan, host_rules(plan, zone, roles), before)
    device = _device(plan, format_, asked)
    if gaps := list(_unfit(device, format_)):
        raise ExportError(gaps)
    old = None
    if asked.since:
        named = [known for known in asked.since.topology.devices if known.name == device.name]
        known_then = named[0] if named else msgspec.structs.replace(device, interfaces={})
        old = _of_older(device_rules, asked.since, known_then)
    return DeviceJob(plan, device_rules(plan, device), old, asked.since)


Rules = TypeVar("Rules")


def _of_older(rules: Callable[..., Rules], *given: object) -> Rules:
    """Work out rules of the older plan; what is missing there is said to be of that plan."""
    try:
        return rules(*given)
    except ExportError as error:
        named = [msgspec.structs.replace(gap, trouble=f"in the older plan, {gap.trouble}") for gap in error.gaps]
        raise ExportError(named) from None


def _device(plan: Plan, format_: Format, asked: Asked) -> Device:
    devices = plan.topology.devices
    fitting = format_.fitting(devices)
    if asked.device:
        fitting = [device for device in devices if device.name == asked.device]
        if fitting:
            return fitting[0]
        known = (
            ", ".join(device.name for device in devices) or f"a device of vendor {format_.vendor}, once there is one"
        )
        raise ExportError([Gap("device", asked.device, "", "the plan has none of this name", known)])
    if not fitting:
        vendor = format_.vendor or ", ".join(VENDORS)
        trouble = f"no device of the plan takes {format_.name}, so no zone has an interface"
        accepted = f"[[device]] with name, vendor = {vendor} and interfaces"
        raise ExportError([Gap("device", "", "interfaces", trouble, accepted), *_other_gaps(plan, format_)])
    if len(fitting) > 1:
        names = ", ".join(device.name for device in fitting)
        raise ExportError([Gap("device", "", "", f"{len(fitting)} take {format_.name}", f"--device {names}")])
    return fitting[0]


def _other_gaps(plan: Plan, format_: Format) -> tuple[Gap, ...]:
    """Find what else would be missing if a device stood between all zones."""
    sides = {zone.name: zone.name for zone in plan.derived.zones}
    try:
        device_rules(plan, Device(name="", vendor=format_.vendor or "", interfaces=sides))
    except ExportError as error:
        return error.gaps
    return ()


def _unfit(device: Device, format_: Format) -> Iterator[Gap]:
    if device.vendor not in VENDORS or format_.vendor not in (None, device.vendor):
        accepted = format_.vendor or ", ".join(VENDORS)
        yield Gap("device", device.name, "vendor", f"{device.vendor!r} does not take {format_.name}", accepted)
    facts = facts_of(device) or VENDORS[format_.vendor or "linux"]
    if device.stateful and not facts.keeps_state:
        yield Gap("device", device.name, "stateful", f"an access list of {facts.title} keeps no state", "false")
    if not device.stateful and facts.must_keep:
        yield Gap("device", device.name, "stateful", f"{facts.title} always follows connections", "true")
    if not device.interfaces:
        yield Gap("device", device.name, "interfaces", "no zone has a side of it", "zone = its interface or zone name")
    for zone, side in device.interfaces.items():
        if not re.fullmatch(facts.pattern, side):
            yield Gap("device", device.name, f"interfaces.{zone}", f"{side!r} cannot be one", facts.accepted)


def _hosts(plan: Plan, asked: Asked) -> tuple[str, tuple[RoleId, ...]]:
    classes = host_classes(plan)
    wanted = [role.strip() for role in asked.role.split(",")] if asked.role else []
    here = [(zone, role) for zone, role in classes if not asked.zone or zone == asked.zone]
    if wanted == [ALL_ROLES] and len({zone for zone, _ in here}) == 1:
        return here[0][0], tuple(role for _, role in here)
    fitting = [(zone, role) for zone, role in here if not wanted or role in wanted]
    if len(fitting) == 1 and len(wanted) <= 1:
        return fitting[0][0], (fitting[0][1],)
    zones = dict.fromkeys(zone for zone, _ in fitting)
    if wanted and len(zones) == 1 and {role for _, role in fitting} == set(wanted):
        return next(iter(zones)), tuple(role for _, role in fitting)
    trouble = f"{len(fitting)} kinds of hosts fit" if fitting else "no host of it opens or listens on anything"
    raise ExportError([Gap("zone", asked.zone, "role", trouble, _choices(fitting or here or classes))])


def _choices(classes: Sequence[tuple[str, RoleId]]) -> str:
    return "; ".join(f"--zone {zone} --role {role}" for zone, role in classes) or "a plan with rules"
