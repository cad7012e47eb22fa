"""Recovery journal: work that is not saved yet is on disk within half a second, and outlives the process.

One journal belongs to one process, which holds a lock for as long as it lives: a journal whose lock is free was left
behind by a session that ended without saving, however that came about.
"""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec

from planner.plan.plan import Plan
from planner.storage.folders import PrivateFolder, write_synced
from planner.storage.toml_reader import PlanTextError, read_text, write_answers

FOLDER = "recovery"
JOURNAL, LOCK, PART, DAMAGED = ".journal", ".lock", ".part", ".damaged"

FORMAT = 1
_MAX_BYTES = 64 << 20
_MAX_HEAD = 64 << 10

_DELAY = 0.2
"""Seconds from an edit to its writing: edits that come one after the other are written at one go."""

_RETRY = 5.0
"""Seconds from a failure to the next try."""

_PATIENCE = 2.0
"""Seconds that ``flush_now`` waits for a write under way."""


class JournalError(ValueError):
    """A journal is damaged: one line that says how."""


class Snapshot(msgspec.Struct, frozen=True):
    """A plan that is not saved, its file (absolute, empty if it has none) and the SHA-256 of what that held."""

    plan: Plan
    path: str
    base: str


def write_snapshot(snapshot: Snapshot) -> bytes:
    """Journal of a snapshot: one line that proves the rest whole, then the answers as TOML.

    Raises:
        ValueError: a text holds a lone surrogate.
    """
    data = write_answers(snapshot.plan).encode()
    head = {
        "format": FORMAT,
        "sha256": hashlib.sha256(data).hexdigest(),
        "path": os.fsencode(snapshot.path).hex(),
        "base": snapshot.base,
    }
    return json.dumps(head).encode() + b"\n" + data


def read_snapshot(descriptor: int) -> Snapshot:
    """Reads a journal to its end, and closes it.

    Raises:
        JournalError: it is not whole, or no plan.
        OSError: it cannot be read.
    """
    with os.fdopen(descriptor, "rb") as file:
        first, data = file.readline(_MAX_HEAD), file.read(_MAX_BYTES)
    try:
        head = json.loads(first)
        if head["format"] != FORMAT:
            raise JournalError("written by another version of sav-planner")
        if hashlib.sha256(data).hexdigest() != head["sha256"]:
            raise JournalError("cut short or changed")
        path, base = os.fsdecode(bytes.fromhex(head["path"])), str(head["base"])
        return Snapshot(read_text(data.decode()).plan, path, base)
    except JournalError:
        raise
    except PlanTextError as error:
        raise JournalError(f"holds no plan: {error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise JournalError("cut short or changed") from None


class Journal:
    """Journal of this process. Make it in the process that edits: a forked child would share its lock.

    Attributes:
        report: called from the thread that writes with what is wrong with the journal, ``""`` once nothing is.
        trouble: what was reported last.
    """

    def __init__(self) -> None:
        self.report: Callable[[str], object] = lambda trouble: None
        self.trouble = ""
        self._latest: Snapshot | None = None
        self._written: Snapshot | None = None
        self._folder: PrivateFolder | None = None
        self._name = ""
        self._lock = -1
        self._turn = 0
        self._writing = threading.RLock()
        self._news = threading.Event()
        self._ended = threading.Event()
        self._try(self._begin)
        threading.Thread(target=self._run, name="journal", daemon=True).start()

    @property
    def where(self) -> str:
        """Path of the journal, for messages."""
        return "" if self._folder is None else str(self._folder.path / f"{self._name}{JOURNAL}")

    def publish(self, plan: Plan | None, path: str = "", base: str = "") -> None:
        """Sets the plan that the journal is to hold, None where nothing would be lost. Costs nothing.

        ``path`` and ``base`` are those of a ``Snapshot``.
        """
        self._latest = None if plan is None else Snapshot(plan, path, base)
        self._news.set()

    def flush_now(self) -> bool:
        """Writes what was published last, now; False if that failed. Never raises, also in a signal handler.

        A handler may interrupt this very function in its own thread: the lock lets it in, and both write the same.
        """
        if not self._writing.acquire(timeout=_PATIENCE):
            return False
        try:
            return self._try(self._write)
        finally:
            self._writing.release()

    def close(self) -> None:
        """Removes the journal: the session ended as its user wished. A disk that hangs is not waited for."""
        self._latest = None
        closing = threading.Thread(target=self._close, name="journal-end", daemon=True)
        closing.start()
        closing.join(_PATIENCE)

    def _close(self) -> None:
        with self._writing:
            self._try(self._write)
            self._ended.set()
            self._news.set()
            if self._folder is not None and self._lock >= 0:
                with suppress(OSError):
                    self._folder.remove(f"{self._name}{LOCK}")
                os.close(self._lock)
                self._lock = -1

    def _run(self) -> None:
        while not self._ended.is_set():
            self._news.wait(_RETRY if self.trouble else None)
            self._news.clear()
            self._ended.wait(_DELAY)
            self.flush_now()

    def _try(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except (OSError, ValueError) as error:
            trouble = getattr(error, "strerror", None) or str(error)
        else:
            trouble = ""
        if trouble != self.trouble:
            self.trouble = trouble
            self.report(trouble)
        return not trouble

    def _begin(self) -> None:
        self._folder = folder = PrivateFolder(FOLDER)
        while self._lock < 0:
            self._name = os.urandom(8).hex()
            self._lock = take_lock(folder, self._name, os.O_EXCL)

    def _write(self) -> None:
        if self._ended.is_set():
            return
        latest = self._latest
        if latest is self._written:
            return
        if self._lock < 0:
            self._begin()
        folder = self._folder
        if folder is None:
            return
        if latest is None:
            folder.remove(f"{self._name}{JOURNAL}")
        else:
            self._turn += 1
            part = f"{self._name}-{self._turn}{PART}"
            try:
                write_synced(folder.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL), write_snapshot(latest))
                folder.rename(part, f"{self._name}{JOURNAL}")
            except BaseException:
                with suppress(OSError):
                    folder.remove(part)
                raise
        self._written = latest


def take_lock(folder: PrivateFolder, name: str, flags: int = 0) -> int:
    """Locks a journal by its name and returns the descriptor that holds the lock; -1 if somebody else has it.

    A file system that knows no locks refuses nothing: then a journal counts as left behind.
    """
    try:
        descriptor = folder.open(f"{name}{LOCK}", os.O_RDWR | os.O_CREAT | flags)
    except FileExistsError:
        return -1
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return -1
    except OSError:
        return descriptor
    if folder.inode(f"{name}{LOCK}") == os.fstat(descriptor).st_ino:
        return descriptor
    os.close(descriptor)  # its owner removed it while it was being opened here
    return -1


class RecoveryFile(msgspec.Struct, frozen=True):
    """Recovery file of a session that ended without saving. Its lock is held until it is kept or dropped.

    Attributes:
        snapshot: the plan that was not saved.
        name: of the journal.
        written: when, in seconds since 1970.
    """

    snapshot: Snapshot
    name: str
    written: float
    _folder: PrivateFolder
    _lock: int

    def keep(self) -> None:
        """Releases it, to be offered again."""
        os.close(self._lock)

    def drop(self) -> None:
        """Removes it, once it is in another journal or its user wants it no more."""
        for kind in (JOURNAL, LOCK):
            with suppress(OSError):
                self._folder.remove(f"{self.name}{kind}")
        os.close(self._lock)


class RecoveryFiles(msgspec.Struct, frozen=True):
    """Recovery files, the newest first, and one line on each journal that is damaged."""

    abandoned: tuple[RecoveryFile, ...] = ()
    damaged: tuple[str, ...] = ()


def recovery_files() -> RecoveryFiles:
    """Finds the recovery files of sessions that ended without saving; removes what is left of those that ended well.

    A damaged journal is set aside under another name, and reported once.
    """
    abandoned, damaged = [], []
    try:
        folder = PrivateFolder(FOLDER)
        names = folder.names()
    except OSError:
        return RecoveryFiles()  # the journal of this session meets the same trouble, and says so
    for name in dict.fromkeys(name.split(".")[0].split("-")[0] for name in names if not name.endswith(DAMAGED)):
        try:
            lock = take_lock(folder, name)
        except OSError:
            continue
        if lock < 0:
            continue
        for part in names:
            if part.startswith(f"{name}-") and part.endswith(PART):
                folder.remove(part)
        try:
            descriptor = folder.open(f"{name}{JOURNAL}", os.O_RDONLY)
            written = os.fstat(descriptor).st_mtime
            abandoned.append(RecoveryFile(read_snapshot(descriptor), name, written, folder, lock))
            continue
        except JournalError as error:
            folder.rename(f"{name}{JOURNAL}", f"{name}{DAMAGED}")
            damaged.append(f"{folder.path / name}{DAMAGED}: {error}")
        except OSError as error:
            if folder.inode(f"{name}{JOURNAL}"):
                damaged.append(f"{folder.path / name}{JOURNAL}: {error.strerror or error}")
        with suppress(OSError):
            folder.remove(f"{name}{LOCK}")
        os.close(lock)
    return RecoveryFiles(tuple(sorted(abandoned, key=lambda left: -left.written)), tuple(damaged))
