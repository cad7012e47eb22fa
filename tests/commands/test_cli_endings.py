"""Commands that the system lets down, or that somebody ends: one line, the right code, nothing left half written."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from planner.commands import show
from tests.command_line import Done, command, is_one_line, process, sample
from tests.system_calls import STRACE

PLAN = sample("firewalls")
WRITERS = {
    "new": ("new", "-o", "made/plan.toml"),
    "export": ("export", PLAN, "--to", "nftables", "-o", "made/rules.nft"),
    "pack": ("pack", PLAN, "-o", "made/pack"),
    "pack as an archive": ("pack", PLAN, "-o", "made/pack.zip"),
}

writers = pytest.mark.parametrize("arguments", WRITERS.values(), ids=WRITERS)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the folder that the writers write to, seen from their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(show.__file__).parents[2]))
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def limited(arguments: tuple[str, ...], limit: int, amount: int) -> Done:
    """Run a command under a limit of the system."""
    done = subprocess.run(
        [sys.executable, "-m", "planner", *arguments],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(limit, (amount, amount)),
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@writers
@pytest.mark.parametrize("size", [0, 100, 5000])
def test_files_that_may_not_grow_leave_nothing_half_written(arguments: tuple[str, ...], size: int, made: Path) -> None:
    done = limited(arguments, resource.RLIMIT_FSIZE, size)
    assert done.code == 2
    assert "not saved: File too large" in done.err
    assert is_one_line(done.err)
    assert list(made.iterdir()) == []


@pytest.mark.skipif(STRACE is None, reason="needs strace, to end a command at a step of its own")
@writers
@pytest.mark.parametrize(("signal", "code"), [("TERM", 143), ("HUP", 129), ("INT", 130)])
def test_a_command_that_is_ended_while_it_writes_leaves_nothing_half_written(
    arguments: tuple[str, ...], signal: str, code: int, made: Path
) -> None:
    inject = ["-f", "-o", "/dev/null", "-e", f"inject=fsync:signal={signal}:when=1"]
    done = subprocess.run(
        [str(STRACE), *inject, sys.executable, "-m", "planner", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert list(made.iterdir()) == []


@pytest.mark.parametrize("stream", ["2>/dev/full", "2>&0 0</dev/null", "2> >(true)", ">/dev/full 2>/dev/full"])
@pytest.mark.parametrize("name", ["flow", "audit", "show", "--plain", "the screen"])
def test_where_no_word_can_be_written_the_code_still_tells(name: str, stream: str, tmp_path: Path) -> None:
    arguments = {
        "flow": f"flow {PLAN} nowhere servers tcp/2967",
        "audit": f"audit {PLAN} --rules {PLAN}",
        "show": "show none.toml",
        "--plain": "--plain none.toml",
        "the screen": "",
    }[name]
    line = f"sleep 0.1; exec {sys.executable} -m planner {arguments} {stream}"
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("source", ["0>/dev/null", "0<&-", "0</tmp"])
def test_answers_that_cannot_be_read_end_the_questions(source: str) -> None:
    line = f"{sys.executable} -m planner --plain {source}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)  # Python itself does not begin with a folder for its input


def test_python_without_docstrings_cannot_use_aerleon_and_says_so() -> None:
    done = process("export", PLAN, "--to", "cisco-asa", PYTHONOPTIMIZE="2")
    assert done.code == 2
    assert is_one_line(done.err)
    assert "accepted: Python without -OO" in done.err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "not enough memory; accepted: a system that grants more of it"),
        (OSError(24, "Too many open files"), "Too many open files; accepted: a system that grants"),
        (RuntimeError("SECRET"), "ended by an error of its own; what happened, without the plan: "),
    ],
)
def test_what_nobody_foresaw_is_one_line_too(error: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(show, "read", broken)
    done = command("show", PLAN)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert said in done.err
    assert "SECRET" not in done.err + "".join(path.read_text() for path in Path.home().rglob("*.txt"))
