"""Where the planner keeps what is not a plan: settings, and what it remembers between runs. The XDG places."""

import os
from pathlib import Path

NAME = "sav-planner"


def config_folder() -> Path:
    """Give the folder of the settings; it need not exist."""
    return _folder("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Give the folder of what is remembered; it need not exist."""
    return _folder("XDG_STATE_HOME", ".local/state")


def _folder(variable: str, under_home: str) -> Path:
    """Take the variable where it is an absolute path, as the XDG rules say, else the place under the user's home."""
    given = os.environ.get(variable, "")
    base = Path(given) if given.startswith("/") else Path(os.path.expanduser("~")) / under_home  # noqa: PTH111 - raises nothing without a home
    return base / NAME
