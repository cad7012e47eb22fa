"""From what flows open to rules: merging and return halves."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from planner.core.blocks import Block, Ranked, mark_apart, merged
from planner.core.derived import Rule, State
from planner.core.markers import id_part, marker
from planner.core.memo import Memo
from planner.core.streams import Bundle, Cause, Key, Pair, Stream, gathered
from planner.core.topology import OUTSIDE_ZONE, Answers
from planner.core.zones import Layout

STATELESS_TCP_NOTE = "Return half for a stateless filter: only packets of an established connection."
STATELESS_UDP_NOTE = (
    "Return half for a stateless filter: UDP has no connection to check, so forged packets from the listener's port "
    "reach the opener's whole source range. Prefer a stateful rule."
)


def write_rules(
    streams: Iterable[Stream], answers: Answers, layout: Layout
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Merge what shares zones, protocol, both port ranges and phase into one rule; add return rules where stateless.

    What neither an answer nor a zone has changed since it was last written is not written again.
    """
    groups: dict[Key, list[Bundle]] = {}
    for stream in streams:
        for bundle in stream.bundles:
            groups.setdefault(bundle.key, []).append(bundle)
    parts: dict[tuple[bool, int], list[Block]] = {}
    for key, bundles in ((key, apart) for key, group in groups.items() for apart in _apart(group)):
        ends = tuple(getattr(answers, bundle.cause.flow.until, None) for bundle in bundles)
        written = _WRITTEN.get(
            (layout.shape, layout.stateless, layout.by_role[OUTSIDE_ZONE], *bundles),
            (key, ends),
            lambda key=key, bundles=bundles: _write_group(key, bundles, answers, layout),  # type: ignore[misc]
            lambda blocks: sum(len(block.ranked) for block in blocks),
        )
        for block in written:
            parts.setdefault(block.rank, []).append(block)
    return mark_apart([merged(tuple(blocks)) for _, blocks in sorted(parts.items(), key=lambda part: part[0])])


def _apart(bundles: Iterable[Bundle]) -> list[list[Bundle]]:
    """Part the bundles of a group so that none has a pair of zones in common with those of another part."""
    parts: list[list[Bundle]] = []
    for bundle in bundles:
        near: list[list[Bundle]] = []
        far: list[list[Bundle]] = []
        for part in parts:
            (near if any(bundle.may_share(other) for other in part) else far).append(part)
        parts = [*far, [*chain.from_iterable(near), bundle]]
    return parts


_WRITTEN: Memo[list[Block]] = Memo(400_000)


def _write_group(key: Key, bundles: Sequence[Bundle], answers: Answers, layout: Layout) -> list[Block]:
    """Write the rules of one group, apart by what comes first in the order of rules: phase, and the flow's place."""
    group: dict[Pair, tuple[Cause, ...]] = {}
    for bundle in bundles:
        alone = (bundle.cause,)
        for pair in bundle.pairs:
            known = group.setdefault(pair, alone)
            if known is not alone and all(cause is not bundle.cause for cause in known):
                group[pair] = (*known, bundle.cause)
    writer = _RuleWriter(key, answers, layout)
    found: dict[int, list[Ranked]] = {}
    for pair, causes in group.items():
        found.setdefault(causes[0].order, []).extend((pair, rule) for rule in writer.write(*pair, causes))
    return [Block((key[0] == "rollout", order), ranked) for order, ranked in found.items()]


class _Shared(msgspec.Struct, frozen=True):
    """What all rules with the same causes have in common."""

    name: str
    flows: tuple[str, ...]
    justification: str
    cites: tuple[str, ...]
    because: tuple[str, ...]
    notes: tuple[str, ...]
    nat_notes: tuple[str, ...]


class _RuleWriter:
    """Writes the rules of one group: same phase, protocol, port and source ports."""

    def __init__(self, key: Key, answers: Answers, layout: Layout) -> None:
        self._phase, self._protocol, port, self._source, self._return = key
        self._port = str(port)
        self._answers = answers
        self._zones = [zone.name for zone in layout.zones]
        self._stateless = layout.stateless
        self._outside = {self._zones[zone] for zone in layout.by_role[OUTSIDE_ZONE]}
        self._translated = {zone.name for zone in layout.zones if zone.nat}
        self._ids = [id_part(zone) for zone in self._zones]
        self._shared: dict[tuple[Cause, ...], _Shared] = {}

    def write(self, opener: int, listener: int, causes: tuple[Cause, ...]) -> Iterator[Rule]:
        """Give the rule from opener to listener and, across a stateless filter, its bounded return half.

        There is no return half where the outside listens: no rule ever has the outside as its source.
        """
        shared = self._shared.get(causes)
        if shared is None:
            shared = self._shared[causes] = self._share(causes)
        from_, to = self._zones[opener], self._zones[listener]
        crosses = opener != listener
        stateless = self._stateless.because(from_, to) if crosses else ()
        id_ = f"{shared.name}:{self._ids[opener]}>{self._ids[listener]}"
        until = self._until(causes)
        yield Rule(
            id=id_,
            marker=marker("SAV-R", id_),
            phase=self._phase,
            from_=from_,
            to=to,
            protocol=self._protocol,
            source_ports=self._source,
            destination_ports=self._port,
            state="any" if stateless else "new",
            flows=shared.flows,
            justification=shared.justification,
            because=(*shared.because, *stateless) if stateless else shared.because,
            cites=shared.cites,
            until=until,
            notes=(*shared.notes, *shared.nat_notes) if crosses and to in self._translated else shared.notes,
        )
        if stateless and to not in self._outside:
            state: State = "established" if self._protocol == "tcp" else "any"
            returned = f"{id_}:return"
            yield Rule(
                id=returned,
                marker=marker("SAV-R", returned),
                phase=self._phase,
                from_=to,
                to=from_,
                protocol=self._protocol,
                source_ports=self._port,
                destination_ports=self._return,
                state=state,
                flows=shared.flows,
                justification=f"answers to: {shared.justification}",
                because=(*shared.because, *stateless),
                cites=shared.cites,
                until=until,
                notes=(STATELESS_TCP_NOTE if self._protocol == "tcp" else STATELESS_UDP_NOTE,),
            )

    def _until(self, causes: tuple[Cause, ...]) -> datetime.date | None:
        """Give the date of the flow that ends last; none while one of them has no end."""
        dates: list[datetime.date] = []
        for cause in causes:
            date = getattr(self._answers, cause.flow.until) if cause.flow.until else None
            if date is None:
                return None
            dates.append(date)
        return max(dates)

    @staticmethod
    def _share(causes: tuple[Cause, ...]) -> _Shared:
        names: dict[str, str] = {}
        for cause in causes:
            names.setdefault(cause.flow.id, cause.name)
        return _Shared(
            name="+".join(sorted(names.values())),
            flows=tuple(sorted(names)),
            justification="; ".join(dict.fromkeys(cause.flow.purpose for cause in causes)),
            cites=gathered(cause.flow.cites for cause in causes),
            because=gathered(cause.because for cause in causes),
            notes=gathered(cause.notes for cause in causes),
            nat_notes=tuple(dict.fromkeys(cause.nat_note for cause in causes if cause.nat_note)),
        )
