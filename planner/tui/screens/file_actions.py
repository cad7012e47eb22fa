"""File actions of the plan screen: save, open, recover and quit, with the questions that they lead to."""

from collections.abc import Callable, Sequence
from os.path import isfile
from typing import Any, Protocol

from textual.app import App

from planner.plan.editing import file_stem
from planner.plan.plan import Plan
from planner.session.background import SOON, WRITES, Background, FileWriter
from planner.session.workspace import (
    Workspace,
    change_summary,
    comparison_lines,
    recovery_for,
    recovery_summary,
    resolved,
    typed_path,
)
from planner.storage.atomic_write import Saved
from planner.storage.journal import RecoveryFile, recovery_files
from planner.storage.plan_files import Bounds, PlanFileError, SaveError, read_plan
from planner.storage.settings import remember
from planner.storage.toml_reader import PlanText
from planner.text.escaping import visible
from planner.tui import clipboard
from planner.tui.widgets.input_line import InputLine, TextRequest, complete_path
from planner.tui.widgets.text_pane import Piece

Then = Callable[[], object]
"""Continues after a save: quits, or opens another plan."""

OnDisk = PlanText | PlanFileError | None
"""Content of a file that changed since it was opened, or why it cannot be read; None where it did not change."""

_ANOTHER_NAME = ("a", "keep mine under another name", "another")


class PlanHost(Protocol):
    """Screen of the plan, as its file actions, edits and pages know it."""

    @property
    def app(self) -> App[Any]:
        """The app."""

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        """Call from the screen's own thread."""

    def say(self, text: str, kind: str = "good") -> None:
        """Show a message."""

    def show_plan(self, *, anew: bool = False) -> None:
        """Show the plan as it stands; from the first step if it is another plan."""

    def show_banner(self, text: str) -> None:
        """Show a lasting warning; none for no text."""

    def close_line(self) -> None:
        """Close the input line, and end its news."""


class FileActions:
    """Saves, opens and leaves plans without losing work.

    Attributes:
        background: reads plans; Escape cancels it.
        saving: a save has begun and not ended.
    """

    def __init__(self, host: PlanHost, work: Workspace, line: InputLine) -> None:
        self._host, self._work, self._line = host, work, line
        self.background = Background(host.call_later)
        self._saves = Background(host.call_later)
        self._writer = FileWriter(host.call_later, host.say)

    @property
    def is_busy(self) -> bool:
        """True while a file is read or written."""
        return self.background.running or self._saves.running or self._writer.running

    # Opening and leaving

    def open(self) -> None:
        """Ask for a path and open that plan; unsaved edits are asked about first."""
        self.guard(lambda: self._ask_path("Open plan", "", self.open_plan))

    def leave(self) -> None:
        """Quit; unsaved edits are asked about first."""
        self.guard(lambda: self._host.app.exit(0))

    def begin(self, plan: Plan, news: str) -> None:
        """Begin a plan that has no file yet."""
        self._work.begin(plan)
        self._host.show_plan(anew=True)
        self._host.say(news)

    def begin_from(self, name: str) -> None:
        """Begin a plan from a template."""
        from planner.storage.plan_files import template

        try:
            found = template(name)
        except PlanFileError as error:
            self._host.say(str(error), "error")
        else:
            self.begin(found.plan, f"From the template {name}: every answer is assumed until you confirm it.")

    def open_plan(self, typed: str) -> None:
        """Open a plan in place of this one, or say why it cannot be; Esc gives up one that takes its time."""
        before, path = self._work.plan, typed_path(typed)

        def done(outcome: object) -> None:
            if isinstance(outcome, PlanText) and self._work.plan is before:
                self._opened(outcome, path)  # what was not saved was asked about before it was read
            elif isinstance(outcome, PlanText):
                self.guard(lambda: self._opened(outcome, path))
            elif isinstance(outcome, PlanFileError):
                self._host.say(str(outcome), "error")
            elif isinstance(outcome, Exception):
                raise outcome

        if self.background.start(lambda _: read_plan(path, self._work.bounds), done, patience=SOON):
            self._host.say(f"Reading {resolved(path)}; Esc gives up.", "muted")

    def cancel_reading(self) -> bool:
        """Cancel the plan that is being read; False if there is none."""
        if not self.background.cancel():
            return False
        self._host.say("Given up; the plan here is as it was.", "muted")
        return True

    def _opened(self, found: PlanText, path: str) -> None:
        self._work.replace_by(found, path)
        self._line.close()
        self._host.show_plan(anew=True)
        self.show_warnings()
        WRITES.add(lambda: remember(path))
        self._host.say(f"Opened {resolved(path)}")

    def guard(self, proceed: Then) -> None:
        """Go on at once if nothing would be lost; else ask."""

        def answered(answer: str | None) -> None:
            if answer == "save" and not self._work.path:
                self.save_as(proceed)
            elif answer == "save":
                self._save(self._work.path, overwrite=True, then=proceed)
            elif answer == "drop":
                proceed()

        if self._work.session.dirty:
            question = "This plan has edits that are not saved."
            self._choose(question, [("s", "save", "save"), ("d", "drop them", "drop")], answered)
        else:
            proceed()

    # Saving

    def save(self) -> None:
        """Save to the plan's file; ask for one if it has none."""
        if self._work.path:
            self._save(self._work.path, overwrite=True)
        else:
            self.save_as()

    def save_as(self, then: Then | None = None) -> None:
        """Ask for a path and save there."""
        self._ask_to_save(self._work.path or f"{file_stem(self._work.plan)}.toml", then)

    def _ask_to_save(self, path: str, then: Then | None) -> None:
        self._ask_path("Save as", path, lambda typed: self._save_to(typed, then))

    def _save_to(self, typed: str, then: Then | None) -> None:
        path = typed_path(typed)
        if path != self._work.path and isfile(path):  # noqa: PTH113 - Path.is_file raises where a path cannot be
            self._ask_to_overwrite(path, then)
        else:
            self._save(path, overwrite=path == self._work.path, then=then)

    def _save(self, path: str, *, overwrite: bool, protected_too: bool = False, then: Then | None = None) -> None:
        """Save the plan as it stands now; it can be edited further meanwhile."""
        plan, file, bounds = self._work.plan, self._work.file, self._work.bounds
        if self._saves.running:
            self._host.say("The last save is not over yet.", "muted")
            return

        def write() -> tuple[Saved | Exception, OnDisk]:
            try:
                return file.save(plan, path, overwrite=overwrite, protected_too=protected_too), None
            except Exception as error:
                changed = isinstance(error, SaveError) and error.reason == "changed"
                return error, _read(path, bounds) if changed else None

        def done(outcome: Any) -> None:
            if isinstance(outcome, Exception):
                raise outcome
            saved, there = outcome
            self._saved(plan, path, saved, there, then)

        self._host.say(f"Saving {resolved(path)}", "muted")
        self._saves.start(lambda _: write(), done)

    def _saved(self, plan: Plan, path: str, outcome: Saved | Exception, there: OnDisk, then: Then | None) -> None:
        if there is not None:
            self._ask_about_change(plan, path, there, then)
        elif isinstance(outcome, SaveError):
            self._ask_about_refusal(path, outcome, then)
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            self._work.saved(plan, path, outcome)
            self._line.close()
            self._host.show_plan()
            self.show_warnings()
            WRITES.add(lambda: remember(path))
            self._host.say("; ".join((f"Saved {resolved(path)}", *outcome.notes)))
            if then is not None:
                then()

    def _ask_about_refusal(self, path: str, error: SaveError, then: Then | None) -> None:
        """Explain why nothing was saved, and ask what to do where there is a choice."""
        name = resolved(path)
        if error.reason == "appeared":
            self._ask_to_overwrite(path, then)
        elif error.reason == "vanished":
            question = f"{name} is gone from the disk since it was opened. Nothing is saved yet."
            self._ask_again(question, path, then, ("s", "save it there again", "again"))
        elif error.reason == "protected":
            question = f"{name} is read-only. Nothing is saved yet."
            self._ask_again(question, path, then, ("o", "replace it all the same; it stays read-only", "protected"))
        elif error.reason == "in use":
            question = f"{name} is open in another session of sav-planner. Nothing is saved yet."
            self._ask_again(question, path, then, ("t", "try again, once that session is over", "try"))
        else:
            if error.reason == "unconfirmed":
                self._work.unconfirmed(path)
            self._host.show_plan()
            self._ask_to_save(path, then)
            self._host.say(str(error), "error")

    def _ask_to_overwrite(self, path: str, then: Then | None) -> None:
        """Ask before a file is replaced that this plan did not come from."""

        def answered(answer: str | None) -> None:
            if answer:
                self._save(path, overwrite=True, then=then)

        question = f"{resolved(path)} exists already. Overwrite it?"
        self._choose(question, [("o", "overwrite it", "overwrite")], answered)

    def _ask_again(self, question: str, path: str, then: Then | None, choice: tuple[str, str, str]) -> None:
        def answered(answer: str | None) -> None:
            if answer == "another":
                self._ask_to_save(path, then)
            elif answer == "again":
                self._save(path, overwrite=False, then=then)
            elif answer:
                self._save(path, overwrite=True, protected_too=answer == "protected", then=then)

        self._choose(question, [choice, _ANOTHER_NAME], answered)

    def _ask_about_change(self, mine: Plan, path: str, found: PlanText | PlanFileError, then: Then | None) -> None:
        """Show both versions, and keep both unless one is dropped by name."""
        from planner.tui.screens.help import read

        work = self._work
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
                self._ask_to_save(path, then)
            elif answer == "compare" and isinstance(found, PlanText):
                read(
                    self._host.app,
                    lambda width: [
                        (Piece(line),) for line in comparison_lines(mine, found.plan, work.catalogue, width)
                    ],
                    lambda _: self._ask_about_change(mine, path, found, then),
                )
            elif answer == "take" and isinstance(found, PlanText):
                work.take_over(found)
                self._host.show_plan()
                self._host.say("This is the plan on the disk; u brings yours back.")
            elif answer == "overwrite":
                work.file.base = found.sha256 if isinstance(found, PlanText) else ""  # that one, and no later one
                self._save(path, overwrite=True, then=then)

        self._choose(question, answers, answered)

    # Journal and recovery

    def show_warnings(self) -> None:
        """Show what stands in the way of keeping work safe, for as long as it does."""
        trouble = self._work.journal.trouble if self._work.journal else ""
        warnings = []
        if trouble:
            warnings.append(f"No recovery file is kept of unsaved edits: {trouble}")
        if self._work.file.in_use:
            warnings.append("This plan is open in another session: save it under another name, or end that session.")
        self._host.show_banner(" ".join(warnings))

    def offer_recovery(self) -> None:
        """Offer the recovery files of the open plan; where none is open, those of every plan, one after the other."""
        files = recovery_files()
        self._offer(recovery_for(files, self._work.path))
        if files.damaged:
            self._host.say(f"A recovery file cannot be used: {files.damaged[0]}", "warning")

    def _offer(self, found: Sequence[RecoveryFile]) -> None:
        if not found:
            return
        first, rest = found[0], found[1:]
        question = recovery_summary(first, self._work.catalogue, self._work.bounds)
        if not question:
            first.drop()
            self._offer(rest)
            return

        def answered(answer: str | None) -> None:
            if answer == "recover":
                self._recover(first, rest)
                return
            if answer == "discard":
                first.drop()
            else:
                first.keep()
            self._offer(rest)

        answers = [
            ("r", "recover it", "recover"),
            ("k", "leave it for later, and go on with the saved plan", "keep"),
            ("d", "discard it", "discard"),
        ]
        self._choose(question, answers, answered)

    def _recover(self, first: RecoveryFile, rest: Sequence[RecoveryFile]) -> None:
        for other in rest:
            other.keep()
        if self._work.recover(first.snapshot):
            first.drop()
        else:
            first.keep()
        self._host.show_plan(anew=True)
        self._host.say("Recovered; not saved yet. u shows the plan as it was saved.")

    # Texts

    def write_text(self, text: str, name: str) -> None:
        """Ask for a file to write a text to."""
        self._ask_path(
            "Write to file",
            name,
            lambda typed: clipboard.write(self._host.app, self._writer, text, typed, self._host.say, self._line.close),
            kind="file",
        )

    def _ask_path(self, prompt: str, text: str, entered: Callable[[str], object], kind: str = "plan file") -> None:
        def typed(text: str) -> None:
            self._host.say(f"file: {resolved(text)}" if text.strip() else f"Type the path of a {kind}.", "muted")

        def taken(text: str) -> None:
            if text.strip() or kind == "file":
                entered(text)
            else:
                self._host.say("Nothing typed; Esc goes back.", "muted")

        def complete() -> None:
            complete_path(self._line, ".toml", self._host.say, typed)

        self._line.open(TextRequest(visible(prompt, 22), taken, typed, complete=complete), text)

    def _choose(
        self, question: str, answers: list[tuple[str, str, str]], answered: Callable[[str | None], None]
    ) -> None:
        from planner.tui.screens.help import Choice

        self._host.app.push_screen(Choice(question, answers), answered)


def _read(path: str, bounds: Bounds) -> PlanText | PlanFileError:
    try:
        return read_plan(path, bounds)
    except PlanFileError as error:
        return error
