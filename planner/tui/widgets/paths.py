"""Completing the path of a plan while it is typed."""

import os
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from planner.text.escaping import visible
from planner.tui.widgets.input_line import InputLine

MAX_LOOKED_AT = 5000
"""Entries of a folder that are looked at: a key must not wait for a folder of a million files."""


def complete(text: str, wanted: str = ".toml") -> tuple[str, list[str]]:
    """Complete a path as far as it is certain; also return the names it may go on with, a folder ends in ``/``.

    Folders and files whose names end as wanted are offered; where none of those fits, other files; hidden ones once a
    dot is typed.
    """
    folder, _, begun = text.rpartition("/")
    shown = f"{folder}/" if "/" in text else ""
    if text == "~":
        return "~/", ["~/"]
    found = _names(shown, begun)
    names = [name for name in found if name.endswith(("/", wanted))] or found
    if not names:
        return text, []
    return shown + os.path.commonprefix(names), names  # noqa: RUF071 - letters are completed, not folders


def complete_path(
    line: InputLine, suffix: str, say: Callable[[str, str], object], typed: Callable[[str], object]
) -> None:
    """Complete the path on an input line as far as it is certain, and say what it may go on with.

    Args:
        line: holds the path.
        suffix: names that end so are offered first.
        say: gets the names to choose from, or that there is none.
        typed: gets the text where nothing is to be chosen.
    """
    text, names = complete(line.text, suffix)
    if text != line.text:
        line.put(text)
    said, kind = choices(names, text)
    if said:
        say(said, kind)
    else:
        typed(text)


def choices(names: Sequence[str], text: str) -> tuple[str, str]:
    """Message on the names a text may go on with, and its kind; empty where it is complete."""
    if names:
        return ("  ".join(visible(name) for name in names), "muted") if len(names) > 1 else ("", "")
    return f"No folder or file begins with {visible(text, 60)}", "warning"


def _names(folder: str, begun: str) -> list[str]:
    try:
        where = str(Path(folder).expanduser()) if folder.startswith("~/") else folder or "."
        with os.scandir(where) as entries:
            return sorted(
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in islice(entries, MAX_LOOKED_AT)
                if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
            )
    except (OSError, ValueError, RuntimeError):
        return []
