"""Windows hosts: PowerShell read by a grammar nobody here wrote, netsh held against the same rules."""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network, summarize_address_range
from typing import Any

import pytest

from planner.catalogue.answers import RoleId
from planner.enforcement.device_rules import ANY_PORTS, Permit, host_classes, host_rules
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests.command_line import SAMPLES
from tests.firewalls import Line, filled, lines_of

tree_sitter = pytest.importorskip("tree_sitter")
grammar = pytest.importorskip("tree_sitter_powershell")

PLANS = {path.stem: filled(read_plan(str(path)).plan) for path in SAMPLES}
HOSTS = [(name, zone, role) for name, plan in PLANS.items() for zone, role in host_classes(plan)]

COMMANDS = {
    "New-NetFirewallRule",
    "Remove-NetFirewallRule",
    "Get-NetFirewallRule",
    "Where-Object",
    "Out-Null",
}
PARAMETERS = {
    "-Name", "-DisplayName", "-Group", "-Direction", "-Action", "-Profile", "-Protocol", "-LocalPort", "-RemotePort",
    "-LocalAddress", "-RemoteAddress", "-ErrorAction",
}  # fmt: skip
Rule = dict[str, list[str]]


def export(plan: Plan, name: str, **asked: Any) -> str:
    return write_rules(plan, FORMATS[name], ExportRequest(**asked)).text


def parse(script: str) -> list[tuple[str, Rule]]:
    """Returns each command of a script and its parameters; any syntax error fails."""
    tree = tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(script.encode())
    assert not tree.root_node.has_error, script
    return [_command(node) for node in _nodes(tree.root_node, "command")]


def _nodes(node: Any, kind: str) -> Iterator[Any]:
    """Returns the nodes of a kind, without Python's own stack."""
    left = [node]
    while left:
        here = left.pop()
        if here.type == kind:
            yield here
        left += reversed(here.children)


def _command(node: Any) -> tuple[str, Rule]:
    found: Rule = {}
    name, *elements = (child for child in node.children)
    parameter = ""
    for element in elements[0].children if elements else ():
        text = element.text.decode()
        if element.type == "command_parameter":
            parameter = text
            found[parameter] = []
        elif element.type != "command_argument_sep" and parameter:
            strings = [part.text.decode()[1:-1] for part in _nodes(element, "verbatim_string_characters")]
            found[parameter] += strings or [text]
    return name.text.decode(), found


def read_powershell(script: str) -> list[Rule]:
    commands = parse(script)
    assert {name for name, _ in commands} <= COMMANDS
    assert {parameter for _, rule in commands for parameter in rule} <= PARAMETERS
    return [rule for name, rule in commands if name == "New-NetFirewallRule"]


def read_netsh(script: str) -> list[Rule]:
    """Read the lines that add a rule, as netsh's own help names the keys, into PowerShell's words."""
    assert "\r\n" in script
    words = {"in": "Inbound", "out": "Outbound", "allow": "Allow", "block": "Block"}
    keys = {
        "name": "-Name", "dir": "-Direction", "action": "-Action", "profile": "-Profile", "protocol": "-Protocol",
        "localport": "-LocalPort", "remoteport": "-RemotePort", "localip": "-LocalAddress",
        "remoteip": "-RemoteAddress", "description": "-DisplayName",
    }  # fmt: skip
    found = []
    for line in script.split("\r\n"):
        if not line.startswith("netsh advfirewall firewall add rule "):
            continue
        rule: Rule = {}
        for key, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|(\S+))', line.removeprefix("netsh ")):
            value = quoted or bare
            split = [value] if quoted else value.split(",")
            rule[keys[key]] = [words.get(word, word) for word in split]
        found.append(rule)
    return found


def lines(rules: list[Rule], direction: str) -> set[Line]:
    """Write rules out, source by source and destination by destination, as the plan sees them."""
    found = set()
    for rule in rules:
        if rule["-Direction"] != [direction] or rule["-Action"] != ["Allow"]:
            continue
        marker = rule["-DisplayName"][0].split(maxsplit=1)[0]
        assert rule["-Name"][0].startswith(marker)
        sides = ("-RemoteAddress", "-RemotePort"), ("-LocalAddress", "-LocalPort")
        source, destination = sides if direction == "Inbound" else sides[::-1]
        for one in rule[source[0]]:
            for other in rule[destination[0]]:
                found.add(
                    Line("", "", _network(one), _network(other), rule["-Protocol"][0].lower(), _span(rule[source[1]]),
                         _span(rule[destination[1]]), "new", marker)
                )  # fmt: skip
    return found


def _network(text: str) -> str:
    if "-" in text:
        low, _, high = text.partition("-")
        return str(next(iter(summarize_address_range(ip_address(low), ip_address(high)))))
    return str(ip_network(text))


def _span(words: list[str]) -> tuple[int, int]:
    text = "".join(words)
    if text in ("any", "Any"):
        return ANY_PORTS
    low, _, high = text.partition("-")
    return int(low), int(high or low)


@pytest.mark.parametrize(("name", "zone", "role"), HOSTS)
def test_powershell_and_netsh_hold_what_the_plan_permits(name: str, zone: str, role: RoleId) -> None:
    plan = PLANS[name]
    rules = host_rules(plan, zone, (role,))
    for read in (
        read_powershell(export(plan, "powershell", zone=zone, role=role)),
        read_netsh(export(plan, "netsh", zone=zone, role=role)),
    ):
        assert lines(read, "Inbound") == lines_of(rules.inbound)
        assert lines(read, "Outbound") == lines_of(rules.outbound)
        blocks = [(rule["-LocalPort"][0], rule["-Profile"]) for rule in read if rule["-Action"] == ["Block"]]
        assert [port for port, _ in blocks] == [deny.ports for deny in rules.blocks]
        assert all({word.lower() for word in profile} == {"private", "public"} for _, profile in blocks)


@pytest.mark.parametrize(("name", "zone", "role"), HOSTS)
def test_windows_xp_opens_what_it_can_and_names_what_it_cannot(name: str, zone: str, role: RoleId) -> None:
    plan = PLANS[name]
    rules = host_rules(plan, zone, (role,))
    text = export(plan, "netsh-xp", zone=zone, role=role)
    opened: dict[tuple[str, int], set[str]] = {}
    for line in text.split("\r\n"):
        if "add portopening" in line:
            protocol, port = re.findall(r"protocol=(\w+) port=(\d+)", line)[0]
            sources = re.findall(r"addresses=(\S+)", line)
            opened[protocol.lower(), int(port)] = set(sources[0].split(",")) if sources else {"all"}
    v4 = [permit for permit in rules.inbound if permit.family == 4]
    assert set(opened) == {(permit.protocol, permit.destination_ports[0]) for permit in v4}
    for key, named in opened.items():
        covered = {ip_network(source) for source in named if source != "all"}
        for source in (network for permit in v4 if _key(permit) == key for network in permit.sources):
            assert any(source.subnet_of(network) for network in covered)  # type: ignore[arg-type]
    said = next((line for line in text.split("\r\n") if "source ports cannot be expressed" in line), "")
    assert all(permit.marker in said for permit in v4 if permit.source_ports != ANY_PORTS)


def _key(permit: Permit) -> tuple[str, int]:
    return permit.protocol, permit.destination_ports[0]
