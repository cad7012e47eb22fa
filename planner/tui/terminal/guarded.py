"""An app whose crashes lose nothing, and whose actions cannot be reached by anything the planner did not write."""

import asyncio
import threading
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from planner.tui.frame import Frame
from planner.tui.terminal.crash_report import write_crash_file
from planner.tui.terminal.hooks import HOOKS
from planner.tui.terminal.shutdown import Ending
from planner.tui.textual_private.ends import EndsApp

_OWN = "planner."
_HARMLESS = frozenset({"focus_next", "focus_previous"})
"""Actions of Textual's apps that stay; others write files, press keys, change screens or leave without a question."""


class GuardedApp(EndsApp, Frame, inherit_bindings=False):
    """An app with an ending: whatever goes wrong in it, the journal is written first."""

    # On every page and while typing; it is no command of the planner's, but what the key does everywhere in a shell.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "suspend", show=False, priority=True)]

    ending: Ending | None = None
    mouse = True
    crash_file = ""
    notice = ""
    """What the user is to know of the terminal when the planner opens."""

    _crashed = False
    _event_loop: asyncio.AbstractEventLoop | None = None

    def on_load(self) -> None:
        """Take over what Textual leaves to chance: errors of threads, of bare tasks, and the ways to end."""
        if self.ending is None:
            return
        self._event_loop = asyncio.get_running_loop()
        self._event_loop.set_exception_handler(self._on_loop_trouble)
        threading.excepthook = self._on_thread_trouble
        self.ending.leave_by(lambda code: self._call_soon(self._leave, code))
        HOOKS.repaint = self.paint_anew
        HOOKS.left_out = self._say_left_out
        HOOKS.keys_waiting = lambda: self.keys_waiting

    def on_ready(self) -> None:
        """Give the notice, if there is one."""
        if self.ending is not None:
            self.ending.silence = HOOKS.silence
        if self.notice:
            self.say(self.notice)

    def crash(self, error: BaseException, where: str) -> None:
        """Note that something broke: journal first, then the crash file; the planner ends with 1. Any thread may."""
        if self.ending is None or self._crashed:
            return
        self._crashed = True
        self.ending.keep()
        self.crash_file = write_crash_file(error, where)
        self.ending.begin(1)

    # What breaks in it

    def broke(self, error: BaseException) -> bool:
        """Take what broke in the app for a crash."""
        self.crash(error, "the screen")
        return self.ending is not None

    def _on_loop_trouble(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.crash(error, "a task")

    def _on_thread_trouble(self, trouble: threading.ExceptHookArgs) -> None:
        self.crash(trouble.exc_value or trouble.exc_type(), "a thread")

    def _leave(self, code: int) -> None:
        self.leave_unanswered()
        self.exit(None, code)

    def _call_soon(self, call: Any, *arguments: object) -> None:
        loop = self._event_loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(call, *arguments)

    # What may be asked of it

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse every action that the planner did not write itself, whoever asks for it."""
        method = getattr(type(self), f"action_{action}", None) or getattr(type(self), f"_action_{action}", None)
        own = method is not None and method.__module__.startswith(_OWN)
        return super().check_action(action, parameters) if own or action in _HARMLESS else False

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open nothing: no text leads out of the planner."""

    def action_suspend(self) -> None:
        """Stop the process, as Ctrl+Z does in a shell."""
        self.action_suspend_process()

    def _say_left_out(self, count: int) -> None:
        text = f"That was too much to paste: {count:,} characters at its end were left out."
        self.after_keys(lambda: self.say(text))
