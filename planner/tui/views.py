"""What the views of the planner show, as grid models; and what the cell under the cursor has to say."""

from collections.abc import Callable, Hashable, Sequence
from typing import Literal, TypeVar, get_args

import msgspec
from rich.cells import cell_len

from planner.core.catalogue import Catalogue
from planner.core.comparison import RuleChanges, compare_rules
from planner.core.derived import DecisionState, Finding, Rule
from planner.core.explanation import Explanation, Line, explain_decision, explain_flow, explain_rule, explain_spot
from planner.core.matrix import marks, ports_by_zone, zone_pairs
from planner.core.plan import Plan
from planner.core.untrusted import visible
from planner.tui.widgets.grid import Cell, GridModel

_T = TypeVar("_T")

View = Literal["ports", "zones", "rules", "closed", "findings"]
VIEWS: tuple[View, ...] = get_args(View)

TITLES: dict[View, str] = {
    "ports": "Ports by zone",
    "zones": "From, to",
    "rules": "Rules",
    "closed": "Closed",
    "findings": "Findings",
}
_WORDS = {"in": "in", "out": "out", "in·out": "in·o", "deny": "deny", "": "·"}
_KINDS = {"in": "in", "out": "out", "in·out": "both", "deny": "deny", "": "muted"}
_MARK_KINDS = {"+": "added", "-": "removed", "~": "changed"}


class Shown(msgspec.Struct, frozen=True):
    """A view made: the model for the grid, and the explanation of any of its cells."""

    model: GridModel
    explain: Callable[[int, int], Explanation]


class Scene(msgspec.Struct, frozen=True):
    """A plan, the one before the last edit, and what changed between them."""

    plan: Plan
    before: Plan
    changes: RuleChanges
    catalogue: Catalogue


def scene(plan: Plan, before: Plan, catalogue: Catalogue) -> Scene:
    """Hold a plan against the one before the last edit."""
    changes = compare_rules(before.derived, plan.derived) if before is not plan else RuleChanges((), (), ())
    return Scene(plan, before, changes, catalogue)


def show(view: View, scene: Scene) -> Shown:
    """Make a view."""
    makers: dict[View, Callable[[Scene], Shown]] = {
        "ports": _ports, "zones": _zones, "rules": _rules, "closed": _closed, "findings": _findings,
    }  # fmt: skip
    return makers[view](scene)


def _ports(scene: Scene) -> Shown:
    plan, catalogue = scene.plan, scene.catalogue
    matrix = ports_by_zone(plan.derived, plan.topology.answers, catalogue)
    marked, old = {}, matrix
    rows, zones = list(matrix.rows), list(matrix.zones)
    if scene.before is not plan:
        old = ports_by_zone(scene.before.derived, scene.before.topology.answers, catalogue)
        marked = marks(old, matrix, scene.changes)
        rows = _with_gone(old.rows, matrix.rows, lambda row: row.key)
        zones = _with_gone(old.zones, matrix.zones, str)
    labels = [f"{row.protocol.upper()} {row.ports} {'rollout' if row.phase == 'rollout' else row.name}" for row in rows]

    def cell(row: int, column: int) -> Cell:
        service, zone = rows[row], zones[column]
        mark = marked.get((service.key, zone), "")
        word = (old if mark == "-" else matrix).spot(service, zone).word
        kind = "rollout" if service.phase == "rollout" and word in ("in", "out", "in·out") else _KINDS[word]
        return Cell(_WORDS[word] + mark, f"{kind} {_MARK_KINDS[mark]}" if mark else kind)

    def explain(row: int, column: int) -> Explanation:
        service, zone = rows[row], zones[column]
        return explain_spot(service, zone, matrix.spot(service, zone), plan, catalogue)

    telling = _differ_at_once(zones)
    model = GridModel(
        title=TITLES["ports"], columns=[visible(zone) for zone in zones], widths=_widest(zones, 5, 16),
        row_count=len(rows), cell=cell, row_label=lambda row: labels[row], label_width=_widest(labels, 8, 28),
        heads_tell=telling, labels_tell=True, min_width=5 if telling else 7,
        empty="No port is needed: the answers name no server. Set the number of servers in step 1.",
    )  # fmt: skip
    return Shown(model, explain)


def _with_gone(old: Sequence[_T], new: Sequence[_T], key: Callable[[_T], Hashable]) -> list[_T]:
    """Keep in their places the rows or columns that the last edit took away, so that their loss can be seen."""
    kept = list(new)
    keys = {key(entry) for entry in new}
    for place, entry in enumerate(old):
        if key(entry) not in keys:
            kept.insert(min(place, len(kept)), entry)
    return kept


def _zones(scene: Scene) -> Shown:
    plan = scene.plan
    pairs = zone_pairs(plan.derived)
    names = [zone.name for zone in plan.derived.zones]
    added = {(rule.from_, rule.to) for rule in scene.changes.added}
    touched = {(rule.from_, rule.to) for rule in scene.changes.removed}
    touched |= {(new.from_, new.to) for _, new in scene.changes.changed}

    def cell(row: int, column: int) -> Cell:
        pair = names[row], names[column]
        rules = pairs.get(pair, ())
        mark = "+" if pair in added else "~" if pair in touched else ""
        text = " ".join(dict.fromkeys(_short_port(rule) for rule in rules)) or "·"
        kind = "muted" if not rules else "rollout" if all(rule.phase == "rollout" for rule in rules) else "out"
        return Cell(mark + text, f"{kind} {_MARK_KINDS[mark]}" if mark else kind)

    def explain(row: int, column: int) -> Explanation:
        rules = pairs.get((names[row], names[column]), ())
        lines = [
            Line(rule.phase, f"{rule.protocol.upper()} {rule.destination_ports} {_from(rule)}: {rule.justification}")
            for rule in rules
        ] or [Line("nothing", f"{names[row]} opens nothing on {names[column]}")]  # fmt: skip
        return Explanation(f"from {names[row]} to {names[column]}", tuple(lines))

    shown = [visible(name) for name in names]
    model = GridModel(
        title=TITLES["zones"], columns=shown, widths=_widest(names, 8, 16), min_width=6, row_count=len(names),
        cell=cell, heads_tell=_differ_at_once(names),
        row_label=lambda row: shown[row], label_width=_widest(shown, 8, 24), empty="There is no zone yet.",
    )  # fmt: skip
    return Shown(model, explain)


def _from(rule: Rule) -> str:
    return "from any port" if rule.source_ports == "any" else f"from ports {rule.source_ports}"


def _short_port(rule: Rule) -> str:
    port = f"{rule.destination_ports}{'u' if rule.protocol == 'udp' else ''}"
    return f"<{rule.source_ports}" if rule.is_return else port


def _rules(scene: Scene) -> Shown:
    plan = scene.plan
    rules = [*plan.derived.rules, *plan.derived.host_rules]
    added = {rule.id for rule in scene.changes.added}
    changed = {new.id for _, new in scene.changes.changed}

    def cell(row: int, column: int) -> Cell:
        rule = rules[row]
        mark = "+" if rule.id in added else "~" if rule.id in changed else ""
        to = "same zone" if rule.from_ == rule.to else visible(rule.to)
        texts = (visible(rule.from_), to, rule.source_ports, f"{rule.phase}{mark}", rule.marker)
        return Cell(texts[column], "rollout" if rule.phase == "rollout" else "")

    label = _widest([f"TCP {ports}" for ports in {rule.destination_ports for rule in rules}], 8, 15)
    name = _widest(["same zone", *(zone.name for zone in plan.derived.zones)], 4, 14 if label < 10 else 12)
    model = GridModel(
        title=TITLES["rules"], columns=("from", "to", "source", "phase", "marker"), widths=(name, name, 10, 8, 10),
        row_count=len(rules), cell=cell,
        row_label=lambda row: f"{rules[row].protocol.upper()} {rules[row].destination_ports}",
        label_width=label,
        whole_rows=True, min_width=6, empty="No rule follows from these answers. Set the number of servers in step 1.",
    )  # fmt: skip
    return Shown(model, lambda row, _: explain_rule(rules[row], plan, scene.catalogue))


def _closed(scene: Scene) -> Shown:
    closed = scene.plan.derived.closed
    rows = [(entry.flow, entry.reason) for entry in closed]
    labels = [f"{entry.protocol.upper()} {entry.ports if entry.ports[:1].isdigit() else '-'}" for entry in closed]

    def explain(row: int, _: int) -> Explanation:
        flow = explain_flow(scene.catalogue.flows[closed[row].flow], scene.catalogue)
        return Explanation(f"Closed: {closed[row].flow}", (Line("closed by", closed[row].reason), *flow.lines))

    model = GridModel(
        title=TITLES["closed"], columns=("flow", "kept closed by"), widths=(24, 60), row_count=len(rows),
        cell=lambda row, column: Cell(rows[row][column]), whole_rows=True, min_width=8,
        row_label=labels.__getitem__, label_width=_widest(labels, 8, 15),
        empty="Nothing of what the document names stays closed under these answers.",
    )  # fmt: skip
    return Shown(model, explain)


def _findings(scene: Scene) -> Shown:
    derived = scene.plan.derived
    entries: Sequence[DecisionState | Finding] = (*derived.findings, *derived.decisions)

    def label(entry: DecisionState | Finding) -> str:
        return entry.level if isinstance(entry, Finding) else "decided" if entry.settled else "open"

    def text(entry: DecisionState | Finding) -> str:
        return entry.text if isinstance(entry, Finding) else f"{entry.title} {entry.chosen}"

    def explain(row: int, _: int) -> Explanation:
        entry = entries[row]
        if isinstance(entry, DecisionState):
            return explain_decision(scene.catalogue.decisions[entry.id], scene.catalogue)
        cites = (scene.catalogue.citations[cite] for cite in entry.cites)
        lines = [Line(entry.level, entry.text)]
        if entry.because:
            lines.append(Line("because", ", ".join(entry.because)))
        lines += [Line("document", f"{cite.section}, {cite.where}: {cite.says}") for cite in cites]
        return Explanation(f"Finding {entry.id}", tuple(lines))

    kinds = {"error": "error", "warning": "warning", "open": "warning", "note": "note", "decided": "in"}
    rows = [(label(entry), visible(text(entry))) for entry in entries]
    model = GridModel(
        title=TITLES["findings"], columns=("what",), widths=(200,), row_count=len(rows), label_width=10,
        cell=lambda row, _: Cell(rows[row][1], kinds[rows[row][0]]), row_label=lambda row: rows[row][0],
        whole_rows=True, min_width=8, empty="There is nothing to decide and nothing to report.",
    )  # fmt: skip
    return Shown(model, explain)


def _differ_at_once(names: Sequence[str]) -> bool:
    return len({name[:4] for name in names}) == len(names)


def _widest(texts: Sequence[str], least: int, most: int) -> int:
    return max(least, min(most, max((cell_len(text) for text in texts), default=0)))
