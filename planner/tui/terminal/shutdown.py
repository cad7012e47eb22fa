"""Shutdown: signals, a terminal that hangs up, a crash, a parent that is gone. No unsaved work is lost.

One thread waits for all of them. It depends neither on the event loop nor on the terminal, so neither a blocked handler
nor a stalled line can hold it up: the journal is written first, then the app is asked to exit, and if that takes too
long the terminal is restored and the process ends.
"""

import asyncio
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from os import _exit as end_process
from typing import Any

from textual.app import App

from planner.session.background import WRITES
from planner.storage.journal import Journal
from planner.text.escaping import visible
from planner.tui.terminal.crash_report import write_crash_file
from planner.tui.terminal.supervisor import ENDINGS, KEYS, attributes, restore, wake_supervisor
from planner.tui.terminal.textual_private import catch_exceptions

CRASHED = 1
"""Exit code after a crash."""

GRACE = 3.0
"""Seconds that the app may take to exit."""

_AT_ONCE = 3
"""So many requests end the process without waiting any longer."""

_APART = 0.3
"""Seconds between two requests: a signal to the process group comes twice, the second time from the parent."""

_WRITES_PATIENCE = 1.0
"""Seconds that settings and the list of recent plans may take to be written, once the screen is gone."""


class Shutdown:
    """The end of this process, once it is asked for. Methods may be called from any thread.

    Attributes:
        code: the exit code that was asked for, 0 while none was.
        hung_up: the terminal is gone.
        restored: the terminal was restored already.
        silence: stops all output, before the terminal is restored from here.
        crash_file: path of the crash file, empty if there was no crash.
    """

    def __init__(self, keep: Callable[[], object], parent: int = -1) -> None:
        """Prepare for the end.

        Args:
            keep: writes the journal now.
            parent: a file descriptor that hangs up when the supervisor is gone.
        """
        self.code = 0
        self.hung_up = False
        self.restored = False
        self.crash_file = ""
        self.silence: Callable[[], object] = lambda: None
        self.keep = keep
        self._supervisor = os.getppid() if parent >= 0 else 0
        self._crashed = False
        self._exit: Callable[[int], object] | None = None
        self._before = attributes()
        self._woken, self._wake = os.pipe()
        self._requests = 0
        self._last = self._deadline = float("-inf")
        self._poller = select.poll()
        self._poller.register(self._woken, select.POLLIN)
        self._poller.register(KEYS, 0)  # a hang-up is reported without being asked for
        if parent >= 0:
            self._poller.register(parent, 0)

    def install(self) -> None:
        """Install the signal handlers and start the thread."""
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        # C code writes the number of a signal at once; the handlers only keep its default action from happening.
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in ENDINGS:
            signal.signal(number, lambda number, frame: None)
        threading.Thread(target=self._wait, name="shutdown", daemon=True).start()

    def attach(self, app: App[int]) -> None:
        """Handles the app's errors, those of bare tasks and of threads, and its exit. Called on the app's loop."""
        loop = asyncio.get_running_loop()
        catch_exceptions(app, lambda error: self.crash(error, "the screen"))
        loop.set_exception_handler(self._on_task_error)
        threading.excepthook = self._on_thread_error

        def leave(code: int) -> None:
            with suppress(RuntimeError):  # the loop is closed: the app has exited
                loop.call_soon_threadsafe(app.exit, None, code)

        self._exit = leave
        if self.code:
            leave(self.code)

    def crash(self, error: BaseException, where: str) -> None:
        """Write the journal, then the crash file of the first error; the planner ends with 1."""
        if self._crashed:
            return
        self._crashed = True
        self.keep()
        self.crash_file = write_crash_file(error, where)
        self.begin(CRASHED)

    def _on_task_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.crash(error, "a task")

    def _on_thread_error(self, error: threading.ExceptHookArgs) -> None:
        self.crash(error.exc_value or error.exc_type(), "a thread")

    def hang_up(self) -> None:
        """End because the terminal is gone."""
        self.hung_up = True
        self.begin(128 + signal.SIGHUP)

    def begin(self, code: int) -> None:
        """End with this code, unless another one came first."""
        self.code = self.code or code
        with suppress(BlockingIOError):  # the pipe is full of requests
            os.write(self._wake, b"\0")

    def wake_supervisor(self) -> None:
        """Continue the supervisor after the planner was continued."""
        if self._supervisor:
            wake_supervisor(self._supervisor)

    def _wait(self) -> None:
        while True:
            left = self._deadline - time.monotonic()
            found = self._poller.poll(None if self._deadline < 0 else max(0, int(left * 1000)))
            if self._deadline > 0 and time.monotonic() >= self._deadline:
                self._end_now()
            for descriptor, _ in found:
                if descriptor == self._woken:
                    self._read_requests()
                else:
                    self._poller.unregister(descriptor)
                    self.hung_up = self.hung_up or descriptor == KEYS
                    self._request(128 + signal.SIGHUP)

    def _read_requests(self) -> None:
        for number in os.read(self._woken, 512):
            if number == 0 or number in ENDINGS:
                self._request(128 + number if number else self.code)

    def _request(self, code: int) -> None:
        self.code = self.code or code
        now = time.monotonic()
        if now - self._last > _APART:
            self._requests += 1
        self._last = now
        if self._requests >= _AT_ONCE:
            self._end_now()
        if self._deadline < 0:
            self._deadline = now + GRACE
            self.keep()
            if self._exit is not None:
                self._exit(self.code)

    def _end_now(self) -> None:
        self.keep()
        if not self.restored and not self.hung_up:
            self.silence()
            restore(self._before)
        end_process(self.code)


def run_until_end(run: Callable[[Journal, Shutdown], int | None], parent: int) -> int:
    """Run the planner and return the exit code: 0 as its user wished, 1 after a crash, 128+n after a signal.

    Args:
        run: runs the app with a journal and a shutdown; returns the code it exited with, None if it broke.
        parent: a file descriptor that hangs up when the supervisor is gone.
    """
    journal = Journal()
    shutdown = Shutdown(journal.flush_now, parent)
    shutdown.install()
    result = None
    try:
        result = run(journal, shutdown)
    except BaseException as error:  # also SystemExit from a handler: the work is kept, the code tells
        shutdown.code = shutdown.code or CRASHED
        shutdown.crash_file = write_crash_file(error, "the end of the planner")
    shutdown.restored = True
    WRITES.wait(_WRITES_PATIENCE)
    code = shutdown.code or (CRASHED if result is None else result)
    if not code:
        journal.close()
        return 0
    kept = journal.flush_now()
    lost = "" if kept else journal.trouble or "the disk does not answer"
    _print_reason(code, shutdown.crash_file, lost)
    if shutdown.hung_up:
        end_process(code)  # Python would write to the terminal once more, and end with another code
    return code


def _print_reason(code: int, crash_file: str, lost: str) -> None:
    after = f"could not be kept: {visible(lost)}" if lost else "is offered at the next start"
    if code == CRASHED:
        where = f"; what happened, without the plan: {visible(crash_file)}" if crash_file else ""
        text = f"sav-planner: ended by an error of its own{where}. What was not saved {after}"
    else:
        name = signal.Signals(code - 128).name
        text = f"sav-planner: ended by {name}; what was not saved {after}"
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - one line on standard error, the screen is gone
