"""Whatever breaks in the planner: the work is kept, the terminal put back, and nobody shown what the plan holds."""

import shutil
from pathlib import Path

import pytest

from planner.storage.journal import recovery_files
from tests.command_line import sample
from tests.faulty import KEY, SECRET
from tests.terminals import Terminal

PLAN = "plan.toml"
CRASHES = ("handler", "worker", "thread_worker", "timer", "thread", "task", "render", "unmount", "exit")


@pytest.fixture(autouse=True)
def _plan_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a plan that no other test has open at the same time."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(sample("one-server"), PLAN)


@pytest.mark.parametrize("fault", CRASHES)
def test_a_crash_loses_nothing_and_says_little(fault: str, tmp_path: Path) -> None:
    with Terminal(PLAN, program="tests.faulty", FAULT=fault) as terminal:
        terminal.see("Windows servers")
        terminal.press("3 enter")
        terminal.see("Windows servers  3")
        terminal.send(KEY)
        assert terminal.leave(5) == 1
        assert terminal.left_on == []
    after = terminal.raw.rpartition(b"\x1b[?1049l")[2]
    assert b"sav-planner: ended by an error of its own" in after
    assert SECRET.encode() not in terminal.raw
    assert b"Traceback" not in terminal.raw
    assert [found.snapshot.plan.topology.answers.servers for found in recovery_files().abandoned] == [3]
    [file] = (tmp_path / ".local/state/sav-planner/crashes").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert SECRET not in text
    assert ("SystemExit" if fault == "exit" else "__main__:") in text


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "patience"), [("blocks", 6.0), ("loops", 6.0), ("stuck", 12.0)])
def test_a_planner_that_does_not_answer_ends_when_told_to(fault: str, patience: float) -> None:
    with Terminal(PLAN, program="tests.faulty", FAULT=fault) as terminal:
        terminal.see("Windows servers")
        terminal.press("3 enter")
        terminal.see("Windows servers  3")
        terminal.rest(0.7)  # the journal has the edit by then: where no signal gets in, no thread gets its turn either
        terminal.send(KEY)
        terminal.process.terminate()
        assert terminal.leave(patience) == (137 if fault == "stuck" else 143)
        assert terminal.left_on == []
    assert [found.snapshot.plan.topology.answers.servers for found in recovery_files().abandoned] == [3]
