"""The main screen: questions on the left, the live matrix beside them, the explanation of what the cursor is on."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Key
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget

from planner.core.explanation import Explanation, Line
from planner.core.fields import TYPED, Field
from planner.core.topology import TopologyError
from planner.core.untrusted import visible
from planner.tui.bars import (
    bar_layout,
    explanation_layout,
    keys_layout,
    message_layout,
    paragraph_layout,
    question_model,
)
from planner.tui.commands import MAIN, bindings
from planner.tui.frame import frame_of
from planner.tui.screens.framed import FramedScreen
from planner.tui.screens.pages import explanation_page, help_page, words_layout
from planner.tui.steps import STEPS, fields_of, step_index
from planner.tui.views import Shown, View, scene, show
from planner.tui.widgets.entry import EntryLine
from planner.tui.widgets.grid import Grid, GridModel
from planner.tui.widgets.text_pane import TextPane
from planner.tui.workspace import NOT_POSSIBLE, SWITCHED, Workspace, reason

_PANES = {"questions": "questions", "view": "view", "list": "rules"}
"""What the panes that take keys are called."""


def _class_at(length: int, breakpoints: Sequence[tuple[int, str]]) -> str:
    return max(point for point in breakpoints if point[0] <= length)[1]


class MainScreen(FramedScreen):
    """Everything at once: where one is, what is asked, what it opens. State lives here and in the workspace."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(*MAIN)]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it without ClassVar
        (0, "-tiny"), (60, "-narrow"), (100, "-roomy"), (160, "-wide"), (200, "-huge"),
    ]  # fmt: skip
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (20, "-short"), (24, "-high"), (34, "-tall")]  # noqa: RUF012 - as above
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's, but a change of focus repaints only what shows it, which spares five kilobytes a Tab."""

    def __init__(self, work: Workspace, size: Size, *, begins: bool = False) -> None:
        # With the classes of its size from the start it need not be styled twice before it is seen.
        across, down = self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS
        super().__init__(classes=f"{_class_at(size.width, across)} {_class_at(size.height, down)}")
        self.work = work
        self._begins = begins
        self._step = 0
        self._zone: int | None = None
        self._going = False
        self._view: View = "ports"
        self._shown = self._listed = Shown(GridModel(), lambda row, column: Explanation("", ()))
        self._fields: tuple[Field, ...] = ()
        self._news = ("", "")

    def compose(self) -> ComposeResult:
        """Lay out the bars, the three panes and the line for typing."""
        yield TextPane(id="top")
        yield TextPane(id="banner")
        with Container(id="body"):
            yield Grid(id="questions")
            yield Grid(id="view")
            yield TextPane(id="explain")
            yield Grid(id="list")
        yield EntryLine(id="entry")
        yield TextPane(id="keys")
        yield TextPane(id="too-small")

    def on_mount(self) -> None:
        """Show the plan; the questions have the keys first."""
        self._pane("too-small").show(paragraph_layout("sav-planner needs 60 columns and 20 rows."))
        self._questions.focus()
        self.show_plan()
        self.say_trouble()
        if self._begins:
            self.begin()
        self.watch_journal()

    def show_banner(self, text: str) -> None:
        """Show a lasting warning under the bar; none for no text."""
        banner = self._pane("banner")
        banner.show(paragraph_layout(visible(text)))
        banner.set_class(bool(text), "-open")

    def on_resize(self) -> None:
        """Give the keys to a pane again if the one that had them went out of sight."""
        self.call_after_refresh(self._hold_focus)

    def _hold_focus(self) -> None:
        if self.focused is None:
            (self._grid if self.has_class("-zoomed") else self._questions).focus()

    @property
    def _unseen(self) -> bool:
        """The screen is too small to show anything."""
        return self.has_class("-tiny")

    # What is shown

    def _pane(self, id_: str) -> TextPane:
        return self.query_one(f"#{id_}", TextPane)

    @property
    def _questions(self) -> Grid:
        return self.query_one("#questions", Grid)

    @property
    def _grid(self) -> Grid:
        return self.query_one("#view", Grid)

    @property
    def _field(self) -> Field | None:
        row = self._questions.cursor[0]
        return self._fields[row] if row < len(self._fields) else None

    @property
    def _list(self) -> Grid:
        return self.query_one("#list", Grid)

    @property
    def _in_view(self) -> bool:
        return self.focused is not None and self.focused.id in ("view", "list")

    def show_plan(self, *, anew: bool = False) -> None:
        """Show the plan again after an edit; from the first step if it is another plan."""
        if anew or (self._zone is not None and self._zone >= len(self.work.plan.derived.zones)):
            self._step, self._zone = 0 if anew else self._step, None
        self._show_view()
        self._show_questions()

    def _show_view(self, *, keep_cursor: bool = True) -> None:
        seen = scene(self.work.plan, self.work.session.before, self.work.catalogue)
        self._shown = show(self._view, seen)
        self._grid.show(self._shown.model, keep_cursor)
        self._listed = self._shown if self._view == "rules" else show("rules", seen)
        self._list.show(self._listed.model)

    def _show_questions(self, row: int | None = None) -> None:
        step = STEPS[self._step]
        plan = self.work.plan
        self._fields = fields_of(plan, step.id, self._zone, self.work.path, self.work.catalogue)
        zone = "" if self._zone is None else plan.derived.zones[self._zone].name
        self._questions.show(question_model(self._fields, step.title, zone))
        if row is not None:
            self._questions.move_to(row, 0)
        self._pane("top").show(bar_layout(self.work.session, self._step))
        self._show_explanation()

    def _show_explanation(self) -> None:
        news, kind = self._news
        long_news = news if cell_len(news) + 1 > self.size.width else ""
        self._pane("explain").show(explanation_layout(self._explanation(), long_news))
        keys = keys_layout(self._place, self._field, _PANES[self._beyond.id or ""], frame_of(self).keys)
        self._pane("keys").show(message_layout(news, kind) if news else keys)

    @property
    def _place(self) -> str:
        """Where the keys go now."""
        if self._entry.is_open:
            return "entry"
        if self._in_view:
            return "view"
        step = STEPS[self._step].id
        if step == "decisions":
            return "decisions"
        return "zones" if step == "zones" and self._zone is None else "questions"

    def say(self, text: str, kind: str = "good") -> None:
        """Put a message where the keys are, until the next key; a long one in whole over the explanation."""
        self._news = (visible(text), kind)
        self._show_explanation()

    def _explanation(self) -> Explanation:
        shown, grid = (self._listed, self._list) if self.focused is self._list else (self._shown, self._grid)
        if self._in_view and shown.model.row_count:
            return shown.explain(*grid.cursor)
        field = self._field
        if field is None:
            return Explanation("Nothing to ask here", (Line("", "Press ] to go on to the next step."),))
        now = [Line("now", field.entry)] if field.kind in ("text", "list", "date") and field.entry else []
        return Explanation(field.title, (*now, *field.about[:1], *self.work.impact(field), *field.about[1:]))

    # Moving

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        """Explain what the cursor is on now."""
        event.stop()
        self._show_explanation()

    def on_descendant_focus(self) -> None:
        """Explain what has the keys now."""
        self._show_explanation()

    def action_focus_other(self) -> None:
        """Go from the questions to the view, and back; by way of the list of rules where that is in sight."""
        pane = self._beyond
        self.remove_class("-zoomed")
        pane.focus()

    @property
    def _beyond(self) -> Grid:
        """Where Tab goes."""
        if not self._in_view:
            return self._grid
        more = self.has_class("-huge") and not self.has_class("-zoomed") and self.focused is not self._list
        return self._list if more else self._questions

    def action_zoom(self) -> None:
        """Give the view the whole width, or the questions their place back."""
        self.toggle_class("-zoomed")
        (self._grid if self.has_class("-zoomed") else self._questions).focus()

    def action_go_to(self) -> None:
        """Take the next digit for the step to go to."""
        self._going = True
        self.say(f"Go to which step, 1 to {len(STEPS)}?", "strong")

    def action_step(self, by: int) -> None:
        """Go to another step."""
        self.go_to(max(0, min(self._step + by, len(STEPS) - 1)))

    def go_to(self, step: int) -> None:
        """Go to a step; out of a zone, a zoomed view and the line for typing."""
        self.close_entry()
        self.remove_class("-zoomed")
        self._step, self._zone = step, None
        self._show_questions(0)
        self._questions.focus()

    def action_view(self, view: View) -> None:
        """Show another view."""
        self._view = view
        self._show_view(keep_cursor=False)
        self._show_explanation()

    def action_explain(self) -> None:
        """Show the whole explanation on a page of its own."""
        self.app.push_screen(explanation_page(self._explanation()))

    def action_help(self) -> None:
        """Show what helps here, every key, and the words of the field."""
        field = self._field
        about = " ".join(line.text for line in field.about[:2]) if field and not self._in_view else ""
        self.app.push_screen(help_page(visible(about), frame_of(self).keys, MAIN, words_layout(self.work.catalogue)))

    def action_back(self) -> None:
        """Give up typing, leave the zone, leave the view, or go back a step."""
        if self._entry.is_open:
            self.close_entry()
            self._show_explanation()
        elif self._in_view:
            self.remove_class("-zoomed")
            self._questions.focus()
        elif self._zone is not None:
            row, self._zone = self._zone, None
            self._show_questions(row)
        elif self._step:
            self.go_to(self._step - 1)
        else:
            self.say("This is the first step; ^Q quits.", "muted")

    def _advance(self) -> None:
        """Go to the next question, after the last one to the next step."""
        row = self._questions.cursor[0]
        if row + 1 < len(self._fields):
            self._questions.move_to(row + 1, 0)
        elif self._zone is not None:
            self.action_back()
        elif self._step + 1 < len(STEPS):
            self.go_to(self._step + 1)

    # Answering

    def on_key(self, event: Key) -> None:
        """Take digits and y or n as answers; after g, a digit as the step to go to. Any key ends a message."""
        going, self._going = self._going, False
        if self._entry.is_open or self._unseen:
            return
        if self._news[0]:
            self._news = ("", "")
            self._show_explanation()
        if event.character is None:
            return
        field = None if self._in_view else self._field
        digit = event.character if event.character.isascii() and event.character.isdigit() else ""
        if digit and going:
            event.stop()
            self.go_to(max(0, min(int(digit), len(STEPS)) - 1))
        elif digit and field is not None and field.kind in ("number", "port", "date"):
            event.stop()
            self.ask("field", field.title, digit)
        elif field is not None and field.kind == "yesno" and event.character in "yn":
            event.stop()
            self._take(field, {"y": "yes", "n": "no"}[event.character])

    def action_next(self) -> None:
        """Confirm what stands here and go on."""
        field = self._field
        if self._in_view:
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
        if field is None or self._in_view:
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
            self._grid.focus()
        else:
            self.go_to(step_index(target))

    def _take(self, field: Field, text: str) -> bool:
        """Take an answer in; False, with the reason on screen, if it cannot be."""
        try:
            changed = self.work.take(field, text)
        except TopologyError as error:
            self.say(reason(error), "error")
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

    def action_remove_zone(self) -> None:
        """Remove the zone under the cursor, or the one that is open."""
        if STEPS[self._step].id != "zones" or self._in_view:
            self.say("Zones are removed in step 5, Zones.", "muted")
            return
        index = self._questions.cursor[0] if self._zone is None else self._zone
        self._zone = None
        name = self.work.remove_zone(index)
        self.show_plan()
        self._questions.move_to(max(0, index - 1), 0)
        self.say(f"Removed zone {name}; u brings it back.")

    # Typing

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
        """Put the line for typing away; the questions have the keys again."""
        self._news = ("", "")
        if self._entry.is_open:
            self._entry.close()
            self._questions.focus()

    def on_entry_line_changed(self, event: EntryLine.Changed) -> None:
        """Say while it is typed what is wrong with a text, or what it would do."""
        event.stop()
        field = self._field
        if self.typing == "field" and field is not None:
            effect = self.work.effect(field, event.text)
            refused = effect.startswith(NOT_POSSIBLE)
            self.say(effect.removeprefix(NOT_POSSIBLE), "error" if refused else "muted")
        else:
            self.say_path(event.text)

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
