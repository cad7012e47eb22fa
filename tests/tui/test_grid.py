"""The grid: what stays in sight, and where the cursor goes."""

# ruff: noqa: RUF001 - the marks of the header look like greater-than and less-than, and are meant to

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from planner.tui.widgets.grid import Cell, Grid
from tests.grids import GridApp, at, matrix, rules, run

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


def test_heads_break_into_two_lines_where_room_is_short_and_keep_the_cursor_on_its_row() -> None:
    async def body(app: GridApp, pilot: Pilot[None]) -> None:
        assert app.rows()[:3] == [
            "               head-",
            "Ports … zone ▼ office internet clients",
            "TCP 0          0.0    0.1      0.2",
        ]
        await pilot.press("pagedown")
        assert app.grid.cursor == (6, 0)
        await pilot.press("end", "up")
        assert app.rows()[-1] == "TCP 6          6.0    6.1      6.2"
        await pilot.click(app.grid, offset=(25, 2))
        assert app.grid.cursor == (1, 1)
        await pilot.click(app.grid, offset=(25, 1))
        assert app.grid.cursor == (1, 1)
        await pilot.resize_terminal(40, 8)
        await pilot.pause()
        assert app.rows()[0] == "Ports… zone ▲▼ head…ice internet clients"

    run(body, matrix(columns=["head-office", "internet", "clients"], widths=()), size=(40, 11))


def test_what_says_nothing_in_part_is_cut_between_words() -> None:
    async def body(app: GridApp, _pilot: Pilot[None]) -> None:
        assert app.rows()[1] == "TCP 0          2967 …  ·"

    run(body, matrix(1, 2, whole_words=True, cell=at(0, 0, "2967 38293u")))


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
        assert app.rows()[:2] == [" marker  from             ▼›", " R0      0.1"]
        await pilot.press("right", "right", "right")
        assert app.rows()[:2] == ["‹to         why            ▼", " 0.2        0.3"]
        assert app.grid.cursor == (0, 0)
        await pilot.press("left", "left")
        assert app.rows()[0] == " marker  from             ▼›"

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
