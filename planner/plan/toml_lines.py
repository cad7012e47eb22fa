"""Where things stand in the text of a plan, so that a difference can be named by its line."""

import re

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

Spot = tuple[str, int, str]
"""A place in a plan: its table, which of the tables of that name (from 0), and the key; no key for the heading."""


def lines_of(text: str) -> dict[Spot, int]:
    """Give the number, from 1, of the line on which each table and each key of a TOML text begins.

    An entry that is written in another way than ``[[table]]`` and ``key = value`` is not found.
    """
    found: dict[Spot, int] = {}
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


def _enter(heading: list[str], counts: dict[str, int], found: dict[Spot, int], line: int) -> str:
    """Take the heading of a table in and give its name; a table inside another is known by both names."""
    name = ".".join(sign.strip("\"'") for sign in heading if sign not in "[]")
    if heading[:2] == ["[", "["]:
        counts[name] = counts.get(name, 0) + 1
    found.setdefault((name, max(counts.get(name, 1) - 1, 0), ""), line)
    return name
