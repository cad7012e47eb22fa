"""Flow control: frames that a slow line could not show in time are never made.

Behind a session over SSH are buffers that hold minutes of a slow line's work. Frames put into them all come out, long
after the keys that asked for them. So the terminal is asked, now and then, to answer behind what was sent; while more
than the line carries in a moment is still unanswered, the next frame waits, and then shows only how things stand.
"""

from collections.abc import Callable

ASK_AFTER = 256
"""Bytes sent since the last question before the next one is asked; most keys ask nothing."""
LEAST, MOST = 512, 1 << 16
"""Bounds of what may be unanswered, in bytes: about half a second of 9,600 bit/s, and as good as no bound."""
PROMPT = 0.15
"""Seconds that an answer may take longer than the quickest one before the line counts as full."""
PATIENCE, MOST_PATIENCE = 3.0, 60.0
"""Seconds after which a frame waits no longer for an answer; twice as long each time that none came."""


class Flow:
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
