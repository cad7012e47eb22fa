"""Keys by kind: time from key to the last byte of the picture, and bytes against the strict minimum."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple

from benchmarks.minimum import changed_cells, minimum, picture
from benchmarks.terminal import EMPTY_APP, PLANNER, Program

PLAN = "sample_plans/everything-on.toml"


class Kind(NamedTuple):
    """A kind of key: what is pressed first to come where it works, and then what is pressed and measured, and not.

    ``between`` is pressed after each measured key and not measured; ``most`` is what bytes may cost at most, as times
    the strict minimum; ``slower`` is what the fastest key may take, as times the empty app's fastest. Where it is
    ``first``, each key is the first one of a planner of its own.
    """

    name: str
    before: Sequence[str]
    keys: Sequence[str]
    between: Sequence[str] = ()
    most: float = 3.0
    slower: float = 2.2
    first: bool = False


KINDS = (
    Kind("move in the matrix", ("tab",), ("right", "down", "down", "left", "down", "right", "up"), most=2.0),
    Kind("move between questions", (), ("down", "down", "down", "up", "down", "up"), most=2.0),
    Kind("type in a field", ("]", "]", "]", "]", "]", "]", "enter"), tuple("Branch rollout"), slower=2.0),
    Kind("change an answer", ("down", "down", "down"), ("space",), slower=3.0),
    Kind("switch views", (), ("p", "r", "c", "f", "m"), slower=2.3),
    Kind("open help for the first time", (), ("f1",), slower=3.0, first=True),
    Kind("open help again", ("f1", "q"), ("f1",), ("q",), slower=1.9),
    Kind("leave help", ("f1",), ("q",), ("f1",), slower=1.9),
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


@contextmanager
def planner(plan: str = PLAN, columns: int = 80, rows: int = 24) -> Iterator[Program]:
    """Open the planner and wait until it has come to rest."""
    with Program((*PLANNER, plan), columns, rows) as program:
        program.painted("TCP 2967")
        program.rest(0.8)
        yield program


def measure(program: Program, kind: Kind, count: int) -> list[Measured]:
    """Press so many keys of a kind."""
    for key in kind.before:
        program.press(key)
    found = []
    for number in range(count):
        program.feed()
        before = picture(program.screen)
        answer = program.press(kind.keys[number % len(kind.keys)])
        program.feed()
        after = picture(program.screen)
        found.append(Measured(answer.seconds, len(answer.data), minimum(before, after), changed_cells(before, after)))
        for key in kind.between:
            program.press(key)
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


def empty_app(count: int) -> Summary:
    """Press keys in the empty app, each of which it answers by painting its line."""
    with Program(EMPTY_APP) as program:
        program.painted("ready")
        program.rest(0.5)
        return summary("empty app", measure(program, Kind("", (), ("x",)), count))


def planner_keys(kind: Kind, count: int) -> Summary:
    """Press keys of one kind in the planner."""
    found: list[Measured] = []
    while len(found) < count:
        with planner() as program:
            found += measure(program, kind, 1 if kind.first else count)
    return summary(kind.name, found)
