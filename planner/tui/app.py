"""The planner as a Textual app."""

from typing import TYPE_CHECKING

from textual.app import App

from planner.core.catalogue import load_catalogue
from planner.core.plan import Plan
from planner.tui.screens.main import MainScreen
from planner.tui.textual_private import send_only_what_changed
from planner.tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.driver import Driver


class PlannerApp(App[int], inherit_bindings=False):
    """Opens the main screen with a plan. Nothing moves by itself: an idle screen sends nothing."""

    TITLE = "sav-planner"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, plan: Plan | None, path: str, driver_class: "type[Driver] | None" = None) -> None:
        super().__init__(driver_class=driver_class)
        self._work = Workspace(plan, path, load_catalogue())
        self.animation_level = "none"
        self.theme = "textual-dark"

    def on_mount(self) -> None:
        """Open the main screen."""
        self.push_screen(MainScreen(self._work))


def run(plan: Plan | None, path: str | None) -> int:
    """Run the planner until the user leaves; give the exit code, never 0 after a crash."""
    send_only_what_changed()
    app = PlannerApp(plan, "" if path in (None, "-") else str(path))
    result = app.run()
    if app.return_code:
        return app.return_code
    return 1 if result is None else result
