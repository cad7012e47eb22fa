"""Time to the first picture with a plan open, and time of the commands without a screen."""

import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.terminal import EMPTY_APP, PLANNER, ROOT, Program, clean_environment

PLAN = "sample_plans/settled.toml"
SIZES = ((80, 24), (120, 40), (200, 60))
COMMANDS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("--version", ("--version",), 2.5),
    ("--help", ("--help",), 2.5),
    ("show", ("show", "sample_plans/one-server.toml"), 8),
    ("check", ("check", "sample_plans/one-server.toml"), 8),
    ("diff", ("diff", "sample_plans/one-server.toml", "sample_plans/dual-stack.toml"), 8),
)
"""What is run, and how many times ``python -c pass`` it may take."""


FIRST_PICTURE = 1.25
"""As many times an empty app the first picture may take."""


class Pair(NamedTuple):
    """Seconds of the yardstick and of the planner, medians of runs that took turns.

    ``times``: how many times the yardstick the planner took, the median of all turns, as a machine may slow down in
    between; ``best``: how many times the yardstick's fastest run its fastest took.
    """

    name: str
    yardstick: float
    planner: float
    times: float
    best: float

    @classmethod
    def of(cls, name: str, yardstick: Sequence[float], planner: Sequence[float]) -> "Pair":
        """Sum up runs, but for the first of each: it compiled the modules."""
        one, other = yardstick[1:], planner[1:]
        times = median(planner / yardstick for yardstick, planner in zip(one, other, strict=True))
        return cls(name, median(one), median(other), times, min(other) / min(one))


def first_picture(columns: int, rows: int, repeats: int) -> Pair:
    """Open the empty app and the planner in turns until each has painted."""
    empty, planner = [], []
    for _ in range(repeats + 1):
        with Program(EMPTY_APP, columns, rows) as program:
            empty.append(program.painted("ready"))
        with Program((*PLANNER, PLAN), columns, rows) as program:
            planner.append(program.painted("TCP 2967", "in"))
    return Pair.of(f"{columns}x{rows}", empty, planner)


def command(name: str, arguments: Sequence[str], repeats: int) -> Pair:
    """Run nothing at all and a command in turns."""
    nothing, planner = [], []
    for _ in range(repeats + 1):
        nothing.append(_seconds(["-c", "pass"]))
        planner.append(_seconds([*PLANNER, *arguments]))
    return Pair.of(name, nothing, planner)


def _seconds(arguments: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=clean_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return time.perf_counter() - began
