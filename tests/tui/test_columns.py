"""What goes into a cell, where columns stand, and how what heads them is broken into lines or shortened."""

from itertools import pairwise

import pytest
from rich.cells import cell_len

from planner.tui.widgets.cells import fit, fit_middle, fit_words
from planner.tui.widgets.columns import Columns, broken, head_lines

# Text to cells


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("zone", 6, "zone  "),
        ("zone", 4, "zone"),
        ("branch-north-2", 10, "branc…th-2"),
        ("branch-north-2", 3, "b…2"),
        ("branch-north-2", 2, "b…"),
        ("branch-north-2", 1, "…"),
        ("branch-north-2", 0, ""),
        ("東京支社サーバー", 9, "東京…バー"),
        ("東京支社サーバー", 8, "東京…ー "),
        ("a東京支社サーバー", 6, "a東…ー"),
    ],
)
def test_a_name_is_shortened_in_its_middle(text: str, width: int, shown: str) -> None:
    assert fit_middle(text, width) == shown
    assert cell_len(shown) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("in·o", 6, "in·o  "), ("document", 5, "docu…"), ("東京支社", 5, "東京…"), ("東京", 3, "東…")],
)
def test_a_cell_is_cut_at_its_end(text: str, width: int, shown: str) -> None:
    assert fit(text, width) == shown


# Columns


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("2967 139", 8, "2967 139"), ("2967 139", 7, "2967 … "), ("38037u 38292", 8, "38037u …"), ("38037u", 4, "380…")],
)
def test_words_that_say_nothing_in_part_are_left_out_whole(text: str, width: int, shown: str) -> None:
    assert fit_words(text, width) == shown


@pytest.mark.parametrize(
    ("head", "width", "lines"),
    [
        ("internet", 8, ("", "internet")),
        ("internet", 7, ("", "int…net")),
        ("head-office", 8, ("head-", "office")),
        ("head-office", 11, ("", "head-office")),
        ("head-office-clients", 10, ("head-…ice-", "clients")),
        ("site 7 north", 7, ("site 7", "north")),
        ("北京-東京支社", 6, ("北京-", "東 …社")),
    ],
)
def test_a_head_is_broken_between_words_and_loses_its_middle_where_that_is_not_enough(
    head: str, width: int, lines: tuple[str, str]
) -> None:
    shown = head_lines(head, width, 2)
    assert tuple(line.rstrip() for line in shown) == lines
    assert {cell_len(line) for line in shown} == {width}


def test_a_head_breaks_where_both_parts_come_out_shortest() -> None:
    assert broken("north-branch-clients") == ("north-branch-", "clients")
    assert broken("a-branch-clients") == ("a-branch-", "clients")
    assert broken("clients") == ("", "clients")


# Columns


def test_columns_are_as_wide_as_wanted_when_all_fit() -> None:
    assert Columns.sharing([7, 9, 7], 5, 5, label=10, width=60).slots(0) == [(11, 7), (19, 9), (29, 7)]


def test_the_widest_columns_give_way_before_any_scrolls() -> None:
    assert Columns.sharing([20, 6, 20], 5, 5, label=10, width=40).slots(0) == [(11, 10), (22, 6), (29, 10)]


def test_columns_that_scroll_leave_a_cell_on_both_sides_for_marks() -> None:
    slots = Columns.sharing([9] * 50, 5, 5, label=10, width=40).slots(7)
    assert slots[0] == (11, 6)
    assert len(slots) == 4
    assert sum(slots[-1]) <= 39


@pytest.mark.parametrize(
    ("heads", "widths", "lines"),
    [
        (("console", "servers", "clients", "internet"), [7, 7, 7, 8], 1),
        (("head-office", "servers", "internet"), [11, 7, 8], 1),
        (("head-office", "servers", "clients", "internet"), [6, 7, 7, 8], 2),
        (("administration", "servers", "internet", "lan"), [11, 7, 8, 5], 1),
        (("administration", "servers", "netware", "quarantine", "offices"), [10, 7, 7, 10, 7], 1),
        (("data-centre", "netware-north", "netware-south", "workshop"), [6, 8, 8, 8], 2),
        (("head-office", "data-centre", "north-servers", "south-servers", "laptops"), [6, 6, 7, 7, 7], 2),
    ],
)
def test_heads_are_whole_if_that_fits_then_broken_then_shortened_then_scrolled(
    heads: tuple[str, ...], widths: list[int], lines: int
) -> None:
    columns = Columns.headed(heads, 5, label=19, width=54, lines=2)
    assert [columns.width(column) for column in range(columns.count)] == widths
    assert columns.head_lines == lines
    assert Columns.headed(heads, 5, label=19, width=54, lines=1).head_lines == 1


@pytest.mark.parametrize("width", range(80))
@pytest.mark.parametrize("stretch", [True, False])
def test_no_width_makes_columns_overlap_or_leave_the_screen(width: int, stretch: bool) -> None:
    label = min(12, width * 45 // 100)
    for columns in (
        Columns.each([8, 3, 20, 12], 5, label, width, stretch),
        Columns.sharing([8] * 9, 5, 5, label, width),
        Columns.headed(["head-office", "lan", "administration"], 5, label, width, 2),
        Columns.each([], 5, label, width, stretch),
    ):
        for column in range(columns.count):
            first = columns.first_showing(column, 0)
            slots = columns.slots(first)
            assert first <= column < first + len(slots)
            assert all(x + cells < later for (x, cells), (later, _) in pairwise(slots))
            assert all(x + cells <= max(width, columns.left) for x, cells in slots)
