"""From answers to rules, flow by flow. FLOWS.md's table is the oracle: the rows below are written out by hand."""

import datetime
from typing import Any, NamedTuple

import pytest

from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Rule
from tests.estates import all_rules, estate, opened_by, pairs

END = datetime.date(2027, 3, 31)
LATER = datetime.date(2027, 9, 30)


class Row(NamedTuple):
    """A flow under some answers, with default zones: between which zones, what port, from which source ports."""

    flow: str
    answers: dict[str, Any]
    pairs: str
    port: str
    source: str


TWO: dict[str, Any] = {"servers": 2}
NETWARE: dict[str, Any] = {"netware_servers": 1}
PARENTS: dict[str, Any] = {"netware_servers": 1, "netware_parents": True}
ROAMING: dict[str, Any] = {"roaming_clients": True}
LEGACY: dict[str, Any] = {"legacy_clients": True}
MEETING: dict[str, Any] = {"legacy_clients": True, "netware_servers": 1}
QUARANTINE: dict[str, Any] = {"central_quarantine": True}
FORWARDING: dict[str, Any] = {"central_quarantine": True, "quarantine_port": 3000, "roaming_clients": True}
AMS: dict[str, Any] = {"ams_alerting": True, "servers": 2}
CLIENTS_IN: dict[str, Any] = {"rollout": ("clients", "legacy-clients"), "roaming_clients": True, "legacy_clients": True}
SERVERS_IN: dict[str, Any] = {"rollout": ("servers",), "servers": 2}
ALL_IN: dict[str, Any] = {"rollout": ("clients", "servers"), "servers": 2, "roaming_clients": True}
FROM_SERVER: dict[str, Any] = {"install_from": ("server",)}
HELPERS: dict[str, Any] = {**ALL_IN, "options": ("smb-helpers",)}
PRINTED: dict[str, Any] = {**SERVERS_IN, "options": ("tcp-38293-as-printed",)}
DISCOVERY: dict[str, Any] = {**NETWARE, "options": ("discovery-of-netware",)}
CHILD_PAIRS = "clients>servers roaming-clients>servers"
ACTED_ON = "console>clients console>roaming-clients"
INSTALLED = f"{ACTED_ON} {CHILD_PAIRS} console>servers servers>servers"
TARGETS = ["clients", "roaming-clients", "legacy-clients"]

FLOWS = (
    Row("console-manages-server", {}, "console>servers", "tcp 2967", "1024-4999"),
    Row("console-acts-on-client", ROAMING, ACTED_ON, "tcp 2967", "1024-4999"),
    Row("server-to-server", TWO, "servers>servers", "tcp 2967", "1024-4999"),
    Row("client-checks-in", ROAMING, "clients>servers", "tcp 2967", "1024-5000"),
    Row("roaming-client-checks-in", ROAMING, "roaming-clients>servers", "tcp 2967", "1024-5000"),
    Row("server-pushes-to-client", ROAMING, "servers>clients", "tcp 2967", "1024-4999"),
    Row("server-pushes-to-roaming-client", ROAMING, "servers>roaming-clients", "tcp 2967", "1024-4999"),
    Row("server-to-console-agent", {}, "servers>console", "tcp 2967", "1024-4999"),
    Row("console-manages-netware", NETWARE, "console>netware", "tcp 2968", "1024-4999"),
    Row("server-to-netware", NETWARE, "servers>netware", "tcp 2968", "1024-4999"),
    Row("netware-to-server", NETWARE, "netware>servers", "tcp 2967", "1024-65535"),
    Row("netware-to-netware", {"netware_servers": 2}, "netware>netware", "tcp 2968", "1024-65535"),
    Row("client-checks-in-netware", PARENTS, "clients>netware", "tcp 2968", "1024-5000"),
    Row("netware-pushes-to-client", PARENTS, "netware>clients", "tcp 2967", "1024-65535"),
    Row("console-discovers-server", {}, "console>servers", "udp 38293", "1024-4999"),
    Row("server-discovers-server", TWO, "servers>servers", "udp 38293", "any"),
    Row("discovery-of-netware", DISCOVERY, "console>netware", "udp 38293", "1024-4999"),
    Row("discovery-of-netware", DISCOVERY, "servers>netware", "udp 38293", "any"),
    Row("install-client", CLIENTS_IN, " ".join(f"console>{target}" for target in TARGETS), "tcp 139", "1024-4999"),
    Row("client-fetches-install", CLIENTS_IN, " ".join(f"{target}>servers" for target in TARGETS),
        "tcp 139", "1024-5000"),
    Row("server-installs-client", CLIENTS_IN | FROM_SERVER, " ".join(f"servers>{target}" for target in TARGETS),
        "tcp 139", "1024-5000"),
    Row("install-server", SERVERS_IN, "console>servers", "tcp 139", "1024-4999"),
    Row("install-server", SERVERS_IN | FROM_SERVER, "servers>servers", "tcp 139", "1024-4999"),
    Row("server-fetches-install", SERVERS_IN, "servers>servers", "tcp 139", "1024-5000"),
    Row("legacy-client-to-server", LEGACY, "legacy-clients>servers", "udp 2967", "any"),
    Row("server-to-legacy-client", LEGACY, "servers>legacy-clients", "udp 2967", "any"),
    Row("legacy-client-to-netware", MEETING, "legacy-clients>netware", "udp 2968", "any"),
    Row("netware-to-legacy-client", MEETING, "netware>legacy-clients", "udp 2967", "any"),
    Row("quarantine-to-dis-http", QUARANTINE, "quarantine>internet", "tcp 2847", "1024-5000"),
    Row("quarantine-to-dis-https", QUARANTINE, "quarantine>internet", "tcp 2848", "1024-5000"),
    Row("forward-to-quarantine", FORWARDING,
        "clients>quarantine roaming-clients>quarantine servers>quarantine", "tcp 3000", "1024-5000"),
    Row("ams-messages", AMS, "servers>servers", "udp 38037", "any"),
    Row("ams-alerts", AMS, "servers>servers", "tcp 38292", "1024-5000"),
    Row("smb-helpers", HELPERS, INSTALLED, "tcp 445", "any"),
    Row("smb-helpers", HELPERS, INSTALLED, "udp 137", "any"),
    Row("smb-helpers", HELPERS, INSTALLED, "udp 138", "any"),
    Row("tcp-38293-as-printed", PRINTED, "console>servers servers>servers", "tcp 38293", "any"),
)  # fmt: skip
ROLLOUT = {row.flow for row in FLOWS if "rollout" in row.answers}


def port_of(rule: Rule) -> str:
    return f"{rule.protocol} {rule.destination_ports}"


def test_the_rows_are_all_flows_that_open_something() -> None:
    never = {"outside-in", "intel-file-transfer", "mobile-off-network"}
    assert {row.flow for row in FLOWS} == set(load_catalogue().flows) - never


@pytest.mark.parametrize("row", FLOWS, ids=lambda row: f"{row.flow} {row.port} {row.source}")
def test_flow_opens_between_these_zones(row: Row) -> None:
    rules = opened_by(estate(**row.answers), row.flow)
    assert pairs(r for r in rules if (port_of(r), r.source_ports) == (row.port, row.source)) == set(row.pairs.split())


@pytest.mark.parametrize("flow", {row.flow: None for row in FLOWS})
def test_flow_opens_nothing_else(flow: str) -> None:
    rows = [row for row in FLOWS if row.flow == flow]
    found = {(port_of(rule), rule.source_ports) for rule in opened_by(estate(**rows[0].answers), flow)}
    assert found == {(row.port, row.source) for row in rows}


@pytest.mark.parametrize("row", FLOWS, ids=lambda row: f"{row.flow} {row.port} {row.source}")
def test_install_flows_belong_to_the_rollout(row: Row) -> None:
    phases = {rule.phase for rule in opened_by(estate(**row.answers), row.flow)}
    assert phases == {"rollout" if row.flow in ROLLOUT else "run"}


def test_the_minimal_estate_is_exactly_this() -> None:
    derived = estate(servers=1).derived
    assert {f"{rule.from_}>{rule.to} {port_of(rule)}" for rule in all_rules(derived)} == {
        "console>servers tcp 2967",
        "console>servers udp 38293",
        "console>clients tcp 2967",
        "clients>servers tcp 2967",
        "servers>clients tcp 2967",
        "servers>console tcp 2967",
    }


def test_the_minimal_estate_has_no_host_rules() -> None:
    assert estate(servers=1).derived.host_rules == ()


SITE = ("console: console", "hq: server", "dc: server", "nw: netware")
SITE_ANSWERS: dict[str, Any] = {
    "servers": 2, "netware_servers": 1, "netware_parents": True, "legacy_clients": True, "roaming_clients": True,
    "rollout": ("clients",), "install_from": ("console", "server"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("branch", "flow", "expected"),
    [
        ("client < hq", "client-checks-in", "b>hq"),
        ("client < hq", "server-pushes-to-client", "hq>b"),
        ("client < hq", "client-fetches-install", "b>hq"),
        ("client < hq", "server-installs-client", "hq>b"),
        ("client < hq", "client-checks-in-netware", ""),
        ("client < hq", "netware-pushes-to-client", ""),
        ("client < hq", "console-acts-on-client", "console>b"),
        ("client < nw", "client-checks-in", ""),
        ("client < nw", "client-checks-in-netware", "b>nw"),
        ("client < nw", "netware-pushes-to-client", "nw>b"),
        ("client < hq, dc", "client-checks-in", "b>hq b>dc"),
        ("client", "client-checks-in", "b>hq b>dc"),
        ("client", "client-checks-in-netware", "b>nw"),
        ("legacy-client < dc", "legacy-client-to-server", "b>dc"),
        ("legacy-client < dc", "server-to-legacy-client", "dc>b"),
        ("legacy-client < dc", "legacy-client-to-netware", ""),
        ("legacy-client < nw", "netware-to-legacy-client", "nw>b"),
        ("legacy-client", "legacy-client-to-netware", "b>nw"),
        ("roaming-client", "roaming-client-checks-in", "b>hq b>dc"),
        ("roaming-client", "server-pushes-to-roaming-client", "hq>b dc>b"),
        ("roaming-client < hq", "roaming-client-checks-in", "b>hq"),
        ("roaming-client < hq", "server-pushes-to-roaming-client", "hq>b"),
        ("roaming-client < hq", "client-fetches-install", "b>hq"),
        ("roaming-client < hq", "server-installs-client", "hq>b"),
        ("roaming-client < nw", "roaming-client-checks-in", ""),
        ("client server < b", "client-checks-in", "b>b"),
        ("client server < b", "server-pushes-to-client", "b>b"),
        ("client server < b, hq", "client-checks-in", "b>b b>hq"),
    ],
)
def test_parents(branch: str, flow: str, expected: str) -> None:
    assert pairs(opened_by(estate(*SITE, f"b: {branch}", **SITE_ANSWERS), flow)) == set(expected.split())


def test_without_netware_parents_clients_leave_netware_alone() -> None:
    plan = estate(*SITE, "b: client", **{**SITE_ANSWERS, "netware_parents": False})
    assert pairs(opened_by(plan, "client-checks-in-netware")) == set()


def test_a_named_parent_is_among_the_reasons() -> None:
    rules = opened_by(estate(*SITE, "b: client < hq", servers=2), "client-checks-in")
    assert [rule.because for rule in rules] == [("clients = true", "zone b: parents = hq")]


@pytest.mark.parametrize(
    ("zones", "servers", "expected"),
    [
        (("a: server",), 1, ""),
        (("a: server",), 2, "a>a"),
        (("a: server", "b: server"), 2, "a>b b>a"),
        (("a: server", "b: server"), 3, "a>b b>a a>a b>b"),
        (("a: server", "b: server", "c: server"), 3, "a>b a>c b>a b>c c>a c>b"),
    ],
)
@pytest.mark.parametrize("flow", ["server-to-server", "server-discovers-server"])
def test_a_zone_talks_to_itself_where_it_can_hold_two(
    zones: tuple[str, ...], servers: int, expected: str, flow: str
) -> None:
    assert pairs(opened_by(estate(*zones, servers=servers), flow)) == set(expected.split())


@pytest.mark.parametrize(
    ("zones", "answers", "expected"),
    [
        ((), {"ams_hosts": ("server",)}, ""),
        ((), {"ams_hosts": ("server", "console")}, "servers>console console>servers"),
        ((), {"ams_hosts": ("server", "quarantine"), **QUARANTINE}, "servers>quarantine quarantine>servers"),
        ((), {"ams_hosts": ("console", "quarantine"), **QUARANTINE}, "console>quarantine quarantine>console"),
        ((), {"ams_hosts": ("server", "console"), "servers": 2}, "servers>servers servers>console console>servers"),
        (("hq: server console",), {"ams_hosts": ("server", "console")}, "hq>hq"),
        (("hq: server console",), {"ams_hosts": ("server",)}, ""),
    ],
)
@pytest.mark.parametrize("flow", ["ams-messages", "ams-alerts"])
def test_ams_hosts(zones: tuple[str, ...], answers: dict[str, Any], expected: str, flow: str) -> None:
    assert pairs(opened_by(estate(*zones, ams_alerting=True, **answers), flow)) == set(expected.split())


@pytest.mark.parametrize(
    ("answers", "ends"),
    [
        ({"legacy_clients": True}, {"run": None, "legacy": None, "rollout": None}),
        ({"legacy_clients": True, "legacy_until": LATER}, {"run": None, "legacy": LATER, "rollout": None}),
        ({"legacy_clients": True, "rollout_until": END}, {"run": None, "legacy": None, "rollout": END}),
    ],
)
def test_rollout_and_legacy_rules_end(answers: dict[str, Any], ends: dict[str, datetime.date | None]) -> None:
    rules = all_rules(estate(**ALL_IN, **answers).derived)
    found = {("legacy" if "legacy" in rule.flows[0] else rule.phase): rule.until for rule in rules}
    assert found == ends


@pytest.mark.parametrize(
    ("flow", "answers", "port"),
    [
        ("client-checks-in", {"rtvscan_port": 4000}, "tcp 4000"),
        ("netware-to-server", {"rtvscan_port": 4000}, "tcp 4000"),
        ("server-to-netware", {"netware_port": 5000}, "tcp 5000"),
        ("legacy-client-to-server", {"rtvscan_port": 4000}, "udp 2967"),
        ("legacy-client-to-netware", {"netware_port": 5000}, "udp 2968"),
    ],
)
def test_overridden_ports(flow: str, answers: dict[str, Any], port: str) -> None:
    assert {port_of(rule) for rule in opened_by(estate(**answers, **MEETING), flow)} == {port}


@pytest.mark.parametrize(
    ("flow", "mode", "source"),
    [
        ("console-manages-server", "documented", "1024-4999"),
        ("console-manages-server", "union", "1024-5000"),
        ("console-manages-server", "modern", "1024-65535"),
        ("console-manages-server", "any", "any"),
        ("client-checks-in", "documented", "1024-5000"),
        ("client-checks-in", "union", "1024-5000"),
        ("client-checks-in", "modern", "1024-65535"),
        ("client-checks-in", "any", "any"),
        ("netware-to-server", "documented", "1024-65535"),
        ("netware-to-server", "union", "1024-65535"),
        ("netware-to-server", "modern", "1024-65535"),
        ("netware-to-server", "any", "any"),
        ("legacy-client-to-server", "documented", "any"),
        ("legacy-client-to-server", "union", "any"),
        ("legacy-client-to-server", "modern", "any"),
        ("legacy-client-to-server", "any", "any"),
    ],
)
def test_source_ports(flow: str, mode: str, source: str) -> None:
    assert {rule.source_ports for rule in opened_by(estate(source_ports=mode, **MEETING), flow)} == {source}


def test_flows_with_the_same_zones_ports_and_phase_are_one_rule() -> None:
    rules = opened_by(
        estate("hq: server", "b: client roaming-client", **ROAMING, source_ports="union"), "client-checks-in"
    )
    assert [rule.flows for rule in rules] == [("client-checks-in", "roaming-client-checks-in")]


def test_a_rule_names_the_answers_of_all_who_open_it() -> None:
    rules = opened_by(estate("hq: server", "b: client roaming-client", **ROAMING), "client-checks-in")
    assert [rule.because for rule in rules] == [("clients = true", "roaming_clients = true")]


def test_a_merged_rule_names_all_its_flows() -> None:
    rules = opened_by(estate("hq: console server", "b: client"), "console-acts-on-client")
    assert [rule.flows for rule in rules] == [("console-acts-on-client", "server-pushes-to-client")]


@pytest.mark.parametrize("role", ["server", "netware", "client", "roaming-client", "legacy-client", "quarantine"])
def test_a_role_the_answers_deny_opens_nothing(role: str) -> None:
    everybody = "hq: console server netware client roaming-client legacy-client quarantine".replace(f" {role}", "", 1)
    answers: dict[str, Any] = {"servers": 2, **PARENTS, **ROAMING, **LEGACY, **FORWARDING, "ams_alerting": True,
               "ams_hosts": ("server", "console", "quarantine"), "rollout": ("clients", "servers")}  # fmt: skip
    denied = {"server": "servers", "netware": "netware_servers", "client": "clients", "roaming-client":
              "roaming_clients", "legacy-client": "legacy_clients", "quarantine": "central_quarantine"}  # fmt: skip
    answers[denied[role]] = type(answers.get(denied[role], False))(0)
    assert all_rules(estate(everybody, f"odd: {role}", **answers).derived) == all_rules(
        estate(everybody, **answers).derived
    )
