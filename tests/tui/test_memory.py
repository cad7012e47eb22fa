"""The memory that a small plan takes on the screen: whatever is opened, however large its terminal claims to be."""

import fcntl
import os
import signal
import struct
import termios

import pytest

from tests.figures import figure
from tests.terminals import Terminal, children, memory, own

pytestmark = pytest.mark.slow

MOST = 70.0
"""Megabytes for the planner; the process that watches over it shares most of its own with it."""

PAGES = ("f1", ",", "S", "v", "E", "d", "h", "X", "D", "tab z r f e")


def _claim(terminal: Terminal, columns: int, rows: int) -> None:
    """Say that the terminal has another size; what is drawn then need not be looked at."""
    fcntl.ioctl(terminal._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.kill(terminal.planner, signal.SIGWINCH)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (65535, 65535)])
def test_a_small_plan_takes_little_memory(columns: int, rows: int) -> None:
    with Terminal(own("one-server")) as terminal:
        terminal.see("Windows servers")
        _claim(terminal, columns, rows)
        terminal.rest(0.5)
        for keys in PAGES:
            terminal.press(f"{keys} escape escape")
        taken = memory(terminal.planner)
        figure(f"memory: a small plan at {columns}x{rows} takes {taken:.0f} MB")
        assert taken < MOST
        assert [memory(child) for child in children(terminal.process.pid)] == [memory(terminal.planner)]
        _claim(terminal, 80, 24)
        terminal.see("Windows servers")
        terminal.press("ctrl+q")
        assert terminal.leave() == 0
