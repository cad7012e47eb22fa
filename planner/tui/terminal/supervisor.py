"""Parent process that restores the terminal when the planner dies of a signal that no program can catch.

It is forked before anything heavy is loaded, which takes less than a millisecond.
"""

import os
import select
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

KEYS, FRAMES = 0, 2
"""File descriptors of input and output: standard input and standard error."""

RESTORE = (
    b"\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1016l\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1000l"
    b"\x1b[<u\x1b[?1004l\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Turns off: synchronized output, bracketed paste, no line wrap, size, mouse and focus reports, kitty's keys, the
alternate screen, the hidden cursor, colours."""

_CANCEL = b"\x18"
"""CAN: ends a sequence that was cut in the middle."""

ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""The signals that ask the planner to end."""

_STUCK = 8
"""Seconds from a request to end until the planner is killed: it runs code that lets no signal in."""

Attributes = list[Any]
"""Terminal attributes, as ``termios.tcgetattr`` returns them."""


def attributes() -> Attributes | None:
    """Return the attributes of the terminal; None if it is gone."""
    try:
        return termios.tcgetattr(KEYS)
    except termios.error:
        return None


def restore(before: Attributes | None) -> None:
    """Restore the terminal as far as that needs no waiting; a terminal that is gone is left alone."""
    with suppress(ValueError):  # a thread may not mask signals on every system
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    with suppress(termios.error):
        if before is not None:
            termios.tcsetattr(KEYS, termios.TCSANOW, before)
    poller = select.poll()
    poller.register(FRAMES, select.POLLOUT)
    with suppress(OSError, termios.error):
        if not poller.poll(50):
            termios.tcflush(FRAMES, termios.TCOFLUSH)  # nobody reads, and unread output would block this write
        found = poller.poll(100)
        if found and not found[0][1] & select.POLLHUP:
            os.set_blocking(FRAMES, False)
            try:
                os.write(FRAMES, _CANCEL + RESTORE)
            finally:
                os.set_blocking(FRAMES, True)


def supervised(planner: Callable[[int], int]) -> int:
    """Run the planner in a child process and return its exit code: 128+n if a signal ended it.

    Args:
        planner: gets a file descriptor that hangs up when this parent is gone.
    """
    before = attributes()
    gone, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(held)
        return planner(gone)
    os.close(gone)
    _forward_signals(child)
    status = _wait_for(child, before)
    if not os.WIFSIGNALED(status):
        return os.waitstatus_to_exitcode(status)
    number = os.WTERMSIG(status)
    restore(before)
    name = signal.Signals(number).name
    _report(f"sav-planner: ended by {name}; what the recovery file holds is offered at the next start\n")
    return 128 + number


def _forward_signals(child: int) -> None:
    def forward(number: int, frame: FrameType | None) -> None:
        _kill(child, number)
        signal.alarm(_STUCK)

    for number in ENDINGS:
        signal.signal(number, forward)
    signal.signal(signal.SIGALRM, lambda number, frame: _kill(child, signal.SIGKILL))
    for number in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(number, signal.SIG_IGN)  # the child stops, and this parent then stops itself


def _wait_for(child: int, before: Attributes | None) -> int:
    """Wait for the end; stop whenever the child is stopped, so that the shell sees a stopped job."""
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return status
        if attributes() not in (before, None):
            restore(before)  # it was stopped without warning
        if _continued(child):
            continue
        os.kill(os.getpid(), signal.SIGSTOP)
        if not _continued(child):
            _kill(child, signal.SIGCONT)  # only this parent was continued


def _continued(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WCONTINUED | os.WNOHANG) is not None


def wake_supervisor(supervisor: int) -> None:
    """Continue the parent too: if it stops just as the planner continues, the shell would wait for it for ever."""
    if os.getppid() == supervisor:
        os.kill(supervisor, signal.SIGCONT)


def _kill(child: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        os.kill(child, number)


def _report(text: str) -> None:
    with suppress(OSError):  # nobody is left to read it; the exit code still tells
        os.write(FRAMES, text.encode())
