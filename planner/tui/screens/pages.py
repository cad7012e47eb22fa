"""Pages over the plan screen; the module of each is loaded when the page is first opened."""

from collections.abc import Callable
from typing import Any, Protocol, cast

from textual.app import App

from planner.plan.editing import new_plan
from planner.session.workspace import Workspace
from planner.tui.app import PlannerApp
from planner.tui.screens.file_actions import FileActions


class PageHost(Protocol):
    """Screen under the pages."""

    @property
    def app(self) -> App[Any]:
        """The app."""

    def show_plan(self, *, anew: bool = False) -> None:
        """Show the plan as it stands."""

    def open_zone_field(self, name: str, field: str) -> None:
        """Go to a field of a zone."""

    def zone_under_cursor(self) -> str:
        """Name of the zone that the cursor of the view is on; empty for none."""


class Pages:
    """Opens the pages that work on the plan, and shows what they changed when they are left.

    Attributes:
        commands: the methods behind the commands that open pages, by their ids in the registry.
    """

    def __init__(self, host: PageHost, work: Workspace, files: FileActions) -> None:
        self._host, self._work, self._files = host, work, files
        self.commands: dict[str, Callable[[], object]] = {
            "picture": self._diagram, "compare": self._compare, "settle": self._decisions,
            "exposure": self._exposure, "closing": self._due_dates, "pack": self._ticket_pack,
            "export": self._export, "devices": self._devices, "audit": self._audit, "flow": self._flow_query,
            "symptoms": self._symptoms,
            "settings": self._settings, "start": self.start, "tour": self.tour, "new": self._new_plan,
        }  # fmt: skip

    @property
    def _app(self) -> PlannerApp:
        return cast(PlannerApp, self._host.app)

    def _shown(self, _: object = None) -> None:
        self._host.show_plan()

    def _diagram(self) -> None:
        from planner.tui.screens.diagram import PictureScreen

        self._host.app.push_screen(PictureScreen(self._work.plan, self._work.catalogue, self._host.zone_under_cursor()))

    def _compare(self) -> None:
        from planner.tui.screens.compare import CompareScreen

        self._host.app.push_screen(CompareScreen(self._work))

    def _decisions(self) -> None:
        from planner.tui.screens.decisions import SettleScreen

        self._host.app.push_screen(SettleScreen(self._work), self._shown)

    def _exposure(self) -> None:
        from planner.tui.screens.exposure import ExposureScreen

        self._host.app.push_screen(ExposureScreen(self._work))

    def _due_dates(self) -> None:
        from planner.tui.screens.due_dates import ClosingScreen

        self._host.app.push_screen(ClosingScreen(self._work))

    def _ticket_pack(self) -> None:
        from planner.tui.screens.ticket_pack import PackScreen

        self._host.app.push_screen(PackScreen(self._work))

    def _export(self) -> None:
        from planner.tui.screens.export import ExportScreen

        page = ExportScreen(self._work)

        def left(_: None) -> None:
            self._shown()
            if page.wanted is not None:
                self._host.open_zone_field(*page.wanted)

        self._host.app.push_screen(page, left)

    def _devices(self) -> None:
        from planner.tui.screens.devices import DevicesScreen

        self._host.app.push_screen(DevicesScreen(self._work), self._shown)

    def _audit(self) -> None:
        from planner.tui.screens.audit import AuditScreen

        self._host.app.push_screen(AuditScreen(self._work))

    def _symptoms(self) -> None:
        from planner.tui.screens.symptoms import SymptomScreen

        self._host.app.push_screen(SymptomScreen(self._work))

    def _flow_query(self) -> None:
        from planner.tui.screens.flow_query import FlowScreen

        self._host.app.push_screen(FlowScreen(self._work))

    def _settings(self) -> None:
        from planner.tui.screens.settings import SettingsScreen

        self._host.app.push_screen(SettingsScreen(), self._shown)

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

        self._host.app.push_screen(page, left)

    def tour(self) -> None:
        """Open the tour."""
        from planner.tui.screens.tour import Tour

        app = self._app
        if not app.settings.now.tour_seen:
            app.change_settings(tour_seen=True)
        app.push_screen(Tour(app.keys))

    def _new_plan(self) -> None:
        boundary = self._app.settings.now.boundary
        self._files.guard(lambda: self._files.begin(new_plan(boundary), "New plan"))
