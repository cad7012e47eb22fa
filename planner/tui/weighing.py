"""What another answer would do to a large plan, worked out beside the screen, so that no key waits for it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from textual.screen import Screen

from planner.plan.plan import Plan
from planner.tui.app import planner_app

QUICK = 5_000
"""Rules of the largest plan about which everything is said at once."""

WEIGHING = "being worked out"
"""What is said of a question whose answer is not known yet."""


def is_quick(plan: Plan) -> bool:
    """Say whether a plan is derived again before anybody could notice."""
    return plan.derived.summary.rules + plan.derived.summary.host_rules <= QUICK


Said = TypeVar("Said")


class Weigher(Generic[Said]):
    """Answers one question at a time: at once about a small plan, when it is worked out about a large one.

    Before the first picture is out, nothing is worked out at all.
    """

    def __init__(self, screen: Screen[int], known: Callable[[], object]) -> None:
        """Work beside a screen; ``known`` is called there once an answer that was not given at once is known."""
        self._screen = screen
        self._tell = known
        self._asked: tuple[Plan, str] | None = None
        self._said: Said | None = None

    def weigh(self, plan: Plan, question: str, work: Callable[[], Said]) -> Said | None:
        """Give what ``work`` gives, or None while that is not known; ``question`` tells one work from another."""
        if planner_app(self._screen).waits_for_picture(self._tell):
            return None
        if is_quick(plan):
            return work()
        if self._asked is None or self._asked[0] is not plan or self._asked[1] != question:
            asked = self._asked = (plan, question)
            self._said = None
            # What is known already is painted first: a thread would take its turns in between.
            self._screen.call_after_refresh(self._start, asked, work)
        return self._said

    def _start(self, asked: tuple[Plan, str], work: Callable[[], Said]) -> None:
        if asked is self._asked:  # or another question was asked meanwhile
            self._screen.run_worker(lambda: self._work(asked, work), thread=True, exclusive=True, group="weighing")

    def _work(self, asked: tuple[Plan, str], work: Callable[[], Said]) -> None:
        said = work()
        self._screen.app.call_from_thread(self._take, asked, said)

    def _take(self, asked: tuple[Plan, str], said: Said) -> None:
        if asked is self._asked:
            self._said = said
            self._tell()
