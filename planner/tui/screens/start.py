"""Start page: a new plan, plans of this folder and of last time, samples to begin from; the tour of the screen."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from planner.exports.report.plan_list import ListedPlan
from planner.exports.report.tables import count
from planner.plan.explanation import Explanation, Line
from planner.session.workspace import Workspace, resolved
from planner.storage.plan_files import PlanFileError, folder_plans, read_plan, template, template_names
from planner.storage.settings import recent_plans
from planner.text.escaping import visible
from planner.text.layout import wrap
from planner.tui.commands import BY_ID, Keys
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece, Pieces, ScrollingPane, TextPane

_LARGE = 1 << 19
"""Bytes of the largest plan file that is read for its row."""


class StartChoice(NamedTuple):
    """A way to begin: ``kind`` is new, folder, recent, open, tour or template; ``value`` a path or a template."""

    kind: str
    value: str = ""


class StartScreen(ToolScreen):
    """Choice of a way to begin; `chosen` is None if the user went back instead.

    It is shown over the main screen, which holds a new plan already: Enter on the first line has nothing to wait for.
    """

    place = "start"
    about = (
        "Enter begins with what the cursor is on. A new plan starts with defaults that are right for one server and "
        "its clients. A template is a sample plan without its change record: every answer in it counts as assumed "
        "until you confirm it, and it has no file until you save it. Plans of this folder are listed with their "
        "status, as 'sav-planner list' writes them. Recent plans are listed while their files are there. "
        "Edits of the plan that is open are asked about first if they are not saved."
    )

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work, self._plan = work, work.plan
        self.chosen: StartChoice | None = None
        self._read: dict[str, ListedPlan] = {}
        here = {resolved(path): path for path in folder_plans()}
        recent = recent_plans()
        self._here = frozenset(here)
        self._ways = [
            StartChoice("new"),
            *(StartChoice("recent", path) for path in recent),
            *(StartChoice("folder", path) for shown, path in here.items() if shown not in map(resolved, recent)),
            StartChoice("open"),
            *(StartChoice("template", name) for name in template_names()),
            StartChoice("tour"),
        ]

    def heading(self) -> Layout:
        """Name the product."""
        line = (Piece(" sav-planner", "title"), Piece("  ports of Symantec AntiVirus 10.x, zone by zone"))
        return lambda width: [line]

    def model(self) -> GridModel:
        """List the ways to begin."""
        names = {"new": "New plan", "folder": "This folder", "recent": "Recent", "open": "Open a file"}
        names |= {"template": "Template", "tour": "Tour"}
        ways = self._ways

        def cell(row: int, column: int) -> Cell:
            way = ways[row]
            return Cell((names[way.kind], self._words(way))[column])

        return GridModel(columns=("Begin with", ""), widths=(11, 60), row_count=len(ways), cell=cell, whole_rows=True)

    def explain(self, row: int, column: int) -> Explanation:
        """Explain a choice."""
        way = self._ways[row]
        if way.kind == "new":
            text = "One server and its clients; every answer can be changed, and none counts until it is confirmed."
            return Explanation("New plan", (Line("begins", text),))
        if way.kind == "folder" or resolved(way.value) in self._here:
            return _about_file(self._listed(way.value))
        if way.kind == "recent":
            return Explanation("Recent plan", (Line("file", resolved(way.value)),))
        if way.kind == "open":
            return Explanation("Open a file", (Line("asks", "For the path of a plan; Tab completes what is typed."),))
        if way.kind == "tour":
            return Explanation("Tour", (Line("shows", "What the screen is made of, in two minutes. Esc ends it."),))
        return _about_template(way.value)

    def _listed(self, path: str) -> ListedPlan:
        """Plan of this folder, read when its row is painted; not a large one, which would hold the page up."""
        if path not in self._read:
            try:
                large = Path(path).stat().st_size > _LARGE
                self._read[path] = (
                    ListedPlan(path, status="not read: large") if large else ListedPlan.of(path, read_plan(path).plan)
                )
            except (OSError, PlanFileError) as error:
                self._read[path] = ListedPlan(path, error=str(error))
        return self._read[path]

    def _words(self, way: StartChoice) -> str:
        path = resolved(way.value)
        if path not in self._here:
            return _words(way)
        plan = self._listed(way.value)
        undecided = f", {count(plan.undecided, 'decision')} undecided" if plan.undecided else ""
        return f"{path}  {plan.status}{undecided}"

    def on_screen_resume(self) -> None:
        """Make way for a plan that was recovered while this page waited underneath."""
        if self._work.plan is not self._plan:
            self.dismiss()

    def action_begin(self) -> None:
        """Begin with what the cursor is on."""
        self.chosen = self._ways[self.grid.cursor[0]]
        self.dismiss()


def _words(way: StartChoice) -> str:
    if way.kind == "new":
        return "One server and its clients, to be changed"
    if way.kind == "recent":
        return resolved(way.value)
    if way.kind == "open":
        return "Type its path"
    if way.kind == "tour":
        return "Two minutes through the screen"
    try:
        return visible(template(way.value).title)
    except PlanFileError as error:
        return visible(str(error))


def _about_file(plan: ListedPlan) -> Explanation:
    lines = [Line("file", resolved(plan.file)), Line("status", plan.status)]
    if plan.error:
        return Explanation(plan.file, (*lines, Line("refused", plan.error)))
    counts = f"{count(plan.rules, 'rule')}, {count(plan.errors, 'error')}, {count(plan.warnings, 'warning')}"
    lines += [Line("rules", counts)] if plan.rules else []
    lines += [Line("closes", plan.closes.isoformat())] if plan.closes else []
    return Explanation(plan.title or plan.file, tuple(lines))


def _about_template(name: str) -> Explanation:
    try:
        found = template(name)
    except PlanFileError as error:
        return Explanation(name, (Line("refused", str(error)),))
    zones = ", ".join(zone.name for zone in found.plan.derived.zones)
    counts = found.plan.derived.summary
    return Explanation(
        found.title,
        (
            Line("about", found.about or "A sample plan."),
            Line("zones", zones),
            Line("rules", f"{counts.rules} between zones, {counts.host_rules} inside a zone"),
        ),
    )


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
