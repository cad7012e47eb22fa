"""Estates made by hypothesis: whatever the zones, roles, hosts and answers, what is read back is what is permitted."""

import re
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from planner.catalogue.loader import load_catalogue
from planner.derivation.zones import effective_zones
from planner.enforcement.device_rules import ExportError, device_rules, host_classes, host_rules
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.plan.topology import Topology, Zone
from tests.exports.firewall.test_linux import loaded_by_iptables, loaded_by_nft, needs_kernel, read_iptables, read_nft
from tests.exports.firewall.test_vendors import READERS, needs_fwbuilder
from tests.exports.firewall.test_windows import lines, read_netsh, read_powershell
from tests.firewalls import Line, filled, lines_of
from tests.strategies import heads, proving, topologies

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:confgraph")

FAMILIES = st.sampled_from(((4,), (4,), (4, 6), (4, 6), (6,)))


@st.composite
def estates(draw: st.DrawFn) -> Plan:
    """Returns any estate with addresses: networks that share nothing, and for some roles one or two hosts in them."""
    drawn = draw(topologies())
    zones: list[Zone] = []
    for number, zone in enumerate(effective_zones(drawn, load_catalogue()), 1):
        if "internet" in zone.roles:
            zones.append(zone)
            continue
        families = draw(FAMILIES)
        networks = {4: f"10.{number}.0.0/{draw(st.sampled_from((16, 20, 24)))}", 6: f"2001:db8:{number:x}::/48"}
        hosts = {
            role: tuple(
                {4: f"10.{number}.0.{last}", 6: f"2001:db8:{number:x}::{last}"}[family]
                for family in families
                for last in draw(st.lists(st.integers(1, 9), max_size=2, unique=True))
            )
            for role in zone.roles
            if draw(st.booleans())
        }
        own = tuple(networks[family] for family in families)
        zones.append(msgspec.structs.replace(zone, networks=own, hosts=hosts))
    answers = msgspec.structs.replace(drawn.answers, rtvscan_port=2967, netware_port=2968)
    return Plan(head=draw(heads), topology=Topology(answers=answers, zones=tuple(zones)))


def written(plan: Plan, name: str, **asked: Any) -> str:
    """Returns an export, if the plan has no gap: an example with one proves nothing here."""
    try:
        return write_rules(plan, FORMATS[name], ExportRequest(**asked)).text
    except ExportError as error:
        assume(not about_rules(error))
        raise


def about_rules(error: ExportError) -> bool:
    """Checks for a refusal for its rules alone: ends of different families, or a port that stays closed."""
    return all(gap.about == "rule" for gap in error.missing)


def proved(examples: int) -> settings:
    return settings(proving(examples), suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@needs_kernel
@proved(10)
@given(estates(), st.sampled_from(("exclusive", "additive")), st.booleans())
def test_linux_firewalls(plan: Plan, mode: Any, stateful: bool) -> None:
    plan = filled(plan, "linux", mode, stateful=stateful)
    text = written(plan, "nftables")
    wanted = lines_of(device_rules(plan, plan.topology.devices[0]).permits)
    assert read_nft(loaded_by_nft(text))[0] == wanted
    assert read_iptables(loaded_by_iptables(written(plan, "iptables"), written(plan, "ip6tables"))) == wanted


@proved(20)
@given(estates())
def test_windows_hosts(plan: Plan) -> None:
    plan = filled(plan)
    for zone, role in host_classes(plan):
        text = written(plan, "powershell", zone=zone, role=role)
        rules = host_rules(plan, zone, (role,))
        read = read_powershell(text)
        wanted = (lines_of(rules.inbound), lines_of(rules.outbound))
        assert (lines(read, "Inbound"), lines(read, "Outbound")) == wanted
        again = read_netsh(written(plan, "netsh", zone=zone, role=role))
        assert (lines(again, "Inbound"), lines(again, "Outbound")) == wanted


@needs_kernel
@proved(4)
@given(estates())
def test_linux_hosts(plan: Plan) -> None:
    plan = filled(plan)
    for zone, role in host_classes(plan)[:3]:
        nft, v4, v6 = (
            written(plan, name, zone=zone, role=role) for name in ("nftables-host", "iptables-host", "ip6tables-host")
        )
        wanted = lines_of(host_rules(plan, zone, (role,)).inbound)
        assert read_nft(loaded_by_nft(nft))[0] == wanted
        assert read_iptables(loaded_by_iptables(v4, v6), "SAV10-IN") == wanted


@pytest.mark.parametrize("vendor", ["juniper-srx", "paloalto"])
@proved(6)
@given(estates())
def test_yaml_read_by_pyyaml_renders_as_the_vendors_format(vendor: Any, plan: Plan) -> None:
    """Our YAML, read by PyYAML and rendered by aerleon, permits what its own format does."""
    plan = filled(plan, vendor)
    assert rendered(written(plan, "aerleon"), vendor) == READERS[vendor](written(plan, vendor))


def rendered(text: str, vendor: str) -> list[Any]:
    """Render an aerleon policy as somebody else would: by aerleon itself."""
    import yaml
    from aerleon import api
    from aerleon.lib import naming

    definitions, policy = yaml.safe_load_all(text)
    names = naming.Naming()
    names.ParseDefinitionsObject(definitions, "")
    (made,) = (api.Generate([policy], names) or {}).values()
    if vendor == "juniper-srx":
        # aerleon tags for replacement what holds others' too, and deletes what it has none of: no part of the rules.
        made = re.sub(r"(?m)^delete:.*$|^ *replace: (?=address-book|policies|applications)", "", made)
    return READERS[vendor](made)


@pytest.mark.parametrize(
    "vendor",
    [pytest.param(name, marks=needs_fwbuilder if name == "cisco-asa" else ()) for name in READERS],
)
@proved(12)
@given(estates())
def test_vendors(vendor: Any, plan: Plan) -> None:
    plan = filled(plan, vendor)
    entries = READERS[vendor](written(plan, vendor))
    device = plan.topology.devices[0]
    permits = device_rules(plan, device).permits
    wanted = lines_of(permit for permit in permits if permit.family in FORMATS[vendor].families)
    read = {
        Line(*entry[1:3], *entry[4:6], entry.protocol, *entry[6:8],
             "established" if entry.established else "new" if device.stateful else "any", entry.marker)
        for entry in entries
        if entry.permits
    }  # fmt: skip
    by_address = vendor.startswith("cisco")
    assert read == {line._replace(out_interface="") if by_address else line for line in wanted}


@proved(40)
@given(estates(), st.booleans())
def test_a_device_permits_every_rule_between_its_zones_and_nothing_else(plan: Plan, stateful: bool) -> None:
    plan = filled(plan, stateful=stateful)
    try:
        rules = device_rules(plan, plan.topology.devices[0])
    except ExportError as error:
        if about_rules(error):
            return
        raise
    wanted = {rule.marker for rule in plan.derived.rules if not (stateful and rule.is_return)}
    assert {permit.marker for permit in rules.permits} == wanted
    assert max(Counter((permit.name, permit.family) for permit in rules.permits).values(), default=1) == 1
    known = {zone.name: zone for zone in plan.derived.zones}
    for permit in rules.permits:
        for networks, zone in ((permit.sources, permit.rule.from_), (permit.destinations, permit.rule.to)):
            hosts = {host for each in known[zone].hosts.values() for host in each}
            assert all(str(net) in known[zone].networks or str(net.network_address) in hosts for net in networks)
