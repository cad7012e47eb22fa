"""The exposure: what each boundary opens, and what a filter without state would expose besides."""

from typing import ClassVar

from textual.binding import BindingType

from planner.enforcement.exposure import BoundaryExposure, exposure
from planner.exports.report.rules import amount, hole_words, holes, pair_words
from planner.exports.report.tables import count, port
from planner.plan.explanation import Explanation, Line
from planner.session.workspace import Workspace
from planner.text.escaping import visible
from planner.tui.commands import bindings
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece


class ExposureScreen(ToolScreen):
    """A line for each boundary; the explanation says what each rule opens."""

    place = "exposure"
    about = (
        "For each pair of zones: how many listener ports and how many pairs of a source and a destination address its "
        "rules open, and how many ports of the opener a filter without state has to open for the answers. Every "
        "address of a network counts. Where a zone states no addresses the pairs are unknown."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("exposure")]

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._plan = work.plan
        self._found: tuple[BoundaryExposure, ...] = ()
        self._done = False

    def on_mount(self) -> None:
        """Work it out first of all, beside the page."""
        self.call_after_refresh(self._work_out)

    def _work_out(self) -> None:
        def done(found: tuple[BoundaryExposure, ...]) -> None:
            self._found, self._done = found, True
            self.show_tool()

        plan = self._plan
        self.run_in_background("Working it out", lambda stopped: exposure(plan), done)

    def heading(self) -> Layout:
        """Count boundaries, and those without state."""
        stateless = sum(boundary.stateless for boundary in self._found)
        said = f"  {count(len(self._found), 'boundary', 'boundaries')}, {stateless} of them stateless"
        return lambda width: [
            (Piece(" Exposure", "title"), Piece(said, "strong")),
            (Piece(" TCP back, UDP back: ports of the opener that a stateless filter opens too.", "muted"),),
        ]

    def model(self) -> GridModel:
        """List the boundaries."""
        found = self._found

        def cell(row: int, column: int) -> Cell:
            each = found[row]
            pairs = "unknown" if each.pairs.unknown else pair_words(each.pairs)
            texts = (
                visible(each.from_), visible(each.to), "stateless" if each.stateless else "stateful",
                str(len(each.ports)), pairs, amount(each.tcp_holes), amount(each.udp_holes),
            )  # fmt: skip
            return Cell(texts[column], "warning" if each.stateless and column == 2 else "")

        return GridModel(
            columns=("From", "To", "Filter", "Ports", "Address pairs", "TCP back", "UDP back"),
            widths=(14, 14, 9, 5, 14, 8, 8), row_count=len(found), cell=cell, whole_rows=True, min_width=8,
            empty="No zone opens a port to another, so no boundary is crossed." if self._done else "",
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Put the stateful and the stateless form side by side, then each rule."""
        if row >= len(self._found):
            words = "There is no rule between zones." if self._done else "Not worked out yet."
            return Explanation("Exposure", (Line("", words),))
        each = self._found[row]
        lines = [
            Line("opens", f"{', '.join(each.ports)} of {each.to}"),
            Line("pairs", pair_words(each.pairs)),
            Line("stateful", "these listener ports, nothing back"),
            Line("stateless", f"the same, and back to {each.from_}: {holes(each.tcp_holes, each.udp_holes)}"),
        ]
        for exposed in each.rules:
            hole, inside = hole_words(exposed.hole)
            ports = port(exposed.rule.protocol, exposed.rule.destination_ports)
            among = f"; product ports inside: {inside}" if inside else ""
            lines.append(Line(exposed.rule.marker, f"{ports}, {pair_words(exposed.pairs)}; stateless: {hole}{among}"))
        return Explanation(f"{each.from_} to {each.to}", tuple(lines))
