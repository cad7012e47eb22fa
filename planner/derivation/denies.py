"""Denies: connections that stay forbidden, whatever else is open."""

from collections.abc import Iterable, Iterator

from planner.catalogue.answers import Answers, RoleId
from planner.catalogue.model import Catalogue, Denial, Flow, Transport
from planner.derivation.flows import expand_roles, state_answer
from planner.derivation.model import Deny, PortEntry, id_part, marker, with_unique_markers
from planner.derivation.zones import ZoneIndex
from planner.plan.topology import OUTSIDE_ZONE

Listeners = dict[str, dict[tuple[Transport, str], set[RoleId]]]
"""Roles that listen in each zone, by protocol and port."""


def denied(ports: Iterable[PortEntry], answers: Answers, index: ZoneIndex, catalogue: Catalogue) -> tuple[Deny, ...]:
    """Returns the denies of every flow that forbids something, in the order of the catalogue, then of the zones."""
    listeners: Listeners = {}
    for entry in ports:
        if entry.direction == "in":
            listeners.setdefault(entry.zone, {}).setdefault((entry.protocol, entry.ports), set()).add(entry.role)
    found = [
        deny
        for flow in catalogue.flows.values()
        if flow.deny is not None and all(condition.holds(answers) for condition in flow.deny.when)
        for deny in _denies_of(flow, flow.deny, listeners, answers, index, catalogue)
    ]
    return tuple(with_unique_markers(found))


def _denies_of(
    flow: Flow, denial: Denial, listeners: Listeners, answers: Answers, index: ZoneIndex, catalogue: Catalogue
) -> Iterator[Deny]:
    inside = (role.id for role in catalogue.roles.values() if not role.outside)
    aimed = frozenset(expand_roles(denial.to, answers) or inside)
    services = [catalogue.services[service] for service in denial.services]
    named = {(service.protocol, str(service.port)): aimed for service in services}
    outside = [index.zones[zone].name for zone in index.by_role[OUTSIDE_ZONE]]
    because = tuple(state_answer(answers, condition.answer) for condition in denial.when)
    for from_ in outside if denial.from_ == OUTSIDE_ZONE else (denial.from_,):
        for zone in index.zones:
            if aimed.isdisjoint(zone.roles):
                continue
            for (protocol, port), roles in (named or listeners.get(zone.name, {})).items():
                if aimed.isdisjoint(roles):
                    continue
                id_ = f"{flow.id}:{id_part(from_)}>{id_part(zone.name)}:{protocol}-{port}"
                yield Deny(
                    id=id_,
                    marker=marker("SAV-D", id_),
                    from_=from_,
                    to=zone.name,
                    protocol=protocol,
                    ports=port,
                    where=denial.where,
                    why=flow.breaks,
                    because=because,
                    cites=flow.cites,
                )
