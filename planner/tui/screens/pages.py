"""Pages over the plan screen; the module of each is loaded when the page is first opened."""

from collections.abc import Callable
from functools import partial
from typing import cast

from textual.screen import Screen

from planner.plan.editing import new_plan
from planner.session.workspace import Workspace
from planner.tui.app import PlannerApp
from planner.tui.commands import MAIN
from planner.tui.screens.explainer import Explainer
from planner.tui.screens.file_actions import FileActions, PlanHost
from planner.tui.screens.question_pane import QuestionPane
from planner.tui.screens.view_pane import ViewPane


class Pages:
    """Opens the pages that work on the plan, and shows what they changed when they are left.

    Attributes:
        commands: the methods behind the commands that open pages, by their ids in the registry.
    """

    def __init__(
        self,
        host: PlanHost,
        work: Workspace,
        files: FileActions,
        questions: QuestionPane,
        view: ViewPane,
        explainer: Explainer,
    ) -> None:
        self._host, self._work, self._files = host, work, files
        self._questions, self._view, self._explainer = questions, view, explainer
        tools = (
            "picture", "compare", "settle", "exposure", "closing", "pack", "devices", "audit", "flow", "symptoms",
            "settings",
        )  # fmt: skip
        self.commands: dict[str, Callable[[], object]] = {
            **{tool: partial(self._open_tool, tool) for tool in tools},
            "export": self._export, "start": self.start, "tour": self.tour, "new": self._new_plan,
            "explain": self.read_whole, "help": self._help, "palette": self._palette,
        }  # fmt: skip

    @property
    def _planner(self) -> PlannerApp:
        return cast(PlannerApp, self._host.app)

    def _open_tool(self, tool: str) -> None:
        changes_plan = tool in ("settle", "devices", "settings")
        self._planner.push_screen(self._tool(tool), (lambda _: self._host.show_plan()) if changes_plan else None)

    def _tool(self, tool: str) -> Screen[None]:  # noqa: PLR0911 - one return a page
        """Returns the page of a command."""
        work = self._work
        match tool:
            case "picture":
                from planner.tui.screens.diagram import PictureScreen

                return PictureScreen(work.plan, work.catalogue, self._view.zone_under_cursor())
            case "compare":
                from planner.tui.screens.compare import CompareScreen

                return CompareScreen(work)
            case "settle":
                from planner.tui.screens.decisions import SettleScreen

                return SettleScreen(work)
            case "pack":
                from planner.tui.screens.ticket_pack import PackScreen

                return PackScreen(work)
            case "devices":
                from planner.tui.screens.devices import DevicesScreen

                return DevicesScreen(work)
            case "audit":
                from planner.tui.screens.audit import AuditScreen

                return AuditScreen(work)
            case "flow":
                from planner.tui.screens.flow_query import FlowScreen

                return FlowScreen(work)
            case "settings":
                from planner.tui.screens.settings import SettingsScreen

                return SettingsScreen()
        from planner.tui.screens.reports import ClosingScreen, ExposureScreen, SymptomScreen

        return {"exposure": ExposureScreen, "closing": ClosingScreen, "symptoms": SymptomScreen}[tool](work)

    def _export(self) -> None:
        from planner.tui.screens.export import ExportScreen

        page = ExportScreen(self._work)

        def left(_: None) -> None:
            self._host.show_plan()
            if page.wanted is not None:
                self._questions.open_zone_field(*page.wanted)

        self._planner.push_screen(page, left)

    def read_whole(self) -> None:
        """Open the whole explanation on a page of its own."""
        from planner.tui.screens.help import read, whole_layout

        read(self._planner, whole_layout(self._explainer.explain(self._view, self._questions, whole=True)))

    def _help(self) -> None:
        """Open the page of help: on what has the keys, on every key, on the words of the field."""
        from planner.tui.screens.help import help_layout, help_on_field, help_on_view, read, words_layout

        questions, view = self._questions, self._view
        if view.is_active:
            shown = "rules" if view.rules_list.has_focus else view.view
            about = help_on_view(shown, self._explainer.explain(view, questions).title)
        else:
            about = help_on_field(questions.field, questions.step)
        read(self._planner, help_layout(about, self._planner.keys, MAIN, words_layout(self._work.catalogue)))

    def _palette(self) -> None:
        from planner.tui.screens.command_palette import open_palette

        open_palette(cast("Screen[int]", self._host), MAIN)

    def start(self) -> None:
        """Open the start page."""
        from planner.tui.screens.start import StartScreen

        page = StartScreen(self._work)

        def left(_: None) -> None:
            choice = page.chosen
            if choice is None:
                return
            if choice.kind == "new":
                # Untouched, the plan that is there is a new one; saying so would only push the keys out of sight.
                if self._work.path or self._work.session.dirty:
                    self._new_plan()
            elif choice.kind == "open":
                self._files.open()
            elif choice.kind == "tour":
                self.tour()
            elif choice.kind in ("folder", "recent"):
                self._files.guard(lambda: self._files.open_plan(choice.value))
            else:
                self._files.guard(lambda: self._files.begin_from(choice.value))

        self._planner.push_screen(page, left)

    def tour(self) -> None:
        """Open the tour."""
        from planner.tui.screens.start import Tour

        app = self._planner
        if not app.settings.now.tour_seen:
            app.change_settings(tour_seen=True)
        app.push_screen(Tour(app.keys))

    def _new_plan(self) -> None:
        boundary = self._planner.settings.now.boundary
        self._files.guard(lambda: self._files.begin(new_plan(boundary), "New plan"))
