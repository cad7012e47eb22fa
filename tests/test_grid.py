"""The grid: what stays in sight, where the cursor goes, what is repainted, and how little it asks of its model."""

# ruff: noqa: RUF001 - the marks of the header look like greater-than and less-than, and are meant to

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Button

from planner.tui.widgets.grid import Cell, Grid, GridModel
from planner.tui.widgets.painting import Columns, fit, fit_middle


class WatchedGrid(Grid):
    """Keeps the regions it was asked to repaint; an empty tuple is the whole widget."""

    def __init__(self, model: GridModel | None = None) -> None:
        super().__init__(model)
        self.repainted: list[tuple[Region, ...]] = []

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> "WatchedGrid":
        if repaint:
            self.repainted.append(regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class GridApp(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, model: GridModel | None = None) -> None:
        super().__init__()
        self.grid = WatchedGrid(model)
        self.moves: list[tuple[int, int]] = []

    def compose(self) -> ComposeResult:
        yield self.grid
        yield Button("elsewhere")

    def on_grid_cursor_moved(self, message: Grid.CursorMoved) -> None:
        assert message.control is self.grid
        self.moves.append((message.row, message.column))

    def strips(self) -> list[Strip]:
        """The grid's lines as the compositor has them."""
        return self.screen._compositor.render_strips()[: self.grid.size.height]

    def rows(self) -> list[str]:
        """The grid's lines as plain text."""
        return [strip.text.rstrip() for strip in self.strips()]

    def cells(self) -> dict[tuple[int, int], tuple[str, object]]:
        """What is seen in each terminal cell, by (x, y): of a blank that is its background alone."""
        seen: dict[tuple[int, int], tuple[str, object]] = {}
        for y, strip in enumerate(self.strips()):
            x = 0
            for character, style in [(character, segment.style) for segment in strip for character in segment.text]:
                assert style is not None
                lines = style.reverse or style.underline or style.strike
                seen[x, y] = (character, style.bgcolor if character == " " and not lines else style)
                x += cell_len(character)
        return seen


Body = Callable[[GridApp, Pilot[None]], Awaitable[None]]


def run(body: Body, model: GridModel | None = None, size: tuple[int, int] = (50, 11)) -> None:
    """Run the body with a grid of this size less the three rows of a button below it."""

    async def session() -> None:
        app = GridApp(model)
        async with app.run_test(size=size) as pilot:
            app.grid.focus()
            await pilot.pause()
            app.grid.repainted.clear()
            await body(app, pilot)

    asyncio.run(session())


def matrix(rows: int = 30, zones: int = 20, **changes: Any) -> GridModel:
    parts: dict[str, Any] = {
        "title": "Ports by zone",
        "columns": [f"zone{number}" for number in range(zones)],
        "widths": 7,
        "row_count": rows,
        "row_label": lambda row: f"TCP {row}",
        "label_width": 14,
        "cell": lambda row, column: Cell(f"{row}.{column}"),
    }
    return GridModel(**(parts | changes))


def rules(rows: int = 30, **changes: Any) -> GridModel:
    parts: dict[str, Any] = {
        "columns": ["marker", "from", "to", "why"],
        "widths": [7, 10, 10, 40],
        "row_count": rows,
        "whole_rows": True,
        "cell": lambda row, column: Cell(f"R{row}" if column == 0 else f"{row}.{column}"),
    }
    return GridModel(**(parts | changes))


def at(row: int, column: int, text: str, kind: str = "") -> Callable[[int, int], Cell]:
    return lambda r, c: Cell(text, kind) if (r, c) == (row, column) else Cell("·", "muted")


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


def test_columns_take_their_natural_width_when_all_fit() -> None:
    assert Columns.alike(count=3, natural=7, narrowest=5, label=10, width=60).slots(0) == [(11, 7), (19, 7), (27, 7)]


def test_columns_share_the_width_before_they_scroll() -> None:
    assert Columns.alike(count=3, natural=20, narrowest=5, label=10, width=40).slots(0) == [(11, 9), (21, 9), (31, 9)]


def test_columns_that_scroll_leave_a_cell_on_both_sides_for_marks() -> None:
    slots = Columns.alike(count=50, natural=9, narrowest=5, label=10, width=40).slots(7)
    assert slots[0] == (11, 6)
    assert len(slots) == 4
    assert sum(slots[-1]) <= 39


@pytest.mark.parametrize("width", range(80))
@pytest.mark.parametrize("stretch", [True, False])
def test_no_width_makes_columns_overlap_or_leave_the_screen(width: int, stretch: bool) -> None:
    label = min(12, width * 45 // 100)
    for columns in (
        Columns.each([8, 3, 20, 12], 5, label, width, stretch),
        Columns.alike(9, 8, 5, label, width),
        Columns.each([], 5, label, width, stretch),
    ):
        for column in range(columns.count):
            first = columns.first_showing(column, 0)
            slots = columns.slots(first)
            assert first <= column < first + len(slots)
            assert all(x + cells < later for (x, cells), (later, _) in pairwise(slots))
            assert all(x + cells <= max(width, columns.left) for x, cells in slots)


# What stands on the screen


def test_everything_shows_when_it_fits() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        assert app.rows()[:4] == [
            "Ports by zone  zone0   zone1   zone2",
            "TCP 0          0.0     0.1     0.2",
            "TCP 1          1.0     1.1     1.2",
            "",
        ]

    run(body, matrix(2, 3))


def test_header_and_labels_stay_while_the_cells_scroll_and_marks_say_where_more_is() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        assert app.rows()[0] == "Ports … zone ▼ zone0  zone1  zone2  zone3  zone4 ›"
        assert app.rows()[1] == "TCP 0          0.0    0.1    0.2    0.3    0.4"
        app.grid.move_to(20, 10)
        assert app.rows()[0] == "Ports… zone ▲▼‹zone6  zone7  zone8  zone9  zone10›"
        assert app.rows()[-1] == "TCP 20         20.6   20.7   20.8   20.9   20.10"
        app.grid.move_to(29, 19)
        assert app.rows()[0] == "Ports … zone ▲‹zone15 zone16 zone17 zone18 zone19"

    run(body, matrix())


def test_labels_take_less_than_half_and_are_shortened_in_the_middle() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        assert app.rows()[1] == "TCP 2967 Rt…of servers in·o    ·"

    run(
        body, matrix(1, 2, label_width=60, row_label=lambda _: "TCP 2967 Rtvscan.nlm of servers", cell=at(0, 0, "in·o"))
    )


def test_a_list_stretches_its_last_column() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        assert app.rows()[1] == "R0      0.1        0.2        the console speaks …"

    why = "the console speaks to the servers"
    run(body, rules(cell=lambda r, c: Cell(why if c == 3 else f"R{r}" if c == 0 else f"{r}.{c}")))


def test_a_list_too_wide_scrolls_sideways_by_columns() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        assert app.rows()[:2] == [" marker  from       to    ▼›", " R0      0.1        0.2"]
        await pilot.press("right", "right", "right")
        assert app.rows()[:2] == ["‹to         why            ▼", " 0.2        0.3"]
        assert app.grid.cursor == (0, 0)
        await pilot.press("left", "left")
        assert app.rows()[0] == " marker  from       to    ▼›"

    run(body, rules(), size=(28, 11))


def test_markup_is_shown_as_it_is() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        assert app.rows()[:2] == ["[b]x[/x]   [red]", "[core]     a[/b]c"]

    model = matrix(
        1, 1, title="[b]x[/x]", columns=["[red]"], label_width=10, row_label=lambda _: "[core]", cell=at(0, 0, "a[/b]c")
    )
    run(body, model)


def test_wide_characters_keep_the_columns_in_line() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        header, row = app.rows()[:2]
        assert row == "東京…バー    東京支… plain"
        assert cell_len(header[: header.index("zone1")]) == cell_len(row[: row.index("plain")]) == 21

    cells = {0: "東京支社", 1: "plain"}
    run(
        body,
        matrix(1, 2, label_width=12, row_label=lambda _: "東京…バー", cell=lambda _, column: Cell(cells[column])),
    )


def test_an_empty_view_says_why() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        assert app.rows()[1:4] == ["No findings: nothing in the answers contradicts", "anything else.", ""]
        await pilot.press("down", "end", "ctrl+end", "pagedown", "left")
        assert app.grid.cursor == (0, 0)
        app.grid.show(rules(1))
        assert app.rows()[1].startswith("R0")

    run(body, rules(0, empty="No findings: nothing in the answers contradicts anything else."))


def test_it_shows_a_model_given_before_it_is_mounted() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        assert app.rows()[1].startswith("TCP 0 ")

    app_model = matrix(1, 1)
    grid = Grid()
    grid.show(app_model)
    grid.move_to(5, 5)
    assert grid.model is app_model
    assert grid.cursor == (0, 0)
    run(body, app_model)


@pytest.mark.parametrize("size", [(1, 4), (3, 5), (8, 4), (20, 30), (240, 70)])
def test_it_draws_in_any_size(size: tuple[int, int]) -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+end")
        app.grid.show(rules())
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert app.rows()[-1].startswith("R29 ")

    run(body, matrix(), size=size)


# The cursor


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        (["down", "down", "right"], (2, 1)),
        (["down", "right", "up", "left"], (0, 0)),
        (["up", "left"], (0, 0)),
        (["end"], (0, 19)),
        (["end", "right", "home"], (0, 0)),
        (["ctrl+end"], (29, 19)),
        (["ctrl+end", "down", "right"], (29, 19)),
        (["ctrl+end", "ctrl+home"], (0, 0)),
        (["pagedown"], (7, 0)),
        (["pagedown", "pagedown", "pageup"], (7, 0)),
    ],
)
def test_keys_move_the_cursor_of_a_matrix(keys: list[str], cursor: tuple[int, int]) -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        assert app.grid.cursor == cursor

    run(body, matrix())


@pytest.mark.parametrize(("keys", "row"), [(["down"], 1), (["end"], 29), (["end", "home"], 0), (["down", "right"], 1)])
def test_keys_move_the_cursor_of_a_list_by_rows(keys: list[str], row: int) -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        assert app.grid.cursor == (row, 0)

    run(body, rules())


def test_each_move_is_told_once_and_no_move_is_not_told() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("up", "down", "right", "left", "left")
        app.grid.move_to(99, 99)
        await pilot.pause()
        assert app.moves == [(1, 0), (1, 1), (1, 0), (29, 19)]

    run(body, matrix())


def test_the_cursor_stays_where_it_is_when_the_model_changes_and_is_clamped_when_it_shrinks() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        app.grid.move_to(20, 10)
        app.grid.show(matrix(25, 15))
        assert app.grid.cursor == (20, 10)
        app.grid.show(matrix(4, 3))
        assert app.grid.cursor == (3, 2)
        assert app.rows()[0].startswith("Ports by zone  zone0 ")
        await pilot.pause()
        assert app.moves == [(20, 10), (3, 2)]
        app.grid.show(matrix(4, 3), keep_cursor=False)
        assert app.grid.cursor == (0, 0)

    run(body, matrix())


def test_a_click_moves_the_cursor_to_a_cell_and_on_a_label_to_its_row() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.click(app.grid, offset=(23, 3))
        assert app.grid.cursor == (2, 1)
        await pilot.click(app.grid, offset=(2, 5))
        assert app.grid.cursor == (4, 1)
        await pilot.click(app.grid, offset=(23, 0))
        assert app.grid.cursor == (4, 1)

    run(body, matrix())


def test_the_cursor_shows_without_colour_with_and_without_focus() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        style, _ = app.grid._style("in cursor")
        assert style.reverse
        style, _ = app.grid._style("in cursor-blurred")
        assert style.bold
        assert style.underline
        assert [
            segment.text.strip() for segment in app.grid.render_line(1) if segment.style and segment.style.reverse
        ] == ["0.0"]
        await pilot.press("tab")
        assert not any(segment.style and segment.style.reverse for segment in app.grid.render_line(1))

    run(body, matrix())


def test_the_cursor_of_a_list_is_one_bar() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("down")
        (bar,) = app.grid.render_line(2)
        assert bar.style is not None
        assert bar.style.reverse
        assert bar.cell_length == 50

    run(body, rules())


def test_a_theme_changes_the_styles() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        before, _ = app.grid._style("in")
        app.theme = "textual-light"
        await pilot.pause()
        assert app.grid._style("in")[0] != before

    run(body, matrix())


# What is repainted


def test_a_cursor_move_repaints_two_cells_and_the_titles_that_point_at_them() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("right")
        assert app.grid.repainted == [(Region(15, 0, 13, 1), Region(15, 1, 13, 1))]
        app.grid.repainted.clear()
        await pilot.press("down")
        (regions,) = app.grid.repainted
        assert set(regions) == {Region(0, y, 14, 1) for y in (1, 2)} | {Region(22, y, 6, 1) for y in (1, 2)}

    run(body, matrix(widths=6))


def test_a_cursor_that_cannot_move_repaints_nothing() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("up", "left", "home", "ctrl+home", "pageup")
        assert app.grid.repainted == []

    run(body, matrix())


def test_another_model_repaints_the_cells_that_differ() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        app.grid.show(matrix(cell=at(3, 2, "in·o", "in")))
        assert app.grid.repainted == [(Region(29, 4, 6, 1),)]

    run(body, matrix(cell=at(99, 0, "")))


def test_a_kind_alone_is_a_difference_and_the_same_again_is_none() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        app.grid.show(matrix(cell=at(3, 2, "in·o", "in added")))
        assert app.grid.repainted == [(Region(29, 4, 6, 1),)]
        app.grid.show(matrix(cell=at(3, 2, "in·o", "in added")))
        assert len(app.grid.repainted) == 1

    run(body, matrix(cell=at(3, 2, "in·o", "in")))


def test_a_cell_out_of_sight_repaints_nothing() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        app.grid.show(matrix(cell=at(20, 2, "in·o")))
        assert app.grid.repainted == []

    run(body, matrix(cell=at(99, 0, "")))


def test_moved_columns_repaint_whole_lines() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        app.grid.show(matrix(2, 2))
        (regions,) = app.grid.repainted
        assert set(regions) == {Region(0, y, 50, 1) for y in range(8)}

    run(body, matrix())


def test_focus_repaints_the_cursor_alone() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("tab")
        assert not app.grid.has_focus
        assert app.grid.repainted == [(Region(15, 1, 6, 1),)]
        await pilot.press("shift+tab")
        assert app.grid.has_focus

    run(body, matrix())


@pytest.mark.parametrize("seed", range(6))
def test_nothing_changes_outside_what_is_repainted(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same session each time
    texts = ["·", "in·o", "out+", "東京支社サーバー", "", "a long text that is cut"]
    kinds = ["", "in", "both added", "rollout", "muted"]

    def model() -> GridModel:
        salt, share = dice.random(), dice.choice([0.05, 1])

        def cell(row: int, column: int) -> Cell:
            choice = random.Random(hash((row, column, salt if row % 7 / 7 < share else 0)))  # noqa: S311
            return Cell(choice.choice(texts), choice.choice(kinds))

        make = dice.choice([matrix, matrix, rules])
        return make(dice.choice([0, 1, 6, 40]), cell=cell, label_width=dice.choice([0, 14, 14]), empty="nothing")

    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        for _ in range(40):
            await pilot.pause()
            before = app.cells()
            app.grid.repainted.clear()
            match dice.choice(["move", "keys", "show", "tab"]):
                case "move":
                    app.grid.move_to(dice.randrange(45), dice.randrange(25))
                case "keys":
                    app.grid.action_move(*dice.choice([(1, 0), (-1, 0), (0, 1), (0, -1)]))
                case "show":
                    app.grid.show(model(), keep_cursor=dice.random() < 0.8)
                case "tab":
                    await pilot.press("tab")
            repainted = [region for regions in app.grid.repainted for region in regions]
            assert all(app.grid.repainted), "the whole widget was repainted"
            after = app.cells()
            changed = {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
            assert all(any(region.contains(*place) for region in repainted) for place in changed)
        fresh = [app.grid._line(y) for y in range(app.grid.size.height)]
        assert fresh == app.grid._lines

    run(body, matrix())


# Scale


@pytest.mark.parametrize("widths", [6, [6] * 1000])
def test_a_thousand_by_a_thousand_asks_for_the_cells_in_sight_alone(widths: int | list[int]) -> None:
    asked: list[tuple[int, int]] = []

    def cell(row: int, column: int) -> Cell:
        asked.append((row, column))
        return Cell("in·o")

    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        assert len(asked) <= 21 * 10
        asked.clear()
        await pilot.press("right")
        assert {row for row, _ in asked} == {0}
        assert len(asked) <= 10
        asked.clear()
        app.grid.move_to(999, 999)
        assert len(asked) <= 21 * 10
        assert {row for row, _ in asked} == set(range(999, 999 - 20, -1))

    run(body, matrix(1000, 1000, widths=widths, cell=cell), size=(80, 24))
