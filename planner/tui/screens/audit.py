"""The audit: the rules of a firewall held against the plan, every finding in one list with its explanation."""

from collections.abc import Mapping
from typing import NamedTuple, cast

from rich.cells import cell_len

from planner.audit.readers.rule_base import RuleFormat
from planner.audit.run import FORMATS, AuditError, AuditRun, RuleText, run_audit
from planner.derivation.model import MARKER_LENGTH
from planner.exports.registry import audit_file
from planner.exports.report.audit import FORMAT_WORDS
from planner.exports.report.audit_findings import KINDS, Finding, Kind, findings
from planner.exports.report.tables import count
from planner.network.partition import Stopped, Work
from planner.plan.editing import file_stem
from planner.plan.explanation import Explanation, Line
from planner.session.background import SOON
from planner.session.workspace import Workspace, resolved, typed_path
from planner.storage.plan_files import RuleFileError, read_rule_text
from planner.text.escaping import visible
from planner.tui import clipboard
from planner.tui.app import planner_app
from planner.tui.commands import BY_ID, Keys
from planner.tui.screens.tool import ToolScreen
from planner.tui.views.table_view import parse_filter
from planner.tui.widgets.cells import fit
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece, Pieces, TextPane

_PROMPTS = {"rules": "Rules", "more": "More rules", "report": "Write report to"}
"""Prompts by what a path is typed for."""


class _Found(NamedTuple):
    """Result of an audit: the run and its findings."""

    held: AuditRun
    findings: tuple[Finding, ...]


class AuditScreen(ToolScreen):
    """A line for each finding; digits choose the kind, ``/`` the words."""

    place = "audit"
    paths = tuple(_PROMPTS)
    ending = ""
    about = (
        "Holds the rules of a firewall against the plan, exactly: what is missing, what is surplus on the product's "
        "ports, what is wider than planned, what never decides, what is exact, and every line that was not understood. "
        "It reads iptables-save, ip6tables-save (a adds the second of the two), nft -j list ruleset, configurations of "
        "Cisco IOS, NX-OS and ASA, and the CSV of the rules. Nothing is changed on the firewall or in the files.\n"
        "The plan needs addresses; where rules name interfaces, also a device (N on the main screen) with the "
        "interface of each zone. A digit shows one kind of finding, 0 all of them; / what holds all the words typed. "
        "While rules are read, Esc stops that. The report is written as JSON, CSV, Markdown or HTML where the name of "
        "its file ends in .json, .csv, .md or .html."
    )

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work = work
        held = work.rules
        self._texts: tuple[RuleText, ...] = held.texts if held else ()
        self._format: RuleFormat | None = held.format_name if held else None
        devices = [device.name for device in work.plan.topology.devices]
        self._device = held.device if held and held.device in devices else devices[0] if len(devices) > 1 else ""
        self._busy = self._reading = self._typed = ""
        self._kind: Kind | None = None
        self._filter = self._filter_before = ""
        self._all: tuple[Finding, ...] = ()
        self._rows: list[Finding] = []
        self._counts: dict[Kind, int] = {}

    def on_mount(self) -> None:
        """Ask for rules first of all; hold those that were opened before against the plan as it is now."""
        if not self._texts:
            self.call_after_refresh(self.action_open)
        elif (held := self._held) is None:
            self.call_after_refresh(self._hold, self._texts)
        else:
            self.background.start(
                lambda _: _Found(held, findings(held.verdict, self._work.catalogue)), self._ended, patience=SOON
            )

    @property
    def _held(self) -> AuditRun | None:
        held = self._work.rules
        return held if held is not None and held.plan is self._work.plan else None

    def _take(self, found: tuple[Finding, ...]) -> None:
        self._all = found
        self._counts = {kind: sum(finding.kind == kind for finding in found) for kind in KINDS}
        self._choose()

    def _choose(self) -> None:
        words = parse_filter(self._filter)
        self._rows = [
            finding
            for finding in self._all
            if self._kind in (None, finding.kind) and all(word.matches(finding.texts) for word in words)
        ]

    # What is shown

    def show_tool(self, *, keep_cursor: bool = True) -> None:
        """Show everything again; the heading takes as many lines as its counts need."""
        super().show_tool(keep_cursor=keep_cursor)
        title = self.query_one("#tool-title", TextPane)
        if title.size.width and len(self.heading()(title.size.width)) != title.size.height:
            title.refresh(layout=True)

    def heading(self) -> Layout:
        """Name the rules and the verdict, then count the findings of each kind."""
        held = self._held
        if self._busy:
            said: Pieces = (Piece(f" {self._busy}; Esc stops it", "strong"),)
            return lambda width: [(Piece(" Audit", "title"),), said]
        if held is None:
            hint = Piece(" No rules are open: o opens a file with the rules of a firewall.", "muted")
            return lambda width: [(Piece(" Audit", "title"), Piece(f"  {self._way}", "muted")), (hint,)]
        exact = held.verdict.same
        verdict = Piece("  Exact" if exact else "  Not exact", "good" if exact else "warning")
        names = ", ".join(text.name.rpartition("/")[2] for text in held.texts)
        filtered = f"  filter: {visible(self._filter)} ({count(len(self._rows), 'line')})" if self._filter else ""
        device = f", device {held.device}" if held.device else ""
        words = f"  {visible(f'{names}: {FORMAT_WORDS[held.base.format]}{device}')}"

        def layout(width: int) -> list[Pieces]:
            room = width - cell_len(f" Audit{verdict.text}{filtered}") - 1
            shown = words if cell_len(words) <= room else fit(words, max(room, 0))
            first = (Piece(" Audit", "title"), verdict, Piece(shown, "muted"), Piece(filtered, "strong"))
            return [first, *kind_lines(width, planner_app(self).keys, self._counts, self._kind)]

        return layout

    @property
    def _way(self) -> str:
        told = f"read as {FORMAT_WORDS[self._format]}" if self._format else "the format is told by the text"
        return f"{told}{f', device {visible(self._device)}' if self._device else ''}"

    def model(self) -> GridModel:
        """List the findings."""
        rows = self._rows
        lines = max(6, *(len(finding.line) for finding in self._all)) if self._all else 6

        def cell(row: int, column: int) -> Cell:
            finding = rows[row]
            texts = (finding.kind, finding.line, finding.marker, visible(finding.text))
            tone = "" if not finding.serious else "error" if finding.kind == "missing" else "warning"
            return Cell(texts[column], tone if column == 0 else "")

        return GridModel(
            columns=("Finding", "Line", "Marker", "Rule"), widths=(14, lines, MARKER_LENGTH, 200),
            row_count=len(rows), cell=cell, whole_rows=True, min_width=20, empty=self._empty,
        )  # fmt: skip

    @property
    def _empty(self) -> str:
        if self._held is None:
            return "" if self._busy else "Nothing is held against the plan yet."
        return "No finding is shown: 0 shows every kind, and Esc takes a filter away."

    def explain(self, row: int, column: int) -> Explanation:
        """Explain the finding."""
        if row < len(self._rows):
            return self._rows[row].explanation
        if self._held is None:
            read = Line("reads", "iptables-save, nft -j list ruleset, Cisco IOS, NX-OS and ASA, CSV of the rules")
            return Explanation("Audit", (Line("", "o opens a file with the rules of a firewall."), read))
        return Explanation("Nothing is shown here", (Line("", self._empty),))

    # Reading rules

    def _hold(self, texts: tuple[RuleText, ...], path: str = "") -> None:
        """Hold rules against the plan beside the screen, with those of a file more if a path is given."""
        plan, format_name, device, catalogue = self._work.plan, self._format, self._device, self._work.catalogue

        def work(stopped: Stopped) -> _Found:
            more = (RuleText(path, read_rule_text(path)),) if path else ()
            held = run_audit(plan, (*texts, *more), format_name, device, Work(stopped=stopped))
            return _Found(held, findings(held.verdict, catalogue))

        self._busy = f"Reading {resolved(path)}" if path else "Holding the rules against the plan"
        self._reading = path
        self.show_tool()
        self.background.start(work, self._ended, patience=SOON)

    def _ended(self, outcome: object) -> None:
        self._busy = ""
        if isinstance(outcome, AuditError | RuleFileError):
            self.show_tool()
            if self._reading:
                self.ask(self.typing, _PROMPTS[self.typing], self._typed)
            self.say(str(outcome), "error")
        elif isinstance(outcome, _Found):
            self._work.rules, self._texts = outcome.held, outcome.held.texts
            self._take(outcome.findings)
            self.show_tool(keep_cursor=False)
        elif isinstance(outcome, BaseException):
            raise outcome

    def _again(self) -> None:
        """Hold the rules that are open against the plan again, in another way."""
        if self._texts:
            self._hold(self._texts)
        else:
            self.show_tool()

    def action_open(self) -> None:
        """Ask for a file with rules."""
        self.ask("rules", _PROMPTS["rules"], self._texts[0].name if self._texts else self._typed)
        self.typed("rules", self.entry.text)

    def action_add(self) -> None:
        """Ask for a file with the rules of the other address family."""
        if not self._texts:
            self.action_open()
            return
        self.ask("more", _PROMPTS["more"], "")
        self.typed("more", "")

    def action_format(self) -> None:
        """Read the rules as the next format, or as what their text says."""
        ways = (None, *FORMATS)
        self._format = ways[(ways.index(self._format) + 1) % len(ways)]
        self.say(f"{self._way[:1].upper()}{self._way[1:]}.")
        self._again()

    def action_device(self) -> None:
        """Hold them against what the next device of the plan has to let pass."""
        names = [device.name for device in self._work.plan.topology.devices]
        if len(names) < 2:
            self.say("The plan has one device." if names else "The plan has no device; N on the main screen.", "muted")
            return
        self._device = names[(names.index(self._device) + 1) % len(names)] if self._device in names else names[0]
        self.say(f"Device {visible(self._device)}.")
        self._again()

    def action_back(self) -> None:
        """Cancel typing, stop the audit, clear the filter, or go back."""
        if self.entry.is_open:
            if self.typing == "filter":
                self._set_filter(self._filter_before)
            self.close_entry()
        elif self._busy:
            self.background.cancel()
            self._busy = ""
            self.show_tool()
            self.say("Stopped; what was open before is shown.")
        elif self._filter:
            self._set_filter("")
            self.say("The filter is cleared.")
        else:
            self.dismiss()

    # Looking

    def action_kind(self, number: int) -> None:
        """Show one kind of finding, or all."""
        self._kind = KINDS[number - 1] if number else None
        self._choose()
        self.show_tool(keep_cursor=False)

    def action_filter(self) -> None:
        """Ask for words, and show while they are typed what is left."""
        self._filter_before = self._filter
        self.ask("filter", "Filter", self._filter)
        self.say("Words: a kind, line, marker, zone, port, address; a,b either; zone:a port:b.", "muted")

    def _set_filter(self, text: str) -> None:
        self._filter = text
        self._choose()
        self.show_tool(keep_cursor=False)

    def action_read(self) -> None:
        """Read the whole finding; where there is none, ask for rules."""
        if self._rows:
            self.action_explain()
        else:
            self.action_open()

    def action_flow(self) -> None:
        """Ask a flow of the plan and of these rules."""
        from planner.tui.screens.flow_query import FlowScreen

        self.app.push_screen(FlowScreen(self._work))

    # Taking along

    def action_copy(self) -> None:
        """Send the explanation of the finding to the clipboard of the terminal."""
        clipboard.copy(self.app, clipboard.as_text(self.explain(*self.grid.cursor)), self.say, "w")

    def action_write(self) -> None:
        """Ask for a file to write the report to."""
        if self._held is None:
            self.say("There is no report yet: o opens a file with rules.", "muted")
            return
        self.ask("report", _PROMPTS["report"], f"{file_stem(self._work.plan)}-audit.txt")
        self.typed("report", self.entry.text)

    # Typing

    def typed(self, purpose: str, text: str) -> None:
        """Show what a filter leaves, or which file is meant."""
        if purpose == "filter":
            self._set_filter(text)
            self.say(count(len(self._rows), "finding") if text.strip() else "No filter.", "muted")
        else:
            super().typed(purpose, text)

    def entered(self, purpose: str, text: str) -> None:
        """Open rules, write the report, or keep the filter; the line stays open where that cannot be."""
        if purpose == "filter":
            self.close_entry()
        elif purpose == "report":
            held = cast("AuditRun", self._held)
            clipboard.write(
                self.app, self.writer, audit_file(text, held.plan, held.verdict), text, self.say, self.close_entry
            )
        elif not text.strip():
            self.say("Nothing typed; Esc goes back.", "muted")
        else:
            self.close_entry()
            self._typed = text
            self._hold(self._texts if purpose == "more" else (), typed_path(text))


_LINES = 2
"""As many lines are taken; where they are too few, kinds without a finding are left out."""


def kind_lines(width: int, keys: Keys, counts: Mapping[Kind, int], chosen: Kind | None) -> list[Pieces]:
    """Name the kinds on as many lines as it takes; the one that is shown alone is marked."""
    named = [("audit.kind_0", "all", sum(counts.values()), chosen is None)]
    named += [
        (f"audit.kind_{number}", kind, counts.get(kind, 0), chosen == kind) for number, kind in enumerate(KINDS, 1)
    ]
    lines = _laid_out(named, keys, width)
    if len(lines) > _LINES:
        lines = _laid_out([entry for entry in named if entry[2] or entry[3]], keys, width)
    return list(lines[:_LINES])


def _laid_out(named: list[tuple[str, str, int, bool]], keys: Keys, width: int) -> list[list[Piece]]:
    lines: list[list[Piece]] = [[]]
    used = 0
    for id_, word, number, here in named:
        key, text = f" {keys.name(BY_ID[id_])}", f" {word} {number} "
        if used + cell_len(key + text) > width:
            lines.append([])
            used = 0
        used += cell_len(key + text)
        lines[-1] += [Piece(key, "key", id_), Piece(text, "here" if here else "", id_)]
    return lines
