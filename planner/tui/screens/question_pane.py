"""Question pane: the fields of a step or of one zone, and the keys that answer them."""

from collections.abc import Callable

from textual.message import Message

from planner.session.forms import TYPED, Field
from planner.session.steps import STEPS, fields_of, step_index
from planner.session.workspace import SWITCHED, Workspace
from planner.text.escaping import visible
from planner.tui.widgets.bars import question_model
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.input_line import InputLine, TextRequest

_PROMPT_WIDTH = 22


class QuestionPane(Grid):
    """Fields of a step or a zone; posts what is answered to the screen, and shows what the screen passes back.

    Attributes:
        step: index of the step in `STEPS`.
        zone: index of the zone that is open in the zones step, or None.
        fields: the fields shown, one a row.
    """

    class AnswerChanged(Message):
        """A field has a new answer; ``entered`` if it was typed on the input line."""

        def __init__(self, field: Field, text: str, *, entered: bool = False) -> None:
            super().__init__()
            self.field, self.text, self.entered = field, text, entered

    class AnswerConfirmed(Message):
        """The answer of a field stands as it is."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    class DecisionMade(Message):
        """A decision stands as it is; all open ones where there is no field. ``decider``: the name just typed."""

        def __init__(self, field: Field | None, decider: str = "") -> None:
            super().__init__()
            self.field, self.decider = field, decider

    class NoteWritten(Message):
        """A note was written on a decision."""

        def __init__(self, field: Field, text: str) -> None:
            super().__init__()
            self.field, self.text = field, text

    class LinkFollowed(Message):
        """Enter on a link: ``view:`` and a view, or ``save``."""

        def __init__(self, target: str) -> None:
            super().__init__()
            self.target = target

    class StepChanged(Message):
        """Another step is shown, from its first question."""

    class FieldsChanged(Message):
        """Other fields of the same step are shown."""

    def __init__(
        self,
        work: Workspace,
        line: InputLine,
        say: Callable[[str, str], None],
        say_effect: Callable[[str], object],
    ) -> None:
        """Create the pane; ``say_effect`` says what the text on the input line would do."""
        super().__init__(id="questions")
        self.step = 0
        self.zone: int | None = None
        self.fields: tuple[Field, ...] = ()
        self._work = work
        self._input, self._say, self._say_effect = line, say, say_effect

    @property
    def field(self) -> Field | None:
        """Field under the cursor."""
        row = self.cursor[0]
        return self.fields[row] if row < len(self.fields) else None

    @property
    def zone_here(self) -> int | None:
        """Index of the zone that is open, or of the one under the cursor in the list of zones."""
        if STEPS[self.step].id != "zones" or self.zone is not None:
            return self.zone
        return self.cursor[0] if self.field is not None and self.field.kind == "zone" else None

    def show_fields(self, row: int | None = None) -> None:
        """Show the fields of the plan as it stands; with the cursor on ``row`` if that is given."""
        plan, step = self._work.plan, STEPS[self.step]
        self.fields = fields_of(plan, step.id, self.zone, self._work.path, self._work.catalogue)
        zone = "" if self.zone is None else plan.derived.zones[self.zone].name
        self.show(question_model(self.fields, step.title, zone))
        if row is not None:
            self.move_to(row, 0)

    def show_plan(self, *, anew: bool = False) -> None:
        """Show the fields after an edit; from the first step if it is another plan."""
        if anew:
            self.step, self.zone = 0, None
        elif self.zone is not None and self.zone >= len(self._work.plan.derived.zones):
            self.zone = None
        self.show_fields()

    # Steps and zones

    def go_to(self, step: int) -> None:
        """Go to a step, out of a zone."""
        self.step, self.zone = step, None
        self.show_fields(0)
        self.screen.post_message(self.StepChanged())

    def open_zone(self, index: int) -> None:
        """Open the fields of a zone."""
        self.zone = index
        self.show_fields(0)
        self.screen.post_message(self.FieldsChanged())

    def open_zone_field(self, name: str, field: str) -> None:
        """Go to a field of the zone with this name."""
        self.go_to(step_index("zones"))
        found = [index for index, each in enumerate(self.fields) if each.id == name]
        if found:
            self.open_zone(found[0])
            self.move_to(next((index for index, each in enumerate(self.fields) if each.id == field), 0), 0)

    def leave_zone(self) -> bool:
        """Go back from a zone to the list of zones; False if none is open."""
        if self.zone is None:
            return False
        row, self.zone = self.zone, None
        self.show_fields(row)
        self.screen.post_message(self.FieldsChanged())
        return True

    def advance(self) -> None:
        """Go to the next question, after the last one to the next step."""
        row = self.cursor[0]
        if row + 1 < len(self.fields):
            self.move_to(row + 1, 0)
        elif self.zone is not None:
            zone = self.zone
            self.leave_zone()
            self.move_to(zone + 1, 0)
        elif self.step + 1 < len(STEPS):
            self.go_to(self.step + 1)
            if STEPS[self.step].id == "zones":
                self.move_to(len(self.fields) - 1, 0)

    # Answers

    def answer_key(self, character: str) -> bool:
        """Answer with y, n or a digit; False where the field takes no such key."""
        field = self.field
        if field is None:
            return False
        if character.isascii() and character.isdigit() and field.kind in ("number", "port", "date"):
            self.ask_answer(character)
            self._say_effect(character)
            return True
        if character in ("y", "n") and field.kind == "yesno":
            self.screen.post_message(self.AnswerChanged(field, "yes" if character == "y" else "no"))
            return True
        return False

    def confirm(self) -> None:
        """Act on the field as Enter does: open it, type it, follow it, or confirm its answer."""
        field = self.field
        if field is None:
            self.advance()
        elif field.kind in ("text", "list", "date"):
            self.ask_answer()
        elif field.kind == "zone":
            self.open_zone(self.cursor[0])
        elif field.kind == "decision":
            self.screen.post_message(self.DecisionMade(field))
        elif field.kind == "jump" and not field.entry.startswith("view:"):
            self.go_to(step_index(field.entry))
        elif field.kind in ("jump", "save"):
            self.screen.post_message(self.LinkFollowed(field.entry if field.kind == "jump" else "save"))
        else:
            self.screen.post_message(self.AnswerConfirmed(field))

    def change(self) -> None:
        """Act on the field as Space does: switch its answer, or type another."""
        field = self.field
        if field is None:
            return
        if field.kind in TYPED:
            self.ask_answer()
        elif field.kind not in SWITCHED:
            self.confirm()
        elif len(field.choices) > 1:
            self.screen.post_message(self.AnswerChanged(field, field.switched()))
        else:
            self._say("Only one reading is on offer here; Enter decides for it.", "warning")

    def ask_answer(self, text: str | None = None) -> None:
        """Open the input line for the field's answer."""
        field = self.field
        if field is None:
            return

        def entered(text: str) -> None:
            self.screen.post_message(self.AnswerChanged(field, text, entered=True))

        separator = ", " if field.kind == "list" else " "
        request = self._request(field.title, entered)._replace(typed=self._say_effect, separator=separator)
        self._input.open(request, field.entry if text is None else text)

    def ask_note(self, note: str) -> None:
        """Open the input line for a note on the decision under the cursor."""
        field = self.field
        if field is None or field.kind != "decision":
            self._say("Notes are written on decisions, in step 6.", "muted")
            return

        def entered(text: str) -> None:
            self.screen.post_message(self.NoteWritten(field, text))

        self._input.open(self._request("Note", entered), note)

    def ask_decider(self, field: Field | None, name: str) -> None:
        """Open the input line for the name that is put to a decision, or to all of them."""

        def entered(text: str) -> None:
            if text.strip():
                self.screen.post_message(self.DecisionMade(field, text.strip()))
            else:
                self._say("Nothing typed; Esc goes back.", "muted")

        self._input.open(self._request("Decided by (name)", entered), name)

    def _request(self, prompt: str, entered: Callable[[str], object]) -> TextRequest:
        return TextRequest(visible(prompt, _PROMPT_WIDTH), entered, owner=self)
