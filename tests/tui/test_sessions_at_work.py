"""Whole sessions of work on plans, the full screen after each step, compared with ``tests/sessions/<name>.txt``.

A review opens somebody's plan, walks through it and takes an explanation along; an editing session changes it, takes
edits back and pastes lists; a wide session finds its way among two hundred zones. Written anew as in
`test_session_text.py`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests.command_line import sample
from tests.estates import estate
from tests.screens import MIDDLE, STANDARD, Stage, play
from tests.tui.test_session_text import hold

Step = tuple[str, str]

REVIEW: tuple[Step, ...] = (
    ("", "somebody's plan"),
    ("tab right right", "netware on TCP 2967"),
    ("e", "all there is to say of it"),
    ("escape slash 1 3 9 enter", "only what the rollout opens"),
    ("r", "as rules"),
    ("slash ctrl+u", "no filter, the line still open"),
    ('"from:workshop,netware udp" enter', "what NetWare and legacy clients open by UDP"),
    ("s", "by port"),
    ("escape m i", "the matrix turned round"),
    ('j "quarantine 38037" enter', "to a cell by name"),
    ("i o", "turned back, without what is empty"),
    ("tab g 1 down 0 enter", "what if there were no NetWare server"),
    ("greater_than_sign", "the first change"),
    ("greater_than_sign greater_than_sign", "two changes on"),
    ("less_than_sign", "one back"),
    ("r less_than_sign", "the last change among the rules"),
    ("u", "taken back"),
    ("d right", "the picture"),
    ("enter", "one zone and its neighbours"),
    ("escape escape W enter", "the explanation in a file"),
)

EDITING: tuple[Step, ...] = (
    ("g 5", "the zones of a new plan"),
    ("down down", "the clients, with what their removal would do"),
    ("D", "a zone like them"),
    ('ctrl+u "branch" enter', "called branch"),
    ("down down down down down down down", "its networks"),
    ("enter", "the line for them"),
    ("PASTE", "a list of lines with a mistake in it"),
    ("enter", "the mistake is selected"),
    ('"10.31.0.0/16" enter', "typed over"),
    ("escape x", "removed by mistake"),
    ("u", "and brought back"),
    ("u u", "two edits more taken back"),
    ("ctrl+r ctrl+r", "and done again"),
    ("g 1 5", "five servers, with what that does"),
    ("enter u", "no"),
    ('g 7 down enter "CHG0012345" enter u', "the ticket taken back"),
)
PASTED = "10.30.0.0/16\n10.31.0.0/99\n10.32.0.1-10.32.0.6\n"

WIDE: tuple[Step, ...] = (
    ("z", "two hundred zones, zoomed"),
    ("end", "the last"),
    ('j "117" enter', "one by its number"),
    ('slash "branch-11,branch-12 2967" enter', "some by theirs"),
    ("p", "who opens what on them"),
    ("r s s", "as rules by name"),
    ("d", "the picture: alike zones share a box"),
)


def wide() -> Plan:
    zones = (f"branch-{number:03}: client" for number in range(200))
    return estate("head-office: console", "servers: server", *zones, "internet: internet", servers=1, assumed=())


CASES: dict[str, tuple[tuple[Step, ...], Callable[[], Plan | None], tuple[int, int]]] = {
    "review": (REVIEW, lambda: read_plan(sample("everything-on")).plan, STANDARD),
    "editing": (EDITING, lambda: None, STANDARD),
    "wide": (WIDE, wide, MIDDLE),
}


@pytest.mark.parametrize("name", CASES)
def test_a_session_is_the_golden_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    steps, plan, size = CASES[name]
    monkeypatch.chdir(tmp_path)
    frames: list[str] = []

    async def session(stage: Stage) -> None:
        for keys, meaning in steps:
            if keys == "PASTE":
                await stage.paste(PASTED)
            else:
                await stage.press(keys)
            frames.append("\n".join([f"===== {keys or 'start'}: {meaning}", *stage.rows]))

    play(session, plan(), size=size)
    hold(Path(__file__).parents[1] / "sessions" / f"{name}.txt", "\n".join(frames) + "\n", request)
