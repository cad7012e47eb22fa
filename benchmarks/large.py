"""A small and a large estate on the screen, key by key in turns: what a key costs is not to grow with the plan."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import tomli_w

from benchmarks.scale import estate
from benchmarks.terminal import PLANNER, Program
from planner.plan.plan import answer_tables

SMALL = (20, 3)
"""Zones in all, and those with servers among them."""

_MOVES = ("right", "down", "right", "left", "up", "left")
_ANSWERED = ("]", "down", "down")
"""The keys that lead to the question that is answered: whether there is AMS alerting, which adds and removes rules."""


class Seen(NamedTuple):
    """One plan on the screen: seconds to open, to move, and to see a changed answer; MiB held at most.

    ``weighs``: until what the other answer would do has been worked out beside the screen, too.
    """

    opens: float
    moves: list[float]
    answers: list[float]
    weighs: list[float]
    memory: float


def in_turns(folder: Path, large: tuple[int, int], count: int, rest: float) -> tuple[Seen, Seen]:
    """Open files with the answers of a small and of a large estate; move, and change an answer, so often in each.

    ``rest``: seconds without a byte after which what goes on beside the screen has ended.
    """
    with _opened(folder, SMALL) as (small, opened), _opened(folder, large) as (other, opened_other):
        programs = (small, other)
        for program in programs:
            program.press("tab", rest)
        moves = _pressed(programs, _MOVES, count, rest)
        for key in ("tab", *_ANSWERED):
            for program in programs:
                program.press(key, rest)
        answers = _pressed(programs, ("space",), count, rest)
        one, two = (
            Seen(opens, [first for first, _ in moved], [first for first, _ in answered],
                 [last for _, last in answered], program.peak_memory())
            for opens, moved, answered, program in zip((opened, opened_other), moves, answers, programs, strict=True)
        )  # fmt: skip
        return one, two


@contextmanager
def _opened(folder: Path, size: tuple[int, int]) -> Iterator[tuple[Program, float]]:
    file = folder / f"{size[0]}.toml"
    file.write_text(tomli_w.dumps(answer_tables(estate(*size))), encoding="utf-8")
    with Program((*PLANNER, str(file))) as program:
        opens = program.painted("TCP 2967", "in")
        program.rest(1.0)
        yield program, opens


def _pressed(
    programs: tuple[Program, ...], keys: tuple[str, ...], count: int, rest: float
) -> list[list[tuple[float, float]]]:
    """Press each key in each program; give the seconds to the first byte of what followed and to the last."""
    found: list[list[tuple[float, float]]] = [[] for _ in programs]
    for number in range(count):
        for program, seconds in zip(programs, found, strict=True):
            answer = program.press(keys[number % len(keys)], rest)
            seconds.append((answer.first, answer.seconds))
    return found


def medians(seen: Seen) -> tuple[float, float, float]:
    """Give the seconds of a move, of an answer, and until the other answer has been weighed."""
    return median(seen.moves), median(seen.answers), median(seen.weighs)
