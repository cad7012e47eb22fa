"""Palo Alto: security rules between zones, their addresses and services, written by aerleon as configuration XML."""

import re
from collections.abc import Iterator

from planner.exports.firewall.aerleon_adapter import counted, generate
from planner.exports.firewall.aerleon_policy import Object, policy_objects
from planner.exports.firewall.job import DeviceJob
from planner.exports.firewall.terms import Filter, prefix, zone_filters

_PARTS = ("service", "rules", "address-group", "address")
_ENTRY = re.compile(r'( *)<entry name="(\S+)">$')


def write(job: DeviceJob) -> list[str]:
    """Write the configuration; its declaration stands in the heading, as nothing may stand before it."""
    filters = zone_filters(job)
    definitions, objects = policy_objects(filters, map(target, filters), prefix(job.plan))
    entries: dict[str, dict[str, list[str]]] = {part: {} for part in _PARTS}
    for text in generate(definitions, objects):
        for part, name, lines in _entries(text):
            entries[part].setdefault(name, lines)
    counted(len(entries["rules"]), sum(len(each.terms) for each in filters), "rules")
    return [*_TOP, *_part(entries, "service"), *_RULES_TOP, *_part(entries, "rules"), *_RULES_END,
            *_part(entries, "address-group"), *_part(entries, "address"), *_END]  # fmt: skip


_TOP = (
    '<config urldb="paloaltonetworks" version="8.1.0">',
    "  <devices>",
    '    <entry name="localhost.localdomain">',
    "      <vsys>",
    '        <entry name="vsys1">',
)
_RULES_TOP = ("          <rulebase>", "            <security>")
_RULES_END = ("            </security>", "          </rulebase>")
_END = ("        </entry>", "      </vsys>", "    </entry>", "  </devices>", "</config>")


def _part(entries: dict[str, dict[str, list[str]]], part: str) -> list[str]:
    indent = " " * (14 if part == "rules" else 10)
    lines = [line for entry in entries[part].values() for line in entry]
    return [f"{indent}<{part}>", *lines, f"{indent}</{part}>"]


def _entries(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Give each entry of a rendering: the part it stands in, its name, its lines."""
    part = name = end = ""
    lines: list[str] = []
    for line in text.splitlines():
        word = line.strip()
        if name:
            lines.append(line)
            if line == end:
                yield part, name, lines
                name = ""
        elif word[1:-1] in _PARTS:
            part = word[1:-1]
        elif part and (found := _ENTRY.match(line)):
            name, lines, end = found[2], [line], f"{found[1]}</entry>"


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
