"""Contradictions and cautions in a topology. The wording and level of each come from the catalogue."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from planner.catalogue.answers import ANSWER_LABELS, Answers
from planner.catalogue.model import Catalogue, Service
from planner.derivation.flows import expand_roles, state_answer
from planner.derivation.model import Finding, Rule
from planner.derivation.zones import ZoneIndex
from planner.plan.topology import ERRATUM_PORT, OUTSIDE_ZONE, Topology

if TYPE_CHECKING:
    from planner.derivation.derivation import Derivation
    from planner.plan.plan import Change, DecisionRecord


class _Found(msgspec.Struct, frozen=True):
    """One finding before it is worded: its id, its subjects, the answers behind it, the names for its text."""

    id: str
    about: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    names: dict[str, str] = {}


class _Inputs(msgspec.Struct, frozen=True):
    """Inputs of every check."""

    topology: Topology
    records: Sequence["DecisionRecord"]
    index: ZoneIndex
    rules: Sequence[Rule]
    host_rules: Sequence[Rule]
    catalogue: Catalogue

    @property
    def answers(self) -> Answers:
        """The user's answers."""
        return self.topology.answers


def find_problems(
    topology: Topology,
    records: Sequence["DecisionRecord"],
    index: ZoneIndex,
    rules: Sequence[Rule],
    host_rules: Sequence[Rule],
    catalogue: Catalogue,
) -> tuple[Finding, ...]:
    """Runs every check; errors come first, then warnings, then notes."""
    inputs = _Inputs(topology, records, index, rules, host_rules, catalogue)
    return _sorted([_word(found, inputs) for check in _CHECKS for found in check(inputs)])


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    order = ("error", "warning", "note")
    return tuple(sorted(findings, key=lambda finding: order.index(finding.level)))


def with_change_problems(derived: "Derivation", change: "Change", catalogue: Catalogue) -> "Derivation":
    """Adds the findings about the dates of a change record; most plans have none and stay the same object."""
    dates = {
        "start": change.window_start,
        "end": change.window_end,
        "expires": str(change.expires or ""),
        "review": str(change.review_by or ""),
    }
    orders = (
        ("window-backwards", "end", "start"),
        ("expires-before-window", "expires", "start"),
        ("review-after-expiry", "expires", "review"),
    )
    added = []
    for id_, later, sooner in orders:
        if _before(dates[later], dates[sooner]):
            text = catalogue.findings[id_]
            about = ("change record",)
            added.append(Finding(id=id_, level=text.level, text=text.text.format_map(dates), about=about))
    if not added:
        return derived
    levels = [finding.level for finding in added]
    counts = derived.summary
    summary = msgspec.structs.replace(
        counts, errors=counts.errors + levels.count("error"), warnings=counts.warnings + levels.count("warning")
    )
    return msgspec.structs.replace(derived, findings=_sorted([*added, *derived.findings]), summary=summary)


def _before(one: str, other: str) -> bool:
    """Checks whether one date comes before another; hours count where both have them, in the same time zone."""
    moments = []
    for text in (one, other):
        try:
            moments.append(datetime.fromisoformat(text.strip()))
        except ValueError:  # the window is free text
            return False
    first, second = moments
    if ":" in one and ":" in other and (first.tzinfo is None) == (second.tzinfo is None):
        return first < second
    return first.date() < second.date()


def _word(found: _Found, inputs: _Inputs) -> Finding:
    text = inputs.catalogue.findings[found.id]
    return Finding(
        id=found.id,
        level=text.level,
        text=text.text.format_map(found.names),
        about=found.about or found.answers,
        because=tuple(state_answer(inputs.answers, answer) for answer in found.answers),
        cites=text.cites,
    )


def _server_counts(inputs: _Inputs) -> Iterator[_Found]:
    if inputs.answers.servers + inputs.answers.netware_servers == 0:
        yield _Found("no-server", answers=("servers", "netware_servers"))
    for role in inputs.catalogue.roles.values():
        zones = inputs.index.by_role[role.id]
        if role.counted_by and (count := getattr(inputs.answers, role.counted_by)) < len(zones):
            names = {"role": role.title, "zones": str(len(zones)), "count": str(count)}
            yield _Found("more-zones-than-servers", _zone_names(inputs, zones), (role.counted_by,), names)


def _roles_and_answers(inputs: _Inputs) -> Iterator[_Found]:
    in_use = inputs.catalogue.roles_in_use(inputs.answers)
    for role in inputs.catalogue.roles.values():
        if role.id in in_use and not inputs.index.by_role[role.id]:
            answer = (role.when[0].answer,) if role.when else ()
            yield _Found("role-without-zone", (role.id,), answer, {"role": role.title})
    for zone in inputs.index.zones:
        if not zone.roles:
            yield _Found("zone-without-role", (zone.name,), names={"zone": zone.name})
        elif not zone.hosts and in_use.issuperset(zone.roles):
            continue
        for role in (inputs.catalogue.roles[role] for role in zone.roles if role not in in_use):
            absent = role.when[0].answer
            names = {"zone": zone.name, "role": role.title, "answer": ANSWER_LABELS[absent]}
            yield _Found("zone-without-answer", (zone.name,), (absent,), names)
        for role in (inputs.catalogue.roles[role] for role in zone.hosts):
            if role.id not in zone.roles:
                yield _Found("host-role-absent", (zone.name,), names={"zone": zone.name, "role": role.title})
    if inputs.answers.roaming_clients and not inputs.answers.clients:
        yield _Found("roaming-without-clients", answers=("roaming_clients", "clients"))
    if inputs.answers.roaming_clients and not inputs.answers.servers:
        yield _Found("roaming-without-server", answers=("roaming_clients", "servers"))


def _parents(inputs: _Inputs) -> Iterator[_Found]:
    children = [inputs.index.zones[named.child] for named in inputs.index.named_parents]
    held = {zone.name: set(zone.roles) for zone in inputs.index.zones} if children else {}
    for zone in children:
        names = {"zone": zone.name}
        if not any(inputs.catalogue.roles[role].has_parents for role in zone.roles):
            yield _Found("parents-unused", (zone.name,), names=names)
        for parent in zone.parents:
            about = (zone.name, parent)
            if not held[parent] & {"server", "netware"}:
                yield _Found("parent-without-server", about, names=names | {"parent": parent})
            elif "server" not in held[parent] and "client" in zone.roles and not inputs.answers.netware_parents:
                yield _Found("netware-parent-off", about, ("netware_parents",), names | {"parent": parent})
            elif "server" not in held[parent] and "roaming-client" in zone.roles:
                yield _Found("roaming-parent-netware", about, names=names | {"parent": parent})
    if inputs.answers.netware_parents and not inputs.answers.netware_servers:
        yield _Found("parents-without-netware", answers=("netware_parents", "netware_servers"))


def _alerting(inputs: _Inputs) -> Iterator[_Found]:
    if not inputs.answers.ams_alerting:
        return
    roles = expand_roles(("answer:ams_hosts",), inputs.answers)
    hosts = 0
    for role in roles:
        zones = len(inputs.index.by_role[role])
        counted_by = inputs.catalogue.roles[role].counted_by
        hosts += getattr(inputs.answers, counted_by) if counted_by else zones
        if not zones:
            names = {"role": inputs.catalogue.roles[role].title}
            yield _Found("ams-host-absent", (role,), ("ams_hosts",), names)
    if hosts < 2:
        yield _Found("ams-one-host", answers=("ams_alerting", "ams_hosts", "servers"))
    yield _Found("ams-exposed", answers=("ams_alerting",))


def _phases(inputs: _Inputs) -> Iterator[_Found]:
    answers = inputs.answers
    if answers.legacy_clients:
        yield _Found("legacy-tuning", answers=("legacy_clients",))
        if answers.legacy_until is None:
            yield _Found("legacy-open-end", answers=("legacy_until",))
    if answers.rollout and answers.rollout_until is None:
        yield _Found("rollout-open-end", answers=("rollout", "rollout_until"))
    for what in answers.rollout:
        yield from _idle_rollout(what, inputs)
    if "servers" in answers.rollout and answers.servers == 1:
        yield _Found("rollout-one-server", answers=("rollout", "servers"))


def _idle_rollout(what: str, inputs: _Inputs) -> Iterator[_Found]:
    """Returns a finding if no install tool reaches a target of this rollout."""
    roles = inputs.catalogue.roles
    targets = dict.fromkeys(
        to
        for flow in inputs.catalogue.flows.values()
        for leg in flow.legs
        if any(condition.includes == what for condition in leg.when if condition.answer == "rollout")
        and any(condition.answer == "install_from" for condition in leg.when)
        for to in leg.to
    )
    answers = ("rollout", "install_from")
    if not any(inputs.index.by_role[role] for role in expand_roles(targets, inputs.answers)):
        titles = " or ".join(roles[role].title for role in expand_roles(targets, inputs.answers))
        yield _Found("rollout-opens-nothing", answers=answers, names={"what": what, "reason": f"there is no {titles}"})
    elif not any(inputs.index.by_role[host] for host in inputs.answers.install_from):
        where = " or ".join(roles[host].title for host in inputs.answers.install_from) or "host"
        reason = f"the install tools have no {where} to run on"
        yield _Found("rollout-opens-nothing", answers=answers, names={"what": what, "reason": reason})


def _port_numbers(inputs: _Inputs) -> Iterator[_Found]:
    answers = inputs.answers
    overridable = [service for service in inputs.catalogue.services.values() if service.port_answer]
    in_estate = _services_in_estate(inputs)
    for service in overridable:
        port = service.port_for(answers)
        if port is None or port == service.port:
            continue
        answer = service.port_answer
        names = {"answer": ANSWER_LABELS[answer], "port": str(port)}
        if port == ERRATUM_PORT and service.port is not None:
            yield _Found("port-2043", answers=(answer,), names=names)
        if port < 1024:
            yield _Found("port-low", answers=(answer,), names=names)
        for other in in_estate if service in in_estate else ():
            if not other.port_answer and (other.protocol, other.port) == (service.protocol, port):
                yield _Found("port-collision", answers=(answer,), names=names | {"other": other.name})
    taken = [service for service in in_estate if service.port_answer]
    for one, other in ((a, b) for i, a in enumerate(taken) for b in taken[i + 1 :]):
        port = one.port_for(answers)
        if port is None or port != other.port_for(answers):
            continue
        names = {"answer": ANSWER_LABELS[one.port_answer], "port": str(port), "other": other.name}
        if _outside_listens(one, inputs) != _outside_listens(other, inputs):  # not on the same hosts
            if other.port_answer == "quarantine_port" or one.port_answer == "quarantine_port":
                yield _Found("quarantine-port-dis", answers=("quarantine_port",), names=names)
            continue
        yield _Found("port-collision", answers=(one.port_answer, other.port_answer), names=names)
    if answers.rtvscan_port != Answers().rtvscan_port:
        yield _Found("override-everywhere", answers=("rtvscan_port",), names={"port": str(answers.rtvscan_port)})
    if answers.netware_servers and answers.netware_port != Answers().netware_port:
        yield _Found("netware-port-method", answers=("netware_port",))


def _services_in_estate(inputs: _Inputs) -> list[Service]:
    """Returns the services of flows that run, or are forbidden, under these answers."""
    running: dict[str, None] = {}
    for flow in inputs.catalogue.flows.values():
        for leg in inputs.catalogue.legs_of(flow):
            if all(condition.holds(inputs.answers) for condition in leg.when):
                running |= dict.fromkeys(leg.services)
        if flow.deny is not None and all(condition.holds(inputs.answers) for condition in flow.deny.when):
            running |= dict.fromkeys(flow.deny.services)
    return [service for service in inputs.catalogue.services.values() if service.id in running]


def _outside_listens(service: Service, inputs: _Inputs) -> bool:
    """Checks whether the outside is what listens on a service."""
    legs = (leg for flow in inputs.catalogue.flows.values() for leg in flow.legs if service.id in leg.services)
    return any(OUTSIDE_ZONE in leg.to for leg in legs)


def _addresses(inputs: _Inputs) -> Iterator[_Found]:
    inside = [zone for zone in inputs.index.zones if OUTSIDE_ZONE not in zone.roles]
    bare = [zone.name for zone in inside if zone.roles and not zone.networks and not zone.hosts]
    if bare:
        names = {"zones": ", ".join(bare[:6]) + (" ..." if len(bare) > 6 else ""), "count": str(len(bare))}
        yield _Found("zones-without-addresses", tuple(bare), names=names)
    if any(zone.networks for zone in inside):
        from planner.plan.addresses import overlapping_networks, strays

        for zone, host in strays(inside):
            yield _Found("hosts-outside-networks", (zone,), names={"zone": zone, "host": host})
        for zone, other, network in overlapping_networks(inside):
            yield _Found("networks-overlap", (zone, other), names={"zone": zone, "other": other, "network": network})


def _translation(inputs: _Inputs) -> Iterator[_Found]:
    translated = {zone.name for zone in inputs.index.zones if zone.nat}
    if not translated:
        return
    flows: dict[str, dict[str, None]] = {}
    for rule in inputs.rules:
        if rule.to in translated and rule.state != "established" and not rule.is_return:
            for flow in rule.flows:
                if inputs.catalogue.flows[flow].nat:
                    flows.setdefault(rule.to, {})[flow] = None
    for zone, broken in flows.items():
        yield _Found("nat-push", (zone,), names={"zone": zone, "flows": ", ".join(broken)})


def _filters(inputs: _Inputs) -> Iterator[_Found]:
    if inputs.index.stateless.anywhere:
        if any(rule.protocol == "udp" and rule.is_return for rule in inputs.rules):
            yield _Found("stateless-udp-return", answers=("boundary",))
        outside = {inputs.index.zones[zone].name for zone in inputs.index.by_role[OUTSIDE_ZONE]}
        reaching = (rule for rule in inputs.rules if rule.to in outside and rule.state == "any")
        for zone in dict.fromkeys(rule.from_ for rule in reaching):
            yield _Found("stateless-outside", (zone,), ("boundary", "central_quarantine"), {"zone": zone})
    if inputs.answers.source_ports in ("documented", "union"):
        yield _Found("source-modern-hosts", answers=("source_ports",))


def _cautions(inputs: _Inputs) -> Iterator[_Found]:
    answers = inputs.answers
    if answers.mobile_clients:
        yield _Found("mobile-firewall", answers=("mobile_clients",))
    if answers.central_quarantine and answers.quarantine_port is None:
        yield _Found("quarantine-forwarding-closed", answers=("quarantine_port",))
    for option in answers.options:
        flow = inputs.catalogue.flows.get(option)
        if flow is None or not flow.switch:
            yield _Found("option-unknown", (option,), ("options",), {"option": option})
        elif not any(option in rule.flows for rule in (*inputs.rules, *inputs.host_rules)):
            yield _Found("option-idle", (option,), ("options",), {"option": option})
    yield _Found("dynamic-fallback")
    yield _Found("successor-ports")
    yield _Found("end-of-life")
    topics = ", ".join(topic.title for topic in inputs.catalogue.out_of_scope.values())
    yield _Found("out-of-scope", names={"topics": topics})


def _decisions(inputs: _Inputs) -> Iterator[_Found]:
    for record in sorted(inputs.records, key=lambda record: record.id):
        decision = inputs.catalogue.decisions.get(record.id)
        if decision is None:
            yield _Found("decision-unknown", (record.id,), names={"decision": record.id})
            continue
        reading, actual = decision.reading(record.chosen), decision.chosen(inputs.answers)
        names = {"decision": record.id, "chosen": record.chosen, "actual": actual}
        if record.chosen != actual:
            offered = reading is not None and reading.offered
            yield _Found("decision-mismatch" if offered else "decision-not-offered", (record.id,), names=names)


_CHECKS: tuple[Callable[[_Inputs], Iterator[_Found]], ...] = (
    _server_counts,
    _roles_and_answers,
    _parents,
    _alerting,
    _phases,
    _port_numbers,
    _addresses,
    _translation,
    _filters,
    _decisions,
    _cautions,
)


def _zone_names(inputs: _Inputs, zones: Sequence[int]) -> tuple[str, ...]:
    return tuple(inputs.index.zones[zone].name for zone in zones)
