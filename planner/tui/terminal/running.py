"""Runs the planner with everything that keeps its work and its terminal whole, and gives its exit code."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from signal import Signals
from typing import TYPE_CHECKING

from planner.session.background import WRITES
from planner.storage.journal import Journal
from planner.text.escaping import visible
from planner.tui.terminal.crash_report import write_crash_file
from planner.tui.terminal.guarded import GuardedApp
from planner.tui.terminal.hooks import HOOKS
from planner.tui.terminal.shutdown import Ending
from planner.tui.terminal.supervisor import wake_watcher
from planner.tui.textual_private import pins

if TYPE_CHECKING:
    from textual.driver import Driver

_FAILED = 1

_PATIENCE = 1.0
"""Seconds that settings and the list of recent plans may take to be written, once the screen is gone."""


def run_guarded(build: Callable[[Journal, "type[Driver] | None"], GuardedApp], parent: int) -> int:
    """Run an app and give the exit code: 0 as its user wished, 1 after a crash, 128+n after a signal.

    Args:
        build: makes the app with the journal, and the driver if Textual is the one it was written for.
        parent: a descriptor that hangs up when the supervisor is gone.
    """
    journal = Journal()
    ending = Ending(journal.flush_now, parent)
    ending.install()
    HOOKS.hung_up = ending.hang_up
    HOOKS.stopping = journal.flush_now
    if parent >= 0:
        watcher = os.getppid()
        HOOKS.going_on = lambda: wake_watcher(watcher)
    result, crash_file = None, ""
    try:
        app = build(journal, _driver())
        app.ending = ending
        app.sends_cells = pins.as_read(*pins.PAINTING)
        if pins.changed():
            app.notice = f"Textual is not {pins.WRITTEN_FOR}: a broken terminal or line may be met less well."
        result = app.run(mouse=app.mouse)
        crash_file = app.crash_file
    except (
        BaseException
    ) as error:  # whatever broke, also one that asks Python to exit: the work is kept, the code tells
        ending.code = ending.code or _FAILED
        crash_file = write_crash_file(error, "the end of the planner")
    ending.restored = True
    WRITES.wait(_PATIENCE)
    code = ending.code or (_FAILED if result is None else result)
    if not code:
        journal.close()
        return 0
    journal.flush_now()
    _say(code, crash_file)
    if ending.hung_up:
        os._exit(code)  # Python would try to write to the terminal once more, and end with another code
    return code


def _driver() -> "type[Driver] | None":
    """Give the planner's own driver, if Textual is the one it was written for."""
    if not pins.as_read(*pins.DRIVER):
        return None
    from planner.tui.textual_private.driver import PlannerDriver  # it does not even load with some other versions

    return PlannerDriver


def _say(code: int, crash_file: str) -> None:
    if code == _FAILED:
        where = f"; what happened, without the plan: {visible(crash_file)}" if crash_file else ""
        text = f"sav-planner: ended by an error of its own{where}. What was not saved is offered at the next start"
    else:
        text = f"sav-planner: ended by {Signals(code - 128).name}; what was not saved is offered at the next start"
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - one line on standard error, the screen is gone
