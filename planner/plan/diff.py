"""Differences between two plans: answers, rules to add, to remove and to change, and the rollback."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from planner.catalogue.answers import ANSWER_LABELS
from planner.catalogue.model import Catalogue
from planner.derivation.derivation import Derivation
from planner.derivation.flows import state_answer
from planner.derivation.model import Rule, id_part
from planner.plan.plan import Plan, answer_tables
from planner.plan.topology import Device, Zone

if TYPE_CHECKING:
    from planner.plan.addresses import RuleAddresses

NO_RENAMES: Mapping[str, str] = {}
NAMED_FIELDS = ("id", "marker", "from", "to")
"""Fields of a rule that hold nothing but the names of zones."""


class FieldChange(msgspec.Struct, frozen=True):
    """One field that differs: of an answer, a zone, a decision, the change record or a rule. None: not there."""

    about: str
    field: str
    old: Any
    new: Any


class RuleChanges(msgspec.Struct, frozen=True):
    """Rules that one derivation has and another has not; ``changed`` holds (old, new) with equal ids."""

    added: tuple[Rule, ...] = ()
    removed: tuple[Rule, ...] = ()
    changed: tuple[tuple[Rule, Rule], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    @property
    def counts(self) -> str:
        """The counts as ``+2 -1 ~3``; empty where nothing changed."""
        counts = (("+", self.added), ("-", self.removed), ("~", self.changed))
        return " ".join(f"{sign}{len(rules)}" for sign, rules in counts if rules)


class RuleChange(msgspec.Struct, frozen=True):
    """A rule of both plans that differs; ``firewall``: a firewall has to be touched for it.

    Beside the fields of a rule, ``fields`` may hold ``from_addresses`` and ``to_addresses`` (texts), ``address_pairs``
    (``Pairs``), ``translated`` (its zones behind NAT) and ``devices`` (the firewalls between its zones).
    """

    old: Rule
    new: Rule
    fields: tuple[FieldChange, ...]
    firewall: bool
    causes: tuple[str, ...] = ()


class Caused(msgspec.Struct, frozen=True):
    """A rule to add or remove, and its causes."""

    rule: Rule
    causes: tuple[str, ...]


class PlanDifference(msgspec.Struct, frozen=True):
    """Steps from one plan to another.

    ``renamed``: old zone name to new. ``notes``: cautions, such as that a successor reuses a port.
    """

    answers: tuple[FieldChange, ...]
    renamed: tuple[tuple[str, str], ...]
    add: tuple[Caused, ...]
    remove: tuple[Caused, ...]
    change: tuple[RuleChange, ...]
    unchanged: int
    notes: tuple[str, ...]

    @property
    def retires(self) -> bool:
        """True if rules go and nothing is opened: something is being retired."""
        return bool(self.remove) and not self.add and not any(change.firewall for change in self.change)

    @property
    def same(self) -> bool:
        """True if neither answers nor rules differ."""
        return not (self.answers or self.add or self.remove or self.change)


def compare_plans(old: Plan, new: Plan, catalogue: Catalogue) -> PlanDifference:
    """Compares plans for a ticket: every difference counts, and a zone may have another name."""
    renamed = renamed_zones(old.derived.zones, new.derived.zones)
    added, removed, both = match_rules(old.derived, new.derived, renamed)
    answers = tuple(_answer_changes(old, new, renamed))
    causes = _Causes(old, new, answers)
    enforced = _Enforcement(old, new, catalogue, renamed)
    changes = [change for was, rule in both if (change := _rule_change(was, rule, enforced, causes))]
    found = PlanDifference(
        answers=answers,
        renamed=tuple(renamed.items()),
        add=tuple(Caused(rule, causes.of_added(rule)) for rule in added),
        remove=tuple(Caused(rule, causes.of_removed(rule)) for rule in removed),
        change=tuple(changes),
        unchanged=len(both) - len(changes),
        notes=(),
    )
    return msgspec.structs.replace(found, notes=_removal_notes(removed, catalogue, everything=found.retires))


def compare_rules(old: Derivation, new: Derivation) -> RuleChanges:
    """Compares rules for the screen: only what a firewall does and until when counts; a rename is another zone."""
    if old is new:
        return RuleChanges()
    added, removed, both = match_rules(old, new)
    return RuleChanges(
        tuple(added),
        tuple(removed),
        tuple((was, rule) for was, rule in both if was != rule and _permits(was) != _permits(rule)),
    )


def _permits(rule: Rule) -> tuple[object, ...]:
    return rule.source_ports, rule.destination_ports, rule.state, rule.until


def match_rules(
    old: Derivation, new: Derivation, renamed: Mapping[str, str] = NO_RENAMES
) -> tuple[list[Rule], list[Rule], list[tuple[Rule, Rule]]]:
    """Returns the rules that only the new derivation has, those that only the old one has, and those of both."""
    before = {_renamed_id(rule, renamed) if renamed else rule.id: rule for rule in _rules(old)}
    added: list[Rule] = []
    both: list[tuple[Rule, Rule]] = []
    for rule in _rules(new):
        was = before.pop(rule.id, None)
        if was is None:
            added.append(rule)
        else:
            both.append((was, rule))
    return added, list(before.values()), both


def way_back(difference: PlanDifference, old: Plan, new: Plan, catalogue: Catalogue) -> PlanDifference:
    """Returns the steps that undo a difference, in reverse order: the last step is undone first."""
    back = compare_plans(new, old, catalogue)
    done = {rule_change.new.id: place for place, rule_change in enumerate(difference.change)}
    added = {caused.rule.id: place for place, caused in enumerate(difference.add)}
    removed = {caused.rule.id: place for place, caused in enumerate(difference.remove)}
    return msgspec.structs.replace(
        back,
        change=tuple(sorted(back.change, key=lambda change: -done[change.old.id])),
        remove=tuple(sorted(back.remove, key=lambda caused: -added[caused.rule.id])),
        add=tuple(sorted(back.add, key=lambda caused: -removed[caused.rule.id])),
    )


def renamed_zones(old: Sequence[Zone], new: Sequence[Zone]) -> dict[str, str]:
    """Returns zones that only have another name, old to new: one name gone, one new, everything else equal."""
    new_names, old_names = {zone.name for zone in new}, {zone.name for zone in old}
    gone = [zone for zone in old if zone.name not in new_names]
    come = [zone for zone in new if zone.name not in old_names]
    found: dict[str, str] = {}
    for zone in gone:
        alike = [other for other in come if _but_name(other) == _but_name(zone)]
        rivals = [other for other in gone if _but_name(other) == _but_name(zone)]
        if len(alike) == 1 and len(rivals) == 1:
            found[zone.name] = alike[0].name
    return found


def _but_name(zone: Zone) -> tuple[Any, ...]:
    """Returns the fields of a zone beside its name. Parents are left out: they may be renamed too."""
    return zone.roles, zone.networks, zone.hosts, zone.nat, zone.note


def _rules(derivation: Derivation) -> tuple[Rule, ...]:
    return (*derivation.rules, *derivation.host_rules)


def _renamed_id(rule: Rule, renamed: Mapping[str, str]) -> str:
    if rule.from_ not in renamed and rule.to not in renamed:
        return rule.id
    flows = rule.id.partition(":")[0]
    back = ":return" if rule.is_return else ""
    first, second = (rule.to, rule.from_) if rule.is_return else (rule.from_, rule.to)
    return f"{flows}:{id_part(renamed.get(first, first))}>{id_part(renamed.get(second, second))}{back}"


def _rule_change(old: Rule, new: Rule, enforced: "_Enforcement", causes: "_Causes") -> RuleChange | None:
    names = zip(Rule.__struct_fields__, Rule.__struct_encode_fields__, strict=True)
    fields = [
        FieldChange(new.id, encoded, getattr(old, name), getattr(new, name))
        for name, encoded in (names if old != new else ())
        if getattr(old, name) != getattr(new, name)
    ]
    fields += enforced.changes(old, new)
    if not fields:
        return None
    recorded = {*NAMED_FIELDS, "justification", "notes", "because", "cites", "until", "flows"}
    firewall = any(change.field not in recorded for change in fields)
    return RuleChange(old, new, tuple(fields), firewall, causes.of_changed(old, new, fields))


class _Enforcement:
    """Differences of what firewalls enforce for rules of two plans: addresses, translation, devices."""

    def __init__(self, old: Plan, new: Plan, catalogue: Catalogue, renamed: Mapping[str, str]) -> None:
        self._plans = old, new
        self._catalogue = catalogue
        self._renamed = renamed
        self._zones = tuple({zone.name: zone for zone in plan.derived.zones} for plan in self._plans)
        self._same_answers = old.topology.answers == new.topology.answers
        self._same_devices = self._devices_of(old, renamed) == self._devices_of(new, NO_RENAMES)

    @cached_property
    def _addresses(self) -> "tuple[RuleAddresses, RuleAddresses]":
        from planner.plan.addresses import RuleAddresses  # with it comes ipaddress

        old, new = self._plans
        return RuleAddresses(old, self._catalogue), RuleAddresses(new, self._catalogue)

    def changes(self, old: Rule, new: Rule) -> Iterator[FieldChange]:
        """Returns the fields of enforcement that differ."""
        before, after = (
            tuple(zones[name] for name in (rule.from_, rule.to))
            for zones, rule in zip(self._zones, (old, new), strict=True)
        )
        if not self._same_answers or any(_place(was) != _place(now) for was, now in zip(before, after, strict=True)):
            yield from self._address_changes(old, new)
        translated = tuple(
            tuple(end for end, zone in zip(("source", "destination"), ends, strict=True) if zone.nat)
            for ends in (before, after)
        )
        if translated[0] != translated[1]:
            yield FieldChange(new.id, "translated", *translated)
        if not self._same_devices and new.from_ != new.to:
            devices = self._between(self._plans[0], old), self._between(self._plans[1], new)
            if devices[0] != devices[1]:
                yield FieldChange(new.id, "devices", *devices)

    def _address_changes(self, old: Rule, new: Rule) -> Iterator[FieldChange]:
        was, now = (found.of(rule) for found, rule in zip(self._addresses, (old, new), strict=True))
        if was == now:
            return
        for name, one, other in zip(("from_addresses", "to_addresses"), was, now, strict=True):
            if one != other:
                yield FieldChange(new.id, name, one, other)
        pairs = (found.pairs(found.ends(rule)) for found, rule in zip(self._addresses, (old, new), strict=True))
        yield FieldChange(new.id, "address_pairs", *pairs)

    @staticmethod
    def _devices_of(plan: Plan, renamed: Mapping[str, str]) -> list[object]:
        return [
            (device.name, *_device_form(device), {renamed.get(zone, zone): name for zone, name in named})
            for device in plan.topology.devices
            for named in [device.interfaces.items()]
        ]

    @staticmethod
    def _between(plan: Plan, rule: Rule) -> tuple[str, ...]:
        return tuple(
            f"{device.name}: {', '.join(_device_form(device))}, "
            f"{device.interfaces[rule.from_]} to {device.interfaces[rule.to]}"
            for device in plan.topology.devices
            if rule.from_ in device.interfaces and rule.to in device.interfaces
        )


def _place(zone: Zone) -> tuple[object, ...]:
    """Returns the fields of a zone that effective addresses depend on."""
    return zone.roles, zone.networks, zone.hosts


def _device_form(device: Device) -> tuple[str, str, str]:
    return device.vendor, "stateful" if device.stateful else "stateless", device.mode


class _Causes:
    """Answers, zones and devices behind rules that only one of two plans has, or that both have otherwise."""

    def __init__(self, old: Plan, new: Plan, answers: Sequence[FieldChange]) -> None:
        self._old_texts, self._new_texts = _answer_texts(old), _answer_texts(new)
        self._old_zones = {zone.name for zone in old.derived.zones}
        self._new_zones = {zone.name for zone in new.derived.zones}
        self._edits: dict[str, list[str]] = {}
        for change in answers:
            self._edits.setdefault(change.about, []).append(change.field)

    def of_added(self, rule: Rule) -> tuple[str, ...]:
        """Returns the answers or zones of the new plan alone."""
        return self._of(rule, self._old_texts, self._old_zones, "zone added")

    def of_removed(self, rule: Rule) -> tuple[str, ...]:
        """Returns the answers or zones of the old plan alone."""
        return self._of(rule, self._new_texts, self._new_zones, "zone gone")

    def of_changed(self, old: Rule, new: Rule, fields: Sequence[FieldChange]) -> tuple[str, ...]:
        """Returns the answers of the new plan alone, and the fields of its zones and devices that were edited."""
        found = [text for text in new.because if text not in self._old_texts]
        found += [f"no longer: {text}" for text in old.because if text not in self._new_texts]
        named = {field.field for field in fields}
        if named & {"from_addresses", "to_addresses", "translated"}:
            for zone in dict.fromkeys((new.from_, new.to)):
                edits = [edit for edit in self._edits.get(f"zone {zone}", ()) if edit in _PLACE]
                found += [f"zone {zone}: {', '.join(edits)}"] if edits else []
        if "devices" in named:
            found += [about for about in self._edits if about.startswith("device ")]
        return tuple(dict.fromkeys(found)) or tuple(dict.fromkeys(about for about in self._edits))

    @staticmethod
    def _of(rule: Rule, texts: set[str], zones: set[str], word: str) -> tuple[str, ...]:
        answers = [text for text in rule.because if text not in texts]
        places = [f"{word}: {zone}" for zone in dict.fromkeys((rule.from_, rule.to)) if zone not in zones]
        return tuple(answers or places) or ("zones: roles or parents differ",)


_PLACE = ("roles", "networks", "hosts", "nat")


def _answer_texts(plan: Plan) -> set[str]:
    texts = {state_answer(plan.topology.answers, name) for name in ANSWER_LABELS}
    return texts | {f"zone {zone.name}: parents = {', '.join(zone.parents)}" for zone in plan.topology.zones}


def _answer_changes(old: Plan, new: Plan, renamed: Mapping[str, str]) -> Iterator[FieldChange]:
    before, after = answer_tables(old), answer_tables(new)
    for name in ("plan", "change", "topology"):
        yield from _table_changes(name, before.get(name, {}), after.get(name, {}))
    for name, key in (("zone", "name"), ("device", "name"), ("decision", "id")):
        names = renamed if name == "zone" else {}
        was = {names.get(entry.get(key, ""), entry.get(key, "")): entry for entry in before.get(name, ())}
        now = {entry.get(key, ""): entry for entry in after.get(name, ())}
        for id_ in dict.fromkeys((*was, *now)):
            about = f"{name} {id_}"
            if id_ not in now:
                yield FieldChange(about, "", was[id_].get(key, ""), None)
            elif id_ not in was:
                yield FieldChange(about, "", None, now[id_].get(key, ""))
            else:
                yield from _table_changes(about, was[id_], now[id_])


def _table_changes(about: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[FieldChange]:
    for field in dict.fromkeys((*old, *new)):
        if old.get(field) != new.get(field):
            yield FieldChange(about, field, old.get(field), new.get(field))


def closed_ports(difference: PlanDifference, new: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the ports of the rules to remove, as ``TCP 2968``: those that nothing opens any more, and the others."""
    kept = dict.fromkeys(_port(rule) for rule in _rules(new.derived))
    gone = dict.fromkeys(_port(caused.rule) for caused in difference.remove)
    return tuple(port for port in gone if port not in kept), tuple(port for port in gone if port in kept)


def _port(rule: Rule) -> str:
    return f"{rule.protocol.upper()} {rule.source_ports if rule.is_return else rule.destination_ports}"


def _removal_notes(removed: Sequence[Rule], catalogue: Catalogue, *, everything: bool) -> tuple[str, ...]:
    """Returns the notes of the catalogue that matter when a port is closed for good; for a retirement all of them."""
    flows = {flow for rule in removed for flow in rule.flows}
    services = {
        service for flow in flows for leg in catalogue.legs_of(catalogue.flows[flow]) for service in leg.services
    }
    closing = catalogue.services if everything else services
    ids = dict.fromkeys(note for service in sorted(closing) for note in catalogue.services[service].notes)
    return tuple(catalogue.notes[note].text for note in ids if catalogue.notes[note].on_removal)
