"""Roles behind the two ends of a rule: they narrow it from whole zones to the hosts of those roles."""

import msgspec

from planner.catalogue.answers import RoleId
from planner.catalogue.model import Catalogue, Phase, Transport
from planner.derivation.flows import active_flows
from planner.derivation.model import Rule
from planner.derivation.zones import index_zones
from planner.plan.topology import Topology

RolePair = tuple[RoleId, RoleId]
"""Opening role and listening role."""

_Key = tuple[Phase, Transport, str, str, str, str, str]


class RuleRoles(msgspec.Struct, frozen=True):
    """Role pairs behind rules and return halves, by phase, protocol, flow, opener, listener, port and other ports."""

    forward: dict[_Key, dict[RolePair, None]]
    back: dict[_Key, dict[RolePair, None]]

    def of(self, rule: Rule) -> tuple[RolePair, ...]:
        """Returns the roles that open this rule and those that listen; for a return half those of the way there."""
        found: dict[RolePair, None] = {}
        for flow in rule.flows:
            if rule.is_return:
                key = (rule.phase, rule.protocol, flow, rule.to, rule.from_, rule.source_ports, rule.destination_ports)
                found |= self.back[key]
            else:
                key = (rule.phase, rule.protocol, flow, rule.from_, rule.to, rule.destination_ports, rule.source_ports)
                found |= self.forward[key]
        return tuple(found)


def rule_roles(topology: Topology, catalogue: Catalogue) -> RuleRoles:
    """Returns the role pairs behind every rule that this topology derives to."""
    index = index_zones(topology, catalogue)
    names = [zone.name for zone in index.zones]
    forward: dict[_Key, dict[RolePair, None]] = {}
    back: dict[_Key, dict[RolePair, None]] = {}
    for flow in active_flows(topology.answers, index, catalogue):
        for permission in flow.permissions:
            phase, protocol, port, source, returned = permission.key
            roles = (permission.role, permission.listener)
            for opener, listener in permission.pairs:
                start = (phase, protocol, flow.flow.id, names[opener], names[listener], str(port))
                forward.setdefault((*start, source), {})[roles] = None
                back.setdefault((*start, returned), {})[roles] = None
    return RuleRoles(forward, back)
