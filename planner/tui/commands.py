"""Every command of the planner, once: keys, footer, help and bindings are read from here."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from textual.binding import Binding

Place = Literal["questions", "zones", "decisions", "view"]
"""Where the footer differs: at the questions, the list of zones, the decisions, and in the view."""


class Command(NamedTuple):
    """One command: its id and action, its keys (the first is shown), its word in the footer, and what it does."""

    id: str
    action: str
    keys: tuple[str, ...]
    title: str
    help: str

    @property
    def key_name(self) -> str:
        """The first key as people write it: ``^S``, ``F1``, ``Enter``."""
        return name_key(self.keys[0])


def name_key(key: str) -> str:
    """Write a Textual key name as people do."""
    names = {
        "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]", "space": "Space",
        "enter": "Enter", "escape": "Esc", "tab": "Tab", "shift+tab": "Shift+Tab", "delete": "Del", "plus": "+",
        "minus": "-", "slash": "/",
    }  # fmt: skip
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+').upper()}"
    return names.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)


COMMANDS: tuple[Command, ...] = (
    Command("next", "next", ("enter",), "next", "Confirm what stands here and go on to the next question"),
    Command("change", "change", ("space",), "change", "Change the answer: switch it, or type another"),
    Command("back", "back", ("escape",), "back", "Give up typing, leave the zone, or go back a step"),
    Command("focus", "focus_other", ("tab", "shift+tab"), "view", "Go between questions and view"),
    Command("step_next", "step(1)", ("right_square_bracket",), "step", "Go to the next step"),
    Command("step_back", "step(-1)", ("left_square_bracket",), "step back", "Go to the step before"),
    Command("go_to", "go_to", ("g",), "go to", "Go to a step: g and its number"),
    Command("view_ports", "view('ports')", ("m",), "ports", "Show the matrix of ports by zone"),
    Command("view_zones", "view('zones')", ("p",), "pairs", "Show which zone opens what to which"),
    Command("view_rules", "view('rules')", ("r",), "rules", "Show the rules as a list"),
    Command("view_closed", "view('closed')", ("c",), "closed", "Show what stays closed, and why"),
    Command("view_findings", "view('findings')", ("f",), "findings", "Show decisions and findings"),
    Command("explain", "explain", ("e",), "more", "Read the whole explanation of what the cursor is on"),
    Command("zoom", "zoom", ("z",), "zoom", "Give the view the whole width, or the questions their place back"),
    Command("add_zone", "add_zone", ("a",), "add zone", "Add a zone"),
    Command("remove_zone", "remove_zone", ("x", "delete"), "remove zone", "Remove the zone under the cursor"),
    Command("confirm_step", "confirm_step", ("k",), "confirm all", "Confirm every answer or decision of this step"),
    Command("note", "note", ("t",), "note", "Write a note on the decision under the cursor"),
    Command("undo", "undo", ("u",), "undo", "Take the last edit back"),
    Command("redo", "redo", ("U", "ctrl+r"), "redo", "Bring back what was undone"),
    Command("save", "save", ("ctrl+s",), "save", "Save the plan"),
    Command("save_as", "save_as", ("w",), "save as", "Save the plan under another name"),
    Command("open", "open", ("ctrl+o",), "open", "Open another plan"),
    Command("help", "help", ("f1", "question_mark"), "help", "Show this help"),
    Command("quit", "leave", ("ctrl+q", "ctrl+c"), "quit", "Quit; asks if something is not saved"),
)


_FOOTER: dict[Place, tuple[str, ...]] = {
    "questions": ("next", "change", "focus", "explain", "undo", "go_to", "save", "help", "quit", "back"),
    "zones": ("next", "focus", "add_zone", "remove_zone", "undo", "save", "help", "quit", "back", "go_to"),
    "decisions": (
        "next", "change", "focus", "confirm_step", "explain", "save", "help", "quit", "note", "undo", "go_to", "back",
    ),
    "view": (
        "focus", "view_ports", "view_zones", "view_rules", "view_closed", "view_findings", "zoom", "explain", "help",
        "save", "quit",
    ),
}  # fmt: skip
_KEPT: dict[Place, tuple[str, ...]] = {"view": ("help",)}
_KEPT_ELSEWHERE = ("save", "help", "quit")


def bindings() -> Iterator[Binding]:
    """Give a binding for each command, its id the command's."""
    for command in COMMANDS:
        yield Binding(",".join(command.keys), command.action, command.title, id=command.id, show=False)


def footer(place: Place) -> list[Command]:
    """Give the commands whose keys the footer shows, the most wanted first."""
    by_id = {command.id: command for command in COMMANDS}
    return [by_id[id_] for id_ in _FOOTER[place]]


def kept_in_footer(place: Place) -> tuple[str, ...]:
    """Give the commands that keep their place in the footer when room is short."""
    return _KEPT.get(place, _KEPT_ELSEWHERE)
