"""The command palette: every command is in it, is found by what it does, and runs as its key would."""

import pytest

from planner.storage.settings import SettingsFile
from planner.tui.commands import COMMANDS, MAIN, TOOL, Keys, commands_at
from planner.tui.screens.command_palette import found
from tests.screens import LARGE, STANDARD, Stage, play


def test_every_command_is_in_the_palette_of_its_place_and_in_its_help() -> None:
    tools = sorted({place for command in COMMANDS for place in command.places} - {*MAIN, TOOL})
    shown = {
        command.id for place in ((*MAIN,), *((tool, TOOL) for tool in tools)) for command in found("", place, Keys())
    }
    assert shown | {"palette", "tool.palette"} == {command.id for command in COMMANDS}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("save", "save"), ("another name", "save_as"), ("undone", "redo"), ("^q", "quit"), ("zone rem", "remove_zone"),
        ("qqq", ""),
    ],
)  # fmt: skip
def test_a_command_is_found_by_what_it_does(text: str, first: str) -> None:
    assert next((command.id for command in found(text, MAIN, Keys())), "") == first


@pytest.mark.parametrize("size", [STANDARD, LARGE])
def test_what_is_chosen_runs(size: tuple[int, int]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press('ctrl+p "kept closed" backspace')
        assert "No command" in stage.text
        await stage.press("escape colon s t a y s space c l o s e d enter")
        assert "kept closed by" in stage.text
        await stage.press("ctrl+p down down enter")
        assert stage.step == "Estate"
        await stage.press("3 enter ctrl+p u n d o enter")
        assert "Undone: Windows servers" in stage.bottom
        await stage.press("comma colon")
        assert "Put the setting back" in stage.text
        await stage.press('"Read the whole" enter')
        assert "Esc back" in stage.bottom

    play(body, size=size)


def test_the_palette_names_the_keys_in_force() -> None:
    SettingsFile().change(keymap={"save": "F2"})

    async def body(stage: Stage) -> None:
        await stage.press('ctrl+p "Save the plan"')
        assert "F2" in stage.text
        await stage.press("escape f2")
        assert "Save as" in stage.text

    play(body)


def test_a_click_runs_a_command() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('ctrl+p "settings"')
        row = next(y for y, line in enumerate(stage.rows) if "Change theme" in line)
        await stage.pilot.click(offset=(10, row))
        await stage.press("down")
        assert stage.rows[0].startswith(" Settings")

    play(body)


def test_commands_that_a_place_has_are_all_shown() -> None:
    assert len(found("", MAIN, Keys())) == len(commands_at(*MAIN)) - 1
