"""Boundaries between zones: return rules of a stateless filter, devices, and what stays denied."""

from typing import Any

import pytest

from planner.derivation.model import Rule
from planner.plan.plan import Plan
from planner.plan.topology import Device, Zone
from tests.estates import all_rules, estate, opened_by, zone

EVERYTHING: dict[str, Any] = {
    "servers": 2, "netware_servers": 2, "netware_parents": True, "roaming_clients": True, "mobile_clients": True,
    "legacy_clients": True, "central_quarantine": True, "quarantine_port": 3000, "ams_alerting": True,
    "ams_hosts": ("server", "console", "quarantine"), "rollout": ("clients", "servers", "legacy-clients"),
    "install_from": ("console", "server"),
    "options": ("discovery-of-netware", "smb-helpers", "tcp-38293-as-printed"),
}  # fmt: skip


def returns_of(plan: Plan, flow: str = "") -> list[Rule]:
    return [rule for rule in plan.derived.rules if rule.is_return and (not flow or flow in rule.flows)]


def test_a_stateful_plan_has_no_return_rules() -> None:
    assert returns_of(estate(**EVERYTHING)) == []


def test_a_stateful_rule_lets_new_connections_through() -> None:
    assert {rule.state for rule in all_rules(estate(**EVERYTHING).derived)} == {"new"}


def test_a_stateless_boundary_answers_every_rule_but_those_to_the_outside() -> None:
    plan = estate(boundary="stateless", **EVERYTHING)
    forward = {rule.id for rule in plan.derived.rules if not rule.is_return and rule.to != "internet"}
    assert {rule.id.removesuffix(":return") for rule in returns_of(plan)} == forward


@pytest.mark.parametrize(
    ("flow", "mode", "source", "reached", "state"),
    [
        ("client-checks-in", "documented", "2967", "1024-5000", "established"),
        ("server-pushes-to-client", "documented", "2967", "1024-4999", "established"),
        ("server-pushes-to-client", "union", "2967", "1024-5000", "established"),
        ("client-checks-in", "modern", "2967", "1024-65535", "established"),
        ("client-checks-in", "any", "2967", "1024-65535", "established"),
        ("console-discovers-server", "documented", "38293", "1024-4999", "any"),
        ("legacy-client-to-server", "documented", "2967", "1024-65535", "any"),
        ("legacy-client-to-server", "any", "2967", "1024-65535", "any"),
    ],
)
def test_return_rules_are_bounded(flow: str, mode: str, source: str, reached: str, state: str) -> None:
    found = returns_of(estate(boundary="stateless", source_ports=mode, legacy_clients=True), flow)
    assert {(rule.source_ports, rule.destination_ports, rule.state) for rule in found} == {(source, reached, state)}


def test_a_return_rule_runs_the_other_way() -> None:
    forward, back = (rule for rule in estate(boundary="stateless").derived.rules if "client-checks-in" in rule.flows)
    assert (back.from_, back.to) == (forward.to, forward.from_)


def test_a_stateless_rule_names_the_boundary_as_a_reason() -> None:
    rules = estate(boundary="stateless", **EVERYTHING).derived.rules
    assert [rule.id for rule in rules if "boundary = stateless" not in rule.because] == []


def test_a_host_rule_has_no_return_half() -> None:
    assert [rule for rule in estate(boundary="stateless", servers=3).derived.host_rules if rule.is_return] == []


def test_nothing_comes_back_from_the_outside() -> None:
    plan = estate(boundary="stateless", central_quarantine=True)
    assert [rule for rule in plan.derived.rules if rule.from_ == "internet"] == []


def test_answers_lost_at_a_stateless_filter_to_the_outside_are_a_finding() -> None:
    findings = estate(boundary="stateless", central_quarantine=True).derived.findings
    assert [finding.about for finding in findings if finding.id == "stateless-outside"] == [("quarantine",)]


def device(name: str, *zones: str, stateful: bool) -> Device:
    return Device(name=name, vendor="x", stateful=stateful, interfaces={zone: f"if-{zone}" for zone in zones})


@pytest.mark.parametrize(
    ("boundary", "devices", "stateless"),
    [
        ("stateless", [], True),
        ("stateful", [], False),
        ("stateless", [device("fw", "servers", "clients", stateful=True)], False),
        ("stateful", [device("acl", "servers", "clients", stateful=False)], True),
        ("stateful", [device("acl", "servers", "console", stateful=False)], False),
        ("stateless", [device("fw", "servers", "console", stateful=True)], True),
        ("stateful", [device("acl", "servers", stateful=False)], False),
        ("stateful", [device(name, "servers", "clients", stateful=name == "fw") for name in ("acl", "fw")], True),
        ("stateful", [device("fw", "servers", "clients", stateful=True)], False),
    ],
)
def test_a_device_overrides_the_boundary(boundary: str, devices: list[Device], stateless: bool) -> None:
    plan = estate(boundary=boundary, devices=devices)
    assert bool(returns_of(plan, "client-checks-in")) is stateless


DENIED = {
    "servers": {"tcp 2967", "udp 38293", "udp 38037", "tcp 38292", "tcp 139", "udp 2967",
                "tcp 445", "udp 137", "udp 138", "tcp 38293"},
    "console": {"tcp 2967", "udp 38037", "tcp 38292"},
    "netware": {"tcp 2968", "udp 2968", "udp 38293"},
    "clients": {"tcp 2967", "tcp 139", "tcp 445", "udp 137", "udp 138"},
    "roaming-clients": {"tcp 2967", "tcp 139", "tcp 445", "udp 137", "udp 138"},
    "legacy-clients": {"udp 2967", "tcp 139", "tcp 445", "udp 137", "udp 138"},
    "quarantine": {"tcp 3000", "udp 38037", "tcp 38292"},
    "internet": set(),
}  # fmt: skip


def denied(plan: Plan, where: str, from_: str, to: str) -> set[str]:
    entries = plan.derived.denies
    return {f"{d.protocol} {d.ports}" for d in entries if (d.where, d.from_, d.to) == (where, from_, to)}


@pytest.mark.parametrize("zone", DENIED)
def test_the_outside_is_kept_from_every_listener(zone: str) -> None:
    assert denied(estate(**EVERYTHING), "boundary", "internet", zone) == DENIED[zone]


@pytest.mark.parametrize("zone", ["clients", "roaming-clients", "legacy-clients"])
def test_a_mobile_computer_denies_on_the_host_itself(zone: str) -> None:
    assert denied(estate(**EVERYTHING), "host", "internet", zone) == DENIED[zone]


@pytest.mark.parametrize("zone", ["servers", "console", "netware", "quarantine"])
def test_no_other_host_denies_for_mobility(zone: str) -> None:
    assert denied(estate(**EVERYTHING), "host", "internet", zone) == set()


def test_without_mobile_computers_no_host_denies() -> None:
    assert {deny.where for deny in estate().derived.denies} == {"boundary"}


@pytest.mark.parametrize(
    ("answers", "zones"),
    [
        ({}, set()),
        ({"ams_alerting": True}, {"servers"}),
        ({"ams_alerting": True, "ams_hosts": ("server", "console")}, {"servers", "console"}),
        (EVERYTHING, {"servers", "console", "quarantine"}),
    ],
)
def test_intel_file_transfer_is_denied_to_ams_hosts(answers: dict[str, Any], zones: set[str]) -> None:
    denies = estate(**answers).derived.denies
    assert {deny.to for deny in denies if (deny.from_, deny.protocol, deny.ports) == ("any", "tcp", "12174")} == zones


def test_every_outside_zone_is_kept_out() -> None:
    outside = (Zone(name="wan a>b", roles=("internet",)), Zone(name="internet", roles=("internet",)))
    denies = estate("hq: server", *outside).derived.denies
    assert {deny.from_ for deny in denies} == {"wan a>b", "internet"}


def test_the_id_of_a_deny_keeps_the_signs_of_a_name_apart_from_its_own() -> None:
    denies = estate("hq: server", Zone(name="wan a>b", roles=("internet",))).derived.denies
    assert denies[0].id == "outside-in:wan a%3eb>hq:tcp-2967"


def test_translation_is_no_matter_inside_a_zone() -> None:
    notes = [estate(zone("hq: console server", nat=nat)).derived.host_rules[0].notes for nat in (False, True)]
    assert notes[0] == notes[1]


def test_translation_is_noted_where_a_push_crosses_it() -> None:
    plan = estate("hq: server", zone("b: client", nat=True))
    noted = {rule.flows: any("ddress translation" in note for note in rule.notes) for rule in plan.derived.rules}
    assert noted == {("client-checks-in",): False, ("server-pushes-to-client",): True}


def test_a_listener_is_denied_to_the_outside_though_no_peer_is_planned() -> None:
    assert "tcp 38292" in denied(estate(servers=1, ams_alerting=True), "boundary", "internet", "servers")


CLOSED: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("server-to-server", {"servers": 1}, "tcp 2967", "Windows servers: 1 (needs 2 or more)"),
    ("console-acts-on-client", {"clients": False}, "tcp 2967", "console to client: 10.x/3.x clients: no (needs yes)"),
    ("console-acts-on-client", {}, "tcp 2967", "console to roaming client: Roaming clients: no (needs yes)"),
    ("roaming-client-checks-in", {}, "tcp 2967", "Roaming clients: no (needs yes)"),
    ("server-pushes-to-roaming-client", {"roaming_clients": True, "roaming_push": False}, "tcp 2967",
     "Push to roaming: no (needs yes)"),
    ("client-checks-in", {"servers": 0}, "tcp 2967", "Windows servers: 0 (needs 1 or more)"),
    ("server-to-console-agent", {"console_agent": False}, "tcp 2967", "Agent on console: no (needs yes)"),
    ("console-manages-netware", {}, "tcp 2968", "NetWare servers: 0 (needs 1 or more)"),
    ("netware-to-netware", {"netware_servers": 1}, "tcp 2968", "NetWare servers: 1 (needs 2 or more)"),
    ("client-checks-in-netware", {"netware_servers": 1}, "tcp 2968", "NetWare parents: no (needs yes)"),
    ("discovery-of-netware", {"netware_servers": 1}, "udp 38293", "optional flow discovery-of-netware: off"),
    ("legacy-client-to-server", {}, "udp 2967", "Legacy 9.x clients: no (needs yes)"),
    ("legacy-client-to-netware", {"legacy_clients": True}, "udp 2968", "NetWare servers: 0 (needs 1 or more)"),
    ("quarantine-to-dis-https", {}, "tcp 2848", "Central Quarantine: no (needs yes)"),
    ("forward-to-quarantine", {"central_quarantine": True}, "tcp not entered",
     "client to Quarantine; server to Quarantine: Quarantine port: not entered (needs a value)"),
    ("forward-to-quarantine", {"central_quarantine": True, "quarantine_port": 33}, "tcp 33",
     "roaming client to Quarantine: Roaming clients: no (needs yes)"),
    ("ams-messages", {}, "udp 38037", "AMS alerting: no (needs yes)"),
    ("ams-alerts", {"ams_alerting": True}, "tcp 38292", "AMS hosts: server; Windows servers: 1 (needs another host)"),
    ("ams-alerts", {"ams_alerting": True, "ams_hosts": ()}, "tcp 38292", "AMS hosts: none (needs another host)"),
    ("install-client", {"roaming_clients": True, "legacy_clients": True}, "tcp 139",
     "console to client and roaming client: Remote rollout: none (needs clients)"),
    ("server-installs-client", {"rollout": ("clients",)}, "tcp 139",
     "server to client: Install tools: console (needs server)"),
    ("install-server", {"rollout": ("servers",)}, "tcp 139",
     "server to server: Windows servers: 1 (needs 2 or more); Install tools: console (needs server)"),
    ("install-server", {"rollout": ("clients",)}, "tcp 139",
     "console to server: Remote rollout: clients (needs servers)"),
    ("smb-helpers", {"rollout": ("clients",)}, "udp 137", "optional flow smb-helpers: off"),
    ("tcp-38293-as-printed", {"rollout": ("servers",)}, "tcp 38293", "optional flow tcp-38293-as-printed: off"),
)  # fmt: skip


@pytest.mark.parametrize(("flow", "answers", "ports", "reason"), CLOSED, ids=lambda part: str(part)[:40])
def test_a_closed_flow_says_which_answer_keeps_it_so(
    flow: str, answers: dict[str, Any], ports: str, reason: str
) -> None:
    entries = [entry for entry in estate(**answers).derived.closed if entry.flow == flow]
    assert (ports, reason) in {(f"{entry.protocol} {entry.ports}", entry.reason) for entry in entries}


@pytest.mark.parametrize(
    ("zones", "answers", "flow", "reason"),
    [
        (("hq: server",), {}, "client-checks-in", "no zone holds the role client"),
        (("hq: server", "nw: netware", "b: client < nw"), {"netware_servers": 1}, "client-checks-in",
         "no zone names a parent that could take part"),
        (("a: server", "b: server"), {"servers": 2}, "server-to-server", None),
    ],
)  # fmt: skip
def test_a_closed_flow_says_which_zone_is_missing(
    zones: tuple[str, ...], answers: dict[str, Any], flow: str, reason: str | None
) -> None:
    entries = [entry.reason for entry in estate(*zones, **answers).derived.closed if entry.flow == flow]
    assert entries == ([] if reason is None else [reason])


def test_a_leg_that_stays_closed_beside_an_open_one_is_listed() -> None:
    plan = estate(roaming_clients=False)
    [entry] = [entry for entry in plan.derived.closed if entry.flow == "console-acts-on-client"]
    assert opened_by(plan, "console-acts-on-client")
    assert (entry.reason, entry.because) == (
        "console to roaming client: Roaming clients: no (needs yes)",
        ("roaming_clients = false",),
    )


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"ams_alerting": True}, {"servers udp 38037", "servers tcp 38292"}),
        ({"ams_alerting": True, "ams_hosts": ("server", "console"), "servers": 0},
         {"console udp 38037", "console tcp 38292"}),
        ({"servers": 0, "rollout": ("clients",)}, {"clients tcp 139", "clients tcp 2967"}),
    ],
)  # fmt: skip
def test_who_listens_is_shown_though_no_peer_is_planned(answers: dict[str, Any], expected: set[str]) -> None:
    plan = estate(**answers)
    found = {f"{entry.zone} {entry.protocol} {entry.ports}" for entry in plan.derived.ports if entry.direction == "in"}
    assert expected <= found


def test_a_flow_with_a_peer_is_not_closed() -> None:
    plan = estate(**EVERYTHING)
    assert [entry.flow for entry in plan.derived.closed if opened_by(plan, entry.flow)] == []
