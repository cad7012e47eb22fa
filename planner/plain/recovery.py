"""What earlier sessions left unsaved, offered in the question-and-answer mode: taken or dropped by a command.

It is no question of its own: the answers of a script would go to it.
"""

from planner.plain.console import say
from planner.session.left_over import described, on_plan
from planner.session.workspace import Workspace
from planner.storage.journal import Abandoned, left_behind

RECOVERY_HELP = "/recover NUMBER: take what a session left unsaved. /discard NUMBER: be rid of it. Else it is kept."


class Leftovers:
    """What was left behind, by the numbers that it is called by here; held until it is taken, dropped or let go."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        left = left_behind()
        self._damaged = left.damaged
        self._held: dict[int, Abandoned] = {}
        self._words: dict[int, str] = {}
        for found in on_plan(left, work.path):
            words = described(found, work.catalogue, work.bounds)
            if words:
                number = len(self._held) + 1
                self._held[number], self._words[number] = found, words
            else:
                found.drop()

    def __bool__(self) -> bool:
        return bool(self._held)

    def tell(self) -> None:
        """Say what there is, and how it is had.

        Raises:
            ClosedError: nobody reads it.
        """
        for trouble in self._damaged:
            say(f"A recovery file cannot be used: {trouble}")
        for number in self._held:
            say(f"{number}: {self._words[number]}")
        if self._held:
            say(RECOVERY_HELP)

    def recover(self, which: str) -> bool:
        """Put one of them in place of the plan; False, with the reason said, if that cannot be."""
        number = self._chosen(which)
        if number and self._work.session.dirty:
            say("This plan has edits that would be lost: /save or /undo them first.")
        elif number:
            found = self._held.pop(number)
            if self._work.recover(found.snapshot):
                found.drop()
            else:
                found.keep()
            say("Recovered; not saved yet. /undo gives the plan as it was saved.")
            return True
        return False

    def discard(self, which: str) -> None:
        """Be rid of one of them."""
        if number := self._chosen(which):
            self._held.pop(number).drop()
            say("Discarded.")

    def let_go(self) -> None:
        """Leave what is still here for another session."""
        for found in self._held.values():
            found.keep()
        self._held.clear()

    def _chosen(self, which: str) -> int:
        """Give the number that is meant, the only one where none is named; 0, with what is accepted, for none."""
        numbers = [str(number) for number in self._held]
        which = which.strip() or (numbers[0] if len(numbers) == 1 else "")
        if which in numbers:
            return int(which)
        say(f"Nothing left behind has that number; accepted: {', '.join(numbers)}." if numbers else "Nothing is left.")
        return 0
