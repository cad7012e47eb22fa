"""Matrices of a derivation: ports by zone, and rules by pair of zones."""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

import msgspec

from planner.catalogue.answers import Answers
from planner.catalogue.model import Catalogue, Phase, Transport
from planner.derivation.derivation import Derivation
from planner.derivation.model import PortEntry, Rule
from planner.plan.diff import RuleChanges
from planner.plan.topology import OUTSIDE_ZONE

Mark = Literal["+", "-", "~"]

ServiceKey = tuple[Transport, str, Phase]
"""Row of the matrix: protocol, port, phase."""

Place = tuple[ServiceKey, str]
"""Cell of the matrix: service and zone."""


class Spot(msgspec.Struct, frozen=True, dict=True):
    """One filled cell: the entries of a zone for one service. ``denied``: a deny keeps the zone from opening it."""

    entries: tuple[PortEntry, ...] = ()
    denied: bool = False

    @cached_property
    def listens(self) -> bool:
        """True if somebody in the zone listens on this port."""
        return any(entry.direction == "in" for entry in self.entries)

    @cached_property
    def opens(self) -> bool:
        """True if somebody in the zone opens this port elsewhere."""
        return any(entry.direction == "out" for entry in self.entries)

    @cached_property
    def word(self) -> str:
        """Direction in a word: ``in`` listens, ``out`` opens, ``in·out`` both, ``deny`` kept from opening."""
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
        """Protocol, port and phase of the row."""
        return self.protocol, self.ports, self.phase

    @property
    def label(self) -> str:
        """Protocol, port, name of the service."""
        return f"{self.protocol.upper()} {self.ports} {self.name}"


class Matrix(msgspec.Struct, frozen=True):
    """Services down, zones across. A cell that is not in ``spots`` is empty."""

    rows: tuple[ServiceRow, ...]
    zones: tuple[str, ...]
    spots: dict[Place, Spot]

    def spot(self, row: ServiceRow, zone: str) -> Spot:
        """Returns one cell, empty or not."""
        return self.spots.get((row.key, zone), _EMPTY)


_EMPTY = Spot()


def ports_by_zone(derivation: Derivation, answers: Answers, catalogue: Catalogue) -> Matrix:
    """Returns who listens on what and who opens it; services in the order of the catalogue's flows, run first."""
    names = service_names(answers, catalogue)
    shut = {(deny.protocol, deny.ports, deny.from_) for deny in derivation.denies if deny.where == "boundary"}
    outside = [zone.name for zone in derivation.zones if OUTSIDE_ZONE in zone.roles]
    entries: dict[ServiceKey, dict[str, list[PortEntry]]] = {}
    for entry in derivation.ports:
        zones = entries.setdefault((entry.protocol, entry.ports, entry.phase), {})
        zones.setdefault(entry.zone, []).append(entry)
    rows = [ServiceRow(*key, names.get(key[:2], "")) for key in entries]
    spots: dict[Place, Spot] = {}
    for key, zones in entries.items():
        spots |= {(key, zone): Spot(tuple(some)) for zone, some in zones.items()}
        for zone in outside:
            if (*key[:2], zone) in shut:
                spots.setdefault((key, zone), Spot(denied=True))
    rows.sort(key=lambda row: row.phase == "rollout")
    return Matrix(tuple(rows), tuple(zone.name for zone in derivation.zones), spots)


def service_names(answers: Answers, catalogue: Catalogue) -> dict[tuple[Transport, str], str]:
    """Returns the name of the service behind each protocol and port; the first of the catalogue where two share one."""
    names: dict[tuple[Transport, str], str] = {}
    for service in catalogue.services.values():
        names.setdefault((service.protocol, str(service.port_for(answers))), service.name)
    return names


def cell_marks(before: Matrix, after: Matrix, changes: RuleChanges) -> dict[Place, Mark]:
    """Returns the cells that an edit added (+), removed (-) or changed (~): another direction, or other rules."""
    services = {row.key for row in before.rows}.intersection(row.key for row in after.rows)
    touched: set[Place] = set()
    for rules in (changes.added, changes.removed, [new for _, new in changes.changed]):
        for rule in rules:
            key = (rule.protocol, rule.source_ports if rule.is_return else rule.destination_ports, rule.phase)
            if key in services:
                touched |= {(key, rule.from_), (key, rule.to)}
    marks: dict[Place, Mark] = {}
    for place, spot in after.spots.items():
        old = before.spots.get(place)
        if old is None:
            marks[place] = "+"
        elif place in touched or (old != spot and old.word != spot.word):
            marks[place] = "~"
    return marks | {place: "-" for place in before.spots if place not in after.spots}


def zone_pairs(rules: Iterable[Rule]) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """Returns rules by (from, to)."""
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        pairs.setdefault((rule.from_, rule.to), []).append(rule)
    return {pair: tuple(rules) for pair, rules in pairs.items()}


def rules_at(derivation: Derivation, place: Place) -> tuple[Rule, ...]:
    """Returns the rules behind a cell of the matrix, return halves left out."""
    (protocol, ports, phase), zone = place
    return tuple(
        rule
        for rules in (derivation.rules, derivation.host_rules)
        for rule in rules
        if zone in (rule.to, rule.from_)
        and rule.destination_ports == ports
        and rule.protocol == protocol
        and rule.phase == phase
        and not rule.is_return
    )
