"""Partition of overlapping boxes into cells: everywhere in a cell the same boxes hold.

One axis after the other is swept: at each place the boxes that hold are known, and places where the same ones hold stay
together. Rules of thousands of zones overlap little, so that cost grows with the rules and not with their square; rules
made to overlap would cost without end, and are refused. Long work asks, step by step if anybody wants the result.
"""

from collections.abc import Callable, Iterator, Sequence

from planner.network.packets import AXES, Box, Family
from planner.network.ranges import Ranges, intersect

Stopped = Callable[[], bool]
"""True once the work was given up."""


class StoppedError(Exception):
    """The work was cancelled."""


def never_cancelled() -> bool:
    """Returns False: nobody can cancel the work."""
    return False


def check_cancelled(stopped: Stopped) -> None:
    """Raises an error if the work was cancelled. Raises StoppedError: nobody wants the result any more."""
    if stopped():
        raise StoppedError


MAX_WORK = 12_000_000
"""Limit of boxes met in all cells together: some ten seconds."""

Keyed = tuple[int, Box]
BoxCell = tuple[Box, list[int]]


class EntangledError(ValueError):
    """The boxes overlap so much that they cannot be told apart in reasonable time."""


class Work:
    """Budget of work. ``stopped`` tells if nobody wants the result any more."""

    def __init__(self, allowed: int = MAX_WORK, stopped: Callable[[], bool] | None = None) -> None:
        self._left = allowed
        self._stopped = stopped

    def spend(self, amount: int) -> None:
        """Spends work.

        Raises:
            EntangledError: nothing is left.
            StoppedError: it is no longer wanted.
        """
        if self._stopped is not None:
            check_cancelled(self._stopped)
        self._left -= amount
        if self._left < 0:
            raise EntangledError("the rules overlap too much to be told apart; accepted: fewer, or less entangled ones")


def cells(
    boxes: Sequence[Keyed], clip: Box, wanted: Callable[[Sequence[Keyed]], bool], work: Work
) -> Iterator[BoxCell]:
    """Cuts the boxes within ``clip`` into cells, each with the keys of the boxes that hold there, in their order.

    ``wanted`` is asked about the boxes that may still hold; where it says no, no cell is given. Where no box holds,
    there is none either.

    Raises:
        EntangledError: there are too many.
    """
    family = [(key, box) for key, box in boxes if box.family == clip.family]
    yield from _cut(family, clip.family, [getattr(clip, axis) for axis in AXES], 0, wanted, work)


def _cut(
    boxes: Sequence[Keyed],
    family: Family,
    parts: list[Ranges],
    depth: int,
    wanted: Callable[[Sequence[Keyed]], bool],
    work: Work,
) -> Iterator[BoxCell]:
    """Cuts the cell with these parts, one for each axis, along the axes from ``depth`` on."""
    if not boxes or not wanted(boxes):
        return
    work.spend(len(boxes))
    if depth == len(AXES):
        cell = Box(family=family, **dict(zip(AXES, parts, strict=True)))
        yield cell, list(dict.fromkeys(key for key, _ in boxes))
        return
    for place, some in _sweep(boxes, AXES[depth], parts[depth], work):
        yield from _cut(some, family, [*parts[:depth], place, *parts[depth + 1 :]], depth + 1, wanted, work)


def _sweep(boxes: Sequence[Keyed], axis: str, clip: Ranges, work: Work) -> Iterator[tuple[Ranges, Sequence[Keyed]]]:
    """Returns each set of places along an axis where the same boxes hold, with these boxes."""
    always: list[int] = []
    turns: list[tuple[int, int]] = []
    for number, (_, box) in enumerate(boxes):
        part = getattr(box, axis)
        if part == clip or (part := intersect(part, clip)) == clip:
            always.append(number)
            continue
        for low, high in part:
            turns.append((low, number))
            turns.append((high + 1, number))
    if not turns:
        if always:
            yield clip, boxes if len(always) == len(boxes) else [boxes[number] for number in always]
        return
    work.spend(len(turns))
    turns += [(low, -1) for low, _ in clip]
    turns += [(high + 1, -1) for _, high in clip]
    turns.sort()
    groups: dict[int, list[tuple[int, int]]] = {}
    holding, inside, last = sum(1 << number for number in always), False, 0
    for place, number in turns:
        if place > last and inside and holding:
            groups.setdefault(holding, []).append((last, place - 1))
        last = place
        if number < 0:
            inside = not inside
        else:
            holding ^= 1 << number
    for holding, places in groups.items():
        yield _joined(places), [boxes[number] for number in _members(holding)]


def _joined(places: list[tuple[int, int]]) -> Ranges:
    """Join neighbours in a sorted list without overlaps."""
    found = places[:1]
    for low, high in places[1:]:
        if low == found[-1][1] + 1:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return tuple(found)


def _members(holding: int) -> Iterator[int]:
    while holding:
        lowest = holding & -holding
        yield lowest.bit_length() - 1
        holding ^= lowest
