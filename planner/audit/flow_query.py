"""One flow asked of a plan, or of a rule base: open by which rule and why, or closed and why."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import msgspec

from planner.audit.readers.rule_base import Addresses
from planner.catalogue.answers import RoleId
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Transport
from planner.derivation.model import Rule
from planner.network.packets import PORTS, network_ranges, port_number, port_ranges
from planner.network.ranges import Ranges, covers, holds, intersect, one, union
from planner.plan.addresses import RuleRoles, ZoneAddresses
from planner.plan.plan import Plan
from planner.plan.topology import Zone

Answer = Literal["open", "partly", "closed"]


class AskError(ValueError):
    """It cannot be told what is asked: which part, and what is accepted."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a flow in one zone: the hosts of all its roles, those of one role, or those at these addresses."""

    zone: str
    role: RoleId | None = None
    addresses: Addresses = {}


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. ``source_port`` None: any."""

    source: tuple[End, ...]
    target: tuple[End, ...]
    source_text: str
    target_text: str
    protocol: Transport
    port: int
    source_port: int | None = None


class PlanAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan says between two zones: the rules it is open by, or the reasons why it is closed."""

    from_: str
    to: str
    answer: Answer
    rules: tuple[Rule, ...] = ()
    reasons: tuple[str, ...] = ()


def read_question(plan: Plan, source: str, target: str, service: str, source_port: str = "") -> Question:
    """Read what was asked for.

    Raises:
        AskError: naming the part that is nothing the plan knows.
    """
    protocol, port = read_service(service)
    return Question(
        source=read_ends(plan, source),
        target=read_ends(plan, target),
        source_text=source,
        target_text=target,
        protocol=protocol,
        port=port,
        source_port=_read_port(source_port) if source_port else None,
    )


def read_service(text: str) -> tuple[Transport, int]:
    """Read protocol and port.

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


def read_ends(plan: Plan, text: str) -> tuple[End, ...]:
    """Read one end: a zone, a role or an address.

    Raises:
        AskError: it is nothing the plan knows.
    """
    zones = plan.derived.zones
    if any(zone.name == text for zone in zones):
        return (End(zone=text),)
    for role in get_args(RoleId):
        if role == text:
            found = tuple(End(zone=zone.name, role=role) for zone in zones if role in zone.roles)
            if not found:
                raise AskError(f"no zone holds the role {text}; accepted: a role of the plan, a zone or an address")
            return found
    try:
        addresses = network_ranges([text])
    except ValueError:
        known = ", ".join(zone.name for zone in zones[:8])
        raise AskError(f"{text[:60]!r} is no zone, role or address; accepted: {known}, a role, an address") from None
    zone = _zone_of(zones, addresses)
    if zone is None:
        raise AskError(f"{text[:60]} lies in no zone of the plan; accepted: an address in a zone's networks")
    return (End(zone=zone, addresses=addresses),)


def _zone_of(zones: Sequence[Zone], addresses: Addresses) -> str | None:
    """Find the zone whose narrowest network holds these addresses."""
    best: tuple[int, str] | None = None
    for zone in zones:
        for text in (*zone.networks, *(host for hosts in zone.hosts.values() for host in hosts)):
            for family, some in network_ranges([text]).items():
                wanted = addresses.get(family, ())
                width = some[0][1] - some[0][0]
                if wanted and covers(some, wanted) and (best is None or width < best[0]):
                    best = (width, zone.name)
    return best[1] if best else None


def ask_plan(plan: Plan, question: Question) -> tuple[PlanAnswer, ...]:
    """Say what the plan has to say, for each pair of zones that is meant."""
    asker = _Asker(plan, question)
    return tuple(asker.answer(source, target) for source in question.source for target in question.target)


def source_ports(question: Question, answers: Sequence[PlanAnswer]) -> Ranges:
    """Give the source ports that are meant: the one asked for, or those that the plan opens it from, or any."""
    if question.source_port is not None:
        return one(question.source_port)
    planned = [port_ranges(rule.source_ports) for answer in answers for rule in answer.rules]
    return union(*planned) if planned else PORTS


def overall(answers: Sequence[PlanAnswer]) -> Answer:
    """Say how it stands with all pairs together."""
    kinds = {answer.answer for answer in answers}
    return kinds.pop() if len(kinds) == 1 else "partly"


class _Asker:
    def __init__(self, plan: Plan, question: Question) -> None:
        self._plan = plan
        self._question = question
        self._reach = ZoneAddresses(plan.derived.zones)
        self._ends: RuleRoles = RuleRoles(plan.topology, load_catalogue())
        self._ports = PORTS if question.source_port is None else one(question.source_port)
        self._label = f"{question.protocol.upper()} {question.port}"

    def answer(self, source: End, target: End) -> PlanAnswer:
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

    def _other_hosts(self, rule: Rule, source: End, target: End) -> str:
        """Say which hosts a rule is for where those asked about are not among them; empty if they are."""
        pairs = self._ends.of(rule)
        pairs = tuple((to, from_) for from_, to in pairs) if rule.is_return else pairs
        fitting = [
            (from_, to)
            for from_, to in pairs
            if self._meant(source, rule.from_, from_) and self._meant(target, rule.to, to)
        ]
        if fitting:
            return ""
        roles = dict.fromkeys(f"{from_} to {to}" for from_, to in pairs)
        return f"it is for the hosts of {', '.join(roles)}"

    def _meant(self, end: End, zone: str, role: RoleId) -> bool:
        if end.role is not None:
            return end.role == role
        if not end.addresses:
            return True
        hosts = self._reach.of(zone, role)
        return any(
            any(
                low >= int(network.network_address) and high <= int(network.broadcast_address)
                for network in (hosts.v4 if family == 4 else hosts.v6)
            )
            for family, some in end.addresses.items()
            for low, high in some
        )

    def _why_closed(self, source: End, target: End) -> Iterator[str]:
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
