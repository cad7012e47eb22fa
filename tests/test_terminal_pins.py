"""Textual's private parts are used as they were read, and what the planner did not write cannot be asked of it."""

import re

import pytest
from textual.app import App

from planner.tui.terminal import pins
from tests.commands import ROOT
from tests.screens import Stage, play

REACHING_IN = re.compile(r"from textual(?:\.\w+)*\._|from textual\._|from textual\.drivers|import textual\._")
WHERE = {"planner/tui/textual_private.py", "planner/tui/terminal/driver.py"}


@pytest.mark.parametrize("name", pins.DIGESTS)
def test_the_sources_of_textual_are_those_that_were_read(name: str) -> None:
    assert pins.digest(name) == pins.DIGESTS[name], (
        f"textual/{name} is not that of Textual {pins.WRITTEN_FOR}. Read what changed in it against "
        f"{', '.join(sorted(WHERE))} and planner/tui/terminal/guarded.py, which override parts of it; run "
        "tests/test_terminal*.py with TERMINAL_SOAK=200; then put the new digest and version into "
        "planner/tui/terminal/pins.py"
    )


def test_private_parts_are_reached_from_one_place() -> None:
    files = [path for path in (ROOT / "planner").rglob("*.py") if REACHING_IN.search(path.read_text())]
    assert {str(path.relative_to(ROOT)) for path in files} <= WHERE


TEXTUALS = sorted(
    name.removeprefix("_").removeprefix("action_")
    for name in dir(App)
    if name.startswith(("action_", "_action_")) and name not in ("action_focus_next", "action_focus_previous")
)


def test_no_action_of_textuals_own_can_be_reached() -> None:
    async def body(stage: Stage) -> None:
        reached = [name for name in TEXTUALS if await stage.app.run_action(f"app.{name}('x', '/tmp')")]
        assert reached == []

    assert "screenshot" in TEXTUALS
    play(body)
