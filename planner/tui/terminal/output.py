"""Output to the terminal: only the cells that differ, and no frame that a slow line has no room for."""

import asyncio
import collections
import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from planner.tui.terminal.cell_diff import SentScreen

ENOUGH = 128 << 10
"""Bytes under way from which on frames are left out: the terminal does not keep up."""

_AT_ONCE = 1 << 16
_LOOK_AGAIN = 200
"""Milliseconds after which a terminal that takes nothing is tried again, if it does not report itself."""

_LARGE = 2048
"""Bytes of a frame from which on the terminal is told to show it at once."""
_AT_ONCE_ON, _AT_ONCE_OFF = "\x1b[?2026h", "\x1b[?2026l"
_QUESTION = "\x1b[6n"
"""Asks for the cursor position. The answer tells that everything before the question has been read."""


class CellOutput:
    """The cells that the terminal shows, and what is sent to change them. All methods belong to the event loop.

    Attributes:
        synchronized: the terminal can show a frame at once.
        questions: number of cursor positions asked for.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.synchronized = False
        self.questions = 0
        self._loop = loop
        self._cells = SentScreen()
        self._flow = FlowControl(monotonic)
        self._give_up_timer: asyncio.TimerHandle | None = None
        self._cursor = (0, 0)
        self._writer: Writer | None = None

    def open(self, descriptor: int, on_dead: Callable[[], object]) -> None:
        """Begin to write to a terminal; ``on_dead`` is called in another thread when it is gone."""
        self._writer = Writer(descriptor, on_dead, self._drained)
        self._writer.start()
        self._flow = FlowControl(monotonic)
        self._cells.forget()

    def close(self) -> bool:
        """Write what is left and end; False if the terminal did not take it in time."""
        writer, self._writer = self._writer, None
        if self._give_up_timer is not None:
            self._give_up_timer.cancel()
            self._give_up_timer = None
        if writer is None or writer.stop():
            return True
        writer.abort()
        return False

    def abort(self) -> None:
        """Write nothing more. May be called from any thread."""
        if self._writer is not None:
            self._writer.abort()

    @property
    def is_open(self) -> bool:
        """True while the terminal takes output."""
        return self._writer is not None and not self._writer.dead

    @property
    def awaits_answer(self) -> bool:
        """True while a question is out, to a terminal that answers."""
        return self._flow.waiting

    def write(self, text: str) -> None:
        """Write a text as it is."""
        if self._writer is not None:
            self._writer.write(text)

    def frame(self, data: str, size: tuple[int, int]) -> None:
        """Reads what Textual writes, for a screen of (width, height) cells; `send` sends it."""
        self._cells.resize(*size)
        for control in self._cells.read(data):
            self.write(control)

    def send(self) -> None:
        """Send the cells that differ, unless the line is still full of what was sent before."""
        writer = self._writer
        if writer is None:
            return
        if self._flow.full:
            if self._flow.asks():  # more was sent behind the question that is answered by now
                self._ask()
            if self._give_up_timer is None:
                self._give_up_timer = self._loop.call_later(self._flow.patience, self._give_up)
            return
        if not writer.keeps_up():
            return
        frame = self._cells.difference()
        cursor = self._cells.cursor
        if not frame and cursor == self._cursor:
            return
        self._cursor = cursor
        if cursor[1]:  # nothing is typed in the first row: the cursor rests there, hidden
            frame += f"\x1b[{cursor[1] + 1};{cursor[0] + 1}H"
        if not frame:
            return
        if len(frame) > _LARGE and self.synchronized:
            frame = f"{_AT_ONCE_ON}{frame}{_AT_ONCE_OFF}"
        writer.write(frame)
        if self._flow.sent(len(frame)):
            self._ask()

    def redraw(self) -> None:
        """Send the whole screen: the terminal has lost what it showed."""
        self._cells.forget()
        self.send()

    def answered(self) -> None:
        """Note an answer of the terminal and send what waited for it."""
        self._flow.answered()
        if self._give_up_timer is not None:
            self._give_up_timer.cancel()
            self._give_up_timer = None
        self.send()

    def _ask(self) -> None:
        self.questions += 1
        self.write(_QUESTION)

    def _give_up(self) -> None:
        self._give_up_timer = None
        if self._flow.full:
            self._flow.give_up()
        self.send()

    def _drained(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: there is nothing left to send
            self._loop.call_soon_threadsafe(self.send)


class Writer(threading.Thread):
    """Writes what the terminal takes at once, and the rest in a thread, so that the screen never waits for it.

    Attributes:
        dead: the terminal is gone.
    """

    def __init__(self, descriptor: int, on_dead: Callable[[], object], on_drained: Callable[[], object]) -> None:
        """Open the terminal behind a file descriptor once more.

        Args:
            descriptor: of a terminal.
            on_dead: called in this thread when the terminal is gone.
            on_drained: called in this thread when all is written, if `keeps_up` was False before.
        """
        super().__init__(daemon=True, name="terminal-output")
        self.dead = False
        self._terminal = _reopened(descriptor)
        self._at_once = not os.get_blocking(self._terminal)
        self._on_dead, self._on_drained = on_dead, on_drained
        self._parts: collections.deque[bytes] = collections.deque()
        self._under_way = 0
        self._left_out = False
        self._ending = False
        self._changed = threading.Condition()

    def keeps_up(self) -> bool:
        """Return whether the terminal has room for a frame."""
        with self._changed:
            self._left_out = self._left_out or self._under_way > ENOUGH
            return self._under_way <= ENOUGH

    def write(self, text: str) -> None:
        """Write a text as soon as the terminal takes it."""
        data = text.encode("utf-8", "replace")
        with self._changed:
            if self.dead:
                return
            if self._at_once and not self._under_way and not self._ending:
                data = self._try(data)
            if data:
                self._parts.append(data)
                self._under_way += len(data)
                self._changed.notify()

    def _try(self, data: bytes) -> bytes:
        """Write what the terminal takes without waiting, which saves a thread switch per key; return the rest."""
        try:
            return data[os.write(self._terminal, data[:_AT_ONCE]) :]
        except OSError:
            return data  # the thread meets the same error and handles it

    def run(self) -> None:
        """Write until told to stop, or until the terminal is gone."""
        try:
            while (data := self._next()) is not None:
                self._write(data)
                with self._changed:
                    drained = self._left_out and not self._parts and not self.dead
                    self._left_out = self._left_out and not drained
                if drained:
                    self._on_drained()
        except OSError:
            self._stop_taking()
            self._on_dead()
        finally:
            os.close(self._terminal)

    def stop(self, patience: float = 1.0) -> bool:
        """Write what is under way and end; False if the terminal did not take it in time."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self.join(patience)
        return not self.is_alive()

    def abort(self) -> None:
        """End at once, whatever is under way."""
        self._stop_taking()
        self.stop(0.5)

    def _stop_taking(self) -> None:
        with self._changed:
            self.dead = True
            self._parts.clear()
            self._changed.notify()

    def _next(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._parts or self._ending or self.dead)
            if not self._parts:
                return None
            data = b"".join(self._parts)
            self._parts.clear()
            return data

    def _write(self, data: bytes) -> None:
        poller = select.poll()
        poller.register(self._terminal, select.POLLOUT)
        left = memoryview(data)
        while left and not self.dead:
            try:
                count = os.write(self._terminal, left[:_AT_ONCE])
            except BlockingIOError:
                poller.poll(_LOOK_AGAIN)
                continue
            left = left[count:]
            with self._changed:
                self._under_way -= count


def _reopened(descriptor: int) -> int:
    """Return a new non-blocking descriptor of the terminal; the one that the shell shares stays blocking."""
    try:
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return os.dup(descriptor)  # writing may block then, but only this thread


ASK_AFTER = 256
"""Bytes sent since the last question before the next one is asked; most keys ask nothing."""
LEAST, MOST = 512, 1 << 16
"""Bounds of what may be unanswered, in bytes: about half a second of 9,600 bit/s, and as good as no bound."""
PROMPT = 0.15
"""Seconds that an answer may take longer than the quickest one before the line counts as full."""
PATIENCE, MOST_PATIENCE = 3.0, 60.0
"""Seconds after which a frame waits no longer for an answer; twice as long each time that none came."""


class FlowControl:
    """Bytes sent and questions answered. A terminal that never answered a question is never waited for."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._unasked = 0
        self._asked: tuple[int, float] | None = None
        self._quickest = float("inf")
        self._window = LEAST
        self._answers = False
        self._given_up = False
        self.patience = PATIENCE

    @property
    def waiting(self) -> bool:
        """A question is out, to a terminal that answers."""
        return self._answers and self._asked is not None

    @property
    def full(self) -> bool:
        """The next frame has to wait."""
        asked = self._asked[0] if self._asked is not None else 0
        return self._answers and asked + self._unasked > self._window

    def sent(self, count: int) -> bool:
        """Counts bytes that went out; returns True if the terminal has to be asked now."""
        self._unasked += count
        return self.asks()

    def asks(self) -> bool:
        """Returns True, and notes a question, if none is out and enough was sent since the last."""
        if self._asked is not None or self._unasked < ASK_AFTER:
            return False
        self._asked = (self._unasked, self._clock())
        self._unasked = 0
        return True

    def answered(self) -> None:
        """Note an answer: the line carries more at once if it came promptly, less if not."""
        if self._asked is None:
            return
        took = self._clock() - self._asked[1]
        if self._given_up and took < self._quickest:
            self._window = LEAST  # it answers a question that was given up: the line is slower than was thought
            return
        self._asked = None
        self._given_up = False
        self._quickest = min(self._quickest, took)
        prompt = took <= self._quickest + PROMPT
        self._window = min(MOST, self._window * 2) if prompt else max(LEAST, self._window // 2)
        self._answers = True
        self.patience = PATIENCE

    def give_up(self) -> None:
        """Wait no longer for the answer that is out; the next one may take twice as long."""
        self._asked = None
        self._given_up = True
        self.patience = min(MOST_PATIENCE, self.patience * 2)
