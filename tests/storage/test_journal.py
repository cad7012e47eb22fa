"""The recovery journal: every edit is on disk within half a second, and outlives whatever ends the process."""

import os
import pwd
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from planner.plan.plan import Head, Plan
from planner.storage.folders import state_folder
from planner.storage.journal import Journal, recovery_files
from planner.storage.toml_reader import read_text, write_answers
from tests.estates import estate
from tests.figures import figure
from tests.strategies import plans, proving

ONE, TWO = estate(servers=1), estate(servers=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".local" / "state" / "sav-planner" / "recovery"


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal()
    yield journal
    journal.close()


def until(condition: Callable[[], object], seconds: float = 5) -> float:
    """Wait for a condition and give the seconds it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it never came"
        time.sleep(0.002)
    return time.monotonic() - begun


def in_a_process(program: str) -> subprocess.Popen[bytes]:
    """Run a program that has a journal in a process of its own; ``ready()`` lets the test go on."""
    head = (
        "import os, time\nfrom planner.storage.journal import Journal\nfrom tests.estates import estate\n"
        "journal = Journal()\nready = lambda: os.write(1, b'.')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", head + program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)
    return process


def test_an_edit_is_on_disk_within_half_a_second(journal: Journal) -> None:
    took = []
    for plan in (ONE, TWO) * 3:
        before = journal._written
        journal.publish(plan)
        took.append(until(lambda before=before: journal._written is not before))  # type: ignore[misc]
    figure(f"journal: an edit is on disk after {min(took):.2f} to {max(took):.2f} s")
    assert sorted(took)[len(took) // 2] < 30  # half a second where nothing else runs: the figure tells


def test_a_killed_session_leaves_what_it_published() -> None:
    process = in_a_process(
        "journal.publish(estate(servers=2), '/x/plan.toml', 'abc')\njournal.flush_now()\nready()\ntime.sleep(60)"
    )
    assert recovery_files().abandoned == ()
    process.kill()
    process.wait()
    (found,) = recovery_files().abandoned
    assert (found.snapshot.plan, found.snapshot.path, found.snapshot.base) == (TWO, "/x/plan.toml", "abc")
    assert recovery_files().abandoned == ()  # it is held by whom it is offered to
    found.keep()
    (found,) = recovery_files().abandoned
    found.drop()
    assert recovery_files().abandoned == ()


def test_a_session_that_ends_well_leaves_nothing(folder: Path) -> None:
    journal = Journal()
    journal.publish(TWO)
    assert journal.flush_now()
    assert Path(journal.where).exists()
    journal.close()
    assert list(folder.iterdir()) == []


def test_nothing_is_kept_of_what_is_saved(journal: Journal) -> None:
    journal.publish(TWO)
    journal.flush_now()
    journal.publish(None)
    journal.flush_now()
    assert not Path(journal.where).exists()


def test_folder_and_files_are_the_users_alone(journal: Journal, folder: Path) -> None:
    journal.publish(TWO)
    journal.flush_now()
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in (folder, folder.parent, *folder.iterdir())}
    assert modes == {"": 0o700, ".journal": 0o600, ".lock": 0o600}


def test_a_folder_open_to_others_is_closed_to_them(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o777)
    folder.chmod(0o777)
    Journal().close()
    assert folder.stat().st_mode & 0o777 == 0o700


def link(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.symlink_to(folder.parent)


def occupied(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.touch()


@pytest.mark.parametrize(
    ("spoil", "trouble"), [(link, "Not a directory"), (occupied, "Not a directory")], ids=["link", "file"]
)
def test_a_folder_that_cannot_be_trusted_is_trouble_and_no_stop(
    folder: Path, spoil: Callable[[Path], None], trouble: str
) -> None:
    spoil(folder)
    journal = Journal()
    assert journal.trouble.startswith(trouble)
    journal.publish(TWO)
    assert not journal.flush_now()
    folder.unlink()
    assert journal.flush_now()
    assert journal.trouble == ""
    journal.close()


def test_trouble_is_told_and_so_is_its_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    journal.report = told.append
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", _full)
        journal.publish(TWO)
        until(lambda: told)
    journal.publish(ONE)
    until(lambda: len(told) == 2)
    assert told == ["No space left on device", ""]
    assert Path(journal.where).exists()


def _full(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_half_a_character_is_trouble_and_no_stop(journal: Journal) -> None:
    journal.publish(Plan(head=Head(title="\ud800")))
    assert not journal.flush_now()
    assert "half of a character" in journal.trouble
    journal.publish(TWO)
    assert journal.flush_now()


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut": (lambda data: data[:-1], "cut short or changed"),
    "cut in its first line": (lambda data: data[:20], "cut short or changed"),
    "empty": (lambda data: b"", "cut short or changed"),
    "changed": (lambda data: data.replace(b"servers = 2", b"servers = 3"), "cut short or changed"),
    "of another version": (lambda data: data.replace(b'"format": 1', b'"format": 2'), "written by another version"),
    "nested": (lambda data: b"[" * 60_000, "cut short or changed"),
    "no plan": (lambda data: _head(b"x = 1") + b"x = 1", "holds no plan: schema: missing"),
}


def _head(data: bytes) -> bytes:
    import hashlib

    return b'{"format": 1, "sha256": "%s", "path": "", "base": ""}\n' % hashlib.sha256(data).hexdigest().encode()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_is_reported_once_and_never_loaded(folder: Path, damage: str) -> None:
    change, said = DAMAGES[damage]
    journal = Journal()
    journal.publish(TWO)
    journal.flush_now()
    data = Path(journal.where).read_bytes()
    journal.close()
    path = folder / "0123456789abcdef.journal"
    path.write_bytes(change(data))
    found = recovery_files()
    assert found.abandoned == ()
    (line,) = found.damaged
    assert line.startswith(f"{path.with_suffix('.damaged')}: {said}")
    assert recovery_files().damaged == ()
    assert [kept.name for kept in folder.iterdir()] == ["0123456789abcdef.damaged"]


def test_a_link_in_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    Journal().close()
    target = tmp_path / "secret"
    target.write_text("secret", encoding="utf-8")
    (folder / "a.journal").symlink_to(target)
    found = recovery_files()
    assert (found.abandoned, len(found.damaged)) == ((), 1)
    assert target.read_text(encoding="utf-8") == "secret"


def test_what_a_killed_write_left_is_swept(folder: Path) -> None:
    Journal().close()
    (folder / "a.lock").touch(0o600)
    (folder / "a-1.part").touch(0o600)
    recovery_files()
    assert list(folder.iterdir()) == []


def test_a_part_that_failed_is_removed(journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", _full)
        journal.publish(TWO)
        journal.flush_now()
    assert [path.suffix for path in folder.iterdir()] == [".lock"]


@pytest.mark.parametrize("when", ["while it writes", "while it waits"])
def test_a_signal_handler_can_have_it_written(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler interrupts ``flush_now`` in the thread it runs in, in the middle of its writing."""
    journal, done, entered = Journal(), [], []  # type: ignore[var-annotated]
    before = signal.signal(signal.SIGUSR1, lambda *_: done.append(journal.flush_now()))
    sync = os.fsync

    def interrupted(descriptor: int) -> None:
        if not entered and threading.current_thread() is threading.main_thread():
            entered.append(True)
            signal.raise_signal(signal.SIGUSR1)
        sync(descriptor)

    try:
        journal.publish(TWO)
        if when == "while it writes":
            monkeypatch.setattr(os, "fsync", interrupted)
            assert journal.flush_now()
        else:
            signal.raise_signal(signal.SIGUSR1)
        assert done == [True]
        assert Path(journal.where).exists()
    finally:
        signal.signal(signal.SIGUSR1, before)
        journal.close()


def test_a_writing_that_hangs_does_not_hang_a_signal_handler(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(_: int) -> None:
        hangs.set()
        goes_on.wait(30)

    with monkeypatch.context() as slow:
        slow.setattr(os, "fsync", hang)
        journal.publish(TWO)
        hangs.wait(5)
        begun = time.monotonic()
        assert not journal.flush_now()
        assert time.monotonic() - begun < 25  # the write hangs for 30
        goes_on.set()


@proving(100)
@given(plans)
def test_answers_alone_are_read_as_they_were_written(plan: Plan) -> None:
    read = read_text(write_answers(plan)).plan
    assert (read.head, read.change, read.topology) == (plan.head, plan.change, plan.topology)
    assert read.derived == plan.derived
    assert read_text(write_answers(read)).plan == read


def test_many_plans_are_kept_apart() -> None:
    made: list[Any] = [Journal() for _ in range(3)]
    for number, journal in enumerate(made):
        journal.publish(estate(servers=number + 1), f"/{number}")
        journal.flush_now()
    assert len({journal.where for journal in made}) == 3
    for journal in made:
        journal.close()


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_a_recovery_file_is_its_users_alone_whatever_the_umask(mask: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    before = os.umask(mask)
    try:
        journal = Journal()
        journal.publish(estate(servers=3))
        assert journal.flush_now()
    finally:
        os.umask(before)
    path = Path(journal.where)
    assert [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent, path.parent.parent)] == [
        0o600,
        0o700,
        0o700,
    ]
    journal.close()


def test_an_empty_home_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    home = pwd.getpwuid(os.getuid()).pw_dir
    assert str(state_folder()) == f"{home}/.local/state/sav-planner"
