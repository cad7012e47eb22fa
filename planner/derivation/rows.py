"""Rules row by row, as in a matrix of zones: one zone opens, others listen. What stays the same is written once."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import is_

from msgspec.structs import replace

from planner.derivation.markers import marked_longer, marker
from planner.derivation.memo import Memo
from planner.derivation.model import Rule
from planner.derivation.permissions import Permission
from planner.derivation.zones import End, StatelessPairs

STATELESS_TCP_NOTE = "Return half for a stateless filter: only packets of an established connection."
STATELESS_UDP_NOTE = (
    "Return half for a stateless filter: UDP has no connection to check, so forged packets from the listener's port "
    "reach the opener's whole source range. Prefer a stateful rule."
)

Cell = tuple[Rule, ...]
"""The rules from one zone to another: each, where the filter is stateless, with its return half behind it."""


class Row:
    """The rules that one zone opens, those to one listener behind those to another.

    Attributes:
        opener: the zone.
        columns: the zones that they lead to.
        cells: the rules by listener; ``rules``: all of them.
        destinations: the destination ports of all.
    """

    __slots__ = ("_marked", "cells", "columns", "destinations", "opener", "rules")

    def __init__(self, opener: End, columns: "Columns", cells: tuple[Cell, ...]) -> None:
        self.opener = opener
        self.columns = columns
        self.cells = cells
        self.rules: Cell = tuple(chain.from_iterable(cells))
        self.destinations = _one_of(frozenset([rule.destination_ports for rule in self.rules]))
        self._marked: tuple[frozenset[str], Row] | None = None

    def cell(self, listener: str) -> Cell:
        """Give the rules to one listener."""
        place = self.columns.places.get(listener)
        return () if place is None else self.cells[place]

    def marked(self, shared: frozenset[str]) -> "Row":
        """Give the row with a longer marker for each rule whose short one is shared."""
        known = self._marked  # another thread may put another one there meanwhile
        if known is None or known[0] != shared:
            cells = tuple(
                cell
                if shared.isdisjoint([rule.marker for rule in cell])
                else tuple(marked_longer(rule) if rule.marker in shared else rule for rule in cell)
                for cell in self.cells
            )
            known = self._marked = shared, Row(self.opener, self.columns, cells)
        return known[1]


class Columns:
    """The zones that some openers' rules lead to, in order, and what each of them is opened for.

    ``inside``: a zone opens this to itself; otherwise it only does to others.

    Attributes:
        ends: these zones, the listeners.
        permissions: all that any of them is opened for.
        places: the place of each listener by its name.
    """

    def __init__(
        self,
        ends: tuple[End, ...],
        permitted: tuple[tuple[Permission, ...], ...],
        stateless: StatelessPairs,
        inside: bool,
    ) -> None:
        self._inside = inside
        self.ends = ends
        self._permitted = permitted
        self.permissions = frozenset(chain.from_iterable(permitted))
        self._stateless = stateless
        self._taken: dict[Columns, list[slice | range]] = {}
        self.places = {end.name: place for place, end in enumerate(ends)}

    def row(self, opener: End, before: Row | None = None) -> Row:
        """Give the rules that a zone opens to these; what the row before has of them is not written again."""
        if before is None or before.opener is not opener or before.columns._stateless is not self._stateless:
            return Row(opener, self, tuple([self._cell(opener, place) for place in range(len(self.ends))]))
        if before.columns is self:
            return before
        runs = (
            before.cells[known] if isinstance(known, slice) else [self._cell(opener, place) for place in known]
            for known in self._taken_from(before.columns)
        )
        return Row(opener, self, tuple(chain.from_iterable(runs)))

    def _cell(self, opener: End, place: int) -> Cell:
        """Write the rules from opener to listener, each with, across a stateless filter, its bounded return half.

        There is no return half where the outside listens: no rule ever has the outside as its source.
        """
        listener = self.ends[place]
        if (opener is listener) is not self._inside:
            return ()
        stateless = () if self._inside else self._stateless.because(opener.name, listener.name)
        rules = []
        for permission in self._permitted[place]:
            rule = _rule(permission, opener, listener, stateless)
            rules.append(rule)
            if stateless and not listener.outside:
                rules.append(_returned(permission, rule))
        return tuple(rules)

    def _taken_from(self, other: "Columns") -> list[slice | range]:
        """Say which cells of rows with other columns are the same in rows with these, and which are to be written."""
        taken = self._taken.get(other)
        if taken is None:
            places = [
                place
                if (place := other.places.get(end.name)) is not None
                and other.ends[place] is end
                and other._permitted[place] == permitted
                else None
                for end, permitted in zip(self.ends, self._permitted, strict=True)
            ]
            taken = self._taken[other] = list(_in_runs(places))
        return taken

    def written(self) -> None:
        """Take note that every row there is has been asked for."""
        self._taken.clear()


def _in_runs(places: Sequence[int | None]) -> Iterator[slice | range]:
    """Put places that follow on each other into one slice, and the numbers of those that are None into one range."""
    begin = 0
    for number in range(1, len(places) + 1):
        before = places[number - 1]
        if number < len(places) and places[number] == (None if before is None else before + 1):
            continue
        first = places[begin]
        yield range(begin, number) if first is None else slice(first, first + number - begin)
        begin = number


def columns(ends: tuple[End, ...], permitted: tuple[tuple[Permission, ...], ...], stateless: StatelessPairs) -> Columns:
    """Give the columns of rows between zones."""
    return _COLUMNS.get(
        (stateless, *ends),
        permitted,
        lambda: Columns(ends, permitted, stateless, inside=False),
        lambda _: len(ends),
    )


def host_row(end: End, permitted: tuple[Permission, ...], stateless: StatelessPairs) -> Row:
    """Give the row of what a zone opens to itself."""
    return _HOST_ROWS.get((end,), permitted, lambda: Columns((end,), (permitted,), stateless, inside=True).row(end))


_COLUMNS: Memo[Columns] = Memo(100_000)
_HOST_ROWS: Memo[Row] = Memo(50_000)


def differing(one: tuple[Cell, ...], other: tuple[Cell, ...]) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    """Leave out the cells that both begin with and those that both end with."""
    if one is other:
        return (), ()
    first = _alike(one, other)
    one, other = one[first:], other[first:]
    last = _alike(reversed(one), reversed(other))
    return one[: len(one) - last], other[: len(other) - last]


def _alike(one: Iterable[Cell], other: Iterable[Cell]) -> int:
    """Say how many things both begin with."""
    same = [*map(is_, one, other)]
    return same.index(False) if False in same else len(same)


@lru_cache(maxsize=1_000)
def _one_of(ports: frozenset[str]) -> frozenset[str]:
    """Give the same set for all that are equal: thousands of rows share a few."""
    return ports


def _rule(permission: Permission, opener: End, listener: End, stateless: tuple[str, ...]) -> Rule:
    id_ = f"{permission.name}:{opener.part}>{listener.part}"
    notes = permission.notes
    if listener.translated and opener is not listener:
        notes = (*notes, *permission.nat_notes)
    return Rule(
        id=id_,
        marker=marker("SAV-R", id_),
        phase=permission.phase,
        from_=opener.name,
        to=listener.name,
        protocol=permission.protocol,
        source_ports=permission.source,
        destination_ports=permission.port,
        state="any" if stateless else "new",
        flows=permission.flows,
        justification=permission.justification,
        because=(*permission.because, *stateless) if stateless else permission.because,
        cites=permission.cites,
        until=permission.until,
        notes=notes,
    )


def _returned(permission: Permission, rule: Rule) -> Rule:
    """Write the half that lets the answers back; until when, what for and why is as for the way there."""
    id_ = f"{rule.id}:return"
    tcp = rule.protocol == "tcp"
    return replace(
        rule,
        id=id_,
        marker=marker("SAV-R", id_),
        from_=rule.to,
        to=rule.from_,
        source_ports=rule.destination_ports,
        destination_ports=permission.returned,
        state="established" if tcp else "any",
        justification=f"answers to: {rule.justification}",
        notes=(STATELESS_TCP_NOTE if tcp else STATELESS_UDP_NOTE,),
    )
