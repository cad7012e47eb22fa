"""Form fields of the zones: their list, and of each its name, roles, addresses, parents, translation and note."""

from collections.abc import Callable

from planner.catalogue.answers import RoleId
from planner.catalogue.model import Catalogue
from planner.plan.editing import own_zones, set_zone
from planner.plan.explanation import Line
from planner.plan.plan import Plan
from planner.plan.topology import OUTSIDE_ZONE, Zone
from planner.session.forms import YES_NO, Field, FieldKind

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
            switch = _role_switch(zone, role.id)
            fields.append(change(f"roles.{role.id}", role.title, "yesno", entry, about, switch, lines))
    networks = "The networks of this zone: CIDR, addresses or ranges, apart by commas or blanks. Exports need them."
    fields.append(change("networks", "Networks", "list", ", ".join(zone.networks), networks, read_networks))
    for role_id in zone.roles:
        title = catalogue.roles[role_id].title
        entry = ", ".join(zone.hosts.get(role_id, ()))
        about = f"Addresses of the hosts with the role {title}; they narrow its rules. Empty: the whole zone."
        fields.append(
            change(f"hosts.{role_id}", f"{title} hosts", "list", entry, about, _host_setter(zone, role_id, read_hosts))
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


def _role_switch(zone: Zone, role: RoleId) -> Callable[[str], object]:
    return _member_switch(zone.roles, role)


def _member_switch(members: tuple[str, ...], member: str) -> Callable[[str], object]:
    others = tuple(name for name in members if name != member)
    return lambda text: (*others, member) if text == "yes" else others


def _host_setter(zone: Zone, role: RoleId, read: Callable[[str], tuple[str, ...]]) -> Callable[[str], object]:
    def hosts(text: str) -> object:
        changed = {**zone.hosts, role: read(text)}
        return {name: addresses for name, addresses in changed.items() if addresses}

    return hosts


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
    found = [catalogue.citations[cite] for cite in cites][:_CITED]
    said = f"A host of this kind {' and '.join(words)}, as far as the answers call for it."
    return (
        Line("opens", said),
        *(Line("document", f"{cite.section}, {cite.where}: {cite.says}") for cite in found),
    )


def _ports(services: tuple[str, ...], plan: Plan, catalogue: Catalogue) -> list[str]:
    known = [catalogue.services[service] for service in services]
    return [f"{service.protocol.upper()} {service.port_for(plan.topology.answers)}" for service in known]
