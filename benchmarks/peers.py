"""Programs that show something like the planner's matrix in a terminal, measured beside it where they are installed.

No other planner of firewall ports runs in a terminal. Nearest come those that show the same matrix: as a sheet with a
cursor, from the CSV that the planner exports; as text; and an editor on the plan file.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.keys import PLAN, Summary, pressed, summary
from benchmarks.terminal import EMPTY_APP, PLANNER, ROOT, Program, output_of

MOVES = "ljjhjlk"
"""Keys that move a cursor in all of them."""


class Peer(NamedTuple):
    """A program, what of the plan it shows, and when that is on the screen.

    ``arguments`` come before the file; ``file`` is one of `files`; ``shown`` are texts of the first picture, ``before``
    are keys that lead to where a cursor moves.
    """

    name: str
    command: str
    arguments: tuple[str, ...]
    file: str
    shown: tuple[str, ...]
    before: tuple[str, ...] = ()
    moves: Sequence[str] = MOVES


PEERS = (
    Peer("VisiData", "vd", (), "matrix.csv", ("TCP 2967", "in out")),
    Peer("sc-im", "sc-im", (), "matrix.csv", ("TCP 2967", "in out")),
    Peer("less, which scrolls", "less", ("-S",), "matrix.txt", ("Ports by zone",), moves="jjkjkkj"),
    Peer("vim on the plan file", "vim", ("--clean",), "plan.toml", ("schema",)),
)
_OWN = (
    Peer("empty app", sys.executable, EMPTY_APP, "", ("ready",), moves="x"),
    Peer("planner", sys.executable, PLANNER, "plan.toml", ("TCP 2967", "in"), ("tab",),
         ("right", "down", "down", "left", "down", "right", "up")),
)  # fmt: skip


class Figures(NamedTuple):
    """Seconds to the first picture, what a move takes, and the MiB that the program has held at most."""

    name: str
    picture: float
    move: Summary
    memory: float


def missing() -> list[str]:
    """Name the commands that were looked for and are not installed."""
    return [peer.command for peer in PEERS if shutil.which(peer.command) is None]


def figures(folder: Path, repeats: int, presses: int) -> list[Figures]:
    """Measure the empty app, the planner and each peer that is installed, in turns."""
    files(folder)
    found = [*_OWN, *(peer for peer in PEERS if peer.command not in missing())]
    pictures: list[list[float]] = [[] for _ in found]
    for _ in range(repeats + 1):
        for peer, times in zip(found, pictures, strict=True):
            with _open(peer, folder) as program:
                times.append(program.painted(*peer.shown))
    return [_at_work(peer, folder, median(times[1:]), presses) for peer, times in zip(found, pictures, strict=True)]


def files(folder: Path) -> None:
    """Write what the peers show: the matrix as CSV and as text, and the plan."""
    show = (*PLANNER, "show", PLAN, "--view", "ports")
    (folder / "matrix.csv").write_bytes(output_of(*show, "--format", "csv"))
    (folder / "matrix.txt").write_bytes(output_of(*show))
    shutil.copy(ROOT / PLAN, folder / "plan.toml")


def _open(peer: Peer, folder: Path) -> Program:
    file = [str(folder / peer.file)] if peer.file else []
    return Program((*peer.arguments, *file), executable=shutil.which(peer.command) or peer.command)


def _at_work(peer: Peer, folder: Path, picture: float, presses: int) -> Figures:
    with _open(peer, folder) as program:
        program.painted(*peer.shown)
        program.rest(0.8)
        for key in peer.before:
            program.press(key)
        keys = [pressed(program, peer.moves[number % len(peer.moves)]) for number in range(presses)]
        return Figures(peer.name, picture, summary(peer.name, keys), program.peak_memory())


def rows(found: Sequence[Figures]) -> Iterator[tuple[str, ...]]:
    """Give the rows of a table: name, milliseconds, milliseconds, bytes, least bytes, times, MiB."""
    for each in found:
        move = each.move
        yield (
            each.name, f"{each.picture * 1000:.0f} ms", f"{move.median * 1000:.1f} ms", f"{move.bytes:.0f}",
            f"{move.minimum:.0f}", f"{move.times:.2f}", f"{each.memory:.0f} MiB",
        )  # fmt: skip
