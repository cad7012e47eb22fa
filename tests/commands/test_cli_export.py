"""The command ``export``: what it writes, and what it refuses in one line."""

import re
from pathlib import Path

import pytest

from planner.exports.firewall.registry import FORMATS
from planner.exports.names import DRAWING_TITLES as DRAWINGS
from planner.exports.names import FORMATS as DOCUMENTS
from planner.storage.plan_files import read_plan
from tests.command_line import command, is_one_line, sample

PLAN = sample("firewalls")

BARE = """
schema = "sav-plan/1"
[topology]
servers = 1
assumed = []
[[zone]]
name = "hq"
roles = ["console", "server"]
networks = ["192.0.2.0/24"]
[[zone]]
name = "branch"
roles = ["client"]
{branch}
[[device]]
name = "fw"
vendor = "{vendor}"
stateful = {stateful}
interfaces = {{ {sides} }}
"""
WHOLE = {
    "branch": 'networks = ["198.51.100.0/24"]',
    "vendor": "linux",
    "stateful": "true",
    "sides": 'hq = "eth0", branch = "eth1"',
}


def plan(folder: Path, **changed: str) -> str:
    """Write a small plan that can be exported, but for what is changed."""
    path = folder / "plan.toml"
    path.write_text(BARE.format(**{**WHOLE, **changed}))
    return str(path)


REFUSED: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    "no address": (
        {"branch": ""},
        ("nftables",),
        "zone 'branch': networks or hosts.client: no address is given; accepted: networks such as 10.20.0.0/24",
    ),
    "no device": ({"vendor": "other"}, ("nftables",), "device: interfaces: no device of the plan takes nftables"),
    "another vendor's format": ({}, ("cisco-asa", "--device", "fw"), "device 'fw': vendor: 'linux' does not take"),
    "an unknown device": ({}, ("nftables", "--device", "fx"), "device 'fx': the plan has none of this name"),
    "an interface that cannot be": (
        {"sides": 'hq = "eth0; drop", branch = "eth1"'},
        ("nftables",),
        "device 'fw': interfaces.hq: 'eth0; drop' cannot be one; accepted: an interface such as eth0.10",
    ),
    "state where there is none": (
        {"vendor": "cisco-ios", "sides": 'hq = "Vlan1", branch = "Vlan2"'},
        ("cisco-ios",),
        "device 'fw': stateful: an access list of Cisco IOS keeps no state; accepted: false",
    ),
    "no state where there is always": (
        {"vendor": "paloalto", "stateful": "false"},
        ("paloalto",),
        "device 'fw': stateful: Palo Alto always follows connections; accepted: true",
    ),
    "no family in common": (
        {"branch": 'networks = ["2001:db8::/64"]'},
        ("nftables",),
        "hq has IPv4 addresses alone, branch IPv6 alone (console to client); accepted: addresses of one family",
    ),
    "additive on an ASA": (
        {"vendor": "cisco-asa"},
        ("cisco-asa",),
        "device 'fw': mode: an access list on an ASA's interface replaces its security level",
    ),
    "several kinds of hosts": ({}, ("netsh",), "accepted: --zone hq --role console; --zone hq --role server; --zone b"),
    "hosts that are none": ({}, ("netsh", "--zone", "hq", "--role", "quarantine"), "no host of it opens or listens"),
    "zones that share addresses behind one interface": (
        {"branch": 'networks = ["192.0.2.128/25"]', "sides": 'hq = "eth0", branch = "eth0"'},
        ("nftables",),
        "zone 'branch': networks: 192.0.2.128/25 lies in zone 'hq' too, behind the same interface 'eth0'",
    ),
    "an unknown format": ({}, ("checkpoint",), "--to: 'checkpoint' is unknown; accepted: nftables, iptables"),
    "a device for a document": ({}, ("csv", "--device", "fw"), "--device: csv is a document"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    changed, to, said = REFUSED[case]
    done = command("export", plan(tmp_path, **changed), "--to", *to)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert said in done.err


def test_a_port_that_a_deny_keeps_shut_is_no_port_of_the_product(tmp_path: Path) -> None:
    path = plan(tmp_path)
    text = Path(path).read_text().replace("servers = 1", "servers = 1\nams_alerting = true\nrtvscan_port = 12174")
    Path(path).write_text(text)
    done = command("export", path, "--to", "nftables")
    assert done.code == 2
    assert "opens tcp 12174 to hq, which SAV-D" in done.err


def test_every_gap_is_counted_where_not_all_are_named() -> None:
    done = command("export", sample("everything-on"), "--to", "nftables")
    assert done.code == 2
    assert is_one_line(done.err)


def test_all_formats_are_listed() -> None:
    listed = [line.split()[0] for line in command("export", "--list").out.splitlines()]
    assert listed == [*FORMATS, *DOCUMENTS, *DRAWINGS]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_what_show_gives(name: str) -> None:
    assert command("export", PLAN, "--to", name).out == command("show", PLAN, "--format", name).out


def test_an_export_is_saved_whole_and_never_over_another(tmp_path: Path) -> None:
    target = tmp_path / "sav10.cmd"
    asked = ("export", PLAN, "--to", "netsh", "--zone", "servers", "--role", "server")
    assert command(*asked, "-o", str(target)) == (0, "", "")
    assert target.read_bytes().decode() == command(*asked).out
    again = command(*asked, "-o", str(target))
    assert again.code == 2
    assert "exists already" in again.err
    assert command(*asked, "-o", str(target), "--force").code == 0


def test_a_dash_is_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ("export", PLAN, "--to", "json")
    assert command(*asked, "-o", "-") == command(*asked)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_one_line_also_of_an_edited_plan(tmp_path: Path) -> None:
    edited = tmp_path / "edited.toml"
    edited.write_text(Path(sample("one-server")).read_text().replace('state = "new"', 'state = "any"'))
    assert "the file differs" in command("export", str(edited), "--to", "json").err
    for asked in (("export", str(edited), "--to", "nftables"), ("pack", str(edited), "-o", "none/pack")):
        done = command(*asked)
        assert done.code == 2
        assert is_one_line(done.err)
        assert "the file differs" not in done.err


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_plan_gives_the_same_bytes_and_every_rule_its_marker(name: str) -> None:
    hosts = ("--zone", "servers", "--role", "server") if FORMATS[name].scope == "host" else ()
    asked = ("export", PLAN, "--to", name, *(hosts or (("--device", "edge") if name == "aerleon" else ())))
    first = command(*asked)
    assert first.code == 0, first.err
    assert command(*asked).out == first.out
    assert "SAV-R" in first.out
    head = first.out[:1500]
    assert "sav-planner: " in head
    assert "Answers SHA-256 " in head
    assert command(*asked, "--remove").code == 0


def test_hosts_of_several_roles_take_one_export(tmp_path: Path) -> None:
    one, other, both = (
        command("export", plan(tmp_path), "--to", "nftables-host", "--zone", "hq", "--role", role).out
        for role in ("console", "server", "server,console")
    )
    markers = [{part.split('"')[1].split()[0] for part in text.splitlines() if "SAV-R" in part}
               for text in (one, other, both)]  # fmt: skip
    assert markers[0] | markers[1] == markers[2]
    every = command("export", plan(tmp_path), "--to", "nftables-host", "--zone", "hq", "--role", "all").out
    assert every == both


@pytest.mark.parametrize("name", ["powershell", "netsh", "netsh-xp", "nftables-host", "iptables-host"])
def test_the_boundary_of_a_zone_is_kept_at_all_of_its_hosts(name: str) -> None:
    """Every rule into the zone, across its boundary or within it, stands in the export for all of its roles."""
    found = read_plan(PLAN).plan
    text = command("export", PLAN, "--to", name, "--zone", "servers", "--role", "all").out
    derived = found.derived
    into = {
        rule.marker for rule in (*derived.rules, *derived.host_rules) if rule.to == "servers" and not rule.is_return
    }
    assert into <= set(re.findall(r"SAV-R[0-9A-Z]+", text))


def test_a_change_names_what_comes_and_what_goes(tmp_path: Path) -> None:
    old = plan(tmp_path)
    older = tmp_path / "older.toml"
    older.write_text(Path(old).read_text().replace("198.51.100.0/24", "198.51.100.0/25"))
    asked = ("export", old, "--to", "powershell", "--zone", "branch", "--role", "client", "--since", str(older))
    changed = command(*asked).out
    lines = {line for line in changed.splitlines() if line.startswith("# ~")}
    assert changed.count("New-NetFirewallRule") == len(lines)
    nothing = command(*asked[:-1], old).out
    assert "# - no rule became different" in nothing
    assert "New-NetFirewallRule" not in nothing


def test_what_is_missing_in_the_older_plan_is_said_of_it(tmp_path: Path) -> None:
    older = tmp_path / "older.toml"
    older.write_text(BARE.format(**{**WHOLE, "branch": ""}))
    done = command("export", plan(tmp_path), "--to", "nftables", "--since", str(older))
    assert done.code == 2
    assert "in the older plan, no address is given" in done.err
