"""From what flows open to rules: what shares zones, protocol, both port ranges and phase is merged into one."""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter

from planner.catalogue.answers import Answers
from planner.derivation.blocks import Block, Rank, Rules
from planner.derivation.flows import Bundle, Cause, Key, Stream
from planner.derivation.memo import Memo
from planner.derivation.permissions import Permission, permission
from planner.derivation.rows import Columns, Row, columns, host_row
from planner.derivation.shared_markers import mark_apart
from planner.derivation.zones import End, Layout

Group = list[Bundle]
"""Bundles with one key: where they open something for the same zones, that is one rule."""


def write_rules(streams: Iterable[Stream], answers: Answers, layout: Layout) -> tuple[Rules, Rules]:
    """Give the rules between zones and those inside one, with return halves where a filter is stateless.

    What neither an answer nor a zone has changed since it was last written is not written again.
    """
    groups: dict[Key, Group] = {}
    for stream in streams:
        for bundle in stream.bundles:
            groups.setdefault(bundle.key, []).append(bundle)
    between: list[Block] = []
    inside: list[Block] = []
    for together in _together(groups.values()):
        bundles = [bundle for group in together for bundle in group]
        written = _WRITTEN.get(
            (layout.ends, layout.stateless, *bundles),
            tuple(getattr(answers, bundle.cause.flow.until, None) for bundle in bundles),
            lambda together=together: _Writing(together, answers, layout).blocks(),  # type: ignore[misc]
            lambda written: sum(len(row.rules) for blocks in written for block in blocks for row in block.rows),
        )
        for block in written[0]:
            _remember(block)
        between += written[0]
        inside += written[1]
    return mark_apart(between, inside)


Written = tuple[list[Block], list[Block]]
"""What stands between zones, and what inside them."""
_WRITTEN: Memo[Written] = Memo(400_000)
_BEFORE: dict[Rank, list[Block]] = {}
"""The blocks between zones that others were made like, the last one first."""
_REMEMBERED = 3


def _remember(block: Block) -> None:
    known = [other for other in _BEFORE.get(block.rank, ()) if other is not block]
    _BEFORE[block.rank] = [*known[:1], block, *known[1:]][:_REMEMBERED]


def _most_alike(rank: Rank, permissions: frozenset[Permission], ends: frozenset[End]) -> Block | None:
    """Give the block made before that has most in common with one that permits this between these zones.

    It stays the first: one plan is weighed against many that differ from it in one zone each.
    """
    known = _BEFORE.get(rank)
    if not known:
        return None
    best = max(known, key=lambda block: (len(block.permissions & permissions), len(block.ends & ends)))
    _BEFORE[rank] = [best, *(block for block in known if block is not best)]
    return best


def _together(groups: Iterable[Group]) -> list[list[Group]]:
    """Part the groups so that none has rules in the same block as those of another part."""
    parts: list[tuple[set[Rank], list[Group]]] = []
    for group in groups:
        ranks = {_rank(bundle) for bundle in group}
        near = [part for part in parts if not part[0].isdisjoint(ranks)]
        parts = [part for part in parts if part[0].isdisjoint(ranks)]
        parts.append((ranks.union(*(part[0] for part in near)), [*(some for part in near for some in part[1]), group]))
    return [part[1] for part in parts]


def _rank(bundle: Bundle) -> Rank:
    return bundle.key[0] == "rollout", bundle.cause.order


Sign = tuple[int, ...]
"""The bundles that a zone opens, by number: zones with the same sign have the same columns."""


class _Writing:
    """Writes the rules of some groups, row by row."""

    def __init__(self, groups: list[Group], answers: Answers, layout: Layout) -> None:
        self._bundles = [(number, bundle) for number, group in enumerate(groups) for bundle in group]
        self._answers = answers
        self._layout = layout

    def blocks(self) -> Written:
        """Give the rules, apart by what comes first in the order of rules: phase, and the flow's place."""
        return _blocks(self._between()), _blocks(self._inside())

    def _between(self) -> Iterator[tuple[Rank, Row]]:
        """Give the rows between zones, by opener."""
        opened: dict[int, list[int]] = {}
        for place, (_, bundle) in enumerate(self._bundles):
            for opener in bundle.openers:
                opened.setdefault(opener, []).append(place)
        signs = {opener: tuple(places) for opener, places in opened.items()}
        known = {sign: list(self._columns(sign)) for sign in set(signs.values())}
        permissions: dict[Rank, set[Permission]] = {}
        for rank, column in chain.from_iterable(known.values()):
            permissions.setdefault(rank, set()).update(column.permissions)
        ends = frozenset(self._layout.ends)
        before = {rank: _most_alike(rank, frozenset(some), ends) for rank, some in permissions.items()}
        for place, sign in sorted(signs.items()):
            end = self._layout.ends[place]
            for rank, column in known[sign]:
                block = before[rank]
                yield rank, column.row(end, block.row(end) if block else None)
        for made in known.values():
            for _, column in made:
                column.written()

    def _columns(self, sign: Sign) -> Iterator[tuple[Rank, Columns]]:
        """Give the columns of all rows with this sign, for each block they have rules in."""
        ends = self._layout.ends
        bundles = [(number, bundle, bundle.listeners) for number, bundle in (self._bundles[place] for place in sign)]
        for rank, permitted in self._permitted(bundles).items():
            listeners = sorted(permitted)
            listening = tuple([ends[listener] for listener in listeners])
            opened = tuple([tuple(permitted[listener]) for listener in listeners])
            yield rank, columns(listening, opened, self._layout.stateless)

    def _inside(self) -> Iterator[tuple[Rank, Row]]:
        """Give the rows that stay inside a zone, by zone."""
        bundles = [
            (number, bundle, sorted(set(bundle.openers).intersection(bundle.listeners)))
            for number, bundle in self._bundles
            if not bundle.apart
        ]
        for rank, permitted in self._permitted(bundles).items():
            for zone, some in sorted(permitted.items()):
                yield rank, host_row(self._layout.ends[zone], tuple(some), self._layout.stateless)

    def _permitted(
        self, bundles: Iterable[tuple[int, Bundle, Iterable[int]]]
    ) -> dict[Rank, dict[int, list[Permission]]]:
        """Say what bundles, with the numbers of their groups, permit to which zones, group by group."""
        found: dict[Rank, dict[int, list[Permission]]] = {}
        for _, numbered in groupby(bundles, key=itemgetter(0)):
            causes: dict[int, tuple[Cause, ...]] = {}
            for _, bundle, zones in numbered:
                alone = (bundle.cause,)
                for zone in zones:
                    known = causes.setdefault(zone, alone)
                    if known is not alone and bundle.cause not in known:
                        causes[zone] = (*known, bundle.cause)
            made = {some: permission(bundle.key, some, self._answers) for some in set(causes.values())}
            for zone, some in causes.items():
                permitted = made[some]
                rank = permitted.phase == "rollout", permitted.order
                found.setdefault(rank, {}).setdefault(zone, []).append(permitted)
        return found


def _blocks(ranked: Iterable[tuple[Rank, Row]]) -> list[Block]:
    rows: dict[Rank, list[Row]] = {}
    for rank, row in ranked:
        rows.setdefault(rank, []).append(row)
    return [Block(rank, tuple(some)) for rank, some in rows.items()]
