"""Symptoms: the ports behind a fault, in the order to test, open or closed in the plan."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType

from planner.exports.report.diagnosis import Step, diagnosis_steps
from planner.exports.report.tables import count, port
from planner.plan.explanation import Explanation, Line
from planner.session.workspace import Workspace
from planner.tui.commands import bindings
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece


class SymptomScreen(ToolScreen):
    """Lists the known symptoms; explains the ports behind the one under the cursor."""

    place = "symptoms"
    about = (
        "Something of the product does not work: choose what people see, and this page lists the ports behind it in "
        "the order to test them. An open port has its rule and its test; a closed one has the answer that keeps it "
        "closed. 'sav-planner diagnose PLAN SYMPTOM' writes the same."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("symptoms")]

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
