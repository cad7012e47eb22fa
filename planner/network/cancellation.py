"""How whatever takes its time is told that it is no longer wanted."""

from collections.abc import Callable

Stopped = Callable[[], bool]
"""Says whether what is being done was given up."""


class StoppedError(Exception):
    """Whoever asked no longer wants to know."""


def never() -> bool:
    """Say that nothing was given up."""
    return False


def go_on(stopped: Stopped) -> None:
    """Go on to the next step.

    Raises:
        StoppedError: it is no longer wanted.
    """
    if stopped():
        raise StoppedError
