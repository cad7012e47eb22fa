"""Which roles stand behind the two ends of a rule: what narrows it from whole zones to the hosts of those roles."""

import msgspec

from planner.catalogue.answers import RoleId
from planner.catalogue.model import Catalogue, Phase, Transport
from planner.derivation.flows import streams_of
from planner.derivation.model import Rule
from planner.derivation.zones import lay_out
from planner.plan.topology import Topology

RolePair = tuple[RoleId, RoleId]
"""Who opens, and who listens."""

_Forward = tuple[Phase, Transport, str, str, str, str, str]


class RuleEnds(msgspec.Struct, frozen=True):
    """The role pairs behind rules, by what a rule and its return half say of themselves."""

    forward: dict[_Forward, dict[RolePair, None]]
    back: dict[_Forward, dict[RolePair, None]]

    def of(self, rule: Rule) -> tuple[RolePair, ...]:
        """Give the roles that open this rule and those that listen; for a return half those of the way there."""
        found: dict[RolePair, None] = {}
        for flow in rule.flows:
            if rule.is_return:
                key = (rule.phase, rule.protocol, flow, rule.to, rule.from_, rule.source_ports, rule.destination_ports)
                found |= self.back[key]
            else:
                key = (rule.phase, rule.protocol, flow, rule.from_, rule.to, rule.destination_ports, rule.source_ports)
                found |= self.forward[key]
        return tuple(found)


def rule_ends(topology: Topology, catalogue: Catalogue) -> RuleEnds:
    """Find who stands behind each rule that this topology derives to."""
    layout = lay_out(topology, catalogue)
    names = [zone.name for zone in layout.zones]
    forward: dict[_Forward, dict[RolePair, None]] = {}
    back: dict[_Forward, dict[RolePair, None]] = {}
    for stream in streams_of(topology.answers, layout, catalogue):
        for bundle in stream.bundles:
            phase, protocol, port, source, returned = bundle.key
            roles = (bundle.role, bundle.listener)
            for opener, listener in bundle.pairs:
                start = (phase, protocol, stream.flow.id, names[opener], names[listener], str(port))
                forward.setdefault((*start, source), {})[roles] = None
                back.setdefault((*start, returned), {})[roles] = None
    return RuleEnds(forward, back)
