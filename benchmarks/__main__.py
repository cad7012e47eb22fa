"""Measures everything, prints it, and writes it into ``benchmarks/README.md`` and ``benchmarks/scale.svg``.

``--quick`` takes fewer runs of everything, for a look while something is being changed, and writes nothing.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import audit, keys, large, line, peers, rest, scale, start
from benchmarks.report import machine, milliseconds, plot, table

HERE = Path(__file__).parent


def main(quick: bool) -> None:
    """Measure, print and write."""
    parts = []
    for part in _parts(quick):
        print(part, flush=True)
        parts.append(part)
    if not quick:
        show(parts)


def show(parts: list[str]) -> None:
    """Writes the tables between the marks for them in ``benchmarks/README.md``."""
    readme = HERE / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(_BEGIN)
    readme.write_text(f"{before}{_BEGIN}\n{chr(10).join(parts)}{_END}{rest.partition(_END)[2]}", encoding="utf-8")


_BEGIN, _END = "<!-- measured -->", "<!-- end of what was measured -->"


def _parts(quick: bool) -> Iterator[str]:
    repeats, presses = (3, 14) if quick else (11, 60)
    yield f"Measured on: {machine()}. Medians; what is compared took turns, and *times* is the median of those.\n"
    yield _pairs("First picture", "empty app", [start.first_picture(*size, 2 * repeats - 1) for size in start.SIZES])
    done = [start.command(name, arguments, repeats) for name, arguments, _ in start.COMMANDS]
    yield _pairs("Command", "`python -c pass`", done)
    yield _keys(presses)
    yield table(
        ("Left alone", "bytes", "processor", "memory"),
        [(found.name, str(found.bytes), milliseconds(found.cpu), f"{found.memory:.0f} MiB")
         for found in rest.both(5 if quick else 30)],
    )  # fmt: skip
    yield _peers(repeats, presses)
    yield _slow_line(quick)
    yield from _scale(quick)
    yield table(
        ("Rule base", "rules", "kB", "processor"),
        [(found.name, f"{found.rules:,}", f"{found.bytes / 1000:.0f}", milliseconds(found.seconds))
         for found in audit.figures(500 if quick else 2500)],
    )  # fmt: skip


def _pairs(what: str, yardstick: str, pairs: list[start.Pair]) -> str:
    rows = [(pair.name, milliseconds(pair.yardstick), milliseconds(pair.planner), f"{pair.times:.2f}",
             f"{pair.best:.2f}") for pair in pairs]  # fmt: skip
    return table((what, yardstick, "planner", "times", "fastest runs"), rows)


def _keys(presses: int) -> str:
    found = [keys.keys_in_turns(kind, presses // 5 if kind.first else presses) for kind in keys.KINDS]
    rows = [(*_times(found[0].empty), "", "", "", *_bytes(found[0].empty))]
    rows += [
        (*_times(key.planner), milliseconds(key.derived) if key.derived else "", f"{key.times:.2f}", f"{key.best:.2f}",
         *_bytes(key.planner)) for key in found
    ]  # fmt: skip
    return table(
        ("Key", "median", "95 %", "fastest", "derived", "the rest, times the empty app's", "fastest keys", "bytes",
         "strict minimum", "times"), rows,
    )  # fmt: skip


def _times(key: keys.Summary) -> tuple[str, ...]:
    return key.name, milliseconds(key.median), milliseconds(key.p95), milliseconds(key.best)


def _bytes(key: keys.Summary) -> tuple[str, ...]:
    return f"{key.bytes:.0f}", f"{key.minimum:.0f}", f"{key.times:.2f}"


def _peers(repeats: int, presses: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        found = peers.figures(Path(folder), repeats, presses)
    shown = table(
        ("What shows the matrix", "first picture", "a move", "bytes", "strict minimum", "times", "memory"),
        list(peers.rows(found)),
    )
    missing = ", ".join(peers.missing())
    return f"{shown}\nLooked for as well, and not installed: {missing}.\n" if missing else shown


def _slow_line(quick: bool) -> str:
    held = line.hold(3 if quick else 10)
    stalled = line.stall(200 if quick else 1000)
    return table(
        ("At 9,600 bit/s and 300 ms there and back", ""),
        [
            (f"a key held for {held.presses} presses: bytes in all", str(held.bytes)),
            ("most bytes waiting at once", str(held.backlog)),
            ("from letting go to the last picture", milliseconds(held.settles)),
            ("nothing read while keys are pressed: memory before", f"{stalled.before:.0f} MiB"),
            ("memory after", f"{stalled.after:.0f} MiB"),
            ("until the last key is seen, once it is read again", milliseconds(stalled.catches_up)),
        ],
    )


def _scale(quick: bool) -> Iterator[str]:
    measured = list(scale.sizes(scale.SIZES[:4] if quick else scale.SIZES))
    rows = [(f"{size.zones:,}", f"{size.rules:,}", *map(milliseconds, size[2:])) for size in measured]
    larger = [size for size in measured if size.rules > 100]
    grown = [scale.growth([(size.rules, size[column]) for size in larger]) for column in range(2, 8)]
    rows.append(("growth", "", *(f"{power:.2f}" for power in grown)))
    heads = ("Zones", "rules", "derive", "again after one answer", "what it changed", "again after one zone's name",
             "write the file", "read it")  # fmt: skip
    yield table(heads, rows)
    if not quick:
        (HERE / "scale.svg").write_text(plot(measured), encoding="utf-8")
    size = scale.SIZES[2] if quick else scale.SIZES[-1]
    with tempfile.TemporaryDirectory() as folder:
        small, grown_large = large.in_turns(Path(folder), size, 6 if quick else 24, 0.6)
    told = ("a move in the matrix", "one changed answer is seen in", "what the other answer would do is said in")
    pairs = list(zip(told, large.medians(small), large.medians(grown_large), strict=True))
    yield table(
        ("On the screen", f"{large.SMALL[0]} zones", f"{size[0]:,} zones", "times"),
        [
            ("opens in", milliseconds(small.opens), milliseconds(grown_large.opens), ""),
            *((name, milliseconds(one), milliseconds(two), f"{two / one:.2f}") for name, one, two in pairs),
            ("memory", f"{small.memory:.0f} MiB", f"{grown_large.memory:.0f} MiB", ""),
        ],
    )


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
