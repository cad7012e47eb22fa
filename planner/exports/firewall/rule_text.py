"""One rule as the plan's own devices take it: what an export holds under the rule's marker."""

import re
from collections.abc import Sequence

import msgspec

from planner.derivation.model import Rule
from planner.enforcement.device_rules import ExportError
from planner.exports.firewall.export import Asked, write_rules
from planner.exports.firewall.registry import FORMATS, Format
from planner.plan.plan import Plan
from planner.plan.topology import Device

_ANY_MARKER = re.compile(r"\bSAV(?:10|-[RD][0-9A-Z-]+)\b")


class DeviceText(msgspec.Struct, frozen=True):
    """The export for one device, line by line; without lines, why there is none."""

    device: Device
    format: Format
    lines: tuple[str, ...]
    trouble: str = ""

    def of(self, rule: Rule) -> tuple[str, ...]:
        """Give the lines of one rule: those with its marker, and behind a remark those up to the next one."""
        found = []
        behind = False
        for line in self.lines:
            markers = _ANY_MARKER.findall(line)
            if rule.marker in markers:
                found.append(line.strip())
                behind = " remark " in line
            elif behind and not (" remark " in line and markers):
                found.append(line.strip())
            else:
                behind = False
        return tuple(found)


def device_texts(plan: Plan) -> tuple[DeviceText, ...]:
    """Write the export of each device in the first format for its vendor; devices of other vendors are left out."""
    texts = []
    for device in plan.topology.devices:
        format_ = next((row for row in FORMATS.values() if row.vendor == device.vendor), None)
        if format_ is not None:
            try:
                text = write_rules(plan, format_, Asked(device=device.name), proven=False).text
            except ExportError as error:
                texts.append(DeviceText(device, format_, (), str(error.gaps[0])))
            else:
                texts.append(DeviceText(device, format_, tuple(text.splitlines())))
    return tuple(texts)


def between(device: Device, rules: Sequence[Rule]) -> list[Rule]:
    """Give the rules that cross a device."""
    return [rule for rule in rules if rule.from_ in device.interfaces and rule.to in device.interfaces]
