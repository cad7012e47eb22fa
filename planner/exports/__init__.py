"""One module a format, one registry."""

import planner.core as _core  # noqa: F401 - loads msgspec with as little as it needs, before anything here does
