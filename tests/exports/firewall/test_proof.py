"""Every export of iptables and Cisco formats is exact by its own audit, or refused with a gap that is named."""

import os

import pytest

from planner.enforcement.device_rules import ExportError
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.plan.topology import Device, Topology
from tests.audit.test_structure import office
from tests.exports.firewall.nested_estates import made

ESTATES = int(os.environ.get("SAV_EXAMPLES", "0")) or 25
"""As many estates are tried for each format; SAV_EXAMPLES asks for more."""


@pytest.mark.parametrize("name", [row.name for row in FORMATS.values() if row.reader])
def test_generated_estates_are_exact_or_named(name: str) -> None:
    if name.startswith("cisco"):
        pytest.importorskip("aerleon", reason="needs the extra 'vendors'")
    refused = [gaps for seed in range(ESTATES) if (gaps := gaps_of(made(seed, FORMATS[name].vendor or ""), name))]
    assert [gap for gaps in refused for gap in gaps if "not exact" in gap] == []
    assert len(refused) < ESTATES * 4 // 5


@pytest.mark.parametrize(
    ("seed", "name", "gap"),
    [
        (1995, "cisco-ios", "zone 'branches': networks or hosts: 10.0.0.137 is in zone 'a b' too"),
        (1816, "cisco-asa", "zone 'SAV10': networks or hosts: 192.0.2.135 is in zone 'branches' too"),
        (1911, "iptables", "zone 'servers': networks: other zones hold all of its IPv4 addresses"),
    ],
)
def test_zones_that_no_address_tells_apart_are_named(seed: int, name: str, gap: str) -> None:
    if name.startswith("cisco"):
        pytest.importorskip("aerleon", reason="needs the extra 'vendors'")
    (found,) = gaps_of(made(seed, FORMATS[name].vendor or ""), name)
    assert found.startswith(f"{gap}; accepted: ")


def gaps_of(plan: Plan, name: str) -> list[str]:
    """Export a plan, and return the gaps it is refused with; none where it is exact."""
    try:
        write_rules(plan, FORMATS[name], ExportRequest())
    except ExportError as error:
        return [str(gap) for gap in error.missing]
    return []


def with_sides(vendor: str, **interfaces: str) -> Plan:
    plan = office(vendor)
    device = Device(name="fw", vendor=vendor, stateful=vendor != "cisco-ios", mode="exclusive", interfaces=interfaces)
    return Plan(topology=Topology(answers=plan.topology.answers, zones=plan.topology.zones, devices=(device,)))


@pytest.mark.parametrize(
    ("vendor", "sides"),
    [("cisco-asa", ("in_side", "in-side", "out")), ("cisco-ios", ("Gi0/1.1", "Gi0/1/1", "Gi0/2"))],
)
def test_lists_of_interfaces_alike_have_names_of_their_own(vendor: str, sides: tuple[str, ...]) -> None:
    pytest.importorskip("aerleon", reason="needs the extra 'vendors'")
    plan = with_sides(vendor, admin=sides[0], servers=sides[1], internet=sides[2])
    text = write_rules(plan, FORMATS[vendor], ExportRequest()).text
    bound = [line.split()[1 if vendor == "cisco-asa" else 2] for line in text.splitlines() if "access-group" in line]
    assert len(set(bound)) == 3


def test_one_interface_under_two_names_is_refused() -> None:
    plan = with_sides("cisco-ios", admin="Gi0/1", servers="GigabitEthernet0/1", internet="Gi0/2")
    with pytest.raises(ExportError, match="one interface to the device"):
        write_rules(plan, FORMATS["cisco-ios"], ExportRequest())


def test_an_export_that_is_wrong_is_refused_with_the_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = FORMATS["iptables"].writer
    write = writer.write
    monkeypatch.setattr(writer, "write", lambda job: [line.replace("--dport 2967 ", "") for line in write(job)])
    with pytest.raises(ExportError, match=r"not exact: .* would open more than planned"):
        write_rules(office("linux"), FORMATS["iptables"], ExportRequest())


def test_a_shared_interface_is_said_in_the_heading() -> None:
    plan = with_sides("linux", admin="eth0", servers="eth0", internet="eth1")
    text = write_rules(plan, FORMATS["iptables"], ExportRequest()).text
    assert "zones admin, servers are behind one interface, eth0" in text
