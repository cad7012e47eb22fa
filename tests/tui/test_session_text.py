"""A whole guided session, the full screen after each step, compared with ``tests/sessions/guided.txt``.

After a change that was meant, write it anew and read the difference before it is committed:

    .venv/bin/pytest tests/tui/test_session_text.py --update-goldens; git diff tests/sessions

A run that writes it fails, so that it is never updated by the way.
"""

from difflib import unified_diff
from itertools import islice
from pathlib import Path

import pytest

from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests.screens import Stage, play

GOLDEN = Path(__file__).parents[1] / "sessions" / "guided.txt"

SESSION = (
    ("", "a new plan"),
    ("3", "type the number of Windows servers"),
    ("enter", "three of them"),
    ("2 enter", "two NetWare servers"),
    ("enter enter enter enter", "NetWare parents, clients, roaming clients and mobile computers stay as they are"),
    ("y", "legacy clients"),
    ('down enter "2026-02-30" enter', "a day that does not exist"),
    ('ctrl+u "2027-06-30" enter', "the last one is gone in June"),
    ("enter y", "an agent on the console, and a Quarantine Server"),
    ("enter enter y", "no port to forward to, and AMS alerting"),
    ("k", "the other answers of the step are right"),
    ("g 3 y", "clients are installed remotely"),
    ('down down down enter "2026-11-30" enter', "until November"),
    ("g 4 down down 2 0 4 3 enter", "the misprinted port is refused"),
    ("escape k", "the ports stay as they are"),
    ("g 5 a", "a zone more"),
    ('"branch" enter', "called branch"),
    ("down down down y", "with clients"),
    ('down down down down enter "10.20.0.0/33"', "a network that is none"),
    ('ctrl+u "10.20.0.0/16 2001:db8:20::/48" enter', "two networks"),
    ("escape", "the zones"),
    ("g 6 down", "the second decision"),
    ("space", "another reading"),
    ('t "hosts are Windows 2003" enter', "with a note"),
    ("k", "the decisions want a name"),
    ('"M. Keller" enter', "all decided"),
    ('g 7 enter "Branch rollout" enter', "a title"),
    ('enter "CHG0012345" enter enter "P. Novak" enter', "ticket and requester"),
    ("end up space", "the plan is proposed"),
    ("u", "and taken back"),
    ("ctrl+r", "and brought again"),
    ("g 8", "what is in the plan"),
    ("end enter", "what stays closed"),
    ("f z", "findings on the whole width"),
    ("escape tab p down right", "who opens what to whom"),
    ("m down right", "a cell of the matrix"),
    ("e", "its whole explanation"),
    ("escape ctrl+q", "quit asks"),
    ("s", "save first: under which name"),
)


def test_a_guided_session_is_the_golden_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    frames: list[str] = []
    plans: list[Plan] = []

    async def session(stage: Stage) -> None:
        for keys, meaning in SESSION:
            await stage.press(keys)
            frames.append("\n".join([f"===== {keys or 'start'}: {meaning}", *stage.rows]))
        plans.append(stage.plan)
        await stage.press("enter")

    assert play(session) == 0
    assert read_plan("branch-rollout.toml").plan == plans[0]
    hold(GOLDEN, "\n".join(frames) + "\n", request)


def hold(path: Path, frames: str, request: pytest.FixtureRequest) -> None:
    golden = path.read_text(encoding="utf-8") if path.exists() else ""
    if frames == golden:
        return
    if request.config.getoption("--update-goldens"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(frames, encoding="utf-8", newline="\n")
        pytest.fail("the session was written anew: read the difference, then run without --update-goldens")
    lines = unified_diff(golden.splitlines(), frames.splitlines(), "golden", "today", lineterm="")
    pytest.fail("\n".join(["the session differs (--update-goldens writes it anew):", *islice(lines, 80)]))
