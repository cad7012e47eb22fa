"""A view before anybody has filtered, sorted or turned it: its cells, what they say, and how a lens sees them."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import msgspec
from rich.cells import cell_len

from planner.catalogue.model import Catalogue, Transport
from planner.derivation.comparison import RuleChanges, compare_rules
from planner.derivation.joined import Joined, spliced
from planner.derivation.matrix import Place, rules_at, service_names, zone_pairs
from planner.derivation.memo import Memo
from planner.derivation.model import Rule
from planner.plan.explanation import Explanation, Line
from planner.plan.plan import Plan
from planner.text.escaping import visible
from planner.tui.views.table_view import Arrangement, Sort, Table, Texts, Word
from planner.tui.widgets.grid import Cell, GridModel

if TYPE_CHECKING:
    from planner.exports.firewall.rule_text import DeviceText

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
MARK_KINDS = {"+": "added", "-": "removed", "~": "changed"}
MARK_WORDS = {"+": "added", "-": "removed", "~": "changed", "": ""}
MOST_WRITTEN = 64
"""As many rules of one cell are written out for a device; the export writes all."""
MOST_NAMED = 12
"""Zones or rules that an explanation beside the matrix names one by one."""


class Sheet(msgspec.Struct, frozen=True):
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
    model: Callable[[Arrangement, tuple[Word, ...]], GridModel]
    sorts: tuple[Sort, ...]
    counted: tuple[str, str]
    rules: Callable[[int, int], Sequence[Rule]] = lambda _row, _column: ()


class Scene:
    """A plan, the one before the last edit, what changed between them, and what all views of it share."""

    def __init__(self, plan: Plan, before: Plan, catalogue: Catalogue) -> None:
        self.plan = plan
        self.before = before
        self.catalogue = catalogue
        self.sheets: dict[View, Sheet] = {}
        self._behind: dict[Place, tuple[Rule, ...]] = {}
        self._between: dict[tuple[str, str], tuple[Rule, ...]] = {}

    @cached_property
    def changes(self) -> RuleChanges:
        """What the last edit did to the rules."""
        if self.before is self.plan:
            return RuleChanges((), (), ())
        return compare_rules(self.before.derived, self.plan.derived)

    @cached_property
    def rules(self) -> Joined[Rule]:
        """Firewall and host rules, those that the last edit took away kept in their places."""
        now = Joined(_parts(self.plan))
        removed = {rule.id for rule in self.changes.removed}
        if not removed:
            return now
        gone = _found_outside(now.parts, _parts(self.before), lambda rule: rule.id in removed)
        return spliced(gone, now)

    def changed_rows(self) -> list[int]:
        """Give the places of the rules that the last edit added, removed or changed."""
        if not self.changes:
            return []
        found = _found_outside(_parts(self.before), self.rules.parts, lambda rule: rule.id in self.marks)
        return [place for place, _ in found]

    def between(self, from_: str, to: str) -> tuple[Rule, ...]:
        """Give the rules from one zone to another, or inside one; what the last edit took away is kept among them."""
        if (from_, to) not in self._between:
            now = _between(self.plan, from_, to)
            before = now if self.before is self.plan else _between(self.before, from_, to)
            self._between[from_, to] = tuple(with_gone(before, now, lambda rule: rule.id))
        return self._between[from_, to]

    @cached_property
    def marks(self) -> dict[str, str]:
        """The mark of each rule that the last edit added, removed or changed, by its id."""
        found = {rule.id: "+" for rule in self.changes.added}
        found |= {new.id: "~" for _, new in self.changes.changed}
        return found | {rule.id: "-" for rule in self.changes.removed}

    def behind(self, place: Place) -> tuple[Rule, ...]:
        """Give the rules behind a cell of the matrix."""
        if place not in self._behind:
            self._behind[place] = rules_at(self.plan.derived, place)
        return self._behind[place]

    @cached_property
    def services(self) -> dict[tuple[Transport, str], str]:
        """The name of the service behind a protocol and port."""
        return service_names(self.plan.topology.answers, self.catalogue)

    @cached_property
    def devices(self) -> "tuple[DeviceText, ...]":
        """What the plan's own devices are to be given."""
        from planner.exports.firewall.rule_text import device_texts  # loads every writer it needs

        return device_texts(self.plan)

    def in_firewalls(self, rules: Sequence[Rule]) -> list[Line]:
        """Give the exact text of rules for each device that they cross."""
        if not self.plan.topology.devices or not rules:
            return []
        from planner.exports.firewall.rule_text import between

        lines = []
        for text in self.devices:
            crossing = between(text.device, rules[:MOST_WRITTEN])
            if crossing and text.trouble:
                lines.append(Line(text.device.name, f"not written for {text.format.name}: {text.trouble}"))
            elif crossing:
                lines.append(Line("device", f"{text.device.name}, as {text.format.name}:"))
                lines += [Line("", line) for rule in crossing for line in text.of(rule)]
        return lines

    def texts_of(self, rule: Rule) -> Texts:
        """Give what a filter finds in a rule."""
        port = rule.source_ports if rule.is_return else rule.destination_ports
        from_, to = rule.from_.casefold(), rule.to.casefold()
        return (
            *port_texts(rule.protocol, port, self.services.get((rule.protocol, port), "")),
            ("phase", rule.phase), ("from", from_), ("to", to), ("zone", from_), ("zone", to),
            ("", rule.source_ports), ("", rule.marker.casefold()), ("change", MARK_WORDS[self.marks.get(rule.id, "")]),
        )  # fmt: skip


def _parts(plan: Plan) -> list[Sequence[Rule]]:
    return [*plan.derived.rules.parts, *plan.derived.host_rules.parts]


def _between(plan: Plan, from_: str, to: str) -> Sequence[Rule]:
    derived = plan.derived
    if derived.rules.are_few:
        pairs = _PAIRS.get((derived,), "", lambda: zone_pairs(chain(derived.rules, derived.host_rules)))
        return pairs.get((from_, to), ())
    return [*derived.rules.between_zones(from_, to), *derived.host_rules.between_zones(from_, to)]


_PAIRS: Memo[dict[tuple[str, str], tuple[Rule, ...]]] = Memo(4)


def _found_outside(
    known: Iterable[Sequence[Rule]], parts: Iterable[Sequence[Rule]], wanted: Callable[[Rule], bool]
) -> list[tuple[int, Rule]]:
    """Give the wanted rules with their places, without looking into the parts that are known to hold none."""
    passed = set(map(id, known))
    found, start = [], 0
    for part in parts:
        if id(part) not in passed:
            found += [(place, rule) for place, rule in enumerate(part, start) if wanted(rule)]
        start += len(part)
    return found


def port_texts(protocol: str, port: str, service: str) -> Texts:
    """Give what a filter finds in a service: its port as people write it, and its name."""
    return ("port", f"{protocol} {port} {protocol}/{port} {port}/{protocol}"), ("service", service.casefold())


def with_gone(old: Sequence[_T], new: Sequence[_T], key: Callable[[_T], Hashable]) -> list[_T]:
    """Keep in their places the rows or columns that the last edit took away, so that their loss can be seen."""
    if old is new:
        return list(new)
    keys = {key(entry) for entry in new}
    gone = [(place, entry) for place, entry in enumerate(old) if key(entry) not in keys]
    return list(spliced(gone, Joined([new])))


def shown_zones(plan: Plan) -> list[str]:
    """Give the names of a plan's zones, fit to be shown: the same list from one answer to the next."""
    zones = plan.derived.zones
    return _SHOWN.get((zones,), "", lambda: [visible(zone.name) for zone in zones])


_SHOWN: Memo[list[str]] = Memo(8)


def marked(text: str, kind: str, mark: str) -> Cell:
    """Make a cell with the letter and the colour of its mark."""
    return Cell(f"{text}{mark}", f"{kind} {MARK_KINDS[mark]}".strip() if mark else kind)


def widest(texts: Sequence[str], least: int, most: int) -> int:
    """Give the cells that the widest text takes, within bounds."""
    return max(least, min(most, max((cell_len(text) for text in texts), default=0)))
