"""Rules in blocks of rows: a plan's rules as a sequence that is never copied."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

from planner.derivation.joined import Joined, apart
from planner.derivation.model import Rule
from planner.derivation.permissions import Permission
from planner.derivation.rows import Cell, Columns, Row, differing
from planner.derivation.zones import End

Rank = tuple[bool, int]
"""What blocks are sorted by: whether they belong to the rollout, and the place of the flow."""
Shared = dict[End, set[str]]
"""The markers in a block that are not one rule's alone, by opener."""

FEW = 1_000
"""As many rules are sooner looked through than looked up."""


class Block:
    """The rules that stand together in the order of rules: those of one phase whose first flow has the same place.

    Attributes:
        rank: what blocks are sorted by.
        rows: the rules by opener, in the order of zones.
    """

    def __init__(self, rank: Rank, rows: tuple[Row, ...]) -> None:
        self.rank = rank
        self.rows = rows
        self._marked: tuple[Shared, Block] | None = None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {row.opener.name: place for place, row in enumerate(self.rows)}

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """All that its rules permit."""
        return frozenset().union(*(columns.permissions for columns in self._by_columns))

    @cached_property
    def ends(self) -> frozenset[End]:
        """The zones that its rules begin or end in."""
        return frozenset([row.opener for row in self.rows]).union(*(columns.ends for columns in self._by_columns))

    def row(self, opener: End) -> Row | None:
        """Give what a zone opens; None if it is nothing."""
        place = self._places.get(opener.name)
        return None if place is None else self.rows[place]

    @cached_property
    def _by_columns(self) -> dict[Columns, list[int]]:
        found: dict[Columns, list[int]] = {}
        for place, row in enumerate(self.rows):
            found.setdefault(row.columns, []).append(place)
        return found

    def touching(self, zones: frozenset[str]) -> Iterator[Rule]:
        """Give the rules that begin or end in one of some zones, in order."""
        found: dict[int, Iterable[Cell]] = {}
        for columns, rows in self._by_columns.items():
            few, many = sorted((zones, columns.places.keys()), key=len)
            listeners = sorted([columns.places[zone] for zone in few if zone in many])
            if listeners:
                found.update((row, [self.rows[row].cells[place] for place in listeners]) for row in rows)
        for opener in zones.intersection(self._places):
            row = self._places[opener]
            found[row] = self.rows[row].cells
        return chain.from_iterable(chain.from_iterable(found[row]) for row in sorted(found))

    def between(self, from_: str, to: str) -> Iterator[Rule]:
        """Give the rules from one zone to another, in order."""
        for place in sorted({self._places[name] for name in (from_, to) if name in self._places}):
            row = self.rows[place]
            for rule in row.cell(to if row.opener.name == from_ else from_):
                if rule.from_ == from_ and rule.to == to:
                    yield rule

    def marked(self, shared: Shared) -> "Block":
        """Give the block with a longer marker for each rule whose short one is shared."""
        if not shared:
            return self
        known = self._marked  # another thread may put another one there meanwhile
        if known is None or known[0] != shared:
            rows = list(self.rows)
            for opener, markers in shared.items():
                place = self._places[opener.name]
                rows[place] = rows[place].marked(frozenset(markers))
            known = self._marked = shared, Block(self.rank, tuple(rows))
        return known[1]


class Rules(Joined[Rule]):
    """The rules of some blocks, in order."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        super().__init__([row.rules for block in blocks for row in block.rows])
        self._blocks = blocks

    def touching(self, *zones: str) -> Iterator[Rule]:
        """Give the rules that begin or end in one of these zones, in order; of many, without looking through all."""
        wanted = frozenset(zones)
        if self.are_few:
            return (rule for rule in self if rule.from_ in wanted or rule.to in wanted)
        return chain.from_iterable(block.touching(wanted) for block in self._blocks)

    @property
    def are_few(self) -> bool:
        """Whether it takes less time to look through all than to look some up."""
        return len(self) <= FEW

    def between_zones(self, from_: str, to: str) -> Iterator[Rule]:
        """Give the rules from one zone to another, or inside one, in order."""
        return chain.from_iterable(block.between(from_, to) for block in self._blocks)

    @cached_property
    def destinations(self) -> frozenset[str]:
        """The destination ports of all, as they are written."""
        return frozenset().union(*(row.destinations for block in self._blocks for row in block.rows))

    def unshared(self, other: "Rules") -> tuple[list[Rule], list[Rule]]:
        """Give of both what is not in the other: of two large plans with an edit between them, little."""
        mine, others = apart(self._blocks, other._blocks)
        left = {(block.rank, row.opener): row.cells for block in others for row in block.rows}
        found: list[Cell] = []
        for slot, cells in [((block.rank, row.opener), row.cells) for block in mine for row in block.rows]:
            here, left[slot] = differing(cells, left.get(slot, ()))
            found += here
        gone, come = found, chain.from_iterable(left.values())
        return apart(*([rule for cell in cells for rule in cell] for cells in (gone, come)))
