"""What stays forbidden, whatever else is open."""

from collections.abc import Iterator, Sequence

from planner.core.catalogue import Catalogue, Flow, Transport
from planner.core.derived import Deny, PortEntry
from planner.core.markers import id_part, marker, with_unique_markers
from planner.core.memo import Memo
from planner.core.streams import expand_roles, state_answer
from planner.core.topology import OUTSIDE_ZONE, Answers, RoleId
from planner.core.zones import Layout

Door = tuple[Transport, str]
"""A protocol and a port."""


def denied(ports: Sequence[PortEntry], answers: Answers, layout: Layout, catalogue: Catalogue) -> tuple[Deny, ...]:
    """Give the denies of every flow that forbids something, in the order of the catalogue, then of the zones.

    Those of a flow are written again only where its doors have changed.
    """
    listeners = _listeners(ports)
    outside = tuple(layout.zones[zone].name for zone in layout.by_role[OUTSIDE_ZONE])
    inside = frozenset(role.id for role in catalogue.roles.values() if not role.outside)
    denies: list[Deny] = []
    for flow in catalogue.flows.values():
        denial = flow.deny
        if denial is None or not all(condition.holds(answers) for condition in denial.when):
            continue
        aimed = frozenset(expand_roles(denial.to, answers)) or inside
        services = [catalogue.services[service] for service in denial.services]
        named = {(service.protocol, str(service.port)): aimed for service in services}
        shut = tuple(
            (zone.name, door)
            for zone in layout.zones
            if not aimed.isdisjoint(zone.roles)
            for door, roles in (named or listeners.get(zone.name, {})).items()
            if not aimed.isdisjoint(roles)
        )
        because = tuple(state_answer(answers, condition.answer) for condition in denial.when)
        sources = outside if denial.from_ == OUTSIDE_ZONE else (denial.from_,)
        denies += _DENIES.get(
            (flow,),
            (sources, shut, because),
            lambda flow=flow, known=(sources, shut, because): list(_write(flow, *known)),  # type: ignore[misc]
            len,
        )
    return tuple(with_unique_markers(denies))


_DENIES: Memo[list[Deny]] = Memo(100_000)


def _listeners(ports: Sequence[PortEntry]) -> dict[str, dict[Door, set[RoleId]]]:
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
