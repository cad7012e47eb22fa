"""What the rules with the same causes have in common, whichever zones they stand between."""

import datetime
from collections.abc import Sequence

import msgspec

from planner.catalogue.answers import Answers
from planner.catalogue.model import Phase, Transport
from planner.derivation.flows import Cause, Key, gathered
from planner.derivation.memo import Memo


class Permission(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What is permitted and why; what is the same in several plans is one object.

    ``order``: the place of its first flow. ``returned``: the ports that a return half may reach. ``nat_notes`` are for
    where addresses are translated in front of the listener.
    """

    order: int
    phase: Phase
    protocol: Transport
    port: str
    source: str
    returned: str
    name: str
    flows: tuple[str, ...]
    justification: str
    cites: tuple[str, ...]
    because: tuple[str, ...]
    notes: tuple[str, ...]
    nat_notes: tuple[str, ...]
    until: datetime.date | None


def permission(key: Key, causes: tuple[Cause, ...], answers: Answers) -> Permission:
    """Put together what all rules of a group with these causes say."""
    until = _until(causes, answers)
    return _PERMISSIONS.get(causes, (key, until), lambda: _permission(key, causes, until))


_PERMISSIONS: Memo[Permission] = Memo(50_000)


def _permission(key: Key, causes: tuple[Cause, ...], until: datetime.date | None) -> Permission:
    phase, protocol, port, source, returned = key
    names: dict[str, str] = {}
    for cause in causes:
        names.setdefault(cause.flow.id, cause.name)
    return Permission(
        causes[0].order,
        phase,
        protocol,
        str(port),
        source,
        returned,
        name="+".join(sorted(names.values())),
        flows=tuple(sorted(names)),
        justification="; ".join(dict.fromkeys(cause.flow.purpose for cause in causes)),
        cites=gathered(cause.flow.cites for cause in causes),
        because=gathered(cause.because for cause in causes),
        notes=gathered(cause.notes for cause in causes),
        nat_notes=tuple(dict.fromkeys(cause.nat_note for cause in causes if cause.nat_note)),
        until=until,
    )


def _until(causes: Sequence[Cause], answers: Answers) -> datetime.date | None:
    """Give the date of the flow that ends last; none while one of them has no end."""
    dates: list[datetime.date] = []
    for cause in causes:
        date = getattr(answers, cause.flow.until) if cause.flow.until else None
        if date is None:
            return None
        dates.append(date)
    return max(dates)
