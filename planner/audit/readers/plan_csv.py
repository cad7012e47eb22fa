"""Reads the rules of a plan from CSV, as ``show --view rules --format csv`` writes them: zones and no addresses."""

import csv
import io
from collections.abc import Callable, Sequence

from planner.audit.readers.rule_base import (
    BaseRule,
    EntryAction,
    Ground,
    ListEntry,
    NotReadError,
    NotUnderstood,
    RuleBase,
    RuleBaseError,
    check_count,
    find_marker,
    kept,
)
from planner.network.packets import ESTABLISHED, NEW, Box, everything, port_ranges, service
from planner.network.ranges import Ranges, one, union
from planner.text.escaping import for_csv

_TABLES = ("rules", "host_rules", "denies")
OTHER_TABLES = frozenset((
    "answers", "closed", "decisions", "exposure", "findings", "plan", "ports", "rule_exposure", "rule_notes",
    "zone_pairs", "zones",
))  # fmt: skip
"""Tables of the same CSV that hold no rule."""

_STATES: dict[str, Ranges] = {"new": NEW, "established": ESTABLISHED, "any": union(NEW, ESTABLISHED)}


def looks_like(text: str) -> bool:
    """Checks for the CSV of a plan."""
    head = text.lstrip("\ufeff\r\n ")[:200].replace('"', "").casefold()
    return head.startswith(("table,", "table;"))


def read(text: str, ground: Ground) -> RuleBase:
    """Reads the text.

    Raises:
        RuleBaseError: it is nothing of the kind, or holds too much.
    """
    return _Reader(ground).read(text)


class _Reader:
    def __init__(self, ground: Ground) -> None:
        self._zones: dict[str, int] = {for_csv(name): number for number, name in enumerate(ground.zones)}
        self._zones |= {name: number for number, name in enumerate(ground.zones)}
        self._rules: list[BaseRule] = []
        self._entries: list[ListEntry] = []
        self._aside: list[NotUnderstood] = []

    def read(self, text: str) -> RuleBase:
        head = text.lstrip("\ufeff\r\n ")
        delimiter = ";" if head[:10].casefold().replace('"', "").startswith("table;") else ","
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        columns: dict[str, int] = {}
        try:
            for row in reader:
                if not row:
                    continue
                if row[0] == "table":
                    columns = {title: place for place, title in enumerate(row)}
                elif row[0] in _TABLES:
                    self._row(reader.line_num, row, columns)
                elif any(row) and row[0] not in OTHER_TABLES:
                    self._set_aside(reader.line_num, row, f"no table is called {row[0][:30]!r}")
                check_count(len(self._rules), len(self._aside))
        except csv.Error as error:
            raise RuleBaseError(f"line {reader.line_num}: {error}; accepted: CSV as sav-planner writes it") from None
        if not columns:
            raise RuleBaseError("no table called 'rules'; accepted: CSV as 'show --view rules' writes it")
        denied = BaseRule(line=0, place="the list", text="end of the list", action="drop", kind="default")
        self._rules.append(denied)
        self._entries.append(ListEntry(len(self._rules) - 1, (everything(0),), "drop"))
        return RuleBase(
            format="csv",
            rules=tuple(self._rules),
            # What the list denies holds whatever it allows.
            entries=tuple(sorted(self._entries, key=self._order)),
            tracking="stated",
            families=(0,),
            not_understood=tuple(self._aside),
            remarks=("the list names zones: addresses are not compared",),
        )

    def _order(self, entry: ListEntry) -> tuple[bool, bool]:
        rule = self._rules[entry.rule]
        return rule.kind == "default", rule.action != "drop"

    def _row(self, line: int, row: Sequence[str], columns: dict[str, int]) -> None:
        def cell(title: str) -> str:
            place = columns.get(title, len(row))
            if place >= len(row):
                raise NotReadError(f"no column {title!r}")
            return row[place]

        try:
            box, action = self._box(row[0], cell)
        except (NotReadError, ValueError) as error:
            self._set_aside(line, row, str(error))
            return
        text = _row_text(row)
        marker = find_marker(row[columns["Marker"]]) if columns.get("Marker", len(row)) < len(row) else ""
        self._rules.append(BaseRule(line=line, place=f"table {row[0]}", text=text, action=action, marker=marker))
        self._entries.append(ListEntry(len(self._rules) - 1, (box,), action))

    def _set_aside(self, line: int, row: Sequence[str], why: str) -> None:
        self._aside.append(NotUnderstood(line=line, text=_row_text(row), why=why, boxes=(everything(0),)))

    def _box(self, table: str, cell: Callable[[str], str]) -> tuple[Box, EntryAction]:
        protocol, _, port = cell("Port").partition(" ")
        services = service(protocol.casefold(), port_ranges(port))
        if table == "denies":
            source = everything(0).source if cell("From") == "any" else self._zone(cell("From"))
            return Box(family=0, source=source, destination=self._zone(cell("To")), service=services), "drop"
        source = self._zone(cell("Zone" if table == "host_rules" else "From"))
        destination = source if table == "host_rules" else self._zone(cell("To"))
        state = _STATES.get(cell("State"))
        if state is None:
            raise NotReadError(f"state {cell('State')[:20]!r} is not understood here")
        ports = port_ranges(cell("Source ports"))
        return (
            Box(family=0, source=source, destination=destination, service=services, source_port=ports, state=state),
            "accept",
        )

    def _zone(self, name: str) -> Ranges:
        """Number of a zone; one that the plan does not have gets a number of its own."""
        return one(self._zones.setdefault(name, len(self._zones)))


def _row_text(row: Sequence[str]) -> str:
    return kept(" ".join(word for word in row[1:8] if word))
