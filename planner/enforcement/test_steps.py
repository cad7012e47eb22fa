"""Test steps of rules: from which zone to open which port, and what to expect before and after the change.

Nothing here runs anything. A step holds parsed numbers and addresses, never a text of the plan.
"""

from collections.abc import Container, Mapping, Sequence
from ipaddress import ip_address
from typing import Literal

import msgspec
from msgspec.structs import replace

from planner.catalogue.answers import Answers, RoleId
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Catalogue, Transport
from planner.derivation.derivation import derive
from planner.derivation.model import Rule
from planner.network.packets import MAX_PORT, port_span
from planner.plan.addresses import RuleRoles
from planner.plan.plan import Plan
from planner.plan.topology import OUTSIDE_ZONE, Zone

Outcome = Literal["opens", "blocked"]
AttemptKind = Literal["positive", "other port", "other zone", "other source"]

_WITHIN = 4900
"""A source port inside the documented ranges that no listener of the product has."""


class Attempt(msgspec.Struct, frozen=True):
    """One connection to try, from a zone to the rule's listener.

    ``source_port`` None: whichever the system takes. ``after``: what is expected once the rule is in force; before,
    every attempt is blocked.
    """

    kind: AttemptKind
    zone: str
    port: int
    source_port: int | None
    after: Outcome


class Trial(msgspec.Struct, frozen=True):
    """Test of one rule.

    ``target``: an address of a listener as read from the plan; empty where the plan lists none, and the tester puts
    one in. ``listeners``, ``openers``: the roles at both ends. ``attempts``: the positive one first. ``unproven``: why
    there is none from another zone, in words.
    """

    rule: Rule
    target: str
    openers: tuple[RoleId, ...]
    listeners: tuple[RoleId, ...]
    attempts: tuple[Attempt, ...]
    unproven: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """True if silence proves nothing, as over UDP."""
        return self.rule.protocol == "udp"


_Openers = dict[tuple[str, Transport], dict[str, dict[int, int]]]
"""By listening zone and protocol: which zone may open which ports there, and from which source port upwards."""


def trials(plan: Plan) -> dict[str, Trial]:
    """Returns the trial of each rule by its id; a return half is proved by the trial of the rule that it answers.

    An attempt that must be blocked is one that no reading of the document on offer permits.
    """
    catalogue = load_catalogue()
    ends = RuleRoles(plan.topology, catalogue)
    zones = {zone.name: zone for zone in plan.derived.zones}
    everything = (*plan.derived.rules, *plan.derived.host_rules)
    widest = derive(replace(plan.topology, answers=every_reading(plan.topology.answers, catalogue)), (), catalogue)
    permitted: _Openers = {}
    for rule in (*everything, *widest.rules, *widest.host_rules):
        if not rule.is_return:
            ports = permitted.setdefault((rule.to, rule.protocol), {}).setdefault(rule.from_, {})
            port, lowest = int(rule.destination_ports), port_span(rule.source_ports)[0]
            ports[port] = min(lowest, ports.get(port, lowest))
    product = {service.port_for(plan.topology.answers) or 0 for service in catalogue.services.values()}
    product |= {service.port or 0 for service in catalogue.services.values()}
    strangers: dict[tuple[str, Transport, str], str] = {}
    for rule in everything:
        way = (rule.to, rule.protocol, rule.destination_ports)
        if not rule.is_return and way not in strangers:
            strangers[way] = _stranger(rule, zones, permitted[rule.to, rule.protocol])
    found = {
        rule.id: _trial(rule, ends, zones, permitted, product, strangers) for rule in everything if not rule.is_return
    }
    return {rule.id: found[rule.id.removesuffix(":return")] for rule in everything}


def every_reading(answers: Answers, catalogue: Catalogue) -> Answers:
    """Returns the answers under which everything is open that any reading on offer opens."""
    settings = (
        setting
        for decision in catalogue.decisions.values()
        for reading in decision.readings
        if reading.offered
        for setting in reading.sets
    )
    for setting in settings:
        value = getattr(answers, setting.answer)
        if setting.add is not None and setting.add not in value:
            answers = replace(answers, **{setting.answer: (*value, setting.add)})
        elif setting.value is True:
            answers = replace(answers, **{setting.answer: True})
    return answers


def _trial(
    rule: Rule,
    ends: RuleRoles,
    zones: Mapping[str, Zone],
    permitted: _Openers,
    product: Container[int],
    strangers: Mapping[tuple[str, Transport, str], str],
) -> Trial:
    pairs = ends.of(rule)
    listeners = tuple(dict.fromkeys(listener for _, listener in pairs))
    port, source = int(rule.destination_ports), _source_within(rule.source_ports)
    attempts = [Attempt("positive", rule.from_, port, source, "opens")]
    unproven = []
    allowed = permitted[rule.to, rule.protocol]
    attempts.append(Attempt("other port", rule.from_, _neighbour(port, product), source, "blocked"))
    stranger = strangers[rule.to, rule.protocol, rule.destination_ports]
    if stranger:
        attempts.append(Attempt("other zone", stranger, port, source, "blocked"))
    else:
        unproven.append("no zone to try it from in vain: every other zone of the plan may open this port there")
    lowest = allowed[rule.from_][port]
    if lowest > 0:
        attempts.append(Attempt("other source", rule.from_, port, lowest - 1, "blocked"))
    return Trial(
        rule=rule,
        target=_target(zones[rule.to], listeners),
        openers=tuple(dict.fromkeys(opener for opener, _ in pairs)),
        listeners=listeners,
        attempts=tuple(attempts),
        unproven=tuple(unproven),
    )


def _neighbour(port: int, product: Container[int]) -> int:
    """Returns the nearest port that nothing of the product listens on, upwards first."""
    above = next((number for number in range(port + 1, MAX_PORT + 1) if number not in product), None)
    return above or next(number for number in range(port - 1, 0, -1) if number not in product)


def _stranger(rule: Rule, zones: Mapping[str, Zone], allowed: Mapping[str, Container[int]]) -> str:
    """Returns a zone that may not open the rule's port: an inner one, else the outside; empty if every zone may.

    It is the same for every rule to the zone and port.
    """
    port = int(rule.destination_ports)
    found = (zone for zone in zones.values() if zone.name != rule.to and port not in allowed.get(zone.name, ()))
    outside = ""
    for zone in found:
        if OUTSIDE_ZONE not in zone.roles:
            return zone.name
        outside = outside or zone.name
    return outside


def _source_within(ports: str) -> int | None:
    """Returns a source port to open from; None where any port that a system takes by itself will do."""
    low, high = port_span(ports)
    if high == MAX_PORT:
        return None
    return _WITHIN if low <= _WITHIN <= high else high


def _target(zone: Zone, roles: Sequence[RoleId]) -> str:
    """Returns the first address of a listener that the plan lists, IPv4 before IPv6: older tools know no other."""
    listed = [ip_address(text) for role in roles for text in zone.hosts.get(role, ())]
    ordered = sorted(listed, key=lambda address: address.version)
    return str(ordered[0]) if ordered else ""
