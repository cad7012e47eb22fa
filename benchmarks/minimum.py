"""The fewest bytes that turn one screen into another: the changed cells, and the moves and inks between them."""

from typing import Any

import pyte

Ink = tuple[str, str, frozenset[str]]
"""Foreground, background, attributes; ``default`` is no code at all."""
PLAIN: Ink = ("default", "default", frozenset())
_ATTRIBUTES = {"bold": "1", "italics": "3", "underscore": "4", "reverse": "7", "strikethrough": "9"}
_OFF = {"1": "22", "3": "23", "4": "24", "7": "27", "9": "29"}

Picture = list[list[tuple[str, Ink]]]
"""Rows of cells, each its text and its ink."""


def picture(screen: pyte.Screen) -> Picture:
    """Keep what an emulator shows."""
    return [[_cell(screen.buffer[y][x]) for x in range(screen.columns)] for y in range(screen.lines)]


def _cell(char: Any) -> tuple[str, Ink]:
    return char.data, (char.fg, char.bg, frozenset(code for name, code in _ATTRIBUTES.items() if getattr(char, name)))


def changed_cells(before: Picture, after: Picture) -> int:
    """Count the cells that differ."""
    return sum(old != new for was, now in zip(before, after, strict=True) for old, new in zip(was, now, strict=True))


def minimum(before: Picture, after: Picture) -> int:
    """Count the bytes of the changed cells, each move and change of ink among them written the shortest way."""
    total, ink, at = 0, PLAIN, (-1, -1)
    for y, (was, now) in enumerate(zip(before, after, strict=True)):
        for x, (old, (text, new_ink)) in enumerate(zip(was, now, strict=True)):
            if old == (text, new_ink):
                continue
            if at != (y, x):
                gap = now[at[1] : x] if at[0] == y else []
                again = sum(len(cell.encode()) for cell, _ in gap) if all(i == ink for _, i in gap) else 99
                move = _move(at, y, x)
                total += min(again, move) if gap else move
            total += change(ink, new_ink) + len(text.encode())
            ink, at = new_ink, (y, x + 1)
    return total


def _move(at: tuple[int, int], y: int, x: int) -> int:
    ways = [f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"]
    if at[0] == y:
        ways.append(f"\x1b[{x - at[1]}C" if x > at[1] + 1 else "\x1b[C")
    return min(map(len, ways))


def change(old: Ink, new: Ink) -> int:
    """Count the bytes of the shortest change of ink."""
    if old == new:
        return 0
    fore, back = _colour(new[0], "38"), _colour(new[1], "48")
    anew = ";".join(["0", *sorted(new[2]), *filter(None, (fore, back))]) if new != PLAIN else ""
    ways = [f"\x1b[{anew}m"]
    codes = [*sorted(new[2] - old[2]), *sorted(_OFF[code] for code in old[2] - new[2])]
    codes += [fore or "39"] if new[0] != old[0] else []
    codes += [back or "49"] if new[1] != old[1] else []
    ways.append(f"\x1b[{';'.join(codes)}m")
    return min(map(len, ways))


_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")


def _colour(name: str, kind: str) -> str:
    if name == "default":
        return ""
    plain = name.removeprefix("bright")
    if plain in _NAMES:
        return f"{kind[0] if plain == name else {'3': '9', '4': '10'}[kind[0]]}{_NAMES.index(plain)}"
    return ";".join((kind, "2", *(str(int(name[at : at + 2], 16)) for at in (0, 2, 4))))
