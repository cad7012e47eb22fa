"""Textual loaded without what the planner never uses, which is a tenth of the time to the first picture.

Textual's app names the command palette, which brings four kinds of widgets, and where downloads go; asyncio loads TLS
if there is some. The planner has a palette of its own, downloads nothing and opens no connection.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from planner.tui.textual_private import pins

_UNUSED = ("textual.command", "platformdirs")
"""Loaded by Textual's app for names that it uses only where the planner never goes."""


class _StandIn(ModuleType):
    """A module in which every public name is an empty class, to be imported or to be derived from."""

    def __getattr__(self, name: str) -> type:
        """Make the class."""
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


@contextmanager
def lean_textual() -> Iterator[None]:
    """Have Textual's app loaded inside; whoever imports the modules left out afterwards gets them as they are."""
    left_out = _UNUSED if pins.as_read(*pins.LOADING) else ()
    stand_ins = {name: _StandIn(name) for name in left_out if name not in sys.modules}
    sys.modules.update(stand_ins)
    no_tls = "ssl" not in sys.modules
    if no_tls:
        sys.modules["ssl"] = None  # type: ignore[assignment]  # Python's own way to say that there is none
    try:
        yield
    finally:
        for name in (*stand_ins, *(["ssl"] if no_tls else [])):
            del sys.modules[name]
