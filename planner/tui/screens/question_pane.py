"""Answering: what Enter, Space and the keys of zones and decisions do, and how an edit is taken back."""

from collections.abc import Callable
from functools import cached_property

from planner.catalogue.answers import TopologyError
from planner.plan.topology import BadEntriesError
from planner.session.forms import TYPED, Field
from planner.session.steps import STEPS, step_index
from planner.session.workspace import SWITCHED, reason
from planner.tui.screens.view_pane import LookingScreen
from planner.tui.widgets.grid import Grid


class AnsweringScreen(LookingScreen):
    """A screen with the fields of a step, or of one zone, that takes answers in."""

    def begin_answering(self) -> None:
        """Begin at the first step."""
        self._step = 0
        self._zone: int | None = None
        self._fields: tuple[Field, ...] = ()

    def _show_questions(self, row: int | None = None) -> None:
        """Show the fields of the step or the zone again; with the cursor on this row, if one is given."""
        raise NotImplementedError

    def _leave_zone(self) -> None:
        """Go back from the fields of a zone to the list of zones."""
        raise NotImplementedError

    @cached_property
    def _questions(self) -> Grid:
        return self.query_one("#questions", Grid)

    @property
    def _field(self) -> Field | None:
        row = self._questions.cursor[0]
        return self._fields[row] if row < len(self._fields) else None

    def open_zone(self, name: str, field: str) -> None:
        """Open the fields of a zone, with the cursor on one of them."""
        self.go_to(step_index("zones"))
        found = [index for index, each in enumerate(self._fields) if each.id == name]
        if not found:
            return
        self._zone = found[0]
        self._show_questions(0)
        row = next((index for index, each in enumerate(self._fields) if each.id == field), 0)
        self._questions.move_to(row, 0)
        self._questions.focus()

    def ask(self, purpose: str, prompt: str, text: str, then: Callable[[], object] | None = None) -> None:
        """Open the line for typing; the lines of a pasted list become its entries."""
        super().ask(purpose, prompt, text, then)
        is_list = purpose == "field" and self._field is not None and self._field.kind == "list"
        self._entry.take_lines(", " if is_list else " ")

    def _advance(self) -> None:
        """Go to the next question, after the last one to the next step."""
        row = self._questions.cursor[0]
        if row + 1 < len(self._fields):
            self._questions.move_to(row + 1, 0)
        elif self._zone is not None:
            zone = self._zone
            self._leave_zone()
            self._questions.move_to(zone + 1, 0)
        elif self._step + 1 < len(STEPS):
            self.go_to(self._step + 1)
            if STEPS[self._step].id == "zones":
                self._questions.move_to(len(self._fields) - 1, 0)

    def action_next(self) -> None:
        """Confirm what stands here and go on."""
        field = self._field
        if self.in_view:
            self.action_explain()
        elif field is None:
            self._advance()
        elif field.kind in ("text", "list", "date"):
            self.ask("field", field.title, field.entry)
        elif field.kind == "zone":
            self._zone = self._questions.cursor[0]
            self._show_questions(0)
        elif field.kind == "decision":
            self._settle()
        elif field.kind == "jump":
            self._jump(field.entry)
        elif field.kind == "save":
            self.action_save()
        else:
            if self.work.confirm(field):
                self.show_plan()
            self._advance()

    def action_change(self) -> None:
        """Switch the answer, or open the line to type another."""
        field = self._field
        if field is None or self.in_view:
            return
        if field.kind in TYPED:
            self.ask("field", field.title, field.entry)
        elif field.kind not in SWITCHED:
            self.action_next()
        elif len(field.choices) > 1:
            self._take(field, field.switched())
        else:
            self.say("Only one reading is on offer here; Enter decides for it.", "warning")

    def _jump(self, target: str) -> None:
        if target.startswith("view:"):
            self.action_view(target.removeprefix("view:"))  # type: ignore[arg-type]  # written in steps.py
            self.grid.focus()
        else:
            self.go_to(step_index(target))

    def _take(self, field: Field, text: str) -> bool:
        """Take an answer in; False, with the reason on screen, if it cannot be."""
        try:
            changed = self.work.take(field, text)
        except TopologyError as error:
            self.say(reason(error), "error")
            if isinstance(error, BadEntriesError) and self._entry.is_open:
                self._entry.point_at(error.start, error.end)
            return False
        if changed:
            self.show_plan()
        return True

    def _settle(self) -> None:
        field = self._field
        if not self.work.knows_decider:
            self._ask_decider("decider")
        elif field is not None:
            self._settle_now(field)

    def _settle_now(self, field: Field) -> None:
        if self.work.settle(field):
            self.show_plan()
        self._advance()

    def _ask_decider(self, purpose: str) -> None:
        self.ask(purpose, "Decided by (name)", self.work.decider or self.work.plan.change.requester)

    def action_confirm_step(self) -> None:
        """Confirm every answer of the step; in the decisions step, decide for what is in force."""
        step = STEPS[self._step]
        if step.id == "decisions" and not self.work.knows_decider:
            self._ask_decider("decider-all")
        elif self.work.settle_all() if step.id == "decisions" else self.work.confirm_all(step.title, self._fields):
            self.show_plan()

    def action_note(self) -> None:
        """Write a note on the decision under the cursor."""
        field = self._field
        if field is not None and field.kind == "decision":
            self.ask("note", "Note", self.work.note_on(field.id))
        else:
            self.say("Notes are written on decisions, in step 6.", "muted")

    def action_undo(self) -> None:
        """Take the last edit back."""
        label = self.work.session.undo()
        self.show_plan()
        self.say(f"Undone: {label}" if label else "Nothing to undo.")

    def action_redo(self) -> None:
        """Bring the last undone edit back."""
        label = self.work.session.redo()
        self.show_plan()
        self.say(f"Done again: {label}" if label else "Nothing to redo.")

    def action_add_zone(self) -> None:
        """Add a zone, open it and ask for its name."""
        self.go_to(step_index("zones"))
        self._zone = self.work.add_zone()
        self.show_plan()
        self._show_questions(0)
        self.ask("field", self._fields[0].title, "")

    @property
    def _zone_here(self) -> int | None:
        """Give the place of the zone under the cursor, or of the one that is open."""
        if STEPS[self._step].id != "zones" or self.in_view:
            return None
        if self._zone is not None:
            return self._zone
        return self._questions.cursor[0] if self._field is not None and self._field.kind == "zone" else None

    def action_duplicate_zone(self) -> None:
        """Add a zone like the one under the cursor, or the one that is open, and ask for its name."""
        index = self._zone_here
        if index is None:
            self.say("Zones are duplicated in step 5, Zones, with the cursor on one.", "muted")
            return
        try:
            self._zone = self.work.duplicate_zone(index)
        except TopologyError as error:
            self.say(str(error), "error")
            return
        self.show_plan()
        self._show_questions(0)
        self.ask("field", self._fields[0].title, self._fields[0].entry)
        self.say("Roles, parents and note are the same; networks and hosts are its own. Name it.", "muted")

    def action_remove_zone(self) -> None:
        """Remove the zone under the cursor, or the one that is open."""
        index = self._zone_here
        if index is None:
            self.say("Zones are removed in step 5, Zones, with the cursor on one.", "muted")
            return
        self._zone = None
        name = self.work.remove_zone(index)
        self.show_plan()
        self._questions.move_to(max(0, index - 1), 0)
        self.say(f"Removed zone {name}; u brings it back.")
