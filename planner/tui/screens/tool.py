"""The base of full-screen tools: a title, a grid, the explanation of what its cursor is on, a line for typing, keys."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Key
from textual.screen import Screen

from planner.network.partition import Stopped
from planner.plan.explanation import Explanation
from planner.session.background import SOON, Background, FileWriter, on_result
from planner.session.workspace import resolved
from planner.text.escaping import visible
from planner.tui.app import planner_app
from planner.tui.commands import BY_ID, TOOL, bindings
from planner.tui.screens.command_palette import open_palette
from planner.tui.screens.help import help_layout, read, whole_layout
from planner.tui.widgets.bars import (
    COMPLETE,
    ENTER,
    GIVE_UP,
    explanation_layout,
    footer_layout,
    message_layout,
    paragraph_layout,
)
from planner.tui.widgets.grid import Grid, GridModel
from planner.tui.widgets.input_line import InputLine, TextRequest, complete_path
from planner.tui.widgets.text_pane import Layout, TextPane


class ToolScreen(Screen[None]):
    """A page over the main screen that works with a grid; Escape goes back. `settings.py` is one of a hundred lines.

    A tool of yours has five parts:

    1. Its commands in `tui/commands.py`, with the tool's name as their place:
       ``Command("compare.next", "next_change", ("greater_than_sign",), "next", "Go to the next change", ("compare",))``
       and one of the main screen that opens it. Footer, help, palette and keymap follow from these. Back, help, more
       and quit are every tool's.
    2. ``place = "compare"`` in the class, from which its keys follow, and ``about`` for F1: what the tool is for, in a
       few sentences.
    3. `heading` gives the line or lines on top, `model` the grid, `explain` what is said of a cell. State lives on the
       screen; whatever changes it calls `show_tool`.
    4. ``action_next_change`` and so on, one method for each command.
    5. To have something typed: ``self.ask("purpose", "Prompt", "text to begin with")``; then `typed` is called with
       each text as it grows and `entered` with the one taken. `entered` calls `close_entry` when it can be taken, or
       `say` with the reason, and the line stays open.

       Purposes named in ``paths`` take a path: Tab completes it, and where it leads is said. Files whose names
       end in ``ending`` are offered first.

    `say` puts one line of news where the keys are, until the next key; while something is typed, below that.
    """

    place: ClassVar[str] = TOOL
    about: ClassVar[str] = ""
    paths: ClassVar[tuple[str, ...]] = ()
    ending: ClassVar[str] = ".toml"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(TOOL)]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-below"), (120, "-beside")]  # noqa: RUF012 - Textual's declaration
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (20, "-short"), (24, "-high"), (34, "-tall")]  # noqa: RUF012 - as above

    def __init_subclass__(cls) -> None:
        cls.BINDINGS = [*bindings(cls.place)]
        super().__init_subclass__()

    def __init__(self) -> None:
        super().__init__()
        self.typing = ""
        self.background = Background(self.call_later)
        self.writer = FileWriter(self.call_later, self.say)
        self._news = ("", "")

    # What a tool gives

    def heading(self) -> Layout:
        """Return the lines on top, one or two."""
        raise NotImplementedError

    def model(self) -> GridModel:
        """Return the model of the grid."""
        raise NotImplementedError

    def explain(self, row: int, column: int) -> Explanation:
        """Explain a cell; also called with (0, 0) where there is none."""
        raise NotImplementedError

    def typed(self, purpose: str, text: str) -> None:
        """React to a text while it is typed; here, show where a path leads."""
        if purpose in self.paths:
            self.say(f"file: {resolved(text)}" if text.strip() else "Type the path of a file.", "muted")

    def entered(self, purpose: str, text: str) -> None:
        """Apply a text that was typed."""

    # What it gets

    def compose(self) -> ComposeResult:
        """Lay out the title, the grid, its explanation, the line for typing and the keys."""
        yield TextPane(id="tool-title")
        with Container(id="tool-body"):
            yield Grid(id="tool-grid")
            yield TextPane(id="tool-explain")
        yield InputLine(id="entry")
        yield TextPane(id="keys")
        yield TextPane(id="too-small")

    def on_mount(self) -> None:
        """Show everything; the grid has the keys."""
        self.query_one("#too-small", TextPane).show(paragraph_layout("sav-planner needs 60 columns and 20 rows."))
        self.grid.focus()
        self.show_tool(keep_cursor=False)

    @cached_property
    def grid(self) -> Grid:
        """The grid."""
        return self.query_one(Grid)

    @cached_property
    def entry(self) -> InputLine:
        """The line for typing."""
        return self.query_one(InputLine)

    @property
    def is_busy(self) -> bool:
        """True while work runs in the background."""
        return self.background.running or self.writer.running

    def show_tool(self, *, keep_cursor: bool = True) -> None:
        """Show everything again after something has changed."""
        self.query_one("#tool-title", TextPane).show(self.heading())
        self.grid.show(self.model(), keep_cursor)
        self._show_words()

    def say(self, text: str, kind: str = "good") -> None:
        """Put news where the keys are, until the next key; what is too long for that over the explanation."""
        self._news = (visible(text), kind)
        self._show_words()

    def ask(self, purpose: str, prompt: str, text: str = "") -> None:
        """Open the line for typing."""
        self.typing = purpose
        self._news = ("", "")
        complete = (lambda: self.complete(purpose)) if purpose in self.paths else None
        request = TextRequest(
            visible(prompt, 40), partial(self.entered, purpose), partial(self.typed, purpose), complete=complete
        )
        self.entry.open(request, text)
        self._show_words()

    def complete(self, purpose: str) -> None:
        """Complete the path on the input line, and show what it may become."""
        complete_path(self.entry, self.ending, self.say, partial(self.typed, purpose))

    def close_entry(self) -> None:
        """Put the line for typing away."""
        self._news = ("", "")
        self.entry.close()
        self.grid.focus()
        self._show_words()

    def _show_words(self) -> None:
        news, kind = self._news
        long_news = news if cell_len(news) + 1 > self.size.width else ""
        explained = self.explain(*self.grid.cursor)
        self.query_one("#tool-explain", TextPane).show(explanation_layout(explained, long_news))
        typing = self.entry.is_open
        if typing:
            self.entry.tell(news, kind)
        entry = "path" if self.typing in self.paths else "entry"
        keys = footer_layout(entry if typing else self.place, planner_app(self).keys)
        self.query_one("#keys", TextPane).show(message_layout(news, kind) if news and not typing else keys)

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        """Explain what the cursor is on now."""
        event.stop()
        self._show_words()

    def on_key(self, event: Key) -> None:
        """End a message with the next key."""
        if self._news[0] and not self.entry.is_open:
            self._news = ("", "")
            self._show_words()

    def on_resize(self) -> None:
        """Focus the grid again if it went out of sight, and lay the news out anew."""
        self.call_after_refresh(self._hold_focus)

    def _hold_focus(self) -> None:
        if self.focused is None:
            self.grid.focus()
        self._show_words()

    async def on_text_pane_linked(self, event: TextPane.Linked) -> None:
        """Do what a clicked key in the footer does."""
        event.stop()
        if event.link == ENTER:
            self.entry.enter()
        elif event.link == GIVE_UP:
            self.action_back()
        elif event.link == COMPLETE:
            self.entry.action_complete()
        elif event.link in BY_ID:
            await self.app.run_action(BY_ID[event.link].action, self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """While something is typed, take only what gives it up, helps or quits; unseen, only what leaves."""
        if self.has_class("-tiny"):
            return action in ("leave", "back")
        return not self.entry.is_open or action in ("back", "help", "leave")

    def run_in_background(
        self,
        words: str,
        work: Callable[[Stopped], Any],
        done: Callable[[Any], object],
        refuses: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        """Do what may take its time beside the screen: ``words`` say what, Esc gives it up, ``done`` gets its result.

        What ``work`` raises of ``refuses`` is said.
        """
        if self.background.start(work, on_result(done, refuses, self.say), patience=SOON):
            self.say(f"{words}; Esc gives up.", "muted")

    def on_unmount(self) -> None:
        """Cancel background work."""
        self.background.cancel()
        self.writer.forget()

    def action_back(self) -> None:
        """Cancel background work or typing, or go back to the plan screen."""
        if self.background.cancel():
            self.say("Given up.", "muted")
        elif self.entry.is_open:
            self.close_entry()
        else:
            self.dismiss()

    def action_explain(self) -> None:
        """Show the whole explanation on a page of its own."""
        read(planner_app(self), whole_layout(self.explain(*self.grid.cursor)))

    def action_help(self) -> None:
        """Show what this tool is for, and its keys."""
        frame = planner_app(self)
        read(frame, help_layout(self.about, frame.keys, (self.place, TOOL)))

    def action_palette(self) -> None:
        """Open the command palette."""
        open_palette(self, (self.place, TOOL))

    async def action_leave(self) -> None:
        """Quit by way of the main screen, which asks if something is not saved."""
        await self.dismiss()
        await self.app.run_action("run('quit')", self.app.screen)
