"""Each finding of the catalogue: an estate that has it, and one that is like it and has not."""

import datetime
from typing import Any, NamedTuple

import pytest

from planner.catalogue.loader import load_catalogue
from planner.plan.plan import Change, DecisionRecord, Plan
from planner.plan.topology import Zone
from tests.estates import estate, zone

END = datetime.date(2027, 1, 31)
AMS: dict[str, Any] = {"ams_alerting": True}
ALWAYS = {"dynamic-fallback", "successor-ports", "end-of-life", "out-of-scope"}
"""Notes that stand on every plan."""


class Case(NamedTuple):
    """A finding, what it is about, an estate that has it and one that has not."""

    id: str
    about: tuple[str, ...]
    has: Plan
    lacks: Plan


def recorded(decision: str, chosen: str, **answers: Any) -> Plan:
    record = DecisionRecord(id=decision, chosen=chosen, default="", by="me")
    return estate(records=[record], **answers)


def net(text: str, *networks: str, **fields: Any) -> Zone:
    return zone(text, networks=networks, **fields)


def ported(**answers: Any) -> Plan:
    return estate(netware_servers=1, central_quarantine=True, **answers)


def dated(start: str = "", end: str = "", **dates: Any) -> Plan:
    return Plan(change=Change(window_start=start, window_end=end, **dates))


HQ = net("hq: console server", "10.1.0.0/24")
BRANCH = net("b: client", "10.2.0.0/24")
RECORD = ("change record",)
FROM_NW = ("hq: console server", "nw: netware", "b: client < nw")

CASES = (
    Case("more-zones-than-servers", ("a", "b"), estate("a: server", "b: server", servers=1),
         estate("a: server", "b: server", servers=2)),
    Case("more-zones-than-servers", ("a", "b"), estate("a: netware", "b: netware", netware_servers=1),
         estate("a: netware", "b: netware", netware_servers=2)),
    Case("no-server", ("servers", "netware_servers"), estate(servers=0), estate(servers=0, netware_servers=1)),
    Case("role-without-zone", ("client",), estate("hq: console server"), estate("hq: console server client")),
    Case("role-without-zone", ("console",), estate("hq: server", clients=False),
         estate("hq: console server", clients=False)),
    Case("zone-without-answer", ("b",), estate(HQ, BRANCH, clients=False), estate(HQ, BRANCH)),
    Case("zone-without-role", ("empty",), estate("empty: "), estate("empty: client")),
    Case("parent-without-server", ("b", "c"), estate("c: console", "b: client < c"),
         estate("c: console server", "b: client < c")),
    Case("parents-unused", ("b",), estate("s: server", "b: console < s"), estate("s: server", "b: client < s")),
    Case("parents-unused", ("b",), estate("s: server", "b: quarantine < s"),
         estate("s: server", "b: roaming-client < s")),
    Case("roaming-parent-netware", ("b", "nw"), estate("nw: netware", "b: roaming-client < nw"),
         estate("nw: netware server", "b: roaming-client < nw")),
    Case("roaming-without-server", ("roaming_clients", "servers"),
         estate(roaming_clients=True, servers=0, netware_servers=1), estate(roaming_clients=True)),
    Case("rollout-opens-nothing", ("rollout", "install_from"), estate(rollout=("clients",), clients=False),
         estate(rollout=("clients",), clients=False, roaming_clients=True)),
    Case("rollout-opens-nothing", ("rollout", "install_from"), estate(rollout=("legacy-clients",)),
         estate(rollout=("legacy-clients",), legacy_clients=True)),
    Case("rollout-opens-nothing", ("rollout", "install_from"), estate(rollout=("clients",), install_from=()),
         estate(rollout=("clients",), install_from=("server",))),
    Case("rollout-one-server", ("rollout", "servers"), estate(rollout=("servers",)),
         estate(rollout=("servers",), servers=2)),
    Case("quarantine-port-dis", ("quarantine_port",), ported(quarantine_port=2847),
         ported(quarantine_port=2847, dis_http_port=80)),
    Case("netware-parent-off", ("b", "nw"), estate(*FROM_NW, netware_servers=1),
         estate(*FROM_NW, netware_servers=1, netware_parents=True)),
    Case("parents-without-netware", ("netware_parents", "netware_servers"), estate(netware_parents=True),
         estate(netware_parents=True, netware_servers=1)),
    Case("ams-one-host", ("ams_alerting", "ams_hosts", "servers"), estate(**AMS), estate(servers=2, **AMS)),
    Case("ams-one-host", ("ams_alerting", "ams_hosts", "servers"), estate(ams_hosts=(), servers=3, **AMS),
         estate(ams_hosts=("server", "console"), **AMS)),
    Case("ams-host-absent", ("quarantine",), estate(ams_hosts=("quarantine",), **AMS),
         estate(ams_hosts=("quarantine",), central_quarantine=True, **AMS)),
    Case("ams-exposed", ("ams_alerting",), estate(**AMS), estate()),
    Case("legacy-tuning", ("legacy_clients",), estate(legacy_clients=True), estate()),
    Case("legacy-open-end", ("legacy_until",), estate(legacy_clients=True),
         estate(legacy_clients=True, legacy_until=END)),
    Case("rollout-open-end", ("rollout", "rollout_until"), estate(rollout=("clients",)),
         estate(rollout=("clients",), rollout_until=END)),
    Case("port-2043", ("rtvscan_port",), ported(rtvscan_port=2043), ported(quarantine_port=2043)),
    Case("port-2043", ("netware_port",), ported(netware_port=2043), ported(netware_port=2044)),
    Case("port-collision", ("rtvscan_port",), ported(rtvscan_port=38292, **AMS), ported(rtvscan_port=38292)),
    Case("port-collision", ("rtvscan_port", "netware_port"), ported(netware_port=2967), estate(netware_port=2967)),
    Case("port-collision", ("rtvscan_port", "netware_port"), ported(netware_port=2967), ported(netware_port=2969)),
    Case("port-collision", ("rtvscan_port", "quarantine_port"), ported(quarantine_port=2967),
         ported(quarantine_port=38037)),
    Case("port-low", ("quarantine_port",), ported(quarantine_port=1023), ported(quarantine_port=1024)),
    Case("netware-port-method", ("netware_port",), ported(netware_port=5000), estate(netware_port=5000)),
    Case("override-everywhere", ("rtvscan_port",), ported(rtvscan_port=4000), ported()),
    Case("zones-without-addresses", ("b",), estate(HQ, "b: client"), estate(HQ, BRANCH)),
    Case("hosts-outside-networks", ("b",), estate(net("b: client", "10.2.0.0/24", hosts={"client": ("10.3.0.1",)})),
         estate(net("b: client", "10.2.0.0/24", hosts={"client": ("10.2.0.1",)}))),
    Case("host-role-absent", ("b",), estate(zone("b: client", hosts={"server": ("10.2.0.1",)})),
         estate(zone("b: client", hosts={"client": ("10.2.0.1",)}))),
    Case("networks-overlap", ("c", "b"), estate(net("b: client", "10.2.0.0/16"), net("c: server", "10.2.9.0/24")),
         estate(net("b: client", "10.2.0.0/24"), net("c: server", "10.2.9.0/24"))),
    Case("networks-overlap", ("c", "b"), estate(net("b: client", "2001:db8::/32"), net("c: server", "2001:db8:1::/48")),
         estate(net("b: client", "2001:db8::/32"), net("c: server", "10.0.0.0/8"))),
    Case("nat-push", ("b",), estate("s: server", zone("b: client", nat=True)),
         estate(zone("s: server", nat=True), "b: client")),
    Case("stateless-outside", ("quarantine",), estate(boundary="stateless", central_quarantine=True),
         estate(central_quarantine=True)),
    Case("stateless-udp-return", ("boundary",), estate(boundary="stateless"), estate()),
    Case("source-modern-hosts", ("source_ports",), estate(source_ports="union"), estate(source_ports="modern")),
    Case("mobile-firewall", ("mobile_clients",), estate(mobile_clients=True), estate()),
    Case("roaming-without-clients", ("roaming_clients", "clients"), estate(roaming_clients=True, clients=False),
         estate(roaming_clients=True)),
    Case("quarantine-forwarding-closed", ("quarantine_port",), estate(central_quarantine=True),
         estate(central_quarantine=True, quarantine_port=3000)),
    Case("decision-mismatch", ("source-range",), recorded("source-range", "modern"),
         recorded("source-range", "modern", source_ports="modern")),
    Case("decision-unknown", ("x",), recorded("x", "documented"), recorded("source-range", "documented")),
    Case("decision-not-offered", ("stateless-wording",), recorded("stateless-wording", "any-destination"),
         recorded("stateless-wording", "bounded-returns")),
    Case("window-backwards", RECORD, dated("2027-01-02 20:00", "2027-01-02 02:00"),
         dated("2027-01-02 20:00", "2027-01-03 02:00")),
    Case("window-backwards", RECORD, dated("2027-01-02", "2027-01-01 22:00"), dated("2027-01-02 20:00", "2027-01-02")),
    Case("window-backwards", RECORD, dated("2027-01-02T20:00+02:00", "2027-01-02T17:00Z"),
         dated("2027-01-02T20:00+02:00", "2027-01-02T18:30Z")),
    Case("window-backwards", RECORD, dated("2027-01-02", "2027-01-01"), dated("Saturday night", "2027-01-01")),
    Case("expires-before-window", RECORD, dated("2027-02-01 20:00", expires=END),
         dated("2027-01-31 20:00", expires=END)),
    Case("review-after-expiry", RECORD, dated(expires=END, review_by=datetime.date(2027, 2, 1)),
         dated(expires=END, review_by=END)),
    Case("option-unknown", ("x",), estate(options=("x",)), estate(options=("smb-helpers",))),
    Case("option-unknown", ("install-client",), estate(options=("install-client",)), estate()),
    Case("option-idle", ("smb-helpers",), estate(options=("smb-helpers",)),
         estate(options=("smb-helpers",), rollout=("clients",))),
    Case("option-unknown", ("forward-to-quarantine",), estate(options=("forward-to-quarantine",)), estate()),
    Case("option-idle", ("discovery-of-netware",), estate(options=("discovery-of-netware",)),
         estate(options=("discovery-of-netware",), netware_servers=1)),
)  # fmt: skip


def about(plan: Plan, finding: str) -> list[tuple[str, ...]]:
    return [found.about for found in plan.derived.findings if found.id == finding]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id} {'-'.join(case.about)}")
def test_finding_is_there(case: Case) -> None:
    assert about(case.has, case.id) == [case.about]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id} {'-'.join(case.about)}")
def test_finding_is_not_there(case: Case) -> None:
    assert about(case.lacks, case.id) == []


@pytest.mark.parametrize("finding", sorted(ALWAYS))
def test_some_notes_stand_on_every_plan(finding: str) -> None:
    assert len(about(estate(servers=0), finding)) == 1


def test_every_finding_of_the_catalogue_has_a_case() -> None:
    assert {case.id for case in CASES} | ALWAYS == set(load_catalogue().findings)


def test_errors_come_first_then_warnings_then_notes() -> None:
    levels = [finding.level for finding in estate(servers=0, **AMS).derived.findings]
    assert levels == sorted(levels, key=("error", "warning", "note").index)


def test_a_finding_names_the_answers_behind_it() -> None:
    found = {finding.id: finding.because for finding in estate(**AMS).derived.findings}
    assert found["ams-one-host"] == ("ams_alerting = true", "ams_hosts = server", "servers = 1")


def test_dates_that_contradict_each_other_count_and_are_named_as_on_the_screen() -> None:
    plan = dated("2027-03-01", "2027-02-01", expires=END, review_by=datetime.date(2027, 2, 1))
    found = plan.derived.findings
    assert [finding.text for finding in found[:3]] == [
        'The change window ends (2027-02-01) before it starts (2027-03-01); correct "Window from" or "Window to".',
        'The change expires (2027-01-31) before its window starts (2027-03-01); correct "Expires" or "Window from".',
        "The review (2027-02-01) comes after the change expires (2027-01-31); nothing would be left to look at. "
        'Correct "Review by" or "Expires".',
    ]
    assert (plan.derived.summary.errors, plan.derived.summary.warnings) == (2, 1)


def test_a_finding_names_the_question_as_the_screen_does() -> None:
    texts = {finding.id: finding.text for finding in ported(rtvscan_port=2043).derived.findings}
    assert texts["port-2043"].startswith("Rtvscan port is 2043, ")
    texts = {finding.id: finding.text for finding in estate(legacy_clients=True).derived.findings}
    assert '; answer "Legacy ends": ' in texts["legacy-open-end"]


def test_a_push_across_translation_is_named_by_its_flows() -> None:
    plan = estate("c: console", "s: server", zone("b: client", nat=True))
    texts = [finding.text for finding in plan.derived.findings if finding.id == "nat-push"]
    assert texts == [
        "Zone b has its addresses translated; these flows do not reliably cross it: "
        "console-acts-on-client, server-pushes-to-client."
    ]


@pytest.mark.parametrize("host", ["fe80::1%\n permit any any", "fe80::1%eth0", "10.0.0.256", "10.0.0.1/24", "x", ""])
def test_what_is_no_address_is_no_host(host: str) -> None:
    with pytest.raises(ValueError, match="accepted: one address such as"):
        zone("b: client", hosts={"client": (host,)})


@pytest.mark.parametrize("network", ["fe80::%\nx/64", "fe80::1%eth0", "10.0.0.1/24", "10.0.0.0/33", "x", ""])
def test_what_is_no_network_is_refused(network: str) -> None:
    with pytest.raises(ValueError, match="accepted: CIDR such as"):
        zone("b: client", networks=(network,))


def test_each_host_outside_all_networks_of_its_zone_is_named_whatever_their_order() -> None:
    hosts = ("10.2.0.255", "10.2.1.0", "10.1.255.255", "10.4.0.7", "10.3.0.0", "2001:db8::1", "2001:db9::1")
    networks = ("10.4.0.0/24", "10.2.0.0/24", "2001:db8::/64", "10.4.0.7", "10.4.0.0/16")
    branch = net("b: client", *networks, hosts={"client": hosts})
    found = [finding.text for finding in estate(HQ, branch).derived.findings if finding.id == "hosts-outside-networks"]
    strays = ("10.2.1.0", "10.1.255.255", "10.3.0.0", "2001:db9::1")
    assert len(found) == len(strays)
    assert all(stray in text for stray, text in zip(strays, found, strict=True))
