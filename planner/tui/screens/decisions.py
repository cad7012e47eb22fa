"""The decisions: each disagreement of the vendor document, its readings side by side, and what each would open."""

from planner.catalogue.answers import TopologyError
from planner.catalogue.model import Decision
from planner.derivation.model import DecisionState
from planner.exports.report.tables import count
from planner.plan.editing import decide, with_note
from planner.plan.explanation import Explanation, Line
from planner.session.forms import decision_list
from planner.session.workspace import Workspace, reason
from planner.text.escaping import visible
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, Grid, GridModel
from planner.tui.widgets.text_pane import Layout, Piece, Pieces

_CHOSEN, _DEFAULT, _UNDECIDED = "*", "d", "? "

_LABEL = 30
"""Cells for a title: with it two readings stand side by side at 80 columns, and beside the explanation at 120."""


class SettleScreen(ToolScreen):
    """A line for each decision, a column for each reading; Enter settles it for the one under the cursor."""

    place = "settle"
    about = (
        "Where the vendor document disagrees with itself or is silent. Each line is one such place, each column one "
        "way to read it: * is the reading in force, d the default, ? before a title says that nobody has put a name to "
        "it. Move to a reading to see what it would add and remove; Enter settles the decision for it under your name. "
        "While one is undecided the plan stays a draft."
    )

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work = work
        self._row = -1

    def on_mount(self) -> None:
        """Begin on the reading in force."""
        self.call_after_refresh(self._to_chosen, 0)

    def on_grid_cursor_moved(self, event: Grid.CursorMoved) -> None:
        """Come to each decision at the reading in force, so that Enter alone changes none."""
        if event.row != self._row:
            self._to_chosen(event.row)

    def _to_chosen(self, row: int) -> None:
        self._row = row
        if row < len(self._states):
            readings = [reading.id for reading in self._decision(row).readings]
            self.grid.move_to(row, readings.index(self._states[row].chosen))

    @property
    def _states(self) -> tuple[DecisionState, ...]:
        return self._work.plan.derived.decisions

    def _decision(self, row: int) -> Decision:
        return self._work.catalogue.decisions[self._states[row].id]

    def heading(self) -> Layout:
        """Count the undecided ones, and say what they keep the plan from."""
        undecided, assumed = self._work.plan.derived.summary.decisions_open, self._work.plan.derived.summary.assumed
        counted = Piece(f"  {undecided} of {len(self._states)} undecided", "strong")
        head = (Piece(" Decisions", "title"), counted, Piece("   * in force, d default", "muted"))
        if undecided:
            more = f"; {count(assumed, 'answer')} assumed" if assumed else ""
            said = Piece(f" The plan stays draft until each has a name{more}.", "warning")
        else:
            said = Piece(f" Every decision has a name; the plan is {self._work.plan.status}.", "muted")
        lines: list[Pieces] = [head, (said,)]
        return lambda width: list(lines)

    def model(self) -> GridModel:
        """Lay the readings of each decision side by side."""
        states = self._states
        decisions = [self._decision(row) for row in range(len(states))]
        most = max((len(decision.readings) for decision in decisions), default=1)
        titles = max((len(state.title) for state in states), default=0) + len(_UNDECIDED)

        def cell(row: int, column: int) -> Cell:
            readings, state = decisions[row].readings, states[row]
            if column >= len(readings):
                return Cell("")
            reading = readings[column]
            chosen = reading.id == state.chosen
            signs = f"{_CHOSEN if chosen else ' '}{_DEFAULT if reading.id == state.default else ' '}"
            return Cell(f"{signs} {reading.id}", "in" if chosen else "" if reading.offered else "muted")

        return GridModel(
            title="Decision", columns=tuple(f"Reading {number + 1}" for number in range(most)), widths=24,
            row_count=len(states), label_width=min(titles, _LABEL), min_width=20, cell=cell,
            row_label=lambda row: f"{'' if states[row].settled else _UNDECIDED}{states[row].title}",
            empty="These answers touch no place where the document disagrees with itself.",
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain the reading under the cursor, its effect, the other readings and the trouble."""
        if row >= len(self._states):
            return Explanation("Decisions", (Line("", "There is nothing to decide."),))
        state, decision = self._states[row], self._decision(row)
        here = decision.readings[min(column, len(decision.readings) - 1)]
        lines = [Line("here", f"{here.id}: {here.text}"), Line("effect", self._effect(row, here.id))]
        lines.append(Line("decided by", (state.by or "nobody yet") + (f": {state.note}" if state.note else "")))
        lines += [Line("or", f"{other.id}: {other.text}") for other in decision.readings if other is not here]
        lines += [Line("trouble", state.trouble), Line("default", f"{state.default}: {state.why}")]
        if decision.advice:
            lines.append(Line("advice", decision.advice))
        cites = (self._work.catalogue.citations[cite] for cite in state.cites)
        lines += [Line("document", f"{cite.section}, {cite.where}: {cite.says}") for cite in cites]
        return Explanation(state.title, tuple(lines))

    def _effect(self, row: int, reading: str) -> str:
        state, decision = self._states[row], self._decision(row)
        found = decision.reading(reading)
        if reading == state.chosen:
            return "in force now: no rule changes"
        if found is not None and not found.offered:
            return f"cannot be chosen: {found.refused_because}"
        field = next(field for field in decision_list(self._work.plan, self._work.catalogue) if field.id == state.id)
        return self._work.effect(field, reading)

    def action_decide(self) -> None:
        """Settle the decision for the reading under the cursor; ask for a name if none is known."""
        if not self._states:
            return
        if self._work.knows_decider:
            self._decide(self._work.decider)
        else:
            self.ask("name", "Decided by", self._work.decider or self._work.plan.change.requester)

    def action_release(self) -> None:
        """Remove the name: the reading stays in force, and the decision is open again."""
        row = self.grid.cursor[0]
        if row < len(self._states):
            self._decide("", self._states[row].chosen)

    def action_note(self) -> None:
        """Ask for a note on the decision under the cursor."""
        row = self.grid.cursor[0]
        if row < len(self._states):
            self.ask("note", "Note", self._states[row].note)

    def action_undo(self) -> None:
        """Undo the last edit of the plan."""
        label = self._work.session.undo()
        self.show_tool()
        self.say(f"Undone: {label}" if label else "Nothing to undo.")

    def entered(self, purpose: str, text: str) -> None:
        """Apply a name or a note."""
        if purpose == "note":
            self.close_entry()
            state = self._states[self.grid.cursor[0]]
            plan = with_note(self._work.plan, state.id, text, self._work.catalogue)
            self._apply(f"note on {state.title}", plan)
        elif not text.strip():
            self.say("Nothing typed; Esc goes back.", "muted")
        else:
            self.close_entry()
            self._work.decider = text.strip()
            self._decide(text.strip())

    def _decide(self, by: str, reading: str = "") -> None:
        row, column = self.grid.cursor
        state, readings = self._states[row], self._decision(row).readings
        chosen = reading or readings[min(column, len(readings) - 1)].id
        try:
            plan = decide(self._work.plan, state.id, chosen, by, state.note, self._work.catalogue)
        except TopologyError as error:
            self.say(reason(error), "error")
            return
        self._apply(f"decide {state.title}: {chosen}" if by else f"open {state.title} again", plan)

    def _apply(self, label: str, plan: object) -> None:
        done = self._work.session.apply(label, plan)  # type: ignore[arg-type]
        self.show_tool()
        self.say(visible(f"{label[0].upper()}{label[1:]}") if done else "That changes nothing.", "good")
