"""Text that somebody asked for in a file of their own: an export, a ticket, a list."""

import os
from pathlib import Path

from planner.core.untrusted import visible
from planner.storage.plan_files import PlanFileError, _replace


def save_text(text: str, path: str, *, overwrite: bool) -> None:
    """Save a text as UTF-8, line ends as they stand: the file is whole or, after any error, as it was.

    Raises:
        PlanFileError: it was not saved; the text says why and what to do.
    """
    shown = visible(path, 200) or "''"
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise PlanFileError(f"{shown}: not a regular file; accepted: the path of a file")
        if target.exists() and not overwrite:
            raise PlanFileError(f"{shown}: exists already; accepted: another path, or --force to overwrite it")
        _replace(target, text.encode())
    except OSError as error:
        raise PlanFileError(
            f"{shown}: not saved: {error.strerror or error}; accepted: a path in a folder that can be written"
        ) from None
    except ValueError as error:
        raise PlanFileError(f"{shown}: not saved: {visible(str(error))}; accepted: the path of a file") from None
