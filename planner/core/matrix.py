"""Views of what was derived: ports x zones, and zone x zone."""

from typing import Literal

import msgspec

from planner.core.catalogue import Catalogue, Phase, Transport
from planner.core.comparison import RuleChanges
from planner.core.derived import Derivation, PortEntry, Rule
from planner.core.topology import OUTSIDE_ZONE, Answers

Mark = Literal["+", "-", "~"]

ServiceKey = tuple[Transport, str, Phase]
"""What a row of the matrix stands for: protocol, port, phase."""


class Spot(msgspec.Struct, frozen=True):
    """One filled cell: the entries of a zone for one service. ``denied`` names the rules that shut the outside out."""

    entries: tuple[PortEntry, ...] = ()
    denied: bool = False

    @property
    def listens(self) -> bool:
        """Somebody in the zone listens on this port."""
        return any(entry.direction == "in" for entry in self.entries)

    @property
    def opens(self) -> bool:
        """Somebody in the zone opens this port elsewhere."""
        return any(entry.direction == "out" for entry in self.entries)

    @property
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
    cells: dict[tuple[ServiceKey, str], Spot]

    def spot(self, row: ServiceRow, zone: str) -> Spot:
        """Give one cell, empty or not."""
        return self.cells.get((row.key, zone), _EMPTY)


_EMPTY = Spot()


def ports_by_zone(derivation: Derivation, answers: Answers, catalogue: Catalogue) -> Matrix:
    """Lay out who listens on what and who opens it; services in the order of the catalogue's flows, run first."""
    names = service_names(answers, catalogue)
    gathered: dict[tuple[ServiceKey, str], list[PortEntry]] = {}
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


def marks(before: Matrix, after: Matrix, changes: RuleChanges) -> dict[tuple[ServiceKey, str], Mark]:
    """Mark the cells that an edit added (+), removed (-) or changed (~): other flows, or other rules behind them."""
    found: dict[tuple[ServiceKey, str], Mark] = {}
    for rules in (changes.added, changes.removed, [new for _, new in changes.changed]):
        for rule in rules:
            port = rule.source_ports if rule.is_return else rule.destination_ports
            key: ServiceKey = (rule.protocol, port, rule.phase)
            for zone in (rule.from_, rule.to):
                if (key, zone) in after.cells:
                    found[key, zone] = "~"
    for cell, spot in after.cells.items():
        old = before.cells.get(cell)
        if old is None:
            found[cell] = "+"
        elif old.word != spot.word:
            found[cell] = "~"
    found.update({cell: "-" for cell in before.cells if cell not in after.cells})
    return found


def zone_pairs(derivation: Derivation) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """Gather the firewall and host rules by (from, to)."""
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in (*derivation.rules, *derivation.host_rules):
        pairs.setdefault((rule.from_, rule.to), []).append(rule)
    return {pair: tuple(rules) for pair, rules in pairs.items()}
