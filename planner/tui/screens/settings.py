"""The settings page: every setting, every key, what it does, and where it is kept."""

from typing import get_args

from rich.cells import cell_len

from planner.plan.explanation import Explanation, Line
from planner.session.workspace import resolved
from planner.storage.settings import Auto, Settings, Theme
from planner.text.escaping import visible
from planner.text.layout import wrap
from planner.tui.app import planner_app
from planner.tui.commands import COMMANDS, MAIN, TOOL, Command, Keys
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.cells import fit_middle
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece, Pieces

_CHOICES: dict[str, tuple[object, ...]] = {
    "theme": get_args(Theme), "ascii": get_args(Auto), "mouse": (True, False), "boundary": ("stateful", "stateless"),
}  # fmt: skip
_TITLES = {"theme": "Theme", "ascii": "ASCII only", "mouse": "Mouse", "boundary": "New plans: boundary"}
_ABOUT = {
    "theme": "dark, light, contrast (black and white, strong marks), ansi (the terminal's own 16 colours). auto takes "
    "dark where the terminal shows 256 colours or more, else ansi. NO_COLOR in the environment goes before all.",
    "ascii": "Draws with ASCII characters alone. auto does so on the Linux console and where the locale is not UTF-8. "
    "It is taken up at once.",
    "mouse": "Takes clicks and the wheel. Without it the terminal selects text as it always does. "
    "It is taken up at the next start; --no-mouse does it for one run.",
    "boundary": "The kind of firewall that a new plan begins with. The answer in a plan is not touched.",
}


_TITLE = " Settings  "


class SettingsScreen(ToolScreen):
    """The settings in force; each change is kept at once."""

    place = "settings"
    about = (
        "Every change is in force at once and kept in the settings file named on top. Enter takes the next value of a "
        "setting, or asks for the keys of a command: s, ^S, F5, several apart by blanks. A key that already means "
        "something in the same place is refused. Del puts things back as they were delivered."
    )

    def heading(self) -> Layout:
        """Name the file, and what is wrong with it."""
        file = planner_app(self).settings
        trouble = file.trouble or planner_app(self).keys.trouble
        path = resolved(str(file.path))

        def layout(width: int) -> list[Pieces]:
            named = fit_middle(path, max(0, min(cell_len(path), width - cell_len(_TITLE))))
            told = [(Piece(f" {line}", "warning"),) for line in wrap(visible(trouble), width - 1)] if trouble else []
            return [(Piece(_TITLE, "title"), Piece(named, "muted")), *told]

        return layout

    def model(self) -> GridModel:
        """List the settings, then the keys of each command."""
        keys, now = planner_app(self).keys, self._now

        def cell(row: int, column: int) -> Cell:
            if row < len(_CHOICES):
                name = list(_CHOICES)[row]
                return Cell((_TITLES[name], _words(getattr(now, name)), "")[column])
            command = self._command(row)
            mapped = "yours" if command.id in keys.overrides else ""
            return Cell((f"Key: {command.id}", keys.names(command), f"{mapped:6}{command.help}")[column])

        widest = max(len(command.id) for command in COMMANDS) + 5
        return GridModel(
            columns=("Setting", "Value", ""), widths=(max(widest, 20), 14, 40), row_count=len(_CHOICES) + len(COMMANDS),
            cell=cell, whole_rows=True, min_width=10,
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain a setting, or where a command's keys apply."""
        if row < len(_CHOICES):
            name = list(_CHOICES)[row]
            values = ", ".join(map(_words, _CHOICES[name]))
            told = (Line("does", _ABOUT[name]), Line("values", values), Line("in the file", name))
            return Explanation(_TITLES[name], told)
        command = self._command(row)
        where = "the main screen" if command.places[0] in MAIN else "every page" if TOOL in command.places else ""
        lines = (
            Line("does", f"{command.help}."),
            Line("where", where or f"the page {', '.join(command.places)}"),
            Line("delivered", Keys().names(command)),
            Line(
                "in the file", f'[keymap] "{command.id}" = "{planner_app(self).keys.names(command).replace(",", "")}"'
            ),
        )
        return Explanation(f"Key: {command.title}", lines)

    @property
    def _now(self) -> Settings:
        return planner_app(self).settings.now

    def _command(self, row: int) -> Command:
        return COMMANDS[row - len(_CHOICES)]

    def action_change(self) -> None:
        """Switch to the next value, or ask for keys."""
        row = self.grid.cursor[0]
        if row < len(_CHOICES):
            name = list(_CHOICES)[row]
            values = _CHOICES[name]
            self._change(**{name: values[(values.index(getattr(self._now, name)) + 1) % len(values)]})
        else:
            command = self._command(row)
            self.ask(command.id, f"Keys of {command.id}", planner_app(self).keys.names(command).replace(",", ""))

    def action_reset(self) -> None:
        """Put the setting, or the keys, back as delivered."""
        row = self.grid.cursor[0]
        if row < len(_CHOICES):
            name = list(_CHOICES)[row]
            self._change(**{name: getattr(Settings(), name)})
        else:
            self._map(self._command(row).id, "")

    def typed(self, purpose: str, text: str) -> None:
        """Check the keys while they are typed."""
        trouble = self._trouble(purpose, text)
        self.say(trouble or "Enter takes them.", "error" if trouble else "muted")

    def entered(self, purpose: str, text: str) -> None:
        """Apply the keys of a command; no keys puts back those delivered."""
        if trouble := self._trouble(purpose, text):
            self.say(trouble, "error")
        else:
            self.close_entry()
            self._map(purpose, text)

    def _trouble(self, id_: str, text: str) -> str:
        if not text.strip():
            return ""
        keys = Keys({**planner_app(self).keys.overrides, id_: text})
        return next((complaint.text for complaint in keys.complaints), "").removesuffix("; ignored")

    def _map(self, id_: str, text: str) -> None:
        keymap = {other: keys for other, keys in self._now.keymap.items() if other != id_}
        self._change(keymap={**keymap, id_: text.strip()} if text.strip() else keymap)

    def _change(self, **values: object) -> None:
        planner_app(self).change_settings(**values)
        self.show_tool()


def _words(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
