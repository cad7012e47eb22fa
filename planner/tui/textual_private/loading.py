"""Textual loaded without what the planner never uses, which is a tenth of the time to the first picture.

Textual's app names the command palette, which brings four kinds of widgets, and where downloads go; asyncio loads TLS
if there is some. The planner has a palette of its own, downloads nothing and opens no connection. Other modules are
there for functions that are seldom called, and come when one is. What names the types of later Pythons is found in
Python's own ``typing`` by now.
"""

import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from planner.tui.textual_private import pins

_UNUSED = ("textual.command", "platformdirs")
"""Loaded by Textual's app for names that it uses only where the planner never goes."""

_CALLED = ("difflib", "mimetypes", "pickle", "rich.table", "uuid")
"""Loaded by Textual and Rich for functions, and classes to be called, that the first picture takes none of."""

_TYPES = ("typing_extensions",)


class _StandIn(ModuleType):
    """A module in which every public name is an empty class, to be imported or to be derived from."""

    def __getattr__(self, name: str) -> type:
        """Make the class."""
        return type(_public(name), (), {})


class _Called(ModuleType):
    """A module in which every public name is a function that loads the module when it is called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Make the function."""
        _public(name)
        function = cache(lambda: getattr(_real(self), name))

        def call(*arguments: Any, **options: Any) -> Any:
            return function()(*arguments, **options)

        return call


class _Types(ModuleType):
    """A module whose names are those of ``typing``, or its own where that has none."""

    def __getattr__(self, name: str) -> object:
        """Find the name."""
        if hasattr(typing, _public(name)):
            return getattr(typing, name)
        return getattr(_real(self), name)


def _real(stand_in: ModuleType) -> ModuleType:
    """Load what somebody stands in for."""
    name = stand_in.__name__
    if sys.modules.get(name) is stand_in:
        del sys.modules[name]
    return import_module(name)


def _public(name: str) -> str:
    if name.startswith("__"):
        raise AttributeError(name)
    return name


@contextmanager
def lean_textual() -> Iterator[None]:
    """Have Textual's app loaded inside; whoever imports the modules left out afterwards gets them as they are."""
    stand_ins: dict[str, ModuleType] = {}
    if pins.as_read(*pins.LOADING):
        for kind, names in ((_StandIn, _UNUSED), (_Called, _CALLED), (_Types, _TYPES)):
            stand_ins |= {name: kind(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    no_tls = "ssl" not in sys.modules
    if no_tls:
        sys.modules["ssl"] = None  # type: ignore[assignment]  # Python's own way to say that there is none
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
        if no_tls:
            del sys.modules["ssl"]
