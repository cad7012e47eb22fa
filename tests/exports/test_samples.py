"""The sample plans are, byte for byte, what the program writes today.

After a change of the catalogue, or of how a plan is written, write them anew and read what became different:

    for plan in sample_plans/*.toml; do sav-planner new --from "$plan" -o "$plan" --force; done

A sample holds its own answers, change record and decisions, so this leaves one that is current as it is.
"""

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Rule
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from planner.storage.toml_reader import write_text
from tests.command_line import SAMPLES, command

PLANS = {path.stem: read_plan(str(path)).plan for path in SAMPLES}

each = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)


def test_there_are_six_situations_or_more() -> None:
    assert len(SAMPLES) >= 6


@each
def test_a_sample_is_what_the_program_writes_today(path: Path) -> None:
    assert write_text(PLANS[path.stem]).encode() == path.read_bytes()


@each
def test_writing_a_sample_anew_in_place_changes_nothing(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    assert command("new", "--from", str(copy), "-o", str(copy), "--force").code == 0
    assert copy.read_bytes() == path.read_bytes()


@each
def test_a_sample_checks_clean(path: Path) -> None:
    code, out, err = command("check", str(path))
    assert (code, err) == (0, "")
    assert out.startswith(f"{path}: {PLANS[path.stem].status}")
    assert out.endswith("; intact and current\n")


@each
def test_a_sample_is_called_like_its_file(path: Path) -> None:
    assert PLANS[path.stem].head.id == path.stem
    assert PLANS[path.stem].head.title


def test_every_role_is_in_use() -> None:
    roles = {role for plan in PLANS.values() for zone in plan.derived.zones for role in zone.roles}
    assert roles == set(load_catalogue().roles)


def test_every_flow_is_opened_somewhere() -> None:
    opened = {flow for plan in PLANS.values() for rule in all_rules(plan) for flow in rule.flows}
    denied = {flow.id for flow in load_catalogue().flows.values() if flow.class_ == "never"}
    assert opened == set(load_catalogue().flows) - denied


def test_every_optional_flow_is_closed_somewhere() -> None:
    closed = {entry.flow for plan in PLANS.values() for entry in plan.derived.closed}
    assert {flow.id for flow in load_catalogue().flows.values() if flow.class_ == "optional"} <= closed


def test_every_decision_arises_and_some_are_settled() -> None:
    arising = {decision.id for plan in PLANS.values() for decision in plan.derived.decisions}
    assert arising == set(load_catalogue().decisions)
    assert {record.by for plan in PLANS.values() for record in plan.decisions} == {"change board"}


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        ("boundary", {"stateful", "stateless"}),
        ("source_ports", {"documented", "union", "modern", "any"}),
        ("netware_parents", {True, False}),
        ("console_agent", {True, False}),
    ],
)
def test_samples_differ_in(answer: str, values: set[object]) -> None:
    assert {getattr(plan.topology.answers, answer) for plan in PLANS.values()} == values


def test_one_port_is_overridden() -> None:
    assert {plan.topology.answers.rtvscan_port for plan in PLANS.values()} - {2967}


def test_some_zones_name_their_parents_and_some_are_translated() -> None:
    zones = [zone for plan in PLANS.values() for zone in plan.topology.zones]
    assert any(zone.parents for zone in zones)
    assert any(zone.nat for zone in zones)


def test_some_samples_leave_the_zones_to_the_program() -> None:
    assert not all(plan.topology.zones for plan in PLANS.values())


def test_both_address_families_are_there() -> None:
    assert {address.version for address in all_addresses()} == {4, 6}


def test_no_address_belongs_to_anybody() -> None:
    ours = [
        ipaddress.ip_network(text)
        for text in ("10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    ]
    theirs = [address for address in all_addresses() if not any(address in network for network in ours)]
    assert [address for address in theirs if not address.is_unspecified] == []  # 0.0.0.0/0 is everybody


def test_one_plan_is_final_and_the_others_are_drafts() -> None:
    assert sorted(plan.status for plan in PLANS.values()) == ["draft"] * (len(PLANS) - 1) + ["final"]


def all_rules(plan: Plan) -> tuple[Rule, ...]:
    return (*plan.derived.rules, *plan.derived.host_rules)


def all_addresses() -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    for plan in PLANS.values():
        for zone in plan.topology.zones:
            yield from (ipaddress.ip_network(network).network_address for network in zone.networks)
            yield from (ipaddress.ip_address(host) for hosts in zone.hosts.values() for host in hosts)
