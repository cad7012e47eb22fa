"""The settings page, which stands for every full-screen tool, and the settings file behind it."""

from pathlib import Path

import pytest

from planner.session.background import WRITES
from planner.storage.settings import Settings, SettingsFile
from planner.tui.commands import COMMANDS, TOOL, Keys, commands_at, name_key, read_key
from planner.tui.screens.settings import SettingsScreen
from tests.screens import LARGE, MIDDLE, STANDARD, Stage, play


def kept() -> Settings:
    """Give the settings as another start would find them."""
    assert WRITES.wait(10)
    return SettingsFile().now


ROWS = {"theme": 0, "ascii": 1, "mouse": 2, "boundary": 3}


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("theme", "enter", "dark"), ("ascii", "space", "yes"), ("mouse", "enter", False),
        ("boundary", "enter", "stateless"), ("boundary", "enter enter", "stateful"), ("theme", "enter x", "auto"),
        ("mouse", "space delete", True),
    ],
)  # fmt: skip
def test_a_setting_is_changed_and_kept(name: str, key: str, value: object) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"comma {'down ' * ROWS[name]} {key}")
        assert getattr(kept(), name) == value

    play(body)


def test_a_key_is_mapped_shown_and_works_at_once() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("comma end")
        page = stage.app.screen
        assert isinstance(page, SettingsScreen)
        page.grid.move_to(len(ROWS) + [command.id for command in COMMANDS].index("undo"), 0)
        await stage.press('enter ctrl+u "b ^T" enter')
        assert kept().keymap == {"undo": "b ^T"}
        assert "b, ^T" in stage.text
        await stage.press("escape 3 enter")
        assert "b undo" in stage.bottom
        await stage.press("u")
        assert stage.plan.topology.answers.servers == 3
        await stage.press("b")
        assert stage.plan.topology.answers.servers == 1
        await stage.press("f1")
        assert "b, ^T" in stage.page

    play(body, size=(200, 60))


@pytest.mark.parametrize(
    ("keymap", "complaint"),
    [
        ({"undo": "b"}, ""),
        ({"undo": "U", "redo": "u"}, ""),
        ({"settings.change": "s"}, ""),
        ({"undo": "enter"}, "undo: its key is that of next; accepted: a key that is free there; ignored"),
        (
            {"settings.change": "F1"},
            "settings.change: its key is that of tool.help; accepted: a key that is free there; ignored",
        ),
        ({"undo": "7"}, "undo: its key is that of an answer; accepted: a key that is free there; ignored"),
        ({"undo": "^B"}, "undo: '^B' is no key; accepted: keys such as s, ^S, F5, apart by blanks; ignored"),
        ({"undo": ""}, "undo: '' is no key; accepted: keys such as s, ^S, F5, apart by blanks; ignored"),
        ({"un\x1bdo": "s"}, "un\\x1bdo: no command; accepted: the ids that the settings page shows; ignored"),
    ],
)
def test_a_keymap_is_taken_or_one_line_says_why_not(keymap: dict[str, str], complaint: str) -> None:
    assert "".join(one.text for one in Keys(keymap).complaints) == complaint


def test_every_key_is_read_as_it_is_written() -> None:
    for command in COMMANDS:
        for key in command.keys:
            assert read_key(name_key(key)) == key


def test_a_key_that_cannot_be_taken_is_told_while_it_is_typed() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("comma down down down down enter ctrl+u e")
        assert "its key is that of explain" in stage.text
        await stage.press("enter")
        assert stage.rows[-3].strip().startswith("Keys of next: e")
        await stage.press("escape escape")
        assert kept() == Settings()

    play(body)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("theme = 3", "theme: expected `str`, got `int`; accepted: auto, dark, light, contrast, ansi"),
        ('theme = "mauve"', "theme: invalid enum value 'mauve'; accepted: auto, dark, light, contrast, ansi"),
        ("mouse = 1", "mouse: expected `bool`, got `int`; accepted: true, false"),
        ("theem = 1", "theem: no setting; accepted: theme, ascii, mouse, boundary, tour_seen, keymap"),
        ("keymap = 1", 'keymap: expected `object`, got `int`; accepted: a table such as save = "F2"'),
        ("theme = ", "Invalid value (at end of document); accepted: TOML"),
        ("a.b.c.d.e.f.g.h.i.j.k = 1", "line 1: a key of more than 8 dots; accepted: the keys of a plan"),
        ("#" * 70_000, "larger than 64 KiB; accepted: less"),
        ("\x1b = 1", "Invalid statement (at line 1, column 1); accepted: TOML"),
    ],
)  # fmt: skip
def test_a_broken_settings_file_is_one_line_and_left_alone(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(content)
    file = SettingsFile(path)
    assert file.trouble == f"{path}: {said}; the defaults are in force"
    assert file.now == Settings()
    assert "left as it is" in file.change(theme="dark")
    assert path.read_text() == content


def test_settings_that_cannot_be_kept_say_so(tmp_path: Path) -> None:
    (tmp_path / "sav-planner").write_text("a file where the folder should be")
    file = SettingsFile(tmp_path / "sav-planner" / "settings.toml")
    assert "Not a directory" in file.trouble + file.change(theme="dark")


def test_settings_that_cannot_be_kept_say_so_on_the_page_that_is_shown_then() -> None:
    async def body(stage: Stage) -> None:
        stage.app.settings.path.parent.mkdir(parents=True)
        stage.app.settings.path.mkdir()
        await stage.press("comma enter")
        assert WRITES.wait(10)
        await stage.pilot.pause()
        assert "In force until you leave: " in " ".join(stage.text.split())
        assert stage.app.settings.now.theme == "dark"

    play(body)


def test_what_another_session_has_set_meanwhile_stays() -> None:
    one, other = SettingsFile(), SettingsFile()
    assert one.change(theme="dark") == ""
    assert other.change(ascii="yes") == ""
    assert kept() == Settings(theme="dark", ascii="yes")
    other.path.write_text("theme = ")
    assert "accepted: TOML" in one.change(mouse=False)
    assert other.path.read_text() == "theme = "


def test_the_file_holds_what_differs_from_the_defaults_for_its_owner_alone() -> None:
    file = SettingsFile()
    assert file.change(theme="light", keymap={"save": "F2"}) == ""
    assert file.path.read_text() == 'theme = "light"\n\n[keymap]\nsave = "F2"\n'
    assert file.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("size", [(60, 20), STANDARD, MIDDLE, LARGE])
def test_a_tool_explains_its_cursor_helps_and_goes_back(size: tuple[int, int]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("comma down")
        assert stage.rows[0].startswith(" Settings")
        assert "ASCII only" in stage.text
        assert "Draws with ASCII" in stage.text
        assert "Esc back" in stage.bottom
        assert "F1 help" in stage.bottom
        await stage.press("e")
        assert "values      auto, yes, no" in stage.page
        await stage.press("escape f1")
        assert "Every change is in force at once" in stage.page
        for command in commands_at("settings", TOOL):
            assert command.help in " ".join(stage.page.split())
        await stage.press("escape escape")
        assert "1 Estate" in stage.text

    play(body, size=size)


def test_a_tool_says_when_the_screen_is_too_small_and_quits_from_there() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("3 enter comma")
        await stage.resize(50, 15)
        assert stage.text.split() == ["sav-planner", "needs", "60", "columns", "and", "20", "rows."]
        await stage.resize(80, 24)
        await stage.press("down")
        assert "Draws with ASCII" in stage.text
        await stage.press("ctrl+q")
        assert "edits that are not saved" in stage.text

    play(body)
