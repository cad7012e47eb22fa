"""The ticket pack: what is in it, and where it is written to."""

import hashlib

from planner.exports.ticket.pack import ANNEX, PAGE, PLAN, RULES, SUMS, TICKET, as_zip, pack_files
from planner.plan.editing import file_stem, name_of_file
from planner.plan.explanation import Explanation, Line
from planner.session.workspace import Workspace, resolved, typed_path
from planner.storage.pack_files import save_pack_archive, save_pack_folder, wants_archive
from planner.storage.plan_files import PlanFileError
from planner.storage.toml_reader import write_text
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece

_ABOUT = {
    PLAN: "The plan, as 'sav-planner check' wants it.",
    TICKET: "The body of the ticket: summary, rules by pair of zones, what is open for the rollout and its removal "
    "list, decisions, what stays closed and why, security notes, exposure, test steps, rollback steps, digests.",
    ANNEX: "What stands behind the ticket: every test command in full, both readings of each decision, the answers, "
    "the exposure of each rule, the citations.",
    PAGE: "The ticket and its annex as one page that needs nothing else and prints well.",
    RULES: "The rules, with the columns that change systems import.",
    SUMS: "The digests of the others, for 'sha256sum -c SHA256SUMS'.",
}


class PackScreen(ToolScreen):
    """Lists the files of the pack and writes them where the user says."""

    place = "pack"
    paths = ("place",)
    about = (
        "Everything a change board needs of this plan, in one folder, or in one archive if the name ends in .zip. The "
        "same plan gives the same bytes. What is at that place already is replaced only if it is a pack that nobody "
        "edited. The pack is made of the plan on the screen, saved or not."
    )

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work = work
        self._files: dict[str, bytes] = {}
        self._written = ""

    def on_mount(self) -> None:
        """Make the files first of all."""
        self.call_after_refresh(self._make)

    def _make(self) -> None:
        plan = self._work.plan

        def done(files: dict[str, bytes]) -> None:
            self._files = files
            self.show_tool()
            self.action_write()

        self.run_in_background("Making the files", lambda stopped: pack_files(plan, write_text(plan), stopped), done)

    def heading(self) -> Layout:
        """Name the place it was written to, and what the plan still waits for."""
        plan = self._work.plan
        open_ = plan.derived.summary
        draft = f"  draft: {open_.decisions_open} undecided, {open_.assumed} assumed" if plan.status == "draft" else ""
        where = f" Written to {self._written}" if self._written else " Not written yet."
        return lambda width: [(Piece(" Ticket pack", "title"), Piece(draft, "warning")), (Piece(where, "muted"),)]

    def model(self) -> GridModel:
        """List the files."""
        rows = [(name, f"{len(data):,}", hashlib.sha256(data).hexdigest()) for name, data in self._files.items()]
        return GridModel(
            columns=("File", "Bytes", "SHA-256"), widths=(12, 9, 64), row_count=len(rows), whole_rows=True,
            cell=lambda row, column: Cell(rows[row][column]), min_width=16,
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain the purpose of a file."""
        if not self._files:
            return Explanation("Ticket pack", (Line("", "Its files are being made."),))
        name = tuple(self._files)[row]
        digest = hashlib.sha256(self._files[name]).hexdigest()
        return Explanation(name, (Line("is", _ABOUT[name]), Line("SHA-256", digest)))

    def action_write(self) -> None:
        """Ask where to write the pack, once its files are made."""
        plan = self._work.plan
        if not self._files:
            self._make()
            return
        place = name_of_file(plan.change.ticket) or file_stem(plan)
        self.ask("place", "Pack to", place)
        self.typed("place", place)

    def typed(self, purpose: str, text: str) -> None:
        """Show where the path leads, and what it will be."""
        kind = "archive" if wants_archive(text) else "folder"
        self.say(f"{kind}: {resolved(text)}" if text.strip() else "Type a path; .zip makes an archive.", "muted")

    def entered(self, purpose: str, text: str) -> None:
        """Write the pack; the line stays open until that has worked."""
        path = typed_path(text)
        if not text.strip():
            self.say("Nothing typed; Esc goes back.", "error")
            return

        def work() -> str:
            if wants_archive(path):
                save_pack_archive(as_zip(self._files), path)
            else:
                save_pack_folder(self._files, path)
            return resolved(text)

        def done(place: str) -> None:
            self._written = place
            self.close_entry()
            self.show_tool()
            self.say(f"Wrote {place}")

        self.writer.write("Writing the pack", work, done, PlanFileError)
