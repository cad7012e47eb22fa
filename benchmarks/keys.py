"""Keys by kind: time from key to the last byte of the picture, and bytes against the strict minimum.

Each key takes turns with one in the empty app, which answers it by painting its line.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from time import perf_counter, sleep
from typing import NamedTuple

from benchmarks.minimum import changed_cells, minimum, picture
from benchmarks.terminal import EMPTY_APP, PLANNER, Program
from planner.catalogue.loader import load_catalogue
from planner.session.steps import fields_of
from planner.session.workspace import Workspace
from planner.storage.plan_files import read_plan

PLAN = "sample_plans/everything-on.toml"


class Kind(NamedTuple):
    """A kind of key: what is pressed first to come where it works, and then what is pressed and measured, and not.

    ``between`` is pressed after each measured key and not measured; ``most`` is what bytes may cost at most, as times
    the strict minimum; ``slower`` is what a key may take, as times the empty app's. Where it is ``first``, each key is
    the first one of a planner of its own. One that ``derives`` may take as long as what follows from it besides.
    """

    name: str
    before: Sequence[str]
    keys: Sequence[str]
    between: Sequence[str] = ()
    most: float = 3.0
    slower: float = 1.5
    first: bool = False
    derives: bool = False


_REST = 0.12
"""Seconds from one key to the next: both the planner and the empty app are waited for."""

_ANSWER = 3
"""The place of the question that is answered in the first step: whether there are clients."""

KINDS = (
    Kind("move in the matrix", ("tab",), ("right", "down", "down", "left", "down", "right", "up"), most=2.0),
    Kind("move between questions", (), ("down", "down", "down", "up", "down", "up"), most=2.0),
    Kind("type in a field", ("]", "]", "]", "]", "]", "]", "enter"), tuple("Branch rollout")),
    Kind("change an answer", ("down",) * _ANSWER, ("space",), derives=True),
    Kind("switch views", (), ("p", "r", "c", "f", "m")),
    Kind("open help for the first time", (), ("f1",), first=True),
    Kind("open help again", ("f1", "q"), ("f1",), ("q",)),
    Kind("leave help", ("f1",), ("q",), ("f1",)),
)


class Measured(NamedTuple):
    """One key: seconds, bytes sent, strict minimum of bytes, cells changed."""

    seconds: float
    bytes: int
    minimum: int
    cells: int


class Summary(NamedTuple):
    """All keys of a kind: bytes of all against the minimum of all, and seconds at the median, 95 per cent and best.

    A key that sends nothing counts for nothing.
    """

    name: str
    median: float
    p95: float
    best: float
    bytes: float
    minimum: float
    times: float


class Turns(NamedTuple):
    """Keys of a kind and keys of the empty app that took turns, and the seconds of what follows from one, 0 if nothing.

    ``derived`` is at the median, ``least_derived`` at best.
    """

    empty: Summary
    planner: Summary
    derived: float
    least_derived: float

    @property
    def times(self) -> float:
        """How many times the empty app's median the planner's is, what is derived left out."""
        return (self.planner.median - self.derived) / self.empty.median

    @property
    def best(self) -> float:
        """The same of the fastest."""
        return (self.planner.best - self.least_derived) / self.empty.best


@contextmanager
def planner(plan: str = PLAN, columns: int = 80, rows: int = 24) -> Iterator[Program]:
    """Open the planner and wait until it has come to rest."""
    with Program((*PLANNER, plan), columns, rows) as program:
        program.painted("TCP 2967")
        program.rest(0.8)
        yield program


def measure(program: Program, kind: Kind, count: int, empty: Program) -> tuple[list[Measured], list[Measured]]:
    """Press so many keys of a kind, and one in the empty app before each; give what those took, and the others."""
    for key in kind.before:
        program.press(key)
    found, yardstick = [], []
    for number in range(count):
        yardstick.append(pressed(empty, "x"))
        found.append(pressed(program, kind.keys[number % len(kind.keys)]))
        for key in kind.between:
            program.press(key)
    return yardstick, found


def pressed(program: Program, key: str) -> Measured:
    """Press a key, and measure what followed."""
    program.feed()
    before = picture(program.screen)
    answer = program.press(key)
    program.feed()
    after = picture(program.screen)
    return Measured(answer.seconds, len(answer.data), minimum(before, after), changed_cells(before, after))


def derivation(count: int) -> list[float]:
    """Change the answer that is changed there to and fro; give the seconds of what follows from it each time.

    That is the other rules, and what the answer before would do now. As between keys, there is a rest between them.
    """
    catalogue = load_catalogue()
    work = Workspace(read_plan(PLAN).plan, "", catalogue)
    found = []
    for _ in range(count):
        field = fields_of(work.plan, "estate", None, "", catalogue)[_ANSWER]
        began = perf_counter()
        work.take(field, field.switched())
        taken = perf_counter() - began
        field = fields_of(work.plan, "estate", None, "", catalogue)[_ANSWER]
        began = perf_counter()
        work.impact(field)
        found.append(taken + perf_counter() - began)
        sleep(_REST)
    return found


def summary(name: str, found: Sequence[Measured]) -> Summary:
    """Sum up the keys of a kind; a key that changed nothing on the screen counts for time alone, if that."""
    seconds = sorted(key.seconds for key in found if key.seconds) or [0.0]
    shown = [key for key in found if key.cells]
    sent, least = sum(key.bytes for key in shown), sum(key.minimum for key in shown)
    count = max(1, len(shown))
    return Summary(
        name, median(seconds), seconds[min(len(seconds) - 1, len(seconds) * 95 // 100)], seconds[0],
        sent / count, least / count, sent / max(1, least),
    )  # fmt: skip


def keys_in_turns(kind: Kind, count: int) -> Turns:
    """Press keys of one kind in the planner, and keys in the empty app."""
    yardstick: list[Measured] = []
    found: list[Measured] = []
    with Program(EMPTY_APP) as empty:
        empty.painted("ready")
        while len(found) < count:
            with planner() as program:
                more, keys = measure(program, kind, 1 if kind.first else count, empty)
                yardstick += more
                found += keys
    derived = derivation(count) if kind.derives else [0.0]
    return Turns(summary("empty app", yardstick), summary(kind.name, found), median(derived), min(derived))
