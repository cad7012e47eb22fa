"""Saving when the file is not what it was: both versions are kept until somebody says which one to drop."""

import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from planner.plan.plan import Plan
from planner.storage.atomic_write import lock_file
from planner.storage.plan_files import read_plan, save_plan
from planner.storage.toml_reader import write_text
from tests.estates import estate
from tests.screens import Stage, play

OPENED, THEIRS = estate(servers=1), estate(servers=6, netware_servers=1)
EDITED = "3 enter"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_plan(OPENED, "plan.toml", overwrite=False)


def play_opened(body: Callable[[Stage], Awaitable[None]]) -> int | None:
    found = read_plan("plan.toml")
    return play(body, found.plan, "plan.toml", base=found.sha256)


def write(plan: Plan) -> None:
    """Write over the file as an editor does that knows nothing of locks."""
    Path("plan.toml").write_text(write_text(plan), encoding="utf-8")


def words(stage: Stage) -> str:
    return " ".join(" ".join(row[9:71].strip() for row in stage.rows if row[8:9] == row[71:72] == "│").split())


def servers(path: str = "plan.toml") -> int:
    return read_plan(path).plan.topology.answers.servers


async def conflict(stage: Stage) -> None:
    await stage.press(EDITED)
    write(THEIRS)
    await stage.press("ctrl+s")
    assert words(stage).startswith(
        "~/plan.toml changed on the disk since it was opened. Nothing is saved yet. Compared with mine, the one on the "
    )
    assert "answers changed: servers 3 to 6, netware_servers 0 to 1." in words(stage)
    assert servers() == 6


def test_a_file_that_changed_is_not_overwritten_and_mine_can_have_another_name() -> None:
    async def body(stage: Stage) -> None:
        await conflict(stage)
        await stage.press('a ctrl+u "mine.toml" enter')
        assert stage.bottom == "Saved ~/mine.toml"
        assert (servers(), servers("mine.toml")) == (6, 3)

    play_opened(body)


def test_the_two_can_be_compared_first() -> None:
    async def body(stage: Stage) -> None:
        await conflict(stage)
        await stage.press("c")
        assert "Answers that differ" in stage.page
        await stage.press("escape")
        assert words(stage).startswith("~/plan.toml changed on the disk")
        await stage.press("escape")
        assert stage.plan.topology.answers.servers == 3
        assert stage.main.work.session.dirty

    play_opened(body)


def test_the_one_on_the_disk_can_be_taken_and_mine_brought_back() -> None:
    async def body(stage: Stage) -> None:
        await conflict(stage)
        await stage.press("t")
        assert stage.plan == THEIRS
        assert not stage.main.work.session.dirty
        await stage.press("u")
        assert stage.plan.topology.answers.servers == 3
        await stage.press("ctrl+s")
        assert stage.bottom == "Saved ~/plan.toml"
        assert servers() == 3

    play_opened(body)


def test_mine_takes_its_place_only_when_told_so() -> None:
    async def body(stage: Stage) -> None:
        await conflict(stage)
        await stage.press("o")
        assert stage.bottom == "Saved ~/plan.toml"
        assert servers() == 3

    play_opened(body)


def test_what_is_no_plan_any_more_is_kept_too() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        Path("plan.toml").write_bytes(b"notes")
        await stage.press("ctrl+s")
        assert "and is no plan any more: plan.toml: at its end: not TOML" in words(stage)
        await stage.press("escape")
        assert Path("plan.toml").read_bytes() == b"notes"

    play_opened(body)


def test_a_file_that_is_gone_is_said_to_be() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        Path("plan.toml").unlink()
        await stage.press("ctrl+s")
        assert "is gone from the disk" in words(stage)
        await stage.press("s")
        assert stage.bottom == "Saved ~/plan.toml"
        assert servers() == 3

    play_opened(body)


def test_a_read_only_file_is_asked_about() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        Path("plan.toml").chmod(0o444)
        await stage.press("ctrl+s")
        assert "~/plan.toml is read-only." in words(stage)
        await stage.press("o")
        assert stage.bottom == "Saved ~/plan.toml"

    play_opened(body)
    assert (servers(), Path("plan.toml").stat().st_mode & 0o777) == (3, 0o444)


def test_quitting_with_a_save_that_meets_a_conflict_stays_until_it_is_settled() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        write(THEIRS)
        await stage.press("ctrl+q s")
        assert words(stage).startswith("~/plan.toml changed on the disk")
        await stage.press('a ctrl+u "mine.toml" enter')

    assert play_opened(body) == 0
    assert (servers(), servers("mine.toml")) == (6, 3)


def test_a_second_session_is_told_and_saves_elsewhere_or_once_it_is_alone() -> None:
    async def body(stage: Stage) -> None:
        assert "This plan is open in another session" in stage.text
        await stage.press(f"{EDITED} ctrl+s")
        assert "~/plan.toml is open in another session of sav-planner." in words(stage)
        os.close(first)
        await stage.press("t")
        assert stage.bottom == "Saved ~/plan.toml"
        assert "This plan is open in another session" not in stage.text

    first = lock_file("plan.toml") or -1
    play_opened(body)


def test_a_session_keeps_others_out_until_it_ends() -> None:
    async def body(stage: Stage) -> None:
        assert lock_file("plan.toml") is None
        await stage.press(f"{EDITED} ctrl+s")
        assert lock_file("plan.toml") is None
        await stage.press('w ctrl+u "other.toml" enter')
        assert lock_file("other.toml") is None
        os.close(lock_file("plan.toml") or -1)

    play_opened(body)
    os.close(lock_file("other.toml") or -1)


def test_a_slow_disk_freezes_nothing_and_edits_made_meanwhile_stay_unsaved(monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, sync = threading.Event(), os.fsync

    def slow(descriptor: int) -> None:
        assert goes_on.wait(20), "the screen waits for the disk"
        sync(descriptor)

    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        monkeypatch.setattr(os, "fsync", slow)
        stage.main.action_run("save")
        await stage.pilot.pause()
        assert stage.bottom == "Saving ~/plan.toml"
        for key in ("up", "7", "enter"):
            await stage.pilot.press(key)
        assert stage.plan.topology.answers.servers == 7
        stage.main.action_run("save")
        await stage.pilot.pause()
        assert "The last save is not over yet." in stage.text
        goes_on.set()
        await stage.press("down")
        assert stage.main.work.session.dirty
        assert servers() == 3

    play_opened(body)


@pytest.mark.parametrize(
    ("number", "words_", "advice"),
    [
        (28, "No space left on device", "a path on a disk with room"),
        (122, "Disk quota exceeded", "a path on a disk where you have room left"),
        (30, "Read-only file system", "a path on a disk that can be written"),
        (13, "Permission denied", "a path in a folder that can be written"),
    ],
)
def test_a_disk_that_refuses_is_named_and_another_name_offered(
    monkeypatch: pytest.MonkeyPatch, number: int, words_: str, advice: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", refuse)
            await stage.press("ctrl+s")
        said = " ".join(stage.explained.split())
        assert f"plan.toml: not saved: {words_}; accepted: {advice}" in said
        assert servers() == 1
        await stage.press('ctrl+u "other.toml" enter')
        assert stage.bottom == "Saved ~/other.toml"

    play_opened(body)


def test_a_disk_that_does_not_confirm_is_not_said_to_have_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: str) -> None:
        raise OSError(5, "Input/output error")

    async def body(stage: Stage) -> None:
        await stage.press(EDITED)
        with monkeypatch.context() as disk:
            disk.setattr("planner.storage.atomic_write._sync_folder", broken)
            await stage.press("ctrl+s")
        assert "in its place, but the disk did not confirm" in " ".join(stage.explained.split())
        assert stage.main.work.session.dirty
        await stage.press("enter")
        assert stage.bottom == "Saved ~/plan.toml"

    play_opened(body)
