"""Whole outputs, compared as bytes with the files in ``tests/goldens``.

After a change that was meant, write them anew and read the difference before it is committed:

    .venv/bin/pytest tests/exports/test_goldens.py --update-goldens; git diff tests/goldens

A run that writes one fails, so that none is ever updated by the way.
"""

import re
from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice
from pathlib import Path

import pytest

from planner.exports.firewall.registry import FORMATS as FIREWALLS
from planner.exports.names import CHOICES, FORMATS
from planner.exports.registry import render
from planner.exports.ticket.pack import ANNEX, RULES, TICKET, pack_files
from planner.storage.plan_files import read_plan
from planner.storage.toml_reader import write_text
from tests.command_line import ANSWERS, command, sample

GOLDENS = Path(__file__).parents[1] / "goldens"
SHOWN = ("everything-on", "settled")
EXPLAINED = {
    "port": "2967",
    "one-protocol": "udp/2967",
    "port-with-erratum": "2043",
    "flow": "client-checks-in",
    "flow-of-the-rollout": "install-client",
    "flow-never-opened": "outside-in",
    "optional-flow": "smb-helpers",
    "decision": "pds-38293-protocol",
    "word": "parent server",
    "process": "Msgsys",
    "citation": "client-server.r2",
    "finding": "ams-exposed",
}
RULE_BASES = Path(__file__).parents[1] / "rule_bases"
_CORE = ("--rules", str(RULE_BASES / "core.json"), "--device", "core")
FLOWS: dict[str, tuple[str, ...]] = {
    "open": ("offices", "servers", "tcp/2967"),
    "open-by-role": ("console", "client", "tcp/139"),
    "from-an-address": ("198.51.100.7", "192.0.2.71", "tcp/2967", "--source-port", "5000"),
    "closed": ("internet", "servers", "tcp/2967"),
    "no-port-of-ours": ("offices", "servers", "tcp/443"),
    "in-rules": ("198.51.100.7", "servers", "tcp/2967", "--source-port", "1500", *_CORE),
    "one-family-in-rules": (
        "offices",
        "servers",
        "tcp/2967",
        "--rules",
        str(RULE_BASES / "core.v4.txt"),
        "--device",
        "core",
    ),
    "closed-in-rules": ("administration", "offices", "tcp/2967", *_CORE),
}
CHECKED = {"intact": 0, "answers": 1, "edited": 1, "stale": 1, "contradicting": 1}
SUFFIXES = {"text": "txt", "markdown": "md", "html": "html", "csv": "csv", "json": "json"}


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Returns the name of each golden file and the command whose output it holds."""
    for name in SHOWN:
        for view in CHOICES:
            yield f"{name}/{view}.txt", ("show", sample(name), "--view", view)
        for format_name in FORMATS[1:]:
            yield f"{name}/all.{SUFFIXES[format_name]}", ("show", sample(name), "--format", format_name)
        yield f"{name}/rules.csv", ("show", sample(name), "--format", "csv", "--view", "rules")
    for name, term in EXPLAINED.items():
        yield f"explain/{name}.txt", ("explain", *term.split())
    for name in CHECKED:
        yield f"check/{name}.txt", ("check", f"{name}.toml")
    yield "check/several.txt", ("check", *(f"{name}.toml" for name in CHECKED))
    yield "check/edited.json", ("check", "edited.toml", "--format", "json")
    yield "check/on.txt", ("check", "intact.toml", "--on", "2027-12-31")

    for format_name in FORMATS:
        name = f"diff/removal.{SUFFIXES[format_name]}"
        yield name, ("diff", "before.toml", "after.toml", "--format", format_name)
    yield "diff/way-back.txt", ("diff", "before.toml", "after.toml", "--rollback")
    yield "diff/renamed.txt", ("diff", sample("branches"), "renamed.toml")
    yield from exported()
    yield from audited()


def exported() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Returns an export in each firewall format, and what takes it out again."""
    plan = sample("firewalls")
    yield "export/list.txt", ("export", "--list")
    for format_ in FIREWALLS.values():
        asked: tuple[str, ...] = ("--zone", "servers", "--role", "server") if format_.scope == "host" else ()
        if format_.name == "aerleon":
            asked = ("--device", "edge")
        to = ("export", plan, "--to", format_.name, *asked)
        yield f"export/{format_.name}.txt", to
        yield f"export/{format_.name}.remove.txt", (*to, "--remove")
    for name in ("nftables", "cisco-ios", "juniper-srx", "paloalto", "powershell", "netsh-xp"):
        asked = ("--zone", "offices", "--role", "client") if FIREWALLS[name].scope == "host" else ()
        yield f"export/{name}.since.txt", ("export", plan, "--to", name, *asked, "--since", "older.toml")


AUDITED = {
    "iptables": ("core.v4.txt core.v6.txt", "core"),
    "nft": ("core.json", "core"),
    "ios": ("workshop-router.txt", "workshop-router"),
    "asa": ("edge-asa.txt", "edge"),
    "csv": ("rules.csv", "core"),
}
"""Rule bases of the devices of a sample, each with faults of every kind: their files, and the device."""


def audited() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Returns the audit of each rule base, and flows asked of the plan and of rules."""
    plan = sample("firewalls")
    for name, (files, device) in AUDITED.items():
        rules = [word for file in files.split() for word in ("--rules", str(RULE_BASES / file))]
        of = (plan, *rules, "--device", device)
        yield f"audit/{name}.txt", ("audit", *of)
        yield f"audit/{name}.json", ("audit", *of, "--format", "json")
    linux = ("--rules", str(RULE_BASES / "core.v4.txt"), "--device", "core")
    for suffix in ("csv", "markdown", "html"):
        yield f"audit/report.{SUFFIXES[suffix]}", ("audit", plan, *linux, "--format", suffix)
    for name, asked in FLOWS.items():
        yield f"flow/{name}.txt", ("flow", plan, *asked)
    for name in ("open", "in-rules", "closed-in-rules"):
        yield f"flow/{name}.json", ("flow", plan, *FLOWS[name], "--format", "json")


COMMANDS = dict(commands())
COLOURED = "everything-on/rules.colour.txt"
PACKED = (TICKET, ANNEX, RULES)
"""The files of a pack for reading; its page says the same as the first two, in the form of ``all.html``."""
ELSEWHERE = "pictures/"
"""Goldens of tests/exports/test_diagram.py."""


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with a plan for each verdict of ``check``."""
    monkeypatch.chdir(tmp_path)
    intact = Path(sample("settled")).read_text()
    edited = re.sub(r'destination_ports = "139"\nstate = "new"', 'destination_ports = "139"\nstate = "any"', intact)
    texts = {
        "intact": intact,
        "answers": ANSWERS,
        "edited": edited.replace("# The zones.", "# The zones, as approved."),
        "stale": re.sub(r'catalogue_sha256 = "\w+"', f'catalogue_sha256 = "{"0" * 64}"', intact),
        "contradicting": command("new", "--netware-parents", "--servers", "0").out,
        "before": command("new", "--servers", "2", "--netware", "1", "--legacy-clients", "--rollout", "clients").out,
        "after": command("new", "--servers", "2").out,
        "older": Path(sample("firewalls"))
        .read_text()
        .replace("revision = 2", "revision = 1")
        .replace('"192.0.2.71", "192.0.2.72", ', '"192.0.2.71", ')
        .replace('rollout = ["clients"]', "rollout = []"),
        "renamed": Path(sample("branches")).read_text().replace('"laptops"', '"depot"'),
    }
    for name, text in texts.items():
        Path(f"{name}.toml").write_text(text)


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize("name", COMMANDS)
def test_the_output_is_the_golden_one(name: str, request: pytest.FixtureRequest) -> None:
    hold(name, command(*COMMANDS[name]).out, request)


def test_the_coloured_output_is_the_golden_one(request: pytest.FixtureRequest) -> None:
    plan = read_plan(sample("everything-on")).plan
    hold(COLOURED, render(plan, "text", view="rules", width=120, colour=True), request)


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize(("name", "code"), CHECKED.items())
def test_the_verdict_gives_the_code(name: str, code: int) -> None:
    assert command("check", f"{name}.toml").code == code


@pytest.mark.parametrize("name", PACKED)
def test_the_file_of_a_pack_is_the_golden_one(name: str, request: pytest.FixtureRequest) -> None:
    plan = read_plan(sample("settled")).plan
    hold(f"pack/{name}", pack_files(plan, write_text(plan))[name].decode(), request)


def test_no_golden_file_is_left_over() -> None:
    kept = {str(path.relative_to(GOLDENS)) for path in GOLDENS.rglob("*") if path.is_file()}
    packed = {f"pack/{name}" for name in PACKED}
    assert {name for name in kept if not name.startswith(ELSEWHERE)} == {*COMMANDS, *packed, COLOURED}


def hold(name: str, output: str, request: pytest.FixtureRequest) -> None:
    """Compare an output with its golden file; write the file if that was asked for, and fail then too."""
    path = GOLDENS / name
    written = output.encode()
    golden = path.read_bytes() if path.exists() else b""
    if written == golden:
        return
    if request.config.getoption("--update-goldens"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written)
        pytest.fail(f"{name} was written anew: read the difference, then run without --update-goldens")
    lines = unified_diff(golden.decode().splitlines(), output.splitlines(), "golden", "today", lineterm="")
    pytest.fail("\n".join([f"{name} differs (--update-goldens writes it anew):", *islice(lines, 60)]))
