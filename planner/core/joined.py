"""A long sequence made of short ones, which are never copied."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain
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
            return tuple(self)[place]
        index = range(len(self))[place]
        number = bisect_right(self._ends, index)
        return self.parts[number][index - self._ends[number]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one is its or one == its for one, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as that of a list: nothing is kept by all that it holds


def apart(one: Sequence[Thing], other: Sequence[Thing]) -> tuple[list[Thing], list[Thing]]:
    """Leave out what is the same object in both."""
    mine, others = set(map(id, one)), set(map(id, other))
    return [thing for thing in one if id(thing) not in others], [thing for thing in other if id(thing) not in mine]
