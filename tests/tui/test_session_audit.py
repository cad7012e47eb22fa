"""A whole audit on the screen, the full screen after each step, compared with ``tests/sessions/audit.txt``.

It is written anew as the guided session is, see ``tests/tui/test_session_text.py``.
"""

from pathlib import Path

import pytest

from planner.storage.plan_files import read_plan
from tests.command_line import sample
from tests.screens import Stage, play
from tests.tui.test_session_text import hold

GOLDEN = Path(__file__).parents[1] / "sessions" / "audit.txt"
RULES = Path(__file__).parents[1] / "rule_bases"

SESSION = (
    ("A", "the audit asks for rules"),
    ('"nothing" enter', "a file that is not there"),
    ('ctrl+u "core.v" tab', "which of two"),
    ('"4" tab enter', "the rules for IPv4"),
    ("a", "those for IPv6 too"),
    ('"core.v6.txt" enter', "all findings"),
    ("1", "what is missing"),
    ("enter", "the whole finding"),
    ("escape 3", "what is too wide"),
    ("5", "what is not understood"),
    ("2", "what is surplus"),
    ("C", "copied"),
    ("0 slash", "a filter"),
    ('"38293 exact" enter', "two words"),
    ("escape", "taken away"),
    ("d", "the next device has other interfaces"),
    ("t", "read as another format"),
    ("t t t t t d d d d d", "as they were"),
    ("w", "the report: where to"),
    ('ctrl+u "audit.json" enter', "written"),
    ('w ctrl+u "audit.json" enter', "never over a file unasked"),
    ("escape escape F", "a flow of the plan and of these rules"),
    ('"off" tab enter', "from the offices"),
    ('"servers" enter', "to the servers"),
    ('"tcp/70000" enter', "no port"),
    ('ctrl+u "tcp/2967" enter', "open, and by which lines"),
    ('s "1500" enter', "from one port"),
    ("b", "the other way round"),
    ("r", "of the plan alone"),
    ("down down e", "a statement in whole"),
    ("escape w", "the answer: where to"),
    ("escape escape", "back at the audit"),
    ("f1", "its help"),
    ("escape escape A", "what was opened is still there when the page is opened again"),
)


def test_an_audit_is_the_golden_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for file in RULES.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    frames: list[str] = []

    async def session(stage: Stage) -> None:
        for keys, meaning in SESSION:
            await stage.press(keys)
            frames.append("\n".join([f"===== {keys}: {meaning}", *stage.rows]))

    play(session, read_plan(sample("firewalls")).plan)
    hold(GOLDEN, "\n".join(frames) + "\n", request)
