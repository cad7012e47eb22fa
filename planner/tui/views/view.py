"""A view through a lens: what the grid shows, what is under the cursor, what is said of it."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from planner.plan.explanation import Explanation
from planner.text.escaping import visible
from planner.tui.views import lists
from planner.tui.views import matrices as grids
from planner.tui.views.plan_changes import MOST_NAMED, Scene, Sheet, View
from planner.tui.views.table_view import SORTS, Arrangement, Lens, arrange, changed_places, words_of
from planner.tui.widgets.grid import GridModel

if TYPE_CHECKING:
    from planner.tui.views.jump import Found

_MAKERS: dict[View, Callable[[Scene], Sheet]] = {
    "ports": grids.ports, "zones": grids.pairs, "rules": lists.rules, "closed": lists.closed,
    "findings": lists.findings,
}  # fmt: skip


class Shown(msgspec.Struct, frozen=True, dict=True):
    """A view made: the model for the grid, and all that depends on which cell stands where."""

    scene: Scene
    sheet: Sheet
    lens: Lens
    arrangement: Arrangement
    model: GridModel

    def explain(self, row: int, column: int, *, whole: bool = False) -> Explanation:
        """Explain the cell shown here; if ``whole``, with all zones and with the text for the plan's own devices."""
        source = self.arrangement.source(row, column)
        if not whole:
            return self.sheet.explain(*source, MOST_NAMED)
        explained = self.sheet.explain(*source, None)
        return replace(explained, lines=(*explained.lines, *self.scene.in_firewalls(self.sheet.rules(*source))))

    def keys(self, row: int, column: int) -> tuple[Hashable, Hashable] | None:
        """Say what the row and the column of the cell shown here stand for; None where nothing is shown."""
        down, across = self.arrangement.shape
        if not (row < down and column < across):
            return None
        source = self.arrangement.source(row, column)
        return self.sheet.row_key(source[0]), self.sheet.column_key(source[1])

    def find(self, keys: tuple[Hashable, Hashable] | None, near: tuple[int, int]) -> tuple[int, int]:
        """Give where the cell that stands for this is shown; what is not shown any more stays where it was."""
        if keys is None or self.keys(*near) == keys:
            return near
        arrangement = self.arrangement
        row = next((at for at, row in enumerate(arrangement.rows) if self.sheet.row_key(row) == keys[0]), None)
        column = next((at for at, to in enumerate(arrangement.columns) if self.sheet.column_key(to) == keys[1]), None)
        down, across = (column, row) if arrangement.transposed else (row, column)
        return near[0] if down is None else down, near[1] if across is None else across

    def jump(self, text: str, cursor: tuple[int, int]) -> "Found | None":
        """Find what is called so."""
        from planner.tui.views.jump import jump

        return jump(self.sheet.table, self.arrangement, text, cursor)

    @cached_property
    def changed(self) -> list[tuple[int, int]]:
        """The places of what the last edit changed, in reading order."""
        return changed_places(self.sheet.table, self.arrangement)

    @cached_property
    def hidden_changes(self) -> int:
        """How many changes are left out by filter or hiding."""
        return sum(1 for _ in self.sheet.table.changed()) - len(self.changed)

    @property
    def in_words(self) -> str:
        """Say how the view is looked at; empty where it is shown as it is."""
        lens, table = self.lens, self.sheet.table
        said = []
        if lens.filter.strip():
            said.append(f"filter {visible(lens.filter.strip(), 30)}")
        shown = [f"{len(self.arrangement.rows)} of {table.rows.count} {self.sheet.counted[0]}"]
        if table.columns is not None:
            shown.append(f"{len(self.arrangement.columns)} of {table.columns.count} {self.sheet.counted[1]}")
        if lens.filter.strip() or self.hides:
            said.append(", ".join(shown))
        if self.hides:
            said.append("empty ones hidden")
        if lens.sort != "order" and lens.sort in self.sheet.sorts:
            said.append(SORTS[lens.sort])
        if self.arrangement.transposed:
            said.append("turned round")
        return " · ".join(said)

    @property
    def hides(self) -> bool:
        """Whether empty rows and columns are left out on demand."""
        return self.lens.hide_empty and self.sheet.table.columns is not None


def show(view: View, scene: Scene, lens: Lens) -> Shown:
    """Make a view of a scene through a lens; what does not make sense in it is left out."""
    sheet = scene.sheets.get(view)
    if sheet is None:
        sheet = scene.sheets[view] = _MAKERS[view](scene)
    used = lens if lens.sort in sheet.sorts else replace(lens, sort="order")
    arrangement = arrange(sheet.table, used)
    words = words_of(lens.filter)
    model = sheet.model(arrangement, words)
    if not all(arrangement.shape):
        text = f"Nothing in this view matches {visible(lens.filter.strip(), 60)}. Esc clears the filter."
        model = GridModel(title=model.title, label_width=model.label_width, empty=text if words else model.empty)
    return Shown(scene, sheet, used, arrangement, model)
