"""View pane: a view of the plan, filtered and sorted, and the list of rules beside it where there is room."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from planner.plan.explanation import Explanation, Line
from planner.session.workspace import Workspace
from planner.tui.views.plan_changes import PlanChanges, ViewName
from planner.tui.views.table_view import SORTS, ViewOptions
from planner.tui.views.view import RenderedView, show
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.input_line import InputLine, TextRequest
from planner.tui.widgets.text_pane import Piece, TextPane


class ViewPane(Container):
    """One view of the plan in a grid, under a line that says how it is filtered and sorted.

    The filter is one for all views; order, hiding and transposing belong to each.

    Attributes:
        view: the id of the view.
        grid: shows the view.
        rules_list: shows the list of rules beside the view; the screen places it.
    """

    class ViewChanged(Message):
        """Another view is shown, or the same with other options."""

    def __init__(self, work: Workspace, line: InputLine, say: Callable[[str, str], None]) -> None:
        super().__init__(id="stage")
        self.view: ViewName = "ports"
        self.grid, self.rules_list = Grid(id="view"), Grid(id="list")
        self._options_line = TextPane(id="lens")
        self._work, self._line, self._say = work, line, say
        self._filter = ""
        self._options: dict[ViewName, ViewOptions] = {}
        self._shown: RenderedView | None = None
        self._listed: RenderedView | None = None
        self._changes: PlanChanges | None = None
        self._began = ("", (0, 0))

    def compose(self) -> ComposeResult:
        """Lay out the options line over the grid."""
        yield self._options_line
        yield self.grid

    @property
    def is_active(self) -> bool:
        """True if the view or the list of rules has the keys."""
        return self.screen.focused in (self.grid, self.rules_list)

    @property
    def filtered(self) -> bool:
        """True if a filter hides rows and columns."""
        return bool(self._filter)

    @property
    def options(self) -> ViewOptions:
        """Options of the view in sight."""
        return replace(self._options.get(self.view, ViewOptions()), filter=self._filter)

    @property
    def changes(self) -> PlanChanges:
        """The plan, the one before the last edit, and what changed between them."""
        plan, before = self._work.plan, self._work.session.before
        if self._changes is None or self._changes.plan is not plan or self._changes.before is not before:
            self._changes = PlanChanges(plan, before, self._work.catalogue, self._changes)
        return self._changes

    def show_plan(self, *, keep_cursor: bool = True) -> None:
        """Show the plan as it stands; the cursor stays on what it stood on, wherever that is now.

        It leaves that only for what an answer changed, where nothing of that would be in sight otherwise.
        """
        had, changes = self._changes, self.changes
        cursor = self.grid.cursor if keep_cursor else (0, 0)
        was = self._shown.keys(*cursor) if self._shown is not None and keep_cursor else None
        self._shown = show(self.view, changes, self.options)
        self.grid.show(self._shown.model, cursor=self._shown.find(was, cursor))
        changed = self._shown.changed if had is not None and had is not changes and not self.is_active else []
        if changed and not any(self.grid.has_in_sight(*place) for place in changed):
            self.grid.move_to(*changed[0])
        words = self._shown.summary_line
        self._options_line.set_class(bool(words), "-open")
        self._options_line.show(lambda width: [(Piece(words, "strong"),)])
        self.show_list()

    def show_list(self) -> None:
        """Show the list of rules, if there is room for it."""
        if self.screen.has_class("-huge"):
            self._listed = show("rules", self.changes, ViewOptions(filter=self._filter))
            self.rules_list.show(self._listed.model)

    def explain(self, *, whole: bool = False) -> Explanation | None:
        """Explain the cell under the cursor of view or list; None if neither is looked at."""
        in_list = self.screen.focused is self.rules_list
        shown, grid = (self._listed, self.rules_list) if in_list else (self._shown, self.grid)
        request = self._line.request if self._line.is_open else None
        if shown is None or not (self.is_active or (request is not None and request.owner is self)):
            return None
        if not shown.model.row_count:
            return Explanation("Nothing is shown here", (Line("", shown.model.empty),))
        return shown.explain(*grid.cursor, whole=whole)

    def zone_under_cursor(self) -> str:
        """Name of the zone in whose column or row the cursor is; empty if there is none."""
        names = {zone.name for zone in self._work.plan.derived.zones}
        keys = self._shown.keys(*self.grid.cursor) if self._shown is not None else None
        here = [key for key in keys or () if key in names]
        return str(here[-1]) if here else ""

    # Views and their options

    def show_view(self, view: ViewName) -> None:
        """Show another view."""
        self.view = view
        self.show_plan(keep_cursor=False)
        self._changed()

    def set_filter(self, text: str) -> None:
        """Show of all views what matches a text; everything for none."""
        if text != self._filter:
            self._filter = text
            self.show_plan()
            self._changed()

    def sort(self) -> None:
        """Sort by the next order that makes sense in this view."""
        if self._shown is not None:
            orders = self._shown.view_model.sorts
            order = orders[(orders.index(self._shown.options.sort) + 1) % len(orders)]
            self._set_options(sort=order)
            self._say(f"Sorted: {SORTS[order]}.", "good")

    def hide_empty(self) -> None:
        """Hide rows and columns in which nothing stands, or show them again."""
        if self._is_list:
            self._say("A list has no empty rows to hide.", "muted")
        else:
            hide = not self.options.hide_empty
            self._set_options(hide_empty=hide)
            self._say("Empty rows and columns are hidden." if hide else "Empty rows and columns are shown.", "good")

    def transpose(self) -> None:
        """Swap rows and columns."""
        if self._is_list:
            self._say("A list cannot be turned; m and p show matrices.", "muted")
        else:
            turned = not self.options.transposed
            self._set_options(transposed=turned)
            said = "Rows and columns are turned round." if turned else "Rows and columns as they were."
            self._say(said, "good")

    def next_change(self, by: int) -> None:
        """Go to the next or previous cell that the last answer changed, round the end too."""
        if self._shown is None:
            return
        places, hidden = self._shown.changed, self._shown.hidden_changes
        if not places:
            left_out = f" that the filter shows; Esc clears it ({hidden} are left out)" if hidden else ""
            self._say(f"The last answer changed nothing in this view{left_out}.", "muted")
            return
        cursor = self.grid.cursor
        if by > 0:
            # Coming from the questions, the cell that the cursor was left on has not been seen yet.
            index = (bisect_right if self.is_active else bisect_left)(places, cursor) % len(places)
        else:
            index = (bisect_right(places, (cursor[0], cursor[1] - 1)) - 1) % len(places)
        self.grid.focus()
        self.grid.move_to(*places[index])
        more = f", {hidden} more left out by the filter" if hidden else ""
        self._say(f"Change {index + 1} of {len(places)}{more}.", "good")

    @property
    def _is_list(self) -> bool:
        return self._shown is not None and self._shown.view_model.table.columns is None

    def _set_options(self, **options: object) -> None:
        self._options[self.view] = replace(self.options, **options)
        self.show_plan()
        self._changed()

    def _changed(self) -> None:
        self.screen.post_message(self.ViewChanged())

    # Filter and jump

    def ask_filter(self) -> None:
        """Open the input line for a filter, and show what it leaves while it is typed."""

        def typed(text: str) -> None:
            self.set_filter(text)
            self._say(self._shown.summary_line if self._shown and text.strip() else "No filter.", "muted")

        def entered(text: str) -> None:
            self.set_filter(text.strip())
            self._end_request()

        def cancelled() -> None:
            self.set_filter(self._began[0])
            self.grid.move_to(*self._began[1])

        self._began = (self._filter, self.grid.cursor)
        self._line.open(TextRequest("Filter", entered, typed, cancelled, owner=self), self._filter)
        self._say("Words: port, udp, zone, service, rollout; a,b either; zone:a port:b.", "muted")

    def ask_jump(self) -> None:
        """Open the input line for a name, and go there while it is typed."""

        def entered(text: str) -> None:
            if self._jump(text):
                self._end_request()

        def cancelled() -> None:
            self.grid.move_to(*self._began[1])

        self._began = (self._filter, self.grid.cursor)
        self._line.open(TextRequest("Jump to", entered, self._jump, cancelled, owner=self))
        self._say("Part of the name of a zone or a service, or both; Enter stays there.", "muted")

    def _jump(self, text: str) -> bool:
        if self._shown is None or not text.strip():
            self.grid.move_to(*self._began[1])
            return False
        found = self._shown.jump(text, self.grid.cursor)
        if found is None:
            hidden = " in what the filter shows" if self._filter.strip() else ""
            self._say(f"Nothing is called so{hidden}.", "warning")
            return False
        self.grid.move_to(*found.place)
        more = f"; {found.others} more match" if found.others else ""
        self._say(f"{', '.join(found.names)}{more}", "muted")
        return True

    def _end_request(self) -> None:
        self._say("", "")
        self._line.close()
        self.grid.focus()
