"""Views of what was derived: ports x zones, and zone x zone."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

import msgspec

from planner.core.catalogue import Catalogue, Phase, Transport
from planner.core.comparison import RuleChanges
from planner.core.derived import Derivation, PortEntry, Rule
from planner.core.memo import Memo
from planner.core.topology import OUTSIDE_ZONE, Answers

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


class Matrix(msgspec.Struct, frozen=True):
    """Services down, zones across. A cell that is not in ``cells`` is empty."""

    rows: tuple[ServiceRow, ...]
    zones: tuple[str, ...]
    cells: dict[Place, Spot]

    def spot(self, row: ServiceRow, zone: str) -> Spot:
        """Give one cell, empty or not."""
        return self.cells.get((row.key, zone), _EMPTY)


_EMPTY = Spot()


def ports_by_zone(derivation: Derivation, answers: Answers, catalogue: Catalogue) -> Matrix:
    """Lay out who listens on what and who opens it; services in the order of the catalogue's flows, run first."""
    return _MATRICES.get((derivation, catalogue), answers, lambda: _ports_by_zone(derivation, answers, catalogue))


_MATRICES: Memo[Matrix] = Memo(8)


def _ports_by_zone(derivation: Derivation, answers: Answers, catalogue: Catalogue) -> Matrix:
    names = service_names(answers, catalogue)
    gathered: dict[Place, list[PortEntry]] = {}
    rows: dict[ServiceKey, ServiceRow] = {}
    for entry in derivation.ports:
        key: ServiceKey = (entry.protocol, entry.ports, entry.phase)
        if key not in rows:
            name = names.get((entry.protocol, entry.ports), "")
            rows[key] = ServiceRow(entry.protocol, entry.ports, entry.phase, name)
        gathered.setdefault((key, entry.zone), []).append(entry)
    cells = {spot: Spot(tuple(entries)) for spot, entries in gathered.items()}
    listened = {(deny.protocol, deny.ports, deny.from_) for deny in derivation.denies if deny.where == "boundary"}
    outside = [zone.name for zone in derivation.zones if OUTSIDE_ZONE in zone.roles]
    for key in rows:
        for zone in outside:
            if (key, zone) not in cells and (key[0], key[1], zone) in listened:
                cells[key, zone] = Spot(denied=True)
    ordered = sorted(rows.values(), key=lambda row: row.phase == "rollout")
    return Matrix(tuple(ordered), tuple(zone.name for zone in derivation.zones), cells)


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
        self._before, self._after = before.cells, after.cells
        self._touched: set[Place] = set()
        for rules in (changes.added, changes.removed, [new for _, new in changes.changed]):
            for rule in rules:
                port = rule.source_ports if rule.is_return else rule.destination_ports
                key: ServiceKey = (rule.protocol, port, rule.phase)
                self._touched.update(((key, rule.from_), (key, rule.to)))

    def at(self, place: Place) -> Mark | Literal[""]:
        """Give the mark of one cell."""
        if self._before is self._after:
            return ""
        old, new = self._before.get(place), self._after.get(place)
        if old is None or new is None:
            return "" if old is new else "+" if old is None else "-"
        if place in self._touched:
            return "~"
        # Deriving gives the same entries where nothing has changed, which is seen at once.
        return "" if (old.entries == new.entries and old.denied == new.denied) or old.word == new.word else "~"

    def places(self) -> Iterator[Place]:
        """Give every cell that has a mark."""
        if self._before is not self._after:
            for place in dict.fromkeys((*self._after, *self._before)):
                if self.at(place):
                    yield place


def zone_pairs(rules: Iterable[Rule]) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """Gather rules by (from, to)."""
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        pairs.setdefault((rule.from_, rule.to), []).append(rule)
    return {pair: tuple(rules) for pair, rules in pairs.items()}


def rules_at(rules: Iterable[Rule], place: Place) -> tuple[Rule, ...]:
    """Give the rules that a cell of the matrix stands for, return halves left out.

    One cell is looked at where thousands are there: looking through all rules is quicker than sorting them first.
    """
    key, zone = place
    return tuple(
        rule
        for rule in rules
        if (rule.from_ == zone or rule.to == zone)  # noqa: PLR1714 - half the time of building a tuple for each rule
        and (rule.protocol, rule.destination_ports, rule.phase) == key
        and not rule.is_return
    )
