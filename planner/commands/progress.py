"""Progress of a command, shown on a terminal after a moment.

An alarm of the system interrupts the work for a moment: no thread is loaded for what is over before it would be shown,
and where standard error is no terminal nothing is said at all.
"""

import os
import sys
from contextlib import suppress

_FIRST, _EACH = 0.6, 0.5
"""Seconds until the first word, and between words."""


class Progress:
    """One line on standard error, written over itself, and gone before anything else is written."""

    def __init__(self) -> None:
        self._what = "Beginning"
        self._amount = 0
        self._began = 0.0
        self._width = 0

    def begin(self) -> None:
        """Starts to show progress, on a terminal alone."""
        if sys.stderr is None or not sys.stderr.isatty():
            return
        import signal
        import time

        self._began = time.monotonic()
        with suppress(ValueError):  # only the first thread of a program may ask for an alarm
            signal.signal(signal.SIGALRM, lambda number, frame: self._say(time.monotonic() - self._began))
            signal.setitimer(signal.ITIMER_REAL, _FIRST, _EACH)

    def at(self, what: str) -> None:
        """Sets the current task."""
        self._what, self._amount = what, 0

    def read(self, amount: int) -> None:
        """Sets the number of bytes read so far."""
        self._amount = amount

    def end(self) -> None:
        """Stops, and wipes the line."""
        if not self._began:
            return
        import signal

        self._began = 0.0
        with suppress(ValueError):
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self._width:
            self._write(f"\r{' ' * self._width}\r")

    def _say(self, seconds: float) -> None:
        if not self._began:
            return
        amount = f", {self._amount / (1 << 20):.1f} MiB" if self._amount else ""
        text = f"{self._what}{amount}, {seconds:.0f} s; Ctrl+C gives up"
        with suppress(OSError):
            text = text[: (os.get_terminal_size(sys.stderr.fileno()).columns or 80) - 1]
        self._width = max(self._width, len(text))  # before it is written: another signal may come in between
        self._write(f"\r{text.ljust(self._width)}")

    @staticmethod
    def _write(text: str) -> None:
        with suppress(OSError):  # nobody is left to read it
            os.write(sys.stderr.fileno(), text.encode(sys.stderr.encoding, "backslashreplace"))


progress = Progress()
"""The one of this process."""
