"""Question and answer after a session that ended without saving: that is offered, and costs no answer."""

from pathlib import Path

import pytest

from planner.storage.journal import recovery_files
from planner.storage.plan_files import read_plan, save_plan
from tests.estates import estate
from tests.plain.test_plain import SAVE, answered
from tests.tui.test_screen_recovery import leave

SAVED, EDITED = estate(servers=1), estate(servers=4, netware_servers=2)
OFFER = (
    "1: A session ended at 1970-01-01 00:00 with unsaved work on ~/plan.toml. Compared with the saved file: "
    "rules +6 ~3; 2 answers changed: servers 1 to 4, netware_servers 0 to 2.\n"
    "/recover NUMBER: take what a session left unsaved. /discard NUMBER: be rid of it. Else it is kept.\n"
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def left() -> None:
    save_plan(SAVED, "plan.toml", overwrite=False)
    leave(EDITED, "plan.toml")


@pytest.mark.usefixtures("left")
def test_it_is_offered_with_what_it_holds_and_is_kept_where_nobody_says_anything_of_it() -> None:
    _, out, person = answered({"Windows servers": ["7"], SAVE: [""]}, "plan.toml")
    assert OFFER in out
    assert person.asked[0] == "Windows servers"
    assert read_plan("plan.toml").plan.topology.answers.servers == 7
    assert len(recovery_files().abandoned) == 1


@pytest.mark.usefixtures("left")
def test_what_is_recovered_is_asked_about_from_the_start_and_saved() -> None:
    _, out, _ = answered({"NetWare servers": ["/recover"], "Windows servers": ["/skip", "/step save"]}, "plan.toml")
    assert "Recovered; not saved yet." in out
    assert read_plan("plan.toml").plan == EDITED
    assert recovery_files().abandoned == ()


@pytest.mark.usefixtures("left")
def test_it_can_be_discarded() -> None:
    _, out, _ = answered({"Windows servers": ["/discard 1", "/step save"]}, "plan.toml")
    assert "Discarded." in out
    assert read_plan("plan.toml").plan == SAVED
    assert recovery_files().abandoned == ()


@pytest.mark.usefixtures("left")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["/recover 3"], "Nothing left behind has that number; accepted: 1."),
        (["3", "/back", "/recover"], "This plan has edits that would be lost: /save or /undo them first."),
        (["/help"], "/recover NUMBER: take what a session left unsaved."),
    ],
)
def test_what_cannot_be_recovered_stays(typed: list[str], said: str) -> None:
    _, out, _ = answered({"Windows servers": typed, "NetWare servers": ["/back"], SAVE: ["other.toml"]}, "plan.toml")
    assert said in out
    assert len(recovery_files().abandoned) == 1


def test_several_are_told_apart_by_their_numbers() -> None:
    leave(EDITED, at=9)
    leave(estate(servers=2), at=5)
    _, out, _ = answered({"Windows servers": ["/recover", "/recover 2", "/step save"], SAVE: ["p.toml"]})
    assert "accepted: 1, 2." in out
    assert read_plan("p.toml").plan.topology.answers.servers == 2
    assert [found.snapshot.plan for found in recovery_files().abandoned] == [EDITED]


def test_what_the_file_holds_already_is_not_offered() -> None:
    save_plan(SAVED, "plan.toml", overwrite=False)
    leave(SAVED, "plan.toml")
    assert "/recover" not in answered({SAVE: [""]}, "plan.toml")[1]
    assert recovery_files().abandoned == ()


def test_a_damaged_one_is_named_once() -> None:
    leave(EDITED)
    (journal,) = Path.home().rglob("sav-planner/recovery/*.journal")
    journal.write_bytes(b"nonsense")
    assert "A recovery file cannot be used: " in answered({SAVE: ["p.toml"]})[1]
    assert "A recovery file" not in answered({SAVE: ["q.toml"]})[1]
