"""Requests of the planner to the system, heard by an audit hook: named files, its own, and nothing else.

No network, no process, no shell, nothing unpickled, nothing evaluated that did not come from a source file of the
installation: in each command, and in a whole session on the screen.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.command_line import ROOT, sample
from tests.figures import figure
from tests.test_walls import WITHOUT_A_SCREEN

LISTENS = """
import json, sys
seen = []
TELLING = ("socket.", "subprocess.", "shutil.", "urllib.", "ftplib.", "smtplib.", "http.", "ctypes.", "pickle.")
SINGLE = {"os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "code.__new__",
          "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink",
          "os.truncate", "os.setxattr", "os.kill", "webbrowser.open", "cpython.run_command"}
def listen(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode(errors="replace")
        seen.append(("write" if (arguments[2] or 0) & 3 else "read", path))
    elif event in ("compile", "exec"):
        code = arguments[1] if event == "compile" else getattr(arguments[0], "co_filename", "")
        seen.append((event, code.decode(errors="replace") if isinstance(code, bytes) else str(code)))
    elif event in SINGLE or event.startswith(TELLING):
        seen.append((event, str(arguments[0]) if arguments else ""))
sys.addaudithook(listen)
"""

COMMAND = """
import contextlib, io
from planner.cli import main
with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())), contextlib.redirect_stderr(io.StringIO()):
    main(sys.argv[1:])
print(json.dumps(seen))
"""

SESSION = """
import asyncio
from planner.storage.journal import Journal
from planner.storage.plan_files import read_plan
from tests.screens import Stage, play
found = read_plan("plan.toml")
journal = Journal()
async def body(stage):
    for keys in ("4 enter", "space", "g 5 enter escape a", '"branch 1" enter', "escape g 6 enter", '"A. Name" enter',
                 "tab m p r c f e", "escape z f1", "escape u U", "ctrl+s", "ctrl+o escape",
                 "v escape", "S escape", "E escape", "B escape", "N escape", "X enter escape escape", "d escape",
                 'P ctrl+u "packed" enter escape', 'A "rules.v4" enter escape escape', "F escape", "comma escape",
                 "T escape", "ctrl+p escape",
                 'w ctrl+u "other.toml" enter'):
        await stage.press(keys)
del seen[:]
asyncio.Runner().close()
del seen[:]
play(body, found.plan, "plan.toml", base=found.sha256, journal=journal)
journal.close()
print(json.dumps(seen))
"""

LOADING = ("ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle")
"""Events of Python loading its own compiled modules; the files it opens tell what is loaded."""


WRITING = {
    "write",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.link",
    "os.chmod",
    "os.chown",
    "os.rmdir",
    "shutil.rmtree",
}


def heard(program: str, folder: Path, *arguments: str) -> list[tuple[str, str]]:
    """Run a program in a process of its own and give what it asked of the system."""
    done = subprocess.run(
        [sys.executable, "-c", LISTENS + program, *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "HOME": str(folder), "TERM": "xterm-256color", "LANG": "C.UTF-8",
             "PATH": "/none", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(event, path) for event, path in json.loads(done.stdout.splitlines()[-1])]


def of_the_installation(path: str) -> bool:
    """Checks whether it is a source or data file of Python, of a package, or of the planner itself."""
    roots = {sys.prefix, sys.base_prefix, str(ROOT / "planner"), str(ROOT / "tests"), str(Path(sys.executable).parent)}
    return path.startswith(("<frozen", *roots)) or "/lib/python3" in path


def strange(
    events: Iterable[tuple[str, str]], readable: set[str], writable: set[Path], folder: Path
) -> set[tuple[str, str]]:
    """Returns what is neither of the installation nor allowed."""
    found = set()
    for event, path in events:
        full = (folder / path).resolve() if path else folder
        if event in LOADING or (event in ("compile", "exec", "read") and of_the_installation(path)):
            continue
        if (event in ("compile", "exec") and path in ("<string>", "<attrs generated>")) or path.startswith("<"):
            continue  # made by the standard library and by packages as they load, out of their own sources
        if event == "read" and (path in readable or str(full) in readable or full.is_relative_to(folder)):
            continue
        if event == "read" and path.startswith(("/etc/", "/proc/", "/usr/share/", "/dev/null", "/sys/")):
            continue  # locale, terminal and machine, read by Python and Textual
        written = event in WRITING
        # A descriptor, for a name, is of a file that was opened before: that was heard.
        if written and (path.isdigit() or path == "/dev/tty" or any(full.is_relative_to(ours) for ours in writable)):
            continue
        found.add((event, path))
    return found


@pytest.mark.parametrize("name", WITHOUT_A_SCREEN)
def test_a_command_asks_for_nothing_but_its_files(name: str, tmp_path: Path) -> None:
    arguments = WITHOUT_A_SCREEN[name]
    events = heard(COMMAND, tmp_path, *arguments)
    named = {argument for argument in arguments if argument.endswith(".toml")}
    named |= {str(path) for argument in arguments if Path(argument).is_dir() for path in Path(argument).glob("*.toml")}
    assert strange(events, named, {tmp_path}, tmp_path) == set()
    assert not [
        event for event, _ in events if event.startswith(("socket.", "subprocess.", "pickle.", "os.exec", "os.fork"))
    ]


def test_a_session_on_the_screen_asks_for_nothing_but_its_files(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_bytes(Path(sample("dual-stack")).read_bytes())
    (tmp_path / "rules.v4").write_text("*filter\n:FORWARD DROP [0:0]\nCOMMIT\n")
    events = heard(SESSION, tmp_path)
    # The loop of asyncio wakes itself by a pair of connected sockets, which lead nowhere else.
    waking = {"socket.__new__"}
    left = {event for event in strange(events, set(), {tmp_path}, tmp_path) if event[0] not in waking}
    figure(f"least power: {len(events)} events of a session on the screen, {len(left)} that are none of its business")
    assert left == set()
    assert not [event for event, _ in events if event.startswith("socket.") and event not in waking]
    assert (tmp_path / "other.toml").exists()
    assert (tmp_path / "packed" / "SHA256SUMS").exists()
