"""The recovery journal: what is not saved yet is on disk within half a second, and outlives the process.

One journal belongs to one process, which holds a lock for as long as it lives: a journal whose lock is free was left
behind by a session that ended without saving, however that came about.
"""

import fcntl
import os
import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec

from planner.plan.plan import Plan
from planner.storage.journal_text import Snapshot, write_snapshot
from planner.storage.private_folder import PrivateFolder

FOLDER = "recovery"
JOURNAL, LOCK, PART, DAMAGED = ".journal", ".lock", ".part", ".damaged"

_DELAY = 0.2
"""Seconds from an edit to its writing: edits that come one after the other are written at one go."""

_RETRY = 5.0
"""Seconds from a failure to the next try."""

_PATIENCE = 2.0
"""Seconds that ``flush_now`` waits for a write under way."""


class Journal:
    """The journal of this process. Make it in the process that edits: a lock is shared with whom it forks.

    Attributes:
        report: is told, from the thread that writes, what is wrong with the journal, and ``""`` once nothing is.
        trouble: what was told last.
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
        """The path of the journal, for messages."""
        return "" if self._folder is None else str(self._folder.path / f"{self._name}{JOURNAL}")

    def publish(self, plan: Plan | None, path: str = "", base: str = "") -> None:
        """Take the plan as it stands for the journal, or None where nothing would be lost. Costs nothing.

        Args:
            plan: the plan with its edits.
            path: the plan's file, absolute; empty if it has none.
            base: the SHA-256 of the file that the edits began with; empty if there was none.
        """
        self._latest = None if plan is None else Snapshot(plan, path, base)
        self._news.set()

    def flush_now(self) -> bool:
        """Write what was published last, now; False if that failed. Never raises, also in a signal handler.

        A handler may interrupt this very function in its own thread: the lock lets it in, and both write the same.
        """
        if not self._writing.acquire(timeout=_PATIENCE):
            return False
        try:
            return self._try(self._write)
        finally:
            self._writing.release()

    def close(self) -> None:
        """Remove the journal: the session ended as its user wished. A disk that hangs is not waited for."""
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
                _write_synced(folder.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL), write_snapshot(latest))
                folder.rename(part, f"{self._name}{JOURNAL}")
            except BaseException:
                with suppress(OSError):
                    folder.remove(part)
                raise
        self._written = latest


def _write_synced(descriptor: int, data: bytes) -> None:
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_lock(folder: PrivateFolder, name: str, flags: int = 0) -> int:
    """Lock a journal by its name and give the descriptor that holds the lock; -1 if somebody else has it.

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


class Abandoned(msgspec.Struct, frozen=True):
    """What a session left behind that ended without saving. Its lock is held until it is kept or dropped.

    Attributes:
        snapshot: what was not saved.
        name: of the journal.
        written: when, in seconds since 1970.
    """

    snapshot: Snapshot
    name: str
    written: float
    _folder: PrivateFolder
    _lock: int

    def keep(self) -> None:
        """Leave it where it is, to be offered again."""
        os.close(self._lock)

    def drop(self) -> None:
        """Remove it, once it is in another journal or its user wants it no more."""
        for kind in (JOURNAL, LOCK):
            with suppress(OSError):
                self._folder.remove(f"{self.name}{kind}")
        os.close(self._lock)


class Left(msgspec.Struct, frozen=True):
    """What sessions left behind, the newest first, and one line on each journal that is damaged."""

    abandoned: tuple[Abandoned, ...] = ()
    damaged: tuple[str, ...] = ()


def left_behind() -> Left:
    """Find what sessions left behind that ended without saving; sweep what is left of those that ended well.

    A damaged journal is set aside under another name, and reported once.
    """
    from planner.storage.journal_text import JournalError, read_snapshot

    abandoned, damaged = [], []
    try:
        folder = PrivateFolder(FOLDER)
        names = folder.names()
    except OSError:
        return Left()  # the journal of this session meets the same trouble, and says so
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
            abandoned.append(Abandoned(read_snapshot(descriptor), name, written, folder, lock))
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
    return Left(tuple(sorted(abandoned, key=lambda left: -left.written)), tuple(damaged))
