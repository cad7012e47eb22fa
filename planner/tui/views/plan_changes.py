"""Changes between a plan and the one before the last edit, and the model of a view."""

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar, get_args

import msgspec
from rich.cells import cell_len

from planner.catalogue.model import Catalogue, Transport
from planner.derivation.matrix import Matrix, Place, ports_by_zone, rules_at, service_names, zone_pairs
from planner.derivation.model import Rule
from planner.plan.diff import RuleChanges, compare_rules
from planner.plan.explanation import Explanation, Line
from planner.plan.plan import Plan
from planner.text.escaping import visible
from planner.tui.views.table_view import Arrangement, FilterWord, Sort, Table, Texts
from planner.tui.widgets.grid import Cell, GridModel

if TYPE_CHECKING:
    from planner.exports.firewall.export import DeviceText

_T = TypeVar("_T")

ViewName = Literal["ports", "zones", "rules", "closed", "findings"]
VIEWS: tuple[ViewName, ...] = get_args(ViewName)

TITLES: dict[ViewName, str] = {
    "ports": "Ports by zone",
    "zones": "From, to",
    "rules": "Rules",
    "closed": "Closed",
    "findings": "Findings",
}
MARK_KINDS = {"+": "added", "-": "removed", "~": "changed"}
MARK_WORDS = {"+": "added", "-": "removed", "~": "changed", "": ""}
MOST_WRITTEN = 64
"""As many rules of one cell are written out for a device; the export writes all."""
MOST_NAMED = 12
"""Zones or rules that an explanation beside the matrix names one by one."""


class ViewModel(msgspec.Struct, frozen=True):
    """One view of a plan. Rows and columns are those of ``table``, by their numbers.

    ``row_key`` and ``column_key`` tell what a row or column stands for, whatever its place. ``explain`` takes how many
    zones and rules to name. ``model`` makes what the grid shows of an arrangement under a filter. ``sorts`` are the
    orders that make sense here. ``counted``: what rows and columns are called when they are counted. ``rules``: those
    that a cell stands for.
    """

    table: Table
    row_key: Callable[[int], Hashable]
    column_key: Callable[[int], Hashable]
    explain: Callable[[int, int, int | None], Explanation]
    model: Callable[[Arrangement, tuple[FilterWord, ...]], GridModel]
    sorts: tuple[Sort, ...]
    counted: tuple[str, str]
    rules: Callable[[int, int], Sequence[Rule]] = lambda _row, _column: ()


class PlanChanges:
    """A plan, the one before the last edit, what changed between them, and what all views of it share."""

    def __init__(self, plan: Plan, before: Plan, catalogue: Catalogue, earlier: "PlanChanges | None" = None) -> None:
        """Create it; ``earlier``: the changes shown until now, whose matrix is used again."""
        self.plan = plan
        self.before = before
        self.catalogue = catalogue
        if earlier is not None and earlier.plan is before is not plan and "matrix" in vars(earlier):
            self.matrix_before = earlier.matrix
        self.models: dict[ViewName, ViewModel] = {}
        self._rules_behind: dict[Place, tuple[Rule, ...]] = {}

    @cached_property
    def rules_changed(self) -> RuleChanges:
        """Rules that the last edit added, removed or changed."""
        return RuleChanges() if self.before is self.plan else compare_rules(self.before.derived, self.plan.derived)

    @cached_property
    def matrix(self) -> Matrix:
        """Matrix of ports by zone."""
        return ports_by_zone(self.plan.derived, self.plan.topology.answers, self.catalogue)

    @cached_property
    def matrix_before(self) -> Matrix:
        """Matrix before the last edit; `matrix` itself if there was none."""
        if self.before is self.plan:
            return self.matrix
        return ports_by_zone(self.before.derived, self.before.topology.answers, self.catalogue)

    @cached_property
    def rules(self) -> Sequence[Rule]:
        """Firewall and host rules; those that the last edit removed keep their places."""
        now = _all_rules(self.plan)
        return with_removed(_all_rules(self.before), now, lambda rule: rule.id) if self.rules_changed.removed else now

    @cached_property
    def changed_rows(self) -> list[int]:
        """Places of the rules that the last edit added, removed or changed."""
        return [place for place, rule in enumerate(self.rules) if rule.id in self.marks] if self.rules_changed else []

    @cached_property
    def pairs(self) -> dict[tuple[str, str], tuple[Rule, ...]]:
        """Rules by opening and listening zone, those that the last edit removed included."""
        return zone_pairs(self.rules)

    @cached_property
    def marks(self) -> dict[str, str]:
        """The mark of each rule that the last edit added, removed or changed, by its id."""
        found = {rule.id: "+" for rule in self.rules_changed.added}
        found |= {new.id: "~" for _, new in self.rules_changed.changed}
        return found | {rule.id: "-" for rule in self.rules_changed.removed}

    def rules_behind(self, place: Place) -> tuple[Rule, ...]:
        """Rules behind a cell of the matrix."""
        if place not in self._rules_behind:
            self._rules_behind[place] = rules_at(self.plan.derived, place)
        return self._rules_behind[place]

    @cached_property
    def services(self) -> dict[tuple[Transport, str], str]:
        """The name of the service behind a protocol and port."""
        return service_names(self.plan.topology.answers, self.catalogue)

    @cached_property
    def devices(self) -> "tuple[DeviceText, ...]":
        """Exported texts for the plan's own devices."""
        from planner.exports.firewall.export import device_texts  # loads every writer it needs

        return device_texts(self.plan)

    def device_lines(self, rules: Sequence[Rule]) -> list[Line]:
        """Lines with the exact text of rules for each device that they cross."""
        if not self.plan.topology.devices or not rules:
            return []
        lines = []
        for text in self.devices:
            sides = text.device.interfaces
            crossing = [rule for rule in rules[:MOST_WRITTEN] if rule.from_ in sides and rule.to in sides]
            if crossing and text.trouble:
                lines.append(Line(text.device.name, f"not written for {text.format.name}: {text.trouble}"))
            elif crossing:
                lines.append(Line("device", f"{text.device.name}, as {text.format.name}:"))
                lines += [Line("", line) for rule in crossing for line in text.of(rule)]
        return lines

    def filter_texts(self, rule: Rule) -> Texts:
        """Filter texts of a rule."""
        port = rule.source_ports if rule.is_return else rule.destination_ports
        from_, to = rule.from_.casefold(), rule.to.casefold()
        return (
            *port_texts(rule.protocol, port, self.services.get((rule.protocol, port), "")),
            ("phase", rule.phase), ("from", from_), ("to", to), ("zone", from_), ("zone", to),
            ("", rule.source_ports), ("", rule.marker.casefold()), ("change", MARK_WORDS[self.marks.get(rule.id, "")]),
        )  # fmt: skip


class PlanView(Protocol):
    """A view of the plan: a function that makes its model. `RenderedView` filters, sorts and explains any of them."""

    def __call__(self, changes: PlanChanges) -> ViewModel:
        """Returns the model of the view for a plan and what the last edit changed in it."""


def _all_rules(plan: Plan) -> tuple[Rule, ...]:
    return (*plan.derived.rules, *plan.derived.host_rules)


def port_texts(protocol: str, port: str, service: str) -> Texts:
    """Filter texts of a service: its port as people write it, and its name."""
    return ("port", f"{protocol} {port} {protocol}/{port} {port}/{protocol}"), ("service", service.casefold())


def with_removed(old: Sequence[_T], new: Sequence[_T], key: Callable[[_T], Hashable]) -> list[_T]:
    """Returns the new entries, with each entry that the last edit removed at the place that it had."""
    keys = {key(entry) for entry in new}
    removed = ((place, entry) for place, entry in enumerate(old) if key(entry) not in keys)
    found: list[_T] = []
    left = iter(new)
    for place, entry in removed:
        found += islice(left, max(0, place - len(found)))
        found.append(entry)
    return [*found, *left]


def zone_labels(plan: Plan) -> list[str]:
    """Returns the names of a plan's zones, escaped for the screen."""
    return [visible(zone.name) for zone in plan.derived.zones]


def marked(text: str, kind: str, mark: str) -> Cell:
    """Make a cell with the letter and the colour of its mark."""
    return Cell(f"{text}{mark}", f"{kind} {MARK_KINDS[mark]}".strip() if mark else kind)


def widest(texts: Sequence[str], least: int, most: int) -> int:
    """Width of the widest text in cells, within bounds."""
    return max(least, min(most, max((cell_len(text) for text in texts), default=0)))
