"""Wrapping of visible text to a width in terminal cells, and lists of names."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice

from planner.text.escaping import cell_width, take, visible

_BREAK_AFTER = "-/:>,_"
_SPACE = r"(?<![A-Za-z]) | (?!\d)"
"""Places where a line may end: not between a word and its number, as in TCP 2967."""


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` cells (2 or more); a word is broken only if it must be."""
    if cell_width(text) <= width:
        return [text]
    lines = []
    line = ""
    for word in re.split(_SPACE, text):
        longer = f"{line} {word}" if line else word
        if cell_width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width)
        lines.extend(full)
    return [*lines, line]


def _pieces(word: str, width: int) -> Iterator[str]:
    """Break a word after a hyphen or the like where that leaves a good half, else anywhere."""
    start = 0
    while True:
        # Visible text has two marks of no width to a character at most, so this much fills any line.
        rest = word[start : start + 3 * width + 1]
        piece = take(rest, width)
        if piece == rest:
            yield piece
            return
        after = max(piece.rfind(sign) for sign in _BREAK_AFTER) + 1
        if 2 * after >= len(piece):
            piece = piece[:after]
        yield piece
        start += len(piece)


def some_of(names: Collection[str], most: int | None) -> str:
    """Name things, and count those that would be more than ``most``; None names all."""
    if most is None or len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(islice(names, most))} and {len(names) - most} more"


def did_you_mean(word: str, known: Iterable[str], compared: Callable[[str], str] = str.casefold) -> str:
    """Returns ``; did you mean 'this'?`` for the known word that is nearest to a mistyped one, or nothing.

    Args:
        word: what was typed.
        known: what could be meant.
        compared: returns the part of a word that is compared.
    """
    from difflib import get_close_matches  # only mistakes wait for it

    spelled = {compared(name): name for name in known}
    near = get_close_matches(compared(word[:100]), spelled, 1)
    return f"; did you mean '{visible(spelled[near[0]], 60)}'?" if near else ""
