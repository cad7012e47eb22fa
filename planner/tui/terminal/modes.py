"""What the planner turns on in a terminal, and how it is all turned off again, whatever state things are in."""

import os
import select
import signal
import termios
from contextlib import suppress
from typing import Any

RESTORE = (
    b"\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1016l\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1000l"
    b"\x1b[<u\x1b[?1004l\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Off: held frames, bracketed paste, cut lines, reports of size, mouse and focus, kitty's keys, the other screen."""

_TORN = b"\x18"
"""CAN: ends whatever sequence was cut in the middle."""

KEYS, FRAMES = 0, 2
"""The descriptors keys come from and frames go to: standard input and standard error."""

Attributes = list[Any]
"""What ``termios.tcgetattr`` gives."""


def attributes() -> Attributes | None:
    """Give how the terminal is set: echo, line mode, signals; None if it is gone."""
    try:
        return termios.tcgetattr(KEYS)
    except termios.error:
        return None


def restore(before: Attributes | None) -> None:
    """Put the terminal back, as well as can be done without waiting for it; a terminal that is gone is left alone."""
    with suppress(ValueError):  # a thread of its own may not mask signals everywhere
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    with suppress(termios.error):
        if before is not None:
            termios.tcsetattr(KEYS, termios.TCSANOW, before)
    poller = select.poll()
    poller.register(FRAMES, select.POLLOUT)
    with suppress(OSError, termios.error):
        if not poller.poll(50):
            termios.tcflush(FRAMES, termios.TCOFLUSH)  # nobody reads: what waits there would keep this out
        found = poller.poll(100)
        if found and not found[0][1] & select.POLLHUP:
            os.set_blocking(FRAMES, False)
            try:
                os.write(FRAMES, _TORN + RESTORE)
            finally:
                os.set_blocking(FRAMES, True)
