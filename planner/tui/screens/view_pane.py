"""Looking at the views: which one, through which lens, from change to change, and taking along what is said."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import cached_property

from msgspec.structs import replace
from textual.widget import Widget

from planner.plan.editing import file_stem
from planner.plan.explanation import Explanation, Line
from planner.tui import clipboard as copying
from planner.tui.app import planner_app
from planner.tui.screens.board import BoardScreen
from planner.tui.views.plan_changes import Scene, View
from planner.tui.views.table_view import SORTS, Lens
from planner.tui.views.view import Shown, show
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.text_pane import Piece, TextPane

LOOKING = ("filter", "jump", "write")
"""What the line for typing is opened for here."""


class LookingScreen(BoardScreen):
    """A screen with a view of the plan, and beside it, where there is room, the list of rules.

    The filter is one for all views; order, hiding and turning belong to each.
    """

    focused: Widget | None

    def begin_looking(self) -> None:
        """Look at the matrix, at all of it."""
        self._view: View = "ports"
        self._filter = ""
        self._lenses: dict[View, Lens] = {}
        self._shown: Shown | None = None
        self._listed: Shown | None = None
        self._scene: Scene | None = None
        self._came_from = ("", (0, 0))
        self._asked_from: Widget | None = None

    def ask(self, purpose: str, prompt: str, text: str, then: Callable[[], object] | None = None) -> None:
        """Open the line for typing; what has the keys now gets them back afterwards."""
        if not self._entry.is_open:
            self._asked_from = self.focused
        super().ask(purpose, prompt, text, then)

    def show_explanation(self) -> None:
        """Explain again what the cursor is on."""
        raise NotImplementedError

    # What is shown

    @cached_property
    def grid(self) -> Grid:
        """The grid of the view."""
        return self.query_one("#view", Grid)

    @cached_property
    def rules_list(self) -> Grid:
        """The list of rules that stands beside the view where there is room."""
        return self.query_one("#list", Grid)

    @cached_property
    def _words(self) -> TextPane:
        return self.query_one("#lens", TextPane)

    @property
    def in_view(self) -> bool:
        """Whether the view or the list has the keys."""
        return self.focused is not None and self.focused.id in ("view", "list")

    @property
    def lens(self) -> Lens:
        """How the view is looked at."""
        return replace(self._lenses.get(self._view, Lens()), filter=self._filter)

    def show_view(self, *, keep_cursor: bool = True) -> None:
        """Show the view again; the cursor stays on what it stood on, wherever that is now.

        It leaves that only for what an answer changed, where nothing of that would be in sight otherwise.
        """
        was_seen, scene = self._scene, self._seen()
        cursor = self.grid.cursor if keep_cursor else (0, 0)
        was = self._shown.keys(*cursor) if self._shown is not None and keep_cursor else None
        self._shown = show(self._view, scene, self.lens)
        self.grid.show(self._shown.model, cursor=self._shown.find(was, cursor))
        changed = self._shown.changed if was_seen is not scene and was_seen is not None and not self.in_view else []
        if changed and not any(self.grid.has_in_sight(*place) for place in changed):
            self.grid.move_to(*changed[0])
        words = self._shown.in_words
        pane = self._words
        pane.set_class(bool(words), "-open")
        pane.show(lambda width: [(Piece(words, "strong"),)])
        self.show_list()

    def show_list(self) -> None:
        """Show the list of rules beside the view, if there is room for it."""
        if self.has_class("-huge"):
            self._listed = show("rules", self._seen(), Lens(filter=self._filter))
            self.rules_list.show(self._listed.model)

    def _seen(self) -> Scene:
        plan, before = self.work.plan, self.work.session.before
        if self._scene is None or self._scene.plan is not plan or self._scene.before is not before:
            self._scene = Scene(plan, before, self.work.catalogue)
        return self._scene

    def explained(self, *, whole: bool = False) -> Explanation | None:
        """Explain the cell that the cursor of view or list is on; None if neither is looked at."""
        shown, grid = (self._listed, self.rules_list) if self.focused is self.rules_list else (self._shown, self.grid)
        looks = self.in_view or (self._entry.is_open and self.typing in LOOKING)
        if shown is None or not looks:
            return None
        if not shown.model.row_count:
            return Explanation("Nothing is shown here", (Line("", shown.model.empty),))
        return shown.explain(*grid.cursor, whole=whole)

    def whole_explanation(self) -> Explanation:
        """Give all there is to say of what the cursor is on."""
        raise NotImplementedError

    def look(self, **changes: object) -> None:
        """Look at the view in another way."""
        self._lenses[self._view] = replace(self.lens, **changes)
        self.show_view()
        self.show_explanation()

    def set_filter(self, text: str) -> None:
        """Show of all views what matches a text; everything for none."""
        if text != self._filter:
            self._filter = text
            self.show_view()
            self.show_explanation()

    # Commands

    def action_view(self, view: View) -> None:
        """Show another view."""
        self._view = view
        self.show_view(keep_cursor=False)
        self.show_explanation()

    def action_explain(self) -> None:
        """Show the whole explanation on a page of its own."""
        from planner.tui.screens.help import read, whole_layout

        read(planner_app(self), whole_layout(self.whole_explanation()))

    def action_filter(self) -> None:
        """Ask for a filter, and show what it leaves while it is typed."""
        self._came_from = (self._filter, self.grid.cursor)
        self.ask("filter", "Filter", self._filter)
        self.say("Words: port, udp, zone, service, rollout; a,b either; zone:a port:b.", "muted")

    def action_jump(self) -> None:
        """Ask for a name, and go there while it is typed."""
        self._came_from = (self._filter, self.grid.cursor)
        self.ask("jump", "Jump to", "")
        self.say("Part of the name of a zone or a service, or both; Enter stays there.", "muted")

    def action_sort(self) -> None:
        """Take the next order that makes sense in this view."""
        if self._shown is not None:
            orders = self._shown.sheet.sorts
            order = orders[(orders.index(self._shown.lens.sort) + 1) % len(orders)]
            self.look(sort=order)
            self.say(f"Sorted: {SORTS[order]}.")

    def action_hide_empty(self) -> None:
        """Leave out rows and columns in which nothing stands, or bring them back."""
        if self._is_list():
            self.say("A list has no empty rows to hide.", "muted")
        elif self._shown is not None:
            hide = not self.lens.hide_empty
            self.look(hide_empty=hide)
            self.say("Empty rows and columns are hidden." if hide else "Empty rows and columns are shown.")

    def action_transpose(self) -> None:
        """Put rows for columns."""
        if self._is_list():
            self.say("A list cannot be turned; m and p show matrices.", "muted")
        else:
            self.look(transposed=not self.lens.transposed)
            turned = "Rows and columns are turned round." if self.lens.transposed else "Rows and columns as they were."
            self.say(turned)

    def _is_list(self) -> bool:
        return self._shown is not None and self._shown.sheet.table.columns is None

    def action_walk(self, by: int) -> None:
        """Go to the next or previous cell that the last answer changed, round the end too."""
        if self._shown is None:
            return
        places, hidden = self._shown.changed, self._shown.hidden_changes
        if not places:
            left_out = f" that the filter shows; Esc clears it ({hidden} are left out)" if hidden else ""
            self.say(f"The last answer changed nothing in this view{left_out}.", "muted")
            return
        cursor = self.grid.cursor
        if by > 0:
            # Coming from the questions, the cell that the cursor was left on has not been seen yet.
            index = (bisect_right if self.in_view else bisect_left)(places, cursor) % len(places)
        else:
            index = (bisect_right(places, (cursor[0], cursor[1] - 1)) - 1) % len(places)
        self.grid.focus()
        self.grid.move_to(*places[index])
        self.say(f"Change {index + 1} of {len(places)}{f', {hidden} more left out by the filter' if hidden else ''}.")

    def action_picture(self) -> None:
        """Draw the zones and what is open between them, the zone under the cursor picked out."""
        from planner.tui.screens.diagram import PictureScreen  # few sessions draw it

        plan = self.work.plan
        names = {zone.name for zone in plan.derived.zones}
        here = [key for key in (self._shown.keys(*self.grid.cursor) if self._shown else None) or () if key in names]
        self.app.push_screen(PictureScreen(plan, self.work.catalogue, str(here[-1]) if here else ""))

    # Taking along

    def action_copy(self) -> None:
        """Send the explanation to the clipboard of the terminal, which gives no answer."""
        copying.copy(self.app, copying.as_text(self.whole_explanation()), self.say, "W")

    def action_write(self) -> None:
        """Ask for a file to write the explanation to."""
        self._writes = copying.as_text(self.whole_explanation())
        self.ask("write", "Write to file", f"{file_stem(self.work.plan)}-explained.txt")

    # Typing

    def looks_while_typing(self, text: str) -> None:
        """Show while it is typed what a filter leaves, where a jump leads, or which file is meant."""
        if self.typing == "filter":
            self.set_filter(text)
            self.say(self._shown.in_words if self._shown and text.strip() else "No filter.", "muted")
        elif self.typing == "jump":
            self._jump_to_name(text)
        else:
            self.say_path(text)

    def _jump_to_name(self, text: str) -> bool:
        if self._shown is None or not text.strip():
            self.grid.move_to(*self._came_from[1])
            return False
        found = self._shown.jump(text, self.grid.cursor)
        if found is None:
            hidden = " in what the filter shows" if self._filter.strip() else ""
            self.say(f"Nothing is called so{hidden}.", "warning")
            return False
        self.grid.move_to(*found.place)
        more = f"; {found.others} more match" if found.others else ""
        self.say(f"{', '.join(found.names)}{more}", "muted")
        return True

    def takes_look(self, text: str) -> None:
        """Take the filter, stay where a jump led, or write the file; the line stays open if it cannot be."""
        if self.typing == "filter":
            self.set_filter(text.strip())
            self._done_looking()
        elif self.typing == "jump":
            if self._jump_to_name(text):
                self._done_looking()
        else:
            copying.write(self.store, self._writes, text, self.say, self.close_entry)

    def gives_up_looking(self) -> None:
        """Put the view back as it was before the typing began."""
        if self.typing == "filter":
            self.set_filter(self._came_from[0])
        if self.typing in ("filter", "jump"):
            self.grid.move_to(*self._came_from[1])

    def _done_looking(self) -> None:
        self.close_entry()
        self.grid.focus()
