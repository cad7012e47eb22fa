"""Test steps for rules: the zone to try from, the port to open, and the result before and after the change.

Nothing here runs anything. A step holds parsed numbers and addresses, never a text of the plan.
"""

from collections.abc import Container, Mapping, Sequence
from ipaddress import ip_address
from typing import Literal

import msgspec

from planner.catalogue.answers import RoleId
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Transport
from planner.derivation.model import Rule
from planner.network.packets import MAX_PORT, port_span
from planner.plan.plan import Plan
from planner.plan.rule_addresses import RuleRoles
from planner.plan.topology import OUTSIDE_ZONE, Zone

Outcome = Literal["opens", "blocked"]
Kind = Literal["positive", "other port", "other zone", "other source"]

_WITHIN = 4900
"""A source port inside the documented ranges that no listener of the product has."""


class Attempt(msgspec.Struct, frozen=True):
    """One connection to try, from a zone to the rule's listener.

    ``source_port`` None: whichever the system takes. ``after``: what is expected once the rule is in force; before,
    every attempt is blocked.
    """

    kind: Kind
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


_Opened = dict[tuple[str, Transport], dict[str, dict[int, int]]]
"""By listening zone and protocol: which zone may open which ports there, and up to which source port."""


def trials(plan: Plan) -> dict[str, Trial]:
    """Returns the test of each rule by its id; a return half has the test of the rule that it answers."""
    ends = RuleRoles(plan.topology, load_catalogue())
    zones = {zone.name: zone for zone in plan.derived.zones}
    everything = (*plan.derived.rules, *plan.derived.host_rules)
    opened: _Opened = {}
    for rule in everything:
        if not rule.is_return:
            ports = opened.setdefault((rule.to, rule.protocol), {}).setdefault(rule.from_, {})
            port, highest = int(rule.destination_ports), port_span(rule.source_ports)[1]
            ports[port] = max(highest, ports.get(port, 0))
    strangers: dict[tuple[str, Transport, str], str] = {}
    for rule in everything:
        way = (rule.to, rule.protocol, rule.destination_ports)
        if not rule.is_return and way not in strangers:
            strangers[way] = _stranger(rule, zones, opened[rule.to, rule.protocol])
    found = {rule.id: _trial(rule, ends, zones, opened, strangers) for rule in everything if not rule.is_return}
    return {rule.id: found[rule.id.removesuffix(":return")] for rule in everything}


def _trial(
    rule: Rule,
    ends: RuleRoles,
    zones: Mapping[str, Zone],
    opened: _Opened,
    strangers: Mapping[tuple[str, Transport, str], str],
) -> Trial:
    pairs = ends.of(rule)
    listeners = tuple(dict.fromkeys(listener for _, listener in pairs))
    port, source = int(rule.destination_ports), _source_within(rule.source_ports)
    attempts = [Attempt("positive", rule.from_, port, source, "opens")]
    unproven = []
    allowed = opened[rule.to, rule.protocol]
    neighbour = _neighbour(port, allowed[rule.from_])
    attempts.append(Attempt("other port", rule.from_, neighbour, source, "blocked"))
    stranger = strangers[rule.to, rule.protocol, rule.destination_ports]
    if stranger:
        attempts.append(Attempt("other zone", stranger, port, source, "blocked"))
    else:
        unproven.append("no zone to try it from in vain: every other zone of the plan may open this port there")
    highest = allowed[rule.from_][port]
    if highest < MAX_PORT:
        attempts.append(Attempt("other source", rule.from_, port, highest + 1, "blocked"))
    return Trial(
        rule=rule,
        target=_target(zones[rule.to], listeners),
        openers=tuple(dict.fromkeys(opener for opener, _ in pairs)),
        listeners=listeners,
        attempts=tuple(attempts),
        unproven=tuple(unproven),
    )


def _neighbour(port: int, taken: Container[int]) -> int:
    """Returns the nearest port that the zone may not open there, upwards first."""
    above = next((number for number in range(port + 1, MAX_PORT + 1) if number not in taken), None)
    return above or next(number for number in range(port - 1, 0, -1) if number not in taken)


def _stranger(rule: Rule, zones: Mapping[str, Zone], allowed: Mapping[str, Container[int]]) -> str:
    """Returns a zone that may not open the rule's port: an inner one if there is one, else the outside, else none.

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
    """Returns a source port to open from; None where any port that the system picks will do."""
    low, high = port_span(ports)
    if high == MAX_PORT:
        return None
    return _WITHIN if low <= _WITHIN <= high else high


def _target(zone: Zone, roles: Sequence[RoleId]) -> str:
    """Returns the first address of a listener in the plan, IPv4 before IPv6: older tools know no other."""
    listed = [ip_address(text) for role in roles for text in zone.hosts.get(role, ())]
    ordered = sorted(listed, key=lambda address: address.version)
    return str(ordered[0]) if ordered else ""
