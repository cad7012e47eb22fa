"""A key dealt with in one go does what it does by way of Textual's queues, and is seen in one picture."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Key

from planner.storage.plan_files import read_plan
from planner.tui.app import PlannerApp
from planner.tui.screens.plan import MainScreen
from planner.tui.textual_private import pins
from planner.tui.textual_private.straight import StraightApp, _named_handlers
from tests.command_line import sample
from tests.screens import Stage, play
from tests.tui.terminal.test_painted import KEYS

PRESSES = 80


@pytest.fixture(autouse=True)
def _in_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def session(keys: list[str], monkeypatch: pytest.MonkeyPatch, *, straight: bool) -> list[tuple[object, ...]]:
    """Give what is seen, and what is the plan, after each of some keys."""
    found: list[tuple[object, ...]] = []
    read = pins.as_read
    taken = []
    takes = StraightApp.takes_straight

    async def noted(app: StraightApp[Any], event: Key) -> bool:
        taken.append(await takes(app, event))
        return taken[-1]

    async def body(stage: Stage) -> None:
        for key in keys:
            await stage.press(key)
            focused = stage.app.focused
            found.append((key, stage.text, focused and focused.id, stage.plan.topology, len(stage.app.screen_stack)))

    with monkeypatch.context() as patch:
        patch.setattr(pins, "as_read", lambda *names: (straight or names != pins.KEYS) and read(*names))
        patch.setattr(StraightApp, "takes_straight", noted)
        play(body, read_plan(sample("everything-on")).plan)
    assert sum(taken) > len(keys) // 4 if straight else not any(taken)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_key_does_what_it_does_by_way_of_the_queues(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)  # noqa: S311 - a session, no secret
    keys = [random.choice(KEYS) for _ in range(PRESSES)]
    went, queued = (session(keys, monkeypatch, straight=straight) for straight in (True, False))
    for count, (one, other) in enumerate(zip(went, queued, strict=True), 1):
        assert one == other, keys[:count][-12:]


ONE_PICTURE = {
    "a move in the matrix": ("tab", "down"),
    "a move between questions": ("", "down"),
    "an answer": ("down down down", "space"),
    "another view": ("", "p"),
    "a letter": (
        "right_square_bracket right_square_bracket right_square_bracket right_square_bracket "
        "right_square_bracket right_square_bracket enter",
        "x",
    ),
}


@pytest.mark.parametrize("name", ONE_PICTURE)
def test_all_that_a_key_changes_is_in_one_picture(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    before, key = ONE_PICTURE[name]
    sent: list[str] = []

    async def run() -> None:
        app = PlannerApp(read_plan(sample("everything-on")).plan, "")
        async with app.run_test(size=(80, 24)) as pilot:
            stage = Stage(app, pilot)
            await pilot.pause(0.5)
            await stage.press(before)
            driver = app._driver
            assert driver is not None
            monkeypatch.setattr(driver, "write", sent.append)
            await stage.press(key)
            await pilot.pause(0.1)

    asyncio.run(run())
    assert len(sent) == 1


def test_nothing_is_left_to_be_looked_up_for_the_first_key(monkeypatch: pytest.MonkeyPatch) -> None:
    _named_handlers.cache_clear()
    monkeypatch.delattr(MainScreen.action_help, "_param_count", raising=False)

    async def body(stage: Stage) -> None:
        async with asyncio.timeout(10):
            while not stage.app.is_screen_installed("page"):
                await stage.pilot.pause(0.01)
        looked_up = _named_handlers.cache_info().misses
        assert looked_up
        assert hasattr(MainScreen.action_help, "_param_count")
        await stage.press("f1")
        assert stage.app.screen is not stage.main
        assert _named_handlers.cache_info().misses == looked_up

    play(body, read_plan(sample("everything-on")).plan)
