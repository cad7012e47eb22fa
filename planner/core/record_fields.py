"""Form fields of the plan's head, the change record, the zones and the decisions."""

from collections.abc import Callable
from typing import get_args

from planner.core.catalogue import Catalogue
from planner.core.derived import DecisionState
from planner.core.editing import decide, own_zones, set_change, set_head, set_zone
from planner.core.explanation import Line
from planner.core.fields import YES_NO, Field, FieldKind, parse, parse_date
from planner.core.plan import Plan, Status
from planner.core.topology import OUTSIDE_ZONE, RoleId, TopologyError, Zone

MANY_PARENTS = 12
"""With more candidates than this, parents are typed by name rather than switched one by one."""

_CHANGE_TEXTS = (
    ("ticket", "Ticket", "The change ticket this plan is attached to."),
    ("requester", "Requester", "Who asks for the change."),
    ("implementer", "Implementer", "Who types the rules into the firewall."),
    ("reason", "Reason", "Why the change is needed."),
    (
        "security_impact",
        "Security impact",
        "What the change means for security, in the words of whoever answers for it.",
    ),
    ("window_start", "Window from", "When the change window opens."),
    ("window_end", "Window to", "When the change window closes."),
)
_CHANGE_DATES = (
    ("review_by", "Review by", "When the rules should be looked at again."),
    ("expires", "Expires", "When the rules should be taken out."),
)


def change_fields(plan: Plan) -> tuple[Field, ...]:
    """Give title, identity, status and change record."""
    head = plan.head
    open_ = plan.derived.summary
    waits = f"{open_.decisions_open} decisions undecided, {open_.assumed} answers assumed"
    blocked = open_.decisions_open or open_.assumed

    def set_status(plan: Plan, text: str) -> Plan:
        if blocked and text != "draft":
            raise TopologyError(f"status: stays draft while something is open ({waits}); accepted: draft")
        return set_head(plan, status=text)

    statuses: tuple[Status, ...] = get_args(Status)
    return (
        _text("title", "Title", head.title, "What the plan is called.", lambda p, t: set_head(p, title=t.strip())),
        *(
            _text(name, title, getattr(plan.change, name), about, _change_setter(name))
            for name, title, about in _CHANGE_TEXTS
        ),
        *(_date(name, title, getattr(plan.change, name), about, _change_setter(name, dates=True))
          for name, title, about in _CHANGE_DATES),
        _date("created", "Created", head.created, "The plan's own date; no clock sets it.",
              lambda p, t: set_head(p, created=parse_date(t.strip(), "created"))),
        Field(
            id="revision", title="Revision", value=str(head.revision), entry=str(head.revision), kind="number",
            accepted="1 or more", about=(Line("asks", "Which version of this plan it is."),),
            apply=lambda p, t: set_head(p, revision=_revision(t)),
        ),
        Field(
            id="status", title="Status", value=plan.status, entry=plan.status, kind="choice",
            choices=tuple((status, status) for status in statuses), apply=set_status,
            about=(Line("asks", f"How far the plan has come. It stays draft while something is open: {waits}."),),
        ),
        _text("id", "Plan id", head.id, "The plan's id; it follows the title until it is set.",
              lambda p, t: set_head(p, id=t.strip() or "sav-plan")),
    )  # fmt: skip


def _revision(text: str) -> object:
    number = parse("number", text, "revision")
    if number == 0:
        raise TopologyError("revision: 0 is too small; accepted: 1 or more")
    return number


def _change_setter(name: str, *, dates: bool = False) -> Callable[[Plan, str], Plan]:
    if dates:
        return lambda plan, text: set_change(plan, **{name: parse_date(text.strip(), name)})
    return lambda plan, text: set_change(plan, **{name: text.strip()})


def _text(id_: str, title: str, value: str, about: str, apply: Callable[[Plan, str], Plan]) -> Field:
    return Field(
        id=id_, title=title, value=value or "-", entry=value, kind="text", apply=apply, about=(Line("asks", about),)
    )


def _date(id_: str, title: str, value: object, about: str, apply: Callable[[Plan, str], Plan]) -> Field:
    entry = "" if value is None else str(value)
    return Field(
        id=id_, title=title, value=entry or "-", entry=entry, kind="date", apply=apply, about=(Line("asks", about),),
        accepted="a date such as 2027-01-31, or nothing",
    )  # fmt: skip


def zone_list(plan: Plan, catalogue: Catalogue) -> tuple[Field, ...]:
    """Give one line for each zone."""
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
    """Give the fields of one zone: name, roles, addresses, parents, translation, note."""
    from planner.core.addresses import read_hosts, read_networks

    zones = own_zones(plan, catalogue)
    zone = zones[index]

    def change(id_: str, title: str, kind: FieldKind, entry: str, about: str, read: Callable[[str], object]) -> Field:
        name = id_.partition(".")[0]
        return Field(
            id=id_, title=title, value=entry or "-", entry=entry, kind=kind,
            choices=YES_NO if kind == "yesno" else (), about=(Line("asks", about),),
            apply=lambda plan, text: set_zone(plan, index, catalogue, **{name: read(text)}),
        )  # fmt: skip

    fields = [change("name", "Name", "text", zone.name, "What the zone is called; rules carry this name.", str.strip)]
    for role in catalogue.roles.values():
        if role.id != OUTSIDE_ZONE or role.id in zone.roles:
            about = f"Does this zone hold: {role.who}"
            entry = "yes" if role.id in zone.roles else "no"
            fields.append(change(f"roles.{role.id}", role.title, "yesno", entry, about, _role_switch(zone, role.id)))
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


def decision_list(plan: Plan, catalogue: Catalogue) -> tuple[Field, ...]:
    """Give one line for each decision that arises; its choices are the readings on offer."""
    return tuple(_decision_field(state, catalogue) for state in plan.derived.decisions)


def _decision_field(state: DecisionState, catalogue: Catalogue) -> Field:
    decision = catalogue.decisions[state.id]
    lines = [Line("document", state.trouble)]
    for reading in decision.readings:
        mark = "in force" if reading.id == state.chosen else "offered" if reading.offered else "refused"
        default = " (default)" if reading.id == state.default else ""
        refused = f" {reading.refused_because}" if reading.refused_because else ""
        lines.append(Line(mark, f"{reading.id}{default}: {reading.text}{refused}"))
    lines.append(Line("why", state.why))
    if decision.advice:
        lines.append(Line("advice", decision.advice))
    if state.by:
        lines.append(Line("decided by", f"{state.by}{f': {state.note}' if state.note else ''}"))
    offered = tuple((reading.id, reading.id) for reading in decision.readings if reading.offered)
    return Field(
        id=state.id, title=state.title, value=state.chosen, entry=state.chosen, kind="decision",
        state="" if state.settled else "undecided", choices=offered, about=tuple(lines),
        apply=lambda plan, text: decide(plan, state.id, text, "", state.note, catalogue),
    )  # fmt: skip
