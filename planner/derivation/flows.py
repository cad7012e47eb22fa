"""Flows under given answers: the legs that run, the zones they join, and why the others stay closed."""

from collections.abc import Iterable, Iterator

import msgspec

from planner.catalogue.answers import ANSWER_LABELS, Answers, RoleId, SourcePorts
from planner.catalogue.model import ANSWER_ROLES, Catalogue, Condition, Flow, Leg, Phase, Service, Transport
from planner.derivation.model import Closed
from planner.derivation.zones import NamedParents, ZoneIndex
from planner.text.layout import some_of

UNSTATED_PORT = "not entered"
"""Stands for a port number that only the user can know and has not entered."""

_DOCUMENTED_RANGES = frozenset({"1024-4999", "1024-5000"})
_WIDENED: dict[SourcePorts, str] = {"union": "1024-5000", "modern": "1024-65535"}
_BOUNDED_RETURN = "1024-65535"
_FIRST_FREE_PORT = 1024
_NAMED = 12
"""Parents that a rule names; the zone lists them all."""
_YES_NO = {"true": "yes", "false": "no"}


def state_answer(answers: Answers, name: str) -> str:
    """Writes an answer as the plan file does, e.g. ``servers = 3`` or ``rollout = clients, servers``."""
    value = getattr(answers, name)
    if isinstance(value, bool):
        return f"{name} = {str(value).lower()}"
    if isinstance(value, tuple):
        return f"{name} = {', '.join(value) or 'none'}"
    return f"{name} = {'not entered' if value is None else value}"


def source_range(documented: str, mode: SourcePorts) -> str:
    """Returns the source ports to permit for those of the catalogue, under the answer ``source_ports``."""
    if mode == "any":
        return "any"
    if documented in _DOCUMENTED_RANGES:
        return _WIDENED.get(mode, documented)
    return documented


def return_range(documented: str, permitted: str) -> str:
    """Returns the ports that a stateless return rule may reach: never ``any``."""
    if permitted != "any":
        return permitted
    return documented if documented.isdigit() and int(documented) < _FIRST_FREE_PORT else _BOUNDED_RETURN


def expand_roles(ends: Iterable[str], answers: Answers) -> tuple[RoleId, ...]:
    """Returns the roles that a leg's ends name, those named through an answer included."""
    roles: list[str] = []
    for end in ends:
        if end.startswith(ANSWER_ROLES):
            roles += sorted(getattr(answers, end.removeprefix(ANSWER_ROLES)))
        else:
            roles.append(end)
    return tuple(roles)  # type: ignore[arg-type]  # the catalogue's check has compared them with RoleId


def gathered(texts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Joins lists of texts into one without repeats, in order of first sight."""
    return tuple(dict.fromkeys(text for some in texts for text in some))


class RuleReason(msgspec.Struct, frozen=True, eq=False):
    """One reason for a rule: a flow, its name inside rule ids, its order, and the answers behind it.

    Within one derivation, equal reasons are the same object.
    """

    flow: Flow
    name: str
    order: int
    because: tuple[str, ...]


Pair = tuple[int, int]
"""Opening zone and listening zone, as indexes."""
PermissionKey = tuple[Phase, Transport, int, str, str]
"""Phase, protocol, port, source ports, and the ports that a return may reach: equal in all parts of one rule."""


class FlowPermission(msgspec.Struct, frozen=True):
    """One thing that a flow opens: each of some zones to each of others (by index; from a zone to itself: a host rule).

    ``role`` opens it, ``listener`` listens. ``apart``: no zone opens it to itself.
    """

    key: PermissionKey
    role: RoleId
    listener: RoleId
    service: Service
    reason: RuleReason
    openers: tuple[int, ...]
    listeners: tuple[int, ...]
    apart: bool = False

    @property
    def pairs(self) -> Iterator[Pair]:
        """Each opener with each listener."""
        return ((one, other) for one in self.openers for other in self.listeners if not (self.apart and one == other))


class _LegZones(msgspec.Struct, frozen=True):
    """Roles and zones at both ends of a leg; ``parents``: the zone that named its parents, if that is why."""

    role: RoleId
    listener: RoleId
    openers: tuple[int, ...]
    listeners: tuple[int, ...]
    apart: bool = False
    parents: NamedParents | None = None

    @property
    def meet(self) -> bool:
        """True if any zone opens anything."""
        return bool(self.openers and self.listeners) and not (self.apart and len(self.openers) == 1)


class ActiveFlow:
    """One flow under the given answers.

    Attributes:
        permissions: all that it opens.
        listening: role, service, port and reason of each listener while the flow runs, with or without a planned peer.
    """

    def __init__(self, flow: Flow, order: int, answers: Answers, index: ZoneIndex, catalogue: Catalogue) -> None:
        self.flow = flow
        self.order = order
        self._answers = answers
        self._index = index
        self._catalogue = catalogue
        self._legs = tuple(catalogue.legs_of(flow))
        self._running = tuple(leg for leg in self._legs if all(condition.holds(answers) for condition in leg.when))
        self._many_services = len({service for leg in self._legs for service in leg.services}) > 1
        self._many_sources = len({leg.source for leg in self._legs}) > 1
        self._reasons: dict[tuple[str, tuple[str, ...]], RuleReason] = {}
        self.permissions = tuple(self._permissions())
        self.listening = tuple(self._listening())

    def _listening(self) -> Iterator[tuple[RoleId, Service, int, RuleReason]]:
        for leg in self._running:
            for role in expand_roles(leg.to, self._answers):
                for service, port in self._ports(leg):
                    yield role, service, port, self._reason(leg, service)

    def _permissions(self) -> Iterator[FlowPermission]:
        for leg in self._running:
            source = source_range(leg.source, self._answers.source_ports)
            joined = [zones for zones in self._leg_zones(leg) if zones.meet]
            for service, port in self._ports(leg):
                reason = self._reason(leg, service)
                key = (self.flow.phase, service.protocol, port, source, return_range(leg.source, source))
                for zones in joined:
                    because = reason if zones.parents is None else self._with_parents(reason, zones.parents)
                    yield FlowPermission(
                        key, zones.role, zones.listener, service, because, zones.openers, zones.listeners, zones.apart
                    )

    def _ports(self, leg: Leg) -> Iterator[tuple[Service, int]]:
        for service_id in leg.services:
            service = self._catalogue.services[service_id]
            port = service.port_for(self._answers)
            if port is not None:
                yield service, port

    def _reason(self, leg: Leg, service: Service) -> RuleReason:
        """Names the answers that make this leg run with these ports."""
        names = [condition.answer for condition in leg.when]
        names += [end.removeprefix(ANSWER_ROLES) for end in (*leg.from_, *leg.to) if end.startswith(ANSWER_ROLES)]
        if service.port_answer and service.port_for(self._answers) != service.port:
            names.append(service.port_answer)
        if source_range(leg.source, self._answers.source_ports) != leg.source:
            names.append("source_ports")
        because = tuple(state_answer(self._answers, name) for name in dict.fromkeys(names))
        return self._one_reason(self._name(leg, service), because)

    def _with_parents(self, reason: RuleReason, named: NamedParents) -> RuleReason:
        parents = f"zone {named.name}: parents = {some_of(named.parents, _NAMED)}"
        return self._one_reason(reason.name, (*reason.because, parents))

    def _one_reason(self, name: str, because: tuple[str, ...]) -> RuleReason:
        key = (name, because)
        if key not in self._reasons:
            self._reasons[key] = RuleReason(self.flow, name, self.order, because)
        return self._reasons[key]

    def _name(self, leg: Leg, service: Service) -> str:
        """Tells apart, inside rule ids, the several things one flow may open between the same zones."""
        name = self.flow.id
        if self._many_services:
            name += f".{service.id}"
        if self._many_sources:
            name += f".{leg.source}"
        return name

    def _leg_zones(self, leg: Leg) -> Iterator[_LegZones]:
        """Returns the zones at both ends of a leg, apart for each zone that names its parents."""
        by_role = self._index.by_role
        for from_ in expand_roles(leg.from_, self._answers):
            for to in expand_roles(leg.to, self._answers):
                if leg.between == "parents":
                    yield from self._parent_zones(from_, to)
                else:
                    alone = leg.between == "others" and from_ == to and from_ not in self._index.holds_two
                    yield _LegZones(from_, to, by_role[from_], by_role[to], alone)

    def _parent_zones(self, from_: RoleId, to: RoleId) -> Iterator[_LegZones]:
        """Joins children and those who manage them: the parents that a zone names, or all if it names none."""
        child_opens = self._catalogue.roles[from_].has_parents
        child_role, parent_role = (from_, to) if child_opens else (to, from_)
        children, parents = self._index.by_role[child_role], self._index.by_role[parent_role]
        named = {zone.child: zone for zone in self._index.named_parents}
        for zone in (named[child] for child in children if child in named):
            theirs = tuple(sorted(zone.places.intersection(parents)))
            openers, listeners = ((zone.child,), theirs) if child_opens else (theirs, (zone.child,))
            yield _LegZones(from_, to, openers, listeners, parents=zone)
        unnamed = tuple(child for child in children if child not in named) if named else children
        yield _LegZones(from_, to, *((unnamed, parents) if child_opens else (parents, unnamed)))

    def closed(self) -> Iterator[Closed]:
        """Returns what the flow does not open, service by service, with the answers that keep it closed.

        Legs that stay closed for different reasons, or beside an open leg, are named by their ends.
        """
        for service_id in dict.fromkeys(service for leg in self._legs for service in leg.services):
            service = self._catalogue.services[service_id]
            port = service.port_for(self._answers)
            legs = [leg for leg in self._legs if service_id in leg.services]
            shut: dict[tuple[str, tuple[str, ...]], list[Leg]] = {}
            for leg in legs:
                why = self._why_closed(leg, service)
                if why is not None:
                    shut.setdefault(why, []).append(leg)
            for (reason, because), closed_legs in shut.items():
                yield Closed(
                    flow=self.flow.id,
                    protocol=service.protocol,
                    ports=UNSTATED_PORT if port is None else str(port),
                    reason=reason if len(closed_legs) == len(legs) else f"{self._ends(closed_legs)}: {reason}",
                    because=because,
                    cites=self.flow.cites,
                )

    def _ends(self, legs: Iterable[Leg]) -> str:
        """Writes the ends of legs, e.g. ``console to client and roaming client``."""
        targets: dict[str, dict[str, None]] = {}
        for leg in legs:
            for from_ in expand_roles(leg.from_, self._answers):
                for to in expand_roles(leg.to, self._answers):
                    opener, listener = (self._catalogue.roles[role].title for role in (from_, to))
                    targets.setdefault(opener, {})[listener] = None
        return "; ".join(f"{opener} to {' and '.join(listeners)}" for opener, listeners in targets.items())

    def _why_closed(self, leg: Leg, service: Service) -> tuple[str, tuple[str, ...]] | None:
        """Returns the reason why a leg opens nothing, with the answers behind it; None if it opens something."""
        failing = [condition for condition in leg.when if not condition.holds(self._answers)]
        switch = [condition for condition in failing if condition.includes == self.flow.id]
        if failing:
            return self._unmet_all(switch or failing)
        if service.port_for(self._answers) is not None and any(zones.meet for zones in self._leg_zones(leg)):
            return None
        for role_id in (*expand_roles(leg.from_, self._answers), *expand_roles(leg.to, self._answers)):
            role = self._catalogue.roles[role_id]
            if not role.in_use(self._answers):
                return self._unmet_all(condition for condition in role.when if not condition.holds(self._answers))
            if not self._index.by_role[role_id]:
                return f"no zone holds the role {role.title}", ()
        if leg.between == "others":
            return self._too_few_hosts(leg)
        return "no zone names a parent that could take part", ()

    def _unmet_all(self, conditions: Iterable[Condition]) -> tuple[str, tuple[str, ...]]:
        found = tuple(conditions)
        return (
            "; ".join(self._unmet(condition) for condition in found),
            tuple(dict.fromkeys(state_answer(self._answers, condition.answer) for condition in found)),
        )

    def _too_few_hosts(self, leg: Leg) -> tuple[str, tuple[str, ...]]:
        """Names the answers that leave a host of this leg without another to talk to."""
        named = [end.removeprefix(ANSWER_ROLES) for end in leg.from_ if end.startswith(ANSWER_ROLES)]
        roles = (self._catalogue.roles[role] for role in expand_roles(leg.from_, self._answers))
        named += [role.counted_by for role in roles if role.counted_by]
        stated = "; ".join(self._labelled(answer) for answer in named)
        return f"{stated} (needs another host)", tuple(state_answer(self._answers, answer) for answer in named)

    def _unmet(self, condition: Condition) -> str:
        if condition.answer == "options":
            return f"optional flow {condition.includes}: off"
        return f"{self._labelled(condition.answer)} (needs {condition.demand()})"

    def _labelled(self, answer: str) -> str:
        value = state_answer(self._answers, answer).partition(" = ")[2]
        return f"{ANSWER_LABELS[answer]}: {_YES_NO.get(value, value)}"


def active_flows(answers: Answers, index: ZoneIndex, catalogue: Catalogue) -> list[ActiveFlow]:
    """Returns every flow that could open something, under these answers, in the order of the catalogue."""
    return [
        ActiveFlow(flow, order, answers, index, catalogue)
        for order, flow in enumerate(catalogue.flows.values())
        if flow.class_ != "never"
    ]
