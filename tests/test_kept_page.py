"""A page that is kept between its openings shows what one made anew would show, and leaves nothing of itself behind."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import AppBlur, AppFocus

from planner.storage.plan_files import read_plan
from planner.tui.app import PlannerApp
from planner.tui.screens.pages import kept_page
from planner.tui.textual_private import pins
from planner.tui.textual_private.kept import KeptScreen
from tests.commands import sample
from tests.screens import LARGE, STANDARD, Stage
from tests.test_painted import different

Body = Callable[[Stage], Awaitable[None]]


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have the cells of the screen known, though no terminal is there to get them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)


def play(body: Body, size: tuple[int, int] = STANDARD) -> None:
    async def run() -> None:
        app = PlannerApp(read_plan(sample("everything-on")).plan, "")
        async with app.run_test(size=size) as pilot:
            await pilot.pause(0.05)
            await body(Stage(app, pilot))
        assert app._exception is None

    asyncio.run(run())


def shown(stage: Stage) -> str:
    """Give what the terminal shows; see to it that it is what the compositor would show."""
    assert different(stage.app) == []
    return "\n".join("".join(cell.text for cell in row) for row in stage.app.wanted)


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note of each opening whether the page stood ready."""
    found: list[bool] = []
    ready = KeptScreen._laid_out

    def note(page: KeptScreen[None], app: PlannerApp) -> bool:
        found.append(ready(page, app))
        return found[-1]

    monkeypatch.setattr(KeptScreen, "_laid_out", note)
    return found


@pytest.mark.parametrize("size", [STANDARD, LARGE])
def test_it_looks_as_the_first_time_whatever_was_done_on_it(size: tuple[int, int], laid: list[bool]) -> None:
    async def body(stage: Stage) -> None:
        before = shown(stage)
        await stage.press("f1")
        first = shown(stage)
        assert "What there is: servers" in stage.page
        await stage.press("pagedown pagedown down")
        assert size == LARGE or shown(stage) != first
        await stage.press("q")
        assert shown(stage) == before
        await stage.press("f1")
        assert shown(stage) == first
        await stage.press("end q f1 escape")
        assert shown(stage) == before
        assert laid == [False, True, True]

    play(body, size)


def test_it_explains_whatever_has_the_keys_now(laid: list[bool]) -> None:
    async def body(stage: Stage) -> None:
        pages = set()
        for keys in ("f1", "q down f1", "q tab f1", "q e", "q v f1"):
            await stage.press(keys)
            pages.add(shown(stage))
        assert len(pages) == 5
        assert laid == [False, True, True, True, True]

    play(body)


def test_it_is_ready_before_it_is_asked_for_the_first_time(laid: list[bool]) -> None:
    async def body(stage: Stage) -> None:
        page = kept_page(stage.app)
        while not page._shown:
            await stage.pilot.pause(0.01)
        assert stage.app.screen_stack == [stage.main]
        await stage.press("f1")
        assert stage.app.screen_stack == [stage.main, page]
        assert "What there is: servers" in shown(stage)
        assert laid == [True]

    play(body)


def test_what_changed_behind_it_is_seen_when_it_is_left() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("f1 q f1")
        covered = shown(stage)
        stage.main.show_banner("Nothing is kept.")
        await stage.pilot.pause(0.05)
        assert shown(stage) == covered
        await stage.press("q")
        assert "Nothing is kept." in shown(stage)

    play(body)


def test_another_size_is_taken_up_by_it_and_by_what_is_behind() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("f1 q f1")
        await stage.resize(100, 30)
        assert "What there is: servers" in shown(stage)
        await stage.press("q")
        assert "Estate" in shown(stage)
        await stage.resize(90, 25)
        await stage.press("f1")
        shown(stage)
        await stage.press("q")
        assert "Estate" in shown(stage)

    play(body)


@pytest.mark.parametrize("look", [{"theme": "light"}, {"ascii": "yes"}], ids=str)
def test_other_looks_are_taken_up(look: dict[str, str], laid: list[bool]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("f1 q f1 q")
        stage.app.change_settings(**look)
        await stage.pilot.pause(0.05)
        for _ in range(2):
            await stage.press("f1")
            shown(stage)
            await stage.press("q")
            shown(stage)
        assert laid == [False, True, False, True]

    play(body)


def test_it_has_the_keys_after_the_terminal_lost_them() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("f1 q f1")
        top = shown(stage)
        for event in (AppBlur(), AppFocus()):
            stage.app.post_message(event)
            await stage.pilot.pause(0.05)
        await stage.press("down")
        assert shown(stage) != top
        await stage.press("q f1")
        assert shown(stage) == top

    play(body)


def test_over_other_sources_of_textual_it_is_a_page_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "as_read", lambda *names: False)

    async def body(stage: Stage) -> None:
        before = stage.rows
        for _ in range(3):
            await stage.press("f1")
            assert "What there is: servers" in stage.page
            await stage.press("q")
            assert stage.rows == before

    play(body)
