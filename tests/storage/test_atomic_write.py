"""Replacing a file: never past another session or over what somebody else put there, and as it was in all the rest."""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from planner.storage.atomic_write import RefusedError, Saved, UnconfirmedError, lock_file, replace_file

OLD, NEW = b"old\n", b"new\n"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_bytes(OLD)
    return path


def refused(path: Path, expected: str | None, **options: bool) -> str:
    with pytest.raises(RefusedError) as refusal:
        replace_file(str(path), NEW, expected=expected, **options)
    assert [left.name for left in path.parent.iterdir() if left.suffix == ".tmp"] == []
    return refusal.value.reason


def test_what_is_as_expected_is_replaced(file: Path) -> None:
    assert replace_file(str(file), NEW, expected=sha(OLD)) == Saved(sha(NEW), (), -1)
    assert file.read_bytes() == NEW


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def endless(path: Path) -> None:
    """Put a file there that takes no room, and hours to read."""
    path.unlink()
    with path.open("wb") as file:
        file.truncate(1 << 40)


def test_a_name_of_a_folder_is_no_name_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="names a folder; accepted: the path of a file"):
        replace_file(f"{tmp_path}/new/", NEW, expected="")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_became_larger_than_any_plan_is_another_one_unread(file: Path) -> None:
    endless(file)
    begun = time.process_time()
    assert refused(file, sha(OLD)) == "changed"
    assert time.process_time() - begun < 1
    assert file.stat().st_size == 1 << 40


def test_a_large_file_is_looked_at_piece_by_piece(file: Path) -> None:
    size = 64 << 20
    with file.open("wb") as large:
        large.truncate(size)
    tracemalloc.start()
    try:
        assert refused(file, sha(OLD)) == "changed"
        assert tracemalloc.get_traced_memory()[1] < size / 2  # other threads of the process are counted too
    finally:
        tracemalloc.stop()


CONFLICTS: dict[str, tuple[Callable[[Path], object], str, bytes | None]] = {
    "changed": (lambda path: path.write_bytes(b"theirs"), sha(OLD), b"theirs"),
    "vanished": (lambda path: path.unlink(), sha(OLD), None),
    "appeared": (lambda path: None, "", OLD),
    "no file": (folder_instead, sha(OLD), None),
    "protected": (lambda path: path.chmod(0o444), sha(OLD), OLD),
}


@pytest.mark.parametrize("reason", CONFLICTS)
def test_what_is_not_as_expected_is_left_alone(file: Path, reason: str) -> None:
    happens, expected, left = CONFLICTS[reason]
    happens(file)
    assert refused(file, expected) == reason
    assert (file.read_bytes() if file.is_file() else None) == left


@pytest.mark.parametrize("there", [True, False], ids=["a file that changes", "a name that is taken"])
def test_what_comes_up_during_the_save_is_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    sync = os.fsync

    def meanwhile(descriptor: int) -> None:
        sync(descriptor)
        file.write_bytes(b"theirs")

    if not there:
        file.unlink()
    monkeypatch.setattr(os, "fsync", meanwhile)
    assert refused(file, sha(OLD) if there else "") == ("changed" if there else "appeared")
    assert file.read_bytes() == b"theirs"


def test_a_read_only_file_is_replaced_when_asked_and_stays_read_only(file: Path) -> None:
    file.chmod(0o444)
    replace_file(str(file), NEW, expected=None, protected_too=True)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (NEW, 0o444)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_owner_group_and_mode_are_kept(file: Path) -> None:
    os.chown(file, 1234, 2345)
    file.chmod(0o640)
    replace_file(str(file), NEW, expected=None)
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (1234, 2345, 0o640)


def test_attributes_are_kept(file: Path) -> None:
    try:
        os.setxattr(file, "user.ticket", b"CHG1")
    except OSError:
        pytest.skip("this file system keeps no attributes")
    replace_file(str(file), NEW, expected=None)
    assert os.getxattr(file, "user.ticket") == b"CHG1"


def test_what_cannot_be_kept_is_said_and_opens_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    real = os.fstat

    def foreign(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        if found.st_mode & 0o777 != 0o664:
            return found
        return os.stat_result((*found[:4], 4242, 4242, *found[6:10]), {"st_mtime_ns": found.st_mtime_ns})

    file.chmod(0o664)
    monkeypatch.setattr(os, "fchown", forbidden)
    monkeypatch.setattr(os, "fstat", foreign)
    saved = replace_file(str(file), NEW, expected=None)
    assert saved.notes == ("it is yours now", "its group could not be kept")
    assert file.stat().st_mode & 0o777 == 0o604


def test_other_names_of_the_file_are_said_to_keep_the_old_plan(file: Path) -> None:
    file.with_name("approved.toml").hardlink_to(file)
    assert replace_file(str(file), NEW, expected=None).notes == ("its other names keep the old plan",)


def test_a_disk_that_does_not_confirm_is_told_apart(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: str) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("planner.storage.atomic_write._sync_folder", broken)
    with pytest.raises(UnconfirmedError, match="Input/output error"):
        replace_file(str(file), NEW, expected=None)
    assert file.read_bytes() == NEW


def test_a_write_that_wrote_something_else_is_seen(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda _, data: len(data))
    with pytest.raises(OSError, match="reads back as something else"):
        replace_file(str(file), NEW, expected=None)
    assert file.read_bytes() == OLD


def test_a_file_system_without_links_is_saved_to(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def linkless(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    file.unlink()
    monkeypatch.setattr(os, "link", linkless)
    replace_file(str(file), NEW, expected="")
    assert (file.read_bytes(), len(list(file.parent.iterdir()))) == (NEW, 1)


def test_what_a_killed_save_left_is_swept_by_the_next(file: Path) -> None:
    left = file.with_name(".plan.toml.0123456789ab.tmp")
    others = [file.with_name(name) for name in (".plan.toml.swp", ".other.toml.0123456789ab.tmp", "plan.toml.tmp")]
    for path in (left, *others):
        path.touch()
    replace_file(str(file), NEW, expected=None)
    assert not left.exists()
    assert all(path.exists() for path in others)


# ---------------------------------------------------------------- two sessions


def test_a_file_that_another_session_has_open_is_left_alone(file: Path) -> None:
    lock = lock_file(str(file))
    assert lock is not None
    assert lock_file(str(file)) is None
    assert refused(file, None) == "in use"
    os.close(lock)
    replace_file(str(file), NEW, expected=None)


def test_the_session_that_has_it_open_saves_and_keeps_it(file: Path) -> None:
    lock = lock_file(str(file))
    assert lock is not None
    saved = replace_file(str(file), NEW, expected=sha(OLD), own=lock, hold=True)
    os.close(lock)
    assert lock_file(str(file)) is None
    os.close(saved.lock)
    os.close(lock_file(str(file)) or 0)


def test_a_new_file_can_be_held_from_its_first_moment(tmp_path: Path) -> None:
    path = str(tmp_path / "plan.toml")
    saved = replace_file(path, NEW, expected="", hold=True)
    assert lock_file(path) is None
    os.close(saved.lock)


def test_a_killed_session_leaves_no_lock(file: Path) -> None:
    program = (
        "import os, sys, time; from planner.storage.atomic_write import *; lock_file(sys.argv[1]); os.write(1, b'.'); "
    )
    process = subprocess.Popen([sys.executable, "-c", f"{program} time.sleep(60)", file], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)
    assert refused(file, None) == "in use"
    process.kill()
    process.wait()
    replace_file(str(file), NEW, expected=None)


def test_a_save_waits_for_another_that_is_under_way(file: Path) -> None:
    lock = lock_file(str(file))
    assert lock is not None
    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(replace_file, str(file), NEW, expected=None)
        time.sleep(0.1)
        assert not saving.done()
        os.close(lock)
        assert saving.result().sha256 == sha(NEW)


def test_a_file_system_without_locks_is_saved_to(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lockless(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", lockless)
    assert lock_file(str(file)) == -1
    assert replace_file(str(file), NEW, expected=sha(OLD)).sha256 == sha(NEW)
    assert refused(file, sha(OLD)) == "changed"


COUNTS = """
import hashlib, sys
from pathlib import Path
from planner.storage.atomic_write import RefusedError, replace_file
path, times = Path(sys.argv[1]), int(sys.argv[2])
while times:
    data = path.read_bytes()
    try:
        replace_file(str(path), b"%d" % (int(data) + 1), expected=hashlib.sha256(data).hexdigest())
        times -= 1
    except RefusedError:
        pass
"""


def test_nobody_overwrites_what_another_saved_at_the_same_time(tmp_path: Path) -> None:
    path, times = tmp_path / "count", 25
    path.write_bytes(b"0")
    processes = [subprocess.Popen([sys.executable, "-c", COUNTS, str(path), str(times)]) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    assert path.read_bytes() == b"%d" % (4 * times)
    assert list(tmp_path.iterdir()) == [path]
