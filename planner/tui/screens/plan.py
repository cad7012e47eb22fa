"""Plan screen: the questions, the live matrix beside them, and the explanation of what the cursor is on."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Key, ScreenResume
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from planner.plan.editing import file_stem
from planner.plan.explanation import Explanation
from planner.session.steps import STEPS
from planner.session.workspace import Workspace
from planner.text.escaping import visible
from planner.tui import clipboard
from planner.tui.app import planner_app
from planner.tui.commands import BY_ID, MAIN, bindings
from planner.tui.screens.explainer import Explainer
from planner.tui.screens.file_actions import FileActions
from planner.tui.screens.pages import Pages
from planner.tui.screens.plan_edits import PlanEdits
from planner.tui.screens.question_pane import QuestionPane
from planner.tui.screens.view_pane import ViewPane
from planner.tui.widgets.bars import (
    COMPLETE,
    ENTER,
    GIVE_UP,
    STEP,
    bar_layout,
    explanation_layout,
    keys_layout,
    message_layout,
    paragraph_layout,
)
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.input_line import InputLine
from planner.tui.widgets.text_pane import TextPane

_WHILE_TYPING = ("back", "save", "quit", "help")
"""Commands that work while something is typed."""


def _class_at(length: int, breakpoints: Sequence[tuple[int, str]]) -> str:
    return max(point for point in breakpoints if point[0] <= length)[1]


class PlanScreen(Screen[int]):
    """Owns the panes and the file actions; applies what they post to the workspace, and shows them the new plan.

    Attributes:
        work: the open plan.
        files: saves, opens and leaves.
        questions: the fields and their answers.
        view: the matrix or another view.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(*MAIN)]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it without ClassVar
        (0, "-tiny"), (60, "-narrow"), (100, "-roomy"), (160, "-wide"), (200, "-huge"),
    ]  # fmt: skip
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (20, "-short"), (24, "-high"), (34, "-tall")]  # noqa: RUF012 - as above
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's, but a change of focus repaints only what shows it, which spares five kilobytes a Tab."""

    class JournalChanged(Message):
        """The journal has trouble, or has none any more."""

    def __init__(self, work: Workspace, size: Size, *, begins: bool = False) -> None:
        # With the classes of its size from the start it need not be styled twice before it is seen.
        across, down = self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS
        super().__init__(classes=f"{_class_at(size.width, across)} {_class_at(size.height, down)}")
        self.work = work
        self._begins = begins
        self._line = InputLine(id="entry")
        self.files = FileActions(self, work, self._line)
        self.questions = QuestionPane(work, self._line, self.say, self._say_effect)
        self.view = ViewPane(work, self._line, self.say)
        self._edits = PlanEdits(self, work, self.questions, self.view, self._line)
        self._top, self._banner = TextPane(id="top"), TextPane(id="banner")
        self._explain, self._keys = TextPane(id="explain"), TextPane(id="keys")
        self._news = ("", "")
        self._awaits_step = False
        self._explainer = Explainer(
            work, self._line, self.say, self.show_explanation, self.call_later, self.call_after_refresh
        )
        self._pages = Pages(self, work, self.files, self.questions, self.view, self._explainer)
        self._commands = self._command_table()

    def _command_table(self) -> dict[str, Callable[[], object]]:
        """Methods behind the commands of this screen, by their ids in the registry."""
        questions, view, files = self.questions, self.view, self.files
        return {
            "next": lambda: self._pages.read_whole() if view.is_active else questions.confirm(),
            "change": lambda: None if view.is_active else questions.change(),
            "back": self._go_back,
            "focus": self._focus_other,
            "step_next": lambda: questions.go_to(min(questions.step + 1, len(STEPS) - 1)),
            "step_back": lambda: questions.go_to(max(questions.step - 1, 0)),
            "go_to": self._await_step,
            "view_ports": lambda: view.show_view("ports"),
            "view_zones": lambda: view.show_view("zones"),
            "view_rules": lambda: view.show_view("rules"),
            "view_closed": lambda: view.show_view("closed"),
            "view_findings": lambda: view.show_view("findings"),
            "filter": view.ask_filter,
            "jump": view.ask_jump,
            "sort": view.sort,
            "hide_empty": view.hide_empty,
            "transpose": view.transpose,
            "change_next": lambda: view.next_change(1),
            "change_back": lambda: view.next_change(-1),
            "copy": lambda: clipboard.copy(self.app, clipboard.as_text(self._explanation(whole=True)), self.say, "W"),
            "write": lambda: files.write_text(
                clipboard.as_text(self._explanation(whole=True)), f"{file_stem(self.work.plan)}-explained.txt"
            ),
            "zoom": self._zoom,
            "save": self._save,
            "save_as": files.save_as,
            "open": files.open,
            "quit": files.leave,
            **self._edits.commands,
            **self._pages.commands,
        }

    def compose(self) -> ComposeResult:
        """Lay out the bars, the three panes and the input line."""
        yield from (self._top, self._banner)
        with Container(id="body"):
            yield from (self.questions, self.view, self._explain, self.view.rules_list)
        yield from (self._line, self._keys)
        too_small = TextPane(id="too-small")
        too_small.show(paragraph_layout("sav-planner needs 60 columns and 20 rows."))
        yield too_small

    def on_mount(self) -> None:
        """Show the plan; the questions have the keys first."""
        self.questions.focus()
        self.show_plan()
        app = planner_app(self)
        if trouble := app.settings.trouble or app.keys.trouble:
            self.say(trouble, "warning")
        if self._begins:
            self._pages.start()
            if not app.settings.now.tour_seen:
                self._pages.tour()
        self.files.show_warnings()
        if self.work.journal is not None:
            # It reports from a thread of its own: a message may come from any.
            self.work.journal.report = lambda trouble: self.post_message(self.JournalChanged())
            self.files.offer_recovery()
        self.call_after_refresh(self._explainer.begin_previews)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Spare the first picture a second styling: widgets were styled as they were mounted."""
        if not self.stack_updates:
            event.refresh_styles = False

    def on_unmount(self) -> None:
        """Unlock the plan's file for other sessions."""
        self.work.file.close()

    def on_resize(self) -> None:
        """Focus a pane again if the one that had the keys went out of sight."""
        self.call_after_refresh(self._hold_focus)
        self.call_after_refresh(self.view.show_list)

    def _hold_focus(self) -> None:
        if self.focused is None:
            (self.view.grid if self.has_class("-zoomed") else self.questions).focus()

    # What is shown

    @property
    def is_busy(self) -> bool:
        """True while a file is read or written."""
        return self.files.is_busy

    @property
    def _unseen(self) -> bool:
        """True if the screen is too small to show anything."""
        return self.has_class("-tiny")

    def show_plan(self, *, anew: bool = False) -> None:
        """Show the plan as it stands; from the first step if it is another plan."""
        self.view.show_plan()
        self.questions.show_plan(anew=anew)
        self._show_step()

    def _show_step(self) -> None:
        self._top.show(bar_layout(self.work.session, self.questions.step, self.view.changes.rules_changed))
        self.show_explanation()

    def show_banner(self, text: str) -> None:
        """Show a lasting warning under the bar; none for no text."""
        self._banner.show(paragraph_layout(visible(text)))
        self._banner.set_class(bool(text), "-open")

    def say(self, text: str, kind: str = "good") -> None:
        """Show a message in place of the keys, until the next key; a long one in whole over the explanation."""
        self._news = (visible(text), kind)
        self.show_explanation()

    def show_explanation(self) -> None:
        """Explain what the cursor is on; news stand below what is typed, else in place of the keys."""
        news, kind = self._news
        long_news = news if cell_len(news) + 1 > self.size.width else ""
        self._explain.show(explanation_layout(self._explanation(), long_news))
        if self._line.is_open:
            self._line.tell(news, kind)
        if news and not self._line.is_open:
            self._keys.show(message_layout(news, kind))
            return
        beyond = {self.questions: "questions", self.view.grid: "view"}.get(self._next_pane, "rules")
        undoes = self.work.session.undo_label
        self._keys.show(keys_layout(self._place, self.questions.field, beyond, planner_app(self).keys, undoes))

    @property
    def _place(self) -> str:
        """Place of the keys in the registry of commands."""
        if self._line.is_open:
            return "path" if self._line.request is not None and self._line.request.complete else "entry"
        if self.view.is_active:
            return "view"
        step = STEPS[self.questions.step].id
        if step == "decisions":
            return "decisions"
        return "zones" if step == "zones" and self.questions.zone is None else "questions"

    def _explanation(self, *, whole: bool = False) -> Explanation:
        return self._explainer.explain(self.view, self.questions, whole=whole)

    def _say_effect(self, text: str) -> None:
        if self.questions.field is not None:
            self._explainer.say_effect(self.questions.field, text)

    # What the panes post

    def on_question_pane_answer_changed(self, event: QuestionPane.AnswerChanged) -> None:
        """Apply an answer, or say why it cannot be; one that was typed leads on to the next question."""
        self._edits.change_answer(event)

    def on_question_pane_answer_confirmed(self, event: QuestionPane.AnswerConfirmed) -> None:
        """Confirm an answer and go on."""
        self._edits.confirm_answer(event)

    def on_question_pane_decision_made(self, event: QuestionPane.DecisionMade) -> None:
        """Put a name to a decision, or to all open ones; without a name, ask for it first."""
        self._edits.decide(event)

    def on_question_pane_note_written(self, event: QuestionPane.NoteWritten) -> None:
        """Write a note on a decision."""
        self._edits.write_note(event)

    def on_question_pane_link_followed(self, event: QuestionPane.LinkFollowed) -> None:
        """Save, or show the view that a link names."""
        if event.target == "save":
            self.files.save()
        else:
            self._commands[f"view_{event.target.removeprefix('view:')}"]()
            self.view.grid.focus()

    def on_question_pane_step_changed(self) -> None:
        """Show another step, out of a zoomed view."""
        self.remove_class("-zoomed")
        if not self._line.is_open:
            self.questions.focus()
        self._show_step()

    def on_question_pane_fields_changed(self) -> None:
        """Show other fields of the step."""
        self._show_step()

    def on_view_pane_view_changed(self) -> None:
        """Explain what the cursor of the view is on now."""
        self.show_explanation()

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        """Explain what the cursor is on now."""
        event.stop()
        self.show_explanation()

    def on_descendant_focus(self) -> None:
        """Explain what has the keys now."""
        self.show_explanation()

    def on_plan_screen_journal_changed(self) -> None:
        """Warn that edits are not safe until they are saved, or end that warning."""
        self.files.show_warnings()

    async def on_text_pane_linked(self, event: TextPane.Linked) -> None:
        """Run the command of a clicked key in the footer, or go to a clicked step."""
        event.stop()
        if event.link.startswith(STEP):
            self.close_line()
            self.questions.go_to(int(event.link.removeprefix(STEP)))
        elif event.link == ENTER:
            self._line.enter()
        elif event.link == GIVE_UP:
            self._go_back()
        elif event.link == COMPLETE:
            self._line.action_complete()
        elif event.link in BY_ID:
            await self.app.run_action(BY_ID[event.link].action, self)

    # Keys and commands

    def on_key(self, event: Key) -> None:
        """Answer with digits and y or n; after g, a digit names the step to go to. Any key ends a message."""
        awaits_step, self._awaits_step = self._awaits_step, False
        if self._line.is_open or self._unseen:
            return
        if self._news[0]:
            self._news = ("", "")
            self.show_explanation()
        character = event.character or ""
        if awaits_step and character.isascii() and character.isdigit():
            event.stop()
            self.questions.go_to(max(0, min(int(character), len(STEPS)) - 1))
        elif character and not self.view.is_active and self.questions.answer_key(character):
            event.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """While something is typed, allow only what saves, quits, helps or gives it up; unseen, only what quits."""
        if action != "run":
            return True
        if self._unseen:
            return parameters == ("quit",)
        return not self._line.is_open or parameters[0] in _WHILE_TYPING

    def action_run(self, command: str) -> None:
        """Run a command of the registry."""
        self._commands[command]()

    def close_line(self) -> None:
        """Close the input line, and end its news."""
        self._news = ("", "")
        self._line.close()

    def _go_back(self) -> None:
        """Cancel reading or typing, leave the zone, leave the view, or go back a step."""
        if self.files.cancel_reading():
            return
        if self._line.is_open:
            if self._line.request is not None:
                self._line.request.cancelled()
            self.close_line()
            self.show_explanation()
        elif self.view.is_active and self.view.filtered:
            self.view.set_filter("")
            self.say("The filter is cleared.")
        elif self.view.is_active:
            self.remove_class("-zoomed")
            self.questions.focus()
        elif self.questions.leave_zone():
            return
        elif self.questions.step:
            self.questions.go_to(self.questions.step - 1)
        else:
            self.say("This is the first step; ^Q quits.", "muted")

    @property
    def _next_pane(self) -> Grid:
        """Pane that Tab goes to."""
        if not self.view.is_active:
            return self.view.grid
        room = self.has_class("-huge") and not self.has_class("-zoomed")
        return self.view.rules_list if room and self.focused is not self.view.rules_list else self.questions

    def _focus_other(self) -> None:
        pane = self._next_pane
        self.remove_class("-zoomed")
        pane.focus()

    def _zoom(self) -> None:
        self.toggle_class("-zoomed")
        (self.view.grid if self.has_class("-zoomed") else self.questions).focus()

    def _await_step(self) -> None:
        self._awaits_step = True
        self.say(f"Go to which step, 1 to {len(STEPS)}?", "strong")

    def _save(self) -> None:
        """Save the plan, with what is being typed taken in first."""
        if not self._line.is_open:
            self.files.save()
            return
        self._line.enter()
        # The answer is applied by a message that was posted just now.
        self.call_later(lambda: None if self._line.is_open else self.files.save())
