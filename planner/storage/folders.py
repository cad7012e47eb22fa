"""Folders of the planner's own files, by the XDG rules, and the private one that recovery files are kept in.

Written by hand: platformdirs takes 16 ms to import in every start, and has other folders on macOS.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

NAME = "sav-planner"


def config_folder() -> Path:
    """Folder of the settings; it need not exist."""
    return _base("XDG_CONFIG_HOME", ".config") / NAME


def state_folder() -> Path:
    """Folder of what is remembered between runs; it need not exist."""
    return _base("XDG_STATE_HOME", ".local/state") / NAME


def _base(variable: str, under_home: str) -> Path:
    """Path in the variable where it is absolute, as the XDG rules say, else the place under the user's home."""
    given = os.environ.get(variable, "")
    return Path(given) if given.startswith("/") else Path(_home()) / under_home


def _home() -> str:
    """Home folder of the user, also where HOME is empty or no absolute path; "~" for a user without one."""
    if (stated := os.environ.get("HOME", "")).startswith("/"):
        return stated
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "~"


class PrivateFolder:
    """Folder of the user's own, held open: whatever its path leads to later, its files are those found here.

    Attributes:
        path: where it is, for messages.
    """

    def __init__(self, name: str) -> None:
        """Opens ``name`` below the state folder, mode 0700; makes what is missing of it.

        Raises:
            OSError: it cannot be made or opened, is a symbolic link, or belongs to somebody else.
        """
        home = state_folder()
        if not home.is_absolute():
            raise FileNotFoundError(2, "Could not determine home directory.")
        for missing in [parent for parent in reversed(home.parents) if not parent.exists()]:
            _make_own(missing, None)
        self.path = home / name
        outer = _open_own(home, None)
        try:
            self._descriptor = _open_own(Path(name), outer)
        finally:
            os.close(outer)

    def open(self, name: str, flags: int) -> int:
        """Opens a file by its name and returns its descriptor; a new one gets mode 0600.

        Raises:
            OSError: it cannot be opened, is a symbolic link or no regular file, or belongs to somebody else.
        """
        guards = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
        descriptor = os.open(name, flags | guards, 0o600, dir_fd=self._descriptor)
        found = os.fstat(descriptor)
        if flags & os.O_CREAT and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)  # the user's umask may take more than that from a new file
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            os.close(descriptor)
            raise PermissionError(1, "not a file of this user's own", name)
        return descriptor

    def names(self) -> list[str]:
        """Sorted names of its files."""
        return sorted(os.listdir(self._descriptor))  # noqa: PTH208 - a Path cannot be an open folder

    def inode(self, name: str) -> int:
        """Inode of the file that has this name now; 0 if none has."""
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_ino
        except FileNotFoundError:
            return 0

    def rename(self, old: str, new: str) -> None:
        """Renames a file, over one that has the new name, and syncs the folder against a power cut."""
        os.replace(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        with suppress(OSError):  # some file systems sync no folder
            os.fsync(self._descriptor)

    def remove(self, name: str) -> None:
        """Removes a file if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def close(self) -> None:
        """Closes the folder."""
        os.close(self._descriptor)


def write_synced(descriptor: int, data: bytes) -> None:
    """Writes bytes to a new file, sees to it that they are on the disk, and closes it."""
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _open_own(path: Path, parent: int | None) -> int:
    _make_own(path, parent)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid():
        os.close(descriptor)
        raise PermissionError(1, "belongs to another user", str(path))
    if stat.S_IMODE(found.st_mode) != 0o700:
        os.fchmod(descriptor, 0o700)
    return descriptor


def _make_own(path: Path, parent: int | None) -> None:
    """Makes a folder with mode 0700 whatever the umask is, if it is missing."""
    with suppress(FileExistsError):
        os.mkdir(path, 0o700, dir_fd=parent)
        os.chmod(path, 0o700, dir_fd=parent)
