"""What every screen may ask of the app: settings, the keys in force, and the look of things."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.filter import LineFilter, Monochrome, NoColor

from planner.session.background import WRITES
from planner.storage.settings import SettingsFile
from planner.text.escaping import show_ascii_only
from planner.tui.keymap import Keys
from planner.tui.terminal.key_queue import KeysInOrder
from planner.tui.textual_private.cells import CellApp
from planner.tui.textual_private.key_bindings import BoundApp
from planner.tui.theme import CONTRAST, SIXTEEN, Ascii, Colourless, look

if TYPE_CHECKING:
    from textual.driver import Driver


class Frame(CellApp, BoundApp[int], KeysInOrder[int], inherit_bindings=False):
    """An app with settings. A change of settings is in force at once, but for the mouse."""

    TITLE = "sav-planner"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, settings: SettingsFile, driver_class: "type[Driver] | None" = None, *, ascii_asked: bool = False
    ) -> None:
        self._lines: list[LineFilter] = []
        super().__init__(driver_class)
        self.settings = settings
        self._ascii_asked = ascii_asked
        self.register_theme(SIXTEEN)
        self.register_theme(CONTRAST)
        self._take_up()

    def change_settings(self, **values: object) -> None:
        """Put settings in force and have them kept; why they cannot be kept is said once that is known."""
        self.settings.change_later(WRITES.add, lambda trouble: self.call_later(self.say, trouble), **values)
        self._take_up()
        self.refresh_css(animate=False)

    def say(self, text: str) -> None:
        """Say something on whatever page is shown."""
        say = getattr(self.screen, "say", None)
        if say is not None:
            say(text, "warning")
        else:
            self.notify(text, markup=False)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Give the filters of the look in place of Textual's for NO_COLOR, which send greys."""
        kept = [line for line in super().get_line_filters() if not isinstance(line, Monochrome | NoColor)]
        return [*kept, *self._lines]

    def _take_up(self) -> None:
        """Put the settings as they are in force."""
        self.keys = Keys(self.settings.now.keymap)
        self.set_keymap(self.keys.overrides)
        asked = self._ascii_asked
        looks = look(self.settings.now, os.environ, c_locale=_started_in_c_locale(), ascii_asked=asked)
        self.no_color = not looks.colour
        self._lines = [*([] if looks.colour else [Colourless()]), *([Ascii()] if looks.ascii else [])]
        show_ascii_only(looks.ascii)
        self.theme = looks.theme


def _started_in_c_locale() -> bool:
    """Whether the locale was C or POSIX, or none: then Python turns its UTF-8 mode on by itself."""
    return bool(sys.flags.utf8_mode) and os.environ.get("PYTHONUTF8") != "1" and "utf8" not in sys._xoptions
