"""What the main screen has of the app's frame: palette, settings, keys and steps that can be clicked."""

from typing import TYPE_CHECKING

from planner.plan.editing import new_plan
from planner.plan.plan import Plan
from planner.storage.plan_files import PlanFileError
from planner.tui.app import planner_app
from planner.tui.commands import BY_ID, MAIN
from planner.tui.screens.file_actions import FilingScreen
from planner.tui.widgets.bars import COMPLETE, ENTER, GIVE_UP, STEP
from planner.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from planner.tui.screens.start import Way


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
        frame = planner_app(self)
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
        elif event.link == COMPLETE:
            self._entry.action_complete()
        elif event.link in BY_ID:
            await self.app.run_action(BY_ID[event.link].action, self)

    def begin(self) -> None:
        """Show where to begin, and the tour before it where nobody has seen that yet."""
        self.action_start()
        if not planner_app(self).settings.now.tour_seen:
            self.action_tour()

    def action_new_plan(self) -> None:
        """Begin a new plan; unsaved edits are asked about first."""
        self.guard(lambda: self._begin(new_plan(planner_app(self).settings.now.boundary), "New plan"))

    def action_start(self) -> None:
        """Show the start page."""
        from planner.tui.screens.start import StartScreen

        page = StartScreen(self.work)

        def left(_: None) -> None:
            if page.chosen is not None:
                self._begin_with(page.chosen)

        self.app.push_screen(page, left)

    def _begin_with(self, way: "Way") -> None:
        """Begin as was chosen on the start page."""
        if way.kind == "new":
            # Untouched, the plan that is there is a new one; saying so would only push the keys out of sight.
            if self.work.path or self.work.session.dirty:
                self.action_new_plan()
        elif way.kind == "open":
            self.action_open()
        elif way.kind == "tour":
            self.action_tour()
        elif way.kind == "recent":
            self.guard(lambda: self.open_plan(way.value))
        else:
            self.guard(lambda: self._begin_from(way.value))

    def _begin_from(self, name: str) -> None:
        from planner.storage.templates import template

        try:
            found = template(name)
        except PlanFileError as error:
            self.say(str(error), "error")
        else:
            self._begin(found.plan, f"From the template {name}: every answer is assumed until you confirm it.")

    def _begin(self, plan: Plan, news: str) -> None:
        self.work.begin(plan)
        self.show_plan(anew=True)
        self.say(news)

    def action_tour(self) -> None:
        """Take the tour."""
        from planner.tui.screens.tour import Tour

        frame = planner_app(self)
        if not frame.settings.now.tour_seen:
            frame.change_settings(tour_seen=True)
        self.app.push_screen(Tour(frame.keys))

    def action_settings(self) -> None:
        """Open the settings page; what it changed shows when it is left."""
        from planner.tui.screens.settings import SettingsScreen  # few starts ever need it

        self.app.push_screen(SettingsScreen(), lambda _: self.show_plan())

    def action_palette(self) -> None:
        """Let a command be found and run."""
        from planner.tui.screens.command_palette import open_palette

        open_palette(self, MAIN)
