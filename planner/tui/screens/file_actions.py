"""Saving, opening and leaving: what the main screen does with files, and what it asks first."""

from collections.abc import Callable
from functools import cached_property
from os.path import isfile
from typing import TYPE_CHECKING

from textual.message import Message
from textual.screen import Screen

from planner.plan.editing import file_stem
from planner.session.background import WRITES
from planner.session.workspace import Workspace, resolved, typed_path
from planner.storage.journal import recovery_files
from planner.storage.plan_files import PlanFileError, read_plan
from planner.storage.toml_reader import PlanText
from planner.text.escaping import visible
from planner.tui.aside import SOON, Aside, Store
from planner.tui.widgets.input_line import EntryLine

if TYPE_CHECKING:
    from planner.tui.screens.saving import Saver

PATHS = ("save", "open", "write")
"""What the line for typing is opened for to take a path, which Tab completes."""


class FilingScreen(Screen[int]):
    """A screen with a workspace and a line for typing, that saves, opens and leaves without losing work."""

    work: Workspace
    typing = ""
    """What the line for typing was opened for."""
    _then: Callable[[], object] | None = None
    """What a save that was asked for on the way goes on to."""

    @cached_property
    def aside(self) -> Aside:
        """What reads beside the screen."""
        return Aside(self)

    @cached_property
    def store(self) -> Store:
        """What writes, but for plans."""
        return Store(self, self.say)

    @cached_property
    def saver(self) -> "Saver":
        """What saves."""
        from planner.tui.screens.saving import Saver

        return Saver(self)

    def show_plan(self, *, anew: bool = False) -> None:
        """Show the plan again; from the start if it is another plan."""
        raise NotImplementedError

    def say(self, text: str, kind: str = "good") -> None:
        """Show a message."""
        raise NotImplementedError

    def close_entry(self) -> None:
        """Put the line for typing away."""
        raise NotImplementedError

    def show_banner(self, text: str) -> None:
        """Show a lasting warning; none for no text."""
        raise NotImplementedError

    class JournalTrouble(Message):
        """Something is wrong with the journal, or is right again."""

    def watch_journal(self) -> None:
        """Offer what earlier sessions left behind, and show for as long as it lasts that the journal has trouble."""
        self.show_warnings()
        journal = self.work.journal
        if journal is None:
            return
        # It reports from a thread of its own: a message may come from any.
        journal.report = lambda trouble: self.post_message(self.JournalTrouble())
        left = recovery_files()
        if left.abandoned or left.damaged:
            from planner.tui.screens.recovery import offer

            offer(self, left)

    def show_warnings(self) -> None:
        """Show what stands in the way of keeping work safe, for as long as it does."""
        trouble = self.work.journal.trouble if self.work.journal else ""
        warnings = []
        if trouble:
            warnings.append(f"No recovery file is kept of unsaved edits: {trouble}")
        if self.work.file.in_use:
            warnings.append("This plan is open in another session: save it under another name, or end that session.")
        self.show_banner(" ".join(warnings))

    def on_filing_screen_journal_trouble(self) -> None:
        """Say that edits are not safe until they are saved, and why; or that they are again."""
        self.show_warnings()

    def on_unmount(self) -> None:
        """Let other sessions have the plan's file."""
        self.work.file.close()

    @cached_property
    def _entry(self) -> EntryLine:
        return self.query_one(EntryLine)

    def ask(self, purpose: str, prompt: str, text: str, then: Callable[[], object] | None = None) -> None:
        """Open the line for typing."""
        self.typing, self._then = purpose, then
        self._entry.open(visible(prompt, 22), text)

    def say_path(self, text: str) -> None:
        """Show where a path leads while it is typed."""
        if self.typing in PATHS:
            file = "file" if self.typing == "write" else "plan file"
            self.say(f"file: {resolved(text)}" if text.strip() else f"Type the path of a {file}.", "muted")

    def on_entry_line_completing(self, event: EntryLine.Completing) -> None:
        """Complete a path that is being typed, as far as that goes, and show what it may become."""
        event.stop()
        if self.typing not in PATHS:
            return
        said, kind = self._entry.complete_path(".toml")
        if said:
            self.say(said, kind)
        else:
            self.say_path(self._entry.text)

    def take_path(self, text: str) -> None:
        """Save to, or open, the path that was typed; the line stays open until that has worked."""
        path = typed_path(text)
        if self.typing == "open":
            self.open_plan(path)
        elif path != self.work.path and isfile(path):  # noqa: PTH113 - Path.is_file raises where a path cannot be
            self.saver.ask_to_overwrite(path, self._then)
        else:
            self.saver.save(path, overwrite=path == self.work.path, then=self._then)

    def action_save(self) -> None:
        """Save to the plan's file; ask for one if it has none."""
        if self.work.path:
            self.saver.save(self.work.path, overwrite=True)
        else:
            self.action_save_as()

    def action_save_as(self, then: Callable[[], object] | None = None) -> None:
        """Ask for a path and save there."""
        self.ask("save", "Save as", self.work.path or f"{file_stem(self.work.plan)}.toml", then)

    def action_open(self) -> None:
        """Ask for a path and open that plan; unsaved edits are asked about first."""
        self.guard(lambda: self.ask("open", "Open plan", ""))

    def action_leave(self) -> None:
        """Quit; unsaved edits are asked about first."""
        self.guard(lambda: self.app.exit(0))

    def open_plan(self, path: str) -> None:
        """Open a plan in place of this one, or say why it cannot be; Esc gives up one that takes its time."""
        before = self.work.plan

        def ended(outcome: object) -> None:
            if isinstance(outcome, PlanText) and self.work.plan is before:
                self._opened(outcome, path)  # what was not saved was asked about before it was read
            elif isinstance(outcome, PlanText):
                self.guard(lambda: self._opened(outcome, path))
            elif isinstance(outcome, PlanFileError):
                self.say(str(outcome), "error")
            elif isinstance(outcome, Exception):
                raise outcome

        if self.aside.begin(lambda stopped: read_plan(path, self.work.bounds), ended, patience=SOON):
            self.say(f"Reading {resolved(path)}; Esc gives up.", "muted")

    def gives_up_reading(self) -> bool:
        """Give up the plan that is being read; False if there is none."""
        if not self.aside.stop():
            return False
        self.say("Given up; the plan here is as it was.", "muted")
        return True

    def _opened(self, found: PlanText, path: str) -> None:
        from planner.storage.settings import remember

        self.work.replace_by(found, path)
        self.close_entry()
        self.show_plan(anew=True)
        self.show_warnings()
        WRITES.add(lambda: remember(path))
        self.say(f"Opened {resolved(path)}")

    def guard(self, proceed: Callable[[], object]) -> None:
        """Go on at once if nothing would be lost; else ask."""
        from planner.tui.screens.help import Choice

        def answered(answer: str | None) -> None:
            if answer == "save" and not self.work.path:
                self.action_save_as(proceed)
            elif answer == "save":
                self.saver.save(self.work.path, overwrite=True, then=proceed)
            elif answer == "drop":
                proceed()

        if self.work.session.dirty:
            question = "This plan has edits that are not saved."
            self.app.push_screen(Choice(question, [("s", "save", "save"), ("d", "drop them", "drop")]), answered)
        else:
            proceed()
