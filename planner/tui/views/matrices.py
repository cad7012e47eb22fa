"""The two matrices: ports by zone, and which zone opens what to which."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, lru_cache

from msgspec.structs import replace

from planner.derivation.matrix import Mark, Matrix, Place, ServiceRow, cell_marks, zone_pairs
from planner.derivation.model import Rule
from planner.plan.explanation import Explanation, Line, explain_spot
from planner.text.escaping import visible
from planner.tui.views.plan_changes import (
    MARK_KINDS,
    MARK_WORDS,
    TITLES,
    PlanChanges,
    ViewModel,
    ViewName,
    marked,
    port_texts,
    widest,
    with_removed,
    zone_labels,
)
from planner.tui.views.table_view import Arrangement, Axis, FilterWord, Position, Table, Texts
from planner.tui.widgets.grid import Cell, GridModel

_WORDS = {"in": "in", "out": "out", "in·out": "in·o", "deny": "deny", "": "·"}
_KINDS = {"in": "in", "out": "out", "in·out": "both", "deny": "deny", "": "muted"}
_MEANINGS = {"in": "listens", "out": "opens", "in·out": "listens and opens", "deny": "denied", "": "nothing"}
_BLANK = Cell("")
"""Cell that a filter hides."""


class _Ends:
    """Headings of the rows or columns of a matrix: in full beside the rows, in short above the columns."""

    def __init__(self, labels: Sequence[str], heads: Sequence[str], most: int) -> None:
        self.labels = labels
        self.heads = heads
        self.most = most
        """Cells that a label takes at most."""


def _model(
    view: ViewName, rows: _Ends, columns: _Ends, cell: Callable[[int, int], Cell], *, narrowest: int, empty: str
) -> Callable[[Arrangement, tuple[FilterWord, ...]], GridModel]:
    """Return the function that makes the grid of a matrix, transposed or not."""

    def model(arrangement: Arrangement, _words: tuple[FilterWord, ...]) -> GridModel:
        turned = arrangement.transposed
        down, across = (columns, rows) if turned else (rows, columns)
        down_numbers = arrangement.columns if turned else arrangement.rows
        across_numbers = arrangement.rows if turned else arrangement.columns
        labels = [down.labels[number] for number in down_numbers]
        heads = [across.heads[number] for number in across_numbers]

        def shown(row: int, column: int) -> Cell:
            place = arrangement.source(row, column)
            return cell(*place) if arrangement.shows(place) else _BLANK

        return GridModel(
            title=TITLES[view], columns=heads, row_count=len(labels), cell=shown, row_label=labels.__getitem__,
            label_width=widest(labels, 8, down.most), labels_tell=down is rows and view == "ports",
            min_width=narrowest, whole_words=view == "zones", empty=empty,
        )  # fmt: skip

    return model


def ports(changes: PlanChanges) -> ViewModel:
    """Show who listens on what and who opens it."""
    plan, catalogue = changes.plan, changes.catalogue
    matrix, old = changes.matrix, changes.matrix_before
    rows, zones = list(matrix.rows), list(matrix.zones)
    if matrix is not old:
        rows = with_removed(old.rows, matrix.rows, lambda row: row.key)
        zones = with_removed(old.zones, matrix.zones, str)
    marks = {} if matrix is old else cell_marks(old, matrix, changes.rules_changed)
    labels = [f"{row.protocol.upper()} {row.ports} {'rollout' if row.phase == 'rollout' else row.name}" for row in rows]

    def cell(row: int, column: int) -> Cell:
        service, zone = rows[row], zones[column]
        mark = marks.get((service.key, zone), "")
        word = (old if mark == "-" else matrix).spot(service, zone).word
        kind = "rollout" if service.phase == "rollout" and word in ("in", "out", "in·out") else _KINDS[word]
        return marked(_WORDS[word], kind, mark)

    @lru_cache(maxsize=256)
    def explain(row: int, column: int, most: int | None) -> Explanation:
        service, zone = rows[row], zones[column]
        rules = changes.rules_behind((service.key, zone))
        found = explain_spot(service, zone, matrix.spot(service, zone), rules, plan, catalogue, most)
        if marks.get((service.key, zone), "") != "-":
            return found
        gone = Line("removed", f"the last answer took it away; it was: {_MEANINGS[old.spot(service, zone).word]}")
        return replace(found, lines=(gone, *found.lines))

    names = zone_labels(plan) if matrix.zones == old.zones else [visible(zone) for zone in zones]
    return ViewModel(
        table=_ports_table(rows, zones, matrix, old, marks),
        row_key=lambda row: rows[row].key,
        column_key=zones.__getitem__,
        explain=explain,
        model=_model(
            "ports", _Ends(labels, [_head(row) for row in rows], 28), _Ends(names, names, 24), cell, narrowest=5,
            empty="No port is needed: the answers name no server. Set the number of servers in step 1.",
        ),
        sorts=("order", "port", "name", "change", "cells"),
        counted=("services", "zones"),
        rules=lambda row, column: changes.rules_behind((rows[row].key, zones[column])),
    )  # fmt: skip


def _head(row: ServiceRow) -> str:
    """Head a column with a service: ``2967``, ``38293u`` for UDP."""
    return f"{row.ports}{'u' if row.protocol == 'udp' else ''}"


def _ports_table(
    rows: Sequence[ServiceRow], zones: Sequence[str], matrix: Matrix, old: Matrix, marks: Mapping[Place, Mark]
) -> Table:
    down = {row.key: number for number, row in enumerate(rows)}

    @cache
    def across() -> dict[str, int]:
        return {zone: number for number, zone in enumerate(zones)}

    def places(cells: Iterable[tuple[Hashable, str]]) -> list[Position]:
        return [(down[key], across()[zone]) for key, zone in cells]  # type: ignore[index]  # keys of services

    def filled() -> list[Position]:
        # What the last edit took away is still to be seen.
        return places(matrix.spots if matrix is old else matrix.spots | old.spots)

    def matching(words: tuple[FilterWord, ...]) -> list[Position]:
        row_texts = [_service_texts(row) for row in rows]
        zone_texts: list[Texts] = [(("zone", zone.casefold()),) for zone in zones]
        by_row = [{number for number, texts in enumerate(row_texts) if word.matches(texts)} for word in words]
        by_zone = [{number for number, texts in enumerate(zone_texts) if word.matches(texts)} for word in words]
        changed = [
            {cell for cell in places(marks) if word.matches(_change_texts(marks, rows, zones, cell))}
            if word.facet in ("", "change")
            else set()
            for word in words
        ]
        return [
            cell
            for cell in filled()
            if all(
                cell[0] in in_rows or cell[1] in in_zones or cell in in_changes
                for in_rows, in_zones, in_changes in zip(by_row, by_zone, changed, strict=True)
            )
        ]

    return Table(
        rows=Axis(len(rows), lambda row: f"{rows[row].protocol} {rows[row].ports} {rows[row].name}",
                  lambda row: port_number(rows[row].ports)),
        columns=Axis(len(zones), zones.__getitem__),
        filled=filled,
        changed=lambda: places(marks),
        matching=matching,
    )  # fmt: skip


def _service_texts(row: ServiceRow) -> Texts:
    return (*port_texts(row.protocol, row.ports, row.name), ("phase", row.phase))


def _change_texts(
    marks: Mapping[Place, Mark], rows: Sequence[ServiceRow], zones: Sequence[str], cell: Position
) -> Texts:
    return (("change", MARK_WORDS[marks.get((rows[cell[0]].key, zones[cell[1]]), "")]),)


def port_number(ports: str) -> int:
    """Sort key of a port or range; anything else comes last."""
    first = ports.partition("-")[0]
    return int(first) if first.isdigit() else 1 << 16


def pairs(changes: PlanChanges) -> ViewModel:
    """Show which zone opens what to which; a filter leaves of each pair the rules that match."""
    plan = changes.plan
    names = [zone.name for zone in plan.derived.zones]
    if changes.before is not plan:
        names = with_removed([zone.name for zone in changes.before.derived.zones], names, str)
    place_of = {name: number for number, name in enumerate(names)}

    def places(pairs: Iterable[tuple[str, str]]) -> set[Position]:
        return {(place_of[from_], place_of[to]) for from_, to in pairs}

    @lru_cache(maxsize=1)
    def matching(words: tuple[FilterWord, ...]) -> dict[tuple[str, str], tuple[Rule, ...]]:
        return zone_pairs(
            rule for rule in changes.rules if all(word.matches(changes.filter_texts(rule)) for word in words)
        )

    def cell(rules: Sequence[Rule]) -> Cell:
        marks = {changes.marks.get(rule.id, "") for rule in rules}
        mark = "" if marks <= {""} else marks.pop() if len(marks) == 1 else "~"
        text = " ".join(dict.fromkeys(_short_port(rule) for rule in rules)) or "·"
        kind = "muted" if not rules else "rollout" if all(rule.phase == "rollout" for rule in rules) else "out"
        return Cell(mark + text, f"{kind} {MARK_KINDS[mark]}" if mark else kind)

    def explain(row: int, column: int, most: int | None) -> Explanation:
        rules = changes.pairs.get((names[row], names[column]), ())[:most]
        lines = [Line(_label(changes, rule), f"{rule.protocol.upper()} {rule.destination_ports} {_from(rule)}: "
                      f"{rule.justification}") for rule in rules]  # fmt: skip
        nothing = [Line("nothing", f"{names[row]} opens nothing on {names[column]}")]
        return Explanation(f"from {names[row]} to {names[column]}", tuple(lines or nothing))

    shown_names = [visible(name) for name in names]
    ends = _Ends(shown_names, shown_names, 24)

    def model(arrangement: Arrangement, words: tuple[FilterWord, ...]) -> GridModel:
        left = matching(words) if words else None

        def shown(row: int, column: int) -> Cell:
            pair = names[row], names[column]
            return cell((changes.pairs if left is None else left).get(pair, ()))

        made = _model("zones", ends, ends, shown, narrowest=6, empty="There is no zone yet.")
        return made(arrangement, words)

    return ViewModel(
        table=Table(
            rows=Axis(len(names), names.__getitem__),
            columns=Axis(len(names), names.__getitem__),
            filled=lambda: places(changes.pairs),
            changed=lambda: places((changes.rules[row].from_, changes.rules[row].to) for row in changes.changed_rows),
            matching=lambda words: places(matching(words)),
            zones_down=True,
        ),
        row_key=names.__getitem__,
        column_key=names.__getitem__,
        explain=explain,
        model=model,
        sorts=("order", "name", "change", "cells"),
        counted=("zones open", "are opened"),
        rules=lambda row, column: changes.pairs.get((names[row], names[column]), ()),
    )


def _label(changes: PlanChanges, rule: Rule) -> str:
    return MARK_WORDS[changes.marks.get(rule.id, "")] or rule.phase


def _from(rule: Rule) -> str:
    return "from any port" if rule.source_ports == "any" else f"from ports {rule.source_ports}"


def _short_port(rule: Rule) -> str:
    port = f"{rule.destination_ports}{'u' if rule.protocol == 'udp' else ''}"
    return f"<{rule.source_ports}" if rule.is_return else port
