"""Replacing one file so that it holds the whole old or the whole new bytes, and never those of somebody else.

At every moment, also after a power cut, the name leads to all of the old bytes or all of the new. Who saves holds a
lock on the file that the name leads to, and passes it on to the file put in its place: so sessions, of one user or of
several, keep out of each other's way, nothing is littered beside the plan, and a killed session leaves no lock.
"""

import errno
import fcntl
import hashlib
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

_CHUNK = 1 << 20
MOST_BYTES = 4096 << 20
"""No plan that was read is larger, whatever bound its user sets."""
_PATIENCE = 0.5
"""Seconds to wait for another save to end; a session that has the file open holds it longer."""

_TRIES = 20
"""Tries to replace whatever is there while others save to the same name."""

_UNSYNCABLE = (errno.EINVAL, errno.EBADF, errno.ENOTSUP)
"""Errors of file systems that sync no folder; there a rename is as durable as it gets."""

_LINKLESS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
"""Errors of file systems that know no hard links."""

Reason = Literal["changed", "vanished", "appeared", "protected", "in use", "no file"]
"""Why nothing was saved: what is on disk is not what the edits began with (three ways), the file is read-only, another
session has it open, or this is no place for a file."""


class RefusedError(Exception):
    """It was not saved and nothing was touched; one line says why and what is accepted."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason


class UnconfirmedError(Exception):
    """The new bytes are in place, but the disk did not confirm that they will stay there."""


class Saved(NamedTuple):
    """File put in place: its SHA-256, what could not be kept of the old one, the descriptor of the lock on it."""

    sha256: str
    notes: tuple[str, ...]
    lock: int


def replace_file(
    path: str, data: bytes, *, expected: str | None, protected_too: bool = False, own: int = -1, hold: bool = False
) -> Saved:
    """Replaces a file by bytes, or makes a new one.

    Args:
        path: where; of a symbolic link, what it leads to is replaced.
        data: the bytes.
        expected: SHA-256 of what is to be replaced, "" for nothing, None for whatever is there.
        protected_too: replace a read-only file.
        own: the descriptor that holds the caller's lock on the present file, -1 if none.
        hold: keep a lock on the new file; the descriptor to close for its end is in the result.

    Raises:
        RefusedError: it is no place to save to, or not as expected.
        UnconfirmedError: it is in place, but the disk did not confirm it.
        OSError: it was not saved, and the old file is as it was.
    """
    if path.endswith("/"):
        raise RefusedError("no file", "names a folder; accepted: the path of a file")
    target = os.path.realpath(path)
    for last in (*[False] * _TRIES, True):
        present = _Present.open(target, own)
        try:
            _check(present, expected, protected_too=protected_too)
            return _publish(target, data, present, hold=hold)
        except RefusedError as error:
            # whoever replaces whatever is there is not refused for what another save put there meanwhile
            if last or expected is not None or error.reason not in ("appeared", "changed"):
                raise
        finally:
            if present is not None:
                present.close()
    raise AssertionError


class _Present:
    """The file that is there now, open and locked."""

    def __init__(self, path: str, descriptor: int, own: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self.status = os.fstat(descriptor)
        self.sha256 = ""
        self._own = own

    @classmethod
    def open(cls, path: str, own: int) -> "_Present | None":
        """Open and lock what has the name; None if nothing has."""
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                found = cls(path, os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY), own)
            except FileNotFoundError:
                return None
            except OSError as error:
                if error.errno == errno.ENXIO:
                    raise RefusedError("no file", "not a regular file; accepted: the path of a plan file") from None
                raise
            try:
                if found.locked(give_up) and found.is_current():
                    return found
            except BaseException:
                found.close()
                raise
            found.close()

    def locked(self, give_up: float) -> bool:
        """Lock it; False where that has to be tried again."""
        if not stat.S_ISREG(self.status.st_mode):
            raise RefusedError("no file", "not a regular file; accepted: the path of a plan file")
        if self._own >= 0 and os.path.samestat(os.fstat(self._own), self.status):
            return True
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise RefusedError(
                    "in use",
                    "not saved: it is open in another session; accepted: another name, or to wait for its end",
                ) from None
            time.sleep(0.01)
            return False
        except OSError:
            return True  # a file system without locks: what is there is still compared
        return True

    def is_current(self) -> bool:
        """Checks that the name still leads here, to the same bytes as when it was opened."""
        try:
            now = Path(self.path).stat()
        except FileNotFoundError:
            return False
        return _identity(now) == _identity(self.status)

    def read(self) -> str:
        """SHA-256 of what it holds; no digest for a file larger than any that is read."""
        if self.status.st_size > MOST_BYTES:
            return "too large"
        if not self.sha256:
            found = hashlib.sha256()
            while chunk := os.read(self.descriptor, _CHUNK):
                found.update(chunk)
            self.sha256 = found.hexdigest()
        return self.sha256

    def close(self) -> None:
        _close(self.descriptor)


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _check(present: _Present | None, expected: str | None, *, protected_too: bool) -> None:
    if present is None:
        if expected:
            raise RefusedError(
                "vanished", "not saved: it is gone from the disk since it was opened; accepted: to save it there again"
            )
        return
    if expected == "":
        raise RefusedError("appeared", "exists already; accepted: another path, or --force to overwrite it")
    if expected is not None and present.read() != expected:
        raise RefusedError(
            "changed",
            "not saved: it changed on the disk since it was opened; accepted: another name, or to overwrite it",
        )
    if not protected_too and not (present.status.st_mode & 0o222 and os.access(present.path, os.W_OK)):
        raise RefusedError("protected", "is read-only; accepted: another path, or make it writable first")


def _publish(target: str, data: bytes, present: _Present | None, *, hold: bool) -> Saved:
    folder, name = os.path.split(target)
    # With no file there the system applies the user's umask; what replaces one is nobody's to read until it is whole.
    temporary, descriptor = _temporary(f"{folder}/{_temporary_start(name)}", 0o666 if present is None else 0o600)
    in_place = False
    try:
        _write_all(descriptor, data)
        notes = () if present is None else _keep_what_it_was(descriptor, present)
        os.fsync(descriptor)
        os.lseek(descriptor, 0, os.SEEK_SET)
        if _read_all(descriptor) != data:
            raise OSError(errno.EIO, "what was written reads back as something else")
        if present is None:
            _link(temporary, target)
        elif present.is_current():
            Path(temporary).replace(target)
        else:
            raise RefusedError(
                "changed", "not saved: it changed on the disk while it was being saved; accepted: another name"
            )
        in_place = True
        _sync_folder(folder)
    except BaseException as error:
        _close(descriptor)
        with suppress(OSError):
            Path(temporary).unlink()
        if in_place and isinstance(error, OSError):
            raise UnconfirmedError(error.strerror or str(error)) from None
        raise
    if not hold:
        _close(descriptor)
        descriptor = -1
    _sweep(folder, name)
    return Saved(hashlib.sha256(data).hexdigest(), notes, descriptor)


def _temporary(start: str, mode: int) -> tuple[str, int]:
    """Makes a temporary file and locks it; another save may have swept it away between the two, then one more."""
    while True:
        path = f"{start}{os.urandom(6).hex()}.tmp"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            kept = os.fstat(descriptor).st_nlink > 0
        except BlockingIOError:
            kept = False
        except OSError:
            kept = True  # a file system without locks, where nothing is swept away either
        if kept:
            return path, descriptor
        _close(descriptor)
        with suppress(OSError):
            Path(path).unlink()


def _close(descriptor: int) -> None:
    with suppress(OSError):  # what was written was synced before: this can take nothing back
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _read_all(descriptor: int) -> bytes:
    data = bytearray()
    while chunk := os.read(descriptor, _CHUNK):
        data += chunk
    return bytes(data)


def _keep_what_it_was(descriptor: int, present: _Present) -> tuple[str, ...]:
    """Copies owner, group, attributes and mode of the old file; returns what could not be kept."""
    old, notes = present.status, []
    for user, group in ((old.st_uid, old.st_gid), (-1, old.st_gid)):
        with suppress(OSError):
            os.fchown(descriptor, user, group)
            break
    new = os.fstat(descriptor)
    mode = stat.S_IMODE(old.st_mode)
    if new.st_uid != old.st_uid:
        notes.append("it is yours now")
    if new.st_gid != old.st_gid:
        mode &= ~0o2070  # what one group was let do is nothing that another may
        notes.append("its group could not be kept")
    if old.st_nlink > 1:
        notes.append("its other names keep the old plan")
    with suppress(OSError):
        for attribute in os.listxattr(present.descriptor):
            os.setxattr(descriptor, attribute, os.getxattr(present.descriptor, attribute))
    try:
        os.fchmod(descriptor, mode)
    except OSError:
        notes.append("its mode could not be kept")
    return tuple(notes)


def _link(temporary: str, target: str) -> None:
    """Links a file to its name, where nothing has it: unlike a rename, a link overwrites nothing."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise RefusedError(
            "appeared", "not saved: a file of that name came up meanwhile; accepted: another name"
        ) from None
    except OSError as error:
        if error.errno not in _LINKLESS or os.path.lexists(target):
            raise
        Path(temporary).rename(target)
    else:
        with suppress(OSError):
            Path(temporary).unlink()


def _sync_folder(folder: str) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return  # a folder that can be written and not read
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSYNCABLE:
            raise
    finally:
        _close(descriptor)


def _temporary_start(name: str) -> str:
    return f".{name[:40]}."


def _sweep(folder: str, name: str) -> None:
    """Remove what a killed save of this file left: a temporary file that nobody has locked."""
    start = _temporary_start(name)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            middle = entry.name.removeprefix(start).removesuffix(".tmp")
            if entry.name != f"{start}{middle}.tmp" or len(middle) != 12 or not entry.is_file(follow_symlinks=False):
                continue
            with suppress(OSError):
                descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    Path(entry.path).unlink()
                finally:
                    _close(descriptor)


def lock_file(path: str) -> int | None:
    """Lock a file for a session that has it open: the descriptor to close at its end, None if another session has it.

    -1 where there is no such file or the file system knows no locks.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError:
        return -1
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _close(descriptor)
        return None
    except OSError:
        _close(descriptor)
        return -1
    return descriptor
