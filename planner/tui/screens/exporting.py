"""What the main screen offers for firewalls; each page is loaded when it is first asked for."""

from planner.tui.screens.framed import FramedScreen


class ExportingScreen(FramedScreen):
    """A screen that opens the pages for exports, devices and audits, and goes where an export is missing something."""

    def open_zone(self, name: str, field: str) -> None:
        """Open the fields of a zone, with the cursor on one of them."""
        raise NotImplementedError

    def action_export(self) -> None:
        """Write the plan for a firewall; what was missing and edited shows when the page is left."""
        from planner.tui.screens.export import ExportScreen

        page = ExportScreen(self.work)

        def back(_: None) -> None:
            self.show_plan()
            if page.wanted is not None:
                self.open_zone(*page.wanted)

        self.app.push_screen(page, back)

    def action_devices(self) -> None:
        """Edit the firewalls between the zones."""
        from planner.tui.screens.devices import DevicesScreen

        self.app.push_screen(DevicesScreen(self.work), lambda _: self.show_plan())

    def action_audit(self) -> None:
        """Hold the rules of a firewall against the plan."""
        from planner.tui.screens.audit import AuditScreen

        self.app.push_screen(AuditScreen(self.work))

    def action_flow(self) -> None:
        """Ask a flow of the plan, and of the rules that were held against it."""
        from planner.tui.screens.flow_query import FlowScreen

        self.app.push_screen(FlowScreen(self.work))
