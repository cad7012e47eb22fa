"""What a session left behind that ended without saving is offered at the next start, compared with the file."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.plan.plan import Plan
from planner.storage.journal import Journal, recovery_files
from planner.storage.plan_files import read_plan, save_plan
from tests.estates import estate
from tests.screens import Stage, play

SAVED, EDITED = estate(servers=1), estate(servers=4, netware_servers=2)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal()
    yield journal
    journal.close()


def leave(plan: Plan, path: str = "", *, at: int = 0) -> None:
    """Leave behind what a session leaves that is killed."""
    journal = Journal()
    journal.publish(plan, os.path.realpath(path) if path else "", read_plan(path).sha256 if path else "")
    assert journal.flush_now()
    os.utime(journal.where, (at, at))
    os.close(journal._lock)
    journal._lock = -1


@pytest.fixture
def left() -> None:
    save_plan(SAVED, "plan.toml", overwrite=False)
    leave(EDITED, "plan.toml")


def words(stage: Stage) -> str:
    """Give what the box in the middle says, as one line."""
    return " ".join(" ".join(row[9:71].strip() for row in stage.rows if row[8:9] == row[71:72] == "│").split())


def opened() -> dict[str, object]:
    return {"plan": read_plan("plan.toml").plan, "path": "plan.toml", "base": read_plan("plan.toml").sha256}


@pytest.mark.usefixtures("left")
def test_what_was_left_is_offered_with_what_it_changes(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        assert words(stage).startswith("A session ended at 1970-01-01 00:00 with unsaved work on ~/plan.toml. Compared")
        assert "2 answers changed: servers 1 to 4, netware_servers 0 to 2." in words(stage)

    play(body, journal=journal, **opened())  # type: ignore[arg-type]


@pytest.mark.usefixtures("left")
def test_what_is_recovered_is_an_edit_that_can_be_taken_back_and_saved(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("r")
        assert stage.plan == EDITED
        assert stage.main.work.session.dirty
        assert stage.bottom.startswith("Recovered; not saved yet.")
        await stage.press("u")
        assert stage.plan == SAVED
        await stage.press("U ctrl+s")
        assert stage.bottom == "Saved ~/plan.toml"
        assert read_plan("plan.toml").plan == EDITED

    play(body, journal=journal, **opened())  # type: ignore[arg-type]
    assert recovery_files().abandoned == ()


@pytest.mark.usefixtures("left")
def test_what_is_recovered_and_not_saved_is_kept_by_this_session(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("r")

    play(body, journal=journal, **opened())  # type: ignore[arg-type]
    assert Path(journal.where).exists()


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize(("key", "kept"), [("k", 1), ("escape", 1), ("d", 0)])
def test_it_can_be_left_for_later_or_dropped(journal: Journal, key: str, kept: int) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(key)
        assert stage.plan == SAVED
        assert not stage.main.work.session.dirty

    play(body, journal=journal, **opened())  # type: ignore[arg-type]
    assert len(recovery_files().abandoned) == kept


def test_a_new_plan_that_was_never_saved_is_offered_too(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        assert "unsaved work on a plan that has no file yet. Compared with a new plan: rules +" in words(stage)
        await stage.press("r")
        assert stage.plan == EDITED
        assert stage.main.work.path == ""

    leave(EDITED)
    play(body, journal=journal)


def test_where_no_plan_is_named_everything_is_offered_the_newest_first(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        assert "1970-01-01 00:01" in words(stage)
        await stage.press("k")
        assert "1970-01-01 00:00" in words(stage)

    leave(EDITED, at=0)
    leave(SAVED, at=60)
    play(body, journal=journal)


def test_work_on_another_plan_is_left_alone(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        assert "A session ended" not in stage.text

    save_plan(SAVED, "plan.toml", overwrite=False)
    leave(EDITED)
    play(body, journal=journal, **opened())  # type: ignore[arg-type]
    assert len(recovery_files().abandoned) == 1


def test_what_was_saved_in_the_end_is_not_offered(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        assert "A session ended" not in stage.text

    save_plan(SAVED, "plan.toml", overwrite=False)
    leave(read_plan("plan.toml").plan, "plan.toml")
    play(body, journal=journal, **opened())  # type: ignore[arg-type]
    assert recovery_files().abandoned == ()


@pytest.mark.usefixtures("left")
def test_a_file_that_changed_since_is_named(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        assert "That file has changed since." in words(stage)

    save_plan(estate(servers=3), "plan.toml", overwrite=True)
    play(body, journal=journal, **opened())  # type: ignore[arg-type]


def test_a_damaged_one_is_named_and_nothing_of_it_loaded(journal: Journal) -> None:
    async def body(stage: Stage) -> None:
        assert "A recovery file cannot be used: " in stage.text
        assert "cutshortorchanged" in "".join(stage.explained.split())
        assert stage.plan == before

    before = estate()
    Path(journal.where).with_name("a.journal").write_bytes(b"half")
    play(body, before, journal=journal)


EDITS = ("3", "space", "k", "a", "g 5 x", "u", "u U", 'g 6 enter "A. Name" enter')


@pytest.mark.parametrize("keys", EDITS)
def test_every_edit_reaches_the_journal(journal: Journal, keys: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"4 enter {keys} enter" if keys == "3" else f"4 enter {keys}")
        assert stage.main.work.session.dirty or keys == "u"
        assert journal._latest is None or journal._latest.plan is stage.plan
        assert (journal._latest is not None) is stage.main.work.session.dirty

    play(body, journal=journal)


def test_trouble_stands_on_the_screen_for_as_long_as_it_lasts(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    banner = "No recovery file is kept of unsaved edits: No space left on device"

    async def body(stage: Stage) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", full)
            await stage.press("4 enter")
            journal.flush_now()
            await stage.press("down")
            assert stage.rows[2].strip() == banner
        await stage.press("5 enter")
        journal.flush_now()
        await stage.press("down")
        assert banner not in stage.text

    play(body, journal=journal)
