"""Which zones a topology really has, who sits in them, and who manages whom."""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, TypeVar

import msgspec

from planner.catalogue.answers import Boundary, RoleId
from planner.catalogue.model import Catalogue
from planner.derivation.markers import id_part
from planner.derivation.memo import Memo
from planner.plan.topology import MAX_ZONES, OUTSIDE_ZONE, Device, Topology, Zone


def effective_zones(topology: Topology, catalogue: Catalogue) -> tuple[Zone, ...]:
    """Give the user's zones, or one default zone for each role in use; the outside is always among them."""
    if topology.zones:
        return _WITH_OUTSIDE.get((topology.zones,), "", lambda: _with_outside(topology.zones))
    return tuple(
        Zone(name=role.zone, roles=(role.id,)) for role in catalogue.roles.values() if role.in_use(topology.answers)
    )


def _with_outside(zones: tuple[Zone, ...]) -> tuple[Zone, ...]:
    if any(OUTSIDE_ZONE in zone.roles for zone in zones):
        return zones
    return (*zones, Zone(name=OUTSIDE_ZONE, roles=(OUTSIDE_ZONE,)))


_WITH_OUTSIDE: Memo[tuple[Zone, ...]] = Memo(8)


class End(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What rules depend on in the zone at one of their ends; what is the same in several plans is one object.

    ``part``: the name as it stands in ids. ``translated``: addresses are translated in front of it.
    """

    name: str
    part: str
    translated: bool
    outside: bool


@lru_cache(maxsize=4 * MAX_ZONES)
def _end(name: str, translated: bool, outside: bool) -> End:
    return End(name, id_part(name), translated, outside)


class Family(msgspec.Struct, frozen=True):
    """A zone that names its parents, and where these stand among the zones."""

    child: int
    name: str
    parents: tuple[str, ...]
    places: frozenset[int]


class Layout(msgspec.Struct, frozen=True):
    """The zones by what they hold. Zones are meant by their index in ``zones``.

    ``ends``: of each zone what rules depend on. ``by_role``: zones that hold the role, in order; none for a role that
    the answers say is absent. ``families``: the zones that name parents. ``holds_two``: counted roles of which one
    zone can hold two hosts. Of ends, families, filters and the zones of a role, what is equal in several layouts is
    the same.
    """

    zones: tuple[Zone, ...]
    ends: tuple[End, ...]
    by_role: dict[RoleId, tuple[int, ...]]
    families: tuple[Family, ...]
    holds_two: frozenset[RoleId]
    stateless: "StatelessPairs"


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
    in_use = catalogue.roles_in_use(topology.answers)
    held = _HELD.get((zones, catalogue), in_use, lambda: _hold(zones, in_use, catalogue))
    holds_two = frozenset(
        role.id
        for role in catalogue.roles.values()
        if role.counted_by
        and held.by_role[role.id]
        and getattr(topology.answers, role.counted_by) - len(held.by_role[role.id]) + 1 >= 2
    )
    stateless = _known("stateless", StatelessPairs(topology.answers.boundary, topology.devices))
    return Layout(zones, held.ends, held.by_role, held.families, holds_two, stateless)


class _Held(msgspec.Struct, frozen=True):
    """What a layout knows of its zones, whatever else is answered."""

    ends: tuple[End, ...]
    by_role: dict[RoleId, tuple[int, ...]]
    families: tuple[Family, ...]


_HELD: Memo[_Held] = Memo(8)


def _hold(zones: tuple[Zone, ...], in_use: frozenset[RoleId], catalogue: Catalogue) -> _Held:
    by_role: dict[RoleId, list[int]] = {role: [] for role in catalogue.roles}
    for index, zone in enumerate(zones):
        for role in in_use.intersection(zone.roles):
            by_role[role].append(index)
    outside = frozenset(by_role[OUTSIDE_ZONE])
    return _Held(
        _known("ends", tuple(_end(zone.name, zone.nat, index in outside) for index, zone in enumerate(zones))),
        {role: _known(role, tuple(indexes)) for role, indexes in by_role.items()},
        _known("families", tuple(_families(zones))),
    )


def _families(zones: tuple[Zone, ...]) -> Iterator[Family]:
    places: dict[str, int] = {}
    for index, zone in enumerate(zones):
        if zone.parents:
            places = places or {zone.name: place for place, zone in enumerate(zones)}
            yield Family(index, zone.name, zone.parents, frozenset(places[name] for name in zone.parents))


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
