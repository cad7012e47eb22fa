"""Form fields of the zones and of the firewalls between them, and the edits behind them."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import msgspec

from planner.catalogue.answers import RoleId, TopologyError
from planner.catalogue.model import Catalogue
from planner.enforcement.vendors import VENDORS, facts_of
from planner.plan.editing import own_zones, set_zone
from planner.plan.explanation import Line, citation_lines
from planner.plan.plan import Plan
from planner.plan.topology import MAX_NAME, OUTSIDE_ZONE, Device, Topology, Zone
from planner.session.forms import YES_NO, Field, FieldKind
from planner.text.escaping import is_printable

MANY_PARENTS = 12
"""With more candidates than this, parents are typed by name rather than switched one by one."""


def zone_list(plan: Plan, catalogue: Catalogue) -> tuple[Field, ...]:
    """Fields of the list of zones, one each."""
    return tuple(
        Field(
            id=zone.name, title=zone.name, kind="zone", apply=lambda plan, _: plan,
            value=", ".join(zone.roles) or "no role", about=tuple(_zone_lines(zone, catalogue)),
        )
        for zone in own_zones(plan, catalogue)
    )  # fmt: skip


def _zone_lines(zone: Zone, catalogue: Catalogue) -> list[Line]:
    lines = [Line("roles", ", ".join(catalogue.roles[role].title for role in zone.roles) or "none yet")]
    if zone.networks:
        lines.append(Line("networks", ", ".join(zone.networks)))
    lines += [Line("hosts", f"{role}: {', '.join(addresses)}") for role, addresses in zone.hosts.items()]
    if zone.parents:
        lines.append(Line("parents", ", ".join(zone.parents)))
    if zone.nat:
        lines.append(Line("NAT", "addresses are translated at its boundary"))
    if zone.note:
        lines.append(Line("note", zone.note))
    return lines


def zone_fields(plan: Plan, index: int, catalogue: Catalogue) -> tuple[Field, ...]:
    """Fields of one zone: name, roles, addresses, parents, translation, note."""
    from planner.plan.addresses import read_hosts, read_networks

    zones = own_zones(plan, catalogue)
    zone = zones[index]

    def change(
        id_: str,
        title: str,
        kind: FieldKind,
        entry: str,
        about: str,
        read: Callable[[str], object],
        more: tuple[Line, ...] = (),
    ) -> Field:
        name = id_.partition(".")[0]
        lines = more or (Line("opens", _OPENS[name]),)
        return Field(
            id=id_, title=title, value=entry or "-", entry=entry, kind=kind,
            choices=YES_NO if kind == "yesno" else (), about=(Line("asks", about), *lines),
            apply=lambda plan, text: set_zone(plan, index, catalogue, **{name: read(text)}),
        )  # fmt: skip

    fields = [change("name", "Name", "text", zone.name, "What the zone is called; rules carry this name.", str.strip)]
    for role in catalogue.roles.values():
        if role.id != OUTSIDE_ZONE or role.id in zone.roles:
            about = f"Does this zone hold: {role.who}?"
            entry = "yes" if role.id in zone.roles else "no"
            lines = _role_lines(role.id, plan, catalogue)
            switch = _member_switch(zone.roles, role.id)
            fields.append(change(f"roles.{role.id}", role.title, "yesno", entry, about, switch, lines))
    networks = "The networks of this zone: CIDR, addresses or ranges, apart by commas or blanks. Exports need them."
    fields.append(change("networks", "Networks", "list", ", ".join(zone.networks), networks, read_networks))
    for role_id in zone.roles:
        title = catalogue.roles[role_id].title
        entry = ", ".join(zone.hosts.get(role_id, ()))
        about = f"Addresses of the hosts with the role {title}; they narrow its rules. Empty: the whole zone."
        fields.append(
            change(
                f"hosts.{role_id}",
                f"{title} hosts",
                "list",
                entry,
                about,
                _entry_setter(zone.hosts, role_id, read_hosts),
            )
        )
    if any(catalogue.roles[role_id].has_parents for role_id in zone.roles):
        fields += _parent_fields(zone, zones, change)
    nat = "Are addresses translated at this zone's boundary? Pushes and console actions then need care."
    fields.append(change("nat", "NAT", "yesno", "yes" if zone.nat else "no", nat, lambda text: text == "yes"))
    fields.append(change("note", "Note", "text", zone.note, "Anything the reviewer should know.", str.strip))
    return tuple(fields)


def _parent_fields(zone: Zone, zones: tuple[Zone, ...], change: Callable[..., Field]) -> list[Field]:
    candidates = [other.name for other in zones if other.name != zone.name and {"server", "netware"} & set(other.roles)]
    about = "Which server zones manage this zone's clients? None named: all of them."
    if len(candidates) > MANY_PARENTS:
        return [
            change(
                "parents", "Parents", "list", ", ".join(zone.parents), about,
                lambda text: tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip())),
            )
        ]  # fmt: skip
    return [
        change(
            f"parents.{name}", f"Parent {name}", "yesno", "yes" if name in zone.parents else "no", about,
            _member_switch(zone.parents, name),
        )
        for name in candidates
    ]  # fmt: skip


def _member_switch(members: tuple[str, ...], member: str) -> Callable[[str], object]:
    others = tuple(name for name in members if name != member)
    return lambda text: (*others, member) if text == "yes" else others


def _entry_setter(entries: Mapping[Any, Any], key: str, read: Callable[[str], object]) -> Callable[[str], object]:
    def changed(text: str) -> dict[Any, Any]:
        return {name: value for name, value in {**entries, key: read(text)}.items() if value}

    return changed


_OPENS = {
    "name": "Opens nothing; the rules of this zone carry the name.",
    "networks": "Opens nothing more; rules, exports and tests name these addresses in place of the zone.",
    "hosts": "Opens nothing more; rules and exports name these hosts in place of the networks.",
    "parents": "Keeps check-in, push and rollout between this zone and its parents; other servers get no rule to it.",
    "nat": "Opens nothing; rules stay as they are, and a finding says what does not pass a translation.",
    "note": "Opens nothing; the reviewer reads it in the plan.",
}
"""Meaning of each zone field on the network."""

_CITED = 3
"""As many places of the document are given for a role."""


def _role_lines(role: RoleId, plan: Plan, catalogue: Catalogue) -> tuple[Line, ...]:
    """Lines on the ports that a role listens on and opens, with their places in the document."""
    listens: dict[str, None] = {}
    opens: dict[str, None] = {}
    cites: dict[str, None] = {}
    for flow in catalogue.flows.values():
        if flow.class_ not in ("required", "inferred"):
            continue
        for leg in catalogue.legs_of(flow):
            for side, ends in ((listens, leg.to), (opens, leg.from_)):
                if role in ends:
                    side.update(dict.fromkeys(_ports(leg.services, plan, catalogue)))
                    cites.update(dict.fromkeys(flow.cites))
    words = [f"{verb} {', '.join(ports)}" for verb, ports in (("listens on", listens), ("opens", opens)) if ports]
    said = f"A host of this kind {' and '.join(words)}, as far as the answers call for it."
    return (Line("opens", said), *citation_lines(islice(cites, _CITED), catalogue))


def _ports(services: tuple[str, ...], plan: Plan, catalogue: Catalogue) -> list[str]:
    known = [catalogue.services[service] for service in services]
    return [f"{service.protocol.upper()} {service.port_for(plan.topology.answers)}" for service in known]


replace = msgspec.structs.replace

_MODES = (("exclusive", "drop all else"), ("additive", "the product's ports alone"))


def with_devices(plan: Plan, devices: tuple[Device, ...]) -> Plan:
    """Put other devices into the plan. Raises TopologyError: a name used twice, an interface for no zone."""
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
                _entry_setter(device.interfaces, zone.name, str.strip),
            )
            for zone in own_zones(plan, catalogue)
        ),
    )  # fmt: skip


def _name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= MAX_NAME or not is_printable(name):
        raise TopologyError(f"name: {name!r} cannot be one; accepted: 1 to {MAX_NAME} printable characters")
    return name
