"""Heading of every firewall export: title, plan, way in, and notes on what it cannot express."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from planner.catalogue.loader import load_catalogue
from planner.enforcement.device_rules import Block, DeviceRules, HostRules, Permit
from planner.exports.firewall.model import DeviceJob, Format, Job, plain
from planner.plan.plan import Plan

_NAME = 80


Form = Literal["whole", "change", "removal"]
_WHAT: dict[Form, str] = {"whole": "", "change": "a change of ", "removal": "the removal of "}


def heading(format_: Format, job: Job, notes: Sequence[str], *, form: Form) -> list[str]:
    """Lines of the heading, without the signs that make comments of them."""
    load = format_.load if form == "whole" else format_.unload or format_.load.partition(". ")[0]
    lines = [f"sav-planner: {_WHAT[form]}{format_.title}"]
    if isinstance(job, DeviceJob) and job.rules.device.mode == "exclusive" and form != "removal":
        lines.append("WARNING: this device drops everything that the plan does not name, of other products too")
    lines += [*_plan_lines(job.plan), _about(job), f"Load: {load}"]
    if notes:
        lines += ["Mind:", *(f"- {note}" for note in notes)]
    return lines


def _plan_lines(plan: Plan) -> Iterator[str]:
    head = plan.head
    ticket = f", ticket {plain(plan.change.ticket, _NAME)}" if plan.change.ticket else ""
    yield f"Plan {plain(head.id, _NAME)}, revision {head.revision}, {plan.status}{ticket}: {plain(head.title, _NAME)}"
    yield f"Answers SHA-256 {plan.digests.answers}"


def _about(job: Job) -> str:
    rules = job.rules
    if isinstance(rules, HostRules):
        return (
            f"Hosts with the role {' and '.join(rules.roles)} in zone {plain(rules.zone, _NAME)}: "
            f"{_count(rules.inbound)} in, {_count(rules.outbound)} out"
        )
    device = rules.device
    state = "follows connections" if device.stateful else "keeps no state"
    return (
        f"Device {plain(device.name, _NAME)}, {device.mode}, {state}: {_count(rules.permits)}, "
        f"{len(rules.blocks)} denies, {len(rules.zones)} zones"
    )


def _count(permits: Sequence[Permit]) -> str:
    rules = len({permit.marker for permit in permits})
    return f"{rules} rules" if rules != 1 else "1 rule"


def common_notes(format_: Format, job: Job) -> Iterator[str]:
    """Notes for any format of this scope: what it leaves to others, and what the plan leaves open."""
    if job.plan.status == "draft":
        yield "the plan is a draft: a decision is undecided or an answer is assumed"
    if isinstance(job, DeviceJob):
        yield from _device_notes(format_, job.rules)
        permits = job.rules.permits
    else:
        if len(job.rules.roles) == 1:
            yield "a host with several roles needs one export for all of them: --role server,console"
        else:
            yield "where the plan names no hosts of one of these roles, each host of the zone is taken to have it"
        permits = job.rules.inbound
    last = sorted({str(permit.rule.until) for permit in permits if permit.rule.until})
    if last:
        yield f"some rules end ({', '.join(last)}, in their remarks): no firewall takes them out by itself"
    for family in {4, 6} - set(format_.families):
        other = dict.fromkeys(permit.marker for permit in permits if permit.family == family)
        if other:
            named = ", ".join(other)
            if format_.sibling:
                yield f"IPv{family} is in the format {format_.sibling}, for: {named}"
            else:
                yield f"IPv{family} is not in here, and stays closed for: {named}"


def _device_notes(format_: Format, rules: DeviceRules) -> Iterator[str]:
    if rules.device.mode == "exclusive":
        yield "exclusive: whatever else the device would forward between any interfaces is dropped"
        topics = ", ".join(topic.title for topic in load_catalogue().out_of_scope.values())
        yield f"not in the vendor document and so dropped here, plan it separately: {topics}"
    else:
        ports = _ports(rules.governed)
        yield f"additive: only {ports} are governed, between the zones of this device; all else is left as it is"
        if not rules.device.stateful:
            yield (
                "of TCP, only what begins a connection is dropped; of UDP, an answer to another connection that was "
                "opened from one of these ports by chance cannot be told apart, and is dropped too"
            )
        shared = {(permit.protocol, permit.destination_ports[0]) for permit in rules.permits if _is_shared(permit)}
        if shared:
            named = ", ".join(f"{protocol} {port}" for protocol, port in sorted(shared))
            yield f"{named} belongs to Windows file sharing: permitted where the rollout needs it, blocked nowhere"
    behind: dict[str, list[str]] = {}
    for zone in rules.zones:
        behind.setdefault(rules.device.interfaces[zone], []).append(plain(zone, _NAME))
    for side, zones in behind.items():
        if len(zones) > 1:
            yield (
                f"zones {', '.join(zones)} are behind one interface, {side}: told apart by address alone, and rules "
                f"between them hold only for packets that pass this device"
            )
    if rules.elsewhere:
        yield f"{len(rules.elsewhere)} rules of the plan are for other devices"
    for from_, to in rules.unseen:
        yield f"no device of the plan stands between {plain(from_, _NAME)} and {plain(to, _NAME)}: not in here"
    for rule in rules.unanswered:
        yield (
            f"{rule.marker} goes outside through a filter without state: its answers are not let in, "
            f"as no rule has the outside as its source"
        )
    for zone in rules.translated:
        yield f"addresses of zone {plain(zone, _NAME)} are translated: the device must see those stated in the plan"


def _is_shared(permit: Permit) -> bool:
    """Checks for a port that others use too, as those of a rollout: it is not governed."""
    return permit.rule.phase == "rollout" and not permit.rule.is_return


def change_lines(job: Job, old: Plan) -> list[str]:
    """Differences from an older revision, a line for each permit and each deny."""
    since = f"Since revision {old.head.revision}, answers SHA-256 {old.digests.answers}:"
    lines = [f"{change.sign} {_described(change.new or change.old)}" for change in job.changes]
    if isinstance(job, DeviceJob) and job.old:
        lines += _device_changes(job.old, job.rules)
    return [since, *(lines or ["- no rule became different"])]


def _device_changes(old: DeviceRules, new: DeviceRules) -> Iterator[str]:
    """Denies added and removed, and changes of the device's mode and governed ports."""
    before, after = ({_deny(block): None for block in rules.blocks} for rules in (old, new))
    yield from (f"- {text}" for text in before if text not in after)
    yield from (f"+ {text}" for text in after if text not in before)
    if old.device.mode != new.device.mode:
        yield f"~ the device was {old.device.mode}, and is {new.device.mode}"
    if new.device.mode == "additive" and old.governed != new.governed:
        yield f"~ governed were {_ports(old.governed)}"


def _deny(block: Block) -> str:
    deny = block.deny
    ends = f"{plain(deny.from_, _NAME)} to {plain(deny.to, _NAME)}"
    return f"{block.marker} {ends} {deny.protocol} {block.port} stays closed"


def _ports(governed: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{protocol} {port}" for protocol, port in governed)


def _described(permit: Permit | None) -> str:
    if permit is None:
        return ""
    rule = permit.rule
    ends = f"{plain(rule.from_, _NAME)} to {plain(rule.to, _NAME)}"
    return f"{permit.name} IPv{permit.family} {ends} {rule.protocol} {rule.destination_ports} from {rule.source_ports}"
