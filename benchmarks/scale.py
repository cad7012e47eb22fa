"""Estates of 10 to 1,000 zones: how time and memory grow with the rules."""

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.terminal import peak_memory
from planner.catalogue.answers import Answers
from planner.catalogue.loader import load_catalogue
from planner.plan.diff import compare_rules
from planner.plan.editing import set_answers, set_zone
from planner.plan.plan import Plan
from planner.plan.topology import Topology, Zone

SIZES = ((10, 2), (30, 4), (100, 10), (300, 24), (1000, 52))
"""Zones in all, and those with servers among them."""


def estate(zones: int, servers: int) -> Plan:
    """Give a plan with a console, some server zones and many client zones.

    Estates with another number of zones have no name in common: what is known of one says nothing of the other.
    """
    made = [Zone(name=f"hq-{zones}", roles=("console",))]
    made += [Zone(name=f"server-{zones}-{number}", roles=("server",)) for number in range(servers)]
    made += [Zone(name=f"branch-{zones}-{number}", roles=("client",)) for number in range(zones - len(made))]
    return Plan(topology=Topology(answers=Answers(servers=servers), zones=tuple(made)))


class Size(NamedTuple):
    """One size of estate, in seconds of the processor.

    Derive it, derive it again after one answer, say what that changed, derive it again after the middle zone got
    another name, write the plan file, read it.
    """

    zones: int
    rules: int
    derive: float
    again: float
    compare: float
    renamed: float
    write: float
    read: float


ALERTS: dict[str, Any] = {"ams_alerting": True}
"""An answer that adds rules."""


def sizes(which: Sequence[tuple[int, int]] = SIZES, answers: dict[str, Any] = ALERTS) -> Iterator[Size]:
    """Measure each size, and two edits of it; collecting garbage is as it is in the commands: off."""
    from planner.storage.toml_reader import read_text, write_text

    gc.disable()
    try:
        for zones, servers in which:
            plan = estate(zones, servers)
            derive = seconds(lambda plan=plan: plan.derived)  # type: ignore[misc]
            changed = set_answers(plan, **answers)
            again = seconds(lambda changed=changed: changed.derived)  # type: ignore[misc]
            compare = seconds(lambda plan=plan, changed=changed: compare_rules(plan.derived, changed.derived))  # type: ignore[misc]
            other = set_zone(changed, zones // 2, load_catalogue(), name="elsewhere")
            renamed = seconds(lambda other=other: other.derived)  # type: ignore[misc]
            write = seconds(lambda plan=plan: write_text(plan))  # type: ignore[misc]
            text = write_text(plan)
            read = seconds(lambda text=text: read_text(text))  # type: ignore[misc]
            yield Size(zones, len(plan.derived.rules), derive, again, compare, renamed, write, read)
    finally:
        gc.enable()


def memory(zones: int, servers: int) -> float:
    """Derive, write and read an estate in this process; give the MiB that it has held at most."""
    from planner.storage.toml_reader import read_text, write_text

    read_text(write_text(estate(zones, servers)))
    # Not what getrusage says: that begins with what the process held that started this one.
    return peak_memory(Path("/proc/self"))


def seconds(work: Callable[[], object]) -> float:
    """Processor time that work takes, on which other programs have little say."""
    began = time.process_time()
    work()
    return time.process_time() - began


def growth(points: Sequence[tuple[float, float]]) -> float:
    """Fit time = c * rules ** g by least squares over the logarithms, and give g: 1 is linear."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return over / sum((x - mean_x) ** 2 for x in xs)
