"""However a session ends, its work is kept, its terminal put back where there is one, and its exit code true."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from planner.storage.journal import recovery_files
from tests.command_line import sample
from tests.figures import figure
from tests.terminals import PATIENCE, Terminal, await_end

PLAN = "plan.toml"


class Fault(NamedTuple):
    """What is done to a session, the exit code that follows, and the seconds it may take."""

    does: Callable[[Terminal], object]
    code: int
    seconds: float = 2.0
    line_left: bool = True


def stall(terminal: Terminal) -> None:
    """Have the screen painted again and again while nobody reads."""
    for _ in range(150):
        os.write(terminal._ours, b"mr")
        time.sleep(0.005)


def lid(terminal: Terminal) -> None:
    """Close a laptop: the line stalls, and breaks later."""
    stall(terminal)
    terminal.disconnect()


def blocked(terminal: Terminal) -> None:
    """Tell it to end while its terminal takes nothing."""
    stall(terminal)
    terminal.process.terminate()
    end = time.monotonic() + PATIENCE
    while terminal.process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)


def stop_and_go_on(terminal: Terminal) -> None:
    """Stop it without warning, let it go on, three times; then tell it to end."""
    for _ in range(3):
        os.kill(terminal.planner, signal.SIGSTOP)
        terminal.rest(0.2)
        for pid in (terminal.process.pid, terminal.planner):
            os.kill(pid, signal.SIGCONT)
        terminal.rest(0.2)
    terminal.see("Windows servers  3")
    terminal.process.terminate()


def stop_for_a_moment(terminal: Terminal) -> None:
    """Stop the planner and let it go on so soon that whoever watches over it may not have noticed yet."""
    for _ in range(40):
        os.kill(terminal.planner, signal.SIGSTOP)
        time.sleep(0.0005)
        os.kill(terminal.planner, signal.SIGCONT)
        terminal.rest(0.01)
    terminal.rest(0.4)
    os.kill(terminal.planner, signal.SIGTERM)


def stray(terminal: Terminal) -> None:
    """Tell it three times to go on, though it never stopped; then to end."""
    for _ in range(3):
        os.kill(terminal.planner, signal.SIGCONT)
        terminal.rest(0.1)
    terminal.process.terminate()


def told(number: int, *, whom: str = "watcher") -> Callable[[Terminal], object]:
    """Send a signal to the process that watches, to the planner, or to both."""

    def send(terminal: Terminal) -> None:
        planner, watcher = terminal.planner, terminal.process.pid
        for pid in {"watcher": [watcher], "planner": [planner], "both": [watcher, planner]}[whom]:
            os.kill(pid, number)

    return send


def thrice(terminal: Terminal) -> None:
    """Tell it to end three times."""
    for _ in range(3):
        terminal.process.terminate()
        terminal.rest(0.4)


def seconds_used(pid: int) -> float:
    """Give the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


FAULTS = {
    "TERM": Fault(told(signal.SIGTERM), 143),
    "HUP": Fault(told(signal.SIGHUP), 129),
    "INT": Fault(told(signal.SIGINT), 130),
    "QUIT": Fault(told(signal.SIGQUIT), 131),
    "TERM to the planner": Fault(told(signal.SIGTERM, whom="planner"), 143),
    "TERM to both": Fault(told(signal.SIGTERM, whom="both"), 143),
    "KILL": Fault(told(signal.SIGKILL, whom="planner"), 137),
    "SEGV": Fault(told(signal.SIGSEGV, whom="planner"), 139),
    "ABRT": Fault(told(signal.SIGABRT, whom="planner"), 134),
    "the watcher is killed": Fault(told(signal.SIGKILL), -9, 3.0),
    "TERM three times": Fault(thrice, 143),
    "a line that drops": Fault(Terminal.disconnect, 129, 2.0, line_left=False),
    "a lid that is closed": Fault(lid, 129, 3.0, line_left=False),
    "TERM while the terminal takes nothing": Fault(blocked, 143, 4.0),
    "stopped without warning": Fault(stop_and_go_on, 143),
    "stopped for a moment": Fault(stop_for_a_moment, 143, 6.0),
    "told to go on without having stopped": Fault(stray, 143),
}


@pytest.fixture(autouse=True)
def _plan_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a plan that no other test has open at the same time."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(sample("one-server"), PLAN)


@pytest.mark.parametrize("name", FAULTS)
def test_a_session_that_is_ended_loses_nothing(name: str) -> None:
    fault = FAULTS[name]
    with Terminal(PLAN) as terminal:
        terminal.see("Windows servers")
        terminal.press("3 enter")
        terminal.see("Windows servers  3")
        if fault.code in (137, 139, 134, -9):
            terminal.rest(0.5)
        planner = terminal.planner
        start = time.monotonic()
        fault.does(terminal)
        assert terminal.leave(fault.seconds + PATIENCE) == fault.code
        await_end(planner, fault.seconds + PATIENCE)
        took = time.monotonic() - start
        if fault.line_left:
            terminal.rest(0.3)
            assert terminal.left_on == []
            assert b"offered at the next start" in terminal.raw
    figure(f"terminal: ended by {name}: {took:.1f} s")
    assert [found.snapshot.plan.topology.answers.servers for found in recovery_files().abandoned] == [3]


def test_what_is_ended_without_edits_leaves_nothing_to_offer() -> None:
    with Terminal(PLAN) as terminal:
        terminal.see("Windows servers")
        terminal.process.terminate()
        assert terminal.leave() == 143
    assert recovery_files().abandoned == ()


def test_the_last_line_says_so_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = tmp_path / "no folder"
    refused.touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(refused))
    with Terminal(PLAN) as terminal:
        terminal.see("Windows servers")
        terminal.press("3 enter")
        terminal.see("Windows servers  3")
        terminal.process.terminate()
        assert terminal.leave() == 143
        terminal.rest(0.3)
        assert b"ended by SIGTERM; what was not saved could not be kept: Not a directory" in terminal.raw
        assert b"offered at the next start" not in terminal.raw


def test_leaving_while_the_terminal_takes_nothing() -> None:
    with Terminal(PLAN) as terminal:
        terminal.see("Windows servers")
        stall(terminal)
        os.write(terminal._ours, b"\x11")
        end = time.monotonic() + PATIENCE
        while terminal.process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert terminal.leave() == 0
        terminal.rest(0.3)
        assert terminal.left_on == []


QUESTION, ANSWER = b"\x1b[6n", b"\x1b[1;1R"


def test_it_leaves_when_the_last_answer_of_the_terminal_has_come() -> None:
    with Terminal(PLAN) as terminal:
        terminal.see("Windows servers")
        answered = 0
        for _ in range(20):
            terminal.press("r m")
            asked = terminal.raw.count(QUESTION)
            if answered and asked > answered:
                break
            terminal.send(ANSWER * (asked - answered))
            answered = asked
        assert terminal.raw.count(QUESTION) > answered > 0
        os.write(terminal._ours, b"\x11")
        terminal.rest(0.7)
        assert terminal.process.poll() is None
        os.write(terminal._ours, ANSWER)
        assert terminal.leave() == 0
        assert terminal.left_on == []


def test_a_terminal_that_takes_again_is_painted_again() -> None:
    with Terminal(PLAN, columns=200, rows=60) as terminal:
        terminal.see("Windows servers")
        terminal.press("3 enter")
        stall(terminal)
        os.write(terminal._ours, b"m")
        terminal.rest(1.0)
        terminal.see("Windows servers  3")
        terminal.see("Ports by zone")
        terminal.process.terminate()
        assert terminal.leave() == 143


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_that_can_only_take_lines_is_refused(term: str) -> None:
    with Terminal(TERM=term) as terminal:
        assert terminal.leave() == 2
        assert terminal.raw.count(b"\n") == 1
        assert terminal.settings == terminal.before


def test_the_environment_does_nothing_it_should_not() -> None:
    with Terminal(
        PLAN, COLUMNS="33", LINES="7", TEXTUAL_DEBUG="1", TEXTUAL_PRESS="ctrl+q", TEXTUAL_DRIVER="os:path"
    ) as terminal:
        terminal.see("Windows servers")
        terminal.rest(0.3)
        assert "^Q quit" in terminal.rows[23]
        terminal.press("ctrl+q")
        assert terminal.leave() == 0


def test_a_line_that_drops_is_noticed_where_its_signal_is_ignored() -> None:
    with Terminal(PLAN, inside=("sh", "-c", "trap '' HUP; exec \"$@\"", "sh")) as terminal:
        terminal.see("Windows servers")
        planner = terminal.planner
        terminal.disconnect()
        assert terminal.leave(3) == 129
        await_end(planner, 3)


def test_a_plan_from_standard_input_and_keys_from_the_terminal(tmp_path: Path) -> None:
    with Terminal("-", inside=("sh", "-c", f'exec "$@" <{PLAN}', "sh")) as terminal:
        terminal.see("Windows servers")
        terminal.press("3 enter")
        terminal.see("Windows servers  3")
        planner = terminal.planner
        terminal.disconnect()
        assert terminal.leave(3) == 129
        await_end(planner, 3)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_stream_is_refused_at_once(closed: str) -> None:
    with Terminal(inside=("sh", "-c", f'exec "$@" {closed}', "sh")) as terminal:
        assert terminal.leave(5) == 2
        assert terminal.raw.count(b"\n") == (0 if closed == "2>&-" else 1)
        assert b"Traceback" not in terminal.raw


def test_a_session_that_idles_costs_nothing() -> None:
    with Terminal(PLAN) as terminal:
        terminal.see("Windows servers")
        terminal.rest(0.5)
        before = seconds_used(terminal.planner)
        terminal.rest(2)
        used = (seconds_used(terminal.planner) - before) / 2
        figure(f"terminal: an idle planner uses {used:.1%} of a processor")
        assert used < 0.05
