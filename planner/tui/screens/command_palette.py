"""The command palette: every command that applies here, found by a few letters and run by Enter."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Click
from textual.screen import ModalScreen, Screen

from planner.tui.app import planner_app
from planner.tui.commands import BY_ID, Command, Keys, commands_at
from planner.tui.widgets.grid import Cell, Grid, GridModel
from planner.tui.widgets.input_line import InputLine, TextRequest
from planner.tui.widgets.text_pane import Piece, TextPane

_NOT_IN_IT = ("palette", "tool.palette")


def found(text: str, places: Sequence[str], keys: Keys) -> list[Command]:
    """Commands of these places that have every typed word in their title, help, id or keys.

    Those that have the text in their title come first; else they stay in the order of the registry.
    """
    words = text.lower().split()
    matching = [
        command
        for command in commands_at(*places)
        if command.id not in _NOT_IN_IT
        and all(word in f"{command.title} {command.help} {command.id} {keys.names(command)}".lower() for word in words)
    ]
    return sorted(matching, key=lambda command: not command.title.startswith(text.lower().strip()))


class Palette(ModalScreen[str]):
    """Command palette; returns the id of the command that was chosen, ``""`` for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "choose(False)", "Back", id="palette.back", show=False),
        Binding("up", "move(-1)", "Up", id="palette.up", show=False),
        Binding("down", "move(1)", "Down", id="palette.down", show=False),
        Binding("pageup", "move(-8)", "Page up", id="palette.page_up", show=False),
        Binding("pagedown", "move(8)", "Page down", id="palette.page_down", show=False),
    ]

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__()
        self._places = places
        self._found: list[Command] = []

    def compose(self) -> ComposeResult:
        """Lay out the line for typing over what it finds."""
        with Container(id="palette"):
            yield InputLine(id="palette-entry", classes="-open")
            yield Grid(id="palette-list")
            yield TextPane(id="palette-keys")

    def on_mount(self) -> None:
        """Show every command."""
        keys = (Piece(" Enter", "key"), Piece(" run"), Piece(" arrows", "key"), Piece(" choose"), Piece(" Esc", "key"))
        self.query_one("#palette-keys", TextPane).show(lambda width: [(*keys, Piece(" back"))])
        request = TextRequest("Command", lambda _: self.action_choose(True), self._show)
        self.query_one(InputLine).open(request)
        self._show("")

    def _show(self, text: str) -> None:
        keys = planner_app(self).keys
        self._found = commands = found(text, self._places, keys)
        self.query_one(Grid).show(
            GridModel(
                columns=("Key", "Command", "Does"),
                widths=(max(3, *(len(keys.names(command)) for command in commands), 0), 12, 40),
                row_count=len(commands),
                cell=lambda row, column: Cell(
                    (keys.names(commands[row]), commands[row].title, commands[row].help)[column]
                ),
                whole_rows=True,
                empty="No command has that in its name or description.",
            ),
            keep_cursor=False,
        )

    def on_click(self, event: Click) -> None:
        """Choose what is clicked, once the grid has moved its cursor there."""
        if self.get_widget_at(*event.screen_offset)[0] is self.query_one(Grid):
            self.call_after_refresh(self.action_choose, True)

    def action_move(self, rows: int) -> None:
        """Move among the commands while the line keeps the keys."""
        self.query_one(Grid).action_move(rows, 0)

    def action_choose(self, chosen: bool) -> None:
        """Return what the cursor is on, or nothing."""
        row = self.query_one(Grid).cursor[0]
        if not chosen:
            self.dismiss("")
        elif row < len(self._found):
            self.dismiss(self._found[row].id)


def open_palette(screen: Screen[None] | Screen[int], places: Sequence[str]) -> None:
    """Open the palette with the commands of these places, and run the chosen one as its key would."""

    async def run(id_: str | None) -> None:
        if id_:
            await screen.app.run_action(BY_ID[id_].action, screen)

    screen.app.push_screen(Palette(places), run)
