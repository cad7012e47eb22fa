"""From what flows open to rules: merging, return halves, ids and markers."""

import datetime
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from planner.core.derived import Deny, Rule, State
from planner.core.streams import Cause, Key, Pair, Stream, gathered
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
    """Merge what shares zones, protocol, both port ranges and phase into one rule; add return rules where stateless."""
    groups: dict[Key, dict[Pair, tuple[Cause, ...]]] = {}
    for stream in streams:
        for bundle in stream.bundles:
            group = groups.setdefault(bundle.key, {})
            alone = (bundle.cause,)
            for pair in bundle.pairs:
                known = group.setdefault(pair, alone)
                if known is not alone and all(cause is not bundle.cause for cause in known):
                    group[pair] = (*known, bundle.cause)
    found: list[tuple[tuple[bool, int, int, int], Rule]] = []
    for key, group in groups.items():
        writer = _RuleWriter(key, answers, layout)
        for (opener, listener), causes in group.items():
            rank = (key[0] == "rollout", causes[0].order, opener, listener)
            found.extend((rank, rule) for rule in writer.write(opener, listener, causes))
    found.sort(key=lambda ranked: ranked[0])
    rules = with_unique_markers([rule for _, rule in found])
    return tuple(rule for rule in rules if rule.from_ != rule.to), tuple(
        rule for rule in rules if rule.from_ == rule.to
    )


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


def id_part(name: str) -> str:
    """Keep a zone's name from reading as the signs that hold an id together."""
    if not any(sign in name for sign in "%:>+"):
        return name
    return "".join(f"%{ord(sign):02x}" if sign in "%:>+" else sign for sign in name)


_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [low + high for high in _DIGITS for low in _DIGITS]


def marker(prefix: str, id_: str) -> str:
    """Give the short form of an id: the same id has the same marker in every revision of every plan."""
    number = zlib.crc32(id_.encode())
    return f"{prefix}{_PAIRS[number & 1023]}{_PAIRS[number >> 10 & 1023]}{_DIGITS[number >> 20 & 31]}"


Marked = TypeVar("Marked", Rule, Deny)


def with_unique_markers(entries: list[Marked]) -> list[Marked]:
    """Give a longer marker to those whose ids happen to share the short form."""
    times = Counter(entry.marker for entry in entries)
    if len(times) == len(entries):
        return entries
    return [
        entry
        if times[entry.marker] == 1
        else msgspec.structs.replace(entry, marker=f"{entry.marker}-{_long_form(entry.id)}")
        for entry in entries
    ]


def _long_form(id_: str) -> str:
    return hashlib.sha256(id_.encode()).hexdigest()[:10].upper()
