"""Every place of the screen at 80x24: no label cut, the focus in sight, every control with its key, and help for it."""

import pytest

from planner.plan.plan import Plan
from planner.session.steps import STEPS
from planner.storage.plan_files import read_plan
from planner.tui.commands import COMMANDS, MAIN, TOOL, Keys, commands_at
from planner.tui.screens.help import VIEWS
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Grid
from tests.command_line import sample
from tests.screens import Stage, play

SMALL = ((80, 24), (60, 20))


def everything() -> Plan:
    return read_plan(sample("everything-on")).plan


def marked_rows(stage: Stage, grid: Grid) -> list[int]:
    """Give the rows of the screen on which something of a grid is shown in reverse, as the cursor is."""
    left, top, right, bottom = grid.region.corners
    rows = []
    for y, strip in enumerate(stage.app.screen._compositor.render_strips()):
        shown = strip.crop(left, right)
        if top <= y < bottom and any(segment.style and segment.style.reverse for segment in shown):
            rows.append(y)
    return rows


def holds_the_focus(stage: Stage) -> None:
    """The grid that has the keys shows its cursor, on one row, within the screen."""
    focused = stage.app.focused
    assert isinstance(focused, Grid)
    assert len(marked_rows(stage, focused)) == 1, stage.text


def shows_whole_keys(stage: Stage) -> None:
    """The last row holds whole entries only, help among them."""
    assert "…" not in stage.rows[-1]
    assert "F1 help" in stage.rows[-1]
    assert len(stage.rows[-1]) <= stage.app.size.width


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
def test_every_question_of_a_step_is_whole_in_sight_and_explained(step: int, size: tuple[int, int]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"g {step}")
        assert f"{step} {STEPS[step - 1].title}" in stage.rows[1]
        fields = stage.main.questions.fields
        for field in fields:
            holds_the_focus(stage)
            shows_whole_keys(stage)
            questions = stage.main.query_one("#questions", Grid).region
            asked = [row[questions.x : questions.right] for row in stage.rows[questions.y : questions.bottom]]
            # A decision is a sentence, and a zone may be called anything: those stand whole over their explanation.
            whole = any(row.startswith(field.title) for row in asked)
            assert whole or field.kind in ("decision", "zone"), field.title
            assert stage.explained.startswith(field.title)
            await stage.press("down")

    play(body, everything(), size=size)


@pytest.mark.parametrize("size", SMALL)
def test_every_view_has_its_focus_its_keys_and_its_help(size: tuple[int, int]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("tab")
        for key, view in zip("mprcf", VIEWS, strict=True):
            await stage.press(f"{key} down right")
            holds_the_focus(stage)
            shows_whole_keys(stage)
            await stage.press("f1")
            assert VIEWS[view].split(".")[0] in " ".join(stage.page.split())
            assert "The cursor is on:" in stage.page
            await stage.press("escape")

    play(body, everything(), size=size)


TOOLS = (
    "start",
    "settings",
    "compare",
    "settle",
    "exposure",
    "closing",
    "pack",
    "export",
    "devices",
    "audit",
    "flow",
    "symptoms",
)


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("id_", TOOLS)
def test_every_page_has_its_focus_its_keys_its_help_and_a_way_back(id_: str, size: tuple[int, int]) -> None:
    command = next(command for command in COMMANDS if command.id == id_)

    async def body(stage: Stage) -> None:
        await stage.press(command.keys[0])
        page = stage.app.screen
        assert isinstance(page, ToolScreen)
        if page.entry.is_open:  # it begins with a question
            await stage.press("escape")
        for _ in range(4):
            if page.grid.model.row_count:
                holds_the_focus(stage)
            shows_whole_keys(stage)
            assert "Esc back" in stage.rows[-1]
            await stage.press("down")
        await stage.press("f1")
        for own in commands_at(page.place, TOOL):
            assert Keys().names(own) in stage.page
        assert page.about.split(".")[0].split("\n")[0] in " ".join(stage.page.split())
        await stage.press("escape escape")
        assert stage.app.screen is stage.main

    play(body, everything(), size=size)


def test_every_page_that_a_command_opens_is_looked_at() -> None:
    opened = {place for command in COMMANDS for place in command.places} - {*MAIN, TOOL}
    assert opened - {"preview", "gaps", "picture"} <= set(TOOLS), (
        "one that is missing here; a picture has no grid, and two open from the export page"
    )


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
def test_help_speaks_of_the_question_that_has_the_keys(step: int) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"g {step} down")
        field = stage.main.questions.fields[min(1, len(stage.main.questions.fields) - 1)]
        await stage.press("f1")
        page = " ".join(stage.page.split())
        assert page.startswith("Here")
        assert f"{field.title}: " in page
        assert page.index(field.title) < page.index("Keys")

    play(body, everything())
