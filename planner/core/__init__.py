"""Frozen values and pure functions: the facts, the answers, what follows. No screen, no files but its own data."""

import sys

if "typing_extensions" not in sys.modules:
    # msgspec looks for it, and needs none of it since Python 3.11; loading it takes as long as a plan is derived in.
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # Python's own way to say that there is none
    try:
        import msgspec  # noqa: F401 - only so that it is there
    finally:
        del sys.modules["typing_extensions"]
