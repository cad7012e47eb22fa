"""Estates of 10 to 1,000 zones: how time and memory grow with the rules."""

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.terminal import PLANNER, Program, peak_memory
from planner.core.comparison import compare_rules
from planner.core.editing import set_answers
from planner.core.plan import Plan
from planner.core.topology import Answers, Topology, Zone

SIZES = ((10, 2), (30, 4), (100, 10), (300, 24), (1000, 52))
"""Zones in all, and those with servers among them."""


def estate(zones: int, servers: int) -> Plan:
    """Give a plan with a console, some server zones and many client zones."""
    made = [Zone(name="hq", roles=("console",))]
    made += [Zone(name=f"server-{number}", roles=("server",)) for number in range(servers)]
    made += [Zone(name=f"branch-{number}", roles=("client",)) for number in range(zones - len(made))]
    return Plan(topology=Topology(answers=Answers(servers=servers), zones=tuple(made)))


class Size(NamedTuple):
    """One size of estate, in seconds of the processor.

    Derive it, derive it again after one answer, say what that changed, write the plan file, read it.
    """

    zones: int
    rules: int
    derive: float
    again: float
    compare: float
    write: float
    read: float


ALERTS: dict[str, Any] = {"ams_alerting": True}
"""An answer that adds rules."""


def sizes(which: Sequence[tuple[int, int]] = SIZES, answers: dict[str, Any] = ALERTS) -> Iterator[Size]:
    """Measure each size, and an answer in it; collecting garbage is as it is in the commands: off."""
    from planner.storage.toml_text import read_text, write_text

    gc.disable()
    try:
        for zones, servers in which:
            plan = estate(zones, servers)
            derive = _seconds(lambda plan=plan: plan.derived)  # type: ignore[misc]
            changed = set_answers(plan, **answers)
            again = _seconds(lambda changed=changed: changed.derived)  # type: ignore[misc]
            compare = _seconds(lambda plan=plan, changed=changed: compare_rules(plan.derived, changed.derived))  # type: ignore[misc]
            write = _seconds(lambda plan=plan: write_text(plan))  # type: ignore[misc]
            text = write_text(plan)
            read = _seconds(lambda text=text: read_text(text))  # type: ignore[misc]
            yield Size(zones, len(plan.derived.rules), derive, again, compare, write, read)
    finally:
        gc.enable()


def memory(zones: int, servers: int) -> float:
    """Derive, write and read an estate in this process; give the MiB that it has held at most."""
    from planner.storage.toml_text import read_text, write_text

    read_text(write_text(estate(zones, servers)))
    # Not what getrusage says: that begins with what the process held that started this one.
    return peak_memory(Path("/proc/self"))


def _seconds(work: Callable[[], object]) -> float:
    """Give the processor time that work takes, on which other programs have little say."""
    began = time.process_time()
    work()
    return time.process_time() - began


def growth(points: Sequence[tuple[float, float]]) -> float:
    """Fit time = c * rules ** g by least squares over the logarithms, and give g: 1 is linear."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return over / sum((x - mean_x) ** 2 for x in xs)


class Large(NamedTuple):
    """The largest estate on the screen: seconds to open, to move, and to see a changed answer; MiB held at most.

    ``weighs``: until what the other answer would do has been worked out beside the screen.
    """

    opens: float
    moves: float
    answers: float
    weighs: float
    memory: float


def on_screen(folder: Path, zones: int, servers: int) -> Large:
    """Open a file with the answers of an estate, move in its matrix and change an answer."""
    import tomli_w

    from planner.core.plan import plan_layers

    file = folder / f"{zones}.toml"
    file.write_text(tomli_w.dumps(plan_layers(estate(zones, servers)).answers), encoding="utf-8")
    with Program((*PLANNER, str(file))) as program:
        opens = program.painted("TCP 2967", "in")
        program.rest(1.5)
        program.press("tab", 0.5)
        moves = sorted(program.press(key, 0.25).seconds for key in ("right", "right", "left", "right", "left"))
        program.press("tab", 0.5)
        for key in ("]", "down", "down"):
            program.press(key, 1.0)
        answers = [program.press("space", 1.0) for _ in range(9)]
        seen, weighed = median(answer.first for answer in answers), median(answer.seconds for answer in answers)
        return Large(opens, moves[2], seen, weighed, program.peak_memory())
