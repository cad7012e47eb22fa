"""Cancellation of long work: the worker asks, step by step, if anybody still wants the result."""

from collections.abc import Callable

Stopped = Callable[[], bool]
"""True once the work was given up."""


class StoppedError(Exception):
    """The work was cancelled."""


def never_cancelled() -> bool:
    """Returns False: nobody can cancel the work."""
    return False


def check_cancelled(stopped: Stopped) -> None:
    """Raises an error if the work was cancelled.

    Raises:
        StoppedError: nobody wants the result any more.
    """
    if stopped():
        raise StoppedError
