"""A page that covers the screen and is kept when it is left, to be shown again at once.

Textual changes screens by messages: each is styled, laid out and painted several times on the way. A kept page is laid
out already. It is painted as it is put on top; when it is left, the cells that were shown before it are wanted
again, unless what it covers changed meanwhile.
"""

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from textual.await_complete import AwaitComplete
from textual.geometry import Region

from planner.tui.terminal.cell_diff import Cells
from planner.tui.textual_private import pins
from planner.tui.textual_private.cells import CellApp
from planner.tui.textual_private.painted import PaintedScreen

if TYPE_CHECKING:
    from textual.screen import ScreenResultCallbackType

Result = TypeVar("Result")


_MOUNTED = 0.1
"""Seconds in which the widgets of a page have said all that they have to say to being made, or laid out."""


class _Covered(NamedTuple):
    """The screen below, how often it had changed its picture, and the cells that were wanted before it was covered."""

    screen: PaintedScreen[object]
    changes: int
    cells: Cells


class KeptScreen(PaintedScreen[Result], Generic[Result]):
    """A page without anything to be seen behind it."""

    _covered: _Covered | None = None
    _shown: Cells = ()
    """What was shown of it when it was left."""

    def open(self, app: CellApp, then: "ScreenResultCallbackType[Result] | None" = None) -> None:
        """Show the page over the screen; when it is left, call ``then`` with what it was left with."""
        below = app.screen
        if not self._laid_out(app) or not isinstance(below, PaintedScreen):
            self._shown = ()
            app.push_screen(self, then)
            self._css_update_count = app._css_update_count
            return
        self._lay_out_anew(app)
        self._covered = _Covered(below, below.changes_behind, app.wanted)
        app.capture_mouse(None)
        app._set_mouse_over(None, None)
        self._push_result_callback(below, then)
        app._screen_stack.append(self)
        if not self.stack_updates:
            self.stack_updates += 1
        app.screen_change_signal.publish(self)
        self._paint(app)

    def lay_out(self, app: CellApp) -> None:
        """Have the page ready before it is asked for, if it is kept; nothing of it is seen."""
        if app.is_screen_installed(self) and pins.as_read(*pins.KEPT):
            app._get_screen(self)
            self._css_update_count = app._css_update_count
            self._layout_required = True
            self.set_timer(_MOUNTED, self._lay_out_unseen)

    def _lay_out_unseen(self) -> None:
        app = self.app
        if isinstance(app, CellApp) and self not in app._screen_stack:
            self._lay_out_anew(app)
            self.set_timer(_MOUNTED, self._rehearse)

    def _rehearse(self) -> None:
        """Open the page and leave it out of sight: what was done once, with the cells it took, is at hand."""
        app = self.app
        if not isinstance(app, CellApp) or not app.paints_lines or self in app._screen_stack:
            return
        self._lay_out_anew(app)
        if self._laid_out(app) and isinstance(app.screen, PaintedScreen):
            with app.unseen():
                self.open(app)
                self.dismiss()

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave the page."""
        app = self.app
        covered, self._covered = self._covered, None
        if covered is None or app.screen is not self or not isinstance(app, CellApp):
            return super().dismiss(result)
        for callback in self._result_callbacks[-1:]:
            callback(result)
        self._shown = app.wanted
        app.capture_mouse(None)
        app._set_mouse_over(None, None)
        app._screen_stack.pop()
        self._pop_result_callback()
        below = covered.screen
        app.screen_change_signal.publish(below)
        below._update_auto_focus()
        if below.changes_behind != covered.changes or not app.want_again(covered.cells):
            below.refresh()
        else:
            app.send_wanted()
        return AwaitComplete()

    def _laid_out(self, app: CellApp) -> bool:
        """Whether the page stands as it is to be shown on the screen as it is now."""
        return (
            pins.as_read(*pins.KEPT) and self.is_running and self not in app._screen_stack
            and self._size == app.size and self._css_update_count == app._css_update_count
            and self.focused is not None and app.app_focus and not app._batch_count
        )  # fmt: skip

    def _lay_out_anew(self, app: CellApp) -> None:
        """Do what Textual leaves undone while the page is out of sight."""
        if self._layout_required:
            self._refresh_layout(app.size)
            self._layout_required = self._repaint_required = False

    def _paint(self, app: CellApp) -> None:
        """Paint the page: where it is what it was when it was left, only what changed of it since."""
        if app.want_again(self._shown):
            self._compositor.update_widgets(self._dirty_widgets)
            self._dirty_widgets.clear()
            if self._compositor._dirty_regions:
                self._compositor_refresh()
            else:
                app.send_wanted()
            return
        self._forget_dirty()
        self._compositor._dirty_regions.update(self._regions)
        self._compositor_refresh()

    def _forget_dirty(self) -> None:
        self._dirty_widgets.clear()
        self._compositor._dirty_regions.clear()

    @property
    def _regions(self) -> set[Region]:
        """Where something of the page is to be seen: everywhere, by widgets if those leave no gap."""
        visible = self._compositor.visible_widgets
        regions = {region.intersection(clip) for widget, (region, clip) in visible.items() if widget.parent is self}
        gapless = sum(region.area for region in regions) == self._size.area
        return regions if gapless else {Region(0, 0, *self._size)}
