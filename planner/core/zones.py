"""Which zones a topology really has, who sits in them, and who manages whom."""

from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

import msgspec

from planner.core.catalogue import Catalogue
from planner.core.topology import OUTSIDE_ZONE, Boundary, Device, RoleId, Topology, Zone


def effective_zones(topology: Topology, catalogue: Catalogue) -> tuple[Zone, ...]:
    """Give the user's zones, or one default zone for each role in use; the outside is always among them."""
    if topology.zones:
        if any(OUTSIDE_ZONE in zone.roles for zone in topology.zones):
            return topology.zones
        return (*topology.zones, Zone(name=OUTSIDE_ZONE, roles=(OUTSIDE_ZONE,)))
    return tuple(
        Zone(name=role.zone, roles=(role.id,)) for role in catalogue.roles.values() if role.in_use(topology.answers)
    )


class Layout(msgspec.Struct, frozen=True):
    """The zones by what they hold. Zones are meant by their index in ``zones``.

    ``by_role``: zones that hold the role, in order; none for a role that the answers say is absent. ``holds_two``:
    counted roles of which one zone can hold two hosts. ``shape``: what rules depend on in the zones themselves.
    Of shape, filters and the zones of a role, what is equal in several layouts is the same.
    """

    zones: tuple[Zone, ...]
    by_role: dict[RoleId, tuple[int, ...]]
    holds_two: frozenset[RoleId]
    stateless: "StatelessPairs"
    shape: "Shape"

    def parents_of(self, zone: int, role: RoleId) -> tuple[int, ...]:
        """Give the zones holding ``role`` that manage this zone's clients: those it names, or all if it names none."""
        candidates = self.by_role[role]
        named = frozenset(self.zones[zone].parents)
        if not named:
            return candidates
        return tuple(index for index in candidates if self.zones[index].name in named)


class Shape(msgspec.Struct, frozen=True):
    """Of each zone its name, roles and parents, and whether addresses are translated in front of it."""

    zones: tuple[tuple[str, tuple[RoleId, ...], tuple[str, ...], bool], ...]


class StatelessPairs(msgspec.Struct, frozen=True, dict=True):
    """Which zone pairs have a stateless filter between them: by a device that sees both, else by the answer."""

    boundary: Boundary
    devices: tuple[Device, ...]

    @property
    def anywhere(self) -> bool:
        """Whether there is a stateless filter at all."""
        return self.boundary == "stateless" or not all(device.stateful for device in self.devices)

    def because(self, one: str, other: str) -> tuple[str, ...]:
        """Say what makes the filter between these two zones stateless; nothing where it is stateful."""
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
        """Give the devices that stand before each zone, by their number."""
        seen: dict[str, set[int]] = {}
        for number, device in enumerate(self.devices):
            for zone in device.interfaces:
                seen.setdefault(zone, set()).add(number)
        return {zone: frozenset(numbers) for zone, numbers in seen.items()}


_STATELESS = ("boundary = stateless",)
_NAMED = 4
"""Stateless devices between two zones that a rule names: each of them is reason enough."""


def lay_out(topology: Topology, catalogue: Catalogue) -> Layout:
    """Sort the effective zones by what they hold."""
    zones = effective_zones(topology, catalogue)
    by_role: dict[RoleId, list[int]] = {role: [] for role in catalogue.roles}
    in_use = catalogue.roles_in_use(topology.answers)
    for index, zone in enumerate(zones):
        for role in in_use.intersection(zone.roles):
            by_role[role].append(index)
    holds_two = frozenset(
        role.id
        for role in catalogue.roles.values()
        if role.counted_by
        and by_role[role.id]
        and getattr(topology.answers, role.counted_by) - len(by_role[role.id]) + 1 >= 2
    )
    return Layout(
        zones,
        {role: _known(role, tuple(indexes)) for role, indexes in by_role.items()},
        holds_two,
        _known("stateless", StatelessPairs(topology.answers.boundary, topology.devices)),
        _known("shape", Shape(tuple((zone.name, zone.roles, zone.parents, zone.nat) for zone in zones))),
    )


Kept = TypeVar("Kept")
_recent: dict[str, list[Any]] = {}


def _known(kind: str, value: Kept) -> Kept:
    """Give the same for what is equal to one of those given last, so that what was made of that is found again."""
    recent = _recent.setdefault(kind, [])
    found: Kept = next((known for known in recent if known == value), value)
    if not recent or recent[0] is not found:
        recent[:] = [found, *(known for known in recent if known is not found)][:_REMEMBERED]
    return found


_REMEMBERED = 8
