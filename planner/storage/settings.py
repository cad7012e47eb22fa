"""The user's settings: few, in one TOML file, read strictly; a broken file is named in one line and left alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from planner.storage.folders import config_folder
from planner.storage.small_files import SmallFileError, read_small, write_small
from planner.text.escaping import visible

Theme = Literal["auto", "dark", "light", "contrast", "ansi"]
Auto = Literal["auto", "yes", "no"]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user prefers.

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
        """Put values in force and keep them; give why they could not be kept, empty if they were."""
        return self._keep(self._put_in_force(values))

    def change_later(
        self, later: Callable[[Callable[[], object]], object], failed: Callable[[str], object], **values: Any
    ) -> None:
        """Put values in force now, and write them by a function that ``later`` runs in another thread.

        ``failed`` is called there with the reason if they could not be written.
        """
        changed = self._put_in_force(values)

        def work() -> None:
            if trouble := self._keep(changed):
                failed(trouble)

        later(work)

    def _put_in_force(self, values: dict[str, Any]) -> dict[str, Any]:
        """Put values in force, and give all that was changed in this session."""
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
    """Read the settings.

    Raises:
        SmallFileError: they cannot be read, or are none.
    """
    try:
        return msgspec.convert(read_small(path), Settings)
    except msgspec.ValidationError as error:
        raise SmallFileError(_what(error)) from None


def _content(settings: Settings) -> dict[str, Any]:
    """Give what differs from the defaults, so that a later version can have better ones."""
    default = Settings()
    return {
        name: getattr(settings, name)
        for name in settings.__struct_fields__
        if getattr(settings, name) != getattr(default, name)
    }


def _what(error: msgspec.ValidationError) -> str:
    """Say which setting is wrong, and what would be accepted."""
    said, _, where = visible(str(error), 200).partition(" - at ")
    name = where.strip("`$.").split("[")[0]
    if "unknown field" in said:
        name, said = said.rpartition(" ")[2].strip("`"), "no setting"
    accepted = {
        "theme": "auto, dark, light, contrast, ansi", "ascii": "auto, yes, no", "boundary": "stateful, stateless",
        "mouse": "true, false", "tour_seen": "true, false", "keymap": 'a table such as save = "F2"',
    }.get(name, ", ".join(Settings.__struct_fields__))  # fmt: skip
    return f"{name}: {said[:1].lower()}{said[1:]}; accepted: {accepted}"
