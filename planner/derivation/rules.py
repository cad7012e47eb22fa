"""Rules: permissions of flows that share zones, protocol, both port ranges and phase, merged into one; and denies."""

import datetime
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from planner.catalogue.answers import Answers, RoleId
from planner.catalogue.model import Catalogue, Denial, Flow, Transport
from planner.derivation.flows import (
    ActiveFlow,
    FlowPermission,
    Pair,
    PermissionKey,
    RuleReason,
    expand_roles,
    gathered,
    state_answer,
)
from planner.derivation.model import Deny, PortEntry, Rule, id_part, marker, with_unique_markers
from planner.derivation.zones import ZoneIndex
from planner.plan.topology import OUTSIDE_ZONE, Zone

STATELESS_TCP_NOTE = "Return half for a stateless filter: only packets of an established connection."
STATELESS_UDP_NOTE = (
    "Return half for a stateless filter: UDP has no connection to check, so forged packets from the listener's port "
    "reach the opener's whole source range. Prefer a stateful rule."
)


class RuleText(msgspec.Struct, frozen=True, gc=False):
    """Everything that rules for the same reasons have in common, whichever zones they stand between.

    ``returned``: the ports that a return half may reach. ``nat_notes`` are for where addresses are translated in front
    of the listener.
    """

    key: PermissionKey
    port: str
    name: str
    flows: tuple[str, ...]
    justification: str
    cites: tuple[str, ...]
    because: tuple[str, ...]
    notes: tuple[str, ...]
    nat_notes: tuple[str, ...]
    until: datetime.date | None


def write_rules(
    flows: Iterable[ActiveFlow], answers: Answers, index: ZoneIndex, catalogue: Catalogue
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Returns the rules between zones and those inside one, with return halves where a filter is stateless.

    Rules are sorted by phase, then by the place of their first flow, then by opening and listening zone.
    """
    groups: dict[PermissionKey, list[FlowPermission]] = {}
    for flow in flows:
        for permission in flow.permissions:
            groups.setdefault(permission.key, []).append(permission)
    texts: list[RuleText] = []
    found: list[tuple[bool, int, int, int, int, int]] = []
    for number, (key, permissions) in enumerate(groups.items()):
        reasons = _reasons_by_pair(permissions)
        places: dict[tuple[RuleReason, ...], int] = {}
        for some in reasons.values():
            if some not in places:
                places[some] = len(texts)
                texts.append(_rule_text(key, some, answers, catalogue))
        rollout = key[0] == "rollout"
        found += [
            (rollout, some[0].order, opener, listener, number, places[some])
            for (opener, listener), some in reasons.items()
        ]
    found.sort()
    between: list[Rule] = []
    inside: list[Rule] = []
    parts = [id_part(zone.name) for zone in index.zones]
    outside = frozenset(index.by_role[OUTSIDE_ZONE])
    any_stateless = index.stateless.anywhere
    for _, _, opener, listener, _, place in found:
        text, from_, to = texts[place], index.zones[opener], index.zones[listener]
        id_ = f"{text.name}:{parts[opener]}>{parts[listener]}"
        if opener == listener:
            inside.append(_rule(text, id_, from_, to, ()))
            continue
        stateless = index.stateless.because(from_.name, to.name) if any_stateless else ()
        rule = _rule(text, id_, from_, to, stateless)
        between.append(rule)
        if stateless and listener not in outside:  # no rule ever has the outside as its source
            between.append(_return_half(text, rule))
    marked = with_unique_markers([*between, *inside])
    return tuple(marked[: len(between)]), tuple(marked[len(between) :])


def _reasons_by_pair(permissions: Sequence[FlowPermission]) -> dict[Pair, tuple[RuleReason, ...]]:
    """Returns the reasons for which each zone opens one service to each other."""
    found: dict[Pair, tuple[RuleReason, ...]] = {}
    for permission in permissions:
        alone = (permission.reason,)
        for pair in permission.pairs:
            known = found.setdefault(pair, alone)
            if known is not alone and permission.reason not in known:
                found[pair] = (*known, permission.reason)
    return found


def _rule_text(key: PermissionKey, reasons: Sequence[RuleReason], answers: Answers, catalogue: Catalogue) -> RuleText:
    names: dict[str, str] = {}
    for reason in reasons:
        names.setdefault(reason.flow.id, reason.name)
    flows = [reason.flow for reason in reasons]
    return RuleText(
        key=key,
        port=str(key[2]),
        name="+".join(sorted(names.values())),
        flows=tuple(sorted(names)),
        justification="; ".join(dict.fromkeys(flow.purpose for flow in flows)),
        cites=gathered(flow.cites for flow in flows),
        because=gathered(reason.because for reason in reasons),
        notes=tuple(dict.fromkeys(catalogue.notes[note].text for flow in flows for note in flow.notes)),
        nat_notes=tuple(dict.fromkeys(catalogue.notes[flow.nat].text for flow in flows if flow.nat)),
        until=_until(flows, answers),
    )


def _until(flows: Sequence[Flow], answers: Answers) -> datetime.date | None:
    """Returns the date of the flow that ends last; None while one of them has no end."""
    dates: list[datetime.date | None] = [getattr(answers, flow.until) if flow.until else None for flow in flows]
    return None if None in dates else max(date for date in dates if date)


def _rule(text: RuleText, id_: str, from_: Zone, to: Zone, stateless: tuple[str, ...]) -> Rule:
    phase, protocol, _, source, _ = text.key
    return Rule(
        id=id_,
        marker=marker("SAV-R", id_),
        phase=phase,
        from_=from_.name,
        to=to.name,
        protocol=protocol,
        source_ports=source,
        destination_ports=text.port,
        state="any" if stateless else "new",
        flows=text.flows,
        justification=text.justification,
        because=(*text.because, *stateless) if stateless else text.because,
        cites=text.cites,
        until=text.until,
        notes=(*text.notes, *text.nat_notes) if to.nat and from_ is not to else text.notes,
    )


def _return_half(text: RuleText, rule: Rule) -> Rule:
    """Returns the half that lets the answers back; date, reasons and citations are those of the way there."""
    id_ = f"{rule.id}:return"
    tcp = rule.protocol == "tcp"
    return msgspec.structs.replace(
        rule,
        id=id_,
        marker=marker("SAV-R", id_),
        from_=rule.to,
        to=rule.from_,
        source_ports=rule.destination_ports,
        destination_ports=text.key[4],
        state="established" if tcp else "any",
        justification=f"answers to: {rule.justification}",
        notes=(STATELESS_TCP_NOTE if tcp else STATELESS_UDP_NOTE,),
    )


Listeners = dict[str, dict[tuple[Transport, str], set[RoleId]]]
"""Roles that listen in each zone, by protocol and port."""


def denied(ports: Iterable[PortEntry], answers: Answers, index: ZoneIndex, catalogue: Catalogue) -> tuple[Deny, ...]:
    """Returns the denies of every flow that forbids something, in the order of the catalogue, then of the zones."""
    listeners: Listeners = {}
    for entry in ports:
        if entry.direction == "in":
            listeners.setdefault(entry.zone, {}).setdefault((entry.protocol, entry.ports), set()).add(entry.role)
    found = [
        deny
        for flow in catalogue.flows.values()
        if flow.deny is not None and all(condition.holds(answers) for condition in flow.deny.when)
        for deny in _denies_of(flow, flow.deny, listeners, answers, index, catalogue)
    ]
    return tuple(with_unique_markers(found))


def _denies_of(
    flow: Flow, denial: Denial, listeners: Listeners, answers: Answers, index: ZoneIndex, catalogue: Catalogue
) -> Iterator[Deny]:
    inside = (role.id for role in catalogue.roles.values() if not role.outside)
    aimed = frozenset(expand_roles(denial.to, answers) or inside)
    services = [catalogue.services[service] for service in denial.services]
    named = {(service.protocol, str(service.port)): aimed for service in services}
    outside = [index.zones[zone].name for zone in index.by_role[OUTSIDE_ZONE]]
    because = tuple(state_answer(answers, condition.answer) for condition in denial.when)
    for from_ in outside if denial.from_ == OUTSIDE_ZONE else (denial.from_,):
        for zone in index.zones:
            if aimed.isdisjoint(zone.roles):
                continue
            for (protocol, port), roles in (named or listeners.get(zone.name, {})).items():
                if aimed.isdisjoint(roles):
                    continue
                id_ = f"{flow.id}:{id_part(from_)}>{id_part(zone.name)}:{protocol}-{port}"
                yield Deny(
                    id=id_,
                    marker=marker("SAV-D", id_),
                    from_=from_,
                    to=zone.name,
                    protocol=protocol,
                    ports=port,
                    where=denial.where,
                    why=flow.breaks,
                    because=because,
                    cites=flow.cites,
                )
