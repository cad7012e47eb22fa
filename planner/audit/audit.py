"""Audit of a rule base: each planned rule open or missing, each rule exact, too wide, surplus or shadowed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from planner.audit.expected import BOTH, Estate, Planned, estate, governed, inside, planned_by_zone, planned_rules
from planner.audit.readers.rule_base import AddressSets, NotUnderstood, RuleBase, decide
from planner.derivation.model import Rule
from planner.network.packets import (
    AXES,
    ESTABLISHED,
    NEW,
    PORTS,
    SERVICES,
    TCP,
    UDP,
    Box,
    Family,
    everything,
    one_service,
    within,
)
from planner.network.partition import Keyed, Work, cells
from planner.network.ranges import NONE, Ranges, covers, intersect, overlap, ranges, size, subtract, union
from planner.plan.plan import Plan

RuleStatus = Literal["exact", "too wide", "surplus", "shadowed"]
PlannedStatus = Literal["open", "partly", "missing"]

MAX_PIECES = 400
MAX_CELLS = 1600
"""Boxes that are kept of what is missing or too much about one rule, and cells that are joined for them, at most."""

FILE_SHARING: Ranges = one_service("tcp", 139)
"""Windows file sharing, which a rollout uses: a rule left over from it is worth naming."""


class Pieces(msgspec.Struct, frozen=True):
    """Packets, in as few boxes as were found; ``more``: there are others."""

    boxes: tuple[Box, ...] = ()
    more: bool = False

    def __bool__(self) -> bool:
        """Checks for any."""
        return bool(self.boxes)


class PlannedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Verdict on one planned rule. ``by``: the rules that let it pass; ``stopped_by``: those that stop it.

    ``answers_only``: what is missing are answers, or packets of connections that have begun.
    """

    rule: Rule
    status: PlannedStatus
    by: tuple[int, ...] = ()
    missing: Pieces = Pieces()
    stopped_by: tuple[int, ...] = ()
    answers_only: bool = False


class RuleVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Verdict on one rule of the rule base; rules that do nothing on the product's ports have none.

    ``rule``: its index in the rule base. ``covers``: the planned rules it lets pass. ``beyond``: what else it lets
    pass. ``behind``: the rules that decide before it, where it decides nothing itself.
    """

    rule: int
    status: RuleStatus
    covers: tuple[Rule, ...] = ()
    beyond: Pieces = Pieces()
    behind: tuple[int, ...] = ()
    every_port: bool = False


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """Verdict on a whole rule base. ``doubtful``: not understood, and perhaps about the product's ports.

    ``unheld``: planned rules with addresses of a family that the rule base does not hold. ``missing_families``: those
    families, and any other that zones on two sides of the device have and the rule base does not hold.
    """

    base: RuleBase
    device: str
    planned: tuple[PlannedVerdict, ...]
    rules: tuple[RuleVerdict, ...]
    doubtful: tuple[NotUnderstood, ...]
    unheld: tuple[Rule, ...]
    missing_families: tuple[Family, ...]
    zones: tuple[str, ...]

    @property
    def same(self) -> bool:
        """The rule base lets pass what the plan says on the product's ports, nothing else, and is understood."""
        return not (
            self.doubtful
            or self.unheld
            or self.missing_families
            or any(verdict.status != "open" for verdict in self.planned)
            or any(verdict.status != "exact" for verdict in self.rules)
        )


def audit(plan: Plan, base: RuleBase, device: str = "", work: Work | None = None, place: Estate | None = None) -> Audit:
    """Returns the verdict on a rule base at a device of the plan, spending at most ``work`` on it.

    ``place``: the plan at that device, where it is at hand.

    Raises:
        NoDeviceError: it cannot be told which device is meant.
        ExportError: addresses are missing; each is named.
        EntangledError: its rules overlap too much.
        StoppedError: it is no longer wanted.
    """
    work = work or Work()
    if base.format == "csv":
        return _Auditor(plan, base, None, planned_by_zone(plan)).audit(work)
    place = place or estate(plan, device)
    return _Auditor(plan, base, place, planned_rules(place, base.tracking)).audit(work)


class _Auditor:
    """Keys of the boxes that are cut: entries of the rule base by their index, then per planned rule two."""

    def __init__(self, plan: Plan, base: RuleBase, place: Estate | None, planned: Sequence[Planned]) -> None:
        self._base = base
        self._place = place
        self._zones = tuple(zone.name for zone in plan.derived.zones)
        self._planned = planned
        self._judged = BOTH if base.tracking in ("none", "stated") else NEW
        own = governed(plan)
        self._governed = own
        stated = (box.service for entry in planned if not entry.rule.is_return for box in entry.allowed)
        self._services = union(own, FILE_SHARING, *stated)
        self._entries = len(base.entries)
        self._inside = self._entries + 2 * len(planned)
        self._known = self._inside + 1
        # Where the device governs the product's ports alone, a rule for everything is what happens to all else.
        additive = place is not None and bool(place.name) and place.rules.device.mode == "additive"
        self._unasked = ("default", "every") if additive else ("default",)
        # Where it keeps no state either, what belongs to a TCP connection passes: none can begin but those planned.
        self._answers_pass = additive and place is not None and not place.rules.device.stateful
        self._touching = self._find_touching()
        self._opened: list[dict[int, None]] = [{} for _ in planned]
        self._missing: list[list[Box]] = [[] for _ in planned]
        self._stopped: list[dict[int, None]] = [{} for _ in planned]
        self._covers: dict[int, dict[int, None]] = {}
        self._beyond: dict[int, list[Box]] = {}
        self._behind: dict[int, dict[int, None]] = {}
        self._deciding: set[int] = set()
        self._covered: set[int] = set()
        self._boxes_of: dict[int, list[Box]] = {}
        for entry in base.entries:
            self._boxes_of.setdefault(entry.rule, []).extend(
                msgspec.structs.replace(box, state=intersect(box.state, self._judged)) for box in entry.boxes
            )
        self._twins = self._find_twins()

    def _find_touching(self) -> frozenset[int]:
        """Finds the entries that let packets to the product's ports pass, or such as look like answers from them."""
        found = set()
        for place, entry in enumerate(self._base.entries):
            if entry.action in ("accept", "pass"):
                for box in entry.boxes:
                    if overlap(box.state, self._judged) and (
                        overlap(box.service, self._services) or self._answers_from(box)
                    ):
                        found.add(place)
        return frozenset(found)

    def _answers_from(self, box: Box) -> bool:
        """Checks for the product's ports as source ports, as the answers through a stateless filter have."""
        if self._base.tracking not in ("none", "stated") or size(box.source_port) > 60_000:
            return False
        return any(
            overlap(box.source_port, intersect(_ports_of(self._services, protocol), PORTS))
            for protocol, services in (("tcp", TCP), ("udp", UDP))
            if overlap(box.service, services)
        )

    def audit(self, work: Work) -> Audit:
        """Cuts all packets into cells and judges each of them."""
        boxes = self._boxes()
        for family in self._base.families:
            for clip in self._clips(family):
                for cell, keys in cells(boxes, clip, self._wanted, work):
                    self._judge(cell, keys)
        held = set(self._base.families)
        return Audit(
            base=self._base,
            device=self._place.name if self._place else "",
            planned=tuple(self._verdict_on(number) for number in range(len(self._planned)) if self._held(number)),
            rules=tuple(self._rule_verdicts()),
            doubtful=tuple(entry for entry in self._base.not_understood if self._doubtful(entry)),
            unheld=tuple(entry.rule for entry in self._planned if any(box.family not in held for box in entry.needed)),
            missing_families=tuple(self._missing_families()),
            zones=self._zones,
        )

    def _missing_families(self) -> Iterator[Family]:
        """Yield the address families that packets between zones may have and the rule base does not hold."""
        if self._place is None:
            return
        sides = self._place.rules.device.interfaces
        families: tuple[Family, ...] = (4, 6)
        for family in families:
            having = {sides[zone] for zone, addresses in self._place.zones.items() if addresses.get(family)}
            if family not in self._base.families and len(having) > 1:
                yield family

    def _held(self, number: int) -> bool:
        return any(box.family in self._base.families for box in self._planned[number].needed)

    def _boxes(self) -> list[Keyed]:
        found = [(key, box) for key, entry in enumerate(self._base.entries) for box in entry.boxes]
        for number, planned in enumerate(self._planned):
            found += [(self._entries + 2 * number, box) for box in planned.allowed]
            found += [(self._entries + 2 * number + 1, box) for box in planned.needed]
        if self._place is not None:
            sides: dict[str, list[AddressSets]] = {}
            for zone, addresses in self._place.zones.items():
                sides.setdefault(self._place.rules.device.interfaces[zone], []).append(addresses)
            families = self._base.families
            found += [(self._inside, box) for side in sides.values() for box in inside(side, families)]
            if any(self._base.rules[self._base.entries[key].rule].kind in self._unasked for key in self._touching):
                known = self._place.known
                for family in families:
                    some = known.get(family, NONE)
                    found.append(
                        (self._known, msgspec.structs.replace(everything(family), source=some, destination=some))
                    )
        return found

    def _clips(self, family: Family) -> Iterator[Box]:
        """Yields the packets that are judged: to the product's ports, then what looks like answers.

        Rules that are somewhat wider than a port draw what they open beside it into sight; those for every port do not.
        """
        whole = msgspec.structs.replace(everything(family), state=BOTH)
        touching = [box for key in self._touching for box in self._base.entries[key].boxes]
        narrow = [box.service for box in touching if not _every_port(box)]
        services = union(self._services, *(some for some in narrow if overlap(some, self._services)))
        yield msgspec.structs.replace(whole, service=services)
        answers = [
            box.source_port for entry in self._planned for box in entry.needed if not overlap(box.service, services)
        ]
        answers += [box.source_port for box in touching if size(box.source_port) <= 60_000 and self._answers_from(box)]
        if answers:
            rest = subtract(SERVICES, services)
            yield msgspec.structs.replace(whole, service=rest, source_port=union(*answers))

    def _wanted(self, boxes: Sequence[Keyed]) -> bool:
        touching, low, high = self._touching, self._entries, self._inside
        return any(key in touching or low <= key < high for key, _ in boxes)

    def _judge(self, cell: Box, keys: Sequence[int]) -> None:
        met = [key for key in keys if key < self._entries]
        planned = [key - self._entries for key in keys if self._entries <= key < self._inside]
        verdict, path = decide(self._base.entries, met)
        rules = [self._base.entries[key].rule for key in path]
        self._deciding.update(rules)
        for key in met:
            rule = self._base.entries[key].rule
            if key in self._touching and rule not in rules:
                behind = self._behind.setdefault(rule, {})
                if len(behind) < 6:
                    behind.update(dict.fromkeys(rules))
        for key in planned:
            if key % 2:
                self._note_need(key // 2, cell, verdict, rules)
        if verdict != "accept":
            return
        allowed = [key // 2 for key in planned if not key % 2]
        if allowed:
            self._covered.update(allowed)
            for key in path:
                self._covers.setdefault(self._base.entries[key].rule, {}).update(dict.fromkeys(allowed))
        elif self._inside not in keys:
            self._note_beyond(cell, path, keys)

    def _note_need(self, number: int, cell: Box, verdict: str, rules: Sequence[int]) -> None:
        if verdict == "accept":
            if self._base.tracking != "rules" or overlap(cell.state, NEW):
                self._opened[number].update(dict.fromkeys(rules))
            return
        self._stopped[number].update(dict.fromkeys(rules))
        if len(self._missing[number]) <= MAX_CELLS:
            self._missing[number].append(cell)

    def _note_beyond(self, cell: Box, path: Sequence[int], keys: Sequence[int]) -> None:
        state = intersect(cell.state, self._judged)
        if self._answers_pass and not overlap(cell.service, UDP):
            state = intersect(state, NEW)
        if not state:
            return
        for key in path:
            rule = self._base.entries[key].rule
            services = cell.service
            if self._is_unasked(rule):
                # What no rule is about passes here: of that, only the product's own ports between zones matter.
                services = intersect(services, self._governed) if self._known in keys else NONE
            some = self._beyond.setdefault(rule, [])
            if services and key in self._touching and len(some) <= MAX_CELLS:
                some.append(msgspec.structs.replace(cell, state=state, service=services))

    def _is_unasked(self, rule: int) -> bool:
        """Checks for a rule that decides on all that no other one is about."""
        answers = self._answers_pass and all(
            covers(ESTABLISHED, box.state) and _every_port(box) for box in self._boxes_of[rule]
        )
        return answers or self._base.rules[rule].kind in self._unasked

    def _verdict_on(self, number: int) -> PlannedVerdict:
        planned = self._planned[number]
        missing = _pieces(self._missing[number])
        # Partly: some of the rule itself passes, not only packets of connections that cannot begin.
        status: PlannedStatus = "open" if not missing else "partly" if number in self._covered else "missing"
        return PlannedVerdict(
            rule=planned.rule,
            status=status,
            by=tuple(self._opened[number]),
            missing=missing,
            stopped_by=tuple(self._stopped[number])[:6],
            answers_only=bool(missing) and not any(overlap(box.state, NEW) for box in missing.boxes),
        )

    def _rule_verdicts(self) -> Iterator[RuleVerdict]:
        touching = dict.fromkeys(self._base.entries[key].rule for key in sorted(self._touching))
        for rule in touching:
            covered = tuple(self._planned[number].rule for number in self._covers.get(rule, ()))
            beyond = _pieces(self._beyond.get(rule, ()))
            default = self._is_unasked(rule)
            wide = any(map(_every_port, self._boxes_of[rule]))
            if beyond or (wide and covered and not default):
                status: RuleStatus = "too wide" if covered and not default else "surplus"
                yield RuleVerdict(rule=rule, status=status, covers=covered, beyond=beyond, every_port=wide)
            elif rule in self._deciding:
                if covered:
                    yield RuleVerdict(rule=rule, status="exact", covers=covered)
            elif rule in self._behind and not default and not self._is_doubled_by_the_plan(rule):
                yield RuleVerdict(rule=rule, status="shadowed", behind=tuple(self._behind[rule])[:6])

    def _is_doubled_by_the_plan(self, rule: int) -> bool:
        """Checks for a rule that the plan itself has beside a wider one, and the rule base for the first time."""
        marker = self._base.rules[rule].marker
        return rule not in self._twins and any(
            planned.rule.marker == marker
            and all(any(within(box, one) for one in planned.allowed) for box in self._boxes_of[rule])
            for planned in self._planned
        )

    def _find_twins(self) -> set[int]:
        """Finds the rules that repeat an earlier one of the same marker."""
        seen = set()
        found = set()
        for rule, boxes in self._boxes_of.items():
            key = (self._base.rules[rule].marker, tuple(boxes))
            if key in seen:
                found.add(rule)
            seen.add(key)
        return found

    def _doubtful(self, entry: NotUnderstood) -> bool:
        return any(
            (overlap(box.service, self._services) and overlap(box.state, BOTH)) or self._answers_from(box)
            for box in entry.boxes
        )


def _every_port(box: Box) -> bool:
    """Checks for a box with every port of a protocol."""
    return covers(box.service, TCP) or covers(box.service, UDP)


def _ports_of(services: Ranges, protocol: str) -> Ranges:
    return ranges((low % 65536, high % 65536) for low, high in intersect(services, TCP if protocol == "tcp" else UDP))


def _pieces(found: Iterable[Box]) -> Pieces:
    """Joins boxes that differ in one axis alone, so that few are left."""
    boxes = list(found)
    many = len(boxes) > MAX_CELLS
    for _ in range(2):
        for axis in reversed(AXES):
            groups: dict[tuple[object, ...], list[Box]] = {}
            for box in boxes:
                key = (box.family, *(getattr(box, other) for other in AXES if other != axis))
                groups.setdefault(key, []).append(box)
            boxes = [
                some[0]
                if len(some) == 1
                else msgspec.structs.replace(some[0], **{axis: union(*(getattr(box, axis) for box in some))})
                for some in groups.values()
            ]
    return Pieces(tuple(boxes[:MAX_PIECES]), len(boxes) > MAX_PIECES or many)
