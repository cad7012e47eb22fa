"""Writes to the terminal: what it takes at once, and the rest in a thread, which outlives a terminal's end.

The screen never waits for it.
"""

import collections
import os
import select
import threading
from collections.abc import Callable

ENOUGH = 128 << 10
"""Bytes under way from which on frames are left out: the terminal does not keep up."""

_AT_ONCE = 1 << 16
_LOOK_AGAIN = 200
"""Milliseconds after which a terminal that takes nothing is asked again, if it does not report itself."""


class Writer(threading.Thread):
    """A writer with the interface of Textual's.

    Attributes:
        dead: the terminal takes no more, ever.
    """

    def __init__(self, descriptor: int, on_dead: Callable[[], object], on_drained: Callable[[], object]) -> None:
        """Write to the terminal behind a descriptor.

        Args:
            descriptor: of a terminal.
            on_dead: called in this thread when the terminal is gone.
            on_drained: called in this thread when all is written and something was left out before.
        """
        super().__init__(daemon=True, name="terminal-output")
        self.dead = False
        self._terminal = _own(descriptor)
        self._at_once = not os.get_blocking(self._terminal)
        self._on_dead, self._on_drained = on_dead, on_drained
        self._parts: collections.deque[bytes] = collections.deque()
        self._under_way = 0
        self._left_out = False
        self._ending = False
        self._changed = threading.Condition()

    def write(self, text: str, *, needed: bool = False) -> None:
        """Have a text written, unless the terminal does not keep up and the text is not needed."""
        data = text.encode("utf-8", "replace")
        with self._changed:
            if self.dead:
                return
            if self._under_way > ENOUGH and not needed:
                self._left_out = True
                return
            if self._at_once and not self._under_way and not self._ending:
                data = self._try(data)
            if data:
                self._parts.append(data)
                self._under_way += len(data)
                self._changed.notify()

    def _try(self, data: bytes) -> bytes:
        """Write what the terminal takes without waiting, which spares a key the turn of a thread; give the rest."""
        try:
            return data[os.write(self._terminal, data[:_AT_ONCE]) :]
        except OSError:
            return data  # whatever it is, the thread meets it too, and knows what it means

    def flush(self) -> None:
        """Do nothing: everything is written as soon as may be."""

    def isatty(self) -> bool:
        """Say yes."""
        return True

    def fileno(self) -> int:
        """Give the descriptor that is written to."""
        return self._terminal

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


def _own(descriptor: int) -> int:
    """Open the terminal once more: that this opening does not block must not leak into what the shell has open."""
    try:
        return os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return os.dup(descriptor)  # writing may block then, but only this thread
