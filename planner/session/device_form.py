"""Form fields of the firewalls between the zones, and the edits behind them."""

from collections.abc import Callable
from typing import Any

import msgspec

from planner.catalogue.answers import TopologyError
from planner.catalogue.model import Catalogue
from planner.enforcement.vendors import VENDORS, facts_of
from planner.plan.editing import own_zones
from planner.plan.explanation import Line
from planner.plan.plan import Plan
from planner.plan.topology import MAX_NAME, Device, Topology
from planner.session.forms import YES_NO, Field

replace = msgspec.structs.replace

_MODES = (("exclusive", "drop all else"), ("additive", "the product's ports alone"))


def with_devices(plan: Plan, devices: tuple[Device, ...]) -> Plan:
    """Put other devices into the plan.

    Raises:
        TopologyError: a name used twice, an interface for no zone.
    """
    topology = plan.topology
    return replace(plan, topology=Topology(answers=topology.answers, zones=topology.zones, devices=devices))


def add_device(plan: Plan) -> Plan:
    """Add a firewall that has no interface yet, under the first name that is free."""
    taken = {device.name for device in plan.topology.devices}
    name = next(name for number in range(1, len(taken) + 2) if (name := f"firewall-{number}") not in taken)
    stateful = plan.topology.answers.boundary == "stateful"
    added = Device(name=name, vendor="linux", stateful=stateful)
    return with_devices(plan, (*plan.topology.devices, added))


def remove_device(plan: Plan, index: int) -> Plan:
    """Remove a firewall."""
    kept = tuple(device for number, device in enumerate(plan.topology.devices) if number != index)
    return with_devices(plan, kept)


def _set(plan: Plan, index: int, **values: Any) -> Plan:
    devices = list(plan.topology.devices)
    devices[index] = replace(devices[index], **values)
    return with_devices(plan, tuple(devices))


def device_fields(plan: Plan, index: int, catalogue: Catalogue) -> tuple[Field, ...]:
    """Fields of one firewall: name, vendor, state, mode, and its interface for each zone."""
    device = plan.topology.devices[index]

    def change(id_: str, title: str, entry: str, about: str, read: Callable[[str], Any], **more: Any) -> Field:
        return Field(
            id=id_, title=title, value=entry or "-", entry=entry, about=(Line("asks", about),),
            kind="choice" if "choices" in more else "text",
            apply=lambda plan, text: _set(plan, index, **{id_.partition(".")[0]: read(text)}), **more,
        )  # fmt: skip

    facts = facts_of(device)
    side = facts.interface if facts else "interface"
    vendors = tuple((name, known.title) for name, known in VENDORS.items())
    stateful = "Does it follow connections, so that answers pass by themselves? Access lists of routers do not."
    mode = "Is everything else dropped, or are only the product's ports governed and all else left as it is?"
    return (
        change("name", "Device", device.name, "What the firewall is called.", _name),
        change("vendor", "Vendor", device.vendor, "What kind of firewall it is.", str, choices=vendors),
        change("stateful", "Follows connections", "yes" if device.stateful else "no", stateful,
               lambda text: text == "yes", choices=YES_NO),
        change("mode", "Mode", device.mode, mode, str, choices=_MODES),
        *(
            change(
                f"interfaces.{zone.name}", f"{side} for {zone.name}", device.interfaces.get(zone.name, ""),
                f"The firewall's own {side} on the side of this zone; nothing if it does not see the zone."
                f"{f' Accepted: {facts.accepted}.' if facts else ''}",
                _side_setter(device, zone.name),
            )
            for zone in own_zones(plan, catalogue)
        ),
    )  # fmt: skip


def _name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise TopologyError(f"name: {name!r} cannot be one; accepted: 1 to {MAX_NAME} printable characters")
    return name


def _side_setter(device: Device, zone: str) -> Callable[[str], dict[str, str]]:
    def sides(text: str) -> dict[str, str]:
        changed = {**device.interfaces, zone: text.strip()}
        return {name: side for name, side in changed.items() if side}

    return sides
