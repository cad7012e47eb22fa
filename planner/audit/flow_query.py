"""One flow asked of a plan, and of a rule base where one was read: open by which rule, or closed and why."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import msgspec

from planner.audit.expected import Estate, NoDeviceError, estate
from planner.audit.readers.rule_base import AddressSets, NotUnderstood, RuleBase, decide
from planner.audit.run import AuditError, refusal
from planner.catalogue.answers import RoleId
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Transport
from planner.derivation.model import Rule
from planner.enforcement.device_rules import ExportError
from planner.network.packets import (
    NEW,
    PORTS,
    Box,
    Family,
    network_ranges,
    one_service,
    port_number,
    port_ranges,
    touch,
)
from planner.network.partition import EntangledError, Work, cells
from planner.network.ranges import Ranges, covers, holds, intersect, one, union
from planner.plan.addresses import RuleRoles, ZoneAddresses
from planner.plan.plan import Plan
from planner.plan.topology import Zone
from planner.text.layout import did_you_mean

Answer = Literal["open", "partly", "closed"]


class AskError(ValueError):
    """It cannot be told what is asked: which part, and what is accepted."""


class FlowEnd(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a flow in one zone: the hosts of all its roles, those of one role, or those at these addresses."""

    zone: str
    role: RoleId | None = None
    addresses: AddressSets = {}


class FlowQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Flow that is asked about. ``source_port`` None: any."""

    source: tuple[FlowEnd, ...]
    target: tuple[FlowEnd, ...]
    source_text: str
    target_text: str
    protocol: Transport
    port: int
    source_port: int | None = None


class PlanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of the plan between two zones: the rules it is open by, or the reasons why it is closed."""

    from_: str
    to: str
    answer: Answer
    rules: tuple[Rule, ...] = ()
    reasons: tuple[str, ...] = ()


def read_question(plan: Plan, source: str, target: str, service: str, source_port: str = "") -> FlowQuestion:
    """Parses a question.

    Raises:
        AskError: naming the part that is nothing the plan knows.
    """
    protocol, port = read_service(service)
    return FlowQuestion(
        source=read_ends(plan, source),
        target=read_ends(plan, target),
        source_text=source,
        target_text=target,
        protocol=protocol,
        port=port,
        source_port=_read_port(source_port) if source_port else None,
    )


def read_service(text: str) -> tuple[Transport, int]:
    """Parses protocol and port.

    Raises:
        AskError: they are none.
    """
    protocol, slash, number = text.casefold().partition("/")
    if not slash or protocol not in get_args(Transport):
        raise AskError(f"{text[:40]!r} is no service; accepted: tcp or udp and a port, such as tcp/2967")
    return "tcp" if protocol == "tcp" else "udp", _read_port(number)


def _read_port(text: str) -> int:
    try:
        return port_number(text)
    except ValueError as error:
        raise AskError(str(error)) from None


def read_ends(plan: Plan, text: str) -> tuple[FlowEnd, ...]:
    """Parses one end: a zone, a role or an address.

    Raises:
        AskError: it is nothing the plan knows.
    """
    zones = plan.derived.zones
    if any(zone.name == text for zone in zones):
        return (FlowEnd(zone=text),)
    for role in get_args(RoleId):
        if role == text:
            found = tuple(FlowEnd(zone=zone.name, role=role) for zone in zones if role in zone.roles)
            if not found:
                raise AskError(f"no zone holds the role {text}; accepted: a role of the plan, a zone or an address")
            return found
    try:
        addresses = network_ranges([text])
    except ValueError:
        known = ", ".join(zone.name for zone in zones[:8])
        near = did_you_mean(text, [*get_args(RoleId), *(zone.name for zone in zones)])
        raise AskError(
            f"{text[:60]!r} is no zone, role or address; accepted: {known}, a role, an address{near}"
        ) from None
    zone = _zone_of(zones, addresses)
    if zone is None:
        raise AskError(f"{text[:60]} lies in no zone of the plan; accepted: an address in a zone's networks")
    return (FlowEnd(zone=zone, addresses=addresses),)


def _zone_of(zones: Sequence[Zone], addresses: AddressSets) -> str | None:
    """Returns the zone whose narrowest network holds these addresses."""
    best: tuple[int, str] | None = None
    for zone in zones:
        for text in (*zone.networks, *(host for hosts in zone.hosts.values() for host in hosts)):
            for family, some in network_ranges([text]).items():
                wanted = addresses.get(family, ())
                width = some[0][1] - some[0][0]
                if wanted and covers(some, wanted) and (best is None or width < best[0]):
                    best = (width, zone.name)
    return best[1] if best else None


def ask_plan(plan: Plan, question: FlowQuestion) -> tuple[PlanAnswer, ...]:
    """Answers of the plan, one for each pair of zones that is meant."""
    asker = _Asker(plan, question)
    return tuple(asker.answer(source, target) for source in question.source for target in question.target)


def source_ports(question: FlowQuestion, answers: Sequence[PlanAnswer]) -> Ranges:
    """Source ports that are meant: the one asked for, or those that the plan opens it from, or any."""
    if question.source_port is not None:
        return one(question.source_port)
    planned = [port_ranges(rule.source_ports) for answer in answers for rule in answer.rules]
    return union(*planned) if planned else PORTS


def overall(answers: Sequence[PlanAnswer]) -> Answer:
    """Returns one answer for all pairs together."""
    kinds = {answer.answer for answer in answers}
    return kinds.pop() if len(kinds) == 1 else "partly"


class _Asker:
    def __init__(self, plan: Plan, question: FlowQuestion) -> None:
        self._plan = plan
        self._question = question
        self._reach = ZoneAddresses(plan.derived.zones)
        self._ends: RuleRoles = RuleRoles(plan.topology, load_catalogue())
        self._ports = PORTS if question.source_port is None else one(question.source_port)
        self._label = f"{question.protocol.upper()} {question.port}"

    def answer(self, source: FlowEnd, target: FlowEnd) -> PlanAnswer:
        found: list[Rule] = []
        passing: Ranges = ()
        reasons: list[str] = []
        derived = self._plan.derived
        for rule in derived.rules if source.zone != target.zone else derived.host_rules:
            if (rule.from_, rule.to) != (source.zone, target.zone) or not self._is_about(rule):
                continue
            ports = intersect(port_ranges(rule.source_ports), self._ports)
            if not ports:
                reasons.append(f"{rule.marker} is open from source ports {rule.source_ports} alone")
            elif trouble := self._other_hosts(rule, source, target):
                reasons.append(f"{rule.marker} is narrower: {trouble}")
            else:
                found.append(rule)
                passing = union(passing, ports)
        if found:
            whole = covers(passing, self._ports)
            if not whole:
                ports_text = " and ".join(dict.fromkeys(rule.source_ports for rule in found))
                reasons.insert(0, f"from source ports {ports_text} alone")
            # A client's system picks its ports; that not all are open is how every documented rule is.
            answer: Answer = "open" if whole or self._question.source_port is None else "partly"
            return PlanAnswer(
                from_=source.zone, to=target.zone, answer=answer, rules=tuple(found), reasons=tuple(reasons)
            )
        reasons += self._why_closed(source, target)
        return PlanAnswer(from_=source.zone, to=target.zone, answer="closed", reasons=tuple(reasons))

    def _is_about(self, rule: Rule) -> bool:
        return rule.protocol == self._question.protocol and holds(
            port_ranges(rule.destination_ports), self._question.port
        )

    def _other_hosts(self, rule: Rule, source: FlowEnd, target: FlowEnd) -> str:
        """Names the hosts of a rule where those asked about are not among them; empty if they are."""
        pairs = self._ends.of(rule)
        pairs = tuple((to, from_) for from_, to in pairs) if rule.is_return else pairs
        if any(self._meant(source, rule.from_, from_) and self._meant(target, rule.to, to) for from_, to in pairs):
            return ""
        roles = dict.fromkeys(f"{from_} to {to}" for from_, to in pairs)
        return f"it is for the hosts of {', '.join(roles)}"

    def _meant(self, end: FlowEnd, zone: str, role: RoleId) -> bool:
        if end.role is not None:
            return end.role == role
        if not end.addresses:
            return True
        hosts = self._reach.of(zone, role)
        return any(
            low >= int(network.network_address) and high <= int(network.broadcast_address)
            for family, some in end.addresses.items()
            for low, high in some
            for network in (hosts.v4 if family == 4 else hosts.v6)
        )

    def _why_closed(self, source: FlowEnd, target: FlowEnd) -> Iterator[str]:
        question, derived = self._question, self._plan.derived
        for deny in derived.denies:
            same = (deny.protocol, deny.ports, deny.to) == (question.protocol, str(question.port), target.zone)
            if same and deny.from_ in ("any", source.zone):
                yield f"{deny.marker} forbids {self._label} to {target.zone}: {deny.why}"
        for rule in derived.rules:
            back = (rule.to, rule.from_) == (source.zone, target.zone) and not rule.is_return
            if back and self._is_about(rule) and source.zone != target.zone:
                yield f"{rule.marker} opens it the other way, from {rule.from_} to {rule.to}"
        for entry in derived.closed:
            if (entry.protocol, entry.ports) == (question.protocol, str(question.port)):
                yield f"{entry.flow} is closed: {entry.reason}"
        numbers = {(rule.protocol, rule.destination_ports) for rule in (*derived.rules, *derived.host_rules)}
        numbers |= {(entry.protocol, entry.ports) for entry in derived.closed}
        numbers |= {(deny.protocol, deny.ports) for deny in derived.denies}
        if (question.protocol, str(question.port)) not in numbers:
            yield f"{self._label} is no port of the product in this plan"
        else:
            yield f"nothing planned opens {self._label} from {source.zone} to {target.zone}"


class RuleAnswer(msgspec.Struct, frozen=True):
    """Verdict of a rule base on some of the packets asked about, and the rules that give it, by index."""

    open: bool
    packets: Box
    rules: tuple[int, ...]


def ask_rules(
    base: RuleBase, place: Estate | None, plan: Plan, question: FlowQuestion, ports: Ranges, work: Work | None = None
) -> tuple[RuleAnswer, ...]:
    """Returns the verdicts of a rule base on the packets that begin such a flow; no two are about the same packets.

    ``ports``: the source ports that are meant.

    Raises:
        AskError: the plan states no address for one of the ends.
        EntangledError: the rules overlap too much.
        StoppedError: it is no longer wanted.
    """
    work = work or Work()
    boxes = [(key, box) for key, entry in enumerate(base.entries) for box in entry.boxes]
    found: list[RuleAnswer] = []
    for family in base.families:
        for source, target in _pairs(family, place, plan, question):
            clip = Box(
                family=family,
                source=source,
                destination=target,
                service=one_service(question.protocol, question.port),
                source_port=ports,
                state=NEW,
            )
            for cell, met in cells(boxes, clip, bool, work):
                verdict, path = decide(base.entries, met)
                rules = tuple(dict.fromkeys(base.entries[key].rule for key in path))
                found.append(RuleAnswer(verdict == "accept", cell, rules))
    if not found:
        raise AskError("the rules see no packet between these ends; accepted: ends of two zones, of a family they hold")
    return _gathered(found)


def _families_beyond(base: RuleBase, place: Estate | None, plan: Plan, question: FlowQuestion) -> tuple[Family, ...]:
    """Address families that both ends have and that a rule base does not hold."""
    families: tuple[Family, ...] = (4, 6)
    return tuple(
        family
        for family in families
        if place is not None and family not in base.families and any(_pairs(family, place, plan, question))
    )


def _pairs(family: Family, place: Estate | None, plan: Plan, question: FlowQuestion) -> Iterator[tuple[Ranges, Ranges]]:
    """Yields the addresses of both ends, for each two that a firewall stands between."""
    sides = place.rules.device.interfaces if place else {}
    for source in question.source:
        for target in question.target:
            ends = [_end_addresses(end, family, place, plan) for end in (source, target)]
            apart = place is None or sides.get(source.zone) != sides.get(target.zone)
            if apart and all(ends):
                yield ends[0], ends[1]


def _gathered(found: Sequence[RuleAnswer]) -> tuple[RuleAnswer, ...]:
    """Joins the verdicts of the same rules that differ in their source ports alone."""
    groups: dict[tuple[object, ...], RuleAnswer] = {}
    for answer in found:
        box = answer.packets
        key = (answer.open, answer.rules, box.family, box.source, box.destination)
        known = groups.get(key)
        ports = union(known.packets.source_port, box.source_port) if known else box.source_port
        groups[key] = RuleAnswer(answer.open, msgspec.structs.replace(box, source_port=ports), answer.rules)
    return tuple(groups.values())


def _end_addresses(end: FlowEnd, family: Family, place: Estate | None, plan: Plan) -> Ranges:
    if family == 0 or place is None:
        return one([zone.name for zone in plan.derived.zones].index(end.zone))
    if end.addresses:
        return end.addresses.get(family, ())
    whole = place.zones.get(end.zone)
    if whole is None:
        raise AskError(f"zone {end.zone!r} is not behind device {place.name!r}; accepted: a zone that it sees")
    reach = ZoneAddresses(plan.derived.zones)
    roles = next(zone.roles for zone in plan.derived.zones if zone.name == end.zone)
    found: list[str] = []
    for role in (end.role,) if end.role else roles:
        hosts = reach.of(end.zone, role)
        found += [str(network) for network in (hosts.v4 if family == 4 else hosts.v6)]
    return intersect(network_ranges(found).get(family, ()), whole.get(family, ()))


class FlowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Question, the answers of the plan, and those of a rule base where one was asked.

    ``ports``: the source ports that the rule base was asked about. ``doubtful``: lines of it that were not understood
    and may be about these packets. ``beyond``: address families that both ends have and the rule base does not hold.
    """

    plan: Plan
    question: FlowQuestion
    answers: tuple[PlanAnswer, ...]
    base: RuleBase | None = None
    ports: Ranges = PORTS
    packets: tuple[RuleAnswer, ...] = ()
    doubtful: tuple[NotUnderstood, ...] = ()
    beyond: tuple[Family, ...] = ()

    @property
    def certain(self) -> bool:
        """Nothing that may be about these packets was left out of the answer."""
        return not (self.doubtful or self.beyond)


def answer_flow(
    plan: Plan, question: FlowQuestion, base: RuleBase | None = None, device: str = "", work: Work | None = None
) -> FlowAnswer:
    """Answers a question from the plan, and from a rule base at a device of the plan.

    Raises:
        AskError: the rule base holds nothing about these ends.
        AuditError: there can be no answer from the rule base.
        StoppedError: it is no longer wanted.
    """
    answers = ask_plan(plan, question)
    found = FlowAnswer(plan=plan, question=question, answers=answers)
    if base is None:
        return found
    try:
        place = None if base.format == "csv" else estate(plan, device)
        ports = source_ports(question, answers)
        packets = ask_rules(base, place, plan, question, ports, work)
    except (ExportError, NoDeviceError, EntangledError) as error:
        raise AuditError(refusal(error)) from None
    asked = [some.packets for some in packets]
    doubtful = tuple(doubt for doubt in base.not_understood if any(touch(a, b) for a in doubt.boxes for b in asked))
    beyond = _families_beyond(base, place, plan, question)
    return msgspec.structs.replace(found, base=base, ports=ports, packets=packets, doubtful=doubtful, beyond=beyond)
