"""Palo Alto: security rules between zones, their addresses and services, written by aerleon as configuration XML."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from planner.exports.firewall.access_list import Filter, zone_filters
from planner.exports.firewall.aerleon import Object, counted, generate, policy_objects
from planner.exports.firewall.model import (
    IN_CONFIGURATION_MODE,
    VENDORS_EXTRA,
    DeviceJob,
    Format,
    Objects,
    RuleWriter,
    changed_objects,
    removed_objects,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PARTS = ("service", "rules", "address-group", "address")
_ENTRY = re.compile(r'( *)<entry name="(\S+)">$')


class _Writer(RuleWriter[DeviceJob]):
    def notes(self, job: DeviceJob) -> Iterator[str]:
        yield "rules that stand before these decide first; move them where they belong before the commit"
        if job.old is None:
            yield (
                "a merge adds to rules of the same name, and leaves those that only an older plan had: where one is in "
                "force, load an export since it instead, or its removal first"
            )

    def write(self, job: DeviceJob) -> list[str]:
        return _configuration(job)

    def change(self, job: DeviceJob) -> list[str]:
        if job.old is None or job.old_plan is None:
            return _configuration(job)
        before, after = _objects(_configuration(DeviceJob(job.old_plan, job.old))), _objects(_configuration(job))
        return [*changed_objects(before, after), *_moved(before, after)]

    def remove(self, job: DeviceJob) -> list[str]:
        return list(removed_objects(_objects(_configuration(job))))


def _configuration(job: DeviceJob) -> list[str]:
    """Configuration in XML; its declaration stands in the heading, as nothing may stand before it."""
    filters = zone_filters(job)
    definitions, objects = policy_objects(filters, map(target, filters))
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
    """Entries of a rendering, each as part, name and lines."""
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


def _moved(before: Objects, after: Objects) -> Iterator[str]:
    """Move each rule that was set, and so stands at the end, before the one that follows it; the last one first."""
    rules = [path for path in after if path.startswith(_RULE)]
    for path, following in reversed(list(pairwise(rules))):
        if before.get(path) != after[path]:
            yield f"move {path} before {following.removeprefix(_RULE)}"


_RULE = "rulebase security rules "


def _objects(lines: Sequence[str]) -> Objects:
    """Objects of a configuration: each address, group, service and rule, with the lines below it."""
    from xml.etree import ElementTree

    # What is read was written here, out of nothing but harmless signs.
    root = ElementTree.fromstring("\n".join(lines))  # noqa: S314
    found = {}
    for part in ("address", "address-group", "service", "rulebase/security/rules"):
        for entry in root.iterfind(f"devices/entry/vsys/entry/{part}/entry"):
            path = f"{part.replace('/', ' ')} {entry.get('name')}"
            found[path] = tuple(line for element in entry for line in _leaves(element))
    return found


def _leaves(element: "Element") -> Iterator[str]:
    """Write an element out, a line for each value or list of members."""
    members = [member.text or "" for member in element.iterfind("member")]
    if members:
        yield f"{element.tag} [ {' '.join(members)} ]" if len(members) > 1 else f"{element.tag} {members[0]}"
    elif len(element):
        yield from (f"{element.tag} {line}" for inner in element for line in _leaves(inner))
    else:
        text = element.text or ""
        yield f'{element.tag} "{text}"' if " " in text else f"{element.tag} {text}"


def target(filter_: Filter) -> Object:
    """Target for aerleon."""
    between = f"from-zone {filter_.in_interface or 'any'} to-zone {filter_.out_interface or 'any'}"
    return {"paloalto": f"{between} mixed addr-obj"}


FORMATS = (
    Format(
        name="paloalto", title="Palo Alto security rules, between zones", scope="device", vendor="paloalto",
        writer=_Writer(), comment=("<!-- ", " -->"), unload=IN_CONFIGURATION_MODE, file="sav10-paloalto.xml",
        extra=VENDORS_EXTRA,
        load="import as a named configuration, then load config partial mode merge from it, then commit",
    ),
)  # fmt: skip
