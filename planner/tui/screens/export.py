"""Exports: every firewall format, what each would have to mind, and what it is missing."""

from typing import cast

import msgspec

from planner.enforcement.device_rules import ExportError, MissingInput, host_classes
from planner.exports.firewall.export import ALL_ROLES, ExportRequest, ExportResult, preflight, write_rules
from planner.exports.firewall.model import Format
from planner.exports.firewall.registry import FORMATS
from planner.exports.report.tables import count
from planner.network.partition import Stopped
from planner.plan.explanation import Explanation, Line
from planner.plan.plan import Plan
from planner.session.background import SOON, Background
from planner.session.workspace import Workspace, resolved, typed_path
from planner.storage.plan_files import PlanFileError, save_text
from planner.text.escaping import visible
from planner.tui import clipboard
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece

Seen = tuple[tuple[str, ...], tuple[MissingInput, ...]]
"""Notes on a format, and its missing inputs."""

_ROWS = tuple(FORMATS.values())


class ExportScreen(ToolScreen):
    """A line for each format; Enter previews it, or lists what is missing."""

    place = "export"
    about = (
        "Writes the plan for a firewall: what its rules permit, never wider and never less. A format between zones is "
        "for a device, which the page of devices (d) names with its interface for each zone; a format for hosts is for "
        "one role in a zone, or all of them, which t chooses. The pane says what to mind. What is missing is listed by "
        "name, and Enter leads to the field."
    )

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work = work
        self._preflight = Background(self.call_later)
        self._device = ""
        self._hosts: tuple[str, str] | None = None
        self.wanted: tuple[str, str] | None = None
        """The zone and the field that something was missing in, once the user wants to go there."""
        self._begin()

    def _begin(self) -> None:
        """Begin anew after the plan changed."""
        self._seen: dict[str, Seen] = {}
        self._kinds = _kinds(self._work.plan)
        if self._hosts not in self._kinds:
            self._hosts = self._kinds[0] if self._kinds else None

    def _asked(self, format_: Format) -> ExportRequest:
        if format_.scope == "device":
            return ExportRequest(device=self._device if self._device in self._fitting(format_) else "")
        return ExportRequest(zone=self._hosts[0], role=self._hosts[1]) if self._hosts else ExportRequest()

    def _fitting(self, format_: Format) -> list[str]:
        return [device.name for device in format_.fitting(self._work.plan.topology.devices)]

    def _target(self, format_: Format) -> str:
        if format_.scope == "host":
            return f"{self._hosts[1]} in {self._hosts[0]}" if self._hosts else "no hosts"
        fitting = self._fitting(format_)
        if not fitting:
            return "no device"
        if self._device in fitting:
            return self._device
        return fitting[0] if len(fitting) == 1 else f"one of {len(fitting)}: o takes one"

    def _look(self, format_: Format) -> Seen | None:
        """Notes and missing inputs of a format; None while they are computed in the background."""
        plan, asked, seen = self._work.plan, self._asked(format_), self._seen
        told = False

        def ended(outcome: object) -> None:
            if isinstance(outcome, Exception):
                raise outcome
            seen[format_.name] = cast("Seen", outcome)
            if told and seen is self._seen:
                self._show_words()

        if format_.name not in seen:
            self._preflight.start(lambda stopped: preflight(plan, format_, asked), ended, patience=SOON)
            told = True
        return seen.get(format_.name)

    def on_unmount(self) -> None:
        """Cancel background work."""
        self._preflight.cancel()

    def heading(self) -> Layout:
        """Count the devices, and name the hosts that are meant."""
        devices = len(self._work.plan.topology.devices)
        hosts = visible(f"{self._hosts[1]} in {self._hosts[0]}", 50) if self._hosts else "none"
        words = f" {devices} device{'s' * (devices != 1)} in the plan; hosts: {hosts}"
        return lambda width: [(Piece(" Export", "title"),), (Piece(words, "muted"),)]

    def model(self) -> GridModel:
        """List the formats, each with the device or the hosts it is for."""
        wide = min(max(len(visible(self._target(row), 40)) for row in _ROWS), 34)

        def cell(row: int, column: int) -> Cell:
            format_ = _ROWS[row]
            if column == 2:
                return Cell(format_.title)
            return Cell((format_.name, visible(self._target(format_), 40))[column], "" if column == 0 else "muted")

        return GridModel(
            columns=("Format", "For", ""), widths=(14, wide, 40), row_count=len(_ROWS), cell=cell, whole_rows=True,
            min_width=12,
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain what is missing, or the notes and how the file is loaded."""
        format_ = _ROWS[row]
        found = self._look(format_)
        if found is None:
            return Explanation(format_.title, (Line("", "What it takes is being worked out."),))
        notes, gaps = found
        lines = [Line("missing", str(gap)) for gap in gaps]
        if not gaps:
            lines.append(Line("ready", f"Enter previews it, for {self._target(format_)}."))
        lines += [Line("mind", note) for note in notes]
        lines += [Line("load", f"{format_.load}."), Line("file", format_.file)]
        if format_.extra:
            lines.append(Line("needs", "pip install 'sav-planner[vendors]'"))
        return Explanation(format_.title, tuple(lines))

    def action_open(self) -> None:
        """Preview the format, or list what it is missing."""
        format_ = _ROWS[self.grid.cursor[0]]
        plan, asked, found = self._work.plan, self._asked(format_), self._seen.get(format_.name)
        if found is not None and found[1]:
            self._list(found[1])
            return

        def write(stopped: Stopped) -> ExportResult | tuple[MissingInput, ...]:
            try:
                return write_rules(plan, format_, asked, stopped)
            except ExportError as error:
                return error.missing

        def done(outcome: ExportResult | tuple[MissingInput, ...]) -> None:
            if isinstance(outcome, ExportResult):
                self.app.push_screen(PreviewScreen(plan, format_, asked, outcome.text))
            else:
                self._list(outcome)

        self.run_in_background(f"Writing {format_.name}", write, done)

    def _list(self, gaps: tuple[MissingInput, ...]) -> None:
        page = GapsScreen(gaps)
        self.app.push_screen(page, lambda _: self._lead(page.chosen))

    def _lead(self, gap: MissingInput | None) -> None:
        """Go where something is missing: a field of a zone on the main screen, or a device."""
        if gap is None:
            return
        if gap.about == "zone" and gap.name in {zone.name for zone in self._work.plan.derived.zones}:
            self.wanted = (gap.name, gap.field.partition(" ")[0])
            self.dismiss()
        elif gap.about == "device":
            self._edit_devices(gap.name, gap.field)
        else:
            self.say(f"No single field holds it: {gap.accepted}.", "warning")

    def action_devices(self) -> None:
        """Edit the devices."""
        self._edit_devices(self._device, "")

    def _edit_devices(self, name: str, field: str) -> None:
        from planner.tui.screens.devices import DevicesScreen

        def back(_: None) -> None:
            self._begin()
            self.show_tool()

        self.app.push_screen(DevicesScreen(self._work, name, field), back)

    def action_device(self) -> None:
        """Switch to the next device that fits the format."""
        fitting = self._fitting(_ROWS[self.grid.cursor[0]])
        if not fitting:
            self.say("No device fits; d names one.", "warning")
            return
        at = fitting.index(self._device) + 1 if self._device in fitting else 0
        self._device = fitting[at % len(fitting)]
        self._seen = {}
        self.show_tool()

    def action_hosts(self) -> None:
        """Ask whose hosts."""
        self.ask("hosts", "Zone and role", " ".join(self._hosts) if self._hosts else "")

    def typed(self, purpose: str, text: str) -> None:
        """Name the first kinds of hosts that fit what is typed."""
        fitting = self._matching(text)
        named = ", ".join(f"{zone} {role}" for zone, role in fitting[:3])
        self.say(f"{len(fitting)} fit: {named}" if fitting else "No hosts fit.", "muted" if fitting else "warning")

    def entered(self, purpose: str, text: str) -> None:
        """Apply the first kind of hosts that fits."""
        fitting = self._matching(text)
        if not fitting:
            self.say("No hosts fit; accepted: a part of a zone's name and of a role.", "error")
            return
        self.close_entry()
        self._hosts, self._seen = fitting[0], {}
        self.show_tool()

    def _matching(self, text: str) -> list[tuple[str, str]]:
        """Find the kinds of hosts that every word occurs in; what is typed whole comes first."""
        words = text.casefold().split()
        found = [each for each in self._kinds if all(word in " ".join(each).casefold() for word in words)]
        return sorted(found, key=lambda each: " ".join(each) != text.strip())


def _kinds(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Kinds of hosts that a format can be for: those of each role, and all those of a zone with several."""
    roles: dict[str, list[str]] = {}
    for zone, role in host_classes(plan):
        roles.setdefault(zone, []).append(role)
    return tuple((zone, role) for zone, each in roles.items() for role in (*each, *[ALL_ROLES][: len(each) - 1]))


class GapsScreen(ToolScreen):
    """A line for each reason why nothing is written."""

    place = "gaps"
    about = (
        "An export is written whole or not at all. Each line names a zone, a device or a rule, the field, and what is "
        "accepted there. Enter leads to the field; come back with X."
    )

    def __init__(self, gaps: tuple[MissingInput, ...]) -> None:
        super().__init__()
        self._gaps = gaps
        self.chosen: MissingInput | None = None

    def heading(self) -> Layout:
        """Count what is missing."""
        words = f" {count(len(self._gaps), 'reason')} why it cannot be written exactly, so it is not written"
        return lambda width: [(Piece(" Missing", "title"),), (Piece(words, "warning"),)]

    def model(self) -> GridModel:
        """List what is missing."""
        gaps = self._gaps

        def cell(row: int, column: int) -> Cell:
            gap = gaps[row]
            return Cell(visible((f"{gap.about} {gap.name}".strip(), gap.field, gap.trouble)[column], 80))

        return GridModel(
            columns=("About", "Field", "Trouble"), widths=(24, 26, 40), row_count=len(gaps), cell=cell,
            whole_rows=True, min_width=16,
        )  # fmt: skip

    def explain(self, row: int, column: int) -> Explanation:
        """Explain what is accepted."""
        gap = self._gaps[row]
        told = (Line("trouble", gap.trouble), Line("accepted", gap.accepted), Line("field", gap.field or "none alone"))
        return Explanation(f"{gap.about} {gap.name}".strip(), told)

    def action_field(self) -> None:
        """Go back with what the cursor is on."""
        self.chosen = self._gaps[self.grid.cursor[0]]
        self.dismiss()


class PreviewScreen(ToolScreen):
    """The lines of an export; they can be saved, copied, and turned into their removal."""

    place = "preview"
    paths = ("file",)
    about = (
        "What would be saved, byte for byte. It begins with what it is, which plan it is of, how it is loaded and what "
        "it cannot express. Each rule carries its marker. r shows what takes the rules out again."
    )

    def __init__(self, plan: Plan, format_: Format, asked: ExportRequest, text: str) -> None:
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
