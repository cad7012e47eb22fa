"""Cisco IOS, NX-OS and ASA: an access list for each interface, written by aerleon and bound in by us.

Lists are named by the plan's revision: the new one is there before the interface takes it, and the old one goes last,
so that no interface is ever without. aerleon begins with the removal of a list; that is left out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from planner.audit.readers.cisco_bindings import canonical
from planner.enforcement.device_rules import DeviceRules, MissingInput
from planner.exports.firewall.access_list import (
    EVERYTHING_ELSE,
    Filter,
    interface_filters,
    list_names,
    prefix,
    shared_networks,
)
from planner.exports.firewall.aerleon import Object, counted, generate, policy_objects
from planner.exports.firewall.model import VENDORS_EXTRA, DeviceJob, Format, RuleWriter
from planner.plan.addresses import FAMILIES, Family
from planner.plan.plan import Plan

Kind = Literal["ios", "nxos", "asa"]
_NOISE = re.compile(r"!|no ip|clear configure|( |access-list \S+ )remark ")
_NAME_REMARK = re.compile(r"( |access-list \S+ )remark (\S+)")
_ENTRY = re.compile(r"(?: |access-list \S+ extended )(permit|deny) ")
_NEIGHBOURS = (" permit icmp any any nd-na", " permit icmp any any nd-ns")
"""Entries for IPv6 neighbour discovery; IOS permits it by itself only where no deny is written."""


class _RouterWriter(RuleWriter[DeviceJob]):
    """Writer for IOS and NX-OS."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def missing(self, job: DeviceJob) -> Iterator[MissingInput]:
        yield from shared_networks(job)
        yield from _doubled_interfaces(job)

    def notes(self, job: DeviceJob) -> Iterator[str]:
        yield (
            "a list also filters what is meant for the router itself: permit its routing and management before it ends"
        )
        if job.rules.device.mode == "additive":
            yield (
                "an interface takes one list: where one is in force already, put these lines before its own, instead "
                "of binding this one, without the permits for answers to other connections and for all else"
            )

    def write(self, job: DeviceJob) -> list[str]:
        old = _old_bindings(job, self._kind)
        return [
            *_lists(job, self._kind),
            *_at_interfaces("", _bindings(job.plan, job.rules, self._kind)),
            *_at_interfaces("no ", [each for each in old if each.is_left]),
            *(f"no {_declared(self._kind, each.name)}" for each in old),
        ]

    def remove(self, job: DeviceJob) -> list[str]:
        bindings = _bindings(job.plan, job.rules, self._kind)
        deleted = (f"no {_declared(self._kind, each.name)}" for each in bindings)
        return [*_at_interfaces("no ", bindings), *deleted]


class _AsaWriter(RuleWriter[DeviceJob]):
    def missing(self, job: DeviceJob) -> Iterator[MissingInput]:
        yield from asa_missing(job)

    def notes(self, _job: DeviceJob) -> Iterator[str]:
        yield "a list of an ASA holds for IPv6 too, from version 9: its last line drops it"

    def write(self, job: DeviceJob) -> list[str]:
        bound = [
            f"access-group {name} in interface {side}" for side, _, name, _ in _bindings(job.plan, job.rules, "asa")
        ]
        old = _old_bindings(job, "asa")
        left = [each for each in old if each.is_left]
        return [*_lists(job, "asa"), *bound, *_asa_unbound(left), *_asa_cleared(old)]

    def remove(self, job: DeviceJob) -> list[str]:
        bindings = _bindings(job.plan, job.rules, "asa")
        return [*_asa_unbound(bindings), *_asa_cleared(bindings)]


def asa_missing(job: DeviceJob) -> Iterator[MissingInput]:
    """Reasons why an ASA's access list would do otherwise than the plan says."""
    yield from shared_networks(job)
    yield from _doubled_interfaces(job)
    device = job.rules.device
    if device.mode == "additive":
        trouble = "an access list on an ASA's interface replaces its security level, so it decides on everything"
        yield MissingInput("device", device.name, "mode", trouble, "exclusive")
    v4 = {permit.marker for permit in job.rules.permits if permit.family == 4}
    for permit in job.rules.permits:
        if permit.marker not in v4:
            trouble = "its addresses are IPv6 alone, which aerleon does not write for an ASA"
            yield MissingInput("rule", permit.marker, "", trouble, "IPv4 addresses at both ends")


def _doubled_interfaces(job: DeviceJob) -> Iterator[MissingInput]:
    """Yield interfaces that the device takes for one, as Gi0/1 and GigabitEthernet0/1."""
    device = job.rules.device
    known: dict[str, str] = {}
    for zone, side in device.interfaces.items():
        first = known.setdefault(canonical(side), side)
        if first != side:
            trouble = f"{side!r} and {first!r} are one interface to the device"
            yield MissingInput("device", device.name, f"interfaces.{zone}", trouble, "one name for each interface")


class _Binding(NamedTuple):
    """A list in force at an interface; ``is_left``: no list of the new revision takes its place there."""

    side: str
    family: Family
    name: str
    is_left: bool = False


def _bindings(plan: Plan, rules: DeviceRules, kind: Kind) -> list[_Binding]:
    sides = dict.fromkeys(rules.device.interfaces.values())
    families = _families(rules, kind)
    names = list_names(plan, rules)
    return [_Binding(side, family, names[side, family]) for side in sides for family in families]


def _old_bindings(job: DeviceJob, kind: Kind) -> list[_Binding]:
    """Lists of the older revision; none where it is the same revision."""
    if job.old is None or job.old_plan is None or prefix(job.old_plan) == prefix(job.plan):
        return []
    now = {(each.side, each.family) for each in _bindings(job.plan, job.rules, kind)}
    old = _bindings(job.old_plan, job.old, kind)
    return [each._replace(is_left=(each.side, each.family) not in now) for each in old]


def _asa_unbound(bindings: Iterable[_Binding]) -> Iterator[str]:
    return (f"no access-group {each.name} in interface {each.side}" for each in bindings)


def _asa_cleared(bindings: Iterable[_Binding]) -> Iterator[str]:
    return (f"clear configure access-list {each.name}" for each in bindings)


def _at_interfaces(word: str, bindings: Iterable[_Binding]) -> Iterator[str]:
    for side, group in groupby(bindings, lambda each: each.side):
        yield f"interface {side}"
        yield from (f" {word}{_binding(each.family)} {each.name} in" for each in group)
        yield "exit"


def _families(rules: DeviceRules, kind: Kind) -> tuple[Family, ...]:
    """Families to filter: both where everything else is dropped, else those that a zone has."""
    if kind == "asa":
        return (4,)
    if rules.device.mode == "exclusive":
        return FAMILIES
    return tuple(family for family in FAMILIES if any(zone.of(family) for zone in rules.zones.values()))


def _binding(family: Family) -> str:
    return "ip access-group" if family == 4 else "ipv6 traffic-filter"


def _declared(kind: Kind, name: str) -> str:
    if name.endswith("-IN6"):
        return f"ipv6 access-list {name}"
    return f"ip access-list {'extended ' if kind == 'ios' else ''}{name}"


_TARGETS: dict[Kind, str] = {"ios": "cisco", "nxos": "cisconx", "asa": "ciscoasa"}


def _target(kind: Kind, filter_: Filter) -> Object:
    options = {4: "extended" if kind == "ios" else "", 6: "inet6"}[filter_.family or 4]
    return {_TARGETS[kind]: f"{filter_.name} {options}".strip()}


def _lists(job: DeviceJob, kind: Kind) -> list[str]:
    """Lists as aerleon writes them; the counts of terms and lines are held against what went in."""
    filters = interface_filters(job, _families(job.rules, kind))
    definitions, objects = policy_objects(filters, aerleon_targets(kind, filters))
    written = "\n".join(generate(definitions, objects))
    terms = [term for filter_ in filters for term in filter_.terms]
    comments = {term.name: term.comment for term in terms}
    kept: list[str] = []
    named = entries = 0
    for line in written.splitlines():
        name = _NAME_REMARK.fullmatch(line)
        if name and name[2] in comments:
            named += 1
            if name[2] == EVERYTHING_ELSE and _is_v6(kept):
                kept += _NEIGHBOURS
            kept.append(f"{name[1]}remark {comments[name[2]]}")
        elif line.strip() and not _NOISE.match(line):
            entries += bool(_ENTRY.match(line))
            kept.append(line.rstrip())
    counted(named, len(terms), "terms")
    counted(entries, sum(term.lines for term in terms), "lines")
    return kept


def _is_v6(lines: Sequence[str]) -> bool:
    """Checks whether the list that these lines end in is one for IPv6."""
    head = next((line for line in reversed(lines) if not line.startswith(" ")), "")
    return head.startswith("ipv6 access-list ")


def aerleon_targets(kind: Kind, filters: Sequence[Filter]) -> list[Object]:
    """Targets for aerleon, one a filter."""
    return [_target(kind, filter_) for filter_ in filters]


_NEW_LISTS = (
    "These are whole lists under names of their own: each interface takes its new one, then those of that revision go, "
    "and nothing of it stays."
)
_LOAD = (
    "paste in configuration mode, or copy to running-config. New lists come first, then each interface takes its own"
)

FORMATS = (
    Format(
        name="cisco-ios", title="Cisco IOS access lists, between zones", scope="device", vendor="cisco-ios",
        writer=_RouterWriter("ios"), reader="ios", comment=("! ", ""), since=_NEW_LISTS, file="sav10-ios.cfg",
        load=_LOAD, extra=VENDORS_EXTRA,
    ),
    Format(
        name="cisco-nxos", title="Cisco NX-OS access lists, between zones", scope="device", vendor="cisco-nxos",
        writer=_RouterWriter("nxos"), reader="ios", comment=("! ", ""), since=_NEW_LISTS, file="sav10-nxos.cfg",
        load=_LOAD, extra=VENDORS_EXTRA,
    ),
    Format(
        name="cisco-asa", title="Cisco ASA access lists, between zones", scope="device", vendor="cisco-asa",
        writer=_AsaWriter(), reader="asa", families=(4,), comment=("! ", ""), since=_NEW_LISTS, file="sav10-asa.cfg",
        load=_LOAD, extra=VENDORS_EXTRA,
    ),
)  # fmt: skip
