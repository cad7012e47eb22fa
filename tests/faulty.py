"""The planner with a fault in it, which F9 sets off: ``python -m tests.faulty``, the fault named by ``FAULT``."""

import asyncio
import gc
import os
import re
import sys
import threading
import time
from pathlib import Path, PurePath
from typing import ClassVar, NoReturn

from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

import planner.tui.app
from planner.cli import main

SECRET = "SECRET-OF-THE-PLAN"  # noqa: S105 - nobody logs in with it
"""Is in the exceptions and in the variables of whatever breaks; nobody may be shown it."""

DISKS = {"slow disk": 0.4, "hung disk": 60.0}
"""Faults of the disk: seconds that it takes to confirm anything."""

KEY = b"\x1b[20~"
"""F9."""


class Broken(Widget):
    """A widget that cannot be painted."""

    def render_line(self, y: int) -> Strip:
        """Break."""
        broken()


def broken() -> NoReturn:
    """Break in the way an ordinary defect does."""
    secret = {SECRET: SECRET}
    raise ValueError(f"{SECRET}: {secret}")


class FaultyApp(planner.tui.app.PlannerApp):
    """The planner, and every fault by its name."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        Path(planner.tui.app.__file__).parent / path for path in planner.tui.app.PlannerApp.CSS_PATH
    ]
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9", "fault", priority=True)]
    _breaks_last = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Reaches the faults."""
        return True

    def action_fault(self) -> None:
        """Set the fault off."""
        getattr(self, f"fault_{os.environ['FAULT']}")()

    def exit(self, result: int | None = None, return_code: int = 0, message: object = None) -> None:
        """Leave, unless the fault is to stay whatever the keys say; a signal is obeyed all the same."""
        if return_code or os.environ["FAULT"] != "stays":
            super().exit(result, return_code)

    def action_suspend(self) -> None:
        """Stop, unless the fault is to stay."""
        if os.environ["FAULT"] != "stays":
            super().action_suspend()

    def fault_stays(self) -> None:
        """Do nothing: the fault is elsewhere."""

    def fault_handler(self) -> None:
        """Break at once."""
        broken()

    def fault_worker(self) -> None:
        """Break in a worker."""

        async def work() -> None:
            broken()

        self.run_worker(work())

    def fault_thread_worker(self) -> None:
        """Break in a worker that is a thread."""
        self.run_worker(broken, thread=True)

    def fault_timer(self) -> None:
        """Break in a moment."""
        self.set_timer(0.01, broken)

    def fault_thread(self) -> None:
        """Break in a thread that nobody looks after."""
        threading.Thread(target=broken).start()

    def fault_task(self) -> None:
        """Break in a task that nobody looks after."""

        async def work() -> None:
            broken()

        asyncio.get_running_loop().create_task(work())
        self.set_timer(0.1, gc.collect)

    def fault_render(self) -> None:
        """Break while something is painted."""
        self.screen.mount(Broken())

    def fault_unmount(self) -> None:
        """Break on the way out."""
        self._breaks_last = True
        self.exit(0)

    def fault_exit(self) -> None:
        """Leave in a way that is not the planner's."""
        sys.exit(0)

    def on_unmount(self) -> None:
        """Break if asked to."""
        if self._breaks_last:
            broken()

    def fault_blocks(self) -> None:
        """Do nothing for five seconds."""
        time.sleep(5)

    def fault_loops(self) -> None:
        """Do something for ever."""
        while True:
            pass

    def fault_stuck(self) -> None:
        """Spend ages in code that lets no signal in."""
        re.match("(a+)+$", "a" * 60 + "b")


if __name__ == "__main__":
    planner.tui.app.PlannerApp = FaultyApp  # type: ignore[misc]  # what the planner makes its app of
    if os.environ["FAULT"] in DISKS:
        os.fsync = lambda fd: time.sleep(DISKS[os.environ["FAULT"]])
    sys.exit(main())
