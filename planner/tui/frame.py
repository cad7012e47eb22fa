"""What every screen may ask of the app: settings and the keys in force."""

from typing import TYPE_CHECKING, cast

from textual.app import App

from planner.storage.settings import SettingsFile
from planner.tui.keymap import Keys

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.driver import Driver


class Frame(App[int], inherit_bindings=False):
    """An app with settings. A change of settings is in force at once, but for the mouse."""

    TITLE = "sav-planner"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, settings: SettingsFile, driver_class: "type[Driver] | None" = None) -> None:
        super().__init__(driver_class=driver_class)
        self.settings = settings
        self.keys = Keys(settings.now.keymap)
        self.set_keymap(self.keys.overrides)

    def change_settings(self, **values: object) -> str:
        """Put settings in force and keep them; give why they could not be kept, empty if they were."""
        trouble = self.settings.change(**values)
        self.keys = Keys(self.settings.now.keymap)
        self.set_keymap(self.keys.overrides)
        return trouble


def frame_of(node: "DOMNode") -> Frame:
    """Give the app that a screen or widget belongs to."""
    return cast(Frame, node.app)
