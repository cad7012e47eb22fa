"""Due dates: the rules to be closed by a date that is asked for, never taken from the clock."""

import datetime
from typing import ClassVar

from textual.binding import BindingType

from planner.catalogue.answers import TopologyError
from planner.derivation.model import Rule
from planner.exports.report.tables import count, port
from planner.plan.check import Due, due_by, undated
from planner.plan.explanation import Explanation, Line, explain_rule
from planner.session.forms import parse_date
from planner.session.workspace import Workspace, reason
from planner.text.escaping import visible
from planner.tui.commands import bindings
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece


class ClosingScreen(ToolScreen):
    """Asks for a day; lists every rule that should be gone by the end of it, and why."""

    place = "closing"
    about = (
        "Rules of a rollout and rules for legacy clients have a last day, and so may the change and its review. Give a "
        "day, and this page lists what should be closed by the end of it. No clock is asked: the same day always gives "
        "the same list. 'sav-planner check --on DATE' does the same for many plans."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("closing")]

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work = work
        self._on: datetime.date | None = None
        self._rows: list[tuple[Due, Rule]] = []

    def on_mount(self) -> None:
        """Ask for the day first of all."""
        self.call_after_refresh(self.action_day)

    def action_day(self) -> None:
        """Ask for another day."""
        self.ask("day", "Closed by", str(self._on or ""))

    def heading(self) -> Layout:
        """Count the rules that should be gone, and those without a day."""
        plan, on = self._work.plan, self._on
        rules = {rule.id for due, rule in self._rows if due.field != "review_by"}
        said = f"  {count(len(rules), 'rule')} by {on}" if on else "  by which day?"
        without = len(undated(plan))
        more = f" {count(without, 'rollout rule')} without a day: nothing says when to close them"
        second = Piece(more, "warning") if without else Piece(" The day is yours: no clock is asked.", "muted")
        return lambda width: [(Piece(" To be closed", "title"), Piece(said, "strong")), (second,)]

    def model(self) -> GridModel:
        """List the rules by the date that has come."""
        rows = self._rows

        def cell(row: int, column: int) -> Cell:
            due, rule = rows[row]
            texts = (
                str(due.date), due.field, rule.marker, port(rule.protocol, rule.destination_ports),
                visible(rule.from_), "same zone" if rule.from_ == rule.to else visible(rule.to),
            )  # fmt: skip
            return Cell(texts[column], "rollout" if rule.phase == "rollout" and column < 2 else "")

        empty = "Type a day such as 2027-01-31." if self._on is None else f"Nothing has to be closed by {self._on}."
        return GridModel(
            columns=("Day", "Said by", "Marker", "Port", "From", "To"), widths=(10, 13, 11, 10, 16, 16),
            row_count=len(rows), cell=cell, whole_rows=True, min_width=10, empty=empty,
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain why a rule should be gone, and all of it."""
        if row >= len(self._rows):
            return Explanation("To be closed", (Line("", "d asks for another day, Esc goes back."),))
        due, rule = self._rows[row]
        about = explain_rule(rule, self._work.plan, self._work.catalogue)
        return Explanation(about.title, (Line("due", f"{due.date}: {due.text}"), *about.lines))

    def typed(self, purpose: str, text: str) -> None:
        """Preview what a day would list."""
        try:
            day = parse_date(text.strip(), "day")
        except TopologyError as error:
            self.say(reason(error), "muted")
            return
        rules = {rule.id for due in due_by(self._work.plan, day) for rule in due.rules} if day else set()
        self.say(f"{count(len(rules), 'rule')} to close or review by then" if day else "Type a day.", "muted")

    def entered(self, purpose: str, text: str) -> None:
        """Apply the day; the line stays open if it is none."""
        try:
            day = parse_date(text.strip(), "day")
        except TopologyError as error:
            self.say(reason(error), "error")
            return
        if day is None:
            self.say("Nothing typed; Esc goes back.", "muted")
            return
        self._on = day
        self._rows = [(due, rule) for due in due_by(self._work.plan, day) for rule in due.rules]
        self.close_entry()
        self.show_tool(keep_cursor=False)
