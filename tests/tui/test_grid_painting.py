"""What a grid repaints, and how little it asks of its model."""

import random

import pytest
from textual.geometry import Region
from textual.pilot import Pilot

from planner.tui.widgets.grid import Cell, GridModel
from tests.grids import GridApp, at, matrix, rules, run

# What is repainted


def line(y: int) -> Region:
    return Region(0, y, 50, 1)


def test_a_cursor_move_repaints_its_lines_and_the_titles_that_point_at_it() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("right")
        assert app.grid.repainted == [(line(0), line(1))]
        app.grid.repainted.clear()
        await pilot.press("down")
        (regions,) = app.grid.repainted
        assert set(regions) == {line(1), line(2)}

    run(body, matrix(widths=6))


def test_a_cursor_that_cannot_move_repaints_nothing() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("up", "left", "home", "ctrl+home", "pageup")
        assert app.grid.repainted == []

    run(body, matrix())


def test_another_model_repaints_the_lines_that_differ() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        app.grid.show(matrix(cell=at(3, 2, "in·o", "in")))
        assert app.grid.repainted == [(line(4),)]

    run(body, matrix(cell=at(99, 0, "")))


def test_a_kind_alone_is_a_difference_and_the_same_again_is_none() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        app.grid.show(matrix(cell=at(3, 2, "in·o", "in added")))
        assert app.grid.repainted == [(line(4),)]
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
        assert set(regions) == {line(y) for y in range(8)}

    run(body, matrix())


def test_focus_repaints_the_line_of_the_cursor_alone() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        await pilot.press("tab")
        assert not app.grid.has_focus
        assert app.grid.repainted == [(line(1),)]
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


@pytest.mark.parametrize("widths", [6, ()])
def test_a_thousand_by_a_thousand_asks_for_the_cells_in_sight_alone(widths: int | tuple[int, ...]) -> None:
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
