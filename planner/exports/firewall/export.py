"""Firewall export: finds device or host, refuses what is missing, writes heading and rules."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from planner.audit.audit import Audit, audit
from planner.audit.expected import Estate, estate
from planner.audit.readers.rule_base import RuleBaseError
from planner.audit.run import read_rules
from planner.catalogue.answers import RoleId
from planner.derivation.model import Rule
from planner.enforcement.device_rules import ExportError, MissingInput, device_rules, host_classes, host_rules
from planner.enforcement.vendors import VENDORS, facts_of
from planner.exports.firewall.header import change_lines, common_notes, heading
from planner.exports.firewall.iptables import CHAIN
from planner.exports.firewall.model import DeviceJob, Format, HostJob, Job
from planner.exports.firewall.registry import FORMATS
from planner.network.packets import Box, addresses
from planner.network.partition import EntangledError, Stopped, Work, check_cancelled, never_cancelled
from planner.network.ranges import overlaps
from planner.plan.addresses import ZoneAddresses
from planner.plan.plan import Plan
from planner.plan.topology import Device
from planner.text.escaping import Output, for_output

REMOVED = "what these rules permitted or dropped is left to the other rules of the device from then on"


ALL_ROLES = "all"
"""In place of a role: every role of a zone together, so that its boundary is kept at each of its hosts."""


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Device or hosts to export for; the removal, or the change since an older plan.

    Nothing named means the only one there is.
    """

    device: str = ""
    zone: str = ""
    role: str = ""
    remove: bool = False
    since: Plan | None = None


class ExportResult(msgspec.Struct, frozen=True):
    """Text of an export, line ends as the target has them, and what it cannot express or leaves to others."""

    text: Output
    notes: tuple[str, ...]


def write_rules(
    plan: Plan, format_: Format, request: ExportRequest, stopped: Stopped = never_cancelled, *, proven: bool = True
) -> ExportResult:
    """Writes the plan's rules for one device, or for one kind of host.

    An export is proven by its own audit before it is given out; without ``proven`` it is for a look at one rule alone.

    Raises:
        ExportError: naming everything that is missing, or cannot be said exactly in this format.
        StoppedError: it is no longer wanted, as ``stopped`` says between the steps.
    """
    writer = format_.writer
    job = find_job(plan, format_, request)
    check_cancelled(stopped)
    missing = list(writer.missing(job))
    if missing:
        raise ExportError(missing)
    notes = [REMOVED, *writer.removal_notes(job)] if request.remove else _notes(format_, job)
    check_cancelled(stopped)
    change = writer.change(job) if request.since and not request.remove else None
    body = writer.remove(job) if request.remove else writer.write(job) if change is None else change
    check_cancelled(stopped)
    is_change = change is not None
    top = heading(format_, job, notes, form="removal" if request.remove else "change" if is_change else "whole")
    if request.since and not request.remove:
        top += [*change_lines(job, request.since), format_.since]
    lines = [*_commented(format_, top, commands=request.remove or is_change), *body]
    text = format_.line_end.join([*lines, ""])
    if isinstance(job, DeviceJob) and proven and not request.remove:
        _prove(plan, format_, job, text, stopped)
    return ExportResult(for_output(text), tuple(notes))


def preflight(plan: Plan, format_: Format, request: ExportRequest) -> tuple[tuple[str, ...], tuple[MissingInput, ...]]:
    """Returns an export's notes and its missing inputs, without writing it."""
    try:
        job = find_job(plan, format_, request)
    except ExportError as error:
        return (), error.missing
    return tuple(_notes(format_, job)), tuple(format_.writer.missing(job))


def _notes(format_: Format, job: Job) -> list[str]:
    return [*common_notes(format_, job), *format_.writer.notes(job)]


_NAMED_FINDINGS = 3


def _prove(plan: Plan, format_: Format, job: DeviceJob, text: str, stopped: Stopped) -> None:
    """Reads an export back and audits it against its plan, before it is given out.

    Raises:
        ExportError: it is not exact; each finding is named.
        StoppedError: it is no longer wanted.
    """
    reader = format_.reader
    if reader is None:
        return
    name = job.rules.device.name
    if reader == "iptables" and job.rules.device.mode == "additive":
        # As it stands behind the heading's command, which hooks the chain in.
        text = text.replace("*filter\n", "*filter\n:FORWARD ACCEPT [0:0]\n", 1)
        text = text.replace("\nCOMMIT\n", f"\n-A FORWARD -j {CHAIN}\nCOMMIT\n", 1)
    try:
        place = estate(plan, name, job.rules)
        found = audit(plan, read_rules(text, reader, place.ground), name, Work(stopped=stopped), place)
    except (RuleBaseError, EntangledError) as error:
        raise ExportError([_not_exact(f"its own audit cannot read it: {error}")]) from None
    troubles = list(_troubles(found, format_))
    if troubles:
        if missing := list(_indistinct_zones(plan, place, format_)):
            raise ExportError(missing)
        shown = [_not_exact(trouble) for trouble in troubles[:_NAMED_FINDINGS]]
        raise ExportError(
            [*shown, _not_exact(f"{len(troubles) - _NAMED_FINDINGS} more findings")]
            if troubles[_NAMED_FINDINGS:]
            else shown
        )


def _indistinct_zones(plan: Plan, place: Estate, format_: Format) -> Iterator[MissingInput]:
    """Yields the zones of a device that no address tells apart: an address in two of them, or one filled by others."""
    stated = ZoneAddresses(plan.derived.zones)
    for family in format_.families:
        spans = [
            (low, high, zone, addresses(((low, high),), family, ())[0])
            for zone, held in place.zones.items()
            for low, high in held.get(family, ())
        ]
        for zone, other, text in overlaps(spans):
            trouble = f"{text} is in zone {other!r} too"
            yield MissingInput("zone", zone, "networks or hosts", trouble, "each address in one zone")
        for zone, held in place.zones.items():
            if stated.whole(zone).of(family) and not held.get(family):
                yield MissingInput(
                    "zone", zone, "networks", f"other zones hold all of its IPv{family} addresses",
                    "a network with addresses of its own, or one zone in place of both",
                )  # fmt: skip


def _troubles(found: Audit, format_: Format) -> Iterator[str]:
    """Yield what keeps an audit from being exact in the address families that the format holds."""
    from planner.exports.report.audit import pieces_text, reference, references

    for verdict in found.planned:
        held = [box for box in verdict.missing.boxes if box.family in format_.families]
        if held:
            by = references(verdict.stopped_by, found)
            yield f"{verdict.rule.marker} would not pass: {_first(held)}" + (f", stopped by {by}" if by else "")
    for rule in found.rules:
        if rule.status in ("surplus", "too wide"):
            line = reference(found.base.rules[rule.rule])
            yield f"{line} would open more than planned: {pieces_text(rule.beyond, found)}"
    for entry in found.doubtful:
        yield f"line {entry.line}, {entry.text[:60]!r}: {entry.why}"


def _first(boxes: list[Box]) -> str:
    from planner.network.packets import box_text

    return box_text(boxes[0], ())


def _not_exact(trouble: str) -> MissingInput:
    return MissingInput(
        "format", "", "", f"not exact: {trouble}"[:400], "a plan whose export its own audit calls exact"
    )


def _commented(format_: Format, lines: list[str], *, commands: bool) -> list[str]:
    """Heading as comments. Two hyphens would end one of XML; commands for a device that takes XML have ``#``."""
    before, after = format_.comment
    if not after:
        return [f"{before}{line}".rstrip() for line in lines]
    if commands:
        return [f"# {line}" for line in lines]
    inside = (re.sub(r"-(?=-)", "- ", line) for line in lines)
    return ['<?xml version="1.0"?>', *(f"{before}{line.rstrip('-')}{after}" for line in inside)]


def find_job(plan: Plan, format_: Format, request: ExportRequest) -> Job:
    """Finds the device or the hosts that are meant, in the plan and in the older one.

    Raises:
        ExportError: there is none, or several and none was named; something about it is missing.
    """
    if format_.scope == "host":
        zone, roles = _hosts(plan, request)
        before = None
        if request.since:
            known = {role for name, role in host_classes(request.since) if name == zone}
            before = _of_older(host_rules, request.since, zone, tuple(role for role in roles if role in known))
        return HostJob(plan, host_rules(plan, zone, roles), before)
    device = _device(plan, format_, request)
    if missing := list(_unfit(device, format_)):
        raise ExportError(missing)
    old = None
    if request.since:
        named = [known for known in request.since.topology.devices if known.name == device.name]
        known_then = named[0] if named else msgspec.structs.replace(device, interfaces={})
        old = _of_older(device_rules, request.since, known_then)
    return DeviceJob(plan, device_rules(plan, device), old, request.since)


Rules = TypeVar("Rules")


def _of_older(rules: Callable[..., Rules], *given: object) -> Rules:
    """Work out rules of the older plan; what is missing there is said to be of that plan."""
    try:
        return rules(*given)
    except ExportError as error:
        named = [msgspec.structs.replace(each, trouble=f"in the older plan, {each.trouble}") for each in error.missing]
        raise ExportError(named) from None


def _device(plan: Plan, format_: Format, request: ExportRequest) -> Device:
    devices = plan.topology.devices
    fitting = format_.fitting(devices)
    if request.device:
        fitting = [device for device in devices if device.name == request.device]
        if fitting:
            return fitting[0]
        known = (
            ", ".join(device.name for device in devices) or f"a device of vendor {format_.vendor}, once there is one"
        )
        raise ExportError([MissingInput("device", request.device, "", "the plan has none of this name", known)])
    if not fitting:
        vendor = format_.vendor or ", ".join(VENDORS)
        trouble = f"no device of the plan takes {format_.name}, so no zone has an interface"
        accepted = f"[[device]] with name, vendor = {vendor} and interfaces"
        raise ExportError([MissingInput("device", "", "interfaces", trouble, accepted), *_other_missing(plan, format_)])
    if len(fitting) > 1:
        names = ", ".join(device.name for device in fitting)
        raise ExportError([MissingInput("device", "", "", f"{len(fitting)} take {format_.name}", f"--device {names}")])
    return fitting[0]


def _other_missing(plan: Plan, format_: Format) -> tuple[MissingInput, ...]:
    """Find what else would be missing if a device stood between all zones."""
    sides = {zone.name: zone.name for zone in plan.derived.zones}
    try:
        device_rules(plan, Device(name="", vendor=format_.vendor or "", interfaces=sides))
    except ExportError as error:
        return error.missing
    return ()


def _unfit(device: Device, format_: Format) -> Iterator[MissingInput]:
    if device.vendor not in VENDORS or format_.vendor not in (None, device.vendor):
        accepted = format_.vendor or ", ".join(VENDORS)
        yield MissingInput("device", device.name, "vendor", f"{device.vendor!r} does not take {format_.name}", accepted)
    facts = facts_of(device) or VENDORS[format_.vendor or "linux"]
    if device.stateful and not facts.keeps_state:
        yield MissingInput(
            "device", device.name, "stateful", f"an access list of {facts.title} keeps no state", "false"
        )
    if not device.stateful and facts.must_keep:
        yield MissingInput("device", device.name, "stateful", f"{facts.title} always follows connections", "true")
    if not device.interfaces:
        yield MissingInput(
            "device", device.name, "interfaces", "no zone has a side of it", "zone = its interface or zone name"
        )
    for zone, side in device.interfaces.items():
        if not re.fullmatch(facts.pattern, side):
            yield MissingInput("device", device.name, f"interfaces.{zone}", f"{side!r} cannot be one", facts.accepted)


def _hosts(plan: Plan, request: ExportRequest) -> tuple[str, tuple[RoleId, ...]]:
    classes = host_classes(plan)
    wanted = [role.strip() for role in request.role.split(",")] if request.role else []
    here = [(zone, role) for zone, role in classes if not request.zone or zone == request.zone]
    if wanted == [ALL_ROLES] and len({zone for zone, _ in here}) == 1:
        return here[0][0], tuple(role for _, role in here)
    fitting = [(zone, role) for zone, role in here if not wanted or role in wanted]
    if len(fitting) == 1 and len(wanted) <= 1:
        return fitting[0][0], (fitting[0][1],)
    zones = dict.fromkeys(zone for zone, _ in fitting)
    if wanted and len(zones) == 1 and {role for _, role in fitting} == set(wanted):
        return next(iter(zones)), tuple(role for _, role in fitting)
    trouble = f"{len(fitting)} kinds of hosts fit" if fitting else "no host of it opens or listens on anything"
    raise ExportError([MissingInput("zone", request.zone, "role", trouble, _choices(fitting or here or classes))])


def _choices(classes: Sequence[tuple[str, RoleId]]) -> str:
    return "; ".join(f"--zone {zone} --role {role}" for zone, role in classes) or "a plan with rules"


_MARKER = re.compile(r"\bSAV(?:10|-[RD][0-9A-Z-]+)\b")


class DeviceText(msgspec.Struct, frozen=True):
    """Export for one device as lines; without lines, ``trouble`` says why."""

    device: Device
    format: Format
    lines: tuple[str, ...]
    trouble: str = ""

    def of(self, rule: Rule) -> tuple[str, ...]:
        """Lines of one rule: those with its marker, and behind a remark those up to the next one."""
        found = []
        behind = False
        for line in self.lines:
            markers = _MARKER.findall(line)
            if rule.marker in markers:
                found.append(line.strip())
                behind = " remark " in line
            elif behind and not (" remark " in line and markers):
                found.append(line.strip())
            else:
                behind = False
        return tuple(found)


def device_texts(plan: Plan) -> tuple[DeviceText, ...]:
    """Exports of each device in the first format for its vendor; devices of other vendors are left out."""
    texts = []
    for device in plan.topology.devices:
        format_ = next((row for row in FORMATS.values() if row.vendor == device.vendor), None)
        if format_ is not None:
            try:
                text = write_rules(plan, format_, ExportRequest(device=device.name), proven=False).text
            except ExportError as error:
                texts.append(DeviceText(device, format_, (), str(error.missing[0])))
            else:
                texts.append(DeviceText(device, format_, tuple(text.splitlines())))
    return tuple(texts)
