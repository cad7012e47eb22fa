"""The line for typing: its keys and what is said of the text are both in sight, at every size, on every page."""

import asyncio
from pathlib import Path

import pytest
from textual.events import Key

from planner.text.escaping import show_ascii_only
from planner.tui.app import PlannerApp
from tests.estates import estate
from tests.screens import STANDARD, Stage, play


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


TYPED = [
    ("3 0", " +2 rules", "Enter take it Esc give up"),
    ("g 4 end 2 0 4 3", "say 2043 in error", "Enter take it Esc give up"),
    ("g 4 end 2 0 4 3 enter", "say 2043 in error", "Enter take it Esc give up"),
    ('g 1 end y down enter "2026-02-30"', "is no date", "Enter take it Esc give up"),
    ('g 5 enter down down down down down down down down enter "10.0.0.0/33"', "not understood", "Enter take it"),
    ('slash "nothing at all"', "0 of 2 services", "Enter take it Esc give up"),
    ('j "xyz"', "Nothing is called so.", "Enter take it Esc give up"),
    (
        'ctrl+o "missing.toml" enter',
        "missing.toml: No such file or directory",
        "Enter take it Esc give up Tab complete",
    ),
    ("ctrl+s", "", "Enter take it Esc give up Tab complete"),
    ('W ctrl+u "a.txt"', "file: ~/a.txt", "Enter take it Esc give up Tab complete"),
    ('v o "missing.toml" enter', "missing.toml: No such file or directory", "Enter take it Esc give up Tab complete"),
    ('P ctrl+u "a.zip"', "archive: ~/a.zip", "Enter take it Esc give up Tab complete"),
    ('B ctrl+u "2027-02-31"', "is no date", "Enter take it Esc give up"),
]


@pytest.mark.parametrize(("keys", "said", "footer"), TYPED, ids=[keys for keys, _, _ in TYPED])
@pytest.mark.parametrize("size", [STANDARD, (60, 20), (120, 40)], ids=str)
def test_what_is_said_stands_above_the_keys_and_never_in_their_place(
    keys: str, said: str, footer: str, size: tuple[int, int]
) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(keys)
        assert stage.rows[-1].strip().startswith(footer)
        assert said in stage.text
        assert len(stage.rows[-2]) <= size[0]

    play(body, size=size)


def test_tab_completes_the_path_of_every_line_that_takes_one() -> None:
    async def body(stage: Stage) -> None:
        for keys in ("ctrl+o", "W", "w", "v o", "P"):
            await stage.press(f'{keys} ctrl+u "/us" tab')
            assert " /usr/" in stage.rows[-3]
            await stage.press("escape escape")

    play(body, estate(servers=1))


@pytest.mark.parametrize(
    ("text", "shown", "spelt"),
    [
        ("Büro", " Title:                 B?ro", " typed: B\\xfcro "),
        ("a long title of an office in 東京", "in ??", " typed: …office in \\u6771\\u4eac "),
    ],
)
def test_letters_that_the_terminal_cannot_show_are_spelt_out_below(text: str, shown: str, spelt: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f'g 7 enter "{text}"')
        show_ascii_only(True)
        await stage.press("right")
        await stage.press("x backspace")
        assert spelt in stage.rows[-2]
        await stage.press("enter")
        assert stage.plan.head.title == text

    try:
        play(body)
    finally:
        show_ascii_only(False)


def test_what_can_be_shown_is_not_spelt_out() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('g 7 enter "Büro 東京"')
        assert "typed:" not in stage.text

    play(body)


@pytest.mark.parametrize("turns", [0, 30, 100, 250])
def test_an_answer_that_is_typed_before_the_first_picture_is_painted_is_taken(turns: int) -> None:
    async def type_early(app: PlannerApp) -> None:
        while not (app.is_running and app.screen_stack):
            await asyncio.sleep(0)
        for _ in range(turns):
            await asyncio.sleep(0)
        app.post_message(Key("5", "5"))
        app.post_message(Key("enter", "\r"))

    async def servers() -> int:
        app = PlannerApp(estate("settled"), "")
        typing = asyncio.create_task(type_early(app))
        async with app.run_test(size=STANDARD) as pilot:
            await typing
            stage = Stage(app, pilot)
            await stage.press("")
            return stage.plan.topology.answers.servers

    assert asyncio.run(servers()) == 5
