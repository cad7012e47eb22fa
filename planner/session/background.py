"""Background work: one piece at a time in a thread, cancelled by its owner or by the next piece."""

from collections import deque
from collections.abc import Callable
from threading import Condition, Event, Thread
from typing import Any, Generic, TypeVar

from planner.network.partition import Stopped, StoppedError

Result = TypeVar("Result")

SOON = 0.15
"""Seconds that a caller waits for a result, so that short work needs no word about it."""


class Background:
    """Runs one piece of work at a time in a thread.

    Attributes:
        running: a piece of work has begun, and its result has not been delivered.
    """

    def __init__(self, deliver: Callable[[Callable[[], None]], object]) -> None:
        """Create a worker; ``deliver`` runs a function in the owner's thread, and may be called from any thread."""
        self.running = False
        self._deliver = deliver
        self._cancelled = Event()

    def start(self, work: Callable[[Stopped], Any], done: Callable[[Any], object], *, patience: float = 0.0) -> bool:
        """Run ``work`` in a thread, in place of what is running; True if it still runs on return.

        Args:
            work: gets a function that tells whether it was cancelled; may raise StoppedError.
            done: gets the result, or the exception, in the owner's thread; not called once the work was cancelled.
            patience: seconds to wait for the result before this returns.
        """
        self.cancel()
        cancelled = self._cancelled = Event()
        outcomes: deque[object] = deque()
        returned = Event()

        def run() -> None:
            try:
                outcomes.append(work(cancelled.is_set))
            except StoppedError:
                return
            except Exception as error:
                outcomes.append(error)
            if returned.is_set():
                self._deliver(finish)

        def finish() -> None:
            if outcomes and not cancelled.is_set():
                self.running = False
                done(outcomes.popleft())

        self.running = True
        thread = Thread(target=run, name="background", daemon=True)
        thread.start()
        if patience:
            thread.join(patience)
        returned.set()
        finish()
        return self.running

    def cancel(self) -> bool:
        """Cancel what is running; False if nothing is. A write that has begun ends, and nobody is told."""
        self._cancelled.set()
        was, self.running = self.running, False
        return was


def on_result(
    done: Callable[[Any], object],
    refused: type[Exception] | tuple[type[Exception], ...],
    say: Callable[[str, str], None],
) -> Callable[[object], None]:
    """Return a receiver of outcomes: ``refused`` are said, other exceptions raised, results passed to ``done``."""

    def receive(outcome: object) -> None:
        if isinstance(outcome, refused):
            say(str(outcome), "error")
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            done(outcome)

    return receive


class FileWriter:
    """Writes files for a screen, one at a time; a write that has begun is never cancelled."""

    def __init__(self, deliver: Callable[[Callable[[], None]], object], say: Callable[[str, str], None]) -> None:
        self._background = Background(deliver)
        self._say = say

    @property
    def running(self) -> bool:
        """True while a file is being written."""
        return self._background.running

    def write(
        self, words: str, work: Callable[[], Any], done: Callable[[Any], object], refused: type[Exception]
    ) -> None:
        """Run ``work`` in a thread: ``words`` are said if it takes time, exceptions of ``refused`` are said."""
        if self.running:
            self._say("The last one is still being written.", "muted")
        elif self._background.start(lambda _: work(), on_result(done, refused, self._say), patience=SOON):
            self._say(words, "muted")

    def forget(self) -> None:
        """Tell nobody how the write ends."""
        self._background.cancel()


class Preview(Generic[Result]):
    """Result of the latest question: at once where that is quick, else once the background has computed it."""

    def __init__(
        self,
        background: Background,
        later: Callable[[Callable[[], None]], object],
        known: Callable[[], object],
    ) -> None:
        """Create a preview; ``later`` runs a function after the screen is painted, ``known`` asks for the result."""
        self._background, self._later, self._known = background, later, known
        self._asked: tuple[object, str] | None = None
        self._result: Result | None = None

    def get(self, plan: object, question: str, work: Callable[[], Result], *, quick: bool) -> Result | None:
        """Return what ``work`` returns, or None until that is known; plan and question tell one work from another."""
        if quick:
            return work()
        if self._asked is None or self._asked[0] is not plan or self._asked[1] != question:
            asked = self._asked = (plan, question)
            self._result = None
            # The screen is painted first: a thread would take turns with it.
            self._later(lambda: self._start(asked, work))
        return self._result

    def _start(self, asked: tuple[object, str], work: Callable[[], Result]) -> None:
        def done(result: Any) -> None:
            if isinstance(result, Exception):
                raise result
            if asked is self._asked:
                self._result = result
                self._known()

        if asked is self._asked:
            self._background.start(lambda _: work(), done)


class WriteQueue:
    """Runs small writes in a thread, in order, none cancelled: settings and the list of recent plans.

    The thread is a daemon: a disk that hangs keeps nobody from leaving.
    """

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._changed = Condition()
        self._running = False

    def add(self, write: Callable[[], object]) -> None:
        """Run a write once those added before have ended."""
        with self._changed:
            self._waiting.append(write)
            if self._running:
                return
            self._running = True
        Thread(target=self._run, name="writes", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait at most so many seconds until every write has ended; False if one has not."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._running = False
                    self._changed.notify_all()
                    return
                write = self._waiting.popleft()
            write()


WRITES = WriteQueue()
"""Queue of this process."""
