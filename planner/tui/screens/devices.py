"""The firewalls between the zones: what they are, and what each calls its side of a zone."""

from planner.catalogue.answers import TopologyError
from planner.plan.explanation import Explanation, Line
from planner.plan.plan import Plan
from planner.session.forms import Field
from planner.session.workspace import Workspace, reason
from planner.session.zone_form import add_device, device_fields, remove_device
from planner.text.escaping import visible
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece


class DevicesScreen(ToolScreen):
    """The fields of all devices below each other."""

    place = "devices"
    about = (
        "The firewalls that stand between the zones. An export is for one of them: it takes the rules between the "
        "zones that the device has an interface for. A device that keeps no state makes the rules across it stateless. "
        "Enter switches a value or lets one be typed; a adds a device, x removes the one under the cursor, u undoes."
    )

    def __init__(self, work: Workspace, name: str = "", field: str = "") -> None:
        super().__init__()
        self._work = work
        self._rows: list[tuple[int, Field]] = []
        self._gather()
        self._first = self._find(name, field)

    def on_mount(self) -> None:
        """Go to the field that was asked for."""
        if self._first:
            self.call_after_refresh(self.grid.move_to, self._first, 0)

    def _gather(self) -> None:
        plan, catalogue = self._work.plan, self._work.catalogue
        self._rows = [
            (index, field)
            for index in range(len(plan.topology.devices))
            for field in device_fields(plan, index, catalogue)
        ]

    def _find(self, name: str, field: str) -> int:
        """Find the row of a device's field, or its first one."""
        named = [device.name for device in self._work.plan.topology.devices]
        rows = [row for row, (index, _) in enumerate(self._rows) if named[index] == name]
        exact = [row for row in rows if field and self._rows[row][1].id.startswith(field)]
        return next(iter(exact or rows), 0)

    def heading(self) -> Layout:
        """Count the devices."""
        number = len(self._work.plan.topology.devices)
        words = f" {number} in the plan" if number else " None in the plan: the answer on the boundary holds everywhere"
        return lambda width: [(Piece(" Devices", "title"),), (Piece(words, "muted"),)]

    def model(self) -> GridModel:
        """List the fields, those of a device below its name."""
        rows = self._rows

        def cell(row: int, column: int) -> Cell:
            field = rows[row][1]
            indent = "" if field.id == "name" else "  "
            return Cell(visible((f"{indent}{field.title}", _shown(field))[column], 80), "in" if not indent else "")

        return GridModel(
            columns=("Field", "Value"), widths=(36, 30), row_count=len(rows), cell=cell, whole_rows=True, min_width=16,
            empty="No device yet. Press a to add the first firewall between your zones.",
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain a field."""
        if row >= len(self._rows):
            return Explanation("Devices", (Line("", "A firewall that an export is for. Press a to add one."),))
        field = self._rows[row][1]
        choices = "; ".join(f"{id_}: {words}" for id_, words in field.choices if id_ != words)
        return Explanation(field.title, (*field.about, *((Line("choices", choices),) if choices else ())))

    def action_change(self) -> None:
        """Switch to the next choice, or ask for a text."""
        row = self.grid.cursor[0]
        if row >= len(self._rows):
            self.action_add()
            return
        field = self._rows[row][1]
        if field.choices:
            self._take(field, field.switched())
        else:
            self.ask("value", field.title, field.entry)

    def entered(self, purpose: str, text: str) -> None:
        """Apply what was typed; the line stays open where it cannot be."""
        if self._take(self._rows[self.grid.cursor[0]][1], text):
            self.close_entry()

    def _take(self, field: Field, text: str) -> bool:
        try:
            plan = field.apply(self._work.plan, text)
        except TopologyError as error:
            self.say(reason(error), "error")
            return False
        self._apply(f"{field.title}: {text.strip() or 'nothing'}", plan)
        return True

    def action_add(self) -> None:
        """Add a device and go to it."""
        self._apply("add device", add_device(self._work.plan))
        self.grid.move_to(self._find(self._work.plan.topology.devices[-1].name, "name"), 0)

    def action_remove(self) -> None:
        """Remove the device under the cursor."""
        row = self.grid.cursor[0]
        if row < len(self._rows):
            index = self._rows[row][0]
            name = self._work.plan.topology.devices[index].name
            self._apply(f"remove device {name}", remove_device(self._work.plan, index))

    def action_undo(self) -> None:
        """Undo the last edit of the plan."""
        label = self._work.session.undo()
        self._gather()
        self.show_tool()
        self.say(f"Undone: {label}" if label else "Nothing to undo.")

    def _apply(self, label: str, plan: Plan) -> None:
        done = self._work.session.apply(label, plan)
        self._gather()
        self.show_tool()
        self.say(visible(f"{label[0].upper()}{label[1:]}") if done else "That changes nothing.")


def _shown(field: Field) -> str:
    return dict(field.choices).get(field.entry, field.value)
