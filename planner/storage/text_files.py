"""Text that somebody asked for in a file of their own: a plan, an export, a ticket, a list."""

import errno
from typing import Literal

from planner.storage.atomic_write import Reason, RefusedError, Saved, UnconfirmedError, replace_file
from planner.storage.plan_files import PlanFileError
from planner.text.escaping import visible


class SaveError(PlanFileError):
    """A text was not saved, or not for certain.

    Attributes:
        reason: why nothing was touched; "failed": it could not be done, and the old file is whole; "unconfirmed": the
            text is in its place, but the disk did not confirm that it will stay there.
    """

    def __init__(self, reason: Reason | Literal["failed", "unconfirmed"], text: str) -> None:
        super().__init__(text)
        self.reason = reason


_ADVICE = {
    errno.ENOSPC: "a path on a disk with room, or make room on this one",
    errno.EDQUOT: "a path on a disk where you have room left, or remove files of yours",
    errno.EROFS: "a path on a disk that can be written",
    errno.ENOENT: "a path in a folder that is there",
    errno.ENAMETOOLONG: "a shorter name",
    errno.EFBIG: "a path where files may be as large",
}


def save_text(
    text: str,
    path: str,
    *,
    overwrite: bool,
    base: str | None = None,
    protected_too: bool = False,
    own: int = -1,
    hold: bool = False,
) -> Saved:
    """Save a text as UTF-8, line ends as they stand: the file is whole or, after any error, as it was.

    Args:
        text: the text.
        path: where to; what a symbolic link leads to is replaced.
        overwrite: a file may be there already.
        base: the SHA-256 of what that file must hold, None for anything, "" for there being none.
        protected_too: replace it although it is read-only.
        own: the descriptor that holds the lock of this session on that file, -1 for none.
        hold: keep a lock on what was saved, in the result.

    Raises:
        SaveError: it was not saved, or not for certain; the text says why and what to do.
    """
    try:
        data = text.encode()
    except ValueError as error:
        raise _not_saved(path, error) from None
    return save_bytes(data, path, overwrite=overwrite, base=base, protected_too=protected_too, own=own, hold=hold)


def save_bytes(
    data: bytes,
    path: str,
    *,
    overwrite: bool,
    base: str | None = None,
    protected_too: bool = False,
    own: int = -1,
    hold: bool = False,
) -> Saved:
    """Save bytes as ``save_text`` saves a text."""
    shown = visible(path, 200) or "''"
    try:
        return replace_file(
            path, data, expected=base if overwrite else "", protected_too=protected_too, own=own, hold=hold
        )
    except RefusedError as error:
        raise SaveError(error.reason, f"{shown}: {error}") from None
    except UnconfirmedError as error:
        said = f"in its place, but the disk did not confirm that it will stay: {error}; accepted: to save it again"
        raise SaveError("unconfirmed", f"{shown}: {said}") from None
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "a path in a folder that can be written")
        raise SaveError("failed", f"{shown}: not saved: {error.strerror or error}; accepted: {advice}") from None
    except ValueError as error:
        raise _not_saved(path, error) from None


def _not_saved(path: str, error: ValueError) -> SaveError:
    shown = visible(path, 200) or "''"
    return SaveError("failed", f"{shown}: not saved: {visible(str(error))}; accepted: the path of a file")
