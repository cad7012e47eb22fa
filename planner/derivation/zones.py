"""Zones of a topology, sorted by the roles that they hold."""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice

import msgspec

from planner.catalogue.answers import Boundary, RoleId
from planner.catalogue.model import Catalogue
from planner.plan.topology import OUTSIDE_ZONE, Device, Topology, Zone

_STATELESS = ("boundary = stateless",)
_NAMED = 4
"""Stateless devices between two zones that a rule names: each of them is reason enough."""


def effective_zones(topology: Topology, catalogue: Catalogue) -> tuple[Zone, ...]:
    """Returns the user's zones, or one default zone for each role in use; the outside is always among them."""
    if not topology.zones:
        return tuple(
            Zone(name=role.zone, roles=(role.id,)) for role in catalogue.roles.values() if role.in_use(topology.answers)
        )
    if any(OUTSIDE_ZONE in zone.roles for zone in topology.zones):
        return topology.zones
    return (*topology.zones, Zone(name=OUTSIDE_ZONE, roles=(OUTSIDE_ZONE,)))


class NamedParents(msgspec.Struct, frozen=True):
    """A zone that names its parents. ``child`` and ``places`` are indexes of zones, ``parents`` their names."""

    child: int
    name: str
    parents: tuple[str, ...]
    places: frozenset[int]


class ZoneIndex(msgspec.Struct, frozen=True):
    """Zones by what they hold. A number means the zone at that place in ``zones``.

    ``by_role``: zones that hold the role, in order; none for a role that the answers say is absent. ``named_parents``:
    the zones that name parents. ``holds_two``: counted roles of which one zone can hold two hosts.
    """

    zones: tuple[Zone, ...]
    by_role: dict[RoleId, tuple[int, ...]]
    named_parents: tuple[NamedParents, ...]
    holds_two: frozenset[RoleId]
    stateless: "StatelessPairs"


class StatelessPairs(msgspec.Struct, frozen=True, dict=True):
    """Zone pairs with a stateless filter between them: by a device that sees both, else by the answer."""

    boundary: Boundary
    devices: tuple[Device, ...]

    @property
    def anywhere(self) -> bool:
        """True if the topology has a stateless filter at all."""
        return self.boundary == "stateless" or not all(device.stateful for device in self.devices)

    def because(self, one: str, other: str) -> tuple[str, ...]:
        """Returns the reasons why the filter between these two zones is stateless; none where it is stateful."""
        by_default = _STATELESS if self.boundary == "stateless" else ()
        if not self.devices:
            return by_default
        between = sorted(self._seen_by.get(one, frozenset()) & self._seen_by.get(other, frozenset()))
        if not between:
            return by_default
        stateless = (self.devices[number] for number in between if not self.devices[number].stateful)
        return tuple(f"device {device.name}: stateful = false" for device in islice(stateless, _NAMED))

    @cached_property
    def _seen_by(self) -> dict[str, frozenset[int]]:
        """Numbers of the devices that have an interface for each zone."""
        seen: dict[str, set[int]] = {}
        for number, device in enumerate(self.devices):
            for zone in device.interfaces:
                seen.setdefault(zone, set()).add(number)
        return {zone: frozenset(numbers) for zone, numbers in seen.items()}


def index_zones(topology: Topology, catalogue: Catalogue) -> ZoneIndex:
    """Sorts the effective zones by role."""
    answers = topology.answers
    zones = effective_zones(topology, catalogue)
    in_use = catalogue.roles_in_use(answers)
    by_role: dict[RoleId, list[int]] = {role: [] for role in catalogue.roles}
    for index, zone in enumerate(zones):
        for role in zone.roles:
            if role in in_use:
                by_role[role].append(index)
    holds_two = frozenset(
        role.id
        for role in catalogue.roles.values()
        if role.counted_by and by_role[role.id] and getattr(answers, role.counted_by) > len(by_role[role.id])
    )
    return ZoneIndex(
        zones,
        {role: tuple(indexes) for role, indexes in by_role.items()},
        tuple(_named_parents(zones)),
        holds_two,
        StatelessPairs(answers.boundary, topology.devices),
    )


def _named_parents(zones: tuple[Zone, ...]) -> Iterator[NamedParents]:
    places: dict[str, int] = {}
    for index, zone in enumerate(zones):
        if zone.parents:
            places = places or {zone.name: place for place, zone in enumerate(zones)}
            yield NamedParents(index, zone.name, zone.parents, frozenset(places[name] for name in zone.parents))
