"""The writer never makes the screen wait, and says when the terminal has no room for a frame."""

import os
import pty
import threading
import time
import tty
from collections.abc import Callable, Iterator

import pytest

from planner.tui.terminal.output import ENOUGH, Writer

FRAME = "x" * 4096


class Line:
    """A terminal whose other side is read when asked, and a writer to it."""

    def __init__(self) -> None:
        self.ours, self.its = pty.openpty()
        tty.setraw(self.its)
        self.dead, self.drained = threading.Event(), threading.Event()
        self.writer = Writer(self.its, self.dead.set, self.drained.set)
        self.writer.start()

    def read(self, until: Callable[[], bool]) -> bytes:
        """Read until something is so."""
        os.set_blocking(self.ours, False)
        end, data = time.monotonic() + 10, b""
        while not until():
            assert time.monotonic() < end
            try:
                data += os.read(self.ours, 1 << 16)
            except BlockingIOError:
                time.sleep(0.001)
        return data


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.writer.abort()
    for descriptor in (line.ours, line.its):
        try:
            os.close(descriptor)
        except OSError:
            continue  # the test has closed it


def test_what_is_written_arrives_in_order(line: Line) -> None:
    for number in range(100):
        line.writer.write(f"{number:04}")
    wanted = b"".join(b"%04d" % number for number in range(100))
    got = b""
    while len(got) < len(wanted):
        got += os.read(line.ours, 1 << 16)
    assert got == wanted


def test_what_the_terminal_takes_at_once_waits_for_no_thread() -> None:
    ours, its = pty.openpty()
    tty.setraw(its)
    writer = Writer(its, lambda: None, lambda: None)
    writer.write("here")  # no thread has been started
    assert os.read(ours, 10) == b"here"
    for number in range(2000):
        writer.write(f"{number:08}")
    writer.start()
    wanted = b"".join(b"%08d" % number for number in range(2000))
    got = b""
    while len(got) < len(wanted):
        got += os.read(ours, 1 << 16)
    assert got == wanted, "what did not fit came later, in order"
    assert writer.stop()
    for descriptor in (ours, its):
        os.close(descriptor)


def test_nothing_is_written_once_it_has_ended(line: Line) -> None:
    theirs, others = os.pipe()
    assert line.writer.stop()
    os.dup2(others, line.writer._terminal)  # whoever opens something next may get that number
    line.writer.write("late")
    os.set_blocking(theirs, False)
    with pytest.raises(BlockingIOError):
        os.read(theirs, 10)
    for descriptor in (theirs, others, line.writer._terminal):
        os.close(descriptor)


def test_a_terminal_that_takes_nothing_has_no_room_for_frames_until_it_reads(line: Line) -> None:
    start = time.monotonic()
    sent = 0
    while line.writer.keeps_up():
        line.writer.write(FRAME)
        sent += len(FRAME)
    assert time.monotonic() - start < 60
    assert sent <= 2 * ENOUGH
    line.writer.write("needed")
    got = line.read(line.drained.is_set)
    while not got.endswith(b"needed"):
        got += os.read(line.ours, 1 << 16)
    assert len(got) == sent + len("needed")
    assert line.writer.keeps_up()


def test_a_terminal_that_keeps_up_is_never_painted_anew(line: Line) -> None:
    line.writer.write(FRAME)
    line.read(lambda: not line.writer._under_way)
    assert line.writer.keeps_up()
    assert not line.drained.is_set()


def test_a_terminal_that_is_gone_is_noticed_once(line: Line) -> None:
    os.close(line.ours)
    line.ours = -1
    line.writer.write(FRAME)
    assert line.dead.wait(5)
    line.writer.write(FRAME)
    assert line.writer.stop()


def test_ending_does_not_wait_for_a_terminal_that_takes_nothing(line: Line) -> None:
    for _ in range(100):
        line.writer.write(FRAME)
    assert not line.writer.stop(0.2)
    line.writer.abort()
    assert not line.writer.is_alive()
