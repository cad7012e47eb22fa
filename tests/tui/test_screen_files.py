"""Saving, opening and leaving: nothing is lost, and whatever went wrong is said where it was asked."""

from pathlib import Path

import pytest

from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan, save_plan
from tests.estates import estate
from tests.screens import Stage, play

EDITED = "3 enter"
ASKS = "This plan has edits that are not saved."


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, which is the user's home too."""
    monkeypatch.chdir(tmp_path)


def saved(path: str = "plan.toml", servers: int = 1) -> Plan:
    """Save a plan and give it."""
    plan = estate(servers=servers)
    save_plan(plan, path, overwrite=False)
    return plan


def test_a_plan_is_saved_to_its_file_and_says_so() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        assert " * " in stage.rows[0]
        await stage.press("ctrl+s")
        assert stage.bottom == "Saved ~/plan.toml"
        assert " * " not in stage.rows[0]
        assert read_plan("plan.toml").plan == stage.plan
        await stage.press("down")
        assert stage.bottom.startswith("Enter next")

    play(body, saved(), "plan.toml")


def test_a_new_plan_asks_for_a_name_and_offers_its_id() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('g 7 enter "Branch rollout" enter ctrl+s')
        assert stage.rows[-3].split() == ["Save", "as:", "branch-rollout.toml"]
        await stage.press("enter")
        assert stage.bottom == "Saved ~/branch-rollout.toml"
        await stage.press("u ctrl+s")
        assert read_plan("branch-rollout.toml").plan == stage.plan

    play(body)


def test_what_is_being_typed_is_taken_in_before_it_is_saved() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("7 ctrl+s")
        assert stage.bottom == "Saved ~/plan.toml"

    play(body, saved(), "plan.toml")
    assert read_plan("plan.toml").plan.topology.answers.servers == 7


def test_what_cannot_be_taken_in_is_not_saved() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 4 end 2 0 4 3 ctrl+s")
        assert "2043" in stage.rows[-3]
        assert "in error" in stage.bottom

    plan = saved()
    play(body, plan, "plan.toml")
    assert read_plan("plan.toml").plan == plan


@pytest.mark.parametrize(("key", "servers"), [("o", 3), ("escape", 5)])
def test_save_as_to_another_file_asks_first(key: str, servers: int) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f'{EDITED} w ctrl+u "other.toml" enter')
        assert "~/other.toml exists already. Overwrite it?" in stage.text
        await stage.press(key)
        assert read_plan("other.toml").plan.topology.answers.servers == servers
        assert (stage.bottom == "Saved ~/other.toml") is (key == "o")
        assert stage.plan.topology.answers.servers == 3

    saved("other.toml", servers=5)
    play(body, saved(), "plan.toml")


def test_save_as_to_the_same_file_asks_nothing() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"{EDITED} w enter")
        assert stage.bottom == "Saved ~/plan.toml"

    play(body, saved(), "plan.toml")


def test_a_long_path_is_shown_whole_before_it_is_overwritten() -> None:
    name = f"{'long-' * 30}name.toml"

    async def body(stage: Stage) -> None:
        await stage.press(f'w ctrl+u "{name}" enter')
        box = [row[9:71].strip() for row in stage.rows if row[8:9] == row[71:72] == "│"]
        assert f"~/{name}" in "".join(box)

    saved(name)
    play(body, saved(), "plan.toml")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("no/such/folder.toml", "No such file or directory"),
        (".", "not a regular file"),
        (f"{'x' * 300}.toml", "File name too long"),
        ("fifo", "not a regular file"),
    ],
)
def test_a_save_that_fails_gives_its_reason_and_loses_nothing(path: str, says: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f'{EDITED} w ctrl+u "{path}" enter')
        assert says in stage.text
        assert stage.main.work.session.dirty
        assert stage.plan.topology.answers.servers == 3
        assert stage.rows[-3].startswith(" Save as: ")
        await stage.press('ctrl+u "good.toml" enter')
        assert stage.bottom == "Saved ~/good.toml"

    import os

    os.mkfifo("fifo")
    play(body, saved(), "plan.toml")
    assert read_plan("good.toml").plan.topology.answers.servers == 3


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        ("missing.toml", None, "No such file or directory"),
        ("bad.toml", b"[[[", "line 1"),
        ("binary.toml", b"\xff\xfe\x00", "UTF-16"),
        ("newer.toml", b'schema = "sav-plan/9"\n', "sav-plan/9"),
        ("-", None, "No such file or directory"),
        (".", None, "not a regular file"),
    ],
)
def test_opening_a_bad_file_says_one_thing_and_keeps_the_plan(path: str, content: bytes | None, says: str) -> None:
    async def body(stage: Stage) -> None:
        before = stage.plan
        await stage.press(f'ctrl+o "{path}" enter')
        assert says in stage.text
        assert stage.rows[-3].startswith(" Open plan: ")
        await stage.press("escape")
        assert stage.plan is before
        assert stage.bottom.startswith("Enter next")

    if content is not None:
        Path(path).write_bytes(content)
    play(body, saved(), "plan.toml")


def test_opening_shows_the_other_plan_from_its_beginning() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('g 5 enter ctrl+o "~/other.toml" enter')
        assert stage.bottom == "Opened ~/other.toml"
        assert stage.step == "Estate"
        assert "Windows servers  5" in stage.text
        await stage.press("u")
        assert stage.bottom == "Nothing to undo."

    saved("other.toml", servers=5)
    play(body, saved(), "plan.toml")


def test_a_path_is_shown_in_full_while_it_is_typed() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('ctrl+o "sub/../other.toml"')
        assert stage.bottom == "file: ~/other.toml"

    play(body)


LEAVING = ("ctrl+q", "ctrl+c")


@pytest.mark.parametrize("key", LEAVING)
def test_leaving_asks_only_if_something_would_be_lost(key: str) -> None:
    async def clean(stage: Stage) -> None:
        await stage.press(key)

    async def edited(stage: Stage) -> None:
        await stage.press(f"{EDITED} {key}")
        assert ASKS in stage.text
        await stage.press("x escape")
        assert ASKS not in stage.text
        await stage.press(f"u {key}")

    assert play(clean) == 0
    assert play(clean, saved(), "plan.toml") == 0
    assert play(edited) == 0


@pytest.mark.parametrize(("answer", "servers"), [("s", 3), ("d", 1)])
def test_leaving_saves_or_drops(answer: str, servers: int) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"{EDITED} ctrl+q {answer}")

    assert play(body, saved(), "plan.toml") == 0
    assert read_plan("plan.toml").plan.topology.answers.servers == servers


def test_leaving_a_plan_without_a_file_saves_it_and_leaves() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f'{EDITED} ctrl+q s ctrl+u "left.toml" enter')

    assert play(body) == 0
    assert read_plan("left.toml").plan.topology.answers.servers == 3


def test_giving_the_name_up_stays() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f'{EDITED} ctrl+q s escape w ctrl+u "later.toml" enter')
        assert stage.bottom == "Saved ~/later.toml"

    assert play(body) is None


def test_a_save_on_the_way_out_that_fails_stays() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        Path("plan.toml").unlink()
        Path("plan.toml").mkdir()
        await stage.press("ctrl+q s")
        assert "not a regular file" in stage.text
        assert stage.main.work.session.dirty

    assert play(body, saved(), "plan.toml") is None


def test_opening_another_plan_asks_first_too() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"{EDITED} ctrl+o")
        assert ASKS in stage.text
        await stage.press("escape ctrl+o s")
        assert stage.rows[-3].startswith(" Open plan:")
        await stage.press('"other.toml" enter')
        assert stage.plan.topology.answers.servers == 5

    saved("other.toml", servers=5)
    play(body, saved(), "plan.toml")
    assert read_plan("plan.toml").plan.topology.answers.servers == 3
