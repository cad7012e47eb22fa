"""Plan files: bounded reading of what may be hostile, and saving that is whole or has not happened."""

import hashlib
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from planner.core.plan import Plan
from planner.core.untrusted import visible
from planner.storage.toml_text import PlanText, PlanTextError, read_text, write_text

STANDARD_STREAM = "-"
DEFAULT_MAX_BYTES = 16 << 20
_CHUNK = 1 << 20


class PlanFileError(Exception):
    """A plan could not be read or saved: one line naming file, line or field, the reason and what is accepted."""


def read_plan(path: str, max_bytes: int = DEFAULT_MAX_BYTES) -> PlanText:
    """Read a plan from a file, or from standard input for ``-``.

    Raises:
        PlanFileError: unreadable, too large, or no plan.
    """
    name = "standard input" if path == STANDARD_STREAM else visible(path, 200) or "''"
    try:
        data = _read(path, max_bytes)
        return msgspec.structs.replace(read_text(_decode(data)), sha256=hashlib.sha256(data).hexdigest())
    except PlanTextError as error:
        raise PlanFileError(f"{name}: {error}") from None
    except OSError as error:
        raise PlanFileError(f"{name}: {error.strerror or error}; accepted: a plan file that can be read") from None
    except ValueError as error:
        raise PlanFileError(f"{name}: {visible(str(error))}; accepted: the path of a plan file") from None


def _read(path: str, max_bytes: int) -> bytes:
    if path == STANDARD_STREAM:
        if sys.stdin is None:
            raise PlanTextError("closed; accepted: a plan, or the path of a plan file instead of -")
        return _read_stream(sys.stdin.fileno(), max_bytes)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PlanTextError("not a regular file; accepted: a plan file, or - for standard input")
        return _read_stream(descriptor, max_bytes)
    finally:
        os.close(descriptor)


def _read_stream(descriptor: int, max_bytes: int) -> bytes:
    """Read to the end, whatever size the system states: files can grow, and some claim to be empty."""
    data = bytearray()
    while chunk := os.read(descriptor, min(_CHUNK, max_bytes + 1 - len(data))):
        data += chunk
        if len(data) > max_bytes:
            raise PlanTextError(f"larger than {max_bytes >> 20} MiB; accepted: less, or more with --max-size")
    return bytes(data)


def _decode(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise PlanTextError("UTF-16 text; accepted: UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PlanTextError(f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8; accepted: UTF-8") from None


def save_plan(plan: Plan, path: str, *, overwrite: bool) -> None:
    """Save a plan: the file holds the whole new plan or, after any error, is as it was.

    Raises:
        PlanFileError: it was not saved; the text says why and what to do.
    """
    shown = visible(path, 200) or "''"
    try:
        text = write_text(plan)
    except ValueError as error:
        raise PlanFileError(f"{shown}: not saved: {error}") from None
    try:
        read_text(text)
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise PlanFileError(f"{shown}: not a regular file; accepted: the path of a plan file")
        if target.exists() and not overwrite:
            raise PlanFileError(f"{shown}: exists already; accepted: another path, or --force to overwrite it")
        if target.exists() and not os.access(target, os.W_OK):
            raise PlanFileError(f"{shown}: is read-only; accepted: another path, or make it writable first")
        _replace(target, text.encode())
    except PlanTextError as error:
        raise PlanFileError(f"{shown}: not saved, as it would not open again: {error}") from None
    except OSError as error:
        raise PlanFileError(
            f"{shown}: not saved: {error.strerror or error}; accepted: a path in a folder that can be written"
        ) from None
    except ValueError as error:
        raise PlanFileError(f"{shown}: not saved: {visible(str(error))}; accepted: the path of a file") from None


def _replace(target: Path, data: bytes) -> None:
    """Write beside the target, sync, rename over it, sync the folder: what a power cut leaves is old or new."""
    import tempfile  # costs as much as reading a plan, which is all that most commands do

    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    with suppress(OSError):  # the plan is saved; some file systems sync no folder, and some folders cannot be opened
        _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
