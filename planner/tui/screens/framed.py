"""What the main screen has of the app's frame: palette, settings, keys and steps that can be clicked."""

from planner.tui.bars import ENTER, GIVE_UP, STEP
from planner.tui.commands import BY_ID, MAIN
from planner.tui.frame import frame_of
from planner.tui.screens.filing import FilingScreen
from planner.tui.screens.palette import open_palette
from planner.tui.widgets.text_pane import TextPane


class FramedScreen(FilingScreen):
    """A screen with files, steps and a line for typing, in the app's frame."""

    def go_to(self, step: int) -> None:
        """Go to a step."""
        raise NotImplementedError

    def take_entry(self, text: str) -> None:
        """Take what was typed."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Give up typing, or go back."""
        raise NotImplementedError

    def say_trouble(self) -> None:
        """Say what is wrong with the settings, if anything is."""
        frame = frame_of(self)
        if trouble := frame.settings.trouble or frame.keys.trouble:
            self.say(trouble, "warning")

    async def on_text_pane_linked(self, event: TextPane.Linked) -> None:
        """Do what a clicked key in the footer does, or go to a clicked step."""
        event.stop()
        if event.link.startswith(STEP):
            self.go_to(int(event.link.removeprefix(STEP)))
        elif event.link == ENTER:
            self.take_entry(self._entry.text)
        elif event.link == GIVE_UP:
            self.action_back()
        elif event.link in BY_ID:
            await self.app.run_action(BY_ID[event.link].action, self)

    def action_settings(self) -> None:
        """Open the settings page; what it changed shows when it is left."""
        from planner.tui.screens.settings import SettingsScreen  # few starts ever need it

        self.app.push_screen(SettingsScreen(), lambda _: self.show_plan())

    def action_palette(self) -> None:
        """Let a command be found and run."""
        open_palette(self, MAIN)
