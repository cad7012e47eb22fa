"""Rendered view: the grid's model, the cell under the cursor, and its explanation."""

from collections.abc import Hashable
from functools import cached_property

import msgspec
from msgspec.structs import replace

from planner.plan.explanation import Explanation
from planner.text.escaping import visible
from planner.tui.views import lists, matrices
from planner.tui.views.plan_changes import MOST_NAMED, PlanChanges, PlanView, ViewModel, ViewName
from planner.tui.views.table_view import (
    SORTS,
    Arrangement,
    JumpTarget,
    ViewOptions,
    arrange,
    changed_positions,
    jump,
    parse_filter,
)  # fmt: skip
from planner.tui.widgets.grid import GridModel

_VIEWS: dict[ViewName, PlanView] = {
    "ports": matrices.ports, "zones": matrices.pairs, "rules": lists.rules, "closed": lists.closed,
    "findings": lists.findings,
}  # fmt: skip


class RenderedView(msgspec.Struct, frozen=True, dict=True):
    """A view made: the model for the grid, and all that depends on which cell stands where."""

    changes: PlanChanges
    view_model: ViewModel
    options: ViewOptions
    arrangement: Arrangement
    model: GridModel

    def explain(self, row: int, column: int, *, whole: bool = False) -> Explanation:
        """Explain the cell shown here; if ``whole``, with all zones and with the text for the plan's own devices."""
        source = self.arrangement.source(row, column)
        if not whole:
            return self.view_model.explain(*source, MOST_NAMED)
        explained = self.view_model.explain(*source, None)
        return replace(explained, lines=(*explained.lines, *self.changes.device_lines(self.view_model.rules(*source))))

    def keys(self, row: int, column: int) -> tuple[Hashable, Hashable] | None:
        """Keys of the row and column shown here; None where nothing is shown."""
        down, across = self.arrangement.shape
        if not (row < down and column < across):
            return None
        source = self.arrangement.source(row, column)
        return self.view_model.row_key(source[0]), self.view_model.column_key(source[1])

    def find(self, keys: tuple[Hashable, Hashable] | None, near: tuple[int, int]) -> tuple[int, int]:
        """Position on screen of the cell with these keys; a row or column that is gone stays as in ``near``."""
        if keys is None or self.keys(*near) == keys:
            return near
        arrangement = self.arrangement
        row_key, column_key = self.view_model.row_key, self.view_model.column_key
        row = next((at for at, row in enumerate(arrangement.rows) if row_key(row) == keys[0]), None)
        column = next((at for at, to in enumerate(arrangement.columns) if column_key(to) == keys[1]), None)
        down, across = (column, row) if arrangement.transposed else (row, column)
        return near[0] if down is None else down, near[1] if across is None else across

    def jump(self, text: str, cursor: tuple[int, int]) -> JumpTarget | None:
        """Find what is called so."""
        return jump(self.view_model.table, self.arrangement, text, cursor)

    @cached_property
    def changed(self) -> list[tuple[int, int]]:
        """The places of what the last edit changed, in reading order."""
        return changed_positions(self.view_model.table, self.arrangement)

    @cached_property
    def hidden_changes(self) -> int:
        """Number of changes that filter or hiding leaves out."""
        return sum(1 for _ in self.view_model.table.changed()) - len(self.changed)

    @property
    def summary_line(self) -> str:
        """Options in words; empty where the view is shown as it is."""
        options, table = self.options, self.view_model.table
        said = []
        if options.filter.strip():
            said.append(f"filter {visible(options.filter.strip(), 30)}")
        shown = [f"{len(self.arrangement.rows)} of {table.rows.count} {self.view_model.counted[0]}"]
        if table.columns is not None:
            shown.append(f"{len(self.arrangement.columns)} of {table.columns.count} {self.view_model.counted[1]}")
        if options.filter.strip() or self.hides:
            said.append(", ".join(shown))
        if self.hides:
            said.append("empty ones hidden")
        if options.sort != "order" and options.sort in self.view_model.sorts:
            said.append(SORTS[options.sort])
        if self.arrangement.transposed:
            said.append("turned round")
        return " · ".join(said)

    @property
    def hides(self) -> bool:
        """True if empty rows and columns are hidden."""
        return self.options.hide_empty and self.view_model.table.columns is not None


def show(view: ViewName, changes: PlanChanges, options: ViewOptions) -> RenderedView:
    """Render a view with options; an order that does not make sense in it is left out."""
    view_model = changes.models.get(view)
    if view_model is None:
        view_model = changes.models[view] = _VIEWS[view](changes)
    used = options if options.sort in view_model.sorts else replace(options, sort="order")
    arrangement = arrange(view_model.table, used)
    words = parse_filter(options.filter)
    model = view_model.model(arrangement, words)
    if not all(arrangement.shape):
        text = f"Nothing in this view matches {visible(options.filter.strip(), 60)}. Esc clears the filter."
        model = GridModel(title=model.title, label_width=model.label_width, empty=text if words else model.empty)
    return RenderedView(changes, view_model, used, arrangement, model)
