"""Test steps: each rule is tried rightly, and no text of a plan gets into a command."""

import re
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given
from msgspec.structs import replace

from planner.catalogue.loader import load_catalogue
from planner.enforcement.test_steps import Trial, trials
from planner.exports.ticket.test_steps import PLACEHOLDER, commands, expected
from planner.plan.editing import choose
from planner.plan.plan import Plan
from tests import strategies
from tests.estates import all_rules, estate, zone

HQ = zone("hq: console server", networks=("10.1.0.0/24",), hosts={"server": ("2001:db8::5", "10.1.0.5")})
PLAN = estate(
    HQ, "b: client", "store: netware", "old: legacy-client", servers=1, netware_servers=1, legacy_clients=True
)


def trial(flow: str, plan: Plan = PLAN) -> Trial:
    return next(found for found in trials(plan).values() if flow in found.rule.flows)


def spans(ports: str) -> tuple[int, int]:
    low, _, high = ports.partition("-")
    return (0, 65535) if ports == "any" else (int(low), int(high or low))


def permits(plan: Plan, protocol: str, from_: str, to: str, port: int, source: int) -> bool:
    return any(
        (rule.protocol, rule.from_, rule.to, rule.destination_ports) == (protocol, from_, to, str(port))
        and spans(rule.source_ports)[0] <= source <= spans(rule.source_ports)[1]
        for rule in all_rules(plan.derived)
        if not rule.is_return
    )


@strategies.proving(60)
@given(strategies.plans)
def test_what_should_open_is_permitted_and_what_should_be_blocked_is_not(plan: Plan) -> None:
    found = trials(plan)
    assert found.keys() == {rule.id for rule in all_rules(plan.derived)}
    for each in found.values():
        first, *others = each.attempts
        assert (first.kind, first.after) == ("positive", "opens")
        for attempt in each.attempts:
            source = attempt.source_port or 65535
            permitted = permits(plan, each.rule.protocol, attempt.zone, each.rule.to, attempt.port, source)
            assert permitted is (attempt.after == "opens")
        assert {attempt.after for attempt in others} == {"blocked"}


@strategies.proving(40)
@given(strategies.plans)
def test_a_command_is_made_of_addresses_and_numbers_alone(plan: Plan) -> None:
    for each in trials(plan).values():
        for line in lines(each):
            assert SHAPE.fullmatch(line), line


TARGET = rf"(?:{PLACEHOLDER}|[0-9a-f.:]+)"
ENDPOINT = r"(?:System\.)?Net\.IPEndPoint\((?:System\.Net\.IPAddress\.|\[Net\.IPAddress\]::)(?:IPv6)?Any,\d+\)"
SHAPE = re.compile(
    rf"portqry -n {TARGET} -e \d+ -p (?:TCP|UDP)(?: -sp \d+)?"
    rf"|nc (?:-u )?-[46] -z -v -w 5(?: -p \d+)? {TARGET} \d+"
    rf"|Test-NetConnection -ComputerName {TARGET} -Port \d+"
    rf"|\$c=New-Object Net\.Sockets\.TcpClient\(\(New-Object {ENDPOINT}\)\);"
    rf"\$c\.Connect\('{TARGET}',\d+\);\$c\.Connected;\$c\.Close\(\)"
    rf"|echo import System;var c=new System\.Net\.Sockets\.TcpClient\(new {ENDPOINT}\);c\.Connect\('{TARGET}',\d+\);"
    r"print\('connected'\);"
    r">savtry\.js& %WINDIR%\\Microsoft\.NET\\Framework\\v2\.0\.50727\\jsc /nologo savtry\.js& savtry"
)


def lines(each: Trial) -> Iterator[str]:
    for attempt in each.attempts:
        for command in commands(each, attempt):
            yield command.line


def test_the_first_address_of_a_listener_is_tried_the_older_family_first() -> None:
    assert trial("client-checks-in").target == "10.1.0.5"
    assert trial("server-pushes-to-client").target == ""


def test_portqry_is_not_asked_for_an_address_that_it_does_not_know() -> None:
    six = zone("hq: console server", networks=("2001:db8::/64",), hosts={"server": ("2001:db8::5",)})
    shown = list(lines(trial("client-checks-in", estate(six, "b: client"))))
    assert shown
    assert not any(line.startswith("portqry") for line in shown)
    assert any("Net.IPAddress]::IPv6Any" in line for line in shown)
    assert any(line.startswith("nc -6 ") for line in shown)


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("Windows 2000 to 2003", "portqry -n 10.1.0.5 -e 2967 -p TCP -sp 4900"),
        (
            "Windows 2000 to 2003 with .NET 2.0",
            "echo import System;var c=new System.Net.Sockets.TcpClient(new System.Net.IPEndPoint("
            "System.Net.IPAddress.Any,4900));c.Connect('10.1.0.5',2967);print('connected');>savtry.js& "
            r"%WINDIR%\Microsoft.NET\Framework\v2.0.50727\jsc /nologo savtry.js& savtry",
        ),
        (
            "Windows with PowerShell 1.0 or later",
            "$c=New-Object Net.Sockets.TcpClient((New-Object Net.IPEndPoint([Net.IPAddress]::Any,4900)));"
            "$c.Connect('10.1.0.5',2967);$c.Connected;$c.Close()",
        ),
        ("newer hosts", "nc -4 -z -v -w 5 -p 4900 10.1.0.5 2967"),
    ],
)
def test_the_rule_itself_is_tried_on_every_kind_of_host(host: str, line: str) -> None:
    each = trial("client-checks-in")
    ways = {way.hosts: way for way in commands(each, each.attempts[0])}
    assert ways[host].line == line
    assert ways[host].opens != ways[host].blocked


def test_a_return_half_is_proved_by_the_rule_it_answers() -> None:
    plan = estate("hq: console server", "b: client", boundary="stateless")
    for id_, each in trials(plan).items():
        assert each.rule.id == id_.removesuffix(":return")


def test_the_attempts_on_one_rule() -> None:
    attempts = [(a.kind, a.zone, a.port, a.source_port, a.after) for a in trial("client-checks-in").attempts]
    assert attempts == [
        ("positive", "b", 2967, 4900, "opens"),
        ("other port", "b", 2969, 4900, "blocked"),
        ("other zone", "old", 2967, 4900, "blocked"),
        ("other source", "b", 2967, 1023, "blocked"),
    ]


@strategies.proving(60)
@given(strategies.plans)
def test_nothing_must_be_blocked_that_another_reading_permits(plan: Plan) -> None:
    """Each reading on offer, alone and taken after another, permits none of the attempts that must be blocked."""
    catalogue = load_catalogue()
    blocked = {
        (each.rule.protocol, attempt.zone, each.rule.to, attempt.port, attempt.source_port)
        for each in trials(plan).values()
        for attempt in each.attempts
        if attempt.after == "blocked"
    }
    for decision in catalogue.decisions.values():
        for reading in decision.readings:
            if not reading.offered or decision.id == "source-range":
                continue
            other = replace(plan, topology=replace(plan.topology, answers=choose(plan.topology.answers, reading)))
            for protocol, from_, to, port, source in blocked:
                assert not permits(other, protocol, from_, to, port, source or 65535), (decision.id, reading.id)


def test_no_test_demands_that_the_push_to_roaming_clients_be_blocked() -> None:
    plan = estate("hq: console server", "r: roaming-client", "b: client", roaming_clients=True, roaming_push=False)
    strangers = {
        attempt.zone
        for each in trials(plan).values()
        if each.rule.to == "r" and each.rule.destination_ports == "2967"
        for attempt in each.attempts
        if attempt.kind == "other zone"
    }
    assert strangers == {"b"}


def test_what_the_system_chooses_is_tried_only_where_the_rule_permits_it() -> None:
    documented, modern = (
        "\n".join(lines(trial("client-checks-in", estate(HQ, "b: client", source_ports=mode))))
        for mode in ("documented", "modern")
    )
    assert "Test-NetConnection" not in documented
    assert "Test-NetConnection -ComputerName 10.1.0.5 -Port 2967" in modern


def test_over_udp_silence_proves_nothing() -> None:
    each = trial("legacy-client-to-server")
    assert each.silent
    for attempt in each.attempts:
        before, after = expected(each, attempt)
        assert "silence proves nothing" in before
        assert each.rule.marker in after
        for command in commands(each, attempt):
            assert "silence proves nothing" in command.opens
            assert "silence proves nothing" in command.blocked


@pytest.mark.parametrize("flow", ["client-checks-in", "legacy-client-to-server", "netware-to-server"])
def test_a_shell_reads_the_commands_for_newer_hosts(flow: str) -> None:
    for line in lines(trial(flow)):
        if line.startswith("nc "):
            assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0


def test_powershell_reads_its_commands() -> None:
    tree_sitter, tree_sitter_powershell = map(pytest.importorskip, ("tree_sitter", "tree_sitter_powershell"))
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    shown = [line for line in lines(trial("netware-to-server")) if line.startswith(("$c", "Test-"))]
    assert shown
    assert [line for line in shown if parser.parse(line.encode()).root_node.has_error] == []
