"""The planner run without a terminal: keys in, the rows of the screen out; a crash of the app fails the test."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from unicodedata import category

from textual.events import Key, Paste
from textual.keys import key_to_character
from textual.pilot import Pilot

from planner.plan.plan import Plan
from planner.session.steps import STEPS
from planner.storage.journal import Journal
from planner.tui.app import PlannerApp
from planner.tui.screens.plan import PlanScreen
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.text_pane import TextPane

STANDARD, MIDDLE, LARGE = (80, 24), (120, 40), (200, 60)


class Stage:
    """A running planner, as somebody in front of it has it: keys to press, rows to read."""

    def __init__(self, app: PlannerApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, keys: str) -> None:
        """Press keys apart by blanks; what stands in double quotes comes at one go: ``a "branch 1" enter``."""
        while not self.text or "if changed  being worked out" in self.text:  # until the first picture is whole
            await self.pilot.pause(0.005)
        for word in re.findall(r'"[^"]*"|\S+', keys):
            if word.startswith('"'):
                self.app.post_message(Paste(word[1:-1]))
            else:
                self.app.post_message(Key(word, word if len(word) == 1 else key_to_character(word)))
            while self.app.message_queue_size:  # or what the pilot asks of each widget would stand in its way
                await asyncio.sleep(0)
            await self._settle()
        await self.pilot.pause()

    async def paste(self, text: str) -> None:
        """Paste a text of any kind."""
        self.app.post_message(Paste(text))
        await self._settle()

    async def _settle(self) -> None:
        """Waits until the messages that follow from one key are dealt with; Textual's own ``press`` takes 60 ms."""
        for _ in range(5):
            await self.pilot.pause(0)
        while self._busy():
            await self.pilot.pause(0.005)
            for _ in range(2):
                await self.pilot.pause(0)

    def _busy(self) -> bool:
        """True while a thread is at work for a page: a save, rules that are read, a preview."""
        pages = (screen for screen in self.app.screen_stack if isinstance(screen, PlanScreen | ToolScreen))
        return any(page.is_busy for page in pages) or "being worked out" in self.text

    async def resize(self, width: int, height: int) -> None:
        """Resizes the terminal."""
        await self.pilot.resize_terminal(width, height)
        await self.pilot.pause()

    @property
    def rows(self) -> list[str]:
        """Lines of the screen, blanks at the ends left out."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The rows as one text."""
        return "\n".join(self.rows)

    @property
    def main(self) -> PlanScreen:
        """The main screen, also while a page lies over it."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, PlanScreen))

    @property
    def plan(self) -> Plan:
        """The plan as it stands."""
        return self.main.work.plan

    @property
    def page(self) -> str:
        """The whole text of the page that lies over the main screen, in sight or not."""
        return self.app.screen.query_one("#page", TextPane).text

    @property
    def explained(self) -> str:
        """The whole explanation of what the cursor is on, in sight or not."""
        return self.main.query_one("#explain", TextPane).text

    @property
    def bottom(self) -> str:
        """The line with the keys, or with a message: in their place, or above them while something is typed."""
        entry = self.app.screen.query("#entry.-open #said")
        said = entry.first(TextPane).text if entry else ""
        return (said or self.rows[-1]).strip()

    @property
    def step(self) -> str:
        """The name of the step that is marked on the step bar."""
        return STEPS[self.main.questions.step].title

    @property
    def view(self) -> Grid:
        """The grid of the view in sight."""
        return self.main.query_one("#view", Grid)


Body = Callable[[Stage], Awaitable[None]]


def play(
    body: Body,
    plan: Plan | None = None,
    path: str = "",
    size: tuple[int, int] = STANDARD,
    *,
    base: str = "",
    journal: Journal | None = None,
) -> int | None:
    """Run a body before a planner of this size, and give the exit code if the planner was left."""

    async def run() -> int | None:
        app = PlannerApp(plan, path, base=base, journal=journal)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await body(Stage(app, pilot))
        assert app._exception is None
        return app.return_value

    return asyncio.run(run())


def steering(text: str) -> set[str]:
    """Returns the characters of a screen that could steer a terminal or hide from its reader."""
    return {char for char in text if char != "\n" and category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")}
