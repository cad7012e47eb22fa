"""The algebra of looking: what a filter leaves, what an order keeps, and that the cell pointed at is the cell meant."""

from collections.abc import Collection
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from planner.tui.views.table_view import (
    FACETS,
    Axis,
    FilterWord,
    Position,
    Sort,
    Table,
    ViewOptions,
    arrange,
    changed_positions,
    jump,
    parse_filter,
)
from tests.strategies import proving

NAMES = st.text("abc12 ", max_size=4)


def table_of(
    down: list[str],
    across: list[str] | None,
    filled: set[Position],
    changed: Collection[Position] = frozenset(),
) -> Table:
    """Give a table in which a cell is found by the names of its row and its column."""

    def texts(cell: Position) -> list[tuple[str, str]]:
        return [("service", down[cell[0]]), ("zone", across[cell[1]] if across else "")]

    def matching(words: tuple[FilterWord, ...]) -> Collection[Position]:
        return [cell for cell in filled if all(word.matches(texts(cell)) for word in words)]

    return Table(
        rows=Axis(len(down), down.__getitem__, lambda row: len(down[row])),
        columns=None if across is None else Axis(len(across), across.__getitem__),
        filled=lambda: filled,
        changed=lambda: changed,
        matching=matching,
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    down = draw(st.lists(NAMES, min_size=1, max_size=6))
    across = draw(st.none() | st.lists(NAMES, min_size=1, max_size=6))
    cells = [(row, column) for row in range(len(down)) for column in range(len(across or [""]))]
    filled = draw(st.sets(st.sampled_from(cells))) if across else set(cells)
    changed = draw(st.sets(st.sampled_from(sorted(filled)))) if filled else set()
    return table_of(down, across, filled, changed)


lenses = st.builds(
    ViewOptions,
    filter=st.sampled_from(("", " ", "a", "a b", "b,c", "zone:a", "service:1", "zone:a service:b,c", "x")),
    sort=st.sampled_from(get_args(Sort)),
    hide_empty=st.booleans(),
    transposed=st.booleans(),
)


def shown(table: Table, lens: ViewOptions) -> dict[Position, Position]:
    """Give for each place that is shown the table's cell there."""
    arrangement = arrange(table, lens)
    down, across = arrangement.shape
    return {(row, column): arrangement.source(row, column) for row in range(down) for column in range(across)}


@given(tables(), lenses)
@proving(150)
def test_the_cell_under_the_cursor_is_the_one_that_is_placed_there(table: Table, lens: ViewOptions) -> None:
    arrangement = arrange(table, lens)
    for place, cell in shown(table, lens).items():
        assert arrangement.place(*cell) == place


@given(tables(), lenses)
@proving(150)
def test_to_turn_twice_is_not_to_turn(table: Table, lens: ViewOptions) -> None:
    turned = shown(table, replace(lens, transposed=True))
    plain = shown(table, replace(lens, transposed=False))
    if table.columns is None:
        assert turned == plain
    else:
        assert {(column, row): cell for (row, column), cell in turned.items()} == plain


@given(tables(), lenses)
@proving(200)
def test_a_filter_shows_all_that_matches_and_nothing_else(table: Table, lens: ViewOptions) -> None:
    arrangement = arrange(table, lens)
    seen = {cell for cell in shown(table, lens).values() if arrangement.shows(cell)}
    words = parse_filter(lens.filter)
    if words:
        assert seen == set(table.matching(words))
        for at in (0, 1) if table.columns else (0,):
            numbers = (arrangement.rows, arrangement.columns)[at]
            assert set(numbers) == {cell[at] for cell in seen}


@given(tables(), lenses)
@proving(150)
def test_an_order_and_hiding_lose_nothing_that_is_filled(table: Table, lens: ViewOptions) -> None:
    whole = set(shown(table, replace(lens, sort="order", hide_empty=False)).values())
    left = set(shown(table, lens).values())
    assert left <= whole
    assert set(table.filled()) & whole <= left
    if not lens.hide_empty:
        assert left == whole


@given(tables(), lenses)
@proving(100)
def test_an_order_is_one(table: Table, lens: ViewOptions) -> None:
    rows = arrange(table, lens).rows
    filled = [sum(cell[0] == row and arrange(table, lens).shows(cell) for cell in table.filled()) for row in rows]
    changed = [
        any(cell[0] == row and arrange(table, lens).shows(cell) for cell in table.changed()) for row in rows
    ]  # fmt: skip
    keys: dict[Sort, list[Any]] = {
        "order": list(rows),
        "port": [table.rows.port(row) for row in rows],
        "cells": [-count for count in filled],
        "change": [not mark for mark in changed],
    }
    if lens.sort in keys:
        assert keys[lens.sort] == sorted(keys[lens.sort])


@given(tables(), lenses)
@proving(100)
def test_changes_are_walked_in_reading_order_and_only_where_they_are_shown(table: Table, lens: ViewOptions) -> None:
    places = changed_positions(table, arrange(table, lens))
    assert places == sorted(places)
    arrangement = arrange(table, lens)
    expected = [cell for cell in table.changed() if arrangement.place(*cell) and arrangement.shows(cell)]
    assert sorted(arrangement.source(*place) for place in places) == sorted(expected)


@given(tables(), lenses, NAMES.filter(str.strip))
@proving(150)
def test_a_jump_ends_on_what_has_the_name_and_moves_nothing_else(table: Table, lens: ViewOptions, name: str) -> None:
    arrangement = arrange(table, lens)
    found = jump(table, arrangement, name, (0, 0))
    wanted = " ".join(name.split())
    named = any(wanted in table.rows.name(row) for row in arrangement.rows)
    named |= table.columns is not None and any(wanted in table.columns.name(at) for at in arrangement.columns)
    if named and all(arrangement.shape):
        assert found is not None
    if found is not None:
        row, column = arrangement.source(*found.place)
        names = [table.rows.name(row)] + ([table.columns.name(column)] if table.columns else [])
        assert set(found.names) <= set(names)


def test_names_are_sorted_as_people_count() -> None:
    names = ["branch-10", "branch-9", "Branch-9b", "alpha", "2"]
    table = table_of(names, None, {(row, 0) for row in range(len(names))})
    ordered = [names[row] for row in arrange(table, ViewOptions(sort="name")).rows]
    assert ordered == ["alpha", "branch-9", "Branch-9b", "branch-10", "2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  ", ()),
        (",", ()),
        ("TCP 2967", (FilterWord("", ("tcp",)), FilterWord("", ("2967",)))),
        ("2967,2968", (FilterWord("", ("2967", "2968")),)),
        ("zone:HQ,branch", (FilterWord("zone", ("hq", "branch")),)),
        ("zone:", ()),
        ("2001:db8::/32", (FilterWord("", ("2001:db8::/32",)),)),
    ],
)
def test_a_filter_is_read(text: str, words: tuple[FilterWord, ...]) -> None:
    assert parse_filter(text) == words


def test_every_facet_is_one_word() -> None:
    assert all(facet.isalpha() and facet.islower() for facet in FACETS)


JUMPS = [
    ("2967", (0, 0)),
    ("2968", (1, 0)),
    ("netw", (1, 0)),
    ("hq", (0, 0)),
    ("branch 1", (0, 1)),
    ("branch 12", (0, 2)),
    ("12 2968", (1, 2)),
    ("ANCH", (0, 1)),
    ("12 branch", (0, 2)),
    ("rtv branch 12", (0, 2)),
    ("hq branch", None),
    ("tcp hq 2968", (1, 0)),
    ("a b c d e", None),
    ("nothing", None),
    ("  ", None),
]


@pytest.mark.parametrize(("text", "place"), JUMPS)
def test_a_jump_prefers_the_whole_name(text: str, place: Position | None) -> None:
    table = table_of(["tcp 2967 rtvscan", "tcp 2968 netware"], ["hq", "branch 1", "branch 12"], set())
    found = jump(table, arrange(table, ViewOptions()), text, (0, 0))
    assert (found and found.place) == place
