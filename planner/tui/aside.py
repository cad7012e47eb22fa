"""Something that takes its time, done beside a screen in a thread, one at a time, and given up when that is asked."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from textual.screen import Screen

from planner.network.cancellation import Stopped, StoppedError

SOON = 0.15
"""Seconds that a screen waits for what is mostly over by then, before it says that it is under way."""


class Aside:
    """The work of one screen.

    Attributes:
        under_way: something is being done, and its end has not been told.
    """

    def __init__(self, screen: Screen[Any]) -> None:
        self.under_way = False
        self._screen = screen
        self._stop = Event()

    def begin(self, work: Callable[[Stopped], object], end: Callable[[object], None], *, patience: float = 0.0) -> bool:
        """Do ``work`` in a thread; ``end`` gets what it gave or raised, on the screen, unless it was given up before.

        ``work`` gets what tells it whether it was given up. What is under way is given up. For ``patience`` seconds the
        screen waits: what is over by then has ended when this returns False. No thread keeps the planner from being
        left.
        """
        self.stop()
        stop = self._stop = Event()
        outcomes: list[object] = []

        def do() -> None:
            try:
                outcomes.append(work(stop.is_set))
            except StoppedError:
                return
            except Exception as error:
                outcomes.append(error)
            if awaited.is_set():
                self._screen.call_later(told)

        def told() -> None:
            if not stop.is_set() and outcomes:
                self.under_way = False
                end(outcomes.pop())

        awaited = Event()
        self.under_way = True
        thread = Thread(target=do, name="aside", daemon=True)
        thread.start()
        if patience:
            thread.join(patience)
        awaited.set()
        told()
        return self.under_way

    def stop(self) -> bool:
        """Give up what is under way, if anything is."""
        self._stop.set()
        was, self.under_way = self.under_way, False
        return was


def said_or_done(
    done: Callable[[Any], object],
    refuses: type[Exception] | tuple[type[Exception], ...],
    say: Callable[[str, str], None],
) -> Callable[[object], None]:
    """Give what takes an outcome: ``refuses`` are said, other errors raised, a result goes to ``done``."""

    def ended(outcome: object) -> None:
        if isinstance(outcome, refuses):
            say(str(outcome), "error")
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            done(outcome)

    return ended


class Store:
    """What a screen has written to a disk, which may take its time: one at a time, and never given up half way.

    A screen that is left meanwhile is told nothing any more; what is being written is written.
    """

    def __init__(self, screen: Screen[Any], say: Callable[[str, str], None]) -> None:
        self.screen = screen
        self._aside = Aside(screen)
        self._say = say

    @property
    def under_way(self) -> bool:
        """Something is being written."""
        return self._aside.under_way

    def write(
        self, words: str, work: Callable[[], Any], done: Callable[[Any], object], refuses: type[Exception]
    ) -> None:
        """Do ``work`` beside the screen: ``words`` say what, ``done`` gets what it gave, ``refuses`` is said."""
        if self.under_way:
            self._say("The last one is still being written.", "muted")
        elif self._aside.begin(lambda stopped: work(), said_or_done(done, refuses, self._say), patience=SOON):
            self._say(words, "muted")

    def forget(self) -> None:
        """Tell nobody any more how it ended."""
        self._aside.stop()
