"""Views of what was derived: ports x zones, and zone x zone."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

import msgspec

from planner.catalogue.answers import Answers
from planner.catalogue.model import Catalogue, Phase, Transport
from planner.derivation.comparison import RuleChanges
from planner.derivation.derivation import Derivation
from planner.derivation.memo import Memo
from planner.derivation.model import Deny, PortEntry, Rule
from planner.plan.topology import OUTSIDE_ZONE

Mark = Literal["+", "-", "~"]

ServiceKey = tuple[Transport, str, Phase]
"""What a row of the matrix stands for: protocol, port, phase."""

Place = tuple[ServiceKey, str]
"""What a cell of the matrix stands for: service and zone."""


class Spot(msgspec.Struct, frozen=True, dict=True):
    """One filled cell: the entries of a zone for one service. ``denied`` names the rules that shut the outside out."""

    entries: tuple[PortEntry, ...] = ()
    denied: bool = False

    @cached_property
    def listens(self) -> bool:
        """Somebody in the zone listens on this port."""
        return any(entry.direction == "in" for entry in self.entries)

    @cached_property
    def opens(self) -> bool:
        """Somebody in the zone opens this port elsewhere."""
        return any(entry.direction == "out" for entry in self.entries)

    @cached_property
    def word(self) -> str:
        """Say the direction: ``in`` listens, ``out`` opens, ``in·out`` both, ``deny`` kept from opening."""
        if self.listens and self.opens:
            return "in·out"
        if self.listens:
            return "in"
        if self.opens:
            return "out"
        return "deny" if self.denied else ""


class ServiceRow(msgspec.Struct, frozen=True):
    """One row: a port somebody listens on. ``label`` reads like ``TCP 2967 Rtvscan``."""

    protocol: Transport
    ports: str
    phase: Phase
    name: str

    @property
    def key(self) -> ServiceKey:
        """What the row stands for, whatever its name."""
        return self.protocol, self.ports, self.phase

    @property
    def label(self) -> str:
        """Protocol, port, name of the service."""
        return f"{self.protocol.upper()} {self.ports} {self.name}"


Spots = dict[str, Spot]
"""The filled cells of a row, by zone; the same object for as long as nothing in the row changes."""


class Matrix(msgspec.Struct, frozen=True):
    """Services down, zones across. A cell that is not in ``spots`` is empty."""

    rows: tuple[ServiceRow, ...]
    zones: tuple[str, ...]
    spots: dict[ServiceKey, Spots]

    def spot(self, row: ServiceRow, zone: str) -> Spot:
        """Give one cell, empty or not."""
        return self.spots.get(row.key, _NONE).get(zone, _EMPTY)

    def filled(self) -> Iterator[Place]:
        """Give every cell that is not empty."""
        return ((key, zone) for key, spots in self.spots.items() for zone in spots)


_EMPTY = Spot()
_NONE: Spots = {}


def ports_by_zone(derivation: Derivation, answers: Answers, catalogue: Catalogue) -> Matrix:
    """Lay out who listens on what and who opens it; services in the order of the catalogue's flows, run first."""
    return _MATRICES.get((derivation, catalogue), answers, lambda: _ports_by_zone(derivation, answers, catalogue))


_MATRICES: Memo[Matrix] = Memo(8)


def _ports_by_zone(derivation: Derivation, answers: Answers, catalogue: Catalogue) -> Matrix:
    names = service_names(answers, catalogue)
    shut = _SHUT.get((derivation.denies,), "", lambda: _shut(derivation.denies))
    outside = [zone.name for zone in derivation.zones if OUTSIDE_ZONE in zone.roles]
    rows: list[ServiceRow] = []
    spots: dict[ServiceKey, Spots] = {}
    for entries in filter(None, derivation.ports.parts):
        first = entries[0]
        row = ServiceRow(first.protocol, first.ports, first.phase, names.get((first.protocol, first.ports), ""))
        rows.append(row)
        denied = tuple(zone for zone in outside if (first.protocol, first.ports, zone) in shut)
        spots[row.key] = _SPOTS.get(
            (entries,),
            denied,
            lambda entries=entries, denied=denied: _spots(entries, denied),  # type: ignore[misc]
            len,
        )
    ordered = sorted(rows, key=lambda row: row.phase == "rollout")
    zones = _ZONES.get((derivation.zones,), "", lambda: tuple(zone.name for zone in derivation.zones))
    return Matrix(tuple(ordered), zones, spots)


_SPOTS: Memo[Spots] = Memo(100_000)
_ZONES: Memo[tuple[str, ...]] = Memo(8)
_SHUT: Memo[frozenset[tuple[Transport, str, str]]] = Memo(8)


def _spots(entries: Iterable[PortEntry], denied: Iterable[str]) -> Spots:
    gathered: dict[str, list[PortEntry]] = {}
    for entry in entries:
        gathered.setdefault(entry.zone, []).append(entry)
    spots = {zone: Spot(tuple(some)) for zone, some in gathered.items()}
    return spots | {zone: Spot(denied=True) for zone in denied if zone not in spots}


def _shut(denies: Iterable[Deny]) -> frozenset[tuple[Transport, str, str]]:
    """Say at which ports which zones are kept from opening anything."""
    return frozenset((deny.protocol, deny.ports, deny.from_) for deny in denies if deny.where == "boundary")


def service_names(answers: Answers, catalogue: Catalogue) -> dict[tuple[Transport, str], str]:
    """Name the service behind each protocol and port; the first of the catalogue where two share one."""
    names: dict[tuple[Transport, str], str] = {}
    for service in catalogue.services.values():
        names.setdefault((service.protocol, str(service.port_for(answers))), service.name)
    return names


class Marks:
    """Which cells an edit added (+), removed (-) or changed (~): other flows, or other rules behind them.

    A mark is worked out when it is asked for: a wide matrix costs no more than what is in sight of it.
    """

    def __init__(self, before: Matrix, after: Matrix, changes: RuleChanges) -> None:
        self._before, self._after = before.spots, after.spots
        self._none = before is after
        self._changes = changes

    @cached_property
    def _touched(self) -> dict[ServiceKey, set[str]]:
        """The zones whose rules have changed, of the services that there were before and still are."""
        touched: dict[ServiceKey, set[str]] = {key: set() for key in self._after if key in self._before}
        known = {ports for _, ports, _ in touched}
        for rules in (self._changes.added, self._changes.removed, [new for _, new in self._changes.changed]):
            for rule in rules:
                if rule.destination_ports in known or rule.source_ports in known:
                    port = rule.source_ports if rule.is_return else rule.destination_ports
                    zones = touched.get((rule.protocol, port, rule.phase))
                    if zones is not None:
                        zones.update((rule.from_, rule.to))
        return touched

    def at(self, place: Place) -> Mark | Literal[""]:
        """Give the mark of one cell."""
        if self._none:
            return ""
        key, zone = place
        old, new = self._before.get(key, _NONE).get(zone), self._after.get(key, _NONE).get(zone)
        if old is None or new is None:
            return "" if old is new else "+" if old is None else "-"
        if zone in self._touched[key]:
            return "~"
        return "" if old.word == new.word else "~"

    def places(self) -> Iterator[Place]:
        """Give every cell that has a mark, row by row; rows in which nothing has changed are passed over."""
        for key in () if self._none else dict.fromkeys((*self._after, *self._before)):
            old, new = self._before.get(key, _NONE), self._after.get(key, _NONE)
            touched = self._touched.get(key, set())
            if old is new:
                yield from ((key, zone) for zone in new if zone in touched)
                continue
            for zone, spot in new.items():
                was = old.get(zone)
                if was is None or zone in touched or (was != spot and was.word != spot.word):
                    yield key, zone
            yield from ((key, zone) for zone in old if zone not in new)


def zone_pairs(rules: Iterable[Rule]) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """Gather rules by (from, to)."""
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        pairs.setdefault((rule.from_, rule.to), []).append(rule)
    return {pair: tuple(rules) for pair, rules in pairs.items()}


def rules_at(derivation: Derivation, place: Place) -> tuple[Rule, ...]:
    """Give the rules that a cell of the matrix stands for, return halves left out."""
    (protocol, ports, phase), zone = place
    return tuple(
        [
            rule
            for rules in (derivation.rules, derivation.host_rules)
            for rule in rules.touching(zone)
            if rule.destination_ports == ports
            and rule.protocol == protocol
            and rule.phase == phase
            and not rule.is_return
        ]
    )
