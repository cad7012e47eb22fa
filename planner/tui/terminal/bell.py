"""Wakes a thread that waits for a descriptor, so that it need not look for the end ten times a second."""

import os
import threading
from contextlib import suppress


class Bell:
    """A pipe that something can be seen in.

    Attributes:
        descriptor: can be read once somebody rang.
    """

    def __init__(self) -> None:
        self.descriptor, self._rope = os.pipe()
        for end in (self.descriptor, self._rope):
            os.set_blocking(end, False)

    def ring(self) -> None:
        """Have the descriptor found readable; from any thread, or from a signal handler."""
        with suppress(OSError):  # it is full: it rings already
            os.write(self._rope, b"!")

    def hush(self) -> None:
        """Have it found readable no more, until somebody rings again."""
        with suppress(OSError):
            os.read(self.descriptor, 4096)


class Rung(threading.Event):
    """An event that rings a bell when it is set."""

    def __init__(self, bell: Bell) -> None:
        super().__init__()
        self._bell = bell

    def set(self) -> None:
        """Set it, and wake who waits for the bell."""
        super().set()
        self._bell.ring()
