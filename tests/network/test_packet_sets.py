"""Set arithmetic on addresses, ports and packets: equal to what counting every number of a tiny universe gives."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.network.packets import AXES, Box, meet, touch, within, without
from planner.network.partition import EntangledError, Work, cells
from planner.network.ranges import Ranges, covers, holds, intersect, overlap, ranges, size, subtract, union
from tests.strategies import proving

SIZE = 6
pairs = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
sets = st.lists(pairs, max_size=3).map(ranges)


def numbers(some: Ranges) -> set[int]:
    return {number for low, high in some for number in range(low, high + 1)}


@proving(300)
@given(sets, sets)
def test_sets_of_numbers_are_what_python_makes_of_them(some: Ranges, other: Ranges) -> None:
    assert numbers(union(some, other)) == numbers(some) | numbers(other)
    assert numbers(intersect(some, other)) == numbers(some) & numbers(other)
    assert numbers(subtract(some, other)) == numbers(some) - numbers(other)
    assert overlap(some, other) == bool(numbers(some) & numbers(other))
    assert covers(some, other) == (numbers(some) >= numbers(other))
    assert size(some) == len(numbers(some))
    assert all(holds(some, number) == (number in numbers(some)) for number in range(SIZE))


@proving(200)
@given(sets, sets)
def test_equal_sets_are_equal_values(some: Ranges, other: Ranges) -> None:
    for result in (union(some, other), intersect(some, other), subtract(some, other)):
        assert result == ranges(result)


TINY = 3
few = st.lists(st.tuples(st.integers(0, TINY - 1), st.integers(0, TINY - 1)), min_size=1, max_size=2).map(ranges)
boxes = st.builds(
    lambda *parts: Box(family=4, **dict(zip(AXES, parts, strict=True))), *(few.filter(bool) for _ in AXES)
)
Packet = tuple[int, ...]


def packets(box: Box) -> set[Packet]:
    return set(product(*(sorted(numbers(getattr(box, axis))) for axis in AXES)))


@proving(150)
@given(boxes, boxes)
def test_boxes_are_what_counting_their_packets_gives(some: Box, other: Box) -> None:
    common = meet(some, other)
    assert (packets(common) if common else set()) == packets(some) & packets(other)
    assert touch(some, other) == bool(packets(some) & packets(other))
    assert within(some, other) == (packets(some) <= packets(other))
    rest = list(without(some, other))
    assert set().union(*map(packets, rest), set()) == packets(some) - packets(other)
    assert sum(len(packets(box)) for box in rest) == len(packets(some) - packets(other))


@proving(150)
@given(st.lists(boxes, max_size=5), boxes)
def test_cells_hold_each_packet_once_with_the_boxes_that_hold_it(some: list[Box], clip: Box) -> None:
    keyed = list(enumerate(some))
    found: dict[Packet, list[int]] = {}
    for cell, keys in cells(keyed, clip, bool, Work()):
        for packet in packets(cell):
            assert packet not in found
            found[packet] = keys
    expected = {packet: [key for key, box in keyed if packet in packets(box)] for packet in packets(clip)}
    assert found == {packet: keys for packet, keys in expected.items() if keys}


def test_boxes_made_to_overlap_are_refused_and_not_computed_for_hours() -> None:
    one = ((0, 0),)
    tangled = [
        (number, Box(family=4, source=((number, 10**6 + number),), destination=((number, 10**6 + number),),
                     service=one, source_port=((number, 30_000 + number),), state=one))
        for number in range(400)
    ]  # fmt: skip
    clip = Box(family=4, source=((0, 2**32 - 1),), destination=((0, 2**32 - 1),))
    with pytest.raises(EntangledError, match="overlap too much"):
        sum(1 for _ in cells(tangled, clip, bool, Work(200_000)))
