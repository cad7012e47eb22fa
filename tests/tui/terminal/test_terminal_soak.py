"""Sessions in a terminal, in tmux and in GNU screen, ended in random ways at random times.

``TERMINAL_SOAK`` sets how many, 12 if it is not there; 200 for a change of the terminal's part, 1,000 before a release.
``TERMINAL_SEED`` repeats a run that failed.
"""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from planner.storage.journal import recovery_files
from tests.command_line import sample
from tests.faulty import KEY
from tests.figures import figure
from tests.multiplexed import NAMES, Multiplexed
from tests.terminals import Terminal, await_end
from tests.tui.terminal.test_terminal_endings import stall

pytestmark = pytest.mark.slow

PLAN = "plan.toml"
WINDOW = 0.5
"""Seconds that an edit may be young and lost, where nothing gives the planner a moment."""

EXCEPTIONS = ("handler", "worker", "thread_worker", "timer", "thread", "task", "render", "unmount")
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
Place = Terminal | Multiplexed


class Run(NamedTuple):
    """One session: where, how it ends, and what chance decides besides."""

    place: str
    end: str
    exception: str
    chance: random.Random


class Found(NamedTuple):
    """What a session left behind: its exit code, 0 edits or more that are lost, and what was left on."""

    code: int
    lost: str
    left_on: list[str]


@pytest.fixture(autouse=True)
def _plan_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a plan that no other test has open at the same time."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(sample("one-server"), PLAN)


@contextmanager
def opened(run: Run) -> Iterator[Place]:
    """Open a session where a run wants it."""
    if run.place == "pty":
        columns, rows = run.chance.choice(((80, 24), (120, 40), (200, 60)))
        with Terminal(PLAN, columns=columns, rows=rows, program="tests.faulty", FAULT=run.exception) as terminal:
            yield terminal
    else:
        with Multiplexed(run.place, "tests.faulty", str(Path(PLAN).resolve()), FAULT=run.exception) as inside:
            yield inside


def type_keys(place: Place, keys: str) -> None:
    """Type keys, and do not wait for what comes of them."""
    if isinstance(place, Terminal):
        place.send(keys.encode(), 0.01)
    else:
        place.send(keys)


def processes(place: Place, run: Run) -> list[int]:
    """Give the watcher, the planner, or both, as chance will have it."""
    watcher = place.process.pid if isinstance(place, Terminal) else place.watcher
    return run.chance.choice(([watcher], [place.planner], [watcher, place.planner]))


def end_by_signal(place: Place, run: Run) -> int:
    number = run.chance.choice(SIGNALS)
    for pid in processes(place, run):
        os.kill(pid, number)
    return 128 + number


def end_by_kill(place: Place, run: Run) -> int:
    os.kill(place.planner, signal.SIGKILL)
    return 128 + signal.SIGKILL


def end_by_disconnect(place: Place, run: Run) -> int:
    if isinstance(place, Terminal):
        place.disconnect()
        return 128 + signal.SIGHUP
    place.kill_server()
    return 0


def end_by_lid(place: Place, run: Run) -> int:
    if isinstance(place, Terminal):
        stall(place)
        time.sleep(run.chance.random())
    return end_by_disconnect(place, run)


def end_while_blocked(place: Place, run: Run) -> int:
    if isinstance(place, Terminal):
        stall(place)
    code = end_by_signal(place, run)
    time.sleep(run.chance.random())
    return code


def end_after_stop(place: Place, run: Run) -> int:
    pids = [place.process.pid if isinstance(place, Terminal) else place.watcher, place.planner]
    for _ in range(run.chance.randrange(1, 4)):
        os.kill(pids[1], signal.SIGSTOP)
        time.sleep(run.chance.random() / 4)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        time.sleep(run.chance.random() / 4)
    return end_by_signal(place, run)


def end_by_exception(place: Place, run: Run) -> int:
    type_keys(place, KEY.decode())
    return 1


ENDS: dict[str, Callable[[Place, Run], int]] = {
    "signal": end_by_signal,
    "kill": end_by_kill,
    "disconnect": end_by_disconnect,
    "lid": end_by_lid,
    "blocked": end_while_blocked,
    "stop": end_after_stop,
    "exception": end_by_exception,
}


def soaked(run: Run) -> Found:
    """Edit at random, end as the run says, and look what is left."""
    edits: list[tuple[float, int]] = []
    with opened(run) as place:
        place.see("Windows servers")
        servers = 1
        for _ in range(run.chance.randrange(1, 5)):
            servers = run.chance.choice([n for n in range(2, 10) if n != servers])
            type_keys(place, f"g1{servers}\r")
            place.see(f"Windows servers  {servers}")
            edits.append((time.monotonic(), servers))
            time.sleep(run.chance.random() * 0.4)
        watcher = place.process.pid if isinstance(place, Terminal) else place.watcher
        planner, ended = place.planner, time.monotonic()
        expected = ENDS[run.end](place, run)
        hangs_up = run.end in ("disconnect", "lid")
        await_end(planner, 8)
        if hangs_up and isinstance(place, Multiplexed):
            await_end(watcher, 8)
            code, left_on = 128 + signal.SIGHUP, []  # whoever could have told went with the terminal
        else:
            code = place.leave(8)
            left_on = [] if hangs_up else place.left_on
            assert code == expected, f"exit code {code}, not {expected}"
    kept = {found.snapshot.plan.topology.answers.servers for found in recovery_files().abandoned}
    young = {value for at, value in edits if ended - at < WINDOW} if run.end == "kill" else set()
    older = [value for at, value in edits if value not in young]
    accepted = {edits[-1][1]} | young | set(older[-1:] if young else [])
    lost = "" if kept & accepted or (not older and not kept and young) else f"kept {kept}, of {edits} until {ended}"
    return Found(code, lost, left_on)


PARTS = 4
"""Parts of the run, which are made side by side."""


@pytest.mark.parametrize("part", range(PARTS))
def test_sessions_that_are_ended_at_random_lose_nothing(
    part: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    count = int(os.environ.get("TERMINAL_SOAK", "12"))
    seed = int(os.environ.get("TERMINAL_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
    places = ["pty"] * 4 + [name for name in NAMES if shutil.which(name)]
    done: Counter[str] = Counter()
    wrong = []
    for number in range(part, count, PARTS):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311 - nothing secret comes of it
        run = Run(chance.choice(places), chance.choice(list(ENDS)), chance.choice(EXCEPTIONS), chance)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / str(number)))
        name = f"run {number} of TERMINAL_SEED={seed}: {run.place}, {run.end}"
        try:
            found = soaked(run)
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
            continue
        done[run.place] += 1
        done[run.end] += 1
        if found.lost or found.left_on or found.code == 0:
            wrong.append(f"{name}: {found}")
    words = ", ".join(f"{name} {done[name]}" for name in (*dict.fromkeys(places), *ENDS) if done[name])
    total = sum(done[place] for place in dict.fromkeys(places))
    figure(f"terminal: {total} sessions ended at random ({words}): {len(wrong)} wrong (part {part}, seed {seed})")
    assert wrong == []
