"""The real program in a pseudo terminal, and a terminal emulator that shows what a person would see."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import pyte

from planner.storage.settings import SettingsFile
from tests.commands import ROOT

KEYS = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
    "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "f1": "\x1bOP",
    **{f"ctrl+{c}": chr(ord(c) & 31) for c in "oqsru"},
}  # fmt: skip
PATIENCE = 20.0
"""Seconds that a slow machine may take for anything."""
_QUIET, _QUIET_AFTER_ESCAPE = 0.15, 0.5
"""Seconds without a byte after which the screen has come to rest; a lone Escape is told from an arrow by its pause."""


class Terminal:
    """The planner on a terminal of its own: keys go in as bytes, ``rows`` is what is on the screen."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        inside: Sequence[str] = (),
        first_start: bool = False,
        **environment: str,
    ) -> None:
        """Start the planner with these arguments, as somebody who has seen its tour unless it is the first start.

        ``inside``: a multiplexer's command that runs what follows it.
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
            [*inside, sys.executable, "-m", "planner", *arguments],
            stdin=its,
            stdout=its,
            stderr=its,
            env=_environment(environment),
            start_new_session=True,
        )
        self._its = its

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._its)

    @property
    def rows(self) -> list[str]:
        """What is on the screen, line by line, blanks at the ends left out."""
        return [row.rstrip() for row in self._screen.display]

    @property
    def text(self) -> str:
        """The rows as one text."""
        return "\n".join(self.rows)

    @property
    def settings(self) -> list[Any]:
        """How the terminal is set: echo, line mode, signals."""
        return termios.tcgetattr(self._its)

    def press(self, keys: str) -> int:
        """Press keys apart by blanks, one by one as a person does; what has no name is typed. Give the bytes sent."""
        start = len(self.raw)
        for key in keys.split():
            os.write(self._ours, KEYS.get(key, key).encode())
            self.rest(_QUIET_AFTER_ESCAPE if key == "escape" else _QUIET)
        return len(self.raw) - start

    def send(self, data: bytes, quiet: float = _QUIET) -> None:
        """Send bytes as they are, such as those of a mouse, and read until nothing came for that many seconds."""
        os.write(self._ours, data)
        self.rest(quiet)

    def see(self, text: str) -> None:
        """Wait until a text is on the screen."""
        end = time.monotonic() + PATIENCE
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} is not on the screen:\n{self.text}"
            self._read(0.1)

    def rest(self, seconds: float = _QUIET) -> int:
        """Read until nothing came for that long; give the number of bytes."""
        start = len(self.raw)
        while self._read(seconds):
            pass
        return len(self.raw) - start

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, as dragging its window does."""
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)
        os.killpg(self.process.pid, signal.SIGWINCH)
        self.rest()

    def leave(self) -> int:
        """Wait for the end of the program, and give its exit code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still running:\n{self.text}"
            self._read(0.05)
        self.rest(0.05)
        return self.process.returncode

    def _read(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        data = os.read(self._ours, 1 << 16)
        self.raw += data
        self._stream.feed(data)
        return True

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **more}
