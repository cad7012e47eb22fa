"""The one place that reaches into Textual's private parts, those of version 8.2.8.

Textual sends whatever a widget paints, also where it is what the terminal shows already. And it works out the style of
every component class of every widget whenever a class changes anywhere, which is a third of the time to the first
picture.
"""

from asyncio import get_running_loop
from collections.abc import Iterable, Iterator
from itertools import chain
from time import monotonic
from typing import Any, Self, TypeVar

from rich.color import ColorSystem
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.driver import Driver
from textual.events import Resize
from textual.geometry import Region
from textual.messages import ExitApp
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from planner.tui.flow import Flow
from planner.tui.sent_screen import SentScreen

_LARGE = 2048
"""Bytes of a frame from which on the terminal is told to show it at once."""
_QUESTION = "\x1b[6n"
"""Where is the cursor? The answer says that everything before the question was read."""
_LAST_ANSWER, _LAST_ANSWER_EACH = 20, 0.1
"""How often, and how long each time, leaving waits for an answer that is still out, in seconds."""

ScreenT = TypeVar("ScreenT", bound=Screen[Any])


class CellApp(App[int], inherit_bindings=False):
    """Sends the cells that differ from those the terminal shows, and no frame that a slow line has no time for.

    Attributes:
        sends_cells: if not, frames go out as Textual makes them: it is not the one that this was written for.
    """

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self._shown = SentScreen()
        self._flow = Flow(monotonic)
        self._patience: Timer | None = None
        self._leaving = 0
        self.sends_cells = True

    def on_mount(self) -> None:
        """Paint all anew when the planner comes back from being suspended."""
        self.app_resume_signal.subscribe(self, lambda _: self.paint_anew())

    def on_resize(self, event: Resize) -> None:
        """Take it that a terminal of another size made something of its own of what it showed."""
        if event.size != self._shown.size:
            self._shown.forget()
            self.call_after_refresh(self._send)

    def paint_anew(self) -> None:
        """Send the whole screen, whatever the terminal shows now; to be called where a frame sent did not arrive."""
        if not self.sends_cells:
            self.refresh(layout=True)
        self._shown.forget()
        self._send()

    def on_cursor_position(self) -> None:
        """Go on with what waited for the terminal to answer."""
        self._flow.answered()
        if not self._leaving:  # a frame more would be a question more
            self._send()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if not isinstance(renderable, LayoutUpdate | ChopsUpdate) or not self._draws:
            super()._display(screen, renderable)
            return
        colours = self.console._color_system or ColorSystem.TRUECOLOR
        self._shown.resize(*self.size)
        for y, x, strip, end in _strips(renderable):
            self._shown.want(y, x, ((text, _ink(style, colours)) for text, style, _ in strip), end)
        self._send()
        self.post_display_hook()

    @property
    def _draws(self) -> bool:
        """There is a terminal that takes frames now."""
        driver = self._driver
        ready = self._running and not self._closed and not self._batch_count
        return self.sends_cells and ready and driver is not None and not driver.is_headless and not driver.is_inline

    def _send(self) -> None:
        """Send what differs, unless the line is still full of what was sent before."""
        driver = self._driver
        if driver is None or not self._draws:
            return
        if self._flow.full:
            if self._patience is None:
                self._patience = self.set_timer(self._flow.patience, self._give_up)
            return
        frame = self._shown.difference()
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        if frame or cursor != self._previous_cursor_position:
            self._previous_cursor_position = cursor
            frame += f"\x1b[{cursor.y + 1};{cursor.x + 1}H" if cursor else ""
            if len(frame) > _LARGE and self._sync_available:
                frame = f"{SYNC_START}{frame}{SYNC_END}"
            driver.write(frame + _QUESTION if self._flow.sent(len(frame)) else frame)
            driver.flush()

    def _give_up(self) -> None:
        self._patience = None
        if self._flow.full:
            self._flow.give_up()
        self._send()

    def leave_unanswered(self) -> None:
        """Wait for no answer when the planner is left: whoever ends it is in more of a hurry."""
        self._leaving = _LAST_ANSWER

    async def _on_exit_app(self, event: ExitApp) -> None:  # type: ignore[override]  # Textual passes it to whom takes it
        """Leave once the terminal has answered, or its answer would be taken for something typed at the next prompt."""
        if self._flow.waiting and self._leaving < _LAST_ANSWER:
            self._leaving += 1
            event.prevent_default()  # or Textual's own handler, which is called next, leaves at once
            # A timer of Textual's does nothing in an app that is about to exit.
            get_running_loop().call_later(_LAST_ANSWER_EACH, self.post_message, ExitApp())


def _strips(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Segment], int]]:
    """Give what an update paints: row, column, segments, and the column to stop at."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield y, update.region.x, chain.from_iterable(line), update.region.right
        return
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            start, stop = max(x, left), min(end, right)
            if strip is not None and start < stop:
                yield y, start, strip.crop(start - x, stop - x), stop


def _ink(style: Style | None, colours: ColorSystem) -> str:
    if style is None:
        return ""
    return style._ansi if style._ansi is not None else Strip.render_ansi(style, colours)


def styled(screen: ScreenT, app: App[Any]) -> ScreenT:
    """Tell a screen whose styles are among the app's that they are in force, or all would be parsed again for it."""
    app.stylesheet.apply(app)  # from which the screen inherits its colours
    screen._css_update_count = app._css_update_count
    return screen


class LeanWidget(Widget):
    """Works out the style of a component class when something is first painted in it, and is painted without detour."""

    @classmethod
    def _get_component_classes(cls) -> frozenset[str]:  # type: ignore[override]  # Textual's has a cache around it
        """Leave the stylesheet nothing to work out in advance."""
        return frozenset()

    def get_component_styles(self, *names: str) -> RenderStyles:
        """Give the style of component classes, as the stylesheet has it now."""
        for name in names:
            if name not in self._component_styles:
                part = DOMNode(classes=name)
                part._attach(self)
                self.app.stylesheet.apply(part, animate=False)
                self._component_styles[name] = part.styles
        return super().get_component_styles(*names)

    def notify_style_update(self) -> None:
        """Forget the styles of another theme or class."""
        super().notify_style_update()
        self._component_styles.clear()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Have regions painted with what else this key changes; by way of its own queue it would be a frame later."""
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if regions and not layout and not recompose and self.is_attached and self in self.screen._compositor:
            self._repaint_required = False
            self.screen._dirty_widgets.add(self)
            self.screen.check_idle()
        return self
