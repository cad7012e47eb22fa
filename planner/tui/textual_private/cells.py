"""Frames of single cells: Textual sends whatever a widget paints, also where it is what the terminal shows already."""

from asyncio import get_running_loop
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.driver import Driver
from textual.events import Resize
from textual.messages import ExitApp
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer

from planner.tui.terminal.cell_diff import Cells, Run, SentScreen
from planner.tui.terminal.flow_control import Flow

if TYPE_CHECKING:
    from textual._compositor import ChopsUpdate, LayoutUpdate

_LARGE = 2048
"""Bytes of a frame from which on the terminal is told to show it at once."""
_AT_ONCE, _SHOWN = "\x1b[?2026h", "\x1b[?2026l"
_QUESTION = "\x1b[6n"
"""Where is the cursor? The answer says that everything before the question was read."""
_LAST_ANSWER, _LAST_ANSWER_EACH = 20, 0.1
"""How often, and how long each time, leaving waits for an answer that is still out, in seconds."""

Painted = tuple[int, int, Iterable[Run], int]
"""Part of a line: row, column, runs of text from there on, and the column to stop at."""


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
        self._seen = False
        self._unseen = False
        self._pointer = "default"
        self._once_seen: list[Callable[[], object]] = []
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

    def refresh_css(self, animate: bool = True) -> None:
        """Count the change of looks, so that what is kept out of sight is styled anew when it is shown again."""
        self._css_update_count += 1
        super().refresh_css(animate)

    def on_cursor_position(self) -> None:
        """Go on with what waited for the terminal to answer."""
        self._flow.answered()
        if self._patience is not None:
            self._patience.stop()  # it was for the question that is answered now
            self._patience = None
        if not self._leaving:  # a frame more would be a question more
            self._send()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        update = _update(renderable) if self.has_cells else None
        if update is None:
            super()._display(screen, renderable)
            return
        self.paint_lines(_strips(update, self.colours))

    @property
    def paints_lines(self) -> bool:
        """Whether single lines can be painted, of a screen that was painted in whole before."""
        return self.has_cells and self._shown.size == self.size

    @property
    def colours(self) -> ColorSystem:
        """The colours that the terminal has."""
        return self.console._color_system or ColorSystem.TRUECOLOR

    def paint_lines(self, lines: Iterable[Painted]) -> None:
        """Show lines from the given cells on."""
        self._shown.resize(*self.size)
        for y, x, runs, end in lines:
            self._shown.want(y, x, runs, end)
        self.send_wanted()

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Have nothing sent of what is painted inside; afterwards the same is wanted, and was sent, as before."""
        shown, self._shown = self._shown, self._shown.copy()
        self._unseen = True
        try:
            yield
        finally:
            self._shown, self._unseen = shown, False

    @property
    def wanted(self) -> Cells:
        """The cells that are to be shown now, to be shown again later."""
        return self._shown.wanted()

    def want_again(self, cells: Cells) -> bool:
        """Want cells that were wanted before; not where cells are not known, or the screen has another size now."""
        return self.paints_lines and self._shown.want_again(cells)

    def send_wanted(self) -> None:
        """Show what is wanted."""
        self._send()
        self.post_display_hook()

    @property
    def has_cells(self) -> bool:
        """There is a terminal whose cells are known."""
        driver = self._driver
        return self.sends_cells and driver is not None and not driver.is_headless and not driver.is_inline

    def _set_pointer_shape(self, shape: str) -> None:
        """Send the shape of the mouse pointer where it changes; Textual sends it with every screen that it makes."""
        if shape != self._pointer:
            self._pointer = shape
            super()._set_pointer_shape(shape)

    @property
    def _draws(self) -> bool:
        """There is a terminal that takes frames now."""
        return self.has_cells and self._running and not self._closed and not self._batch_count

    def _end_batch(self) -> None:
        """Send what was painted meanwhile, the first picture among it; Textual would paint all of it once more."""
        super()._end_batch()
        self._send()
        if not self._batch_count and not self._seen:
            self._seen = True
            sleep(0)  # the thread that writes gets its turn before the rest of the work is begun
            for then in self._once_seen:
                self.call_later(then)

    def waits_for_picture(self, then: Callable[[], object]) -> bool:
        """Whether the first picture is not out yet; then something else is done, once it is."""
        waits = self.sends_cells and not self._seen
        if waits:
            self._once_seen.append(then)
        return waits

    def _send(self) -> None:
        """Send what differs, unless the line is still full of what was sent before."""
        driver = self._driver
        if driver is None or not self._draws:
            return
        if self._unseen:
            self._shown.difference()  # as if it went out
            return
        if self._flow.full:
            if self._flow.asks():  # more was sent behind the question that is answered by now
                driver.write(_QUESTION)
                driver.flush()
            if self._patience is None:
                self._patience = self.set_timer(self._flow.patience, self._give_up)
            return
        frame = self._shown.difference()
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        if frame or cursor != self._previous_cursor_position:
            self._previous_cursor_position = cursor
            frame += f"\x1b[{cursor.y + 1};{cursor.x + 1}H" if cursor else ""
            if len(frame) > _LARGE and self._sync_available:
                frame = f"{_AT_ONCE}{frame}{_SHOWN}"
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


def _update(renderable: RenderableType | None) -> "LayoutUpdate | ChopsUpdate | None":
    from textual._compositor import ChopsUpdate, LayoutUpdate  # not at the start: another version may have none

    return renderable if isinstance(renderable, LayoutUpdate | ChopsUpdate) else None


def _strips(update: "LayoutUpdate | ChopsUpdate", colours: ColorSystem) -> Iterator[Painted]:
    """Give what an update paints."""
    from textual._compositor import LayoutUpdate

    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield y, update.region.x, inked(chain.from_iterable(line), colours), update.region.right
        return
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            start, stop = max(x, left), min(end, right)
            if strip is not None and start < stop:
                yield y, start, inked(strip.crop(start - x, stop - x), colours), stop


def inked(segments: Iterable[Segment], colours: ColorSystem) -> Iterator[Run]:
    """Give segments as the terminal gets them."""
    return ((text, ink(style, colours)) for text, style, _ in segments)


def ink(style: Style | None, colours: ColorSystem) -> str:
    """Give the codes that a style is shown in."""
    if style is None:
        return ""
    return style._ansi if style._ansi is not None else Strip.render_ansi(style, colours)
