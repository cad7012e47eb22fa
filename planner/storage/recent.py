"""The plans that were opened or saved last, remembered between runs: paths alone, newest first."""

import os
from pathlib import Path

from planner.storage.folders import state_folder
from planner.storage.small_files import SmallFileError, read_small, write_small

MAX_RECENT = 12
_MAX_PATH = 4096


def _file() -> Path:
    return state_folder() / "recent.toml"


def recent_plans() -> list[str]:
    """Give the absolute paths of the plans that are still there, newest first; none where the list cannot be read."""
    try:
        remembered = _remembered()
    except SmallFileError:
        return []
    return [path for path in remembered if os.path.isfile(path)]  # noqa: PTH113 - Path.is_file raises for some


def remember(path: str) -> None:
    """Put a plan first. Where nothing can be remembered the planner works as before, so that is no error.

    A file that is no such list is left alone: a link may lead to anything.
    """
    try:
        full = os.path.abspath(path)  # noqa: PTH100 - links stay as the user named them
    except OSError:
        return  # the folder that the planner was started in is gone
    if len(full) > _MAX_PATH:
        return
    try:
        full.encode()
        before = _remembered()
        if before[:1] == [full]:
            return
        write_small(_file(), {"plans": [full, *(other for other in before if other != full)][:MAX_RECENT]})
    except (SmallFileError, UnicodeEncodeError):
        return


def _remembered() -> list[str]:
    """Give what the list holds.

    Raises:
        SmallFileError: it cannot be read, or is something else.
    """
    content = read_small(_file())
    plans = content.pop("plans", [])
    if content or not isinstance(plans, list):
        raise SmallFileError("no list of plans; accepted: what the planner wrote")
    return [path for path in plans if isinstance(path, str) and path.startswith("/") and "\0" not in path][:MAX_RECENT]
