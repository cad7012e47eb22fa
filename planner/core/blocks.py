"""Rules in blocks, each written, sorted and marked once, however often the plan around it changes."""

from _thread import allocate_lock
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter

from planner.core.derived import Rule
from planner.core.markers import marked_longer
from planner.core.memo import Memo

Ranked = tuple[tuple[int, int], Rule]
"""A rule behind the zone pair it is sorted by: opener and listener, by index."""
Parts = list[list[Rule]]
"""Rules in order, in short lists that stay what they are while nothing in them changes."""
_PART = 512


class _Part:
    """Some rules that follow on each other, and their markers."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules
        self._markers = frozenset(rule.marker for rule in rules)

    def marked(self, shared: frozenset[str]) -> list[Rule]:
        if self._markers.isdisjoint(shared):
            return self._rules
        return [marked_longer(rule) if rule.marker in shared else rule for rule in self._rules]


class Block:
    """The rules that stand together in the order of rules: those of one phase whose first flow has the same place.

    Attributes:
        rank: what blocks are sorted by: whether they belong to the rollout, and the place of the flow.
        ranked: the rules in order.
    """

    def __init__(self, rank: tuple[bool, int], ranked: Iterable[Ranked]) -> None:
        self.rank = rank
        self.ranked = sorted(ranked, key=itemgetter(0))
        self._between = _in_parts([rule for _, rule in self.ranked if rule.from_ != rule.to])
        self._inside = _in_parts([rule for _, rule in self.ranked if rule.from_ == rule.to])
        self._markers = frozenset(rule.marker for _, rule in self.ranked)
        self._marked: tuple[frozenset[str], Parts, Parts] | None = None

    def marked(self, shared: set[str]) -> tuple[Parts, Parts]:
        """Give the rules between zones and those inside one, a longer marker to those whose short one is shared."""
        here = self._markers & shared
        if self._marked is None or self._marked[0] != here:
            between, inside = ([part.marked(here) for part in parts] for parts in (self._between, self._inside))
            self._marked = here, between, inside
        return self._marked[1:]


def _in_parts(rules: list[Rule]) -> list[_Part]:
    return [_Part(rules[start : start + _PART]) for start in range(0, len(rules), _PART)]


def merged(blocks: tuple[Block, ...]) -> Block:
    """Make one block of those with the same rank."""
    if len(blocks) == 1:
        return blocks[0]
    return _MERGED.get(
        blocks,
        "",
        lambda: Block(blocks[0].rank, chain.from_iterable(block.ranked for block in blocks)),
        lambda block: len(block.ranked),
    )


_MERGED: Memo[Block] = Memo(400_000)


def mark_apart(blocks: Sequence[Block]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Give the rules between zones and those inside one, of all blocks in order, each with a marker of its own."""
    shared = _TALLY.shared(blocks)
    halves = [block.marked(shared) for block in blocks]
    return _joined([part for half in halves for part in half[0]]), _joined(
        [part for half in halves for part in half[1]]
    )


class Joined(tuple[Rule, ...]):
    """Rules joined of parts, each of which is the same in every plan that has it.

    Attributes:
        parts: what they were joined of.
    """

    parts: Parts


def _joined(parts: Parts) -> Joined:
    rules = Joined(chain.from_iterable(parts))
    rules.parts = parts
    return rules


def unshared(one: Sequence[Rule], other: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """Leave out the parts that both were joined of: of two large plans with an edit between them, most."""
    first, second = (rules.parts if isinstance(rules, Joined) else [list(rules)] for rules in (one, other))
    known, kept = set(map(id, first)), set(map(id, second))
    return (
        [rule for part in first if id(part) not in kept for rule in part],
        [rule for part in second if id(part) not in known for rule in part],
    )


class _Tally:
    """How often each marker occurs in the blocks last looked at; only what has come or gone since is counted again."""

    def __init__(self) -> None:
        self._counted: dict[int, Block] = {}
        self._times: dict[str, int] = {}
        self._shared: set[str] = set()
        self._lock = allocate_lock()  # the one of threading, which takes longer to load

    def shared(self, blocks: Sequence[Block]) -> set[str]:
        """Name the markers that more than one rule of these blocks has."""
        with self._lock:
            now = {id(block): block for block in blocks}
            for key, block in self._counted.items():
                if key not in now:
                    self._count(block, -1)
            for key, block in now.items():
                if key not in self._counted:
                    self._count(block, 1)
            self._counted = now
            return set(self._shared)

    def _count(self, block: Block, by: int) -> None:
        times, shared = self._times, self._shared
        for _, rule in block.ranked:
            marker = rule.marker
            count = times[marker] = times.get(marker, 0) + by
            if count == 1 + (by > 0):
                (shared.add if by > 0 else shared.discard)(marker)
            elif not count:
                del times[marker]


_TALLY = _Tally()
