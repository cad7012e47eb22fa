"""What the main screen offers for the change board; each page is loaded when it is first asked for."""

from planner.tui.screens.exporting import ExportingScreen


class BoardScreen(ExportingScreen):
    """A screen that opens the pages for comparing, deciding, exposure, closing and the ticket pack."""

    def action_compare(self) -> None:
        """Compare the plan with the saved one, or another."""
        from planner.tui.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(self.work))

    def action_settle(self) -> None:
        """Settle decisions; what that changed shows when the page is left."""
        from planner.tui.screens.decisions import SettleScreen

        self.app.push_screen(SettleScreen(self.work), lambda _: self.show_plan())

    def action_exposure(self) -> None:
        """Show what each boundary exposes."""
        from planner.tui.screens.exposure import ExposureScreen

        self.app.push_screen(ExposureScreen(self.work))

    def action_closing(self) -> None:
        """Show what should be closed by a day."""
        from planner.tui.screens.due_dates import ClosingScreen

        self.app.push_screen(ClosingScreen(self.work))

    def action_pack(self) -> None:
        """Write the ticket pack."""
        from planner.tui.screens.ticket_pack import PackScreen

        self.app.push_screen(PackScreen(self.work))
