"""A page that is kept between its openings shows what one made anew would show, and leaves nothing of itself behind."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pyte
import pytest
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import AppBlur, AppFocus

from planner.storage.plan_files import read_plan
from planner.tui.app import PlannerApp
from planner.tui.screens.help import kept_page
from planner.tui.textual_private import pins
from planner.tui.textual_private.kept import KeptScreen
from tests.command_line import sample
from tests.screens import LARGE, STANDARD, Stage
from tests.tui.terminal.test_painted import different

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


async def ready(stage: Stage) -> KeptScreen[None]:
    """Wait until the page is ready that nobody has asked for yet, and give it."""
    page = kept_page(stage.app)
    async with asyncio.timeout(10):
        while not page._shown:
            await stage.pilot.pause(0.01)
    return page


CHANGES: dict[str, Body] = {
    "nothing": lambda stage: stage.press(""),
    "another question": lambda stage: stage.press("down"),
    "another step": lambda stage: stage.press("right_square_bracket"),
    "another pane": lambda stage: stage.press("tab right"),
    "an answer": lambda stage: stage.press("down down down space"),
    "another look": lambda stage: look(stage, theme="light"),
    "other characters": lambda stage: look(stage, ascii="yes"),
    "other keys": lambda stage: look(stage, keymap={"undo": "f9"}),
    "another size": lambda stage: stage.resize(100, 30),
}
"""What may happen between a page's getting ready and the first time that it is asked for."""


async def look(stage: Stage, **values: object) -> None:
    """Put other settings in force."""
    stage.app.change_settings(**values)
    await stage.pilot.pause(0.05)


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_ready_before_it_is_asked_for_the_first_time(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    async def body(stage: Stage) -> None:
        page = await ready(stage) if not opened else None
        assert stage.app.screen_stack == [stage.main]
        await CHANGES[change](stage)
        await stage.press("f1")
        assert page in (None, stage.app.screen)
        opened.append(shown(stage))

    play(body)
    monkeypatch.setattr(PlannerApp, "_prepare_help", lambda app: None)
    play(body)
    assert opened[0] == opened[1]


def test_nothing_of_it_is_seen_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, laid: list[bool]) -> None:
    terminal = pyte.Screen(*STANDARD)
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda driver, data: sent.append(data))
    rehearse = KeptScreen._rehearse
    found: list[tuple[object, ...]] = []

    def noted(page: KeptScreen[None]) -> None:
        found.append(seen(page.app))
        rehearse(page)
        found.append(seen(page.app))

    def seen(app: App[object]) -> tuple[object, ...]:
        assert isinstance(app, PlannerApp)
        return len(sent), app.wanted, app.screen_stack, app.focused, app.screen._dirty_widgets

    monkeypatch.setattr(KeptScreen, "_rehearse", noted)

    async def body(stage: Stage) -> None:
        await ready(stage)
        assert found[0] == found[1]
        assert found[0][0]
        laid.clear()
        for key in ("f1", "q", "down", "f1"):
            await stage.press(key)
            pyte.Stream(terminal).feed("".join(sent))
            assert "\n".join(terminal.display) == shown(stage)
        assert laid == [True, True]

    play(body)


def test_what_is_owed_to_the_terminal_is_owed_after_something_unseen_too() -> None:
    async def body(stage: Stage) -> None:
        shown(stage)
        with stage.app.unseen():
            stage.app.paint_lines([(0, 0, [("for nobody", "")], 10)])
        shown(stage)
        assert stage.app._shown.difference() == ""
        stage.app._shown.want(0, 0, [("owed", "")])
        with stage.app.unseen():
            stage.app.send_wanted()
        assert "owed" in stage.app._shown.difference()

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
