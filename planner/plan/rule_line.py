"""One rule in one line that every administrator can read, whatever the firewall: what has to be typed into it."""

from collections.abc import Mapping

from planner.derivation.model import Rule
from planner.plan.topology import Zone

_STATES = {"new": "new connections", "established": "established connections only", "any": "every packet"}


def rule_line(rule: Rule, zones: Mapping[str, Zone]) -> str:
    """Write a rule with the networks of its zones, where they have some, and the marker for the firewall's remark."""
    source, target = (_end(zones.get(name), name) for name in (rule.from_, rule.to))
    return (
        f"{rule.action} {rule.protocol} from {source} port {rule.source_ports} "
        f"to {target} port {rule.destination_ports}, {_STATES[rule.state]}, remark {rule.marker}"
    )


def _end(zone: Zone | None, name: str) -> str:
    return f"{name} ({', '.join(zone.networks)})" if zone is not None and zone.networks else name
