"""Palo Alto: security rules between zones, their addresses and services, written by aerleon as configuration XML."""

import re
from collections.abc import Iterator

from planner.exports.firewall.aerleon_adapter import counted, generate
from planner.exports.firewall.aerleon_policy import Object, policy_objects
from planner.exports.firewall.job import DeviceJob
from planner.exports.firewall.terms import Filter, prefix, zone_filters

_RULES = re.compile(r"<rules>.*?</rules>", re.DOTALL)
_RULE = re.compile(r'^ +<entry name="(\S+)">$', re.MULTILINE)


def write(job: DeviceJob) -> list[str]:
    """Write the configuration; its declaration stands in the heading, as nothing may stand before it."""
    filters = zone_filters(job)
    definitions, objects = policy_objects(filters, map(target, filters), prefix(job.plan))
    written = generate(definitions, objects)
    rules = _RULES.search(written)
    counted(len(_RULE.findall(rules[0])) if rules else 0, sum(len(each.terms) for each in filters), "rules")
    return [line for line in written.splitlines()[1:] if line.strip()]


def remove(job: DeviceJob) -> list[str]:
    """Delete each rule by its name; addresses and services of no rule are harmless, and stay."""
    return [f"delete rulebase security rules {term.name}" for each in zone_filters(job) for term in each.terms]


def notes(_job: DeviceJob) -> Iterator[str]:
    """Say where the rules stand among others, and what is not taken out."""
    yield "rules that stand before these decide first; move them where they belong before the commit"
    yield "rules that only an older plan had stay until they are deleted: an export since that plan names them"


def target(filter_: Filter) -> Object:
    """Name what a filter is rendered as."""
    between = f"from-zone {filter_.in_interface or 'any'} to-zone {filter_.out_interface or 'any'}"
    return {"paloalto": f"{between} mixed addr-obj"}
