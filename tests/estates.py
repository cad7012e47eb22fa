"""Estates written down in a line or two, for the tables of the tests."""

from collections.abc import Iterable, Sequence
from typing import Any

from planner.catalogue.answers import Answers
from planner.derivation.derivation import Derivation
from planner.derivation.model import Rule
from planner.plan.plan import DecisionRecord, Plan
from planner.plan.topology import Device, Topology, Zone


def zone(text: str, **fields: Any) -> Zone:
    """Read ``name: role role < parent, parent``."""
    name, _, rest = text.partition(": ")
    roles, _, parents = rest.partition(" < ")
    named = tuple(parents.split(", ")) if parents else ()
    return Zone(name=name, roles=tuple(roles.split()), parents=named, **fields)  # type: ignore[arg-type]


def estate(
    *zones: str | Zone, devices: Sequence[Device] = (), records: Sequence[DecisionRecord] = (), **answers: Any
) -> Plan:
    """Returns the plan with these zones (none: the default ones) and answers."""
    own = tuple(zone(entry) if isinstance(entry, str) else entry for entry in zones)
    return Plan(
        topology=Topology(answers=Answers(**answers), zones=own, devices=tuple(devices)), decisions=tuple(records)
    )


def all_rules(derived: Derivation) -> tuple[Rule, ...]:
    """Returns firewall rules and host rules."""
    return (*derived.rules, *derived.host_rules)


def pairs(rules: Iterable[Rule]) -> set[str]:
    """Write which zone opens which: ``console>servers``."""
    return {f"{rule.from_}>{rule.to}" for rule in rules}


def opened_by(plan: Plan, flow: str) -> tuple[Rule, ...]:
    """Returns what a flow opens, return halves left out."""
    return tuple(rule for rule in all_rules(plan.derived) if flow in rule.flows and not rule.is_return)
