"""Plan files: bounded reading of what may be hostile, and saving that is whole or has not happened."""

import hashlib
import os
import stat
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from planner.plan.plan import Plan
from planner.storage.toml_reader import PlanText, PlanTextError, read_bytes, read_text, write_text
from planner.text.escaping import visible

if TYPE_CHECKING:
    from planner.storage.atomic_write import Saved

STANDARD_STREAM = "-"
_CHUNK = 1 << 20


class Bounds(NamedTuple):
    """How large a plan file may be, in bytes, and how much of one is read that is not as the program wrote it."""

    whole: int = 16 << 20
    parsed: int = 4 << 20

    @classmethod
    def of(cls, mebibytes: int | None) -> "Bounds":
        """Give the bounds that somebody set, who then waits for what is read; None for the usual ones."""
        return cls() if mebibytes is None else cls(mebibytes << 20, mebibytes << 20)


USUAL = Bounds()


class PlanFileError(Exception):
    """A plan could not be read or saved: one line naming file, line or field, the reason and what is accepted."""


Told = Callable[[int], object]


def read_plan(path: str, bounds: Bounds = USUAL, told: Told = lambda read: None) -> PlanText:
    """Read a plan from a file, or from standard input for ``-``; ``told`` gets the bytes read so far.

    Raises:
        PlanFileError: unreadable, too large, or no plan.
    """
    name = "standard input" if path == STANDARD_STREAM else _shown(path)
    try:
        data = _read(path, bounds.whole, told)
        return msgspec.structs.replace(read_bytes(data, bounds.parsed), sha256=hashlib.sha256(data).hexdigest())
    except PlanTextError as error:
        raise PlanFileError(f"{name}: {error}") from None
    except OSError as error:
        raise PlanFileError(f"{name}: {error.strerror or error}; accepted: a plan file that can be read") from None
    except ValueError as error:
        raise PlanFileError(f"{name}: {visible(str(error))}; accepted: the path of a plan file") from None


def _read(path: str, max_bytes: int, told: Told) -> bytes:
    if path == STANDARD_STREAM:
        if sys.stdin is None:
            raise PlanTextError("closed; accepted: a plan, or the path of a plan file instead of -")
        return read_stream(sys.stdin.fileno(), max_bytes, told)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PlanTextError("not a regular file; accepted: a plan file, or - for standard input")
        return read_stream(descriptor, max_bytes, told)
    finally:
        os.close(descriptor)


def read_stream(descriptor: int, max_bytes: int, told: Told = lambda read: None) -> bytes:
    """Read to the end, whatever size the system states: files can grow, and some claim to be empty."""
    data = bytearray()
    while chunk := os.read(descriptor, min(_CHUNK, max_bytes + 1 - len(data))):
        data += chunk
        told(len(data))
        if len(data) > max_bytes:
            raise PlanTextError(f"larger than {max_bytes >> 20} MiB; accepted: less, or more with --max-size")
    return bytes(data)


def save_plan(
    plan: Plan,
    path: str,
    *,
    overwrite: bool,
    base: str | None = None,
    protected_too: bool = False,
    own: int = -1,
    hold: bool = False,
) -> "Saved":
    """Save a plan: the file holds the whole new plan or, after any error, is as it was.

    Args:
        plan: the plan.
        path: where to.
        overwrite: a file may be there already.
        base: the SHA-256 of what that file must hold, None for anything, "" for there being none.
        protected_too: replace it although it is read-only.
        own: the descriptor that holds the lock of this session on that file, -1 for none.
        hold: keep a lock on what was saved, in the result.

    Raises:
        SaveError: it was not saved, or not for certain; the text says why and what to do.
    """
    from planner.storage.text_files import SaveError, save_text

    try:
        text = write_text(plan)
        read_text(text)
    except PlanTextError as error:
        raise SaveError(
            "failed", f"{_shown(path)}: not saved, as it would not open again: {visible(str(error))}"
        ) from None
    except ValueError as error:
        raise SaveError("failed", f"{_shown(path)}: not saved: {visible(str(error))}") from None
    saved = save_text(text, path, overwrite=overwrite, base=base, protected_too=protected_too, own=own, hold=hold)
    if len(text) <= USUAL.whole:
        return saved
    size = -(-len(text.encode()) >> 20)
    return saved._replace(notes=(*saved.notes, f"it has {size} MiB: open it with --max-size {size}"))


def _shown(path: str) -> str:
    return visible(path, 200) or "''"
