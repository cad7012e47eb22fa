"""The keys in force: as delivered, with what the user mapped otherwise by a command's id."""

from collections.abc import Mapping
from typing import NamedTuple

from planner.text.escaping import visible
from planner.tui.commands import BY_ID, COMMANDS, MAIN, TOOL, Command

_NAMES = {
    "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]", "space": "Space",
    "enter": "Enter", "escape": "Esc", "tab": "Tab", "shift+tab": "Shift+Tab", "delete": "Del", "plus": "+",
    "minus": "-", "slash": "/", "comma": ",", "colon": ":", "full_stop": ".", "semicolon": ";", "equals_sign": "=",
    "less_than_sign": "<", "greater_than_sign": ">", "asterisk": "*", "number_sign": "#", "at": "@",
    "exclamation_mark": "!", "dollar_sign": "$", "percent_sign": "%", "ampersand": "&", "underscore": "_",
    "vertical_line": "|", "tilde": "~", "apostrophe": "'", "quotation_mark": '"', "backslash": "\\",
    "left_parenthesis": "(", "right_parenthesis": ")", "left_curly_bracket": "{", "right_curly_bracket": "}",
    "insert": "Ins", "backspace": "Backspace", "left": "Left", "right": "Right",
}  # fmt: skip
_BY_NAME = {name.lower() if len(name) > 1 else name: key for key, name in _NAMES.items()}
_ANSWERS = {*"0123456789yn"}
_KEPT_BY_TERMINALS = {f"ctrl+{letter}" for letter in "abhijmz"}
"""tmux, screen and job control own these, or they are sent as Enter, Tab and Backspace are."""


def name_key(key: str) -> str:
    """Write a Textual key name as people do: ``^S``, ``F1``, ``Enter``."""
    if key.startswith("ctrl+"):
        return f"^{name_key(key.removeprefix('ctrl+')).upper()}"
    return _NAMES.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)


def read_key(text: str) -> str:
    """Read one key as people write it, or as Textual names it; empty if it is none that a terminal sends."""
    text = text.strip()
    if len(text) == 1 and text.isascii() and text.isalnum():
        return text
    small = text.lower()
    if small.startswith("^") and len(small) == 2:
        small = f"ctrl+{small[1]}"
    if small.startswith("ctrl+") and len(small) == 6 and small[5].isascii() and small[5].isalpha():
        return "" if small in _KEPT_BY_TERMINALS else small
    if small.startswith("f") and small[1:].isdigit() and 1 <= int(small[1:3]) <= 12 and len(small) < 4:
        return small
    return small if small in _NAMES else _BY_NAME.get(text if len(text) == 1 else small, "")


class Complaint(NamedTuple):
    """Ignored entry of a keymap: the command it is about, and why."""

    id: str
    text: str


class Keys:
    """The keys of every command.

    Attributes:
        overrides: command id to keys, apart by commas, for `App.set_keymap`: what the user mapped otherwise.
        complaints: what of the user's keymap is ignored, and why.
    """

    def __init__(self, keymap: Mapping[str, str] | None = None) -> None:
        self.overrides: dict[str, str] = {}
        self.complaints: list[Complaint] = []
        for id_, text in (keymap or {}).items():
            keys = [read_key(part) for part in _parts(text)]
            if id_ not in BY_ID:
                self._complain(id_, "no command; accepted: the ids that the settings page shows")
            elif not keys or "" in keys:
                self._complain(id_, f"{text!r} is no key; accepted: keys such as s, ^S, F5, apart by blanks")
            else:
                self.overrides[id_] = ",".join(keys)
        while clash := self._clash():
            self._complain(clash[0], f"its key is that of {clash[1]}; accepted: a key that is free there")
            del self.overrides[clash[0]]

    def of(self, command: Command) -> tuple[str, ...]:
        """Keys of a command."""
        mapped = self.overrides.get(command.id)
        return tuple(mapped.split(",")) if mapped else command.keys

    def name(self, command: Command) -> str:
        """First key of a command as people write it."""
        return name_key(self.of(command)[0])

    def names(self, command: Command) -> str:
        """All keys of a command as people write them."""
        return ", ".join(map(name_key, self.of(command)))

    @property
    def trouble(self) -> str:
        """Ignored entries of the keymap, on one line; empty if there are none."""
        if not self.complaints:
            return ""
        more = len(self.complaints) - 1
        return f"keymap: {self.complaints[0].text}{f' (and {more} more)' if more else ''}"

    def _complain(self, id_: str, text: str) -> None:
        self.complaints.append(Complaint(id_, visible(f"{id_}: {text}; ignored", 300)))

    def _clash(self) -> tuple[str, str] | None:
        """Find the first mapped command that has a key of another, and the other."""
        for id_ in self.overrides:
            command = BY_ID[id_]
            for key in self.of(command):
                if key in _ANSWERS and set(command.places) & set(MAIN):
                    return id_, "an answer"
                for other in COMMANDS:
                    if other.id != id_ and key in self.of(other) and _meet(command, other):
                        return id_, other.id
        return None


def _meet(one: Command, other: Command) -> bool:
    tools = [set(places) - set(MAIN) for places in (one.places, other.places)]
    in_all_tools = any(TOOL in places for places in tools) and all(tools)
    return in_all_tools or bool(set(one.places) & set(other.places))


def _parts(text: str) -> list[str]:
    """Split keys at blanks, and at commas but where the comma is the key."""
    parts = text.split()
    return [
        part for word in parts for part in ([word] if len(word) == 1 else [piece for piece in word.split(",") if piece])
    ]
