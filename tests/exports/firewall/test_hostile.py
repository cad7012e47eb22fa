"""Hostile names, notes and justifications change no rule in any format: they never become syntax."""

import re
from collections.abc import Sequence
from itertools import cycle
from typing import Any, get_args

import msgspec
import pytest

from planner.enforcement.device_rules import device_rules, host_classes, host_rules
from planner.enforcement.vendors import VENDORS, Vendor
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.model import Format, plain
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.plan.topology import Device, Topology
from planner.storage.plan_files import read_plan
from tests.command_line import sample
from tests.commands.test_hostile_texts import TEXTS
from tests.exports.firewall.test_linux import loaded_by_iptables, loaded_by_nft, needs_kernel, read_iptables, read_nft
from tests.exports.firewall.test_vendors import READERS
from tests.exports.firewall.test_windows import lines, read_netsh, read_powershell
from tests.figures import figure
from tests.firewalls import filled, lines_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:confgraph")

VECTORS = (
    'x" ; ip saddr 0.0.0.0/0 accept comment "y',
    'x"\n    ip saddr 0.0.0.0/0 accept # "',
    "x } } flush ruleset",
    "a\x00b",
    "漢" * 43,
    "$x",
    "x\ry",
    'x\\"y',
    "-j ACCEPT\nCOMMIT",
    "a" * 257,
    "x\rreload",
    "why?",
    "x\x16y",
    "x | redirect flash:x",
    "!\nno ip access-list extended X\npermit ip any any",
    "x */ policy y { then { permit; } } /*",
    "x\n}\nsystem { services { telnet; } }",
    "--> <rules><entry name='x'/></rules> <!--",
    "]]>&lt;<member>any</member>",
    "a^|b",
    "!PATH! %PATH%",
    "x & netsh advfirewall set allprofiles state off",
    'x" action=allow remoteip=any "',
    "x'; Remove-Item C:\\ -Recurse; '",
    "x\u2019; Stop-Computer; \u2019",
    "a\u2018b\u201ac\u201bd",
    "x\u201d; calc; \u201c",
    "a`nb $(calc)",
    "#> Stop-Computer <#",
    "'@\nStop-Computer\n@'",
    "\x1b[2J\u202e\ufeff\u2028x",
    "all",
    "",
    "-" * 60,
    "é" * 4_000,
    "'\"`$(;&|<>#!?*{}[]\\" * 200,
)

PLAN = read_plan(sample("firewalls")).plan
JUNK = re.compile(r"SAV10[-_]R\d+[-_][0-9A-F]{6}")
"""Beginning of the names of a revision: a digest of the answers is in it."""


def for_format(format_: Format, plan: Plan = PLAN) -> tuple[Plan, dict[str, Any]]:
    """Returns the plan with a device, or the hosts' names, that the format is for."""
    if format_.scope == "host":
        return plan, {"zone": plan.topology.zones[1].name, "role": "server"}
    vendor: Vendor = format_.vendor or "juniper-srx"
    return filled(plan, vendor), {}


def written(format_: Format, plan: Plan) -> list[str]:
    plan, asked = for_format(format_, plan)
    return write_rules(plan, format_, ExportRequest(**asked)).text.split(format_.line_end)


def hostile_everywhere(texts: Sequence[str], plan: Plan = PLAN) -> Plan:
    """Put texts wherever a plan takes any text that is no name of a zone, the first of them into the title."""
    given = cycle(texts)
    title, id_, ticket, reason, requester = (next(given)[:most] for most in (400, 100, 100, 4000, 400))
    zones = tuple(msgspec.structs.replace(zone, note=next(given)) for zone in plan.topology.zones)
    return msgspec.structs.replace(
        plan,
        head=msgspec.structs.replace(plan.head, title=title, id=id_),
        change=msgspec.structs.replace(plan.change, ticket=ticket, reason=reason, requester=requester),
        topology=msgspec.structs.replace(plan.topology, zones=zones),
    )


def rules_alone(format_: Format, text: list[str]) -> list[str]:
    """Leave the heading out, after holding that each line of it is a comment in plain ASCII."""
    before, after = format_.comment
    heading = [line for line in text if line.startswith(before.rstrip())]
    assert all(line.isascii() and line.isprintable() and line.endswith(after.rstrip()) for line in heading)
    assert not after or not any("--" in line[4:-3] for line in heading)
    return [JUNK.sub("SAV10", line) for line in text if line not in heading]


AT_ONCE = 8


@pytest.mark.parametrize("name", FORMATS)
def test_titles_ids_tickets_and_notes_change_no_line_but_comments(name: str) -> None:
    format_ = FORMATS[name]
    wanted = rules_alone(format_, written(format_, PLAN))
    texts = (*VECTORS, *TEXTS)
    for start in range(0, len(texts), AT_ONCE):
        some = texts[start : start + AT_ONCE]
        assert rules_alone(format_, written(format_, hostile_everywhere(some))) == wanted, some
    figure(f"firewalls: {len(VECTORS) + len(TEXTS)} hostile texts in {len(FORMATS)} formats, 0 changed rules")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("form", ["change", "removal"])
def test_they_change_no_line_of_a_change_or_a_removal_either(name: str, form: str) -> None:
    format_ = FORMATS[name]
    before = msgspec.structs.replace(PLAN.topology.answers, rollout=())
    old = msgspec.structs.replace(PLAN, topology=msgspec.structs.replace(PLAN.topology, answers=before))

    def lines(plan: Plan, older: Plan) -> list[str]:
        plan, asked = for_format(format_, plan)
        more: dict[str, Any] = {"remove": True} if form == "removal" else {"since": for_format(format_, older)[0]}
        text = write_rules(plan, format_, ExportRequest(**asked, **more)).text
        assert text.isascii()
        found = text.split(format_.line_end)
        assert all(line.isprintable() for line in found)
        return [JUNK.sub("SAV10", line) for line in found if not line.startswith(("#", format_.comment[0].rstrip()))]

    wanted = lines(PLAN, old)
    for start in range(0, len(VECTORS), AT_ONCE):
        some = VECTORS[start : start + AT_ONCE]
        assert lines(hostile_everywhere(some), hostile_everywhere(some, old)) == wanted, some


def hostile_reasons() -> Plan:
    """Sets another vector as the justification of every rule."""
    plan = msgspec.structs.replace(PLAN, head=msgspec.structs.replace(PLAN.head, title=VECTORS[0]))
    texts = cycle(VECTORS)
    derived = plan.derived
    rules, hosts = (
        tuple(msgspec.structs.replace(rule, justification=next(texts) + next(texts)) for rule in each)
        for each in (derived.rules, derived.host_rules)
    )
    plan.__dict__["derived"] = msgspec.structs.replace(derived, rules=rules, host_rules=hosts)
    return plan


def hostile_names() -> Plan:
    """Sets the worst names that a plan takes on the zones and the device."""
    worst = iter(("x\"; drop'", "*/ } permit; /*", "]]> --> &<a>", "$(calc) `n %PATH%", "any any eq 1 !", "漢字 # é"))
    names = {zone.name: next(worst) for zone in PLAN.topology.zones if "internet" not in zone.roles}
    names["internet"] = next(worst)
    zones = tuple(msgspec.structs.replace(zone, name=names[zone.name]) for zone in PLAN.topology.zones)
    return msgspec.structs.replace(PLAN, topology=Topology(answers=PLAN.topology.answers, zones=zones))


HOSTILE = {"reasons": hostile_reasons, "names": hostile_names}


def filled_again(plan: Plan, vendor: Vendor) -> Plan:
    """Adds a device to the plan, and keeps the justifications it was given."""
    reasons = {rule.id: rule.justification for rule in (*plan.derived.rules, *plan.derived.host_rules)}
    found = filled(plan, vendor)
    rules = tuple(
        msgspec.structs.replace(rule, justification=reasons.get(rule.id, 'x"\n}')) for rule in found.derived.rules
    )
    found.__dict__["derived"] = msgspec.structs.replace(found.derived, rules=rules)
    return found


@needs_kernel
@pytest.mark.parametrize("kind", HOSTILE)
def test_the_kernel_holds_the_same_rules(kind: str) -> None:
    plan = filled_again(HOSTILE[kind](), "linux")
    rules = device_rules(plan, plan.topology.devices[0])
    texts = {
        name: write_rules(plan, FORMATS[name], ExportRequest()).text for name in ("nftables", "iptables", "ip6tables")
    }
    assert read_nft(loaded_by_nft(texts["nftables"]))[0] == lines_of(rules.permits)
    assert read_iptables(loaded_by_iptables(texts["iptables"], texts["ip6tables"])) == lines_of(rules.permits)


@pytest.mark.parametrize("kind", HOSTILE)
def test_windows_reads_the_same_rules(kind: str) -> None:
    plan = HOSTILE[kind]()
    for zone, role in host_classes(plan):
        rules = host_rules(plan, zone, (role,))
        for name, read in (("powershell", read_powershell), ("netsh", read_netsh)):
            found = read(write_rules(plan, FORMATS[name], ExportRequest(zone=zone, role=role)).text)
            assert lines(found, "Inbound") == lines_of(rules.inbound)
            assert lines(found, "Outbound") == lines_of(rules.outbound)


@pytest.mark.parametrize("vendor", READERS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_vendors_read_the_same_rules(kind: str, vendor: Any) -> None:
    harmless = filled(PLAN, vendor)
    hostile = filled_again(HOSTILE[kind](), vendor)
    first, second = (
        [entry[:-1] for entry in READERS[vendor](write_rules(plan, FORMATS[vendor], ExportRequest()).text)]
        for plan in (harmless, hostile)
    )
    assert second == first


@pytest.mark.parametrize("vendor", get_args(Vendor))
@pytest.mark.parametrize("side", ["", "a b; permit", 'x"', "eth0\nx", "*", "any any", "é", "x" * 99, "$(x)", "../x"])
def test_an_interface_that_no_device_could_have_is_refused_by_name(vendor: Vendor, side: str) -> None:
    device = Device(name="fw", vendor=vendor, stateful=VENDORS[vendor].keeps_state, interfaces={"servers": side})
    plan = msgspec.structs.replace(PLAN, topology=msgspec.structs.replace(PLAN.topology, devices=(device,)))
    with pytest.raises(ValueError, match=r"device 'fw': interfaces.servers: .* accepted: "):
        write_rules(plan, FORMATS["nftables" if vendor == "linux" else vendor], ExportRequest())


@pytest.mark.parametrize("text", VECTORS)
def test_what_is_left_of_a_text_is_harmless_signs(text: str) -> None:
    assert re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9 ._:/@+,()=-]*|_.*)?", plain(text, 50))
    assert re.fullmatch(r"[A-Za-z0-9 ._:/@+,()=-]{0,50}", plain(text, 50))
