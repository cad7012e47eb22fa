"""The real program in a pseudo terminal, and a terminal emulator that shows what a person would see."""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyte

from planner.storage.settings import SettingsFile
from tests.command_line import ROOT, sample

KEYS = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
    "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "f1": "\x1bOP",
    **{f"ctrl+{c}": chr(ord(c) & 31) for c in "oqsru"},
}  # fmt: skip
MODES = tuple((f"\x1b[?{n}{on}", f"\x1b[?{n}{off}") for n, on, off in (
    (1049, "h", "l"), (25, "l", "h"), (1000, "h", "l"), (1003, "h", "l"), (1006, "h", "l"), (1004, "h", "l"),
    (2004, "h", "l"), (7, "l", "h"),
))  # fmt: skip
"""Modes that the planner turns on in a terminal, and off again when it ends."""
PATIENCE = 40.0
"""Seconds that a slow machine may take for anything."""
_QUIET, _QUIET_AFTER_ESCAPE = 0.15, 0.5
"""Seconds without a byte after which the screen has come to rest; a lone Escape is told from an arrow by its pause."""


def own(name: str) -> str:
    """Copy a sample plan home, where no other test has it open, and give its path."""
    return shutil.copy(sample(name), str(Path.home()))


class Terminal:
    """The planner on a terminal of its own: keys go in as bytes, ``rows`` is what is on the screen."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        inside: Sequence[str] = (),
        first_start: bool = False,
        program: str = "planner",
        **environment: str,
    ) -> None:
        """Start the planner with these arguments, as somebody who has seen its tour unless it is the first start.

        ``inside``: a multiplexer's command that runs what follows it. ``program``: the module to run.
        """
        if not first_start:
            SettingsFile().change(tour_seen=True)
        self.raw = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, its = pty.openpty()
        self._set_size(columns, rows)
        self.before = termios.tcgetattr(its)
        self.process = subprocess.Popen(
            [*inside, sys.executable, "-m", program, *arguments],
            stdin=its,
            stdout=its,
            stderr=its,
            env=_environment(environment),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - nothing else runs here
        )
        self._its = its
        self._connected = True

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            for pid in (*children(self.process.pid), self.process.pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.disconnect()

    @property
    def rows(self) -> list[str]:
        """Lines of the screen, blanks at the ends left out."""
        return [row.rstrip() for row in self._screen.display]

    @property
    def text(self) -> str:
        """The rows as one text."""
        return "\n".join(self.rows)

    @property
    def settings(self) -> list[Any]:
        """Settings of the terminal: echo, line mode, signals."""
        return termios.tcgetattr(self._its)

    @property
    def planner(self) -> int:
        """The process that has the screen: the one child of the one that watches over it."""
        return children(self.process.pid)[0]

    @property
    def left_on(self) -> list[str]:
        """Modes turned on in the terminal and not off again, with the settings of its line."""
        ours = [mode for mode in MODES if self.raw.rfind(mode[0].encode()) > self.raw.rfind(mode[1].encode())]
        return [repr(mode) for mode, _ in ours] + (["settings"] if self.settings != self.before else [])

    def disconnect(self) -> None:
        """Hang up, as a line does that drops."""
        if self._connected:
            self._connected = False
            os.close(self._ours)
            os.close(self._its)

    def press(self, keys: str) -> int:
        """Press keys apart by blanks, one by one as a person does; what has no name is typed. Give the bytes sent."""
        start = len(self.raw)
        for key in keys.split():
            os.write(self._ours, KEYS.get(key, key).encode())
            self.rest(_QUIET_AFTER_ESCAPE if key == "escape" else _QUIET)
        return len(self.raw) - start

    def send(self, data: bytes, quiet: float = _QUIET) -> None:
        """Send bytes as they are, such as those of a mouse, and read until nothing came for that many seconds."""
        os.set_blocking(self._ours, False)
        left = memoryview(data)
        end = time.monotonic() + 3 * PATIENCE
        while left:
            assert time.monotonic() < end, f"{len(left)} bytes are not taken"
            try:
                left = left[os.write(self._ours, left[:4096]) :]
            except BlockingIOError:
                self._read(0.01)
        os.set_blocking(self._ours, True)
        self.rest(quiet)

    def see(self, text: str) -> None:
        """Wait until a text is on the screen."""
        end = time.monotonic() + PATIENCE
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} is not on the screen:\n{self.text}"
            if not self._read(0.1) and self.process.poll() is not None:
                end = time.monotonic()

    def rest(self, seconds: float = _QUIET) -> int:
        """Read until nothing came for that long; give the number of bytes."""
        start = len(self.raw)
        while self._read(seconds):
            pass
        return len(self.raw) - start

    def resize(self, columns: int, rows: int) -> None:
        """Resizes the terminal, as dragging its window does."""
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)
        os.killpg(self.process.pid, signal.SIGWINCH)
        self.rest()

    def leave(self, patience: float = PATIENCE) -> int:
        """Wait for the end of the program, and give its exit code."""
        end = time.monotonic() + patience
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still running:\n{self.text}"
            if self._connected:
                self._read(0.05)
            else:
                time.sleep(0.01)
        if self._connected:
            self.rest(0.05)
        return self.process.returncode

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:
            return False  # whoever had the terminal was killed with all that it had open
        self.raw += data
        self._stream.feed(data)
        return True

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more}


def children(pid: int) -> list[int]:
    """Returns the processes that a process has started and that still run."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def lives(pid: int) -> bool:
    """Checks whether a process still runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def await_end(pid: int, patience: float = PATIENCE) -> None:
    """Wait until a process has ended."""
    end = time.monotonic() + patience
    while lives(pid):
        assert time.monotonic() < end, f"process {pid} still runs"
        time.sleep(0.01)


def memory(pid: int) -> float:
    """Returns the memory that a process has in use, in megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
