"""The commands among other programs: closed pipes, full disks, other encodings, terminals of any width."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from tests.command_line import ROOT, is_one_line, process, sample

SHOW = f"{sys.executable} -m planner show {sample('everything-on')}"


def shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, the code of each part of a pipe counting."""
    return subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("tail", ["head -1", "head -c 1", "true", "false; true"])
@pytest.mark.parametrize("arguments", ["show", "show --format json", "check", "new --from"])
def test_a_reader_that_goes_away_is_no_error(arguments: str, tail: str) -> None:
    done = shell(f"{sys.executable} -m planner {arguments} {sample('everything-on')} | ({tail})")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_into_a_closed_pipe_is_no_error(flag: str) -> None:
    done = shell(f"{sys.executable} -m planner {flag} | true")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_gone_reader_does_not_turn_a_bad_plan_into_a_good_one(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('schema = "sav-plan/1"\n')
    assert shell(f"{sys.executable} -m planner check {path} | true").returncode == 1


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (f"{SHOW} > /dev/full", "standard output: No space left on device"),
        (f"{sys.executable} -m planner --version > /dev/full", "standard output: No space left on device"),
        (f"{sys.executable} -u -m planner --help > /dev/full", "standard output: No space left on device"),
        (f"{SHOW} >&-", "standard output is closed"),
        (f"{sys.executable} -m planner show - <&-", "standard input: closed; accepted: a plan, or the path of a plan"),
    ],
)
def test_a_stream_that_cannot_be_used_is_named(script: str, said: str) -> None:
    done = shell(script)
    assert done.returncode == 2
    assert is_one_line(done.stderr)
    assert said in done.stderr


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", "2> >(true)"])
def test_without_standard_error_the_code_still_tells(stream: str) -> None:
    assert shell(f"{sys.executable} -m planner show none.toml {stream}").returncode == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_plan_is_utf_8_whatever_the_locale_says(encoding: str) -> None:
    assert 'title = "Zürich 東京"' in process("new", "--title", "Zürich 東京", PYTHONIOENCODING=encoding).out


@pytest.mark.parametrize(
    ("encoding", "title"),
    [("ascii", "Z\\xfcrich \\u6771"), ("latin-1", "Zürich \\u6771"), ("utf-8", "Zürich 東")],
)
def test_text_shows_what_the_terminal_can_and_escapes_the_rest(encoding: str, title: str) -> None:
    plan = process("new", "--title", "Zürich 東").out
    done = subprocess.run(
        [sys.executable, "-m", "planner", "show", "-"],
        input=plan.encode(),
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=True,
    )
    assert done.stdout.decode(encoding).splitlines()[0] == title


def test_nothing_is_coloured_in_a_pipe() -> None:
    assert "\x1b" not in process("show", sample("everything-on"), FORCE_COLOR="1", CLICOLOR_FORCE="1").out


def on_a_terminal(*arguments: str, columns: int = 80, environment: dict[str, str] | None = None) -> str:
    """Run the command on a terminal of this width and give what it writes there."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "planner", *arguments],
        stdin=its,
        stdout=its,
        stderr=its,
        env={**os.environ, **(environment or {})},
    ):
        os.close(its)
        written = b""
        with suppress(OSError):  # how Linux says that nobody has the other end open any more
            while chunk := os.read(ours, 65536):
                written += chunk
    os.close(ours)
    # On a busy machine a line of progress comes first, and is wiped before the output.
    return re.sub(r"\A(?:\r[^\r\n]*)+\r(?=[^\n])", "", written.decode().replace("\r\n", "\n"))


def test_a_terminal_gets_colour() -> None:
    shown = on_a_terminal("show", sample("everything-on"), "--view", "ports")
    assert "\x1b[33mTCP 139 SMB/NetBIOS" in shown
    assert re.sub(r"\x1b\[\d+m", "", shown) == process("show", sample("everything-on"), "--view", "ports").out


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_that_wants_none_gets_no_colour(name: str, value: str) -> None:
    assert "\x1b" not in on_a_terminal("show", sample("everything-on"), "--view", "ports", environment={name: value})


def test_an_empty_no_color_means_nothing() -> None:
    assert "\x1b[1m" in on_a_terminal("show", sample("one-server"), "--view", "ports", environment={"NO_COLOR": ""})


def test_other_formats_stay_as_they_are_on_a_terminal() -> None:
    shown = on_a_terminal("show", sample("one-server"), "--format", "json")
    assert shown == process("show", sample("one-server"), "--format", "json").out


@pytest.mark.parametrize("columns", [40, 80, 132, 200])
def test_text_fills_the_terminal_and_no_more(columns: int) -> None:
    shown = on_a_terminal(
        "show", sample("everything-on"), "--view", "rules", columns=columns, environment={"NO_COLOR": "1"}
    )
    widest = max(map(len, shown.splitlines()))
    assert columns * 0.8 < widest <= columns


def test_a_terminal_of_unknown_width_counts_as_80() -> None:
    shown = on_a_terminal("show", sample("branches"), columns=0, environment={"NO_COLOR": "1"})
    assert shown == process("show", sample("branches")).out


def test_the_planner_on_a_dumb_terminal_names_the_commands_that_will_do() -> None:
    assert "without one use: --plain, new, show, list, check," in on_a_terminal(
        sample("branches"), environment={"TERM": "dumb"}
    )


TAKES_OVER = """
import fcntl, sys, termios, types
fcntl.ioctl(1, termios.TIOCSCTTY, 0)
screen = types.ModuleType("planner.tui.app")
screen.run = lambda found, path, *_, **__: print(found.plan.head.id, path, sys.stdin.isatty()) or 0
sys.modules["planner.tui.app"] = screen
from planner.cli import main
sys.exit(main(["-"]))
"""


def test_a_plan_from_standard_input_leaves_the_keys_to_the_terminal() -> None:
    ours, its = pty.openpty()
    with (
        Path(sample("branches")).open("rb") as plan,
        subprocess.Popen(
            [sys.executable, "-c", TAKES_OVER],
            stdin=plan,
            stdout=its,
            stderr=its,
            start_new_session=True,
            cwd=ROOT,
        ) as planner,
    ):
        code = planner.wait(timeout=30)
    os.close(its)
    assert (os.read(ours, 4096).decode().strip(), code) == ("branches - True", 0)
    os.close(ours)
