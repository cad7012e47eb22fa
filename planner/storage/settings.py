"""The user's settings: few, in one TOML file, read strictly; a broken file is named in one line and left alone."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
import tomli

from planner.storage.folders import config_folder, state_folder, write_synced
from planner.storage.toml_limits import ruinous_shape
from planner.text.escaping import visible

Theme = Literal["auto", "dark", "light", "contrast", "ansi"]
Auto = Literal["auto", "yes", "no"]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Preferences of the user.

    Attributes:
        theme: colours; ``ansi`` uses the terminal's own 16, ``auto`` takes what the terminal can show.
        ascii: draw with ASCII alone; ``auto`` does so where locale or terminal know nothing else.
        mouse: take the mouse; without it the terminal selects text as ever.
        boundary: the kind of firewall that a new plan begins with.
        tour_seen: the tour was shown once.
        keymap: keys by the id of a command, such as ``save = "F2"``.
    """

    theme: Theme = "auto"
    ascii: Auto = "auto"
    mouse: bool = True
    boundary: Literal["stateful", "stateless"] = "stateful"
    tour_seen: bool = False
    keymap: dict[str, str] = {}


class SettingsFile:
    """The settings and their file.

    Attributes:
        path: where they are kept.
        now: the settings in force.
        trouble: why the file cannot be read, on one line, empty if it can: defaults are in force, nothing is written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_folder() / "settings.toml"
        self.now = Settings()
        self.trouble = ""
        self._changed: dict[str, Any] = {}
        try:
            self.now = _read(self.path)
        except SmallFileError as error:
            self.trouble = f"{self._shown}: {error}; the defaults are in force"

    @property
    def _shown(self) -> str:
        return visible(str(self.path), 200)

    def change(self, **values: Any) -> str:
        """Changes values and writes them; returns why they could not be written, empty if they were."""
        return self._keep(self._put_in_force(values))

    def change_later(
        self, later: Callable[[Callable[[], object]], object], failed: Callable[[str], object], **values: Any
    ) -> None:
        """Changes values now, and writes them by a function that ``later`` runs in another thread.

        ``failed`` is called there with the reason if they could not be written.
        """
        changed = self._put_in_force(values)

        def work() -> None:
            if trouble := self._keep(changed):
                failed(trouble)

        later(work)

    def _put_in_force(self, values: dict[str, Any]) -> dict[str, Any]:
        """Changes values; returns all changes of this session."""
        self.now = msgspec.structs.replace(self.now, **values)
        self._changed = {**self._changed, **values}
        return self._changed

    def _keep(self, changed: dict[str, Any]) -> str:
        """Write what was changed, and no more: another session may have changed other settings meanwhile."""
        if self.trouble:
            return "In force until you leave: the settings file cannot be read and is left as it is."
        try:
            write_small(self.path, _content(msgspec.structs.replace(_read(self.path), **changed)))
        except SmallFileError as error:
            return f"In force until you leave: {self._shown}: {error}"
        return ""


def _read(path: Path) -> Settings:
    """Read the settings. Raises SmallFileError: they cannot be read, or are none."""
    try:
        return msgspec.convert(read_small(path), Settings)
    except msgspec.ValidationError as error:
        raise SmallFileError(_what(error)) from None


def _content(settings: Settings) -> dict[str, Any]:
    """Values that differ from the defaults, so that a later version can have better ones."""
    default = Settings()
    return {
        name: getattr(settings, name)
        for name in settings.__struct_fields__
        if getattr(settings, name) != getattr(default, name)
    }


def _what(error: msgspec.ValidationError) -> str:
    """Message: the wrong setting, and what is accepted."""
    said, _, where = visible(str(error), 200).partition(" - at ")
    name = where.strip("`$.").split("[")[0]
    if "unknown field" in said:
        name, said = said.rpartition(" ")[2].strip("`"), "no setting"
    accepted = {
        "theme": "auto, dark, light, contrast, ansi", "ascii": "auto, yes, no", "boundary": "stateful, stateless",
        "mouse": "true, false", "tour_seen": "true, false", "keymap": 'a table such as save = "F2"',
    }.get(name, ", ".join(Settings.__struct_fields__))  # fmt: skip
    return f"{name}: {said[:1].lower()}{said[1:]}; accepted: {accepted}"


MAX_RECENT = 12
_MAX_PATH = 4096


def _recent_file() -> Path:
    return state_folder() / "recent.toml"


def recent_plans() -> list[str]:
    """Absolute paths of the plans that are still there, newest first; none where the list cannot be read."""
    try:
        remembered = _remembered()
    except SmallFileError:
        return []
    return [path for path in remembered if os.path.isfile(path)]  # noqa: PTH113 - Path.is_file raises for some


def remember(path: str) -> None:
    """Moves a plan to the front of the list. An unwritable list is no error: the planner works without it.

    A file that is no such list is left alone: a link may lead to anything.
    """
    try:
        full = os.path.abspath(path)  # noqa: PTH100 - links stay as the user named them
    except OSError:
        return  # the folder that the planner was started in is gone
    if len(full) > _MAX_PATH:
        return
    try:
        full.encode()
        before = _remembered()
        if before[:1] == [full]:
            return
        write_small(_recent_file(), {"plans": [full, *(other for other in before if other != full)][:MAX_RECENT]})
    except (SmallFileError, UnicodeEncodeError):
        return


def _remembered() -> list[str]:
    """Paths in the list. Raises SmallFileError: it cannot be read, or is something else."""
    content = read_small(_recent_file())
    plans = content.pop("plans", [])
    if content or not isinstance(plans, list):
        raise SmallFileError("no list of plans; accepted: what the planner wrote")
    return [path for path in plans if isinstance(path, str) and path.startswith("/") and "\0" not in path][:MAX_RECENT]


MAX_BYTES = 64 << 10


class SmallFileError(Exception):
    """A file of the planner's own could not be read or written: one line, why and what is accepted."""


def read_small(path: Path) -> dict[str, Any]:
    """Read such a file; nothing where there is none. Raises SmallFileError: unreadable, too large, or no TOML."""
    try:
        data = _read_bytes(path)
        if len(data) > MAX_BYTES:
            raise SmallFileError(f"larger than {MAX_BYTES >> 10} KiB; accepted: less")
        text = data.decode("utf-8-sig")
        if trouble := ruinous_shape(text):
            raise SmallFileError(trouble)
        return tomli.loads(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SmallFileError(f"{error.strerror or error}; accepted: a file that can be read") from None
    except UnicodeDecodeError:
        raise SmallFileError("not UTF-8; accepted: UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise SmallFileError(f"{visible(str(error), 200)}; accepted: TOML") from None


def _read_bytes(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SmallFileError("not a regular file; accepted: a text file")
        return file.read(MAX_BYTES + 1)


def write_small(path: Path, content: dict[str, Any]) -> None:
    """Write such a file beside its place and rename it there, readable for its owner alone; links are followed.

    What is there and is no file, such as ``/dev/null`` at the end of a link, is left alone.

    Raises:
        SmallFileError: it was not written, and is as it was.
    """
    import tempfile  # costs as much as reading a plan

    import tomli_w

    temporary = ""
    try:
        data = tomli_w.dumps(content).encode()
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise SmallFileError("not saved: not a regular file; accepted: a text file, or none")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        write_synced(descriptor, data)
        Path(temporary).replace(target)
    except (OSError, ValueError) as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        said = getattr(error, "strerror", "") or visible(str(error), 100)
        raise SmallFileError(f"not saved: {said}; accepted: a folder that can be written") from None
