"""The program as people run it: in a terminal, with the keyboard, over the bytes that go down the line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from planner.storage.plan_files import read_plan, save_plan
from tests.command_line import ROOT
from tests.screens import steering
from tests.terminals import Terminal, own
from tests.tui.test_screen_hostile import TEXTS, hostile

WATCHED = (
    ("3 enter", "servers, three", ("UDP 38293 Intel PDS out     in·o~",)),
    ("2 enter", "NetWare servers, two", ("TCP 2968 Rtvscan.nlm out+    out+    in·o+",)),
    ("down down down down y", "legacy clients", ("UDP 2967 Rtvscan UDP ·       in·o+",)),
    ("g 2 down y", "Quarantine", ("TCP 2847 DIS HTTP", "TCP 2848 DIS HTTPS")),
    ("down down y", "AMS", ("UDP 38037 Msgsys     in·o+", "TCP 38292 Msgsys     in·o+")),
)
ANSWERED = {
    "servers": 3, "netware_servers": 2, "legacy_clients": True, "central_quarantine": True, "ams_alerting": True,
}  # fmt: skip


def matrix(terminal: Terminal) -> list[str]:
    """Give the lines of the view, marks of what the last answer changed left out."""
    return [row.partition("│")[2].replace("+", " ").replace("~", " ").rstrip() for row in terminal.rows[3:16]]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_estate_is_planned_saved_and_opened_again_with_the_keyboard_alone() -> None:
    with Terminal() as first:
        first.see("New plan")
        first.press("enter")
        first.see("Windows servers")
        for keys, _, rows in WATCHED:
            assert not [row for row in rows if row in first.text]
            first.press(keys)
            for row in rows:
                first.see(row)
        first.press("g 8 enter")
        first.see("Save as:")
        first.press("ctrl+u estate.toml enter")
        first.see("Saved ~/estate.toml")
        first.press("tab left left left left left")
        first.rest(1)
        seen = matrix(first)
        first.press("right right right right right")
        first.rest(1)
        right = matrix(first)
        first.press("ctrl+q")
        assert first.leave() == 0
    answers = read_plan("estate.toml").plan.topology.answers
    assert {name: getattr(answers, name) for name in ANSWERED} == ANSWERED
    with Terminal("estate.toml") as again:
        again.see("Windows servers  3")
        again.rest()
        again.see("TCP 38292 Msgsys")
        again.press("tab left left left left left")
        again.rest(1)
        assert matrix(again) == seen
        again.press("right right right right right")
        again.rest(1)
        assert matrix(again) == right
        again.press("ctrl+q")
        assert again.leave() == 0


def test_an_idle_screen_sends_nothing() -> None:
    with Terminal(own("everything-on")) as terminal:
        terminal.see("TCP 2968")
        terminal.rest(0.5)
        assert terminal.rest(2) == 0
        terminal.press("3")
        terminal.rest(0.5)
        assert terminal.rest(2) == 0


def test_a_cursor_move_costs_a_thin_line_little() -> None:
    with Terminal(own("everything-on")) as terminal:
        terminal.see("TCP 2968")
        terminal.press("tab down down")
        for key in ("down", "right", "up", "left"):
            assert terminal.press(key) < 1000, "with the explanation of the other cell"


def test_leaving_gives_the_terminal_back_as_it_was() -> None:
    with Terminal() as terminal:
        terminal.see("New plan")
        assert terminal.settings != terminal.before
        terminal.press("ctrl+q")
        assert terminal.leave() == 0
        assert terminal.settings == terminal.before
        for left, entered in (
            (b"\x1b[?1049l", b"\x1b[?1049h"),
            (b"\x1b[?25h", b"\x1b[?25l"),
            (b"\x1b[?1000l", b"\x1b[?1000h"),
        ):
            assert terminal.raw.rindex(left) > terminal.raw.rindex(entered)


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_show_it_gets_one_line(term: str) -> None:
    with Terminal(TERM=term) as terminal:
        assert terminal.leave() == 2
        assert terminal.raw.count(b"\n") == 1
        assert b"needs a terminal" in terminal.raw
        assert b"\x1b" not in terminal.raw
        assert terminal.settings == terminal.before


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_without_a_terminal_it_says_so_in_one_line(stream: str) -> None:
    ours, its = os.openpty()
    piped = {name: subprocess.PIPE if name == stream else its for name in ("stdin", "stdout", "stderr")}
    with subprocess.Popen(
        [sys.executable, "-m", "planner"],
        cwd=ROOT,
        stdin=piped["stdin"],
        stdout=piped["stdout"],
        stderr=piped["stderr"],
    ) as process:
        assert process.wait(20) == 2
        os.close(its)
        said = process.stderr.read() if process.stderr else os.read(ours, 4096)
    os.close(ours)
    assert said.startswith(b"sav-planner: the planner on the screen needs a terminal")
    assert said.count(b"\n") == 1


def test_the_window_can_be_dragged_to_any_size() -> None:
    with Terminal(own("branches")) as terminal:
        terminal.see("TCP 2967")
        for columns, rows in ((60, 20), (240, 70), (40, 10), (120, 40), (80, 24)):
            terminal.resize(columns, rows)
            terminal.see("needs 60 columns" if columns < 60 else "TCP 2967")
        terminal.press("ctrl+q")
        assert terminal.leave() == 0


def test_no_text_of_a_plan_steers_the_terminal() -> None:
    text = TEXTS["controls"] + TEXTS["lines"] + TEXTS["hidden"]
    plan = hostile(text)  # its options are no flows of the catalogue: such a plan is not saved
    answers = replace(plan.topology.answers, options=())
    save_plan(replace(plan, topology=replace(plan.topology, answers=answers)), "hostile.toml", overwrite=False)
    with Terminal("hostile.toml") as terminal:
        terminal.see("Windows servers")
        terminal.press("g 5 end enter escape g 7 down enter home escape tab r z e")
        for piece in (b"\x1b]0;owned", b"\x1b[31mred", "\u202e".encode(), "\u200b".encode(), b"two\r\n"):
            assert piece not in terminal.raw
        assert steering(terminal.text) == set()
        terminal.press("escape ctrl+q")
        assert terminal.leave() == 0
