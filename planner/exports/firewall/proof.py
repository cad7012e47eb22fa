"""Proof of an export: its own text, read back and audited against the plan before it is given out."""

from collections.abc import Iterator

from planner.audit.audit import Audit, audit
from planner.audit.expected import Estate, estate
from planner.audit.readers.rule_base import RuleBaseError, RuleFormat
from planner.audit.run import read_rules
from planner.enforcement.device_rules import ExportError, Gap
from planner.exports.firewall.iptables import CHAIN
from planner.exports.firewall.job import DeviceJob
from planner.exports.firewall.registry import Format
from planner.network.packets import Box, addresses
from planner.network.partition import EntangledError, Stopped, Work
from planner.network.ranges import overlaps
from planner.plan.addresses import ZoneAddresses
from planner.plan.plan import Plan

PROVEN: dict[str, RuleFormat] = {
    "iptables": "iptables",
    "ip6tables": "iptables",
    "cisco-ios": "ios",
    "cisco-nxos": "ios",
    "cisco-asa": "asa",
}
"""Formats that an export is read back from."""

_NAMED = 3


def prove(plan: Plan, format_: Format, job: DeviceJob, text: str, stopped: Stopped) -> None:
    """Audit an export against its plan.

    Raises:
        ExportError: it is not exact; each finding is named.
        StoppedError: it is no longer wanted.
    """
    reader = PROVEN.get(format_.name)
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
        raise ExportError([_gap(f"its own audit cannot read it: {error}")]) from None
    troubles = list(_troubles(found, format_))
    if troubles:
        if gaps := list(_address_gaps(plan, place, format_)):
            raise ExportError(gaps)
        shown = [_gap(trouble) for trouble in troubles[:_NAMED]]
        raise ExportError([*shown, _gap(f"{len(troubles) - _NAMED} more findings")] if troubles[_NAMED:] else shown)


def _address_gaps(plan: Plan, place: Estate, format_: Format) -> Iterator[Gap]:
    """Yields the zones of a device that no address tells apart: an address in two of them, or one filled by others."""
    stated = ZoneAddresses(plan.derived.zones)
    for family in format_.families:
        spans = [
            (low, high, zone, addresses(((low, high),), family, ())[0])
            for zone, held in place.zones.items()
            for low, high in held.get(family, ())
        ]
        for zone, other, text in overlaps(spans):
            yield Gap("zone", zone, "networks or hosts", f"{text} is in zone {other!r} too", "each address in one zone")
        for zone, held in place.zones.items():
            if stated.whole(zone).of(family) and not held.get(family):
                yield Gap(
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


def _gap(trouble: str) -> Gap:
    return Gap("format", "", "", f"not exact: {trouble}"[:400], "a plan whose export its own audit calls exact")
