"""Flows under given answers: which legs run, which zones they join, and why the others stay closed."""

from collections.abc import Iterable, Iterator

import msgspec

from planner.catalogue.answers import ANSWER_LABELS, Answers, RoleId, SourcePorts
from planner.catalogue.model import ANSWER_ROLES, Catalogue, Condition, Flow, Leg, Phase, Service, Transport
from planner.derivation.memo import Memo
from planner.derivation.model import Closed
from planner.derivation.zones import Family, Layout
from planner.text.naming import some_of

UNSTATED_PORT = "not entered"
"""What stands for a port number that only the user can know and has not said."""

_DOCUMENTED_RANGES = frozenset({"1024-4999", "1024-5000"})
_WIDENED: dict[SourcePorts, str] = {"union": "1024-5000", "modern": "1024-65535"}
_BOUNDED_RETURN = "1024-65535"
_FIRST_FREE_PORT = 1024
_NAMED = 12
"""Parents that a rule names; it is the zone that lists them all."""
_YES_NO = {"true": "yes", "false": "no"}


def state_answer(answers: Answers, name: str) -> str:
    """Write an answer as the plan file does, e.g. ``servers = 3`` or ``rollout = clients, servers``."""
    value = getattr(answers, name)
    if isinstance(value, bool):
        return f"{name} = {str(value).lower()}"
    if isinstance(value, tuple):
        return f"{name} = {', '.join(value) or 'none'}"
    return f"{name} = {'not entered' if value is None else value}"


def source_range(documented: str, mode: SourcePorts) -> str:
    """Give the source ports to permit where the catalogue says ``documented``, under the answer ``source_ports``."""
    if mode == "any":
        return "any"
    if documented in _DOCUMENTED_RANGES:
        return _WIDENED.get(mode, documented)
    return documented


def return_range(documented: str, permitted: str) -> str:
    """Bound the ports a stateless return rule may reach, so that no rule says "from port X to any"."""
    if permitted != "any":
        return permitted
    return documented if documented.isdigit() and int(documented) < _FIRST_FREE_PORT else _BOUNDED_RETURN


def expand_roles(ends: Iterable[str], answers: Answers) -> tuple[RoleId, ...]:
    """Give the roles that a leg's ends name, those named through an answer included."""
    roles: list[str] = []
    for end in ends:
        if end.startswith(ANSWER_ROLES):
            roles += sorted(getattr(answers, end.removeprefix(ANSWER_ROLES)))
        else:
            roles.append(end)
    return tuple(roles)  # type: ignore[arg-type]  # the catalogue's check has compared them with RoleId


def gathered(texts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Join lists of texts into one without repeats, in order of first sight."""
    return tuple(dict.fromkeys(text for some in texts for text in some))


class Cause(msgspec.Struct, frozen=True, eq=False):
    """One reason for a rule: a flow, its name inside rule ids, its order, and the answers behind it.

    What is the same in several plans is one object.
    """

    flow: Flow
    name: str
    order: int
    because: tuple[str, ...]
    notes: tuple[str, ...]
    nat_note: str


Pair = tuple[int, int]
Key = tuple[Phase, Transport, int, str, str]
"""What makes two permissions one rule: phase, protocol, port, source ports, and the ports a return may reach."""


class Bundle(msgspec.Struct, frozen=True):
    """Something a flow opens: each of some zones to each of others (by index; from a zone to itself: a host rule).

    ``role`` opens it, ``listener`` listens. ``apart``: no zone opens it to itself.
    """

    key: Key
    role: RoleId
    listener: RoleId
    service: Service
    cause: Cause
    openers: tuple[int, ...]
    listeners: tuple[int, ...]
    apart: bool = False

    @property
    def pairs(self) -> Iterator[Pair]:
        """Each opener with each listener."""
        return ((one, other) for one in self.openers for other in self.listeners if not (self.apart and one == other))


class _Ends(msgspec.Struct, frozen=True):
    """Who stands at both ends of a leg; ``family``: the zone that named its parents, if they do for that reason."""

    role: RoleId
    listener: RoleId
    openers: tuple[int, ...]
    listeners: tuple[int, ...]
    apart: bool = False
    family: Family | None = None

    @property
    def meet(self) -> bool:
        """Whether any zone opens anything."""
        return bool(self.openers and self.listeners) and not (self.apart and len(self.openers) == 1)


class Stream:
    """One flow under the given answers: the legs that run, the zones they join, or why nothing is opened."""

    def __init__(self, flow: Flow, order: int, answers: Answers, layout: Layout, catalogue: Catalogue) -> None:
        self.flow = flow
        self.order = order
        self._answers = answers
        self._layout = layout
        self._catalogue = catalogue
        self._legs = tuple(catalogue.legs_of(flow))
        self.running = tuple(leg for leg in self._legs if all(condition.holds(answers) for condition in leg.when))
        self._many_services = len({service for leg in self._legs for service in leg.services}) > 1
        self._many_sources = len({leg.source for leg in self._legs}) > 1
        opens = _opens_by(flow, catalogue)
        ends = opens.ends(answers)
        self.bundles: tuple[Bundle, ...] = _BUNDLES.get(
            (flow, catalogue, *opens.families(layout), *(layout.by_role[role] for role in ends)),
            (order, *opens.told(answers), *sorted(layout.holds_two.intersection(expand_roles(opens.among, answers)))),
            lambda: tuple(self._bundles()),
            _zones_in,
        )
        self.listening: tuple[tuple[RoleId, Service, int, Cause], ...] = tuple(self._listening())
        """Who listens on what while this flow runs, whether a peer is planned or not."""

    def _listening(self) -> Iterator[tuple[RoleId, Service, int, Cause]]:
        for leg in self.running:
            for role in expand_roles(leg.to, self._answers):
                for service, port in self._ports(leg):
                    yield role, service, port, self._cause(leg, service)

    def _cause(self, leg: Leg, service: Service) -> Cause:
        """Name the answers that make this leg run with these ports."""
        names = [condition.answer for condition in leg.when]
        names += [end.removeprefix(ANSWER_ROLES) for end in (*leg.from_, *leg.to) if end.startswith(ANSWER_ROLES)]
        if service.port_answer and service.port_for(self._answers) != service.port:
            names.append(service.port_answer)
        if source_range(leg.source, self._answers.source_ports) != leg.source:
            names.append("source_ports")
        because = tuple(state_answer(self._answers, name) for name in dict.fromkeys(names))
        return self._stated(self._name(leg, service), because)

    def _stated(self, name: str, because: tuple[str, ...]) -> Cause:
        """Give a cause of this flow, the same one whenever its name and the answers behind it are."""
        flow, notes = self.flow, self._catalogue.notes
        return _CAUSES.get(
            (flow, self._catalogue),
            (name, self.order, because),
            lambda: Cause(
                flow,
                name,
                self.order,
                because,
                tuple(notes[note].text for note in flow.notes),
                notes[flow.nat].text if flow.nat else "",
            ),
        )

    def _ports(self, leg: Leg) -> Iterator[tuple[Service, int]]:
        for service_id in leg.services:
            service = self._catalogue.services[service_id]
            port = service.port_for(self._answers)
            if port is not None:
                yield service, port

    def _bundles(self) -> Iterator[Bundle]:
        for leg in self.running:
            source = source_range(leg.source, self._answers.source_ports)
            joined = [ends for ends in self._joined(leg) if ends.meet]
            for service, port in self._ports(leg):
                cause = self._cause(leg, service)
                key = (self.flow.phase, service.protocol, port, source, return_range(leg.source, source))
                for ends in joined:
                    caused = cause if ends.family is None else self._with_parents(cause, ends.family)
                    yield Bundle(
                        key, ends.role, ends.listener, service, caused, ends.openers, ends.listeners, ends.apart
                    )

    def _name(self, leg: Leg, service: Service) -> str:
        """Tell apart, inside rule ids, the several things one flow may open between the same zones."""
        name = self.flow.id
        if self._many_services:
            name += f".{service.id}"
        if self._many_sources:
            name += f".{leg.source}"
        return name

    def _joined(self, leg: Leg) -> Iterator[_Ends]:
        """Give who stands at the ends of a leg, apart for each zone that names its parents."""
        layout = self._layout
        for from_ in expand_roles(leg.from_, self._answers):
            for to in expand_roles(leg.to, self._answers):
                if leg.between == "parents":
                    yield from self._families(from_, to)
                else:
                    alone = leg.between == "others" and from_ == to and from_ not in layout.holds_two
                    yield _Ends(from_, to, layout.by_role[from_], layout.by_role[to], alone)

    def _families(self, from_: RoleId, to: RoleId) -> Iterator[_Ends]:
        """Join children and those who manage them: the parents that a zone names, or all if it names none."""
        child_opens = self._catalogue.roles[from_].has_parents
        child_role, parent_role = (from_, to) if child_opens else (to, from_)
        children, parents = self._layout.by_role[child_role], self._layout.by_role[parent_role]
        named = {family.child: family for family in self._layout.families}
        for family in (named[child] for child in children if child in named):
            theirs = tuple(sorted(family.places.intersection(parents)))
            openers, listeners = ((family.child,), theirs) if child_opens else (theirs, (family.child,))
            yield _Ends(from_, to, openers, listeners, family=family)
        unnamed = tuple(child for child in children if child not in named) if named else children
        yield _Ends(from_, to, *((unnamed, parents) if child_opens else (parents, unnamed)))

    def _with_parents(self, cause: Cause, family: Family) -> Cause:
        parents = f"zone {family.name}: parents = {some_of(family.parents, _NAMED)}"
        return self._stated(cause.name, (*cause.because, parents))

    def closed(self) -> Iterator[Closed]:
        """Say, for each service of a flow that opens nothing, which answer keeps it closed."""
        opened = {bundle.service.id for bundle in self.bundles}
        for service_id in dict.fromkeys(service for leg in self._legs for service in leg.services):
            if service_id in opened:
                continue
            service = self._catalogue.services[service_id]
            port = service.port_for(self._answers)
            reason, because = self._why_closed(service_id)
            yield Closed(
                flow=self.flow.id,
                protocol=service.protocol,
                ports=UNSTATED_PORT if port is None else str(port),
                reason=reason,
                because=because,
                cites=self.flow.cites,
            )

    def _why_closed(self, service_id: str) -> tuple[str, tuple[str, ...]]:
        legs = [leg for leg in self._legs if service_id in leg.services]
        failing = [[c for c in leg.when if not c.holds(self._answers)] for leg in legs]
        nearest = min(failing, key=len)
        if nearest:
            return self._unmet_all(nearest)
        leg = legs[failing.index(nearest)]
        for role_id in (*expand_roles(leg.from_, self._answers), *expand_roles(leg.to, self._answers)):
            role = self._catalogue.roles[role_id]
            if not role.in_use(self._answers):
                return self._unmet_all(condition for condition in role.when if not condition.holds(self._answers))
            if not self._layout.by_role[role_id]:
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
        """Name the answers that leave a host of this leg without another to talk to."""
        named = [end.removeprefix(ANSWER_ROLES) for end in leg.from_ if end.startswith(ANSWER_ROLES)]
        roles = (self._catalogue.roles[role] for role in expand_roles(leg.from_, self._answers))
        named += [role.counted_by for role in roles if role.counted_by]
        said = "; ".join(self._said(answer) for answer in named)
        return f"{said} (needs another host)", tuple(state_answer(self._answers, answer) for answer in named)

    def _unmet(self, condition: Condition) -> str:
        if condition.answer == "options":
            return f"optional flow {condition.includes}: off"
        return f"{self._said(condition.answer)} (needs {condition.demand()})"

    def _said(self, answer: str) -> str:
        value = state_answer(self._answers, answer).partition(" = ")[2]
        return f"{ANSWER_LABELS[answer]}: {_YES_NO.get(value, value)}"


def streams_of(answers: Answers, layout: Layout, catalogue: Catalogue) -> list[Stream]:
    """Give every flow that could open something, under these answers, in the order of the catalogue."""
    return [
        _stream(flow, order, answers, layout, catalogue)
        for order, flow in enumerate(catalogue.flows.values())
        if flow.class_ != "never"
    ]


def _stream(flow: Flow, order: int, answers: Answers, layout: Layout, catalogue: Catalogue) -> Stream:
    opens, closes = _opens_by(flow, catalogue), _closes_by(catalogue)
    return _STREAMS.get(
        (flow, catalogue, *opens.families(layout), *(layout.by_role[role] for role in opens.ends(answers))),
        (order, *opens.told(answers), *closes.told(answers), *sorted(layout.holds_two)),
        lambda: Stream(flow, order, answers, layout, catalogue),
        lambda stream: _zones_in(stream.bundles),
    )


def _zones_in(bundles: Iterable[Bundle]) -> int:
    """Say how much bundles hold, in zones at their ends."""
    return 1 + sum(len(bundle.openers) + len(bundle.listeners) for bundle in bundles)


class _Reads(msgspec.Struct, frozen=True):
    """What a flow depends on: answers by name, what stands at the ends of its legs, and where hosts are to differ.

    ``parents``: it goes by which zones name their parents.
    """

    answers: tuple[str, ...]
    stated: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    parents: bool = False

    def told(self, answers: Answers) -> Iterator[object]:
        """Give these answers."""
        return (getattr(answers, name) for name in self.answers)

    def ends(self, answers: Answers) -> tuple[RoleId, ...]:
        """Give the roles at the ends."""
        return expand_roles(self.stated, answers)

    def families(self, layout: Layout) -> tuple[tuple[Family, ...], ...]:
        """Give the zones that name their parents, if it goes by them."""
        return (layout.families,) if self.parents else ()


_STREAMS: Memo[Stream] = Memo(500_000)
_BUNDLES: Memo[tuple[Bundle, ...]] = Memo(500_000)
_CAUSES: Memo[Cause] = Memo(50_000)
_READS: Memo[_Reads] = Memo(1_000)


def _opens_by(flow: Flow, catalogue: Catalogue) -> _Reads:
    """Name what decides on what a flow opens."""
    return _READS.get((flow, catalogue), "opens", lambda: _opens(flow, catalogue))


def _opens(flow: Flow, catalogue: Catalogue) -> _Reads:
    legs = tuple(catalogue.legs_of(flow))
    ends = tuple(dict.fromkeys(end for leg in legs for end in (*leg.from_, *leg.to)))
    services = (catalogue.services[service] for leg in legs for service in leg.services)
    answers = {"source_ports", *(end.removeprefix(ANSWER_ROLES) for end in ends if end.startswith(ANSWER_ROLES))}
    answers.update(condition.answer for leg in legs for condition in leg.when)
    answers.update(service.port_answer for service in services if service.port_answer)
    among = tuple(end for leg in legs if leg.between == "others" for end in (*leg.from_, *leg.to))
    return _Reads(tuple(sorted(answers)), ends, among, any(leg.between == "parents" for leg in legs))


def _closes_by(catalogue: Catalogue) -> _Reads:
    """Name the answers that decide, besides, on why a flow opens nothing."""
    return _READS.get((catalogue,), "closes", lambda: _closes(catalogue))


def _closes(catalogue: Catalogue) -> _Reads:
    roles = catalogue.roles.values()
    counted = {role.counted_by for role in roles if role.counted_by}
    return _Reads(tuple(sorted(counted | {condition.answer for role in roles for condition in role.when})))
