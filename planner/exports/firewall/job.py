"""What a format is given to write: the rules of one device or of one kind of host, and what they were before."""

from dataclasses import dataclass
from typing import Literal

from planner.enforcement.device_rules import DeviceRules, HostRules, Permit
from planner.exports.firewall.words import plain
from planner.plan.plan import Plan


@dataclass(frozen=True)
class Change:
    """How one permit differs between two revisions; None: not there."""

    old: Permit | None
    new: Permit | None

    @property
    def sign(self) -> Literal["+", "-", "~"]:
        """Say whether the permit is added, removed or changed."""
        if self.old is None:
            return "+"
        return "-" if self.new is None else "~"


def _same(one: Permit, other: Permit) -> bool:
    """Two permits are the same to a firewall when all but the wording agrees."""
    return (
        (one.in_interface, one.out_interface) == (other.in_interface, other.out_interface)
        and one.source_ports == other.source_ports
        and one.destination_ports == other.destination_ports
        and one.state == other.state
        and one.sources == other.sources
        and one.destinations == other.destinations
    )


def changes(old: tuple[Permit, ...], new: tuple[Permit, ...]) -> tuple[Change, ...]:
    """Compare permits by name and family: first what goes, then what comes and what changes."""
    before = {(permit.name, permit.family): permit for permit in old}
    after = {(permit.name, permit.family): permit for permit in new}
    gone = [Change(permit, None) for key, permit in before.items() if key not in after]
    come = [
        Change(before.get(key), permit)
        for key, permit in after.items()
        if key not in before or not _same(before[key], permit)
    ]
    return (*gone, *come)


@dataclass(frozen=True)
class DeviceJob:
    """The rules of a device in a plan, and the same device's in an older revision of it where one was given."""

    plan: Plan
    rules: DeviceRules
    old: DeviceRules | None = None
    old_plan: Plan | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What became different since the older revision."""
        return changes(self.old.permits, self.rules.permits) if self.old else ()


@dataclass(frozen=True)
class HostJob:
    """The rules of hosts of a zone, and the same in an older revision where one was given."""

    plan: Plan
    rules: HostRules
    old: HostRules | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What became different since the older revision."""
        if not self.old:
            return ()
        return (*changes(self.old.inbound, self.rules.inbound), *changes(self.old.outbound, self.rules.outbound))


Job = DeviceJob | HostJob


def remark(permit: Permit, limit: int) -> str:
    """Write what stands beside a rule on the firewall: marker, last day, reason."""
    until = f" until {permit.rule.until}" if permit.rule.until else ""
    return f"{permit.marker}{until} {plain(permit.rule.justification, limit)}"[:limit].rstrip()
