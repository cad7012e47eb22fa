"""The views that are lists: rules, what stays closed, decisions and findings."""

from collections.abc import Callable, Sequence

from planner.derivation.model import MARKER_LENGTH, DecisionState, Finding
from planner.plan.explanation import Explanation, Line, explain_decision, explain_flow, explain_rule
from planner.text.escaping import visible
from planner.tui.views.matrices import port_number
from planner.tui.views.plan_changes import TITLES, PlanChanges, ViewModel, port_texts, widest, zone_labels
from planner.tui.views.table_view import Arrangement, Axis, FilterWord, Position, Table, Texts
from planner.tui.widgets.grid import Cell, GridModel


def _table(count: int, name: Callable[[int], str], port: Callable[[int], int], texts: Callable[[int], Texts],
           changed: Callable[[], Sequence[Position]] = lambda: ()) -> Table:  # fmt: skip
    """Table of a list."""

    def matching(words: tuple[FilterWord, ...]) -> list[Position]:
        return [(row, 0) for row in range(count) if all(word.matches(texts(row)) for word in words)]

    return Table(
        rows=Axis(count, name, port),
        columns=None,
        filled=lambda: ((row, 0) for row in range(count)),
        changed=changed,
        matching=matching,
    )


def _only(_column: int) -> str:
    """Key of the only column of a list."""
    return ""


def rules(changes: PlanChanges) -> ViewModel:
    """Show firewall rules, then host rules."""
    plan, marks, listed = changes.plan, changes.marks, changes.rules

    def cell(row: int, column: int) -> Cell:
        rule = listed[row]
        to = "same zone" if rule.from_ == rule.to else visible(rule.to)
        mark = marks.get(rule.id, "")
        texts = (visible(rule.from_), to, rule.source_ports, rule.phase, rule.marker)
        kind = "removed" if mark == "-" else "rollout" if rule.phase == "rollout" else ""
        return Cell(texts[column], kind)

    ports = {rule.destination_ports for rule in changes.rules_changed.removed}
    ports.update(rule.destination_ports for rule in listed)
    label = widest([f"TCP {port}" for port in ports], 8, 15) + bool(marks)
    name = widest(["same zone", *zone_labels(plan)], 4, 14 if label < 10 else 12)

    def model(arrangement: Arrangement, _words: tuple[FilterWord, ...]) -> GridModel:
        numbers = arrangement.rows

        def shown_label(row: int) -> str:
            rule = listed[numbers[row]]
            return f"{rule.protocol.upper()} {rule.destination_ports}{marks.get(rule.id, '')}"

        return GridModel(
            title=TITLES["rules"], columns=("from", "to", "source", "phase", "marker"),
            widths=(name, name, 10, 7, MARKER_LENGTH), row_count=len(numbers),
            cell=lambda row, column: cell(numbers[row], column), row_label=shown_label, label_width=label,
            whole_rows=True, min_width=10,
            empty="No rule follows from these answers. Set the number of servers in step 1.",
        )  # fmt: skip

    def called(row: int) -> str:
        rule = listed[row]
        return f"{rule.from_} {rule.to} {rule.protocol} {rule.destination_ports} {rule.marker}"

    return ViewModel(
        table=_table(
            len(listed), called, lambda row: port_number(listed[row].destination_ports),
            lambda row: changes.filter_texts(listed[row]),
            lambda: [(row, 0) for row in changes.changed_rows],
        ),
        row_key=lambda row: listed[row].id,
        column_key=_only,
        explain=lambda row, _, most: explain_rule(listed[row], plan, changes.catalogue),
        model=model,
        sorts=("order", "port", "name", "change"),
        counted=("rules", ""),
        rules=lambda row, _: listed[row : row + 1],
    )  # fmt: skip


def closed(changes: PlanChanges) -> ViewModel:
    """Show what the document names and the plan does not open."""
    entries = changes.plan.derived.closed
    before = {(entry.flow, entry.protocol, entry.ports) for entry in changes.before.derived.closed}
    keys = [(entry.flow, entry.protocol, entry.ports) for entry in entries]
    labels = [f"{entry.protocol.upper()} {entry.ports if entry.ports[:1].isdigit() else '-'}" for entry in entries]
    added = [key not in before for key in keys]

    def explain(row: int, _column: int, _most: int | None) -> Explanation:
        flow = explain_flow(changes.catalogue.flows[entries[row].flow], changes.catalogue)
        return Explanation(f"Closed: {entries[row].flow}", (Line("closed by", entries[row].reason), *flow.lines))

    def texts(row: int) -> Texts:
        entry = entries[row]
        service = changes.services.get((entry.protocol, entry.ports), "")
        phase = changes.catalogue.flows[entry.flow].phase
        change = ("change", "added" if added[row] else "")
        return (
            *port_texts(entry.protocol, entry.ports, service), ("phase", phase), ("", entry.flow),
            ("", entry.reason.casefold()), change,
        )  # fmt: skip

    def cell(row: int, column: int) -> Cell:
        text = f"{entries[row].flow}{'+' if added[row] else ''}" if column == 0 else entries[row].reason
        return Cell(text, "added" if added[row] and column == 0 else "")

    def model(arrangement: Arrangement, _words: tuple[FilterWord, ...]) -> GridModel:
        numbers = arrangement.rows
        return GridModel(
            title=TITLES["closed"], columns=("flow", "kept closed by"), widths=(24, 60), row_count=len(numbers),
            cell=lambda row, column: cell(numbers[row], column), whole_rows=True, min_width=8,
            row_label=lambda row: labels[numbers[row]], label_width=widest(labels, 8, 15),
            empty="Nothing of what the document names stays closed under these answers.",
        )  # fmt: skip

    return ViewModel(
        table=_table(
            len(entries), lambda row: f"{entries[row].flow} {labels[row]}".casefold(),
            lambda row: port_number(entries[row].ports), texts,
            lambda: [(row, 0) for row, new in enumerate(added) if new],
        ),
        row_key=lambda row: keys[row],
        column_key=_only,
        explain=explain,
        model=model,
        sorts=("order", "port", "name", "change"),
        counted=("flows", ""),
    )  # fmt: skip


def findings(changes: PlanChanges) -> ViewModel:
    """Show what needs care, then what is to be decided."""
    derived = changes.plan.derived
    entries: Sequence[DecisionState | Finding] = (*derived.findings, *derived.decisions)
    earlier = changes.before.derived
    before = {*map(_stated, earlier.findings), *map(_stated, earlier.decisions)}
    marks = ["" if _stated(entry) in before else "+" if isinstance(entry, Finding) else "~" for entry in entries]
    kinds = {"error": "error", "warning": "warning", "open": "warning", "note": "note", "decided": "in"}
    rows = [(_level(entry), visible(_told(entry))) for entry in entries]

    def explain(row: int, _column: int, _most: int | None) -> Explanation:
        entry = entries[row]
        if isinstance(entry, DecisionState):
            return explain_decision(changes.catalogue.decisions[entry.id], changes.catalogue)
        cites = (changes.catalogue.citations[cite] for cite in entry.cites)
        lines = [Line(entry.level, entry.text)]
        if entry.because:
            lines.append(Line("because", ", ".join(entry.because)))
        lines += [Line("document", f"{cite.section}, {cite.where}: {cite.says}") for cite in cites]
        return Explanation(f"Finding {entry.id}", tuple(lines))

    def model(arrangement: Arrangement, _words: tuple[FilterWord, ...]) -> GridModel:
        numbers = arrangement.rows
        return GridModel(
            title=TITLES["findings"], columns=("what",), widths=(200,), row_count=len(numbers), label_width=10,
            cell=lambda row, _: Cell(rows[numbers[row]][1], kinds[rows[numbers[row]][0]]),
            row_label=lambda row: f"{rows[numbers[row]][0]}{marks[numbers[row]]}",
            whole_rows=True, min_width=8, empty="There is nothing to decide and nothing to report.",
        )  # fmt: skip

    return ViewModel(
        table=_table(
            len(entries), lambda row: f"{rows[row][0]} {entries[row].id} {rows[row][1]}".casefold(), lambda _: 0,
            lambda row: (("", rows[row][0]), ("", rows[row][1].casefold()), ("", entries[row].id)),
            lambda: [(row, 0) for row, mark in enumerate(marks) if mark],
        ),
        row_key=lambda row: entries[row].id,
        column_key=_only,
        explain=explain,
        model=model,
        sorts=("order", "name", "change"),
        counted=("decisions and findings", ""),
    )  # fmt: skip


def _level(entry: DecisionState | Finding) -> str:
    return entry.level if isinstance(entry, Finding) else "decided" if entry.settled else "open"


def _told(entry: DecisionState | Finding) -> str:
    return entry.text if isinstance(entry, Finding) else f"{entry.title} {entry.chosen}"


def _stated(entry: DecisionState | Finding) -> tuple[str, str, str]:
    """Part of an entry that differs when an edit has changed it."""
    return entry.id, _level(entry), _told(entry)
