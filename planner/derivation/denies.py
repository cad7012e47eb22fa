"""What stays forbidden, whatever else is open."""

from collections.abc import Iterable, Iterator

import msgspec

from planner.catalogue.answers import Answers, RoleId
from planner.catalogue.model import Catalogue, Denial, Flow, Transport
from planner.derivation.flows import expand_roles, state_answer
from planner.derivation.joined import Joined
from planner.derivation.markers import id_part, marker, with_unique_markers
from planner.derivation.memo import Memo
from planner.derivation.model import Deny, PortEntry
from planner.derivation.zones import Layout
from planner.plan.topology import OUTSIDE_ZONE

Door = tuple[Transport, str]
"""A protocol and a port."""


def denied(ports: Joined[PortEntry], answers: Answers, layout: Layout, catalogue: Catalogue) -> tuple[Deny, ...]:
    """Give the denies of every flow that forbids something, in the order of the catalogue, then of the zones.

    Those of a flow are written again only where its doors have changed.
    """
    inside = frozenset(role.id for role in catalogue.roles.values() if not role.outside)
    bars = tuple(
        _Bar(flow.id, frozenset(expand_roles(flow.deny.to, answers)) or inside, _because(flow.deny, answers))
        for flow in catalogue.flows.values()
        if flow.deny is not None and all(condition.holds(answers) for condition in flow.deny.when)
    )
    return _DENIED.get(
        (layout.zones, layout.by_role[OUTSIDE_ZONE], catalogue, *ports.parts),
        bars,
        lambda: tuple(with_unique_markers(list(_denied(bars, ports, layout, catalogue)))),
        len,
    )


_DENIED: Memo[tuple[Deny, ...]] = Memo(100_000)


class _Bar(msgspec.Struct, frozen=True):
    """A flow that forbids something under the given answers: whom it keeps from being reached, and why."""

    flow: str
    aimed: frozenset[RoleId]
    because: tuple[str, ...]


def _because(denial: Denial, answers: Answers) -> tuple[str, ...]:
    return tuple(state_answer(answers, condition.answer) for condition in denial.when)


def _denied(bars: Iterable[_Bar], ports: Iterable[PortEntry], layout: Layout, catalogue: Catalogue) -> Iterator[Deny]:
    listeners = _listeners(ports)
    outside = tuple(layout.zones[zone].name for zone in layout.by_role[OUTSIDE_ZONE])
    for bar in bars:
        flow = catalogue.flows[bar.flow]
        denial = flow.deny
        if denial is None:
            continue
        services = [catalogue.services[service] for service in denial.services]
        named = {(service.protocol, str(service.port)): bar.aimed for service in services}
        shut = tuple(
            (zone.name, door)
            for zone in layout.zones
            if not bar.aimed.isdisjoint(zone.roles)
            for door, roles in (named or listeners.get(zone.name, {})).items()
            if not bar.aimed.isdisjoint(roles)
        )
        sources = outside if denial.from_ == OUTSIDE_ZONE else (denial.from_,)
        yield from _DENIES.get(
            (flow,),
            (sources, shut, bar.because),
            lambda flow=flow, known=(sources, shut, bar.because): list(_write(flow, *known)),  # type: ignore[misc]
            len,
        )


_DENIES: Memo[list[Deny]] = Memo(100_000)


def _listeners(ports: Iterable[PortEntry]) -> dict[str, dict[Door, set[RoleId]]]:
    """Say of each zone which roles listen on what."""
    listeners: dict[str, dict[Door, set[RoleId]]] = {}
    for entry in ports:
        if entry.direction == "in":
            listeners.setdefault(entry.zone, {}).setdefault((entry.protocol, entry.ports), set()).add(entry.role)
    return listeners


def _write(
    flow: Flow, sources: tuple[str, ...], shut: tuple[tuple[str, Door], ...], because: tuple[str, ...]
) -> Iterator[Deny]:
    where = flow.deny.where if flow.deny else "boundary"
    for from_ in sources:
        for zone, (protocol, number) in shut:
            id_ = f"{flow.id}:{id_part(from_)}>{id_part(zone)}:{protocol}-{number}"
            yield Deny(
                id=id_,
                marker=marker("SAV-D", id_),
                from_=from_,
                to=zone,
                protocol=protocol,
                ports=number,
                where=where,
                why=flow.breaks,
                because=because,
                cites=flow.cites,
            )
