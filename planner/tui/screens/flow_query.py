"""Ask a flow: may these talk, by which rule and why, or what keeps it closed; of the plan, and of audited rules."""

from collections.abc import Sequence
from typing import get_args

from rich.cells import cell_len

from planner.audit.flow_query import AskError, FlowAnswer, answer_flow, overall, read_ends, read_question, read_service
from planner.audit.readers.rule_base import RuleBase
from planner.audit.run import AuditError, AuditRun, read_bases
from planner.catalogue.answers import RoleId
from planner.exports.report.flow import flow_json, flow_lines, flow_text, standing
from planner.network.packets import port_number
from planner.network.partition import Stopped, Work
from planner.plan.editing import file_stem
from planner.plan.explanation import Explanation, Line
from planner.plan.plan import Plan
from planner.session.background import SOON
from planner.session.workspace import Workspace
from planner.text.escaping import shorten_middle, visible
from planner.text.layout import wrap
from planner.tui import clipboard
from planner.tui.app import planner_app
from planner.tui.commands import BY_ID
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.grid import Cell, GridModel
from planner.tui.widgets.text_pane import Layout, Piece, Pieces

_FIELDS = ("from", "to", "port", "source")
_PROMPTS = {"from": "From", "to": "To", "port": "Protocol/port", "source": "Source port", "answer": "Write to file"}
_LABEL = 8
_TEXT_WIDTH = 100

_MEANINGS = {
    "plan": "What the plan says between these zones.",
    "rule": "The planned rule that it is open by.",
    "why": "What that rule is for.",
    "blocked": "What no longer works where it is blocked.",
    "because": "The answers that this rule follows from.",
    "until": "When it is to be closed.",
    "mind": "What to mind.",
    "closed": "What keeps it closed, or the packets that do not pass.",
    "rules": "What the rules of the firewall do with it.",
    "open": "Packets that pass.",
    "by": "The line that decides on them.",
}


class FlowScreen(ToolScreen):
    """The question stands on top, each part with its key; below it the answer, line by line."""

    place = "flow"
    paths = ("from", "to", "answer")
    ending = ""
    about = (
        "Asks one flow: open, by which rule and what for, or closed and what keeps it closed. Either end is a zone, a "
        "role (console, server, netware, client, roaming-client, legacy-client, quarantine, internet) or an address in "
        "a zone; the port is written with its protocol, such as tcp/2967. Tab completes a name. Without a source port, "
        "those of the plan's rules are meant.\n"
        "Once rules were opened on the audit page (A), the answer says what they do as well, by which line; r leaves "
        "them out. Lines of them that were not understood and may be about it are named below the answer."
    )

    def __init__(self, work: Workspace) -> None:
        super().__init__()
        self._work = work
        self._parts = dict(zip(_FIELDS, work.asked, strict=True))
        self._chain: list[str] = []
        self._rules_too = work.rules is not None
        self._answered: FlowAnswer | None = None
        self._lines: list[tuple[str, str]] = []
        self._trouble = ""

    def on_mount(self) -> None:
        """Ask for what is not known; answer what is."""
        self.call_after_refresh(self._answer if self._complete else self.action_ask_all)

    def on_resize(self) -> None:
        """Break the lines of the answer anew."""
        self.call_after_refresh(self.show_tool)

    @property
    def _complete(self) -> bool:
        return all(self._parts[field] for field in _FIELDS[:3])

    # What is shown

    def heading(self) -> Layout:
        """Summarize the answers, then the parts of the question and whether rules are asked, with their keys."""
        keys, parts = planner_app(self).keys, self._parts
        answered = self._answered
        said: list[Piece] = []
        if answered is not None:
            said.append(_standing("Plan", overall(answered.answers)))
            if answered.base is not None:
                said.append(_standing("Rules", standing(answered.packets)))
                said += [] if answered.certain else [Piece(", not certain", "warning")]
        elif self.background.running:
            said.append(Piece("  Asking; Esc stops it", "strong"))
        held = self._work.rules
        names = visible(", ".join(text.name.rpartition("/")[2] for text in held.texts), 40) if held else ""
        asked = "the plan alone" if not held else f"the plan and {names}" if self._rules_too else "the plan alone"
        more = "" if held else "; A opens the rules of a firewall"

        def part(id_: str, label: str, text: str) -> tuple[Piece, Piece, Piece]:
            return (
                Piece(f" {keys.name(BY_ID[id_])}", "key", id_), Piece(f" {label} ", "muted", id_), Piece(text, "", id_),
            )  # fmt: skip

        def layout(width: int) -> list[Pieces]:
            service, source = visible(parts["port"], 9) or "?", visible(parts["source"], 5) or "any"
            room = max(8, (width - 44) // 2)
            ends = [shorten_middle(visible(parts[field]) or "?", room) for field in ("from", "to")]
            second = (
                *part("flow.from", "from", ends[0]), *part("flow.to", "to", ends[1]),
                *part("flow.port", "port", service), *part("flow.source", "source port", source),
            )  # fmt: skip
            third = (*part("flow.rules", "asked:", f"{asked}{more}"),)
            return [(Piece(" Ask a flow", "title"), *said), second, third]

        return layout

    def model(self) -> GridModel:
        """List the answer, each statement on as many lines as it takes."""
        rows = self._rows

        def cell(row: int, _column: int) -> Cell:
            label, text, _ = rows[row]
            tone = {"open": "in", "closed": "warning"}.get(label, "")
            return Cell(text, tone)

        return GridModel(
            columns=("Answer",), widths=(200,), row_count=len(rows), cell=cell, whole_rows=True, min_width=20,
            label_width=_LABEL, row_label=lambda row: rows[row][0], empty=self._empty,
        )  # fmt: skip

    @property
    def _rows(self) -> list[tuple[str, str, int]]:
        """The lines of the answer, each with its label where a statement begins, and which statement it is of."""
        width = max(20, (self.grid.size.width or self.app.size.width) - _LABEL - 3)
        return [
            (label if not number else "", line, statement)
            for statement, (label, text) in enumerate(self._lines)
            for number, line in enumerate(wrap(visible(text), width))
        ]

    @property
    def _empty(self) -> str:
        if self.background.running:
            return ""
        return self._trouble or "Nothing is asked yet: Enter asks who opens, who listens, and the port."

    def explain(self, row: int, column: int) -> Explanation:
        """Explain a statement, in whole."""
        rows = self._rows
        if self._answered is None or row >= len(rows):
            zones = visible(", ".join(zone.name for zone in self._work.plan.derived.zones), 300)
            about = Line("accepted", "a zone, a role or an address; then tcp or udp with a port, such as tcp/2967")
            return Explanation("Ask a flow", (Line("zones", zones), about))
        label, text = self._lines[rows[row][2]]
        return Explanation(_MEANINGS.get(label, label), (Line(label, text),))

    # Asking

    def _answer(self) -> None:
        """Answer the question in the background."""
        work, parts, rules = self._work, self._parts, self._work.rules if self._rules_too else None
        plan = work.plan

        def find(stopped: Stopped) -> FlowAnswer:
            question = read_question(plan, parts["from"], parts["to"], parts["port"], parts["source"])
            base = _base(rules, plan) if rules else None
            return answer_flow(plan, question, base, rules.device if rules else "", Work(stopped=stopped))

        self._answered, self._lines, self._trouble = None, [], ""
        if self.background.start(find, self._ended, patience=SOON):
            self.show_tool(keep_cursor=False)

    def _ended(self, outcome: object) -> None:
        if isinstance(outcome, AskError | AuditError):
            self._trouble = visible(str(outcome), 400)
            self.show_tool(keep_cursor=False)
            self.say(self._trouble, "error")
        elif isinstance(outcome, FlowAnswer):
            self._answered, self._lines = outcome, flow_lines(outcome)
            self._work.asked = tuple(self._parts.values())  # type: ignore[assignment]  # as many as there are fields
            self.show_tool(keep_cursor=False)
        elif isinstance(outcome, BaseException):
            raise outcome

    def action_ask_all(self) -> None:
        """Ask for from, to and the port, one after the other."""
        self._chain = ["to", "port"]
        self._ask("from")

    def action_ask_for(self, field: str) -> None:
        """Ask for one part, and for those that are not known yet."""
        self._chain = [other for other in _FIELDS[:3] if other != field and not self._parts[other]]
        self._ask(field)

    def _ask(self, field: str) -> None:
        self.ask(field, _PROMPTS[field], self._parts[field])
        self.typed(field, self._parts[field])

    def action_turn(self) -> None:
        """Ask the other way round."""
        self._parts["from"], self._parts["to"] = self._parts["to"], self._parts["from"]
        if self._complete:
            self._answer()
        else:
            self.show_tool()

    def action_rules(self) -> None:
        """Ask the rules of the audit too, or leave them out."""
        if self._work.rules is None:
            self.say("No rules are open: Esc, then A opens the rules of a firewall.", "muted")
            return
        self._rules_too = not self._rules_too
        if self._complete:
            self._answer()
        else:
            self.show_tool()

    def action_back(self) -> None:
        """Cancel typing, stop the query, or go back."""
        self._chain = []
        if not self.entry.is_open and self.background.cancel():
            self._trouble = "Stopped: Enter asks again."
            self.show_tool()
        else:
            super().action_back()

    # Typing

    def typed(self, purpose: str, text: str) -> None:
        """Name what fits the text, or the file that is meant."""
        if purpose in ("from", "to"):
            fits = self._named(self._fitting(text))
            self.say(fits or "No zone or role begins so; an address in a zone will do.", "muted")
        elif purpose == "port":
            self.say("tcp or udp and a port, such as tcp/2967", "muted")
        elif purpose == "source":
            self.say("A port, such as 1500; nothing for any.", "muted")
        else:
            super().typed(purpose, text)

    def _named(self, names: Sequence[str]) -> str:
        """Name as many as there is room for, and count the others."""
        room, said = self.size.width - 14, ""
        for number, name in enumerate(names):
            longer = f"{said}{', ' if said else ''}{visible(name, 30)}"
            if cell_len(longer) > room:
                return f"{said} and {len(names) - number} more"
            said = longer
        return said

    def _fitting(self, text: str) -> list[str]:
        zones = self._work.plan.derived.zones
        roles = {role for zone in zones for role in zone.roles}
        names = dict.fromkeys([*(zone.name for zone in zones), *(role for role in get_args(RoleId) if role in roles)])
        return [name for name in names if name.casefold().startswith(text.casefold())]

    def complete(self, purpose: str) -> None:
        """Complete a name as far as it is certain; a path is completed as everywhere."""
        from os.path import commonprefix

        if purpose == "answer":
            super().complete(purpose)
        elif names := self._fitting(self.entry.text):
            self.entry.put(commonprefix(names))  # noqa: RUF071 - letters are completed, not folders
            self.typed(purpose, self.entry.text)

    def entered(self, purpose: str, text: str) -> None:
        """Apply a part of the question, or write the answer; the line stays open where that cannot be."""
        text = text if purpose == "answer" else text.strip()
        if purpose == "answer":
            clipboard.write(self.app, self.writer, self._text(text), text, self.say, self.close_entry)
            return
        try:
            self._check(purpose, text)
        except (AskError, ValueError) as error:
            self.say(str(error), "error")
            return
        self._parts[purpose] = text
        self.close_entry()
        if self._chain:
            self.show_tool()
            self._ask(self._chain.pop(0))
        elif self._complete:
            self._answer()
        else:
            self.show_tool()

    def _check(self, purpose: str, text: str) -> None:
        """Refuse what is no such part of a question.

        Raises:
            AskError: it is none.
            ValueError: it is no port.
        """
        if purpose == "port":
            read_service(text)
        elif purpose != "source":
            read_ends(self._work.plan, text)
        elif text:
            port_number(text)

    # Taking along

    def _text(self, path: str = "") -> str:
        answered = self._answered
        if answered is None:
            return ""
        return flow_json(answered) if path.endswith(".json") else flow_text(answered, _TEXT_WIDTH)

    def action_copy(self) -> None:
        """Send the answer to the clipboard of the terminal."""
        if self._answered is None:
            self.say("There is no answer yet: Enter asks.", "muted")
        else:
            clipboard.copy(self.app, self._text(), self.say, "w")

    def action_write(self) -> None:
        """Ask for a file to write the answer to."""
        if self._answered is None:
            self.say("There is no answer yet: Enter asks.", "muted")
        else:
            self.ask("answer", _PROMPTS["answer"], f"{file_stem(self._work.plan)}-flow.txt")
            self.typed("answer", self.entry.text)


def _standing(label: str, word: str) -> Piece:
    return Piece(f"  {label}: {word}", {"open": "good", "partly": "warning"}.get(word, "error"))


def _base(rules: AuditRun, plan: Plan) -> RuleBase:
    """Rule base as it reads under a plan, which may have been edited since it was read."""
    if rules.plan is plan:
        return rules.base
    return read_bases(plan, rules.texts, rules.format_name, rules.device)
