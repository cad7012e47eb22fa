"""The planner as a Textual app."""

from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.app import App

from planner.core.catalogue import load_catalogue
from planner.core.plan import Plan
from planner.tui.screens.main import MainScreen
from planner.tui.textual_private import send_only_what_changed, styled
from planner.tui.workspace import Workspace

if TYPE_CHECKING:
    from textual.driver import Driver


class PlannerApp(App[int], inherit_bindings=False):
    """Opens the main screen with a plan. Nothing moves by itself: an idle screen sends nothing."""

    TITLE = "sav-planner"
    ENABLE_COMMAND_PALETTE = False
    # Here all are parsed at once; beside its screen, each would have all the others parsed again.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["screens/main.tcss", "screens/pages.tcss"]
    DEFAULT_MODE = "plan"

    def __init__(self, plan: Plan | None, path: str, driver_class: "type[Driver] | None" = None) -> None:
        super().__init__(driver_class=driver_class)
        self._work = Workspace(plan, path, load_catalogue())
        self.animation_level = "none"
        self.theme = "textual-dark"
        # A mode opens the main screen as the first one: pushed, it would be painted after an empty one.
        self.add_mode("plan", lambda: styled(MainScreen(self._work, self.size), self))


def run(plan: Plan | None, path: str | None) -> int:
    """Run the planner until the user leaves; give the exit code, never 0 after a crash."""
    send_only_what_changed()
    app = PlannerApp(plan, "" if path in (None, "-") else str(path))
    result = app.run()
    if app.return_code:
        return app.return_code
    return 1 if result is None else result
