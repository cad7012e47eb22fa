"""Missing inputs of an export, one line each; Enter leads to the field."""

from typing import ClassVar

from textual.binding import BindingType

from planner.enforcement.device_rules import Gap
from planner.exports.report.tables import count
from planner.plan.explanation import Explanation, Line
from planner.text.escaping import visible
from planner.tui.commands import bindings
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece


class GapsScreen(ToolScreen):
    """A line for each reason why nothing is written."""

    place = "gaps"
    about = (
        "An export is written whole or not at all. Each line names a zone, a device or a rule, the field, and what is "
        "accepted there. Enter leads to the field; come back with X."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("gaps")]

    def __init__(self, gaps: tuple[Gap, ...]) -> None:
        super().__init__()
        self._gaps = gaps
        self.chosen: Gap | None = None

    def heading(self) -> Layout:
        """Count what is missing."""
        words = f" {count(len(self._gaps), 'reason')} why it cannot be written exactly, so it is not written"
        return lambda width: [(Piece(" Missing", "title"),), (Piece(words, "warning"),)]

    def model(self) -> GridModel:
        """List what is missing."""
        gaps = self._gaps

        def cell(row: int, column: int) -> Cell:
            gap = gaps[row]
            return Cell(visible((f"{gap.about} {gap.name}".strip(), gap.field, gap.trouble)[column], 80))

        return GridModel(
            columns=("About", "Field", "Trouble"), widths=(24, 26, 40), row_count=len(gaps), cell=cell,
            whole_rows=True, min_width=16,
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain what is accepted."""
        gap = self._gaps[row]
        told = (Line("trouble", gap.trouble), Line("accepted", gap.accepted), Line("field", gap.field or "none alone"))
        return Explanation(f"{gap.about} {gap.name}".strip(), told)

    def action_field(self) -> None:
        """Go back with what the cursor is on."""
        self.chosen = self._gaps[self.grid.cursor[0]]
        self.dismiss()
