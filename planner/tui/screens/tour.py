"""The tour: what the screen is made of, page by page, for whoever opens it for the first time."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from planner.text.layout import wrap
from planner.tui.commands import BY_ID
from planner.tui.keymap import Keys
from planner.tui.widgets.text_pane import Piece, Pieces, ScrollingPane, TextPane


class Stop(NamedTuple):
    """One page of the tour; ``{save}`` in it stands for the key of that command."""

    title: str
    text: str


STOPS: Sequence[Stop] = (
    Stop(
        "What it does",
        "You answer questions about an estate of Symantec AntiVirus 10.x or Symantec Client Security 3.x; it works out "
        "which ports each firewall has to let through, and writes a plan that a change board can approve.\n"
        "Everything it knows comes from one vendor document, and each rule cites its place in it.",
    ),
    Stop(
        "Questions on the left",
        "{next} confirms an answer and goes on, {change} changes it, digits type a number, y and n answer yes and no. "
        "{back} goes back. A ? before an answer means: assumed, nobody has confirmed it yet.\n"
        "Before you change an answer, the pane below says what that would open or close.",
    ),
    Stop(
        "The matrix beside them",
        "Ports down, zones across. in: somebody in that zone listens. out: somebody there opens it elsewhere. A mark "
        "shows what your last answer did: + new, - gone, ~ changed.\n"
        "{focus} goes into the matrix and back; the pane below explains the cell under the cursor: who opens what to "
        "whom, what breaks without it, where the document says so. {explain} shows all of it.",
    ),
    Stop(
        "Eight steps, in any order",
        "Estate, extras, rollout, ports, zones, decisions, change record, save. {step_next} and {step_back} go from "
        "step to step, {go_to} and a digit straight to one. The defaults are a correct plan for one server and its "
        "clients.\n"
        "Decisions are the places where the document contradicts itself: each has both readings, a default, and waits "
        "for a name.",
    ),
    Stop(
        "Nothing is lost",
        "{undo} takes back any edit, {redo} brings it back. {save} saves; what is not saved survives a lost connection "
        "and is offered at the next start.\n"
        "{help} helps with whatever you are on, {palette} finds any command by a few letters, {start} shows recent "
        "plans and templates. This tour: {tour}.",
    ),
)


class Tour(ModalScreen[None]):
    """Shows one stop after the other; Escape ends it at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "End", id="tour.end", show=False),
        Binding("enter,space,right", "move(1)", "On", id="tour.next", show=False),
        Binding("backspace,left", "move(-1)", "Back", id="tour.back", show=False),
    ]

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self._keys = keys
        self._at = 0

    def compose(self) -> ComposeResult:
        """Lay out the page and its keys."""
        yield ScrollingPane(id="page")
        yield TextPane(id="page-keys")

    def on_mount(self) -> None:
        """Show the first stop."""
        self.query_one("#page", ScrollingPane).focus()
        self.action_move(0)

    def action_move(self, by: int) -> None:
        """Go on or back; on from the last stop ends the tour."""
        if self._at + by >= len(STOPS):
            self.dismiss()
            return
        self._at = max(0, self._at + by)
        stop, at = STOPS[self._at], f"{self._at + 1} of {len(STOPS)}"
        text = stop.text.format_map({id_: self._keys.name(command) for id_, command in BY_ID.items()})

        def layout(width: int) -> list[Pieces]:
            lines: list[Pieces] = [(Piece(stop.title, "title"), Piece(f"   {at}", "muted"))]
            for paragraph in text.split("\n"):
                lines += [(), *((Piece(line),) for line in wrap(paragraph, max(10, min(width, 76))))]
            return lines

        self.query_one("#page", TextPane).show(layout)
        on = "on" if self._at + 1 < len(STOPS) else "begin"
        keys = (Piece(" Enter", "key"), Piece(f" {on}"), Piece(" ←", "key"), Piece(" back"), Piece(" Esc", "key"))
        self.query_one("#page-keys", TextPane).show(lambda width: [(*keys, Piece(" skip the tour"))])
