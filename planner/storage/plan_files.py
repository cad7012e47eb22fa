"""Files of plans, templates, rule bases and exports: bounded reading of hostile input, saving whole or not at all."""

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

import planner
from planner.plan.editing import assume_unanswered
from planner.plan.plan import Plan
from planner.storage.toml_reader import PlanText, PlanTextError, decode, read_bytes, read_text, write_text
from planner.text.escaping import visible

if TYPE_CHECKING:
    from pathlib import Path

    from planner.storage.atomic_write import Reason, Saved

STANDARD_STREAM = "-"
_CHUNK = 1 << 20


class Bounds(NamedTuple):
    """Largest plan file, in bytes, and how much is parsed of one that is not as the program wrote it."""

    whole: int = 16 << 20
    parsed: int = 4 << 20

    @classmethod
    def of(cls, mebibytes: int | None) -> "Bounds":
        """Bounds that the user set, who then waits for what is read; None for the usual ones."""
        return cls() if mebibytes is None else cls(mebibytes << 20, mebibytes << 20)


USUAL = Bounds()


class PlanFileError(Exception):
    """A plan could not be read or saved: one line naming file, line or field, the reason and what is accepted."""


class RuleFileError(Exception):
    """A rule base could not be read: one line naming file, reason and what is accepted."""


class SaveError(PlanFileError):
    """A file was not saved, or not for certain.

    Attributes:
        reason: why nothing was touched; "failed": it could not be done, and the old file is whole; "unconfirmed": the
            text is in its place, but the disk did not confirm that it will stay there.
    """

    def __init__(self, reason: "Reason | Literal['failed', 'unconfirmed']", text: str) -> None:
        super().__init__(text)
        self.reason = reason


Told = Callable[[int], object]


def read_plan(path: str, bounds: Bounds = USUAL, told: Told = lambda read: None) -> PlanText:
    """Reads a plan from a file, or from standard input for ``-``; ``told`` gets the bytes read so far.

    Raises:
        PlanFileError: unreadable, too large, or no plan.
    """
    with _errors(path, PlanFileError, "a plan file that can be read", "the path of a plan file"):
        data = _read(path, bounds.whole, "a plan file", "a plan, or the path of a plan file", told)
        return msgspec.structs.replace(read_bytes(data, bounds.parsed), sha256=hashlib.sha256(data).hexdigest())
    raise AssertionError


def plan_paths(folder: str) -> list[str]:
    """Sorted paths of the files in a folder that end in .toml.

    Raises:
        OSError: the folder cannot be read.
    """
    from pathlib import Path  # no other command needs it to read a plan

    return sorted(str(path) for path in Path(folder).iterdir() if path.suffix == ".toml" and not path.is_dir())


def folder_plans(most: int = 200) -> list[str]:
    """Sorted paths of the plans in the current folder, by how each file begins; none where it cannot be read."""
    from pathlib import Path

    found = []
    with suppress(OSError):
        for path in plan_paths(".")[:most]:
            if Path(path).is_file():
                with suppress(OSError), Path(path).open("rb") as file:
                    found += [path] if b"sav-plan/" in file.read(512) else []
    return found


def read_rule_text(path: str, max_bytes: int = USUAL.whole) -> str:
    """Reads a firewall's rule base as text from a file, or from standard input for ``-``.

    Raises:
        RuleFileError: unreadable, too large, or no text in UTF-8.
    """
    with _errors(path, RuleFileError, "a rule base that can be read", "the path of a rule base"):
        return decode(_read(path, max_bytes, "a rule base", "a rule base, or the path of one"))
    raise AssertionError


@contextmanager
def _errors(path: str, error: type[Exception], readable: str, a_path: str) -> Iterator[None]:
    """Turns what goes wrong in reading into one error that names the file."""
    name = "standard input" if path == STANDARD_STREAM else _shown(path)
    try:
        yield
    except PlanTextError as found:
        raise error(f"{name}: {found}") from None
    except OSError as found:
        raise error(f"{name}: {found.strerror or found}; accepted: {readable}") from None
    except ValueError as found:
        raise error(f"{name}: {visible(str(found))}; accepted: {a_path}") from None


def _read(path: str, max_bytes: int, kind: str, instead: str, told: Told = lambda read: None) -> bytes:
    if path == STANDARD_STREAM:
        if sys.stdin is None:
            raise PlanTextError(f"closed; accepted: {instead} instead of -")
        return _read_stream(sys.stdin.fileno(), max_bytes, told)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PlanTextError(f"not a regular file; accepted: {kind}, or - for standard input")
        return _read_stream(descriptor, max_bytes, told)
    finally:
        os.close(descriptor)


def _read_stream(descriptor: int, max_bytes: int, told: Told) -> bytes:
    """Reads to the end, whatever size the system states: files can grow, and some claim to be empty."""
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
    """Saves a plan: the file holds the whole new plan or, after any error, is as it was.

    Args:
        plan: the plan.
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
        text = write_text(plan)
        read_text(text)
    except PlanTextError as error:
        raise SaveError(
            "failed", f"{_shown(path)}: not saved, as it would not open again: {visible(str(error))}"
        ) from None
    except ValueError as error:
        raise SaveError("failed", f"{_shown(path)}: not saved: {visible(str(error))}") from None
    data = text.encode()
    saved = save_bytes(data, path, overwrite=overwrite, base=base, protected_too=protected_too, own=own, hold=hold)
    if len(text) <= USUAL.whole:
        return saved
    size = -(-len(data) >> 20)
    return saved._replace(notes=(*saved.notes, f"it has {size} MiB: open it with --max-size {size}"))


def save_text(text: str, path: str, *, overwrite: bool) -> "Saved":
    """Saves a text as UTF-8, line ends as they stand; the rest as ``save_plan``."""
    try:
        data = text.encode()
    except ValueError as error:
        raise _not_saved(path, error) from None
    return save_bytes(data, path, overwrite=overwrite)


def save_bytes(
    data: bytes,
    path: str,
    *,
    overwrite: bool,
    base: str | None = None,
    protected_too: bool = False,
    own: int = -1,
    hold: bool = False,
) -> "Saved":
    """Saves bytes; the rest as ``save_plan``."""
    from planner.storage.atomic_write import RefusedError, UnconfirmedError, replace_file

    shown = _shown(path)
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


_ADVICE = {
    errno.ENOSPC: "a path on a disk with room, or make room on this one",
    errno.EDQUOT: "a path on a disk where you have room left, or remove files of yours",
    errno.EROFS: "a path on a disk that can be written",
    errno.ENOENT: "a path in a folder that is there",
    errno.ENAMETOOLONG: "a shorter name",
    errno.EFBIG: "a path where files may be as large",
}


def _not_saved(path: str, error: ValueError) -> SaveError:
    return SaveError("failed", f"{_shown(path)}: not saved: {visible(str(error))}; accepted: the path of a file")


def _shown(path: str) -> str:
    return visible(path, 200) or "''"


class OpenFile:
    """File of an editing session: its path, the bytes it last held, and the lock that keeps other sessions out.

    Attributes:
        path: as its user named it, empty if the plan has none yet.
        real: where that leads, absolute.
        base: the SHA-256 of what it held when it was last read or saved, empty if that was never.
        in_use: another session has it open, so that this one can only read it.
    """

    def __init__(self, path: str = "", base: str = "") -> None:
        """Locks the file, if no other session has it."""
        from planner.storage.atomic_write import lock_file

        self.path, self.base = path, base
        self.real = os.path.realpath(path) if path else ""
        lock = lock_file(path) if path else -1
        self.in_use = lock is None
        self._lock = -1 if lock is None else lock

    def save(self, plan: Plan, path: str, *, overwrite: bool, protected_too: bool = False) -> "Saved":
        """Saves a plan here or elsewhere, and locks what was saved; for any thread, as nothing is changed here.

        Raises:
            SaveError: it was not saved, or not for certain.
        """
        base = (self.base or None) if path == self.path else None
        return save_plan(
            plan, path, overwrite=overwrite, base=base, protected_too=protected_too, own=self._lock, hold=True
        )

    def become(self, path: str, saved: "Saved") -> None:
        """Becomes the file that was saved, with its lock."""
        self.close()
        self.path, self.base, self.real = path, saved.sha256, os.path.realpath(path)
        self._lock, self.in_use = saved.lock, False

    def close(self) -> None:
        """Releases the lock."""
        if self._lock >= 0:
            with suppress(OSError):
                os.close(self._lock)
            self._lock = -1


class Template(NamedTuple):
    """A sample plan: the name of its file, its title, why it is there, and the plan that begins with it."""

    name: str
    title: str
    about: str
    plan: Plan


def template_names() -> list[str]:
    """Sorted names of the templates; none where the samples were left out of the installation."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


@cache
def template(name: str) -> Template:
    """Read a template. Nobody has confirmed its answers or decided for its readings: all of that is open again.

    Raises:
        PlanFileError: it cannot be read.
    """
    sample = read_plan(str(_folder() / f"{name}.toml")).plan
    begun = assume_unanswered(Plan(topology=sample.topology), ())
    return Template(name, sample.head.title, sample.change.reason, begun)


def _folder() -> "Path":
    """Folder of the samples: inside the package where it was installed, beside it in a checkout."""
    from pathlib import Path  # takes long to load, and no plan needs it

    package = Path(planner.__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "sample_plans"
