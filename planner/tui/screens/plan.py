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

from planner.plan.explanation import Explanation, Line
from planner.session.steps import STEPS, fields_of
from planner.session.workspace import Workspace
from planner.text.escaping import visible
from planner.tui.app import planner_app
from planner.tui.commands import MAIN, bindings
from planner.tui.screens.file_actions import PATHS
from planner.tui.screens.taking import TakingScreen
from planner.tui.weighing import WEIGHING, Weigher
from planner.tui.widgets.bars import (
    bar_layout,
    explanation_layout,
    keys_layout,
    message_layout,
    paragraph_layout,
    question_model,
)
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.input_line import EntryLine
from planner.tui.widgets.text_pane import Layout, TextPane

_PANES = {"questions": "questions", "view": "view", "list": "rules"}
"""What the panes that take keys are called."""


def _class_at(length: int, breakpoints: Sequence[tuple[int, str]]) -> str:
    return max(point for point in breakpoints if point[0] <= length)[1]


class MainScreen(TakingScreen):
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
        self._panes: dict[str, TextPane] = {}
        self._going = False
        self.begin_looking()
        self.begin_answering()
        self.begin_taking()
        self._impact: Weigher[list[Line]] = Weigher(self, self.show_explanation)

    def compose(self) -> ComposeResult:
        """Lay out the bars, the three panes and the line for typing."""
        yield TextPane(id="top")
        yield TextPane(id="banner")
        with Container(id="body"):
            yield Grid(id="questions")
            with Container(id="stage"):
                yield TextPane(id="lens")
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
        self.call_after_refresh(self.show_list)

    def _hold_focus(self) -> None:
        if self.focused is None:
            (self.grid if self.has_class("-zoomed") else self._questions).focus()

    # What is shown

    def _pane(self, id_: str) -> TextPane:
        if id_ not in self._panes:
            self._panes[id_] = self.query_one(f"#{id_}", TextPane)
        return self._panes[id_]

    def show_plan(self, *, anew: bool = False) -> None:
        """Show the plan again after an edit; from the first step if it is another plan."""
        if anew or (self._zone is not None and self._zone >= len(self.work.plan.derived.zones)):
            self._step, self._zone = 0 if anew else self._step, None
        self.show_view()
        self._show_questions()

    def _show_questions(self, row: int | None = None) -> None:
        step = STEPS[self._step]
        plan = self.work.plan
        self._fields = fields_of(plan, step.id, self._zone, self.work.path, self.work.catalogue)
        zone = "" if self._zone is None else plan.derived.zones[self._zone].name
        self._questions.show(question_model(self._fields, step.title, zone))
        if row is not None:
            self._questions.move_to(row, 0)
        self._pane("top").show(bar_layout(self.work.session, self._step, self._seen().changes))
        self.show_explanation()

    def show_explanation(self) -> None:
        """Explain again what the cursor is on; news stand below what is typed, else where the keys are."""
        news, kind = self._news
        long_news = news if cell_len(news) + 1 > self.size.width else ""
        self._pane("explain").show(explanation_layout(self._explanation(), long_news))
        undoes = self.work.session.undo_label
        keys = keys_layout(self._place, self._field, _PANES[self._beyond.id or ""], planner_app(self).keys, undoes)
        typing = self._entry.is_open
        if typing:
            self._entry.tell(news, kind)
        self._pane("keys").show(message_layout(news, kind) if news and not typing else keys)

    @property
    def _place(self) -> str:
        """Where the keys go now."""
        if self._entry.is_open:
            return "path" if self.typing in PATHS else "entry"
        if self.in_view:
            return "view"
        step = STEPS[self._step].id
        if step == "decisions":
            return "decisions"
        return "zones" if step == "zones" and self._zone is None else "questions"

    def say(self, text: str, kind: str = "good") -> None:
        """Put a message where the keys are, until the next key; a long one in whole over the explanation."""
        self._news = (visible(text), kind)
        self.show_explanation()

    def _explanation(self) -> Explanation:
        explained = self.explained()
        if explained is not None:
            return explained
        field = self._field
        if field is None:
            return Explanation("Nothing to ask here", (Line("", "Press ] to go on to the next step."),))
        now = [Line("now", field.entry)] if field.kind in ("text", "list", "date") and field.entry else []
        weighed = self._impact.weigh(self.work.plan, f"{field.kind} {field.id}", lambda: self.work.impact(field))
        impact = [Line("if changed", WEIGHING)] if weighed is None else weighed
        return Explanation(field.title, (*now, *field.about[:1], *impact, *field.about[1:]))

    def whole_explanation(self) -> Explanation:
        """Give all there is to say of what the cursor is on."""
        return self.explained(whole=True) or self._explanation()

    # Moving

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        """Explain what the cursor is on now."""
        event.stop()
        self.show_explanation()

    def on_descendant_focus(self) -> None:
        """Explain what has the keys now."""
        self.show_explanation()

    def action_focus_other(self) -> None:
        """Go from the questions to the view, and back; by way of the list of rules where that is in sight."""
        pane = self._beyond
        self.remove_class("-zoomed")
        pane.focus()

    @property
    def _beyond(self) -> Grid:
        """Where Tab goes."""
        if not self.in_view:
            return self.grid
        more = self.has_class("-huge") and not self.has_class("-zoomed") and self.focused is not self.rules_list
        return self.rules_list if more else self._questions

    def action_zoom(self) -> None:
        """Give the view the whole width, or the questions their place back."""
        self.toggle_class("-zoomed")
        (self.grid if self.has_class("-zoomed") else self._questions).focus()

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

    def action_help(self) -> None:
        """Show what helps with the thing that has the keys, every key, and the words of the field."""
        from planner.tui.screens.help import read

        read(planner_app(self), self._help_layout())

    def _help_layout(self) -> Layout:
        """Lay out what the page of help shows."""
        from planner.tui.screens.help import help_layout, words_layout
        from planner.tui.screens.help_text import help_on_field, help_on_view

        if self.in_view:
            view = "rules" if self.focused is self.rules_list else self._view
            about = help_on_view(view, self._explanation().title)
        else:
            about = help_on_field(self._field, self._step)
        return help_layout(about, planner_app(self).keys, MAIN, words_layout(self.work.catalogue))

    def action_back(self) -> None:
        """Give up reading or typing, leave the zone, leave the view, or go back a step."""
        if self.gives_up_reading():
            return
        if self._entry.is_open:
            self.gives_up_looking()
            self.close_entry()
            self.show_explanation()
        elif self.in_view and self._filter:
            self.set_filter("")
            self.say("The filter is cleared.")
        elif self.in_view:
            self.remove_class("-zoomed")
            self._questions.focus()
        elif self._zone is not None:
            self._leave_zone()
        elif self._step:
            self.go_to(self._step - 1)
        else:
            self.say("This is the first step; ^Q quits.", "muted")

    def _leave_zone(self) -> None:
        row, self._zone = self._zone, None
        self._show_questions(row)

    # Answering

    def on_key(self, event: Key) -> None:
        """Take digits and y or n as answers; after g, a digit as the step to go to. Any key ends a message."""
        going, self._going = self._going, False
        if self._entry.is_open or self._unseen:
            return
        if self._news[0]:
            self._news = ("", "")
            self.show_explanation()
        if event.character is None:
            return
        field = None if self.in_view else self._field
        digit = event.character if event.character.isascii() and event.character.isdigit() else ""
        if digit and going:
            event.stop()
            self.go_to(max(0, min(int(digit), len(STEPS)) - 1))
        elif digit and field is not None and field.kind in ("number", "port", "date"):
            event.stop()
            self.ask("field", field.title, digit)
            self._say_effect()
        elif field is not None and field.kind == "yesno" and event.character in "yn":
            event.stop()
            self._take(field, {"y": "yes", "n": "no"}[event.character])
