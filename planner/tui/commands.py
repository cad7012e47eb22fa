"""Every command of the planner, once, and the keys in force: footer, palette, help and bindings are read from here."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from textual.binding import Binding

from planner.text.escaping import visible

MAIN = ("questions", "zones", "decisions", "view")
"""The places of the main screen where the footer differs: questions, the list of zones, decisions, and the view."""

TOOL = "tool"
"""Stands for every full-screen tool; each has a place of its own beside it, such as ``settings``."""


class Command(NamedTuple):
    """One command.

    ``id`` is what a keymap calls it, ``action`` what it runs. ``keys``: as delivered, the first is shown. ``title``:
    its word in footers and in the palette. ``places``: where it applies, `MAIN` or tools.
    """

    id: str
    action: str
    keys: tuple[str, ...]
    title: str
    help: str
    places: tuple[str, ...] = MAIN


COMMANDS: tuple[Command, ...] = (
    Command("next", "run('next')", ("enter",), "next", "Confirm what stands here and go on to the next question"),
    Command("change", "run('change')", ("space",), "change", "Change the answer: switch it, or type another"),
    Command("back", "run('back')", ("escape",), "back", "Give up typing, leave the zone, or go back a step"),
    Command("focus", "run('focus')", ("tab", "shift+tab"), "view", "Go between questions and view"),
    Command("step_next", "run('step_next')", ("right_square_bracket",), "step", "Go to the next step"),
    Command("step_back", "run('step_back')", ("left_square_bracket",), "step back", "Go to the step before"),
    Command("go_to", "run('go_to')", ("g",), "go to", "Go to a step: g and its number"),
    Command("view_ports", "run('view_ports')", ("m",), "ports", "Show the matrix of ports by zone"),
    Command("view_zones", "run('view_zones')", ("p",), "pairs", "Show which zone opens what to which"),
    Command("view_rules", "run('view_rules')", ("r",), "rules", "Show the rules as a list"),
    Command("view_closed", "run('view_closed')", ("c",), "closed", "Show what stays closed, and why"),
    Command("view_findings", "run('view_findings')", ("f",), "findings", "Show decisions and findings"),
    Command("explain", "run('explain')", ("e",), "more", "Read the whole explanation of what the cursor is on"),
    Command(
        "filter",
        "run('filter')",
        ("slash",),
        "filter",
        "Show only what matches words: a port, a zone, a service, a phase",
    ),
    Command("jump", "run('jump')", ("j",), "jump", "Jump to a zone or a service by part of its name"),
    Command("sort", "run('sort')", ("s",), "sort", "Sort by port, by name, by change or by how much is filled"),
    Command("hide_empty", "run('hide_empty')", ("o",), "hide empty", "Hide rows and columns in which nothing stands"),
    Command("transpose", "run('transpose')", ("i",), "turn", "Turn the matrix round: rows for columns"),
    Command(
        "change_next",
        "run('change_next')",
        ("greater_than_sign",),
        "next change",
        "Go to the next cell that the last answer changed",
    ),
    Command("change_back", "run('change_back')", ("less_than_sign",), "change before", "Go to the changed cell before"),
    Command("picture", "run('picture')", ("d",), "picture", "Draw the zones and what is open between them"),
    Command("copy", "run('copy')", ("C",), "copy", "Send the explanation to the terminal's clipboard"),
    Command("write", "run('write')", ("W",), "write", "Write the explanation to a file"),
    Command("zoom", "run('zoom')", ("z",), "zoom", "Give the view the whole width, or the questions their place back"),
    Command("add_zone", "run('add_zone')", ("a",), "add zone", "Add a zone"),
    Command("duplicate_zone", "run('duplicate_zone')", ("D",), "duplicate", "Add a zone like the one under the cursor"),
    Command("remove_zone", "run('remove_zone')", ("x", "delete"), "remove", "Remove the zone under the cursor"),
    Command(
        "confirm_step", "run('confirm_step')", ("k",), "confirm all", "Confirm every answer or decision of this step"
    ),
    Command("note", "run('note')", ("t",), "note", "Write a note on the decision under the cursor"),
    Command("undo", "run('undo')", ("u",), "undo", "Take the last edit back"),
    Command("redo", "run('redo')", ("U", "ctrl+r"), "redo", "Bring back what was undone"),
    Command("save", "run('save')", ("ctrl+s",), "save", "Save the plan"),
    Command("save_as", "run('save_as')", ("w",), "save as", "Save the plan under another name"),
    Command("open", "run('open')", ("ctrl+o",), "open", "Open another plan"),
    Command("help", "run('help')", ("f1", "question_mark"), "help", "Show this help"),
    Command("new", "run('new')", ("ctrl+n",), "new plan", "Begin a new plan; asks if something is not saved"),
    Command("start", "run('start')", ("h",), "start page", "Begin anew, from a recent plan or from a template"),
    Command("tour", "run('tour')", ("T",), "tour", "Take the tour of the screen, two minutes"),
    Command(
        "palette", "run('palette')", ("ctrl+p", "colon"), "commands", "Find a command by a few letters of what it does"
    ),
    Command(
        "settings", "run('settings')", ("comma",), "settings", "Change theme, ASCII, mouse, default boundary and keys"
    ),
    Command(
        "compare", "run('compare')", ("v",), "compare", "Compare with the saved plan, or another; see the way back"
    ),
    Command("settle", "run('settle')", ("S",), "settle", "Settle decisions, each with its readings side by side"),
    Command(
        "exposure", "run('exposure')", ("E",), "exposure", "See how many ports and address pairs each boundary opens"
    ),
    Command("closing", "run('closing')", ("B",), "closing", "See what should be closed by a date"),
    Command("pack", "run('pack')", ("P",), "ticket pack", "Write the ticket pack: plan, ticket, rules, tests, digests"),
    Command(
        "export", "run('export')", ("X",), "export", "Write the plan for a firewall: choose a format, preview, save"
    ),
    Command(
        "devices", "run('devices')", ("N",), "devices", "Name the firewalls between the zones, and their interfaces"
    ),
    Command("audit", "run('audit')", ("A",), "audit", "Hold the rules of a firewall against the plan"),
    Command(
        "flow", "run('flow')", ("F",), "ask a flow", "Ask whether two may talk: by which rule, or what keeps it closed"
    ),
    Command("symptoms", "run('symptoms')", ("Y",), "symptoms", "Find the ports behind a symptom, in the order to test"),
    Command("quit", "run('quit')", ("ctrl+q", "ctrl+c"), "quit", "Quit; asks if something is not saved"),
    Command("start.begin", "begin", ("enter", "space"), "begin", "Begin with what the cursor is on", ("start",)),
    Command("compare.way_back", "way_back", ("b",), "way back", "Show the way back, or the way there", ("compare",)),
    Command("compare.other", "other", ("o",), "other plan", "Compare with the plan of another file", ("compare",)),
    Command("compare.saved", "saved", ("s",), "saved plan", "Compare with the saved plan again", ("compare",)),
    Command("settle.decide", "decide", ("enter", "space"), "decide", "Settle it for this reading", ("settle",)),
    Command("settle.note", "note", ("t",), "note", "Write a note on the decision", ("settle",)),
    Command("settle.release", "release", ("x", "delete"), "open again", "Take the name back", ("settle",)),
    Command("settle.undo", "undo", ("u",), "undo", "Take the last edit back", ("settle",)),
    Command("closing.day", "day", ("enter", "d"), "other day", "Ask for another day", ("closing",)),
    Command("pack.write", "write", ("enter", "w"), "write", "Ask where to write the pack", ("pack",)),
    Command("export.open", "open", ("enter", "space"), "preview", "Preview it, or see what is missing", ("export",)),
    Command("export.hosts", "hosts", ("t",), "hosts", "Say whose own firewall: a zone and a role", ("export",)),
    Command("export.device", "device", ("o",), "device", "Take the next device that fits", ("export",)),
    Command("export.devices", "devices", ("d",), "devices", "Edit the firewalls between the zones", ("export",)),
    Command("preview.write", "write", ("w",), "save", "Ask for a file to save it to", ("preview",)),
    Command("preview.copy", "copy", ("C",), "copy", "Send it to the terminal's clipboard", ("preview",)),
    Command("preview.removal", "removal", ("r",), "removal", "Show what takes it out again, or it", ("preview",)),
    Command("audit.read", "read", ("enter", "space"), "read", "Read the whole finding", ("audit",)),
    Command("audit.open", "open", ("o",), "open", "Open a file with the rules of a firewall", ("audit",)),
    Command("audit.add", "add", ("a",), "add", "Add the rules of the other address family", ("audit",)),
    Command("audit.filter", "filter", ("slash",), "filter", "Show only what holds all the words typed", ("audit",)),
    Command("audit.write", "write", ("w",), "report", "Write the report to a file", ("audit",)),
    Command("audit.copy", "copy", ("C",), "copy", "Send the finding to the terminal's clipboard", ("audit",)),
    Command("audit.flow", "flow", ("F",), "ask a flow", "Ask a flow of the plan and of these rules", ("audit",)),
    Command("audit.device", "device", ("d",), "device", "Hold them against the next device of the plan", ("audit",)),
    Command("audit.format", "format", ("t",), "format", "Read them as the next format, or as told", ("audit",)),
    Command("audit.kind_0", "kind(0)", ("0",), "all kinds", "Show every kind of finding", ("audit",)),
    Command("audit.kind_1", "kind(1)", ("1",), "missing", "Show what the rules do not let pass", ("audit",)),
    Command("audit.kind_2", "kind(2)", ("2",), "surplus", "Show what nothing in the plan asks for", ("audit",)),
    Command("audit.kind_3", "kind(3)", ("3",), "too wide", "Show what lets more pass than is planned", ("audit",)),
    Command("audit.kind_4", "kind(4)", ("4",), "shadowed", "Show what never decides", ("audit",)),
    Command("audit.kind_5", "kind(5)", ("5",), "not understood", "Show what was set aside", ("audit",)),
    Command("audit.kind_6", "kind(6)", ("6",), "exact", "Show what is as the plan says", ("audit",)),
    Command("audit.kind_7", "kind(7)", ("7",), "not looked at", "Show what was left out, and why", ("audit",)),
    Command("flow.ask", "ask_all", ("enter", "space"), "ask", "Ask: from, to, protocol and port", ("flow",)),
    Command("flow.from", "ask_for('from')", ("f",), "from", "Change who opens", ("flow",)),
    Command("flow.to", "ask_for('to')", ("t",), "to", "Change who listens", ("flow",)),
    Command("flow.port", "ask_for('port')", ("p",), "port", "Change protocol and port", ("flow",)),
    Command("flow.source", "ask_for('source')", ("s",), "source port", "Change the port it is opened from", ("flow",)),
    Command("flow.turn", "turn", ("b",), "other way", "Ask the other way round", ("flow",)),
    Command("flow.rules", "rules", ("r",), "rules too", "Ask the rules of the audit too, or not", ("flow",)),
    Command("flow.write", "write", ("w",), "write", "Write the answer to a file", ("flow",)),
    Command("flow.copy", "copy", ("C",), "copy", "Send the answer to the terminal's clipboard", ("flow",)),
    Command("gaps.field", "field", ("enter", "space"), "to the field", "Go to where it is missing", ("gaps",)),
    Command("devices.change", "change", ("enter", "space"), "change", "Change what the cursor is on", ("devices",)),
    Command("devices.add", "add", ("a",), "add", "Add a firewall", ("devices",)),
    Command("devices.remove", "remove", ("x", "delete"), "remove", "Remove the firewall", ("devices",)),
    Command("devices.undo", "undo", ("u",), "undo", "Take the last edit back", ("devices",)),
    Command("settings.change", "change", ("enter", "space"), "change", "Change the setting", ("settings",)),
    Command("settings.reset", "reset", ("delete", "x"), "as delivered", "Put the setting back", ("settings",)),
    Command("picture.left", "pick(-1)", ("left",), "zone before", "Pick out the zone to the left", ("picture",)),
    Command("picture.right", "pick(1)", ("right",), "next zone", "Pick out the zone to the right", ("picture",)),
    Command(
        "picture.alone", "alone", ("enter", "space"), "alone", "Show this zone and its neighbours alone", ("picture",)
    ),
    Command("tool.back", "back", ("escape",), "back", "Give up typing, or go back to the main screen", (TOOL,)),
    Command("tool.more", "explain", ("e",), "more", "Read the whole explanation of what the cursor is on", (TOOL,)),
    Command("tool.palette", "palette", ("ctrl+p", "colon"), "commands", "Find a command by a few letters", (TOOL,)),
    Command("tool.help", "help", ("f1", "question_mark"), "help", "Show what this page is for and its keys", (TOOL,)),
    Command("tool.quit", "leave", ("ctrl+q", "ctrl+c"), "quit", "Quit; asks if something is not saved", (TOOL,)),
)
BY_ID = {command.id: command for command in COMMANDS}


_FOOTER: dict[str, tuple[str, ...]] = {
    "questions": ("next", "change", "undo", "focus", "explain", "go_to", "save", "help", "quit", "back", "palette"),
    "zones": (
        "next", "add_zone", "undo", "remove_zone", "duplicate_zone", "focus", "save", "help", "quit", "back", "go_to",
        "palette",
    ),
    "decisions": (
        "next", "change", "focus", "confirm_step", "explain", "save", "help", "quit", "note", "undo", "go_to", "back",
        "palette",
    ),
    "view": (
        "focus", "view_ports", "view_zones", "view_rules", "view_closed", "view_findings", "filter", "zoom", "help",
        "jump", "picture", "explain", "change_next", "sort", "hide_empty", "transpose", "copy", "write", "save", "quit",
        "palette",
    ),
}  # fmt: skip
_KEPT: dict[str, tuple[str, ...]] = {"view": ("help",)}
_KEPT_ELSEWHERE = ("save", "help", "quit")


def commands_at(*places: str) -> list[Command]:
    """Commands that apply at any of these places."""
    return [command for command in COMMANDS if set(places) & set(command.places)]


def bindings(*places: str) -> Iterator[Binding]:
    """Yield a binding for each command at these places, its id the command's."""
    for command in commands_at(*places):
        yield Binding(",".join(command.keys), command.action, command.title, id=command.id, show=False)


def footer(place: str) -> list[Command]:
    """Commands whose keys the footer shows, the most wanted first; in a tool its own, then those of all."""
    if place in _FOOTER:
        return [BY_ID[id_] for id_ in _FOOTER[place]]
    return [*commands_at(place), *commands_at(TOOL)]


def kept_in_footer(place: str) -> tuple[str, ...]:
    """Commands that keep their place in the footer when room is short."""
    return _KEPT.get(place, _KEPT_ELSEWHERE if place in MAIN else ("tool.back", "tool.help"))


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
