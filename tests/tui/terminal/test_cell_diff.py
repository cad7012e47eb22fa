"""Only the cells that differ are sent, and after them the terminal shows what was wanted; pyte is the terminal."""

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.tui.terminal.cell_diff import SentScreen, change_ink

WIDTH, HEIGHT = 12, 4
INKS = ("", "1", "7", "1;38;2;1;2;3", "38;2;1;2;3;48;2;9;9;9", "48;5;17", "31;44", "4;91;102")


class Shown:
    """A screen that was sent, beside the emulator that got it."""

    def __init__(self) -> None:
        self.screen = SentScreen()
        self.screen.resize(WIDTH, HEIGHT)
        self.terminal = pyte.Screen(WIDTH, HEIGHT)
        self.terminal.reset_mode(pyte.modes.DECAWM)
        self._stream = pyte.Stream(self.terminal)
        self.send()

    def send(self) -> str:
        """Bring the terminal up to date and give what that took."""
        text = self.screen.difference()
        self._stream.feed(text)
        return text


def test_what_is_there_is_not_sent_again() -> None:
    shown = Shown()
    shown.screen.want(1, 0, [("abc", "1"), ("def", "")])
    assert shown.send() == "\x1b[2H\x1b[1mabc\x1b[mdef"
    shown.screen.want(1, 0, [("abc", "1"), ("def", "")])
    assert shown.send() == ""


def test_one_changed_cell_costs_one_cell() -> None:
    shown = Shown()
    shown.screen.want(2, 0, [("abcdef", "")])
    shown.send()
    shown.screen.want(2, 0, [("abXdef", "")])
    assert shown.send() == "\x1b[3;3HX"


@pytest.mark.parametrize(
    ("old", "new", "sent"),
    [
        ([("abcdefgh", "")], [("Xbcdefgh", "")], "\x1b[HX"),
        ([("abcdefgh", "")], [("XbcdefgY", "")], "\x1b[HXbcdefgY"),
        ([("abcdefghi", "")], [("XbcdefghY", "")], "\x1b[HX\x1b[9GY"),
        ([("ab", ""), ("c", "1")], [("Xb", ""), ("Z", "1")], "\x1b[HXb\x1b[1mZ\x1b[m"),
        ([("a", ""), ("b", "1"), ("c", "")], [("X", ""), ("b", "1"), ("Z", "")], "\x1b[HX\x1b[CZ"),
        ([("a", ""), ("b", "1")], [("ab", "1")], "\x1b[H\x1b[1ma\x1b[m"),
    ],
    ids=["one", "near", "far", "near, before another ink", "behind another ink", "ink alone"],
)
def test_a_few_cells_between_are_written_again_where_the_ink_stays(
    old: list[tuple[str, str]], new: list[tuple[str, str]], sent: str
) -> None:
    shown = Shown()
    shown.screen.want(0, 0, old)
    shown.send()
    shown.screen.want(0, 0, new)
    assert shown.send() == sent


def test_what_follows_a_wide_character_that_changed_is_where_it_belongs() -> None:
    shown = Shown()
    for wide, last in (("\u754c", "c"), ("\u753a", "d")):
        shown.screen.want(1, 0, [(f"abcdefg{wide}", ""), ("b", "1"), (last, "")])
        shown.send()
    assert shown.terminal.display[1].rstrip() == "abcdefg\u753abd"


@pytest.mark.parametrize(
    ("runs", "end", "shown"),
    [
        ([("ab\u0301c", "")], 9, "ab\u0301c"),
        ([("ab", "1"), ("\u0301c", "")], 9, "ab\u0301c"),
        ([("\u754c", ""), ("\u0301\u0308x", "1")], 9, "\u754c\u0301\u0308x"),
        ([("\u0301a", "")], 9, "a"),
        ([("a\u754cb", "")], 2, "a"),
        ([("a\u754c", ""), ("bc", "")], 2, "ab"),
        ([("abc", "")], 2, "ab"),
        ([("abc", "")], 0, ""),
    ],
)
def test_a_character_takes_two_cells_or_joins_the_one_before(runs: list[tuple[str, str]], end: int, shown: str) -> None:
    screen = SentScreen()
    screen.resize(WIDTH, HEIGHT)
    screen.want(1, 0, runs, end)
    assert "".join(cell.text for cell in screen._wanted[1]).rstrip() == shown


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("", "1;31", "\x1b[1;31m"),
        ("1;31", "", "\x1b[m"),
        ("1;31", "31", "\x1b[0;31m"),
        ("31;44", "32;44", "\x1b[32m"),
        ("38;2;1;2;3;48;2;9;9;9", "1;38;2;1;2;3;48;2;9;9;9", "\x1b[1m"),
        ("38;5;7;48;5;17", "38;5;7;48;5;18", "\x1b[48;5;18m"),
    ],
)
def test_an_ink_is_changed_by_what_differs(old: str, new: str, change: str) -> None:
    assert change_ink(old, new) == change


def test_all_is_sent_again_to_a_terminal_that_may_show_anything() -> None:
    shown = Shown()
    for y in range(HEIGHT):
        shown.screen.want(y, 0, [("x" * WIDTH, "")])
    shown.send()
    shown.screen.forget()
    assert shown.send().count("x") == WIDTH * HEIGHT


RUNS = st.lists(
    st.tuples(st.text(st.sampled_from("ab \u00b7\u2500\u754c\u0301"), max_size=6), st.sampled_from(INKS)), max_size=4
)
FRAME = st.lists(st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), RUNS), max_size=6)


@given(frames=st.lists(FRAME, max_size=5))
def test_after_any_frames_the_terminal_shows_what_a_fresh_one_would(
    frames: list[list[tuple[int, int, list[tuple[str, str]]]]],
) -> None:
    shown, fresh = Shown(), Shown()
    for frame in frames:
        for y, x, runs in frame:
            for each in (shown, fresh):
                each.screen.want(y, x, runs)
        shown.send()
    fresh.send()
    assert [[shown.terminal.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)] == [
        [fresh.terminal.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)
    ]
