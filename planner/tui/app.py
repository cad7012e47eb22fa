"""The planner as a Textual app."""

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, cast

from planner.catalogue.loader import load_catalogue
from planner.plan.editing import new_plan
from planner.plan.plan import Plan
from planner.session.background import WRITES
from planner.session.workspace import Workspace
from planner.storage.journal import Journal
from planner.storage.plan_files import USUAL, Bounds
from planner.storage.settings import SettingsFile
from planner.storage.toml_reader import PlanText
from planner.tui.terminal.guarded import GuardedApp
from planner.tui.terminal.running import run_guarded

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.screen import Screen


class PlannerApp(GuardedApp):
    """Opens the main screen with a plan. Nothing moves by itself: an idle screen sends nothing."""

    CSS_PATH: ClassVar[list[str | PurePath]] = ["screens/main.tcss"]

    def __init__(
        self,
        plan: Plan | None,
        path: str,
        driver_class: "type[Driver] | None" = None,
        *,
        base: str = "",
        bounds: Bounds = USUAL,
        journal: Journal | None = None,
        ascii_asked: bool = False,
        begins: bool = False,
    ) -> None:
        super().__init__(SettingsFile(), driver_class, ascii_asked=ascii_asked)
        self._opened = path
        self._pages_styled = False
        self._work = Workspace(plan, path, load_catalogue(), base, journal, bounds)
        if plan is None:
            self._work.begin(new_plan(self.settings.now.boundary))
        self.animation_level = "none"
        self._begins = begins

    def get_default_screen(self) -> "Screen[int]":
        """Return the main screen, which is the first one."""
        from planner.tui.screens.plan import PlanScreen  # screens import this module

        return PlanScreen(self._work, self.size, begins=self._begins)

    def on_ready(self) -> None:
        """Once the first picture is out, load what it had no need of, and prepare for the first key."""
        self.set_timer(_SETTLED, self._load_the_rest)

    def _load_the_rest(self) -> None:
        if self._opened:
            from planner.storage.settings import remember

            opened = self._opened
            WRITES.add(lambda: remember(opened))
        self._style_pages()
        for name in ("help", "command_palette", "start", "tour"):
            import_module(f"planner.tui.screens.{name}")

    def push_screen(self, *arguments: Any, **options: Any) -> Any:
        """Show a page over the screen; before the first one, take up the styles of pages."""
        self._style_pages()
        return super().push_screen(*arguments, **options)

    def _style_pages(self) -> None:
        # All at once, and added to those that are parsed: stated by its page, each would have all parsed again.
        if not self._pages_styled:
            self._pages_styled = True
            self.stylesheet.read_all([_SCREENS / f"{name}.tcss" for name in ("pages", "tool", "picture")])
            self.stylesheet.parse()


def planner_app(node: "DOMNode") -> PlannerApp:
    """Return the planner's app that a screen or widget belongs to."""
    return cast(PlannerApp, node.app)


_SCREENS = PurePath(__file__).parent / "screens"
_SETTLED = 0.3
"""Seconds after which the first picture is out and the terminal has answered."""


def run(
    found: PlanText | None,
    path: str | None,
    bounds: Bounds = USUAL,
    *,
    ascii_asked: bool = False,
    mouse: bool = True,
    parent: int = -1,
) -> int:
    """Run the planner until the user leaves; give the exit code, never 0 after a crash.

    What is not saved outlives every end but the one the user asked for. Plan files are read within ``bounds``.
    """
    plan, base = (found.plan, found.sha256) if found else (None, "")
    named = "" if path in (None, "-") else str(path)

    def build(journal: Journal, driver_class: "type[Driver] | None") -> PlannerApp:
        app = PlannerApp(
            plan,
            named,
            driver_class,
            base=base,
            bounds=bounds,
            journal=journal,
            ascii_asked=ascii_asked,
            begins=found is None,
        )
        app.mouse = mouse and app.settings.now.mouse
        return app

    return run_guarded(build, parent)
