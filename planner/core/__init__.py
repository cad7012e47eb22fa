"""Frozen values and pure functions: the facts, the answers, what follows. No screen, no files but its own data."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

if "msgspec" not in sys.modules:

    class _Later(ModuleType):
        """A module that is loaded when something else of it is asked for than what it has been given."""

        def __getattr__(self, name: str) -> object:
            """Find a name in the module itself."""
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
            return getattr(import_module(self.__name__), name)

    # msgspec loads these, and none is needed: types that no plan has, what describes types, and what Python's own
    # typing has by now. Together they take longer to load than a plan takes to be derived.
    _uuid: Any = _Later("uuid")
    _uuid.UUID, _uuid.SafeUUID = type("UUID", (), {}), type("SafeUUID", (), {"unknown": None})
    _left_out = {"uuid": _uuid, "msgspec.inspect": _Later("msgspec.inspect"), "typing_extensions": None}
    _before = {name: sys.modules[name] for name in _left_out if name in sys.modules}
    sys.modules.update(_left_out)  # None is Python's own way to say that there is none
    try:
        import msgspec  # noqa: F401 - only so that it is there
    finally:
        for _name in _left_out:
            sys.modules.pop(_name, None)
        sys.modules.update(_before)
