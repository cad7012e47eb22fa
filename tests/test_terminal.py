"""The planner in a real terminal: a pty, with pyte as the screen, driven by the keyboard alone."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from planner.storage.plan_files import read_plan

COLUMNS, ROWS = 80, 24
KEYS = {"enter": "\r", "space": " ", "down": "\x1b[B", "right": "\x1b[C", "tab": "\t", "^S": "\x13", "^Q": "\x11"}


class Terminal:
    """A planner running in a pty; keys go in, and what a terminal would show is read back."""

    def __init__(self, *arguments: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-m", "planner", *arguments])
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def settle(self, quiet: float = 0.4, limit: float = 20.0) -> int:
        """Read until nothing has come for a while; give the number of bytes."""
        received, until = 0, time.monotonic() + limit
        while time.monotonic() < until and select.select([self._terminal], [], [], quiet)[0]:
            try:
                data = os.read(self._terminal, 65536)
            except OSError:
                break
            if not data:
                break
            received += len(data)
            self._stream.feed(data)
        return received

    def wait_for(self, text: str, limit: float = 20.0) -> None:
        """Read until the text is on the screen."""
        until = time.monotonic() + limit
        while text not in self.text and time.monotonic() < until:
            self.settle(0.1, 0.5)
        assert text in self.text

    def press(self, *keys: str) -> int:
        """Send keys, each settled before the next; give the bytes that came back."""
        received = 0
        for key in keys:
            os.write(self._terminal, KEYS.get(key, key).encode())
            received += self.settle(0.15)
        return received

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def view(self) -> str:
        """The part of the screen right of the questions, from the header of the view on."""
        return "\n".join(line[29:].rstrip() for line in self._screen.display[3:16])

    def leave(self) -> int:
        """Quit and give the exit code."""
        self.press("^Q")
        self.settle(0.3, 5)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def close(self) -> None:
        """End whatever is left."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self._terminal)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def opened(terminals: list[Terminal], *arguments: str) -> Terminal:
    terminal = Terminal(*arguments)
    terminals.append(terminal)
    terminal.wait_for("TCP 2967 Rtvscan")
    terminal.settle()
    return terminal


def test_a_plan_is_made_saved_and_opened_again_by_the_keyboard_alone(
    terminals: list[Terminal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    planner = opened(terminals)

    planner.press("3", "enter", "2", "enter")
    assert "TCP 2968" in planner.text
    planner.press("down", "down", "down", "down", "y")
    assert "UDP 2967" in planner.text
    planner.press("]", "down", "y")
    assert "TCP 2847" in planner.text
    assert "TCP 2848" in planner.text
    planner.press("down", "down", "y")
    assert "UDP 38037" in planner.text
    assert "TCP 38292" in planner.text
    planner.press("^S", "enter")
    planner.wait_for("Saved")
    saved = planner.view
    assert planner.leave() == 0

    plan = read_plan(str(tmp_path / "sav-plan.toml")).plan.topology.answers
    assert (plan.servers, plan.netware_servers, plan.legacy_clients) == (3, 2, True)
    assert (plan.central_quarantine, plan.ams_alerting) == (True, True)
    again = opened(terminals, "sav-plan.toml")
    assert again.view.split("\n")[0] == saved.split("\n")[0]
    assert [line.replace("+", " ").rstrip() for line in saved.split("\n")] == again.view.split("\n")
    assert again.leave() == 0


def test_an_idle_screen_sends_nothing(terminals: list[Terminal]) -> None:
    planner = opened(terminals)
    assert planner.settle(2.0) == 0


def test_the_terminal_is_given_back(terminals: list[Terminal]) -> None:
    planner = opened(terminals)
    before = termios.tcgetattr(planner._terminal)
    assert planner.leave() == 0
    assert termios.tcgetattr(planner._terminal)[3] & (termios.ECHO | termios.ICANON)
    assert not before[3] & termios.ECHO
