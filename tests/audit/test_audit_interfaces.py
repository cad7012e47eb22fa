"""Rules that name interfaces: what the plan places behind them, and what may come there all the same."""

import msgspec
import pytest

from planner.audit.audit import audit
from planner.audit.run import RuleText, read_bases
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.registry import FORMATS
from planner.exports.report.audit import pieces_text
from planner.plan.plan import Plan
from planner.plan.topology import Device, Zone
from planner.storage.plan_files import read_plan
from tests.command_line import sample
from tests.estates import estate
from tests.rulebases import held

FIREWALLS = read_plan(sample("firewalls")).plan


def two_zones() -> Plan:
    plan = estate(
        Zone(name="clients", roles=("client",), networks=("10.1.0.0/24",)),
        Zone(name="servers", roles=("server",), networks=("10.2.0.0/24",)),
        clients=True,
    )
    sides = {"clients": "eth1", "servers": "eth2"}
    device = Device(name="fw", vendor="linux", mode="exclusive", interfaces=sides)
    return msgspec.structs.replace(plan, topology=msgspec.structs.replace(plan.topology, devices=(device,)))


TWO = two_zones()
HEAD = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
CHECK_IN = (
    "-A FORWARD -s 10.1.0.0/24 -d 10.2.0.0/24 -i eth1 -o eth2 -p tcp -m tcp --sport 1024:5000 --dport 2967 -j ACCEPT\n"
)
PUSH = (
    "-A FORWARD -s 10.2.0.0/24 -d 10.1.0.0/24 -i eth2 -o eth1 -p tcp -m tcp --sport 1024:4999 --dport 2967 -j ACCEPT\n"
)

SITUATIONS = {
    "interfaces and addresses": (CHECK_IN + PUSH, "exact"),
    "no source address": (
        CHECK_IN.replace("-s 10.1.0.0/24 ", "") + PUSH,
        "line 4: too wide by TCP 2967 from 0.0.0.0-10.0.255.255, 10.1.1.0-10.1.255.255, 10.2.1.0-255.255.255.255 "
        "to 10.2.0.0/24, source ports 1024-5000",
    ),
    "nobody's addresses by an interface": (
        CHECK_IN + PUSH + "-A FORWARD -s 10.9.0.0/16 -d 10.2.0.7/32 -i eth1 -p tcp -m tcp --dport 2967 -j ACCEPT\n",
        "line 6: surplus by TCP 2967 from 10.9.0.0/16 to 10.2.0.7",
    ),
    "forbidden by one interface alone": (
        "-A FORWARD -i eth1 -s 10.9.0.0/16 -j DROP\n" + CHECK_IN + PUSH
        + "-A FORWARD -s 10.9.0.0/16 -d 10.2.0.7/32 -p tcp -m tcp --dport 2967 -j ACCEPT\n",
        "line 7: surplus by TCP 2967 from 10.9.0.0/16 to 10.2.0.7",
    ),
    "all others than an interface": (
        "-A FORWARD ! -i eth1 -d 10.2.0.0/24 -j DROP\n" + CHECK_IN + PUSH, "exact",
    ),
    "the addresses of another interface": (
        CHECK_IN + PUSH + "-A FORWARD -s 10.2.0.0/24 -d 10.2.0.7/32 -i eth1 -p tcp -m tcp --dport 2967 -j ACCEPT\n",
        "line 6: no packet comes to it as the plan has it",
    ),
    "any interface": (CHECK_IN.replace("-i eth1", "-i +") + PUSH, "exact"),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_an_interface_lets_in_what_the_plan_does_not_place_elsewhere(name: str) -> None:
    rules, expected = SITUATIONS[name]
    found = held(TWO, HEAD + rules + "COMMIT\n")
    said = [
        f"line {found.base.rules[v.rule].line}: {v.status} by {pieces_text(v.beyond, found)}"
        for v in found.rules
        if v.status != "exact"
    ]
    said += [f"line {entry.line}: {entry.why.partition(':')[0]}" for entry in found.doubtful]
    assert (said or ["exact"]) == [expected]
    assert all(verdict.status == "open" for verdict in found.planned)
    assert found.same == (expected == "exact")


CISCO = {
    "workshop-router": "cisco-ios",
    "workshop-switch": "cisco-nxos",
    "edge": "cisco-asa",
}


@pytest.mark.parametrize("name", CISCO)
def test_the_export_for_one_of_several_devices_is_exact_there(name: str) -> None:
    pytest.importorskip("aerleon", reason="needs the extra 'vendors'")
    text = write_rules(FIREWALLS, FORMATS[CISCO[name]], ExportRequest(device=name)).text
    found = audit(FIREWALLS, read_bases(FIREWALLS, [RuleText(name, text)], None, name), name)
    assert found.base.not_understood == ()
    assert [verdict for verdict in found.rules if verdict.status != "exact"] == []
    missing = {box.family for verdict in found.planned for box in verdict.missing.boxes}
    # The export for ASA holds no IPv6, and says so on top.
    assert missing == ({6} if name == "edge" else set())
