"""How the planner ends when somebody else ends it: signals, a terminal that hangs up, a crash, a parent that is gone.

One thread waits for all of them. It depends neither on the event loop nor on the terminal, so neither a blocked handler
nor a stalled line can hold it up: the journal is written first, then the app is asked to leave, and if that takes too
long the terminal is put back and the process ends.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable

from planner.tui.terminal.modes import KEYS, attributes, restore
from planner.tui.terminal.supervisor import ENDINGS

GRACE = 3.0
"""Seconds that the app may take to leave."""

_AT_ONCE = 3
"""So many requests end the process without waiting any longer."""

_APART = 0.3
"""Seconds between requests: a signal comes twice where a whole group gets it and the parent passes it on."""


class Ending:
    """The end of this process, once it is asked for.

    Attributes:
        code: the exit code that was asked for, 0 while none was.
        hung_up: the terminal is gone.
        restored: the terminal was put back already.
        silence: stops whatever writes to the terminal, before it is put back from here.
    """

    def __init__(self, flush: Callable[[], object], parent: int = -1) -> None:
        self.code = 0
        self.hung_up = False
        self.restored = False
        self.silence: Callable[[], object] = lambda: None
        self._flush = flush
        self._leave: Callable[[int], object] | None = None
        self._before = attributes()
        self._woken, self._wake = os.pipe()
        self._requests = 0
        self._last = self._deadline = float("-inf")
        self._poller = select.poll()
        self._poller.register(self._woken, select.POLLIN)
        self._poller.register(KEYS, 0)  # that it hung up is reported unasked
        if parent >= 0:
            self._poller.register(parent, 0)

    def install(self) -> None:
        """Take the signals over, and begin to wait."""
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        # The number of a signal is written by C code at once; the handlers only keep its default from happening.
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in ENDINGS:
            signal.signal(number, lambda number, frame: None)
        threading.Thread(target=self._wait, name="ending", daemon=True).start()

    def leave_by(self, leave: Callable[[int], object]) -> None:
        """Say how the app is asked, from another thread, to leave with a code."""
        self._leave = leave
        if self.code:
            leave(self.code)

    def keep(self) -> None:
        """Write the journal now."""
        self._flush()

    def hang_up(self) -> None:
        """End because the terminal is gone. Any thread may ask."""
        self.hung_up = True
        self.begin(128 + signal.SIGHUP)

    def begin(self, code: int) -> None:
        """End with this code, unless another one came first. Any thread may ask."""
        self.code = self.code or code
        try:
            os.write(self._wake, b"\0")
        except BlockingIOError:
            return  # it is full of requests

    def _wait(self) -> None:
        while True:
            left = self._deadline - time.monotonic()
            found = self._poller.poll(None if self._deadline < 0 else max(0, int(left * 1000)))
            if self._deadline > 0 and time.monotonic() >= self._deadline:
                self._at_once()
            for descriptor, _ in found:
                if descriptor == self._woken:
                    self._read_requests()
                else:
                    self._poller.unregister(descriptor)
                    self.hung_up = self.hung_up or descriptor == KEYS
                    self._request(128 + signal.SIGHUP)

    def _read_requests(self) -> None:
        for number in os.read(self._woken, 512):
            if number == 0 or number in ENDINGS:
                self._request(128 + number if number else self.code)

    def _request(self, code: int) -> None:
        self.code = self.code or code
        now = time.monotonic()
        if now - self._last > _APART:
            self._requests += 1
        self._last = now
        if self._requests >= _AT_ONCE:
            self._at_once()
        if self._deadline < 0:
            self._deadline = now + GRACE
            self._flush()
            if self._leave is not None:
                self._leave(self.code)

    def _at_once(self) -> None:
        self._flush()
        if not self.restored and not self.hung_up:
            self.silence()
            restore(self._before)
        os._exit(self.code)
