"""The planner as a Textual app: settings, looks, key queue, shutdown. An idle screen sends nothing."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, Protocol, cast, runtime_checkable

from rich.console import RenderableType
from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import Event, Key, Paste
from textual.filter import LineFilter, Monochrome, NoColor

from planner.catalogue.loader import load_catalogue
from planner.plan.editing import new_plan
from planner.plan.plan import Plan
from planner.session.background import WRITES
from planner.session.workspace import Workspace
from planner.storage.journal import Journal
from planner.storage.plan_files import USUAL, Bounds
from planner.storage.settings import SettingsFile, remember
from planner.storage.toml_reader import PlanText
from planner.text.escaping import show_ascii_only
from planner.tui.commands import Keys
from planner.tui.terminal.driver import PlannerDriver
from planner.tui.terminal.key_queue import KeyQueue
from planner.tui.terminal.shutdown import Shutdown, run_until_end
from planner.tui.theme import CONTRAST, SIXTEEN, Ascii, Colourless, look

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.screen import Screen

_HARMLESS = frozenset({"focus_next", "focus_previous"})
"""Actions of Textual's App that stay; others write files, press keys, change screens or quit without a question."""

_SETTLED = 0.3
"""Seconds from the first picture until modules are loaded that it had no need of."""


@runtime_checkable
class MessageScreen(Protocol):
    """Screen that shows messages in a line of its own."""

    def say(self, text: str, kind: str = "good") -> None:
        """Show a message."""


class PlannerApp(App[int], inherit_bindings=False):
    """Opens the main screen with a plan."""

    TITLE = "sav-planner"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "screens/main.tcss", "screens/pages.tcss", "screens/tool.tcss", "screens/picture.tcss",
    ]  # fmt: skip
    # On every page and while typing; it is no command of the planner's, but what the key does everywhere in a shell.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "suspend", show=False, priority=True)]

    def __init__(
        self,
        plan: Plan | None,
        path: str,
        driver_class: "type[Driver] | None" = None,
        *,
        base: str = "",
        bounds: Bounds = USUAL,
        journal: Journal | None = None,
        shutdown: Shutdown | None = None,
        ascii_asked: bool = False,
        begins: bool = False,
    ) -> None:
        self._look_filters: list[LineFilter] = []
        super().__init__(driver_class)
        self.settings = SettingsFile()
        self.key_queue = KeyQueue(self)
        self.shutdown = shutdown
        self.animation_level = "none"
        self._ascii_asked = ascii_asked
        self.register_theme(SIXTEEN)
        self.register_theme(CONTRAST)
        self._apply_settings()
        self._opened = path
        self._begins = begins
        self._work = Workspace(plan, path, load_catalogue(), base, journal, bounds)
        if plan is None:
            self._work.begin(new_plan(self.settings.now.boundary))

    # Beginning

    def on_load(self) -> None:
        """Attach the shutdown before anything can break."""
        if self.shutdown is not None:
            self.shutdown.attach(self)

    def get_default_screen(self) -> "Screen[int]":
        """Return the main screen, which is the first one."""
        from planner.tui.screens.plan import PlanScreen  # screens import this module

        return PlanScreen(self._work, self.size, begins=self._begins)

    def on_ready(self) -> None:
        """Load what the first picture had no need of, once it is out."""
        self.set_timer(_SETTLED, self._load_the_rest)

    def _load_the_rest(self) -> None:
        if self._opened:
            WRITES.add(lambda: remember(self._opened))
        for name in ("help", "command_palette", "start"):
            import_module(f"planner.tui.screens.{name}")

    # Settings and messages

    def change_settings(self, **values: object) -> None:
        """Apply settings at once and save them; an error while saving is shown when it is known."""
        self.settings.change_later(WRITES.add, lambda trouble: self.call_later(self.say, trouble), **values)
        self._apply_settings()
        self.refresh_css(animate=False)

    def _apply_settings(self) -> None:
        self.keys = Keys(self.settings.now.keymap)
        self.set_keymap(self.keys.overrides)
        asked = self._ascii_asked
        looks = look(self.settings.now, os.environ, c_locale=_started_in_c_locale(), ascii_asked=asked)
        self.no_color = not looks.colour
        self._look_filters = [*([] if looks.colour else [Colourless()]), *([Ascii()] if looks.ascii else [])]
        show_ascii_only(looks.ascii)
        self.theme = looks.theme

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters of the look in place of Textual's for NO_COLOR, which send greys."""
        kept = [line for line in super().get_line_filters() if not isinstance(line, Monochrome | NoColor)]
        return [*kept, *self._look_filters]

    def say(self, text: str) -> None:
        """Show a warning on the current screen."""
        screen = self.screen
        if isinstance(screen, MessageScreen):
            screen.say(text, "warning")
        else:
            self.notify(text, markup=False)

    def say_left_out(self, count: int) -> None:
        """Show that so many characters of a paste were left out."""
        text = f"That was too much to paste: {count:,} characters at its end were left out."
        self.key_queue.call_after_keys(lambda: self.say(text))

    # Keys and actions

    async def on_event(self, event: Event) -> None:
        """Handle an event; a key that comes before the last one has been dealt with waits in the key queue."""
        if isinstance(event, Key | Paste) and not event.is_forwarded and not self.key_queue.admits(event):
            return
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse every action of Textual's own App, whoever asks for it, but for two harmless ones."""
        method = getattr(type(self), f"action_{action}", None)
        own = method is not None and method.__module__.startswith("planner.")
        return super().check_action(action, parameters) if own or action in _HARMLESS else False

    def action_suspend(self) -> None:
        """Stop the process, as Ctrl+Z does in a shell."""
        self.action_suspend_process()

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open nothing: no text leads out of the planner."""

    def panic(self, *renderables: RenderableType) -> None:
        """End after a crash; nothing is printed, since a traceback may hold what the plan holds."""
        if self.shutdown is None:
            super().panic(*renderables)
        else:
            self.shutdown.crash(RuntimeError("panic"), "the screen")


def planner_app(node: "DOMNode") -> PlannerApp:
    """Return the planner's app that a screen or widget belongs to."""
    return cast(PlannerApp, node.app)


def _started_in_c_locale() -> bool:
    """Return whether the locale was C or POSIX, or none: Python then turns its UTF-8 mode on by itself."""
    return bool(sys.flags.utf8_mode) and os.environ.get("PYTHONUTF8") != "1" and "utf8" not in sys._xoptions


def run(
    found: PlanText | None,
    path: str | None,
    bounds: Bounds = USUAL,
    *,
    ascii_asked: bool = False,
    mouse: bool = True,
    parent: int = -1,
) -> int:
    """Run the planner until the user quits; return the exit code, never 0 after a crash.

    What is not saved outlives every end but the one the user asked for. Plan files are read within ``bounds``.
    """
    plan, base = (found.plan, found.sha256) if found else (None, "")
    named = "" if path in (None, "-") else str(path)

    def run_app(journal: Journal, shutdown: Shutdown) -> int | None:
        app = PlannerApp(
            plan, named, PlannerDriver, base=base, bounds=bounds, journal=journal, shutdown=shutdown,
            ascii_asked=ascii_asked, begins=found is None,
        )  # fmt: skip
        return app.run(mouse=mouse and app.settings.now.mouse)

    return run_until_end(run_app, parent)
