"""Small files that would take much: each is read or refused within 3 seconds and 250 MB, by every command."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.command_line import ROOT, sample

HEAD = 'schema = "sav-plan/1"\n'
ZONE = f'{HEAD}[[zone]]\nname = "z"\nroles = ["server"]\n'
DEVICE = f'{ZONE}[[device]]\nname = "d"\nvendor = "nftables"\n'
DECISION = f'{HEAD}[[decision]]\nid = "source-range"\nchosen = "documented"\ndefault = "documented"\n'
LONG = "x" * 300_000


def listed(texts: Iterable[str]) -> str:
    return "[" + ",".join(f'"{text}"' for text in texts) + "]"


def zone(count: int) -> str:
    """A zone with so many networks, and as many hosts that lie in none of them."""
    networks = listed(f"10.{number // 250}.{number % 250}.0/24" for number in range(count))
    hosts = listed(f"172.16.{number // 250}.{number % 250}" for number in range(count))
    return f'{HEAD}[[zone]]\nname = "z"\nroles = ["client"]\nnetworks = {networks}\n[zone.hosts]\nclient = {hosts}\n'


def zones(count: int, rest: str = "") -> str:
    return HEAD + "".join(f'[[zone]]\nname = "z{number}"\nroles = ["client"]\n{rest}' for number in range(count))


REFUSED = {
    "unknown options": (f"{HEAD}[topology]\noptions = {listed(f'o{n}' for n in range(8000))}\n", "options: 8,000 entries"),
    "a long option": (f'{HEAD}[topology]\noptions = ["{LONG}"]\n', "300,000 characters; accepted: 100"),
    "an unknown option": (f'{HEAD}[topology]\noptions = ["smb-helper"]\n', "'smb-helper' is no optional flow; accepted: discovery-of-netware, smb-helpers"),
    "unknown answers": (f"{HEAD}[topology]\nassumed = {listed(f'o{n}' for n in range(8000))}\n", "assumed: 8,000 entries"),
    "one alerting host": (f"{HEAD}[topology]\nams_hosts = {listed(['server'] * 9000)}\n", "the same member twice"),
    "a long device": (f'{ZONE}[[device]]\nname = "{LONG}"\nvendor = "nftables"\n', "300,000 characters; accepted: 64"),
    "a long vendor": (f'{ZONE}[[device]]\nname = "d"\nvendor = "{LONG}"\n', "vendor: 300,000 characters"),
    "a long interface": (f'{DEVICE}interfaces = {{z = "{LONG}"}}\n', "interfaces: 'z': 300,000 characters"),
    "many hosts and networks": (zone(10_000), "networks: 10,000 entries; accepted: up to 2,000"),
    "many parents": (f"{HEAD}[[zone]]\nname = \"z\"\nroles = []\nparents = {listed(['a'] * 9000)}\n", "parents: 9,000 entries"),
    "one role": (f'{HEAD}[[zone]]\nname = "z"\nroles = {listed(["client"] * 9000)}\n', "the same role twice"),
    "a long title": (f'{HEAD}[plan]\ntitle = "{LONG}"\n', "title: 300,000 characters; accepted: up to 400"),
    "a long id": (f'{HEAD}[plan]\nid = "{LONG}"\n', "id: 300,000 characters; accepted: up to 100"),
    "a long ticket": (f'{HEAD}[change]\nticket = "{LONG}"\n', "ticket: 300,000 characters"),
    "a long reason": (f'{HEAD}[change]\nreason = "{LONG}"\n', "reason: 300,000 characters; accepted: up to 4,000"),
    "a long window": (f'{HEAD}[change]\nwindow_end = "{LONG}"\n', "window_end: 300,000 characters"),
    "a long person": (f'{HEAD}[change]\nrequester = "{LONG}"\n', "requester: 300,000 characters"),
    "a long note": (f'{HEAD}[[zone]]\nname = "z"\nroles = []\nnote = "{LONG}"\n', "note: 300,000 characters"),
    "a long decider": (f'{DECISION}by = "{LONG}"\n', "by: 300,000 characters"),
    "a long reading": (f'{HEAD}[[decision]]\nid = "a"\nchosen = "{LONG}"\ndefault = "a"\n', "chosen: 300,000 characters"),
}  # fmt: skip
READ = {
    "as many hosts and networks as may be": zone(2000),
    "many decisions": HEAD + "".join(f'[[decision]]\nid = "d{n}"\nchosen = "a"\ndefault = "a"\nby = "x"\n' for n in range(4000)),
    "many devices": HEAD + "".join(f'[[device]]\nname = "d{n}"\nvendor = "nftables"\n' for n in range(8000)),
    "many zones": zones(4999),
    "many notes": zones(800, f'note = "{"n" * 3900}"\n'),
}  # fmt: skip

MEASURES = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stderr.decode(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


def run(*words: str) -> tuple[int, str]:
    """Runs a command within the bounds; its code and what it says on standard error."""
    called = [sys.executable, "-c", MEASURES, sys.executable, "-m", "planner", *words]
    done = subprocess.run(called, capture_output=True, text=True, cwd=ROOT, check=True)
    code, said, seconds, megabytes = json.loads(done.stdout)
    assert megabytes < 250
    assert seconds < 12  # three on a quiet machine
    return code, said


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_plan_needs_is_refused_by_name(name: str, tmp_path: Path) -> None:
    text, said = REFUSED[name]
    path = tmp_path / "bomb.toml"
    path.write_text(text)
    for words in (("show", str(path)), ("check", str(path)), ("diff", sample("one-server"), str(path))):
        code, error = run(*words)
        assert code == 2
        assert said in error
        assert len(error) < 600


@pytest.mark.parametrize("name", READ)
def test_what_is_large_and_may_be_is_read(name: str, tmp_path: Path) -> None:
    path, out = tmp_path / "bomb.toml", str(tmp_path / "out")
    path.write_text(READ[name])
    for words in (("show", str(path)), ("check", str(path)), ("export", str(path), "--to", "html", "-o", out)):
        assert run(*words)[0] in (0, 1)
