"""Edits on the plan screen: answers, decisions, notes, zones, undo and redo, applied to the workspace."""

from collections.abc import Callable

from planner.catalogue.answers import TopologyError
from planner.plan.topology import BadEntriesError
from planner.session.steps import STEPS, step_index
from planner.session.workspace import Workspace, reason
from planner.tui.screens.file_actions import PlanHost
from planner.tui.screens.question_pane import QuestionPane
from planner.tui.screens.view_pane import ViewPane
from planner.tui.widgets.input_line import InputLine


class PlanEdits:
    """Applies what the panes post to the workspace, and has the screen show the new plan.

    Attributes:
        commands: the methods behind the commands that edit, by their ids in the registry.
    """

    def __init__(
        self, host: PlanHost, work: Workspace, questions: QuestionPane, view: ViewPane, line: InputLine
    ) -> None:
        self._host, self._work, self._line = host, work, line
        self._questions, self._view = questions, view
        self.commands: dict[str, Callable[[], object]] = {
            "add_zone": self._add_zone, "duplicate_zone": self._duplicate_zone, "remove_zone": self._remove_zone,
            "confirm_step": self._confirm_step, "note": self._ask_note, "undo": self._undo, "redo": self._redo,
        }  # fmt: skip

    def change_answer(self, event: QuestionPane.AnswerChanged) -> None:
        """Apply an answer, or say why it cannot be; one that was typed leads on to the next question."""
        try:
            changed = self._work.take(event.field, event.text)
        except TopologyError as error:
            self._host.say(reason(error), "error")
            if isinstance(error, BadEntriesError) and self._line.is_open:
                self._line.point_at(error.start, error.end)
            return
        if changed:
            self._host.show_plan()
        if event.entered:
            self._host.close_line()
            self._questions.advance()

    def confirm_answer(self, event: QuestionPane.AnswerConfirmed) -> None:
        """Confirm an answer and go on."""
        if self._work.confirm(event.field):
            self._host.show_plan()
        self._questions.advance()

    def decide(self, event: QuestionPane.DecisionMade) -> None:
        """Put a name to a decision, or to all open ones; without a name, ask for it first."""
        if event.decider:
            self._host.close_line()
            self._work.decider = event.decider
        elif not self._work.knows_decider:
            self._questions.ask_decider(event.field, self._work.decider or self._work.plan.change.requester)
            return
        if self._work.settle_all() if event.field is None else self._work.settle(event.field):
            self._host.show_plan()
        if event.field is not None:
            self._questions.advance()

    def write_note(self, event: QuestionPane.NoteWritten) -> None:
        """Write a note on a decision."""
        self._host.close_line()
        self._work.write_note(event.field, event.text)
        self._host.show_plan()

    def _confirm_step(self) -> None:
        step = STEPS[self._questions.step]
        if step.id == "decisions":
            self.decide(QuestionPane.DecisionMade(None))
        elif self._work.confirm_all(step.title, self._questions.fields):
            self._host.show_plan()

    def _undo(self) -> None:
        label = self._work.session.undo()
        self._host.show_plan()
        self._host.say(f"Undone: {label}" if label else "Nothing to undo.")

    def _redo(self) -> None:
        label = self._work.session.redo()
        self._host.show_plan()
        self._host.say(f"Done again: {label}" if label else "Nothing to redo.")

    def _add_zone(self) -> None:
        self._show_new_zone(self._work.add_zone())
        self._questions.ask_answer("")

    def _show_new_zone(self, index: int) -> None:
        self._view.show_plan()
        self._questions.go_to(step_index("zones"))
        self._questions.open_zone(index)

    def _duplicate_zone(self) -> None:
        """Add a zone like the one under the cursor, or the one that is open, and ask for its name."""
        index = None if self._view.is_active else self._questions.zone_here
        if index is None:
            self._host.say("Zones are duplicated in step 5, Zones, with the cursor on one.", "muted")
            return
        try:
            self._show_new_zone(self._work.duplicate_zone(index))
        except TopologyError as error:
            self._host.say(str(error), "error")
            return
        self._questions.ask_answer()
        self._host.say("Roles, parents and note are the same; networks and hosts are its own. Name it.", "muted")

    def _remove_zone(self) -> None:
        """Remove the zone under the cursor, or the one that is open."""
        index = None if self._view.is_active else self._questions.zone_here
        if index is None:
            self._host.say("Zones are removed in step 5, Zones, with the cursor on one.", "muted")
            return
        self._questions.zone = None
        name = self._work.remove_zone(index)
        self._host.show_plan()
        self._questions.move_to(max(0, index - 1), 0)
        self._host.say(f"Removed zone {name}; u brings it back.")

    def _ask_note(self) -> None:
        field = self._questions.field
        self._questions.ask_note(self._work.note_on(field.id) if field is not None else "")
