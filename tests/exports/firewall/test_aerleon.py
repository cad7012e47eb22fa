"""The gate before aerleon: what it would take for any, or leave out in silence, is refused by name."""

import re
import subprocess
import sys
from ipaddress import ip_network
from typing import Any

import pytest

from planner.enforcement.device_rules import ExportError
from planner.exports.firewall import aerleon
from planner.exports.firewall.aerleon import Definitions
from tests.command_line import ROOT, command, is_one_line, sample

pytest.importorskip("aerleon")

DEFINITIONS = {
    "networks": {
        "HERE": {"values": [{"address": "192.0.2.0/24"}]},
        "THERE": {"values": [{"address": "198.51.100.0/24"}]},
        "SIX": {"values": [{"address": "2001:db8::/64"}]},
        "NONE": {"values": []},
    },
    "services": {
        "TCP_2967": [{"port": "2967", "protocol": "tcp"}],
        "UDP_2967": [{"port": "2967", "protocol": "udp"}],
        "ODD": [{"port": "ssh", "protocol": "tcp"}],
    },
}
TERM = {
    "name": "SAV-R1",
    "comment": "SAV-R1 why",
    "source-address": "HERE",
    "destination-address": "THERE",
    "protocol": "tcp",
    "destination-port": "TCP_2967",
    "action": "accept",
}
TARGET = {"cisco": "SAV10 extended"}


def written(*terms: dict[str, Any]) -> str:
    filters = [{"header": {"targets": TARGET}, "terms": list(terms)}]
    return "".join(aerleon.generate(DEFINITIONS, filters))


def test_a_whole_term_is_written() -> None:
    assert "permit tcp 192.0.2.0 0.0.0.255 198.51.100.0 0.0.0.255 eq 2967" in written(TERM)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an empty list": ({"source-address": "NONE"}, "source-address is empty"),
    "a list nobody defined": ({"source-address": "NOWHERE"}, "source-address is empty"),
    "no list at all": ({"destination-address": None}, "destination-address is missing"),
    "an unknown key": ({"destination-prot": "TCP_2967"}, "unknown key destination-prot"),
    "an expiry": ({"expiration": "2027-01-31"}, "unknown key expiration"),
    "a port as a number": ({"destination-port": 2967}, "destination-port is no named port"),
    "a port by service name": ({"destination-port": "ODD"}, "destination-port is no named port"),
    "a port of another protocol": ({"destination-port": "UDP_2967"}, "destination-port is of another protocol"),
    "mixed families": ({"destination-address": "SIX"}, "its addresses are of two families"),
    "a comment of two lines": ({"comment": "SAV-R1\npermit ip any any"}, "holds a sign"),
    "a name that is syntax": ({"name": "SAV R1"}, "holds a sign"),
    "an unknown option": ({"option": ["is-fragment"]}, "its options are not known"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case: str) -> None:
    change, said = REFUSED[case]
    term = {key: value for key, value in {**TERM, **change}.items() if value is not None}
    with pytest.raises(ExportError, match=re.escape(said)):
        written(term)


def test_two_terms_of_one_name_are_refused() -> None:
    with pytest.raises(ExportError, match="same name"):
        written(TERM, TERM)


def test_a_definition_is_never_empty() -> None:
    with pytest.raises(ValueError, match="empty"):
        Definitions().network(())


def test_a_name_of_addresses_begins_with_their_zone_and_changes_with_them() -> None:
    one, two = (ip_network("192.0.2.71/32"),), (ip_network("192.0.2.72/32"),)
    definitions = Definitions()
    names = [definitions.network(one, "Branch (north)"), definitions.network(two, "Branch (north)")]
    assert all(re.fullmatch("SAV10_Branch_north_[0-9A-F]{8}", name) for name in names)
    assert len({*names, definitions.network(one, "depot")}) == 3
    assert Definitions().network(one, "Branch (north)") == names[0]


def test_the_longest_zone_name_leaves_room_for_the_rest_of_the_name() -> None:
    assert len(Definitions().network((ip_network("192.0.2.0/24"),), "Z" * 200)) + len("_255") < 63


def test_what_aerleon_leaves_out_is_noticed() -> None:
    with pytest.raises(ExportError, match="aerleon wrote 1 terms for 2"):
        aerleon.counted(1, 2, "terms")


def test_a_warning_of_aerleon_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from absl import logging
    from aerleon import api

    def warns(*_: Any) -> dict[str, str]:
        logging.warning("term %s is left out", "SAV-R1")
        return {"sav10": ""}

    monkeypatch.setattr(api, "Generate", warns)
    with pytest.raises(ExportError, match="aerleon warns: term SAV-R1 is left out"):
        written(TERM)


WITHOUT = """
import sys
sys.modules["aerleon"] = None
from planner.cli import main
sys.exit(main(sys.argv[1:]))
"""


def without_aerleon(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", WITHOUT, *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT)


def test_without_the_extra_one_line_says_how_to_get_it() -> None:
    done = without_aerleon("export", sample("firewalls"), "--to", "cisco-asa")
    assert (done.returncode, done.stdout) == (2, "")
    assert is_one_line(done.stderr)
    assert "pip install 'sav-planner[vendors]'" in done.stderr


@pytest.mark.parametrize("name", ["nftables", "aerleon"])
def test_the_other_formats_need_no_extra(name: str) -> None:
    arguments = ("export", sample("firewalls"), "--to", name, "--device", {"aerleon": "edge"}.get(name, "core"))
    done = without_aerleon(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == command(*arguments).out


def test_aerleon_itself_reads_the_yaml_and_writes_the_same() -> None:
    yaml = pytest.importorskip("yaml")
    text = command("export", sample("firewalls"), "--to", "aerleon", "--device", "edge").out
    definitions, policy = yaml.safe_load_all(text)
    again = "".join(aerleon.generate(definitions, policy["filters"]))
    ours = command("export", sample("firewalls"), "--to", "cisco-asa").out.splitlines()
    entries = [line for line in again.splitlines() if " extended " in line]
    assert entries == [line for line in ours if " extended " in line]
