"""Which short markers more than one rule has, and a longer one for each of these."""

from _thread import allocate_lock
from collections.abc import Iterable
from itertools import chain

from planner.derivation.blocks import Block, Rank, Rules, Shared
from planner.derivation.joined import apart
from planner.derivation.rows import Row, differing
from planner.derivation.zones import End

Half = tuple[int, Rank]
"""A block: that of the rules between zones (0) or inside them (1) with a rank."""
Slot = tuple[Half, End]
"""Where a row stands, whatever is in it."""


def mark_apart(between: Iterable[Block], inside: Iterable[Block]) -> tuple[Rules, Rules]:
    """Give the rules between zones and those inside one, of all blocks in order, each with a marker of its own."""
    halves = [sorted(blocks, key=lambda block: block.rank) for blocks in (between, inside)]
    shared = _TALLY.shared(halves)
    one, other = (
        Rules([block.marked(shared.get((half, block.rank), {})) for block in blocks])
        for half, blocks in enumerate(halves)
    )
    return one, other


class _Tally:
    """Where each marker stands in the blocks last looked at; only what has come or gone is looked at again."""

    def __init__(self) -> None:
        self._lock = allocate_lock()  # the one of threading, which takes longer to load
        self._begin()

    def _begin(self) -> None:
        self._halves: list[list[Block]] = [[], []]
        self._slots: dict[str, tuple[Slot, ...]] = {}
        self._shared: set[str] = set()

    def shared(self, halves: list[list[Block]]) -> dict[Half, Shared]:
        """Name the markers that more than one rule of these blocks has, between zones and inside them."""
        with self._lock:
            try:
                self._look_at(halves)
            except BaseException:
                self._begin()  # what was looked at by half would be counted twice
                raise
            found: dict[Half, Shared] = {}
            for marker in self._shared:
                for where, opener in self._slots[marker]:
                    found.setdefault(where, {}).setdefault(opener, set()).add(marker)
            return found

    def _look_at(self, halves: list[list[Block]]) -> None:
        for half, (old, new) in enumerate(zip(self._halves, halves, strict=True)):
            gone, come = apart(old, new)
            before = {(block.rank, row.opener): row for block in gone for row in block.rows}
            for block in come:
                for row in block.rows:
                    self._replace(((half, block.rank), row.opener), before.pop((block.rank, row.opener), None), row)
            for (rank, opener), row in before.items():
                self._replace(((half, rank), opener), row, None)
        self._halves = halves

    def _replace(self, slot: Slot, old: Row | None, new: Row | None) -> None:
        gone, come = differing(old.cells if old else (), new.cells if new else ())
        slots, alone = self._slots, (slot,)
        for rule in chain.from_iterable(come):
            marker = rule.marker
            there = slots[marker] = (*slots[marker], slot) if marker in slots else alone
            if len(there) == 2:
                self._shared.add(marker)
        for rule in chain.from_iterable(gone):
            marker = rule.marker
            left = list(slots[marker])
            left.remove(slot)
            if len(left) == 1:
                self._shared.discard(marker)
            if left:
                slots[marker] = tuple(left)
            else:
                del slots[marker]


_TALLY = _Tally()
