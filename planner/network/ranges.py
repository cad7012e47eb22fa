"""Sets of whole numbers as ranges, such as addresses and ports: sorted, with a gap between any two, both ends meant."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TypeVar

Ranges = tuple[tuple[int, int], ...]
"""The numbers from each first to each second, both included. Equal sets are equal values."""

NONE: Ranges = ()


def ranges(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """Returns the set of all numbers in one of these pairs; a pair whose ends are reversed holds none."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if low > high:
            continue
        if found and low <= found[-1][1] + 1:
            if high > found[-1][1]:
                found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return tuple(found)


def one(number: int) -> Ranges:
    """Returns the set of one number."""
    return ((number, number),)


def union(*sets: Ranges) -> Ranges:
    """Returns the numbers in any of the sets."""
    return sets[0] if len(sets) == 1 else ranges(pair for some in sets for pair in some)


def intersect(some: Ranges, other: Ranges) -> Ranges:
    """Returns the numbers in both sets."""
    if some == other:
        return some
    if len(some) == len(other) == 1:
        (first, last), (start, end) = some[0], other[0]
        low, high = first if first > start else start, last if last < end else end
        return ((low, high),) if low <= high else NONE
    found: list[tuple[int, int]] = []
    here = there = 0
    while here < len(some) and there < len(other):
        low = max(some[here][0], other[there][0])
        high = min(some[here][1], other[there][1])
        if low <= high:
            found.append((low, high))
        if some[here][1] < other[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def subtract(some: Ranges, other: Ranges) -> Ranges:
    """Returns the numbers in the first set that are not in the second."""
    found: list[tuple[int, int]] = []
    start = 0
    for first, high in some:
        low = first
        while start < len(other) and other[start][1] < low:
            start += 1
        place = start
        while place < len(other) and other[place][0] <= high:
            if low < other[place][0]:
                found.append((low, other[place][0] - 1))
            low = other[place][1] + 1
            place += 1
        if low <= high:
            found.append((low, high))
    return tuple(found)


def overlap(some: Ranges, other: Ranges) -> bool:
    """Returns True if any number lies in both sets."""
    here = there = 0
    while here < len(some) and there < len(other):
        if some[here][1] < other[there][0]:
            here += 1
        elif other[there][1] < some[here][0]:
            there += 1
        else:
            return True
    return False


def covers(some: Ranges, other: Ranges) -> bool:
    """Returns True if all of the second set lies in the first."""
    return some == other or not subtract(other, some)


def holds(some: Ranges, number: int) -> bool:
    """Returns True if the number lies in the set."""
    place = bisect_right(some, (number, number))
    return (place < len(some) and some[place][0] == number) or (place > 0 and some[place - 1][1] >= number)


def size(some: Ranges) -> int:
    """Returns the number of numbers in a set."""
    return sum(high - low + 1 for low, high in some)


Owner = TypeVar("Owner", int, str)


def overlaps(spans: Iterable[tuple[int, int, Owner, str]]) -> Iterator[tuple[Owner, Owner, str]]:
    """Returns spans that share numbers with a lower span of another owner: owner, other owner, text of the span.

    Spans are (low, high, owner, text). One sweep over the sorted spans: a thousand zones cost no more than sorting.
    """
    widest: tuple[int, Owner] | None = None
    for low, high, owner, text in sorted(spans):
        if widest is not None and low <= widest[0] and owner != widest[1]:
            yield owner, widest[1], text
        if widest is None or high > widest[0]:
            widest = (high, owner)
