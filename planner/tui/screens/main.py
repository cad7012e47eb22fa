"""The main screen: questions on the left, the live matrix beside them, the explanation of what the cursor is on."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Key
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from planner.core.catalogue import load_catalogue
from planner.core.comparison import compare_rules
from planner.core.editing import add_zone, confirm, decide, free_zone_name, new_plan, remove_zone
from planner.core.explanation import Explanation, Line
from planner.core.fields import TYPED, Field, confirmed
from planner.core.plan import Plan
from planner.core.session import Session
from planner.core.topology import TopologyError, Zone
from planner.core.untrusted import visible
from planner.storage.plan_files import PlanFileError, read_plan, save_plan
from planner.tui.bars import Place, bar_layout, explanation_layout, keys_layout, message_layout, question_model
from planner.tui.commands import bindings
from planner.tui.screens.pages import Choice, explanation_page, help_page
from planner.tui.steps import STEPS, fields_of, step_index
from planner.tui.views import Shown, View, scene, show
from planner.tui.widgets.entry import EntryLine
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.text_pane import TextPane

CHANGED_BY_CHOICE = ("yesno", "choice", "decision")


class MainScreen(Screen[int]):
    """Everything at once: where one is, what is asked, what it opens. State lives here and in the session."""

    CSS_PATH = "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    HORIZONTAL_BREAKPOINTS = [
        (0, "-tiny"), (60, "-narrow"), (100, "-roomy"), (140, "-wide"), (200, "-huge"),
    ]  # fmt: skip
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (20, "-short"), (24, "-high"), (34, "-tall")]
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's, but a change of focus repaints only what shows it, which spares five kilobytes a Tab."""

    def __init__(self, session: Session, path: str) -> None:
        super().__init__()
        self._catalogue = load_catalogue()
        self._session = session
        self._path = path
        self._step = 0
        self._zone: int | None = None
        self._view: View = "ports"
        self._shown: Shown | None = None
        self._fields: tuple[Field, ...] = ()
        self._decider = ""
        self._typing = ""

    def compose(self) -> ComposeResult:
        """Lay out the bars, the three panes and the line for typing."""
        yield TextPane(id="top")
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
        self.query_one("#too-small", TextPane).show(message_layout("sav-planner needs 60 columns and 20 rows."))
        self._questions.focus()
        self._show_all()

    # What is shown

    @property
    def plan(self) -> Plan:
        """The plan as it stands."""
        return self._session.plan

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
    def _in_view(self) -> bool:
        return self.focused is not None and self.focused.id in ("view", "list")

    def _show_all(self) -> None:
        """Show the plan again after an edit."""
        seen = scene(self.plan, self._session.before, self._catalogue)
        self._shown = show(self._view, seen)
        self._grid.show(self._shown.model)
        self.query_one("#list", Grid).show(show("rules", seen).model)
        self._show_questions()

    def _show_questions(self, row: int | None = None) -> None:
        step = STEPS[self._step].id
        self._fields = fields_of(self.plan, step, self._zone, self._path, self._catalogue)
        self._questions.show(question_model(self._fields, STEPS[self._step].title, self._zone_name))
        if row is not None:
            self._questions.move_to(row, 0)
        self.query_one("#top", TextPane).show(bar_layout(self._session, self._step))
        self._show_explanation()

    @property
    def _zone_name(self) -> str:
        return "" if self._zone is None else self.plan.derived.zones[self._zone].name

    def _show_explanation(self) -> None:
        self.query_one("#explain", TextPane).show(explanation_layout(self._explanation()))
        self._show_keys()

    def _show_keys(self) -> None:
        step = STEPS[self._step].id
        place: Place = "questions"
        if self._entry.is_open:
            place = "entry"
        elif self._in_view:
            place = "view"
        elif step == "decisions":
            place = "decisions"
        elif step == "zones" and self._zone is None:
            place = "zones"
        self.query_one("#keys", TextPane).show(keys_layout(place, self._field))

    def _say(self, text: str, kind: str = "good") -> None:
        """Put a message where the keys are, until the next move; after the focus changes that are under way."""
        self.call_later(self.query_one("#keys", TextPane).show, message_layout(visible(text), kind))

    def _explanation(self) -> Explanation:
        if self._in_view and self._shown is not None and self._shown.model.row_count:
            return self._shown.explain(*self._grid.cursor)
        field = self._field
        if field is None:
            return Explanation("Nothing to ask here", (Line("", "Press ] to go on to the next step."),))
        return Explanation(field.title, (*field.about[:1], *self._impact(field), *field.about[1:]))

    def _impact(self, field: Field) -> list[Line]:
        """Say what switching the field would do, before it is done."""
        if field.kind not in CHANGED_BY_CHOICE or len(field.choices) < 2:
            return []
        lines = []
        for choice, words in field.choices:
            if choice != field.entry:
                try:
                    effect = self._effect(field.apply(self.plan, choice))
                except TopologyError as error:
                    effect = f"not possible: {error}"
                lines.append(Line("if changed", f"to {words}: {effect}"))
        return lines

    def _effect(self, plan: Plan) -> str:
        changes = compare_rules(self.plan.derived, plan.derived)
        if not changes:
            return "no rule changes"
        words = [f"{changes.in_short()} rules"]
        for verb, rules in (("opens", changes.added), ("closes", changes.removed)):
            ports = dict.fromkeys(
                f"{rule.protocol.upper()} {rule.destination_ports} to {rule.to}" for rule in rules if not rule.is_return
            )
            if ports:
                more = f" and {len(ports) - 3} more" if len(ports) > 3 else ""
                words.append(f"{verb} {', '.join(list(ports)[:3])}{more}")
        return ", ".join(words)

    # Moving

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        """Explain what the cursor is on now."""
        event.stop()
        self._show_explanation()

    def on_descendant_focus(self) -> None:
        """Explain what has the keys now."""
        self._show_explanation()

    def action_focus_other(self) -> None:
        """Go between questions and view."""
        self._close_entry()
        self.remove_class("-zoomed")
        (self._questions if self._in_view else self._grid).focus()

    def action_step(self, by: int) -> None:
        """Go to another step."""
        self._go(max(0, min(self._step + by, len(STEPS) - 1)))

    def _go(self, step: int) -> None:
        self._close_entry()
        self._step, self._zone = step, None
        self._show_questions(0)
        self._questions.focus()

    def action_view(self, view: View) -> None:
        """Show another view."""
        self._view = view
        self._shown = show(view, scene(self.plan, self._session.before, self._catalogue))
        self._grid.show(self._shown.model, keep_cursor=False)
        self._show_explanation()

    def action_zoom(self) -> None:
        """Give the view the whole width, or the questions their place back."""
        self.toggle_class("-zoomed")
        (self._grid if self.has_class("-zoomed") else self._questions).focus()

    def action_explain(self) -> None:
        """Show the whole explanation on a page of its own."""
        self.app.push_screen(explanation_page(self._explanation()))

    def action_help(self) -> None:
        """Show what helps here, every key, and the words of the field."""
        field = self._field
        about = " ".join(line.text for line in field.about[:2]) if field and not self._in_view else ""
        self.app.push_screen(help_page(visible(about), self._catalogue))

    # Answering

    def on_key(self, event: Key) -> None:
        """Take digits and y or n as answers; elsewhere a digit goes to that step."""
        if self._entry.is_open or event.character is None:
            return
        field = None if self._in_view else self._field
        if event.character.isdigit():
            event.stop()
            if field is not None and field.kind in ("number", "port", "date"):
                self._open_entry(field, event.character)
            elif 1 <= int(event.character) <= len(STEPS):
                self._go(int(event.character) - 1)
        elif field is not None and field.kind == "yesno" and event.character in "yn":
            event.stop()
            self._take(field, "yes" if event.character == "y" else "no")

    def action_next(self) -> None:
        """Confirm what stands here and go on."""
        if self._in_view:
            self.action_explain()
            return
        field = self._field
        if field is None:
            self._advance()
        elif field.kind in ("text", "list", "date"):
            self._open_entry(field, field.entry)
        elif field.kind == "zone":
            self._zone = self._questions.cursor[0]
            self._show_questions(0)
        elif field.kind == "decision":
            self._settle(field)
        elif field.kind == "jump":
            self._jump(field.entry)
        elif field.kind == "save":
            self.action_save()
        else:
            self._apply(f"confirm {field.title}", confirmed(self.plan, field))
            self._advance()

    def action_change(self) -> None:
        """Switch the answer, or open the line to type another."""
        field = self._field
        if field is None or self._in_view:
            return
        if field.kind in CHANGED_BY_CHOICE:
            if len(field.choices) > 1:
                self._take(field, field.switched())
            else:
                self._say("There is only one reading on offer here; Enter decides for it.", "warning")
        elif field.kind in TYPED:
            self._open_entry(field, field.entry)
        else:
            self.action_next()

    def action_back(self) -> None:
        """Give up typing, leave the zone, leave the view, or go back a step."""
        if self._entry.is_open:
            self._close_entry()
            self._show_explanation()
        elif self._in_view:
            self.action_focus_other()
        elif self._zone is not None:
            row, self._zone = self._zone, None
            self._show_questions(row)
        elif self._step:
            self._go(self._step - 1)
        else:
            self._say("This is the first step; ^Q quits.", "muted")

    def _advance(self) -> None:
        """Go to the next question, after the last one to the next step."""
        row = self._questions.cursor[0]
        if row + 1 < len(self._fields):
            self._questions.move_to(row + 1, 0)
        elif self._zone is not None:
            self.action_back()
        elif self._step + 1 < len(STEPS):
            self._go(self._step + 1)

    def _jump(self, target: str) -> None:
        if target.startswith("view:"):
            self.action_view(target.removeprefix("view:"))  # type: ignore[arg-type]  # written in steps.py
            self._grid.focus()
        else:
            self._go(step_index(target))

    def _take(self, field: Field, text: str) -> bool:
        """Take an answer in; False, with the reason on screen, if it cannot be."""
        try:
            plan = field.apply(self.plan, text)
        except TopologyError as error:
            self._say(str(error), "error")
            return False
        self._apply(f"{field.title}: {field.value} to {text or 'nothing'}", plan)
        return True

    def _apply(self, label: str, plan: Plan) -> None:
        if self._session.apply(label, plan):
            self._show_all()

    def _settle(self, field: Field) -> None:
        if not self._decider:
            self._ask("decider", "Decided by (name)", self.plan.change.requester)
            return
        note = next((state.note for state in self.plan.derived.decisions if state.id == field.id), "")
        plan = decide(self.plan, field.id, field.entry, self._decider, note, self._catalogue)
        self._apply(f"decide {field.title}", plan)
        self._advance()

    def action_confirm_step(self) -> None:
        """Confirm every answer of the step; in the decisions step, decide for what is in force."""
        if STEPS[self._step].id == "decisions":
            if not self._decider:
                self._ask("decider-all", "Decided by (name)", self.plan.change.requester)
                return
            plan = self.plan
            for state in plan.derived.decisions:
                if not state.settled:
                    plan = decide(plan, state.id, state.chosen, self._decider, state.note, self._catalogue)
            self._apply("decide everything as it stands", plan)
        else:
            names = [answer for field in self._fields for answer in field.answers]
            self._apply(f"confirm {STEPS[self._step].title}", confirm(self.plan, *names))

    def action_undo(self) -> None:
        """Take the last edit back."""
        label = self._session.undo()
        self._after_history(f"undone: {label}" if label else "Nothing to undo.")

    def action_redo(self) -> None:
        """Bring the last undone edit back."""
        label = self._session.redo()
        self._after_history(f"done again: {label}" if label else "Nothing to redo.")

    def _after_history(self, message: str) -> None:
        if self._zone is not None and self._zone >= len(self.plan.derived.zones):
            self._zone = None
        self._show_all()
        self._say(message)

    # Zones

    def action_add_zone(self) -> None:
        """Add a zone and open it."""
        self._go(step_index("zones"))
        name = free_zone_name(self.plan, "zone", self._catalogue)
        self._apply(f"add zone {name}", add_zone(self.plan, Zone(name=name), self._catalogue))
        self._zone = [zone.name for zone in self.plan.topology.zones].index(name)
        self._show_questions(0)

    def action_remove_zone(self) -> None:
        """Remove the zone under the cursor, or the one that is open."""
        if STEPS[self._step].id != "zones" or self._in_view:
            self._say("Zones are removed in step 5, Zones.", "muted")
            return
        zones = self.plan.topology.zones or self.plan.derived.zones
        index = self._questions.cursor[0] if self._zone is None else self._zone
        self._zone = None
        self._apply(f"remove zone {zones[index].name}", remove_zone(self.plan, index, self._catalogue))
        self._show_questions(max(0, index - 1))

    # Typing

    @property
    def _entry(self) -> EntryLine:
        return self.query_one(EntryLine)

    def _open_entry(self, field: Field, text: str) -> None:
        self._ask("field", field.title, text)

    def _ask(self, purpose: str, prompt: str, text: str) -> None:
        self._typing = purpose
        self._entry.open(visible(prompt, 22), text)

    def _close_entry(self) -> None:
        if self._entry.is_open:
            self._entry.close()
            self._questions.focus()

    def on_entry_line_changed(self, event: EntryLine.Changed) -> None:
        """Say while it is typed what is wrong with a text, or what it would do."""
        event.stop()
        if self._typing in ("save", "open"):
            shown = _resolved(event.text) if event.text else "type the path of a plan file"
            self._say(f"file: {shown}", "muted")
        elif self._typing == "field" and (field := self._field) is not None:
            try:
                self._say(self._effect(field.apply(self.plan, event.text)), "muted")
            except TopologyError as error:
                self._say(str(error), "error")

    def on_entry_line_entered(self, event: EntryLine.Entered) -> None:
        """Take what was typed, for what it was asked."""
        event.stop()
        purpose, text = self._typing, event.text
        if purpose == "field":
            field = self._field
            if field is not None and self._take(field, text):
                self._close_entry()
                self._apply(f"confirm {field.title}", confirmed(self.plan, field))
                self._advance()
            return
        if not text.strip():
            self._say("Nothing typed; Esc goes back.", "muted")
            return
        self._close_entry()
        if purpose == "save":
            self._save_to(text)
        elif purpose == "open":
            self._open_path(text)
        else:
            self._decider = text.strip()
            if purpose == "decider-all":
                self.action_confirm_step()
            elif self._field is not None:
                self._settle(self._field)

    # Files

    def action_save(self) -> None:
        """Save to the plan's file; ask for one if it has none."""
        if self._path:
            self._write(self._path, overwrite=True)
        else:
            self.action_save_as()

    def action_save_as(self) -> None:
        """Ask for a path and save there."""
        self._ask("save", "Save as", self._path or f"{self.plan.head.id}.toml")

    def _save_to(self, text: str) -> None:
        path = str(Path(text).expanduser()) if text.startswith("~/") else text
        if Path(path).exists() and path != self._path:
            question = f"{visible(_resolved(path))} exists already. Overwrite it?"

            def answered(answer: str | None) -> None:
                if answer == "overwrite":
                    self._write(path, overwrite=True)

            self.app.push_screen(Choice(question, [("o", "overwrite it", "overwrite")]), answered)
        else:
            self._write(path, overwrite=path == self._path)

    def _write(self, path: str, *, overwrite: bool) -> bool:
        try:
            save_plan(self.plan, path, overwrite=overwrite)
        except PlanFileError as error:
            self._say(str(error), "error")
            return False
        self._path = path
        self._session.mark_saved()
        self._show_questions()
        self._say(f"Saved {_resolved(path)}")
        return True

    def action_open(self) -> None:
        """Ask for a path and open that plan; unsaved edits are asked about first."""
        self._guard(lambda: self._ask("open", "Open plan", ""))

    def _open_path(self, text: str) -> None:
        path = str(Path(text).expanduser()) if text.startswith("~/") else text
        try:
            plan = read_plan(path).plan
        except PlanFileError as error:
            self._say(str(error), "error")
            return
        self._session, self._path = Session(plan, saved=True), path
        self._step, self._zone = 0, None
        self._show_all()
        self._say(f"Opened {_resolved(path)}")

    def action_leave(self) -> None:
        """Quit; unsaved edits are asked about first."""
        self._guard(lambda: self.app.exit(0))

    def _guard(self, proceed: Callable[[], object]) -> None:
        """Go on at once if nothing would be lost; else ask."""
        if not self._session.dirty:
            proceed()
            return

        def answered(answer: str | None) -> None:
            if answer == "drop":
                proceed()
            elif answer == "save" and self._path:
                if self._write(self._path, overwrite=True):
                    proceed()
            elif answer == "save":
                self.action_save_as()

        self.app.push_screen(
            Choice("This plan has edits that are not saved.", [("s", "save", "save"), ("d", "drop them", "drop")]),
            answered,
        )


def new_session(plan: Plan | None) -> Session:
    """Begin a session with an opened plan, or with a new one."""
    return Session(new_plan(), saved=False) if plan is None else Session(plan, saved=True)


def _resolved(path: str) -> str:
    """Give the absolute path that a typed one leads to."""
    try:
        return visible(str(Path(path).expanduser().resolve() if path.startswith("~/") else Path(path).resolve()))
    except (OSError, ValueError, RuntimeError):
        return visible(path)
