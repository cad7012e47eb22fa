"""aerleon's own YAML: definitions, then the policy, for those who render it themselves. Needs no aerleon."""

import json
from collections.abc import Iterator
from typing import Any

from planner.enforcement.device_rules import MissingInput
from planner.exports.firewall import cisco, juniper, paloalto
from planner.exports.firewall.access_list import Filter, interface_filters, shared_networks, zone_filters
from planner.exports.firewall.aerleon import Object, policy_objects
from planner.exports.firewall.model import DeviceJob, Format, RuleWriter
from planner.plan.addresses import FAMILIES

_KINDS: dict[str, cisco.Kind] = {"cisco-ios": "ios", "cisco-nxos": "nxos", "cisco-asa": "asa"}


class _Writer(RuleWriter[DeviceJob]):
    def missing(self, job: DeviceJob) -> Iterator[MissingInput]:
        """Reasons of the device's own format."""
        device = job.rules.device
        if device.vendor == "linux":
            trouble = "aerleon's nftables and iptables do not enforce a plan exactly"
            accepted = "nftables or iptables as a format, which need no aerleon"
            yield MissingInput("device", device.name, "vendor", trouble, accepted)
        elif device.vendor == "cisco-asa":
            yield from cisco.asa_missing(job)
        elif device.vendor in _KINDS:
            yield from shared_networks(job)

    def notes(self, _job: DeviceJob) -> Iterator[str]:
        yield (
            "aerleon adds no access-group and may begin with the removal of a live list; the other formats see to both"
        )
        yield "load it without its definitions and aerleon opens what it cannot find: check what it renders"

    def write(self, job: DeviceJob) -> list[str]:
        definitions, objects = policy_objects(*_filters(job))
        return ["---", *_yaml(definitions), "---", *_yaml({"filename": "sav10", "filters": objects})]

    def remove(self, _job: DeviceJob) -> list[str]:
        """A policy without a filter: what it was rendered to goes with that format's own removal."""
        return ["---", *_yaml({"filename": "sav10", "filters": []})]


def _filters(job: DeviceJob) -> tuple[list[Filter], list[Object]]:
    vendor = job.rules.device.vendor
    if vendor == "juniper-srx":
        filters = juniper.filters_of(job)
        return filters, [juniper.target(filter_) for filter_ in filters]
    if vendor == "paloalto":
        filters = zone_filters(job)
        return filters, [paloalto.target(filter_) for filter_ in filters]
    kind = _KINDS[vendor]
    filters = interface_filters(job, (4,) if kind == "asa" else FAMILIES)
    return filters, cisco.aerleon_targets(kind, filters)


def _yaml(content: Any, indent: str = "") -> Iterator[str]:
    """Dictionaries, lists and texts as YAML, every text in double quotes, so that none is taken for a number."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _entry(f"{indent}{json.dumps(key)}:", value, indent)
    else:
        for value in content:
            yield from _entry(f"{indent}-", value, indent)


def _entry(start: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{start} {json.dumps(value)}"
    elif not value:
        yield f"{start} {'{}' if isinstance(value, dict) else '[]'}"
    else:
        yield start
        yield from _yaml(value, f"{indent}  ")


FORMATS = (
    Format(
        name="aerleon", title="aerleon policy in YAML, between zones", scope="device", writer=_Writer(),
        since="This is the whole policy. What that revision left on the device does not go by rendering it: the "
        "device's own format sees to that.",
        file="sav10.yaml", load="the first document is for aerleon's definitions, the second is the policy",
    ),
)  # fmt: skip
