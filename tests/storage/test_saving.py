"""Saving: the file holds the whole new plan or, after any error, is as it was; nothing is left beside it."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.plan.plan import Head, Plan
from planner.storage.plan_files import PlanFileError, read_plan, save_plan
from planner.storage.toml_reader import write_text
from tests.estates import estate

OLD, NEW = estate(servers=1), estate(servers=2)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    save_plan(OLD, str(path), overwrite=False)
    return path


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def fail_at(monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException) -> None:
    """Makes one step of saving fail: of ``os``, or of the file that is written."""
    if step == "write":
        monkeypatch.setattr(os, "write", full_disk(error))
    elif step == "replace":
        monkeypatch.setattr(Path, "replace", failing(error))
    else:
        monkeypatch.setattr(os, step, failing(error))


def full_disk(error: BaseException) -> Callable[[int, bytes], int]:
    """Make a disk that takes some bytes and then no more."""
    write, taken = os.write, [0]

    def fail(descriptor: int, data: bytes) -> int:
        if taken[0]:
            raise error
        taken[0] = write(descriptor, data[:100])
        return taken[0]

    return fail


STEPS = ("write", "fsync", "replace")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "^C"])
@pytest.mark.parametrize("step", STEPS)
def test_after_an_error_the_old_file_is_whole(
    saved: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    fail_at(monkeypatch, step, error)
    with pytest.raises((PlanFileError, KeyboardInterrupt)):
        save_plan(NEW, str(saved), overwrite=True)
    assert saved.read_text(encoding="utf-8") == write_text(OLD)


@pytest.mark.parametrize("step", STEPS)
def test_after_an_error_nothing_is_left_beside_the_file(
    saved: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fail_at(monkeypatch, step, OSError(5, "Input/output error"))
    with pytest.raises(PlanFileError, match="not saved: Input/output error; accepted: "):
        save_plan(NEW, str(saved), overwrite=True)
    assert list(saved.parent.iterdir()) == [saved]


def test_a_new_file_that_cannot_be_written_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, "fsync", OSError(28, "No space left on device"))
    with pytest.raises(PlanFileError):
        save_plan(NEW, str(tmp_path / "plan.toml"), overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_synced_holds_the_saved_plan(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    save_plan(NEW, str(saved), overwrite=True)
    assert read_plan(str(saved)).plan == NEW


def test_what_was_saved_is_read_again(saved: Path) -> None:
    assert read_plan(str(saved)).plan == OLD


def test_saving_leaves_nothing_but_the_file(saved: Path) -> None:
    save_plan(NEW, str(saved), overwrite=True)
    assert list(saved.parent.iterdir()) == [saved]


def test_a_file_that_exists_is_refused(saved: Path) -> None:
    with pytest.raises(PlanFileError, match="exists already; accepted: another path, or --force"):
        save_plan(NEW, str(saved), overwrite=False)


def test_a_file_that_exists_is_left_alone(saved: Path) -> None:
    with pytest.raises(PlanFileError):
        save_plan(NEW, str(saved), overwrite=False)
    assert saved.read_text(encoding="utf-8") == write_text(OLD)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_an_overwritten_file_keeps_its_mode(saved: Path, mode: int) -> None:
    saved.chmod(mode)
    save_plan(NEW, str(saved), overwrite=True)
    assert stat.S_IMODE(saved.stat().st_mode) == mode


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_gets_the_mode_its_user_asks_for(
    tmp_path: Path, umask: Callable[[int], int], mask: int, mode: int
) -> None:
    umask(mask)
    save_plan(NEW, str(tmp_path / "plan.toml"), overwrite=False)
    assert stat.S_IMODE((tmp_path / "plan.toml").stat().st_mode) == mode


SAVES = """
import sys
from planner.storage.plan_files import SaveError, save_text
folder, own = sys.argv[1:]
def save(text, name, overwrite):
    while True:  # a busy machine makes the others wait longer than a save is patient
        try:
            return save_text(text, f"{folder}/{name}", overwrite=overwrite)
        except SaveError as error:
            if error.reason != "in use":
                raise
for number in range(63):
    save("x" * 999, f"a-plan-whose-name-begins-as-the-others-do-{own}-{number}", False)
    save(own * 999, "one-plan", True)
"""


def test_parallel_saves_leave_the_temporary_files_of_each_other_alone(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", SAVES, str(tmp_path), str(own)], stderr=subprocess.PIPE)
        for own in range(8)
    ]
    assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 0)] * 8
    assert len(list(tmp_path.iterdir())) == 8 * 63 + 1


def test_the_umask_is_as_it_was(tmp_path: Path, umask: Callable[[int], int]) -> None:
    umask(0o027)
    save_plan(NEW, str(tmp_path / "plan.toml"), overwrite=False)
    assert umask(0o022) == 0o027


@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing yet"])
def test_a_symbolic_link_stays_one(tmp_path: Path, there: bool) -> None:
    target, link = tmp_path / "real.toml", tmp_path / "plan.toml"
    link.symlink_to(target)
    if there:
        save_plan(OLD, str(target), overwrite=False)
    save_plan(NEW, str(link), overwrite=there)
    assert (link.is_symlink(), read_plan(str(target)).plan) == (True, NEW)


def test_a_file_of_another_hard_link_is_not_changed_in_place(saved: Path) -> None:
    other = saved.with_name("approved.toml")
    other.hardlink_to(saved)
    save_plan(NEW, str(saved), overwrite=True)
    assert other.read_text(encoding="utf-8") == write_text(OLD)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "names a folder"),
        ("absent/plan.toml", "No such file or directory"),
        ("plan.toml/x", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("a\x00b", "embedded null byte"),
    ],
    ids=["a folder", "no folder", "a file for a folder", "a long name", "NUL"],
)
def test_where_no_file_can_be_is_refused_in_one_line(saved: Path, name: str, said: str) -> None:
    with pytest.raises(PlanFileError, match=said) as refusal:
        save_plan(NEW, os.fspath(f"{saved.parent}/{name}"), overwrite=True)
    assert str(refusal.value).isprintable()


def test_a_device_is_no_place_for_a_plan() -> None:
    with pytest.raises(PlanFileError, match="not a regular file"):
        save_plan(NEW, "/dev/null", overwrite=True)


def test_a_read_only_file_is_refused(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PlanFileError, match="is read-only"):
        save_plan(NEW, str(saved), overwrite=True)


def test_a_plan_that_no_file_can_hold_is_refused_and_the_old_file_whole(saved: Path) -> None:
    with pytest.raises(PlanFileError, match="not saved: "):
        save_plan(Plan(head=Head(title="\ud800")), str(saved), overwrite=True)
    assert saved.read_text(encoding="utf-8") == write_text(OLD)
