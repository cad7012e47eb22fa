"""An export as it would be saved, line by line."""

from typing import ClassVar

import msgspec
from textual.binding import BindingType

from planner.exports.firewall.export import Asked, write_rules
from planner.exports.firewall.registry import Format
from planner.plan.explanation import Explanation, Line
from planner.plan.plan import Plan
from planner.session.workspace import resolved, typed_path
from planner.storage.plan_files import PlanFileError, save_text
from planner.text.escaping import visible
from planner.tui import clipboard
from planner.tui.commands import bindings
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece


class PreviewScreen(ToolScreen):
    """The lines of an export; they can be saved, copied, and turned into their removal."""

    place = "preview"
    paths = ("file",)
    about = (
        "What would be saved, byte for byte. It begins with what it is, which plan it is of, how it is loaded and what "
        "it cannot express. Each rule carries its marker. r shows what takes the rules out again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("preview")]

    def __init__(self, plan: Plan, format_: Format, asked: Asked, text: str) -> None:
        super().__init__()
        self._plan, self._format, self._asked = plan, format_, asked
        self._show_text(text)

    def _show_text(self, text: str) -> None:
        self._text = text
        self._lines = text.removesuffix(self._format.line_end).split(self._format.line_end)

    def heading(self) -> Layout:
        """Name the format and its size."""
        what = "Removal" if self._asked.remove else "Preview"
        words = f"  {self._format.title}"
        size = f" {len(self._lines):,} lines, {len(self._text.encode()):,} bytes"
        return lambda width: [(Piece(f" {what}", "title"), Piece(words, "strong")), (Piece(size, "muted"),)]

    def model(self) -> GridModel:
        """List the lines; what the heading says is muted."""
        before = self._format.comment[0].rstrip()

        def cell(row: int, _column: int) -> Cell:
            line = self._lines[row]
            return Cell(visible(line), "muted" if line.startswith(before) else "")

        return GridModel(
            columns=("",), widths=(max(map(len, self._lines)),), row_count=len(self._lines), cell=cell, whole_rows=True,
            min_width=40, label_width=len(str(len(self._lines))), row_label=lambda row: str(row + 1),
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Show the line whole."""
        return Explanation(f"Line {row + 1}", (Line("", self._lines[row] or "An empty line."),))

    def action_removal(self) -> None:
        """Turn it into its removal, or back."""
        self._asked = msgspec.structs.replace(self._asked, remove=not self._asked.remove)
        self._show_text(write_rules(self._plan, self._format, self._asked).text)
        self.show_tool(keep_cursor=False)

    def action_copy(self) -> None:
        """Send it to the clipboard of the terminal, which gives no answer."""
        clipboard.copy(self.app, self._text, self.say, "w")

    def action_write(self) -> None:
        """Ask for a file."""
        self.ask("file", "Save to", f"remove-{self._format.file}" if self._asked.remove else self._format.file)

    def typed(self, purpose: str, text: str) -> None:
        """Show which file is meant."""
        self.say(f"file: {resolved(text)}" if text.strip() else "Type the path of a file.", "muted")

    def entered(self, purpose: str, text: str) -> None:
        """Save it; the line stays open until that has worked."""
        if not text.strip():
            self.say("Nothing typed; Esc goes back.", "error")
            return

        def done(place: str) -> None:
            self.close_entry()
            self.say(f"Saved to {place}")

        def work() -> str:
            save_text(self._text, typed_path(text), overwrite=False)
            return resolved(text)

        self.writer.write("Saving it", work, done, PlanFileError)
