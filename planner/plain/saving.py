"""Saving and recovery in the question-and-answer mode: nothing is overwritten or recovered unasked."""

from planner.plain.console import COMMANDS, ask, say
from planner.plan.editing import file_stem
from planner.session.background import WRITES
from planner.session.workspace import Workspace, recovery_for, recovery_summary, resolved, typed_path
from planner.storage.journal import RecoveryFile, recovery_files
from planner.storage.plan_files import SaveError
from planner.storage.settings import remember
from planner.text.escaping import visible

_AGAIN = {
    "appeared": "exists already. Overwrite it: yes or no",
    "changed": "was changed by somebody else since it was read. Overwrite it: yes or no",
    "protected": "is read-only. Replace it all the same: yes or no",
}
"""The reasons for not saving after which it can be tried again, once somebody has said yes."""


def save(work: Workspace, typed: str = "") -> bool:
    """Save to the path typed; where there is none, ask for one. False if nothing was saved."""
    named = work.path or f"{file_stem(work.plan)}.toml"
    wanted = typed.strip() or ask(f"Save as (Enter for {visible(named)})").strip() or named
    if (command := wanted.partition(" ")[0]) in COMMANDS:
        say(f"Nothing is saved: {command} is a command, not a file. Type it at the next question.")
        return False
    path = typed_path(wanted)
    again = ""
    while True:
        try:
            saved = _try(work, path, again)
        except SaveError as error:
            if error.reason == again or error.reason not in _AGAIN:
                say(str(error))
                return False
            again = error.reason
            if ask(f"{resolved(path)} {_AGAIN[again]}").strip().lower() not in ("y", "yes"):
                say("Nothing is saved.")
                return False
            continue
        say("; ".join((f"Saved {resolved(path)}", *saved)))
        WRITES.add(lambda: remember(path))
        return True


def _try(work: Workspace, path: str, again: str) -> tuple[str, ...]:
    """Save; ``again``: the reason that somebody has said yes to."""
    if again == "changed":
        work.unconfirmed(path)  # what is there now may be replaced
    overwrite = path == work.path or again in _AGAIN
    saved = work.file.save(work.plan, path, overwrite=overwrite, protected_too=again == "protected")
    work.saved(work.plan, path, saved)
    return saved.notes


RECOVERY_HELP = "/recover NUMBER: take what a session left unsaved. /discard NUMBER: be rid of it. Else it is kept."


class Leftovers:
    """Recovery files by number, locked until they are recovered, discarded or released."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        left = recovery_files()
        self._damaged = left.damaged
        self._held: dict[int, RecoveryFile] = {}
        self._words: dict[int, str] = {}
        for found in recovery_for(left, work.path):
            words = recovery_summary(found, work.catalogue, work.bounds)
            if words:
                number = len(self._held) + 1
                self._held[number], self._words[number] = found, words
            else:
                found.drop()

    def __bool__(self) -> bool:
        return bool(self._held)

    def tell(self) -> None:
        """Print the recovery files and the commands for them. Raises ClosedError: nobody reads it."""
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
        """Return the number that is meant, the only one where none is named; 0, with what is accepted, for none."""
        numbers = [str(number) for number in self._held]
        which = which.strip() or (numbers[0] if len(numbers) == 1 else "")
        if which in numbers:
            return int(which)
        say(f"Nothing left behind has that number; accepted: {', '.join(numbers)}." if numbers else "Nothing is left.")
        return 0
