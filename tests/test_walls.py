"""The walls between the parts, proved twice: by the imports as written, and by what a fresh process has loaded."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import planner
from planner.commands import COMMANDS
from tests.command_line import ROOT, sample

SCREEN = {"rich", "textual"}
"""Packages that only the planner on the screen may load."""

SPARED = {"asyncio", "http", "socket", "ssl", "subprocess", "urllib.request"}
"""Modules that no command may load, as they have no use there."""

PLAN_MODULES = {
    "msgspec",
    "tomli",
    "tomli_w",
    "planner.catalogue",
    "planner.plan",
    "planner.derivation",
    "planner.storage",
    "planner.exports.registry",
    "planner.exports.report",
    "planner.exports.formats",
    "planner.tui",
}
"""Modules that help and version need not wait for."""

WITHOUT_A_SCREEN = {
    "show": ("show", sample("dual-stack")),
    "show as CSV": ("show", sample("dual-stack"), "--format", "csv"),
    "check": ("check", sample("dual-stack")),
    "list": ("list", str(Path(sample("dual-stack")).parent)),
    "diff": ("diff", sample("one-server"), sample("dual-stack")),
    "pack": ("pack", sample("dual-stack"), "-o", "pack"),
    "pack as an archive": ("pack", sample("dual-stack"), "-o", "pack.zip"),
    "new": ("new", "--servers", "3"),
    "new from a file": ("new", "--from", sample("dual-stack"), "-o", "p.toml"),
    "export": ("export", sample("firewalls"), "--to", "nftables"),
    "export to a file": ("export", sample("firewalls"), "--to", "iptables", "-o", "rules"),
    "export of what is new": (
        "export",
        sample("firewalls"),
        "--to",
        "iptables",
        "--device",
        "core",
        "--since",
        sample("firewalls"),
    ),
    "check by a date": ("check", sample("dual-stack"), "--on", "2027-01-31"),
    "audit": ("audit", sample("dual-stack"), "--rules", sample("dual-stack")),
    "flow": ("flow", sample("dual-stack"), "offices", "servers", "tcp/2967"),
    "explain": ("explain", "2967"),
    "a refusal": ("show", "none.toml"),
    "the planner without a terminal": (sample("dual-stack"),),
}
LIGHT: dict[str, tuple[str, ...]] = {"--version": ("--version",), "--help": ("--help",)}
LIGHT |= {f"{name} --help": (name, "--help") for name in COMMANDS}


def test_the_imports_as_written_keep_to_the_contracts() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_is_tested_is_this_checkout(tmp_path: Path) -> None:
    assert planner.__file__ == str(ROOT / "planner" / "__init__.py")
    assert run_fresh("import planner; print(planner.__file__)", cwd=tmp_path) == planner.__file__ + "\n"


LOADED = """
import contextlib, io, json, sys
from planner.cli import main
with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())), contextlib.redirect_stderr(io.StringIO()):
    main(sys.argv[1:])
print(json.dumps(sorted(sys.modules)))
"""


LOADED_BARELY = """
import sys
arguments, sys.argv[1:] = sys.argv[1:], []
stdout = sys.stdout
sys.stdout = open("/dev/null", "w")
from planner.cli import main
main(arguments)
sys.stdout = stdout
print(*sys.modules)
"""
"""As ``LOADED``, without loading anything itself."""


def run_fresh(program: str, *arguments: str, cwd: Path | None = None) -> str:
    """Run a program in a process that has loaded nothing, and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def loaded_by(arguments: tuple[str, ...], cwd: Path) -> set[str]:
    return set(json.loads(run_fresh(LOADED, *arguments, cwd=cwd)))


@pytest.mark.parametrize("name", WITHOUT_A_SCREEN)
def test_a_command_without_a_screen_loads_none(name: str, tmp_path: Path) -> None:
    assert loaded_by(WITHOUT_A_SCREEN[name], tmp_path) & (SCREEN | SPARED | {"planner.tui"}) == set()


@pytest.mark.parametrize("name", LIGHT)
def test_help_and_version_load_nothing_of_a_plan(name: str, tmp_path: Path) -> None:
    assert loaded_by(LIGHT[name], tmp_path) & (SCREEN | SPARED | PLAN_MODULES) == set()


def test_reading_loads_nothing_that_only_saving_needs(tmp_path: Path) -> None:
    assert "tempfile" not in loaded_by(WITHOUT_A_SCREEN["show"], tmp_path)


SLOW = {"dataclasses", "difflib", "json", "pathlib", "shutil", "threading"}
"""Modules that take long to load, and that reading a plan has no use for."""


@pytest.mark.parametrize("name", ["show", "check", "diff"])
def test_reading_an_intact_plan_loads_little(name: str, tmp_path: Path) -> None:
    plans = [sample("one-server"), sample("settled")][: 2 if name == "diff" else 1]
    loaded = set(run_fresh(LOADED_BARELY, name, *plans, cwd=tmp_path).split())
    assert "planner.derivation.derivation" in loaded
    assert loaded & SLOW == set()


def test_saying_the_version_loads_not_even_what_reads_a_command_line(tmp_path: Path) -> None:
    loaded = set(run_fresh(LOADED_BARELY, "--version", cwd=tmp_path).split())
    assert loaded & (SLOW | {"argparse"}) == set()


@pytest.mark.parametrize("name", ["new", "explain"])
def test_addresses_are_not_looked_at_where_there_are_none(name: str, tmp_path: Path) -> None:
    assert "planner.plan.addresses" not in loaded_by(WITHOUT_A_SCREEN[name], tmp_path)


WATCHED = """
import json, sys
program = compile(sys.argv[1], "program", "exec")
seen = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path, mode, flags = arguments
        path = path.decode() if isinstance(path, bytes) else path
        if not path.endswith((".py", ".pyc", ".so")) and ".pyc." not in path:
            seen.append(("write" if flags & 3 else "read", path))
    elif event.partition(".")[0] in ("socket", "subprocess", "shutil", "urllib", "ftplib") or event in (
        "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.remove", "os.rename", "os.mkdir"
    ):
        seen.append((event, ""))
sys.addaudithook(watch)
exec(program)
print(json.dumps(seen))
"""
"""Runs a program and prints the files it opens, its imports left out, and whatever else it asks of the system."""

DERIVES = """
from planner.derivation import matrix
from planner.plan import diff, editing, explanation
from planner.session import forms as fields, history as session
from planner.catalogue.loader import load_catalogue
from planner.plan.topology import Zone
catalogue = load_catalogue()
hosts = {"server": ("192.0.2.7", "2001:db8::7")}
zones = (Zone(name="all", roles=("console", "server"), networks=("192.0.2.0/24",), hosts=hosts),
         Zone(name="clients", roles=("client",), parents=("all",), nat=True))
small = editing.new_plan()
large = editing.with_zones(editing.set_answers(small, servers=3, clients=True, boundary="stateless"), zones)
view = matrix.ports_by_zone(large.derived, large.topology.answers, catalogue)
diff.compare_rules(small.derived, large.derived)
explanation.explain_spot(view.rows[0], "all", view.spot(view.rows[0], "all"), large.derived.rules, large, catalogue)
fields.question_fields(large, "estate", catalogue)
fields.change_fields(large)
session.Session(large, saved=False).apply("again", small)
large.digests
"""


def watched(program: str, cwd: Path) -> list[tuple[str, str]]:
    seen: list[Any] = json.loads(run_fresh(WATCHED, program, cwd=cwd).splitlines()[-1])
    return [(event, path) for event, path in seen]


def test_the_core_touches_nothing_but_its_own_data(tmp_path: Path) -> None:
    folder = ROOT / "planner" / "catalogue"
    data = {("read", str(folder / name)) for name in ("catalogue.toml", "questions.toml")}
    assert set(watched(DERIVES, tmp_path)) <= data


@pytest.mark.parametrize("name", ["show", "show as CSV", "check", "new", "export", "explain", "a refusal"])
def test_a_command_that_saves_nothing_writes_nothing(name: str, tmp_path: Path) -> None:
    program = f"from planner.cli import main; main({WITHOUT_A_SCREEN[name]!r})"
    if name == "a refusal":
        program = f"import io, sys; sys.stderr = io.StringIO(); {program}"
    assert [event for event, _ in watched(program, tmp_path) if event != "read"] == []
    assert list(tmp_path.iterdir()) == []


def test_saving_writes_the_plan_and_leaves_nothing_else_behind(tmp_path: Path) -> None:
    program = "from planner.cli import main; main(['new', '-o', 'p.toml'])"
    events = [(event, Path(path).parent) for event, path in watched(program, tmp_path) if event == "write"]
    assert events == [("write", tmp_path)]
    assert [path.name for path in tmp_path.iterdir()] == ["p.toml"]
