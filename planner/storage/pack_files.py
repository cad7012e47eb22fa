"""Writing a ticket pack: a folder or an archive that is whole or has not come about, and nobody else's is lost for it.

What is there already is replaced only if it is a pack that nobody edited: exactly the files of one, each as its
SHA256SUMS says. A folder is built beside its place and swapped in.
"""

import ctypes
import hashlib
import io
import os
import shutil
import stat
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from planner.storage.folders import write_synced
from planner.storage.plan_files import PlanFileError, SaveError, save_bytes
from planner.text.escaping import visible

ARCHIVE = ".zip"
SUMS = "SHA256SUMS"
MAX_PACK = 1 << 30
"""Larger files belong to no pack, and are not read to find out."""

_NOT_OURS = "exists already and is no unedited pack; accepted: another path, or remove it first"
_HERE, _EXCHANGE = -100, 2
"""As Linux calls them: AT_FDCWD and RENAME_EXCHANGE."""


def wants_archive(path: str) -> bool:
    """Checks whether a path asks for an archive rather than for a folder."""
    return path.lower().endswith(ARCHIVE)


def save_pack_archive(data: bytes, path: str) -> None:
    """Save an archive; one that is there is replaced only if it is a pack that nobody edited.

    Raises:
        PlanFileError: it was not saved; the text says why and what to do.
    """
    base = ""
    with suppress(FileNotFoundError, ValueError):  # what cannot be a path is refused where it is saved
        found = _read(Path(path))
        if found is None or not _is_pack(_unpacked(found)):
            raise PlanFileError(f"{_shown(path)}: {_NOT_OURS}")
        base = hashlib.sha256(found).hexdigest()
    try:
        save_bytes(data, path, overwrite=bool(base), base=base)
    except SaveError as error:
        if error.reason != "appeared":
            raise
        raise PlanFileError(f"{_shown(path)}: {_NOT_OURS}") from None


def save_pack_folder(files: Mapping[str, bytes], path: str) -> None:
    """Save files as a folder; one that is there is replaced only if it is a pack that nobody edited.

    Raises:
        PlanFileError: it was not saved, and what was there is as it was; the text says why and what to do.
    """
    built = ""
    try:
        target = os.path.realpath(path)
        if os.path.lexists(target) and not _is_pack(_folder(target)):
            raise PlanFileError(f"{_shown(path)}: {_NOT_OURS}")
        parent = str(Path(target).parent)
        built = f"{parent}/.{os.urandom(6).hex()}.pack"
        _build(files, built)
        _swap_in(built, target, path)
        _sync(parent)
    except OSError as error:
        said = error.strerror or error
        raise PlanFileError(
            f"{_shown(path)}: not saved: {said}; accepted: a path in a folder that can be written"
        ) from None
    except ValueError as error:
        raise PlanFileError(
            f"{_shown(path)}: not saved: {visible(str(error))}; accepted: the path of a folder"
        ) from None
    finally:
        if built:
            shutil.rmtree(built, ignore_errors=True)


def _shown(path: str) -> str:
    return visible(path, 200) or "''"


def _build(files: Mapping[str, bytes], folder: str) -> None:
    """Write the files into a new folder and see to it that they are on the disk."""
    os.mkdir(folder, 0o777)  # noqa: PTH102 - the user's umask applies
    for name, data in files.items():
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        write_synced(os.open(f"{folder}/{name}", flags, 0o666), data)
    _sync(folder)


def _swap_in(built: str, target: str, path: str) -> None:
    """Moves the new folder to its place; afterwards ``built`` is the old one, or nothing.

    What comes out is looked at again: if somebody has put something of theirs there meanwhile, it goes back.
    """
    if not os.path.lexists(target):
        os.rename(built, target)  # noqa: PTH104 - fails on anything but an empty folder
        return
    if _exchange(built, target):
        if not _is_pack(_folder(built)):
            _exchange(built, target)
            raise PlanFileError(f"{_shown(path)}: {_NOT_OURS}")
        return
    aside = f"{built}.old"
    os.rename(target, aside)  # noqa: PTH104 - a file system that cannot exchange two names
    try:
        os.rename(built, target)  # noqa: PTH104
    except OSError:
        os.rename(aside, target)  # noqa: PTH104
        raise
    os.rename(aside, built)  # noqa: PTH104 - so that it goes the way of what is left of building


def _exchange(one: str, other: str) -> bool:
    """Exchanges the names of two folders in one step; False where system or file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


def _folder(path: str) -> dict[str, bytes]:
    """Read what may be a pack: nothing if it holds anything that no pack does."""
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        return {}
    found: dict[str, bytes] = {}
    for name in sorted(os.listdir(path)):  # noqa: PTH208 - names, not paths
        data = _read(Path(path, name)) if len(found) < _MOST_FILES else None
        if data is None:
            return {}
        found[name] = data
    return found


_MOST_FILES = 16


def _unpacked(data: bytes) -> dict[str, bytes]:
    """Read what may be the archive of a pack: stored files alone, so that it cannot grow."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_FILES or any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                return {}
            found = {entry.filename: archive.read(entry) for entry in entries}
            return found if len(found) == len(entries) else {}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
        return {}


def _read(path: Path) -> bytes | None:
    """Read a regular file of a size that a pack may have; None for anything else.

    Raises:
        FileNotFoundError: there is none.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_PACK:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _is_pack(files: Mapping[str, bytes]) -> bool:
    """Checks that these are the files of a pack and nothing else, each as it was written."""
    if SUMS not in files or "plan.toml" not in files:
        return False
    listed = {}
    for line in files[SUMS].decode("ascii", "replace").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    written = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != SUMS}
    return listed == written


def _sync(folder: str) -> None:
    with suppress(OSError):  # some file systems sync no folder; there a rename is as durable as it gets
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
