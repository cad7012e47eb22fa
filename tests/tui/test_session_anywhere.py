"""The session that the screen is built for: few keystrokes at 80x24, and the same plan on every terminal, to the byte.

Three servers in two zones, NetWare, legacy clients in a branch, Quarantine and AMS, with networks, every answer
confirmed, every decision settled and every text of the ticket filled in.
"""

import re
import shutil
import tempfile
from pathlib import Path

import pytest

from planner.storage.plan_files import read_plan
from tests.screens import Stage, play
from tests.terminals import KEYS, Terminal

SESSION = (
    "enter",
    "3 enter 2 enter",
    "down down down down y k",
    "g 2 down y down down y k",
    "g 3 k g 4 k",
    'g 5 a "head-office" enter y down y down y down y down down down y down',
    'enter "10.1.0.0/16" enter',
    'g 5 a "branch" enter down y down down y down down y down down',
    'enter "10.20.0.0/16 2001:db8:20::/48" enter',
    "g 5 x x x x x x",
    'g 6 k "M. Keller" enter',
    'g 7 enter "Branch rollout" enter enter "CHG0012345" enter enter "P. Novak" enter enter "Network" enter',
    'enter "Clients come to the branch" enter enter "TCP 139 is open until December" enter',
    "ctrl+s enter",
)
MOST_KEYS = 90


def keys_of(line: str) -> list[str]:
    """Take a line of the session apart; what is typed stands in double quotes."""
    return re.findall(r'"[^"]*"|\S+', line)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play the session without a terminal, once, and give the file it saves."""
    folder = tmp_path_factory.mktemp("played")

    async def session(stage: Stage) -> None:
        await stage.press("h")
        for line in SESSION:
            await stage.press(line)

    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("HOME", str(folder))  # a fixture of the module comes before the environment of a test
        patched.delenv("XDG_CONFIG_HOME", raising=False)
        patched.delenv("XDG_STATE_HOME", raising=False)
        play(session)
    return folder / "branch-rollout.toml"


def test_a_real_estate_takes_few_keystrokes(saved: Path) -> None:
    made = read_plan(str(saved)).plan
    assert {zone.name: set(zone.roles) for zone in made.topology.zones} == {
        "head-office": {"client", "console", "netware", "quarantine", "server"},
        "branch": {"client", "legacy-client", "server"},
        "internet": {"internet"},
    }
    assert [zone.name for zone in made.topology.zones if not zone.networks] == ["internet"]
    assert made.topology.answers.servers == 3
    assert made.topology.answers.ams_alerting
    assert (made.change.ticket, made.change.requester, made.change.implementer) == ("CHG0012345", "P. Novak", "Network")
    assert made.change.reason
    assert made.change.security_impact
    summary = made.derived.summary
    assert (summary.assumed, summary.decisions_open, summary.errors) == (0, 0, 0)
    pressed = [key for line in SESSION for key in keys_of(line) if not key.startswith('"')]
    assert len(pressed) < MOST_KEYS


TERMINALS: dict[str, dict[str, str]] = {
    "256 colours": {},
    "NO_COLOR": {"NO_COLOR": "1"},
    "TERM=xterm": {"TERM": "xterm"},
    "LANG=C": {"LANG": "C"},
    "all of it": {"NO_COLOR": "1", "TERM": "linux", "LC_ALL": "C"},
    "tmux": {},
    "screen": {},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TERMINALS)
def test_the_same_session_gives_the_same_plan_on_every_terminal(
    name: str, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sockets = tempfile.mkdtemp(prefix="planner-")  # a socket's path has to be short
    inside = {
        "tmux": ("tmux", "-S", f"{sockets}/socket", "-f", "/dev/null", "new-session"),
        "screen": ("screen", "-U", "-c", "/dev/null"),
    }.get(name, ())
    if inside and not shutil.which(inside[0]):
        pytest.skip(f"{inside[0]} is not installed")
    environment = {"SCREENDIR": sockets, **TERMINALS[name]}
    with Terminal(inside=inside, **environment) as terminal:  # type: ignore[arg-type]  # all of them are variables
        terminal.see("New plan")
        for line in SESSION:
            for key in keys_of(line):
                terminal.send(key.strip('"').encode() if key.startswith('"') else KEYS.get(key, key).encode(), 0.03)
        terminal.see("Saved ~/branch-rollout.toml")
        terminal.press("ctrl+q")
        terminal.leave()
    shutil.rmtree(sockets)
    assert (tmp_path / "branch-rollout.toml").read_bytes() == saved.read_bytes()
