"""The planner on terminals that can do less: 16 colours, no colours, ASCII alone, inside tmux and GNU screen."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from planner.storage.settings import Settings
from planner.tui.theme import look
from tests.terminals import Terminal, own

SGR = re.compile(rb"\x1b\[([0-9;:]*)m")

LOOKS = [
    ({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, Settings(), False, ("textual-dark", True, False)),
    ({"TERM": "xterm", "LANG": "C.UTF-8"}, Settings(), False, ("sixteen", True, False)),
    ({"TERM": "screen", "LANG": "en_GB.utf8"}, Settings(), False, ("sixteen", True, False)),
    ({"TERM": "xterm", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}, Settings(), False, ("textual-dark", True, False)),
    ({"TERM": "linux", "LANG": "C.UTF-8"}, Settings(), False, ("sixteen", True, True)),
    ({"TERM": "linux", "LANG": "C.UTF-8"}, Settings(ascii="no"), False, ("sixteen", True, False)),
    ({"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "de_DE"}, Settings(), False, ("textual-dark", True, True)),
    ({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, Settings(), True, ("textual-dark", True, True)),
    (
        {"TERM": "xterm-256color", "LANG": "C.UTF-8", "NO_COLOR": "1"},
        Settings(theme="light"),
        False,
        ("sixteen", False, False),
    ),
    (
        {"TERM": "xterm-256color", "LANG": "C.UTF-8", "NO_COLOR": ""},
        Settings(theme="light"),
        False,
        ("textual-light", True, False),
    ),
    ({"TERM": "xterm", "LANG": "C.UTF-8"}, Settings(theme="contrast", ascii="yes"), False, ("contrast", True, True)),
]


@pytest.mark.parametrize(("environment", "settings", "c_locale", "expected"), LOOKS)
def test_the_look_follows_settings_and_terminal(
    environment: dict[str, str], settings: Settings, c_locale: bool, expected: tuple[str, bool, bool]
) -> None:
    assert look(settings, environment, c_locale=c_locale) == expected


def codes(raw: bytes) -> set[str]:
    """Give every SGR code that was sent."""
    return {code for found in SGR.findall(raw) for code in found.decode().split(";")}


def walked(*arguments: str, **environment: Any) -> Terminal:
    """Open a sample plan, look at most kinds of screens, and leave."""
    with Terminal(*arguments, own("everything-on"), **environment) as terminal:
        terminal.see("1 Estate")
        for key in (
            "tab",
            "down",
            "right",
            "r",
            "down",
            "escape",
            "f1",
            "escape",
            ",",
            "down",
            "escape",
            ":",
            "escape",
        ):
            terminal.press(key)
        terminal.press("3")
        terminal.see("Windows servers")
        terminal.press("escape ctrl+q")
        assert terminal.leave() == 0
    return terminal


def test_no_color_sends_no_colour_and_the_cursor_stays_in_sight() -> None:
    sent = codes(walked(NO_COLOR="1").raw)
    assert sent <= {"", "0", "1", "3", "4", "7", "9", "22", "24", "27"}
    assert {"1", "4", "7"} <= sent


def test_an_empty_no_color_is_not_set() -> None:
    assert "38" in codes(walked(NO_COLOR="").raw)


@pytest.mark.parametrize("term", ["xterm", "screen", "linux", "vt100"])
def test_a_terminal_of_16_colours_gets_its_own_16(term: str) -> None:
    sent = codes(walked(TERM=term).raw)
    assert not {"38", "48"} & sent
    assert {"32", "33", "36"} <= sent


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [((), {"LANG": "C"}), ((), {"LANG": "", "LC_ALL": "POSIX"}), (("--ascii",), {}), ((), {"TERM": "linux"})],
)
def test_ascii_sends_nothing_above_0x7e(arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    terminal = walked(*arguments, **environment)
    assert max(terminal.raw) <= 0x7E
    assert b"in.o" in terminal.raw


def test_user_text_is_shown_escaped_in_ascii(tmp_path: Path) -> None:
    plan = tmp_path / "p.toml"
    plan.write_text('schema = "sav-plan/1"\n[plan]\ntitle = "Zürich 東"\n[topology]\nservers = 1\n')
    with Terminal("--ascii", str(plan)) as terminal:
        terminal.see("Z\\xfcrich \\u6771")
        terminal.press("ctrl+q")
        assert terminal.leave() == 0


@pytest.mark.parametrize("wanted", [True, False])
def test_the_mouse_is_left_alone_where_it_is_not_wanted(wanted: bool) -> None:
    terminal = walked(*([] if wanted else ["--no-mouse"]))
    assert (b"\x1b[?1000h" in terminal.raw) == wanted


def click(column: int, row: int) -> bytes:
    """What a terminal sends for a click, counting from 1."""
    return f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m".encode()


def test_the_mouse_reaches_questions_cells_keys_and_the_wheel() -> None:
    with Terminal(own("everything-on")) as terminal:
        terminal.see("1 Estate")
        terminal.rest()
        terminal.send(click(3, 6))
        terminal.see("NetWare servers run the antivirus")
        column = terminal.rows[3].index("netwa") + 1
        terminal.send(click(column, 6))
        terminal.see("listens")
        terminal.send(b"\x1b[<65;40;8M")
        terminal.rest()
        footer = terminal.rows[23]
        terminal.send(click(footer.index("r rules") + 1, 24))
        terminal.see("Rules")
        terminal.send(click(terminal.rows[1].index("8") + 1, 2))
        terminal.see("Saves the plan")
        terminal.press("ctrl+q")
        assert terminal.leave() == 0


MULTIPLEXERS = {
    "tmux": ("tmux", "-S", "{folder}/socket", "-f", "/dev/null", "new-session"),
    "screen": ("screen", "-U", "-c", "/dev/null", "-S", "planner"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MULTIPLEXERS)
def test_inside_a_multiplexer(name: str, tmp_path: Path) -> None:
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    folder = tempfile.mkdtemp(prefix="planner-")  # a socket's path has to be short
    inside = [part.format(folder=folder) for part in MULTIPLEXERS[name]]
    with Terminal(own("everything-on"), inside=inside, SCREENDIR=folder) as terminal:
        terminal.see("1 Estate")
        terminal.press("tab r down")
        terminal.see("1024-4999")
        terminal.press("tab down")
        terminal.see("NetWare servers run the antivirus")
        terminal.press("ctrl+q")
        terminal.leave()
    shutil.rmtree(folder)
