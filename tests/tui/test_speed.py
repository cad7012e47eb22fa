"""What the benchmarks measure, in short: bytes and imports to the letter, times as ratios with room for a busy machine.

``python -m benchmarks`` measures all of it at length.
"""

import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pyte
import pytest
from msgspec.structs import replace

from benchmarks import keys, large, line, scale, start
from benchmarks.large import Seen
from benchmarks.minimum import minimum, picture
from benchmarks.report import plot
from benchmarks.terminal import EMPTY_APP, PLANNER, ROOT, Program
from planner.plan.plan import Plan
from planner.storage.toml_reader import read_text, write_text
from tests.figures import figure

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("timing")]
"""One after the other: they open the same plan, and would take each other's time."""

PRESSES, ROUNDS = 10, 8
ROOM = 1.3
"""How much longer than promised a start may take while other tests run."""


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
        sent, used = len(program.chunks), program.cpu_seconds()
        wakes, yardstick = program.wakes(), empty.wakes()
        program.read(4.0)
        assert len(program.chunks) == sent
        assert program.cpu_seconds() - used < 0.02
        wakes, yardstick = program.wakes() - wakes, empty.wakes() - yardstick
        figure(f"idle for 4 s: the planner wakes {wakes} times, an empty app {yardstick}")
        assert wakes <= 2 < yardstick


@pytest.mark.parametrize("size", start.SIZES, ids=[f"{columns}x{rows}" for columns, rows in start.SIZES])
def test_the_first_picture_comes_nearly_as_soon_as_that_of_an_empty_app(size: tuple[int, int]) -> None:
    # The best of each is what was disturbed least by whatever else the machine does.
    pair = start.first_picture(*size, 5)
    assert pair.best < start.FIRST_PICTURE * ROOM, f"{pair.best:.2f} times; {pair.times:.2f} at the median"


@pytest.mark.parametrize(("name", "arguments", "most"), start.COMMANDS, ids=[name for name, _, _ in start.COMMANDS])
def test_a_command_starts_fast(name: str, arguments: tuple[str, ...], most: float) -> None:
    pair = start.command(name, arguments, 7)
    assert pair.best < most * ROOM, f"{pair.best:.2f} times; {pair.times:.2f} at the median"


@pytest.mark.parametrize("kind", keys.KINDS, ids=[kind.name for kind in keys.KINDS])
def test_a_key_is_seen_at_once(kind: keys.Kind) -> None:
    # On a busy machine it takes more than a few keys until one of each kind was disturbed by nothing.
    planner, empty = [], []
    for _ in range(ROUNDS):
        found = keys.keys_in_turns(kind, PRESSES)
        assert found.planner.median < 2 * 0.05, "twice what is promised, for a busy machine"
        planner.append(found.planner.best - found.least_derived)
        empty.append(found.empty.best)
        if min(planner) < kind.slower * ROOM * min(empty):
            return
    pytest.fail(f"{min(planner) / min(empty):.2f} times the empty app's, {found.times:.2f} at the median")


def test_a_key_held_on_a_slow_line_leaves_no_backlog() -> None:
    held = line.hold(8)  # longer than an answer is waited for
    assert held.bytes < held.presses * 300, "frames are left out"
    assert held.backlog < 3072
    assert held.settles < 4.5


def test_a_reader_that_stalls_neither_hangs_the_planner_nor_fills_memory() -> None:
    stalled = line.stall(200)
    assert stalled.catches_up < 20
    assert stalled.after < stalled.before + 16


@pytest.mark.parametrize(
    ("zones", "answers"), [(400, {"ams_alerting": True}), (410, {"servers": 31}), (420, {"servers": 32})], ids=str
)
def test_one_answer_costs_a_fraction_of_deriving_a_large_plan(zones: int, answers: dict[str, Any]) -> None:
    sizes = list(scale.sizes([(zones + more, 30) for more in range(3)], answers))
    assert min(size.again + size.compare for size in sizes) < 0.4 * min(size.derive for size in sizes)


def test_one_edited_zone_costs_a_small_part_of_deriving_a_large_plan() -> None:
    sizes = list(scale.sizes([(430 + more, 30) for more in range(3)]))
    assert min(size.renamed for size in sizes) < 0.25 * min(size.derive for size in sizes)


def test_parents_of_their_own_make_a_large_plan_no_slower_to_derive() -> None:
    def seconds(plan: Plan) -> float:
        began = process_time()
        assert plan.derived.rules
        return process_time() - began

    for_all, of_their_own = [], []
    for more in range(3):
        plan = scale.estate(440 + more, 30)
        for_all.append(seconds(plan))
        zones = [
            replace(zone, name=f"{zone.name}-", parents=(f"server-{440 + more}-{number % 30}",))
            if zone.roles == ("client",) else zone
            for number, zone in enumerate(plan.topology.zones)
        ]  # fmt: skip
        of_their_own.append(seconds(replace(plan, topology=replace(plan.topology, zones=tuple(zones)))))
    assert min(of_their_own) < min(for_all)


def test_a_key_costs_no_more_in_a_large_plan(tmp_path: Path) -> None:
    small, other = Seen(0, [], [], [], 0), Seen(0, [], [], [], 0)
    for _ in range(ROUNDS):
        for known, seen in zip((small, other), large.in_turns(tmp_path, (400, 30), PRESSES, 0.3), strict=True):
            known.moves.extend(seen.moves)
            known.answers.extend(seen.answers)
        moves, answers = min(other.moves) / min(small.moves), min(other.answers) / min(small.answers)
        if max(moves, answers) < 1.5 * ROOM:
            return
    pytest.fail(f"moves {moves:.2f} times, answers {answers:.2f} times those in a small plan")


def test_a_large_plan_file_opens_in_time() -> None:
    plan = scale.estate(*scale.SIZES[-1])
    text = write_text(plan)
    began = process_time()
    assert read_text(text).intact
    assert process_time() - began < 3


def test_a_large_plan_stays_within_its_memory() -> None:
    program = "from benchmarks import scale; print(scale.memory(*scale.SIZES[-1]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) < 500


def test_writing_grows_with_the_rules() -> None:
    measured = list(scale.sizes([(40, 4), (160, 14)]))
    assert scale.growth([(size.rules, size.write) for size in measured]) < 1.4
    drawn = plot(measured)
    assert all(words in drawn for words in ("derive a plan", "write the plan file", "read it"))


def test_the_estate_of_the_benchmarks_is_as_large_as_promised() -> None:
    began = perf_counter()
    plan = scale.estate(*scale.SIZES[-1])
    assert len(plan.derived.rules) > 100_000
    assert perf_counter() - began < 10
