"""Model of a firewall export: its format, the writer behind it, and the rules of a device or host that it writes.

No target's quoting is relied on: text of a plan is reduced to printable ASCII from a closed list, with nothing that
ends a string, a comment or a line, no variable, no wildcard, no help key.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from planner.audit.readers.rule_base import RuleFormat
from planner.enforcement.device_rules import DeviceRules, HostRules, MissingInput, Permit
from planner.enforcement.vendors import Vendor
from planner.plan.addresses import Family
from planner.plan.plan import Plan
from planner.plan.topology import Device

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._:/@+,()=-]+")
_LEADING = " ._:/@+,()=-"
REPLACEMENT = "_"


@lru_cache(maxsize=4096)
def plain(text: str, limit: int) -> str:
    """Returns letters, digits and harmless signs of a text, at most ``limit`` characters; it starts with no sign.

    Letters with accents lose them; everything else that is not plain becomes one ``_``.
    """
    from unicodedata import combining, normalize

    # Decomposed text may become longer, never shorter than a quarter of it: no more has to be read.
    text = text[: 4 * limit]
    if not text.isascii():
        text = "".join(sign for sign in normalize("NFKD", text) if not combining(sign))
    text = " ".join(_NOT_PLAIN.sub(REPLACEMENT, text).split()).lstrip(_LEADING)
    return text[:limit].rstrip()


def remark(permit: Permit, limit: int) -> str:
    """Remark beside a rule on the firewall: marker, last day, reason."""
    until = f" until {permit.rule.until}" if permit.rule.until else ""
    return f"{permit.marker}{until} {plain(permit.rule.justification, limit)}"[:limit].rstrip()


@dataclass(frozen=True)
class PermitChange:
    """Difference of one permit between two revisions; None: not there."""

    old: Permit | None
    new: Permit | None

    @property
    def sign(self) -> Literal["+", "-", "~"]:
        """Sign of an added, a removed or a changed permit."""
        if self.old is None:
            return "+"
        return "-" if self.new is None else "~"


def _effect(permit: Permit) -> tuple[object, ...]:
    """Key of what a firewall does with a permit: all but the wording."""
    return (
        permit.in_interface, permit.out_interface, permit.source_ports, permit.destination_ports, permit.state,
        permit.sources, permit.destinations,
    )  # fmt: skip


def _permit_changes(old: tuple[Permit, ...], new: tuple[Permit, ...]) -> tuple[PermitChange, ...]:
    """Compares permits by name and family: first the removed ones, then the added and the changed."""
    before = {(permit.name, permit.family): permit for permit in old}
    after = {(permit.name, permit.family): permit for permit in new}
    return (
        *(PermitChange(permit, None) for key, permit in before.items() if key not in after),
        *(
            PermitChange(before.get(key), permit)
            for key, permit in after.items()
            if key not in before or _effect(before[key]) != _effect(permit)
        ),
    )


@dataclass(frozen=True)
class DeviceJob:
    """Rules of a device in a plan, and the same device's in an older revision of it where one was given."""

    plan: Plan
    rules: DeviceRules
    old: DeviceRules | None = None
    old_plan: Plan | None = None

    @property
    def changes(self) -> tuple[PermitChange, ...]:
        """Permits that differ from the older revision."""
        return _permit_changes(self.old.permits, self.rules.permits) if self.old else ()


@dataclass(frozen=True)
class HostJob:
    """Rules of hosts of a zone, and the same in an older revision where one was given."""

    plan: Plan
    rules: HostRules
    old: HostRules | None = None

    @property
    def changes(self) -> tuple[PermitChange, ...]:
        """Permits that differ from the older revision."""
        if not self.old:
            return ()
        inbound = _permit_changes(self.old.inbound, self.rules.inbound)
        return (*inbound, *_permit_changes(self.old.outbound, self.rules.outbound))


Job = DeviceJob | HostJob
J_contra = TypeVar("J_contra", DeviceJob, HostJob, contravariant=True)


class RuleWriter(Protocol[J_contra]):
    """Writer of rules in one firewall format. Subclasses write at least ``write`` and ``remove``."""

    def missing(self, _job: J_contra) -> Iterable[MissingInput]:
        """Reasons why this format cannot say the rules exactly."""
        return ()

    def notes(self, _job: J_contra) -> Iterable[str]:
        """Notes on what the format adds to the rules, leaves out or leaves to others."""
        return ()

    def removal_notes(self, _job: J_contra) -> Iterable[str]:
        """Notes on what a removal leaves behind."""
        return ()

    def write(self, job: J_contra) -> list[str]:
        """Lines of the whole."""

    def change(self, _job: J_contra) -> list[str] | None:
        """Lines of the change since the older revision; None where the format always writes the whole."""
        return None

    def remove(self, job: J_contra) -> list[str]:
        """Lines that take the rules out again."""


Scope = Literal["device", "host"]


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One firewall format.

    ``scope``: the boundary between zones (a device), or the own firewall of one kind of host. ``sibling``: the format
    that holds the other address family. ``reader``: the rule base format in which an export is read back as a proof.
    ``comment``: the signs around a line of the heading. ``load``: how it gets
    in; ``unload``: how a removal or a change does, where that is not the first sentence of it. ``since``: whether an
    export since an older revision is the change alone, or everything.
    """

    name: str
    title: str
    scope: Scope
    writer: RuleWriter[Any]
    vendor: Vendor | None = None
    families: tuple[Family, ...] = (4, 6)
    comment: tuple[str, str] = ("# ", "")
    line_end: str = "\n"
    file: str
    load: str
    extra: str = ""
    sibling: str = ""
    reader: RuleFormat | None = None
    unload: str = ""
    since: str = "Below is only what became different: load it where that revision is in force."

    def fitting(self, devices: Sequence[Device]) -> list[Device]:
        """Returns the devices that it can be written for; Linux alone where no other is there for any vendor."""
        if self.vendor:
            return [device for device in devices if device.vendor == self.vendor]
        return [device for device in devices if device.vendor != "linux"] or list(devices)


IN_ITS_PLACE = "This is the whole: loaded where that revision is in force, it takes its place, and nothing of it stays."
VENDORS_EXTRA = "needs the extra 'vendors'"
IN_CONFIGURATION_MODE = "paste in configuration mode, then commit"

Objects = dict[str, tuple[str, ...]]
"""Path of each object of a configuration, in its order, and the lines that are set below it."""


def changed_objects(old: Objects, new: Objects) -> Iterator[str]:
    """Commands that delete removed and changed objects, users before what they use, and set added and changed ones."""
    yield from removed_objects([path for path, lines in old.items() if new.get(path) != lines])
    for path, lines in new.items():
        if old.get(path) != lines:
            yield from (f"set {path} {line}" for line in lines)


def removed_objects(paths: Iterable[str]) -> Iterator[str]:
    """Commands that delete objects, the last one first."""
    return (f"delete {path}" for path in reversed(list(paths)))
