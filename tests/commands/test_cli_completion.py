"""``completion``: the script of each shell, and what a shell is told; without argcomplete, the way to install it."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.command_line import command, is_one_line, process

INSTALLED = find_spec("argcomplete") is not None
"""argcomplete is an extra of the planner and may be missing here."""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script_or_the_way_to_install_what_writes_it(shell: str) -> None:
    done = command("completion", shell)
    if INSTALLED:
        assert (done.code, done.err) == (0, "")
        assert "_ARGCOMPLETE" in done.out
        assert "sav-planner" in done.out
    else:
        assert (done.code, done.out) == (2, "")
        assert "accepted: pip install 'sav-planner[completion]'" in done.err


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ex", "export explain"),
        ("show --f", "--format "),
        ("show --format ", "text json csv markdown html"),
        ("show --view cl", "closed "),
        ("--pl", "--plain "),
    ],
)
def test_commands_flags_and_words_are_completed(typed: str, words: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.touch()
    line = f"sav-planner {typed}"
    asked = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": " ", "_ARGCOMPLETE_STDOUT_FILENAME": str(told)}
    process(**asked, COMP_LINE=line, COMP_POINT=str(len(line)))
    assert told.read_text() == (words if INSTALLED else "")


def test_another_shell_is_refused() -> None:
    done = command("completion", "basj")
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert "accepted: bash, zsh, fish; did you mean 'bash'?" in done.err
