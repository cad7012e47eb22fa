"""Lines of a plan file: where each table and key stands, and how one text differs from another."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

_TOKENS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5})?'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5})?"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*"
    r"|[A-Za-z0-9_-]+"
    r"|[\[\]{}=\n]",
    re.DOTALL,
)

FileSpot = tuple[str, int, str]
"""A place in a plan: its table, which of the tables of that name (from 0), and the key; no key for the heading."""


def lines_of(text: str) -> dict[FileSpot, int]:
    """Line number, from 1, on which each table and each key of a TOML text begins.

    An entry that is written in another way than ``[[table]]`` and ``key = value`` is not found.
    """
    found: dict[FileSpot, int] = {}
    counts: dict[str, int] = {}
    table, line, depth = "", 1, 0
    heading: list[str] | None = None
    at_start, key = True, ""
    for match in _TOKENS.finditer(text):
        sign = match.group()
        if sign == "\n":
            if heading is not None:
                table = _enter(heading, counts, found, line)
                heading = None
            line, at_start = line + 1, depth == 0
            continue
        if heading is not None:
            if not sign.startswith("#"):
                heading.append(sign)
        elif sign in "[{" and not (at_start and sign == "["):
            depth += 1
        elif sign in "]}":
            depth = max(0, depth - 1)
        elif sign == "[":
            heading = [sign]
        elif sign == "=":
            if key and depth == 0:
                found.setdefault((table, max(counts.get(table, 1) - 1, 0), key), line)
            key = ""
        elif at_start and not sign.startswith("#"):
            key = sign.strip("\"'")
        at_start = False
        line += sign.count("\n")
    if heading is not None:
        _enter(heading, counts, found, line)
    return found


def _enter(heading: list[str], counts: dict[str, int], found: dict[FileSpot, int], line: int) -> str:
    """Counts the table that a heading begins and returns its name; a table inside another has both names."""
    name = ".".join(sign.strip("\"'") for sign in heading if sign not in "[]")
    if heading[:2] == ["[", "["]:
        counts[name] = counts.get(name, 0) + 1
    found.setdefault((name, max(counts.get(name, 1) - 1, 0), ""), line)
    return name


_WINDOW = 60
"""Lines after a difference among which the texts are found to agree again."""

MOST_CHANGES = 400
"""Further lines that differ are not looked at."""


class LineChange(NamedTuple):
    """Line of a text, from 0, that is not in the expected text; where one is gone, the line that follows it."""

    at: int
    expected_at: int
    gone: bool


def line_changes(written: Sequence[str], expected: Sequence[str]) -> Iterator[LineChange]:
    """Lines in which a text differs from the expected one, in order, up to ``MOST_CHANGES``."""
    return islice(_changes(written, expected), MOST_CHANGES)


def _changes(written: Sequence[str], expected: Sequence[str]) -> Iterator[LineChange]:
    at = other = 0
    while at < len(written) or other < len(expected):
        if at < len(written) and other < len(expected) and written[at] == expected[other]:
            at, other = at + 1, other + 1
            continue
        mine, theirs = _agreement(written, expected, at, other)
        if mine == at:
            yield LineChange(at, other, gone=True)
        for line in range(at, mine):
            yield LineChange(line, min(other + line - at, theirs), gone=False)
        at, other = mine, theirs


def _agreement(written: Sequence[str], expected: Sequence[str], at: int, other: int) -> tuple[int, int]:
    """Nearest places from which two lines of both texts are equal; one line on in both where there is none near."""
    for distance in range(1, _WINDOW):
        for skipped in range(distance + 1):
            mine, theirs = at + distance - skipped, other + skipped
            if mine > len(written) or theirs > len(expected):
                continue
            if written[mine : mine + 2] == expected[theirs : theirs + 2]:
                return mine, theirs
    return min(at + 1, len(written)), min(other + 1, len(expected))


_MARK = 4
"""Hexadecimal digits of a line's mark."""


def line_marks(lines: Sequence[str]) -> list[str]:
    """Short digests of lines, 24 to a text: they tell which line of the answers was edited."""
    marks = [hashlib.sha256(line.encode()).hexdigest()[:_MARK] for line in lines]
    return ["".join(marks[start : start + 24]) for start in range(0, len(marks), 24)]


def split_marks(texts: Sequence[object]) -> list[str]:
    """Marks of single lines from the texts that ``line_marks`` made."""
    joined = "".join(map(str, texts))
    return [joined[start : start + _MARK] for start in range(0, len(joined), _MARK)]
