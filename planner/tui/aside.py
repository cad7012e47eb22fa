"""Something that takes its time, done beside a screen in a thread, one at a time, and given up when that is asked."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from textual.screen import Screen

from planner.core.partition import StoppedError

Stopped = Callable[[], bool]


class Aside:
    """The work of one screen.

    Attributes:
        under_way: something is being done, and its end has not been told.
    """

    def __init__(self, screen: Screen[Any]) -> None:
        self.under_way = False
        self._screen = screen
        self._stop = Event()

    def begin(self, work: Callable[[Stopped], object], end: Callable[[object], None]) -> None:
        """Do ``work`` in a thread; ``end`` gets what it gave or raised, on the screen, unless it was given up before.

        ``work`` gets what tells it whether it was given up. What is under way is given up. No thread keeps the planner
        from being left.
        """
        self.stop()
        stop = self._stop = Event()

        def do() -> None:
            outcome: object
            try:
                outcome = work(stop.is_set)
            except StoppedError:
                return
            except Exception as error:
                outcome = error
            self._screen.call_later(told, outcome)

        def told(outcome: object) -> None:
            if not stop.is_set():
                self.under_way = False
                end(outcome)

        self.under_way = True
        Thread(target=do, name="aside", daemon=True).start()

    def stop(self) -> bool:
        """Give up what is under way, if anything is."""
        self._stop.set()
        was, self.under_way = self.under_way, False
        return was
