"""Saving from the screen: in a thread, as a disk may take its time, with the questions that a save may lead to."""

from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING

from planner.plan.plan import Plan
from planner.session.background import WRITES
from planner.session.workspace import change_summary, comparison_lines, resolved
from planner.storage.atomic_write import Saved
from planner.storage.plan_files import Bounds, PlanFileError, SaveError, read_plan
from planner.storage.settings import remember
from planner.storage.toml_reader import PlanText
from planner.tui.app import planner_app
from planner.tui.screens.help import Choice, read
from planner.tui.widgets.text_pane import Piece

if TYPE_CHECKING:
    from planner.tui.screens.file_actions import FilingScreen

Then = Callable[[], object]
"""What was meant to follow the save: to quit, or to open another plan."""

OnDisk = PlanText | PlanFileError | None
"""What the file holds that changed since it was opened, or why that cannot be read; None where it did not."""

_ANOTHER_NAME = ("a", "keep mine under another name", "another")


class Saver:
    """The saves of a screen, one at a time.

    Attributes:
        under_way: a save has begun and not ended.
    """

    def __init__(self, screen: "FilingScreen") -> None:
        self.under_way = False
        self._screen = screen

    def save(self, path: str, *, overwrite: bool, protected_too: bool = False, then: Then | None = None) -> None:
        """Save the plan as it stands now; it can be edited further meanwhile."""
        screen, plan, file = self._screen, self._screen.work.plan, self._screen.work.file
        if self.under_way:
            screen.say("The last save is not over yet.", "muted")
            return

        def store() -> None:
            outcome: Saved | Exception
            there: OnDisk = None
            try:
                outcome = file.save(plan, path, overwrite=overwrite, protected_too=protected_too)
            except Exception as error:
                outcome = error
                if isinstance(error, SaveError) and error.reason == "changed":
                    there = _read(path, screen.work.bounds)
            screen.call_later(self._end, plan, path, outcome, there, then)

        self.under_way = True
        screen.say(f"Saving {resolved(path)}", "muted")
        Thread(target=store, name="save", daemon=True).start()

    def _end(self, plan: Plan, path: str, outcome: Saved | Exception, there: "OnDisk", then: Then | None) -> None:
        self.under_way = False
        if there is not None:
            self._ask_about_change(plan, path, there, then)
            return
        if isinstance(outcome, SaveError):
            self._explain(plan, path, outcome, then)
            return
        if isinstance(outcome, Exception):
            raise outcome
        self._screen.work.saved(plan, path, outcome)
        self._screen.close_entry()
        self._screen.show_plan()
        self._screen.show_warnings()
        WRITES.add(lambda: remember(path))
        self._screen.say("; ".join((f"Saved {resolved(path)}", *outcome.notes)))
        if then is not None:
            then()

    def _explain(self, plan: Plan, path: str, error: SaveError, then: Then | None) -> None:
        """Say why nothing was saved, and ask what to do where there is a choice."""
        screen, name = self._screen, resolved(path)
        if error.reason == "appeared":
            self.ask_to_overwrite(path, then)
        elif error.reason == "vanished":
            question = f"{name} is gone from the disk since it was opened. Nothing is saved yet."
            self._ask(question, path, then, ("s", "save it there again", "again"))
        elif error.reason == "protected":
            question = f"{name} is read-only. Nothing is saved yet."
            self._ask(question, path, then, ("o", "replace it all the same; it stays read-only", "protected"))
        elif error.reason == "in use":
            question = f"{name} is open in another session of sav-planner. Nothing is saved yet."
            self._ask(question, path, then, ("t", "try again, once that session is over", "try"))
        else:
            if error.reason == "unconfirmed":
                screen.work.unconfirmed(path)
            screen.show_plan()
            screen.ask("save", "Save as", path, then)
            screen.say(str(error), "error")

    def ask_to_overwrite(self, path: str, then: Then | None) -> None:
        """Ask before anything takes the place of a file that this plan did not come from."""

        def answered(answer: str | None) -> None:
            if answer:
                self.save(path, overwrite=True, then=then)

        question = f"{resolved(path)} exists already. Overwrite it?"
        self._screen.app.push_screen(Choice(question, [("o", "overwrite it", "overwrite")]), answered)

    def _ask(self, question: str, path: str, then: Then | None, choice: tuple[str, str, str]) -> None:
        def answered(answer: str | None) -> None:
            if answer == "another":
                self._screen.ask("save", "Save as", path, then)
            elif answer == "again":
                self.save(path, overwrite=False, then=then)
            elif answer:
                self.save(path, overwrite=True, protected_too=answer == "protected", then=then)

        self._screen.app.push_screen(Choice(question, [choice, _ANOTHER_NAME]), answered)

    def _ask_about_change(self, mine: Plan, path: str, found: PlanText | PlanFileError, then: Then | None) -> None:
        """Show both versions, and keep both unless one is dropped by name."""
        screen, work = self._screen, self._screen.work
        if isinstance(found, PlanFileError):
            question = f"{resolved(path)} changed on the disk since it was opened, and is no plan any more: {found}"
            answers = [_ANOTHER_NAME, ("o", "overwrite it with mine", "overwrite")]
        else:
            differs = change_summary(mine, found.plan, work.catalogue)
            question = (
                f"{resolved(path)} changed on the disk since it was opened. Nothing is saved yet. "
                f"Compared with mine, the one on the disk has: {differs}."
            )
            answers = [
                _ANOTHER_NAME,
                ("c", "compare the two", "compare"),
                ("t", "take the one on the disk; u brings mine back", "take"),
                ("o", "overwrite the one on the disk with mine", "overwrite"),
            ]

        def answered(answer: str | None) -> None:
            if answer == "another":
                screen.ask("save", "Save as", path, then)
            elif answer == "compare" and isinstance(found, PlanText):
                read(
                    planner_app(screen),
                    lambda width: [
                        (Piece(line),) for line in comparison_lines(mine, found.plan, work.catalogue, width)
                    ],
                    lambda _: self._ask_about_change(mine, path, found, then),
                )
            elif answer == "take" and isinstance(found, PlanText):
                work.take_over(found)
                screen.show_plan()
                screen.say("This is the plan on the disk; u brings yours back.")
            elif answer == "overwrite":
                work.file.base = found.sha256 if isinstance(found, PlanText) else ""  # that one, and no later one
                self.save(path, overwrite=True, then=then)

        screen.app.push_screen(Choice(question, answers), answered)


def _read(path: str, bounds: Bounds) -> PlanText | PlanFileError:
    try:
        return read_plan(path, bounds)
    except PlanFileError as error:
        return error
