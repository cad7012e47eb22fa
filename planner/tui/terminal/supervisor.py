"""A parent that only waits: it puts the terminal back when the planner dies of what no program can catch.

It is forked before anything heavy is loaded, which takes less than a millisecond.
"""

import os
import signal
from collections.abc import Callable
from types import FrameType

from planner.tui.terminal.modes import FRAMES, attributes, restore

ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""The signals that ask the planner to end."""

_STUCK = 8
"""Seconds from a request to end after which the planner is taken for stuck in code that lets no signal in."""


def supervised(planner: Callable[[int], int]) -> int:
    """Run the planner in a child and give its exit code: 128+n if a signal ended it.

    Args:
        planner: gets a descriptor that hangs up when this parent is gone.
    """
    before = attributes()
    gone, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(held)
        return planner(gone)
    os.close(gone)
    _pass_on(child)
    status = _wait(child, before)
    if not os.WIFSIGNALED(status):
        return os.waitstatus_to_exitcode(status)
    number = os.WTERMSIG(status)
    restore(before)
    _say(f"sav-planner: ended by {signal.Signals(number).name}; what was not saved is offered at the next start\n")
    return 128 + number


def _pass_on(child: int) -> None:
    def forward(number: int, frame: FrameType | None) -> None:
        _kill(child, number)
        signal.alarm(_STUCK)

    for number in ENDINGS:
        signal.signal(number, forward)
    signal.signal(signal.SIGALRM, lambda number, frame: _kill(child, signal.SIGKILL))
    for number in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(number, signal.SIG_IGN)  # the child stops, and this parent does as it did


def _wait(child: int, before: list[object] | None) -> int:
    """Wait for the end; whenever the child is stopped, stop too, so that the shell sees a stopped job."""
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return status
        if attributes() not in (before, None):
            restore(before)  # it was stopped without warning
        if _went_on(child):
            continue
        os.kill(os.getpid(), signal.SIGSTOP)
        if not _went_on(child):
            _kill(child, signal.SIGCONT)  # only this parent was told to go on


def _went_on(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WCONTINUED | os.WNOHANG) is not None


def wake_watcher(watcher: int) -> None:
    """Have the parent go on too, in case it stops just as the planner goes on: a shell would wait for it for ever."""
    if os.getppid() == watcher:
        os.kill(watcher, signal.SIGCONT)


def _kill(child: int, number: int) -> None:
    try:
        os.kill(child, number)
    except ProcessLookupError:
        return  # it ended by itself meanwhile


def _say(text: str) -> None:
    try:
        os.write(FRAMES, text.encode())
    except OSError:
        return  # nobody is left to read it; the exit code still tells
