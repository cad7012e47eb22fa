"""Bytes sent, rest and memory, by the rig of the benchmarks. Times are measured by ``python -m benchmarks`` alone."""

import subprocess
import sys

import pyte
import pytest

from benchmarks import keys, line, scale
from benchmarks.minimum import minimum, picture
from benchmarks.terminal import EMPTY_APP, PLANNER, ROOT, Program
from tests.figures import figure

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("timing")]
"""One after the other: they open the same plan, and would take each other's time."""

PRESSES = 10


@pytest.mark.parametrize("kind", keys.KINDS, ids=[kind.name for kind in keys.KINDS])
def test_a_key_sends_little_more_than_the_cells_it_changes(kind: keys.Kind) -> None:
    found = keys.keys_in_turns(kind, PRESSES).planner
    assert found.minimum > 0, "the key changed nothing"
    assert found.times <= kind.most, f"{found.bytes:.0f} bytes where {found.minimum:.0f} would do"


def test_nothing_is_sent_twice_on_the_way_to_the_first_picture() -> None:
    with keys.planner() as program:
        program.feed()
        sent = sum(len(chunk.data) for chunk in program.chunks)
        assert sent <= 2 * minimum(picture(pyte.Screen(80, 24)), picture(program.screen))


def test_an_idle_screen_sends_nothing_and_sleeps() -> None:
    with Program((*PLANNER, keys.PLAN)) as program, Program(EMPTY_APP) as empty:
        for each, text in ((program, "TCP 2967"), (empty, "ready")):
            each.painted(text)
            each.rest(1.5)
        sent = len(program.chunks)
        wakes, yardstick = program.wakes(), empty.wakes()
        program.read(4.0)
        assert len(program.chunks) == sent
        wakes, yardstick = program.wakes() - wakes, empty.wakes() - yardstick
        figure(f"idle for 4 s: the planner wakes {wakes} times, an empty app {yardstick}")
        assert wakes <= 2 < yardstick


def test_a_key_held_on_a_slow_line_leaves_no_backlog() -> None:
    held = line.hold(8)  # longer than an answer is waited for
    assert held.bytes < held.presses * 300, "frames are left out"
    assert held.backlog < 8192, "about one picture of the whole screen, however many keys"


def test_a_reader_that_stalls_neither_hangs_the_planner_nor_fills_memory() -> None:
    stalled = line.stall(200)
    assert stalled.after < stalled.before + 16


def test_a_large_plan_stays_within_its_memory() -> None:
    program = "from benchmarks import scale; print(scale.memory(*scale.SIZES[-1]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) < 500


def test_the_estate_of_the_benchmarks_is_as_large_as_promised() -> None:
    assert len(scale.estate(*scale.SIZES[-1]).derived.rules) > 100_000
