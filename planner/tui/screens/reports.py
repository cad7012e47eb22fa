"""Pages that report on the plan: rules to be closed by a date, exposure of each boundary, ports behind a symptom."""

import datetime
from collections.abc import Iterator

from planner.catalogue.answers import TopologyError
from planner.derivation.model import MARKER_LENGTH, Rule
from planner.enforcement.exposure import BoundaryExposure, exposure
from planner.exports.report.diagnosis import Step, diagnosis_steps
from planner.exports.report.rules import amount, hole_words, holes, pair_words
from planner.exports.report.tables import count, port
from planner.plan.check import Due, due_by, undated
from planner.plan.explanation import Explanation, Line, explain_rule
from planner.session.forms import parse_date
from planner.session.workspace import Workspace, reason
from planner.text.escaping import visible
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
            columns=("Day", "Said by", "Marker", "Port", "From", "To"), widths=(10, 13, MARKER_LENGTH, 10, 16, 16),
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


class ExposureScreen(ToolScreen):
    """A line for each boundary; the explanation says what each rule opens."""

    place = "exposure"
    about = (
        "For each pair of zones: how many listener ports and how many pairs of a source and a destination address its "
        "rules open, and how many ports of the opener a filter without state has to open for the answers. Every "
        "address of a network counts. Where a zone states no addresses the pairs are unknown."
    )

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
            lines.append(
                Line("rule", f"{exposed.rule.marker}: {ports}, {pair_words(exposed.pairs)}; stateless: {hole}{among}")
            )
        return Explanation(f"{each.from_} to {each.to}", tuple(lines))


class SymptomScreen(ToolScreen):
    """Lists the known symptoms; explains the ports behind the one under the cursor."""

    place = "symptoms"
    about = (
        "Something of the product does not work: choose what people see, and this page lists the ports behind it in "
        "the order to test them. An open port has its rule and its test; a closed one has the answer that keeps it "
        "closed. 'sav-planner diagnose PLAN SYMPTOM' writes the same."
    )

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work = work
        self._symptoms = tuple(work.catalogue.symptoms.values())
        self._steps = [tuple(diagnosis_steps(work.plan, symptom, work.catalogue)) for symptom in self._symptoms]

    def heading(self) -> Layout:
        """Title and the count of symptoms."""
        said = f"  {count(len(self._symptoms), 'symptom')}"
        hint = " Each port in the order to test; e shows the whole list."
        return lambda width: [(Piece(" Symptoms", "title"), Piece(said, "strong")), (Piece(hint, "muted"),)]

    def model(self) -> GridModel:
        """Symptoms with the number of open and closed ports behind each."""

        def cell(row: int, column: int) -> Cell:
            opened = sum(step.open for step in self._steps[row])
            texts = (self._symptoms[row].title, str(opened), str(len(self._steps[row]) - opened))
            return Cell(texts[column], "")

        return GridModel(
            columns=("Symptom", "Open", "Closed"), widths=(48, 6, 6), row_count=len(self._symptoms), cell=cell,
            whole_rows=True, min_width=6, empty="",
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Ports behind a symptom, in the order to test."""
        symptom = self._symptoms[row]
        lines = [line for step in self._steps[row] for line in _lines(step)]
        also = (Line("also", symptom.also),) if symptom.also else ()
        return Explanation(symptom.title, (*lines, *also))


def _lines(step: Step) -> Iterator[Line]:
    name = port(step.protocol, step.port)
    if not step.open:
        yield Line("closed", f"{name}, {step.purpose}: {step.reason}")
        return
    ends = f"{step.from_} to {step.to}" if step.from_ != step.to else f"inside {step.to}"
    yield Line("open", f"{name}, {ends} ({step.marker}): {step.purpose}")
    yield Line("blocked", step.breaks)
    yield Line("test", f"in {step.run_in}: {step.command}; {step.expected}")
