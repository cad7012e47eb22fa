"""A save that is killed, or that the system fails, at each of its steps: the file is the old one or the new, and
nobody is told that a plan is saved which is not.

SAV_FULL=1 cuts the power more often.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planner.storage.journal import Journal, recovery_files
from planner.storage.plan_files import SaveError, save_plan
from planner.storage.toml_reader import write_text
from tests.estates import estate
from tests.figures import figure
from tests.system_calls import STRACE, Call, calls_of, failures, kills, run

pytestmark = pytest.mark.slow

FULL = bool(os.environ.get("SAV_FULL"))
OLD, NEW = estate(servers=1), estate(servers=2)
OLD_TEXT, NEW_TEXT = write_text(OLD), write_text(NEW)

traced = pytest.mark.skipif(STRACE is None, reason="needs strace, to let single system calls fail")


def save(path: Path, *, overwrite: bool) -> Callable[[], str]:
    """Returns the save as an action that says how it went."""

    def action() -> str:
        try:
            save_plan(NEW, str(path), overwrite=overwrite)
        except SaveError as error:
            return f"{error.reason}: {error}"
        return "saved"

    return action


def content(path: Path) -> str:
    """Returns what the file holds, in a word."""
    if not path.exists():
        return "none"
    return {OLD_TEXT: "old", NEW_TEXT: "new"}.get(path.read_text(encoding="utf-8"), "torn")


class Case:
    """A save over an old file, or to a name that nothing has."""

    def __init__(self, folder: Path, *, there: bool) -> None:
        self.path = folder / "plan.toml"
        self.there = there
        self.action = save(self.path, overwrite=there)
        self.before = "old" if there else "none"

    def prepare(self) -> None:
        for left in self.path.parent.iterdir():
            left.unlink()
        if self.there:
            self.path.write_text(OLD_TEXT, encoding="utf-8")


@pytest.fixture(params=[True, False], ids=["replace", "create"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    folder = tmp_path / "plans"
    folder.mkdir()
    save_plan(NEW, str(tmp_path / "warm.toml"), overwrite=False)  # whatever is loaded late is loaded now
    case = Case(folder, there=request.param)
    case.prepare()
    return case


@traced
def test_a_save_killed_before_any_of_its_system_calls_leaves_the_old_file_or_the_new(
    case: Case, tmp_path: Path
) -> None:
    found: Counter[str] = Counter()
    for injection in kills(calls_of(case.action, tmp_path / "trace")):
        case.prepare()
        assert run(case.action, injection) == "", injection
        found[content(case.path)] += 1
    figure(f"saving, {case.before} file there: killed before {found.total()} system calls: {dict(found)}, 0 others")
    assert set(found) <= {case.before, "new"}
    assert found["new"]


@traced
def test_a_system_call_that_fails_leaves_the_old_file_or_the_new_and_no_false_word(case: Case, tmp_path: Path) -> None:
    told: Counter[str] = Counter()
    injections = list(failures(calls_of(case.action, tmp_path / "trace")))
    for injection in injections:
        case.prepare()
        said = run(case.action, injection)
        holds, word = content(case.path), said.partition(":")[0]
        told[word] += 1
        truth = {"saved": ("new",), "unconfirmed": ("new",)}.get(word, (case.before,))
        assert holds in truth, (injection, said)
        assert word not in ("crashed", ""), (injection, said)
        assert said.isprintable()
    figure(f"saving, {case.before} file there: {told.total()} single errors: {dict(told)}, 0 false words")


@traced
def test_a_write_that_only_claims_to_have_written_is_no_save(case: Case) -> None:
    said = run(case.action, "write:retval=7:when=1")
    assert said.startswith("failed: ")
    assert content(case.path) == case.before


# ---------------------------------------------------------------- the recovery journal


def keep_twice() -> str:
    journal = Journal()
    done = []
    for plan in (OLD, NEW):
        journal.publish(plan)
        done.append(journal.flush_now())
    return "saved" if done[-1] else f"failed: {journal.trouble}"


def left() -> str:
    """Returns what a killed session left in its journal, in a word; nothing of it may be damaged."""
    found = recovery_files()
    assert found.damaged == ()
    words = ["new" if one.snapshot.plan == NEW else "old" for one in found.abandoned]
    for one in found.abandoned:
        one.drop()
    return " ".join(words) or "none"


@traced
@pytest.mark.parametrize("injected", [kills, failures])
def test_a_journal_is_whole_wherever_it_was_interrupted(
    injected: Callable[[list[Call]], Iterator[str]], tmp_path: Path
) -> None:
    keep_twice()
    calls = calls_of(keep_twice, tmp_path / "trace")
    found: Counter[str] = Counter()
    for injection in injected(calls):
        left()
        said, holds = run(keep_twice, injection), left()
        found[holds] += 1
        assert "crashed" not in said, (injection, said)
        assert said != "saved" or holds == "new", injection
    figure(f"journal: interrupted {found.total()} times ({injected.__name__}): {dict(found)}, 0 damaged")
    assert set(found) <= {"none", "old", "new"}


# ---------------------------------------------------------------- power cuts

_SHUTDOWN, _NO_LOG_FLUSH = 0x8004587D, 2
"""EXT4_IOC_SHUTDOWN: the file system stops as in a power cut; what its journal has not yet written is lost."""

CUTS = 50 if FULL else 8


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mounts a disk of its own, that can lose its power."""
    image, mounted = tmp_path / "image", tmp_path / "disk"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(16 << 20)
    make = shutil.which("mkfs.ext4", path=f"{os.environ['PATH']}:/sbin:/usr/sbin")
    if make is None or os.geteuid() != 0:
        pytest.skip("needs root and mkfs.ext4")
    subprocess.run([make, "-q", "-F", image], check=True)
    if not mount(image, mounted):
        pytest.skip("no loop device can be mounted here")
    yield mounted
    subprocess.run(["umount", mounted], check=True)


def mount(image: Path, place: Path) -> bool:
    return subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, check=False).returncode == 0


def cut_power(disk: Path) -> None:
    descriptor = os.open(disk, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, _SHUTDOWN, _NO_LOG_FLUSH.to_bytes(4, "little"))
    except OSError as error:
        pytest.skip(f"this kernel shuts no file system down: {error}")
    finally:
        os.close(descriptor)
    subprocess.run(["umount", disk], check=True)
    assert mount(disk.with_name("image"), disk)


def carelessly(path: Path) -> None:
    path.write_text(NEW_TEXT, encoding="utf-8")


def test_what_was_saved_outlives_a_power_cut(disk: Path) -> None:
    path = disk / "plan.toml"
    found: Counter[str] = Counter()
    for number in range(CUTS):
        there = bool(number % 2)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        if there:
            path.write_text(OLD_TEXT, encoding="utf-8")
            os.sync()
        save_plan(NEW, str(path), overwrite=there)
        cut_power(disk)
        found[content(path)] += 1
    figure(f"saving: {CUTS} power cuts right after it: {dict(found)}, {CUTS - found['new']} lost")
    assert found == {"new": CUTS}


def test_this_power_cut_loses_what_was_written_without_care(disk: Path) -> None:
    """The disk really loses what is not synced: else the test above would prove nothing."""
    path = disk / "plan.toml"
    carelessly(path)
    cut_power(disk)
    assert content(path) != "new"
