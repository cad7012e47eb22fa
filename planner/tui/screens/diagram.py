"""The picture of the plan: zones as boxes that stay in sight, arrows with ports below them, one zone picked out."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from planner.catalogue.model import Catalogue
from planner.exports.diagram import Diagram, DiagramError, diagram
from planner.exports.diagram_text import Picture, Row, draw
from planner.plan.explanation import Explanation, Line
from planner.plan.plan import Plan
from planner.text.escaping import visible
from planner.tui.app import planner_app
from planner.tui.commands import BY_ID, TOOL, bindings
from planner.tui.screens.command_palette import open_palette
from planner.tui.screens.help import help_layout, read, whole_layout
from planner.tui.widgets.bars import explanation_layout, footer_layout, paragraph_layout
from planner.tui.widgets.text_pane import Layout, Piece, Pieces, ScrollingPane, TextPane

_KINDS = {"": "", "run": "", "title": "title", "muted": "muted", "rollout": "warning", "here": "here"}
_ABOUT = (
    "Each box is a zone, each line below one opens ports on another: the arrow points at who listens, its label names "
    "the ports. A dashed arrow is for the rollout. In a wide plan, zones that are alike share a box. Answers to a "
    "connection are not drawn. As a file: sav-planner export PLAN --to svg, or --to mermaid."
)


class PictureScreen(Screen[None]):
    """A picture to walk through: left and right pick a zone, up and down scroll, Enter leaves that zone alone."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("picture", TOOL)]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-wide-enough")]  # noqa: RUF012 - Textual declares it without ClassVar
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (20, "-high"), (34, "-tall")]  # noqa: RUF012 - as above

    def __init__(self, plan: Plan, catalogue: Catalogue, zone: str) -> None:
        """Create the screen; ``zone`` is picked out first, the first one where it is empty."""
        super().__init__()
        self._plan, self._catalogue = plan, catalogue
        self._focus = ""
        self._left = 0
        self._trouble = ""
        self._drawn: tuple[tuple[Diagram, int, int], Picture] | None = None
        self._draw(zone)

    def compose(self) -> ComposeResult:
        """Lay out the title, the boxes, the arrows, what the zone picked out does, and the keys."""
        yield TextPane(id="picture-title")
        yield TextPane(id="picture-head")
        yield ScrollingPane(id="picture-body")
        yield TextPane(id="picture-zone")
        yield TextPane(id="keys")
        yield TextPane(id="too-small")

    def on_mount(self) -> None:
        """Show the picture."""
        self.query_one("#too-small", TextPane).show(paragraph_layout("sav-planner needs 60 columns and 20 rows."))
        self.query_one("#keys", TextPane).show(footer_layout("picture", planner_app(self).keys))
        self.query_one("#picture-body", ScrollingPane).focus()
        self._show()

    def _draw(self, zone: str) -> None:
        """Lay the plan out anew, picking out a zone."""
        try:
            self._diagram = diagram(self._plan, self._catalogue, self._focus)
            self._trouble = ""
        except DiagramError as error:
            self._diagram = diagram(self._plan, self._catalogue, zone or self._plan.derived.zones[0].name)
            self._trouble = f"Only what {zone or self._plan.derived.zones[0].name} has to do with: {error}"
        places = [at for at, lane in enumerate(self._diagram.lanes) if zone in lane.zones]
        self._here = places[0] if places else 0

    def _show(self, *, keep_place: bool = False) -> None:
        here = self._diagram.lanes[self._here]
        said = f"Only {here.title} and its neighbours; Esc shows all" if self._focus else "Picture of all zones"
        title = f" {visible(self._trouble or said)} · {len(self._diagram.arrows)} arrows"
        self.query_one("#picture-title", TextPane).show(lambda width: [(Piece(title, "title"),)])
        self.query_one("#picture-head", TextPane).show(self._layout(head=True))
        self.query_one("#picture-head", TextPane).refresh(layout=True)
        self.query_one("#picture-body", ScrollingPane).show(self._layout(head=False), keep_place=keep_place)
        self.query_one("#picture-zone", TextPane).show(explanation_layout(self._explanation()))

    def _layout(self, *, head: bool) -> Layout:
        def layout(width: int) -> list[Pieces]:
            drawn_for = (self._diagram, width, self._here)
            if self._drawn is None or self._drawn[0] != drawn_for:
                self._drawn = (drawn_for, draw(self._diagram, width, here=self._here))
            picture = self._drawn[1]
            self._left = _scrolled(picture, self._here, self._left, width)
            rows = picture.head if head else picture.body
            if not head and not rows:
                return [(Piece("Nothing is open between these zones.", "muted"),)]
            return [_pieces(row, self._left, width) for row in rows]

        return layout

    def _explanation(self) -> Explanation:
        lanes = self._diagram.lanes
        lane = lanes[self._here]
        lines = [Line("zones", ", ".join(lane.zones[:12]) + (" …" if lane.zones[12:] else ""))] if lane.count else []
        for arrow in self._diagram.arrows:
            if self._here == arrow.from_ == arrow.to:
                lines.append(Line("inside", arrow.label.removeprefix("inside: ")))
            elif self._here in (arrow.from_, arrow.to):
                other = lanes[arrow.to if self._here == arrow.from_ else arrow.from_].title
                if arrow.both:
                    lines.append(Line("both ways", f"{arrow.label} with {other}"))
                elif self._here == arrow.from_:
                    lines.append(Line("opens", f"{arrow.label} on {other}"))
                else:
                    lines.append(Line("listens", f"{arrow.label} for {other}"))
        roles = ", ".join(lane.roles) or "no role"
        return Explanation(f"{lane.title} · {roles}", tuple(lines or [Line("nothing", "nothing is open here")]))

    async def on_text_pane_linked(self, event: TextPane.Linked) -> None:
        """Do what a clicked key in the footer does."""
        event.stop()
        if event.link in BY_ID:
            await self.app.run_action(BY_ID[event.link].action, self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Allow every action, but unseen only those that leave."""
        return not self.has_class("-tiny") or action in ("leave", "back")

    def action_pick(self, by: int) -> None:
        """Pick out the zone beside this one."""
        here = max(0, min(self._here + by, len(self._diagram.lanes) - 1))
        if here != self._here:
            self._here = here
            self._show(keep_place=True)

    def action_alone(self) -> None:
        """Show the zone picked out and its neighbours alone, or all again."""
        zone = self._diagram.lanes[self._here].zones[0]
        self._focus = "" if self._focus else zone
        self._draw(zone)
        self._show()

    def action_back(self) -> None:
        """Show all again, or go back to the main screen."""
        if self._focus:
            self.action_alone()
        else:
            self.dismiss()

    def action_explain(self) -> None:
        """Show on a page all that the zone picked out opens and listens on."""
        read(planner_app(self), whole_layout(self._explanation()))

    def action_help(self) -> None:
        """Show how the picture is read, and its keys."""
        frame = planner_app(self)
        read(frame, help_layout(_ABOUT, frame.keys, ("picture", TOOL)))

    def action_palette(self) -> None:
        """Open the command palette."""
        open_palette(self, ("picture", TOOL))

    async def action_leave(self) -> None:
        """Quit by way of the main screen, which asks if something is not saved."""
        await self.dismiss()
        await self.app.run_action("run('quit')", self.app.screen)


def _pieces(row: Row, left: int, width: int) -> Pieces:
    return [Piece(text, _KINDS[kind]) for text, kind in row.runs(left, width)]


def _scrolled(picture: Picture, here: int, left: int, width: int) -> int:
    """Move sideways as little as brings the box picked out into sight."""
    start, end = picture.spans[here]
    return max(0, min(max(left, end - width), start, picture.width - width))
