"""The comparison: the plan as it stands against the saved one or any other, and the way back."""

from planner.derivation.model import MARKER_LENGTH, Rule
from planner.exports.report.diff import ends
from planner.exports.report.tables import port
from planner.plan.diff import (
    Caused,
    FieldChange,
    PlanDifference,
    RuleChange,
    closed_ports,
    compare_plans,
    way_back,
)
from planner.plan.explanation import Explanation, Line, explain_rule
from planner.plan.plan import Plan
from planner.session.workspace import Workspace, resolved, typed_path
from planner.storage.plan_files import PlanFileError, read_plan
from planner.storage.toml_reader import PlanText
from planner.text.escaping import visible
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece, Pieces

Step = tuple[str, Caused | RuleChange | FieldChange]
"""The sign of a step (``+``, ``-``, ``~``, or ``?`` for an answer), and what it is."""

_KINDS = {"+": "added", "-": "removed", "~": "changed", "?": "muted"}

_BESIDE_A_NAME = 128
"""Cells that the other columns and the explanation take before the name of an answer gets more than a marker does."""


class CompareScreen(ToolScreen):
    """Everything that differs, one line each; the explanation says why."""

    place = "compare"
    paths = ("other",)
    about = (
        "What it takes to come from the other plan to the one on the screen: + is a rule to add, - one to remove, ~ "
        "one to change, ? an answer that differs. The other plan is the saved one until o opens another. b shows the "
        "way back instead, in reverse order. Nothing is changed by looking."
    )

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work = work
        self._other_name = "the saved plan"
        self._other = work.session.saved
        self._back = False
        self._find_differences()

    def _find_differences(self) -> None:
        self._found: PlanDifference | None = None
        self._steps: list[Step] = []
        if self._other is None:
            return
        catalogue = self._work.catalogue
        self._found = compare_plans(self._other, self._work.plan, catalogue)
        if self._back:
            self._found = way_back(self._found, self._other, self._work.plan, catalogue)
        add: list[Step] = [("+", caused) for caused in self._found.add]
        remove: list[Step] = [("-", caused) for caused in self._found.remove]
        change: list[Step] = [("~", each) for each in self._found.change if each.firewall]
        record: list[Step] = [("~", each) for each in self._found.change if not each.firewall]
        answers: list[Step] = [("?", each) for each in self._found.answers]
        touching = [*remove, *change, *add] if self._back else [*add, *change, *remove]
        self._steps = [*touching, *record, *answers]

    @property
    def _ends(self) -> tuple[Plan, Plan]:
        """The plans that the steps lead from and to."""
        other = self._other or self._work.plan
        return (self._work.plan, other) if self._back else (other, self._work.plan)

    def heading(self) -> Layout:
        """Name the plans, count the steps, and warn of a removal plan."""
        here = "the plan on the screen"
        ends = (here, self._other_name) if self._back else (self._other_name, here)
        title = "Way back" if self._back else "Compare"
        lines: list[Pieces] = [(Piece(f" {title}", "title"), Piece(f"  from {visible(ends[0])} to {ends[1]}", "muted"))]
        found = self._found
        if found is None:
            lines.append((Piece(" o compares with the plan of another file.", "muted"),))
        else:
            counts = f" +{len(found.add)} -{len(found.remove)} ~{len(found.change)}, {found.unchanged} unchanged"
            retires = Piece("  removal plan" if found.retires and not self._back else "", "warning")
            renamed = ", ".join(f"{visible(old, 20)} is now {visible(new, 20)}" for old, new in found.renamed)
            lines.append((Piece(counts, "strong"), retires, Piece(f"  {renamed}" if renamed else "")))
        return lambda width: list(lines)

    def model(self) -> GridModel:
        """List the steps in the order in which they are to be taken, then what differs in record and answers."""
        rows = [_cells(sign, step) for sign, step in self._steps]
        longest = max((len(row[1]) for row in rows), default=0)
        named = max(MARKER_LENGTH, min(longest, self.app.size.width - _BESIDE_A_NAME))
        empty = (
            "This plan was never saved, so there is nothing to compare it with yet. Press o and type the path of "
            "another plan."
            if self._other is None
            else "Both plans have the same answers and the same rules."
        )
        return GridModel(
            columns=("", "Rule or answer", "From", "To", "Port", "What"), widths=(2, named, 16, 16, 10, 30),
            row_count=len(rows), whole_rows=True, min_width=10, empty=empty,
            cell=lambda row, column: Cell(rows[row][column], _KINDS[rows[row][0]] if column < 2 else ""),
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain the cause of a step, and all of its rule."""
        if row >= len(self._steps):
            return Explanation("Compare", (Line("", "o compares with another plan, Esc goes back."),))
        sign, step = self._steps[row]
        if isinstance(step, Caused):
            plan = self._ends[1] if sign == "+" else self._ends[0]
            about = explain_rule(step.rule, plan, self._work.catalogue)
            notes = self._notes(sign)
            return Explanation(about.title, (Line("because", "; ".join(step.causes)), *notes, *about.lines))
        if isinstance(step, RuleChange):
            touches = "a firewall has to be touched" if step.firewall else "for the record only"
            fields = (Line(field.field, " becomes ".join(ends(field))) for field in step.fields)
            because = Line("because", "; ".join(step.causes))
            return Explanation(f"{step.new.marker} · {step.new.id}", (Line("change", touches), because, *fields))
        old, new = ends(step)
        return Explanation(_field_name(step), (Line("was", old), Line("is", new)))

    def _notes(self, sign: str) -> list[Line]:
        """Lines to mind when a rule goes: who reuses its port, and whether others keep it open."""
        if self._found is None or sign == "+":
            return []
        gone, kept = closed_ports(self._found, self._ends[1])
        lines = [Line("closes", ", ".join(gone))] if gone else []
        lines += [Line("stays open", f"{', '.join(kept)}, by other rules")] if kept else []
        return [*lines, *(Line("mind", note) for note in self._found.notes)]

    def action_other(self) -> None:
        """Ask for another plan."""
        self.ask("other", "Compare with", "")

    def action_saved(self) -> None:
        """Compare with the saved plan again."""
        self._other_name, self._other = "the saved plan", self._work.session.saved
        self._find_differences()
        self.show_tool(keep_cursor=False)

    def action_way_back(self) -> None:
        """Show the way back, or the way there again."""
        self._back = not self._back
        self._find_differences()
        self.show_tool(keep_cursor=False)

    def typed(self, purpose: str, text: str) -> None:
        """Show where a path leads."""
        self.say(f"file: {resolved(text)}" if text.strip() else "Type the path of a plan file.", "muted")

    def entered(self, purpose: str, text: str) -> None:
        """Read the other plan; the line stays open if it cannot be."""
        path = typed_path(text)

        def done(found: PlanText) -> None:
            self._other, self._other_name = found.plan, resolved(text)
            self._find_differences()
            self.close_entry()
            self.show_tool(keep_cursor=False)

        self.run_in_background(
            f"Reading {resolved(text)}", lambda stopped: read_plan(path, self._work.bounds), done, PlanFileError
        )


def _field_name(change: FieldChange) -> str:
    """Name an answer as the questions do, and anything else by what it belongs to."""
    return f"{change.about} {change.field}".removeprefix("topology ").strip()


def _cells(sign: str, step: Caused | RuleChange | FieldChange) -> tuple[str, ...]:
    if isinstance(step, FieldChange):
        old, new = ends(step)
        return sign, visible(_field_name(step)), "", "", "", visible(f"{old} becomes {new}")
    rule: Rule = step.rule if isinstance(step, Caused) else step.new
    if isinstance(step, Caused):
        what = step.causes[0]
    else:
        what = f"{'' if step.firewall else 'record only: '}{', '.join(field.field for field in step.fields)}"
    to = "same zone" if rule.from_ == rule.to else visible(rule.to)
    return sign, rule.marker, visible(rule.from_), to, port(rule.protocol, rule.destination_ports), visible(what)
