"""Lines painted without the compositor are what the compositor would have painted, whatever keys came before."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from textual._compositor import LayoutUpdate
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from planner.storage.plan_files import read_plan
from planner.tui.app import PlannerApp
from planner.tui.terminal.cell_diff import Cell, SentScreen, _parts
from planner.tui.textual_private.cells import _strips
from planner.tui.textual_private.painted import PaintedScreen, _hidden, _Place
from tests.command_line import sample
from tests.screens import LARGE, MIDDLE, STANDARD, Stage

KEYS = (
    *("up", "down", "left", "right", "pagedown", "pageup", "home", "end", "ctrl+home", "ctrl+end"),
    *("tab", "space", "enter", "enter", "escape", "y", "n", "3", "left_square_bracket", "right_square_bracket"),
    *("m", "p", "r", "c", "f", "s", "t", "h", "z", "u", "ctrl+r", "f1", "slash", "x", "backspace", "a", "full_stop"),
    *('"10.0.0.0/8, a町b"', "v", "b", "e", "A", "F", "E", "comma", "g", "6", "question_mark", "k", "d", "w", "j", "q"),
)
"""Keys pressed at random: moves, answers, views, pages, and what is typed."""


PRESSES = 60


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have the cells of the screen known, though no terminal is there to get them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)


def composed(app: PlannerApp) -> list[list[Cell]]:
    """Give the cells of the whole screen as the compositor makes them."""
    screen = SentScreen()
    screen.resize(*app.size)
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    for y, x, runs, end in _strips(update, app.colours):
        screen.want(y, x, runs, end)
    return screen._wanted


def seen(cell: Cell) -> tuple[str, object]:
    """Give what is seen of a cell: of a blank without a line, its background alone."""
    attributes, _, background = parts = _parts(cell.ink)
    return cell.text, parts if cell.text.strip() or attributes & {"4", "7", "9"} else background


def different(app: PlannerApp) -> list[str]:
    """Name the cells that do not show what the compositor would show."""
    rows = zip(app._shown._wanted, composed(app), strict=True)
    cells = [(y, x, *pair) for y, row in enumerate(rows) for x, pair in enumerate(zip(*row, strict=True))]
    return [f"{y}, {x}: {shown} for {wanted}" for y, x, shown, wanted in cells if seen(shown) != seen(wanted)][:5]


@pytest.mark.parametrize(("size", "look"), [(STANDARD, {}), (MIDDLE, {"theme": "light"}), (LARGE, {"ascii": "yes"})])
def test_what_is_painted_is_what_the_compositor_would_paint(
    size: tuple[int, int], look: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(f"{size}")  # noqa: S311 - a session, no secret
    straight = []
    find = PaintedScreen._to_paint

    def found(screen: PaintedScreen[int], regions: set[Region]) -> object:
        lines = find(screen, regions)
        straight.append(lines is not None)
        return lines

    monkeypatch.setattr(PaintedScreen, "_to_paint", found)

    async def run() -> None:
        app = PlannerApp(read_plan(sample("everything-on")).plan, "")
        async with app.run_test(size=size) as pilot:
            stage = Stage(app, pilot)
            app.change_settings(**look)
            await pilot.pause(0.1)
            pressed: list[str] = []
            for _ in range(PRESSES):
                pressed.append(random.choice(KEYS))
                await stage.press(pressed[-1])
                while app.screen._dirty_widgets or app.screen._compositor._dirty_regions:
                    await pilot.pause(0.01)
                assert different(app) == [], pressed[-12:]
        assert app._exception is None

    asyncio.run(run())
    assert sum(straight) > PRESSES // 3


@pytest.mark.parametrize("size", [STANDARD, MIDDLE, LARGE])
def test_the_whole_screen_is_painted_without_the_compositor(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    composed_anyway: list[Screen[object]] = []

    def compose(screen: Screen[object]) -> None:
        composed_anyway.extend([screen] if screen._compositor._dirty_regions else [])

    monkeypatch.setattr(Screen, "_compositor_refresh", compose)

    async def run() -> None:
        app = PlannerApp(read_plan(sample("everything-on")).plan, "")
        async with app.run_test(size=size) as pilot:
            stage = Stage(app, pilot)
            for keys in ("", "z", "z tab", "slash", "escape"):
                await stage.press(keys)
                await pilot.pause(0.05)
                assert different(app) == [], keys
            for other in ((100, 30), (59, 19), size):
                await stage.resize(*other)
                await pilot.pause(0.05)
                assert different(app) == [], other
        assert app._exception is None

    asyncio.run(run())
    assert composed_anyway == []


@pytest.mark.parametrize(
    ("in_front", "hidden"),
    [([(0, 4), (4, 10)], True), ([(4, 10), (0, 6)], True), ([(1, 10)], False), ([(0, 4), (5, 10)], False), ([], False)],
    ids=str,
)
def test_a_row_is_hidden_by_what_leaves_no_gap_before_it(in_front: list[tuple[int, int]], hidden: bool) -> None:
    def place(x: int, right: int, y: int = 0) -> _Place:
        return _Place(x, y, right, y + 2, Widget(), Region())

    others = [place(*ends) for ends in in_front]
    assert _hidden(place(0, 10), 1, others) == hidden
    assert not _hidden(place(0, 10), 2, others)
