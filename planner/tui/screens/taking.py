"""Taking what is typed: what is said of it on the way, and where it goes when it is entered."""

from functools import partial

from planner.session.workspace import NOT_POSSIBLE
from planner.tui.screens.question_pane import AnsweringScreen
from planner.tui.screens.view_pane import LOOKING
from planner.tui.weighing import WEIGHING, Weigher
from planner.tui.widgets.input_line import EntryLine


class TakingScreen(AnsweringScreen):
    """A screen with a line for typing that takes answers, notes, names, filters and paths."""

    def begin_taking(self) -> None:
        """Nothing is typed yet, and nothing said."""
        self._news = ("", "")
        self._effect: Weigher[str] = Weigher(self, self._say_effect)

    @property
    def _unseen(self) -> bool:
        """The screen is too small to show anything."""
        return self.has_class("-tiny")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """While something is typed, take only what saves, quits, helps or gives it up; unseen, only what quits."""
        if self._unseen:
            return action == "leave"
        return not self._entry.is_open or action in ("back", "save", "leave", "help")

    def action_save(self) -> None:
        """Save the plan, with what is being typed taken in first."""
        if self._entry.is_open:
            self.take_entry(self._entry.text)
        if not self._entry.is_open:
            super().action_save()

    def close_entry(self) -> None:
        """Put the line for typing away; what had the keys before has them again."""
        self._news = ("", "")
        if self._entry.is_open:
            self._entry.close()
            (self._asked_from or self._questions).focus()

    def on_entry_line_changed(self, event: EntryLine.Changed) -> None:
        """Say while it is typed what is wrong with a text, or what it would do."""
        event.stop()
        field = self._field
        if self.typing == "field" and field is not None:
            self._say_effect()
        elif self.typing in LOOKING:
            self.looks_while_typing(event.text)
        else:
            self.say_path(event.text)

    def _say_effect(self) -> None:
        """Say what the text as typed so far would do; called again once that is worked out."""
        field, text = self._field, self._entry.text
        if field is not None and self._entry.is_open and self.typing == "field":
            work = partial(self.work.effect, field, text)
            effect = self._effect.weigh(self.work.plan, f"{field.id} {text}", work) or WEIGHING
            refused = effect.startswith(NOT_POSSIBLE)
            self.say(effect.removeprefix(NOT_POSSIBLE), "error" if refused else "muted")

    def on_entry_line_entered(self, event: EntryLine.Entered) -> None:
        """Take what was typed."""
        event.stop()
        self.take_entry(event.text)

    def take_entry(self, text: str) -> None:
        """Take what was typed, for what it was asked; the line stays open if it cannot be taken."""
        field = self._field
        if self.typing == "field" and field is not None:
            if self._take(field, text):
                self.close_entry()
                self._advance()
        elif self.typing == "note" and field is not None:
            self.close_entry()
            self.work.write_note(field, text)
            self.show_plan()
        elif self.typing in LOOKING:
            self.takes_look(text)
        elif not text.strip():
            self.say("Nothing typed; Esc goes back.", "muted")
        elif self.typing in ("decider", "decider-all"):
            self.close_entry()
            self.work.decider = text.strip()
            if self.typing == "decider-all":
                self.work.settle_all()
                self.show_plan()
            elif field is not None:
                self._settle_now(field)
        else:
            self.take_path(text)
