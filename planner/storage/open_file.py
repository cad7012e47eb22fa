"""The file of an editing session: where it is, what it held when it was last seen, and the lock on it."""

import os
from contextlib import suppress

from planner.plan.plan import Plan
from planner.storage.atomic_write import Saved, lock_file
from planner.storage.plan_files import save_plan


class OpenFile:
    """A plan's file, kept from other sessions while this one has it open.

    Attributes:
        path: as its user named it, empty if the plan has none yet.
        real: where that leads, absolute.
        base: the SHA-256 of what it held when it was last read or saved, empty if that was never.
        in_use: another session has it open, so that this one can only read it.
    """

    def __init__(self, path: str = "", base: str = "") -> None:
        """Take a file and the lock on it, if it is to be had."""
        self.path, self.base = path, base
        self.real = os.path.realpath(path) if path else ""
        lock = lock_file(path) if path else -1
        self.in_use = lock is None
        self._lock = -1 if lock is None else lock

    def save(self, plan: Plan, path: str, *, overwrite: bool, protected_too: bool = False) -> Saved:
        """Save a plan here or elsewhere, and hold what was saved; for any thread, as nothing is changed here.

        Raises:
            SaveError: it was not saved, or not for certain.
        """
        base = (self.base or None) if path == self.path else None
        return save_plan(
            plan, path, overwrite=overwrite, base=base, protected_too=protected_too, own=self._lock, hold=True
        )

    def become(self, path: str, saved: Saved) -> None:
        """Be the file that was saved."""
        self.close()
        self.path, self.base, self.real = path, saved.sha256, os.path.realpath(path)
        self._lock, self.in_use = saved.lock, False

    def close(self) -> None:
        """Let other sessions have it."""
        if self._lock >= 0:
            with suppress(OSError):
                os.close(self._lock)
            self._lock = -1
