"""What the planner's driver and the app tell each other, whether or not the driver is in use."""

from collections.abc import Callable


class Hooks:
    """What driver and app tell each other. Every one may be called from any thread.

    Attributes:
        hung_up: the terminal is gone.
        stopping: the process is about to be stopped by its user.
        going_on: the process was told to go on.
        repaint: the terminal has lost what it showed.
        left_out: so many characters of a paste were left out.
        keys_waiting: how many keys the app has that it has not begun with.
        at_rest: has the driver prepare for keys.
        silence: has the driver write nothing more.
    """

    def __init__(self) -> None:
        self.hung_up: Callable[[], object] = lambda: None
        self.stopping: Callable[[], object] = lambda: None
        self.going_on: Callable[[], object] = lambda: None
        self.repaint: Callable[[], object] = lambda: None
        self.left_out: Callable[[int], object] = lambda count: None
        self.keys_waiting: Callable[[], int] = lambda: 0
        self.at_rest: Callable[[], object] = lambda: None
        self.silence: Callable[[], object] = lambda: None


HOOKS = Hooks()
"""Those of this process: it has one terminal."""
