"""The planner's own folder below the user's state folder: nobody else gets in, and no symbolic link is followed."""

import os
import stat
from contextlib import suppress
from pathlib import Path

APPLICATION = "sav-planner"


class PrivateFolder:
    """A folder of the user's own, held open: whatever its path leads to later, its files are those found here.

    Attributes:
        path: where it is, for messages.
    """

    def __init__(self, name: str) -> None:
        """Open ``name`` below ``$XDG_STATE_HOME/sav-planner``, mode 0700; make what is missing of it.

        Raises:
            OSError: it cannot be made or opened, is a symbolic link, or belongs to somebody else.
        """
        home = _state_home()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = home / APPLICATION / name
        outer = _open_own(home / APPLICATION, None)
        try:
            self._descriptor = _open_own(Path(name), outer)
        finally:
            os.close(outer)

    def open(self, name: str, flags: int) -> int:
        """Open a file by its name and give its descriptor; a new one gets mode 0600.

        Raises:
            OSError: it cannot be opened, is a symbolic link or no regular file, or belongs to somebody else.
        """
        guards = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
        descriptor = os.open(name, flags | guards, 0o600, dir_fd=self._descriptor)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            os.close(descriptor)
            raise PermissionError(1, "not a file of this user's own", name)
        return descriptor

    def names(self) -> list[str]:
        """Name what is in it, sorted."""
        return sorted(os.listdir(self._descriptor))  # noqa: PTH208 - a Path cannot be an open folder

    def inode(self, name: str) -> int:
        """Give the number of the file that has this name now; 0 if none has."""
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_ino
        except FileNotFoundError:
            return 0

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, over what had it, and see to it that a power cut cannot undo that."""
        os.replace(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        with suppress(OSError):  # some file systems sync no folder
            os.fsync(self._descriptor)

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._descriptor)


def _state_home() -> Path:
    stated = os.environ.get("XDG_STATE_HOME", "")
    if stated.startswith("/"):
        return Path(stated)
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError as error:
        raise FileNotFoundError(2, str(error)) from None


def _open_own(path: Path, parent: int | None) -> int:
    with suppress(FileExistsError):
        os.mkdir(path, 0o700, dir_fd=parent)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid():
        os.close(descriptor)
        raise PermissionError(1, "belongs to another user", str(path))
    if stat.S_IMODE(found.st_mode) != 0o700:
        os.fchmod(descriptor, 0o700)
    return descriptor
