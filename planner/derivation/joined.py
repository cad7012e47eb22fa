"""A long sequence made of short ones, which are never copied."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain, groupby
from typing import TypeVar, overload

Thing = TypeVar("Thing")


class Joined(Sequence[Thing]):
    """Some sequences one after another. Equal to any other sequence of the same things.

    Attributes:
        parts: the sequences; they stay what they are.
    """

    def __init__(self, parts: Sequence[Sequence[Thing]]) -> None:
        self.parts = parts

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(map(len, self.parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Thing]:
        return chain.from_iterable(self.parts)

    @overload
    def __getitem__(self, place: int) -> Thing: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Thing, ...]: ...

    def __getitem__(self, place: int | slice) -> Thing | tuple[Thing, ...]:
        if isinstance(place, slice):
            places = range(len(self))[place]
            if places.step == 1:
                return tuple(chain.from_iterable(self.between(places.start, places.stop)))
            return tuple(self[number] for number in places)
        index = range(len(self))[place]
        number = bisect_right(self._ends, index)
        return self.parts[number][index - self._ends[number]]

    def between(self, start: int, stop: int) -> Iterator[Sequence[Thing]]:
        """Give the parts from one place to before another, the first and the last cut where they have to be."""
        number = bisect_right(self._ends, start)
        while start < stop:
            part, end = self.parts[number], self._ends[number]
            begin = end - len(part)
            yield part if start == begin and end <= stop else part[start - begin : stop - begin]
            start, number = end, number + 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one is its or one == its for one, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as that of a list: nothing is kept by all that it holds


def apart(one: Sequence[Thing], other: Sequence[Thing]) -> tuple[list[Thing], list[Thing]]:
    """Leave out what is the same object in both."""
    mine, others = set(map(id, one)), set(map(id, other))
    return [thing for thing in one if id(thing) not in others], [thing for thing in other if id(thing) not in mine]


def spliced(gone: Iterable[tuple[int, Thing]], now: Joined[Thing]) -> Joined[Thing]:
    """Put what is gone, each with its former place, among what is there now."""
    parts: list[Sequence[Thing]] = []
    count = taken = 0
    for _, run in groupby(enumerate(gone), key=lambda numbered: numbered[1][0] - numbered[0]):
        found = [placed for _, placed in run]
        more = min(max(0, found[0][0] - count), len(now) - taken)
        parts += now.between(taken, taken + more)
        parts.append([thing for _, thing in found])
        taken += more
        count += more + len(found)
    return Joined([*parts, *now.between(taken, len(now))])
