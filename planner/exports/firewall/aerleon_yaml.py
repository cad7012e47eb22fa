"""aerleon's own YAML: definitions, then the policy, for those who render it themselves. Needs no aerleon."""

from collections.abc import Iterator

from planner.enforcement.device_rules import Gap
from planner.exports.firewall import cisco, juniper, paloalto
from planner.exports.firewall.access_list import Filter, interface_filters, shared_networks, zone_filters
from planner.exports.firewall.aerleon_policy import Object, as_yaml, policy_objects
from planner.exports.firewall.job import DeviceJob
from planner.plan.addresses import FAMILIES

_KINDS: dict[str, cisco.Kind] = {"cisco-ios": "ios", "cisco-nxos": "nxos", "cisco-asa": "asa"}


def write(job: DeviceJob) -> list[str]:
    """Write two documents: definitions of networks and services, and the policy of this device."""
    filters, targets = _filters(job)
    definitions, objects = policy_objects(filters, targets)
    policy = {"filename": "sav10", "filters": objects}
    return ["---", *as_yaml(definitions), "---", *as_yaml(policy)]


def remove(_job: DeviceJob) -> list[str]:
    """Write a policy without a filter: what it was rendered to goes with that format's own removal."""
    return ["---", *as_yaml({"filename": "sav10", "filters": []})]


def gaps(job: DeviceJob) -> Iterator[Gap]:
    """Name what the device's own format would refuse."""
    device = job.rules.device
    if device.vendor == "linux":
        trouble = "aerleon's nftables and iptables do not enforce a plan exactly"
        yield Gap("device", device.name, "vendor", trouble, "nftables or iptables as a format, which need no aerleon")
    elif device.vendor == "cisco-asa":
        yield from cisco.gaps_asa(job)
    elif device.vendor in _KINDS:
        yield from shared_networks(job)


def notes(_job: DeviceJob) -> Iterator[str]:
    """Say what rendering it by hand leaves out."""
    yield "aerleon adds no access-group and may begin with the removal of a live list; the other formats see to both"
    yield "load it without its definitions and aerleon opens what it cannot find: check what it renders"


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
