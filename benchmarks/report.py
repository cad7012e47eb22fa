"""The table and the plot that the benchmarks write."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from benchmarks.scale import Size

Row = tuple[str, ...]


def machine() -> str:
    """Name the machine in general terms."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    return f"{os.cpu_count()} cores, {model}, {platform.system()}, Python {platform.python_version()}"


def table(heads: Row, rows: Sequence[Row]) -> str:
    """Write a Markdown table, numbers to the right."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    lines = [
        "| " + " | ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ) + " |"
        for row in (heads, *rows)
    ]  # fmt: skip
    rule = "|" + "|".join("-" * (width + 2) if not column else "-" * (width + 1) + ":"
                          for column, width in enumerate(widths)) + "|"  # fmt: skip
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def milliseconds(seconds: float) -> str:
    """Write seconds as milliseconds, with a digit behind the point where it says something."""
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.02 else f"{seconds * 1000:.1f} ms"


_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 360, 70, 50
_SERIES = (
    ("derive", "derive a plan", "#1f77b4"),
    ("again", "derive it again after one answer", "#2ca02c"),
    ("compare", "say what that answer changed", "#9467bd"),
    ("renamed", "derive it again after one zone's name", "#ff7f0e"),
    ("write", "write the plan file", "#d62728"),
    ("read", "read it", "#8c564b"),
)
"""What is drawn, how it is called, and its colour."""


def plot(sizes: Sequence[Size]) -> str:
    """Draw time against rules, both on logarithmic scales, as SVG."""
    from math import log10

    def x(rules: float) -> float:
        return _LEFT + (log10(rules) - 1) / 4.2 * (_WIDTH - _LEFT - 20)

    def y(seconds: float) -> float:
        return _HEIGHT - _BOTTOM - (log10(max(seconds, 1e-5)) + 5) / 7 * (_HEIGHT - _BOTTOM - 20)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
             f'font-size="12"><rect width="100%" height="100%" fill="white"/>']  # fmt: skip
    for power in range(1, 6):
        at = x(10**power)
        parts.append(f'<path d="M{at:.0f} 20V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{at:.0f}" y="{_HEIGHT - 32}" text-anchor="middle">{10**power:,}</text>')
    for power, label in zip(range(-5, 3), ("10 µs", "0.1 ms", "1 ms", "10 ms", "0.1 s", "1 s", "10 s", "100 s"),
                            strict=True):  # fmt: skip
        at = y(10.0**power)
        parts.append(f'<path d="M{_LEFT} {at:.0f}H{_WIDTH - 20}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{at + 4:.0f}" text-anchor="end">{label}</text>')
    for number, (name, words, colour) in enumerate(_SERIES):
        points = " ".join(f"{x(size.rules):.1f},{y(getattr(size, name)):.1f}" for size in sizes)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_LEFT + 12}" y="{36 + 16 * number}" fill="{colour}">{words}</text>')
    parts.append(f'<text x="{(_WIDTH + _LEFT) / 2}" y="{_HEIGHT - 10}" text-anchor="middle">rules</text></svg>\n')
    return "\n".join(parts)
