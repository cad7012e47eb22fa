"""What the planner keeps for itself, written beside whoever asked: the folder may be on a disk that takes its time."""

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread


class Behind:
    """Work done in a thread, one piece after the other; no thread keeps the planner from being left."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._changed = Condition()
        self._at_work = False

    def do(self, work: Callable[[], object]) -> None:
        """Have something done, once what was asked for before is."""
        with self._changed:
            self._waiting.append(work)
            if self._at_work:
                return
            self._at_work = True
        Thread(target=self._run, name="behind", daemon=True).start()

    def await_end(self, patience: float) -> bool:
        """Wait so many seconds at most until nothing is left to do; False if something is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._at_work, patience)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._at_work = False
                    self._changed.notify_all()
                    return
                work = self._waiting.popleft()
            work()


BEHIND = Behind()
"""That of this process."""
