"""What comes from the keyboard is cut into keys, control sequences and pastes; what is none of them is swallowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.tui.terminal.input_parser import (
    BURST,
    LONGEST,
    LOST,
    PASTE_LIMIT,
    Keyboard,
    Meta,
    Pasted,
    Piece,
    Sequence,
    Typed,
)

ON, OFF = "\x1b[200~", "\x1b[201~"


def taken(*parts: str, pause: float = 0.01) -> list[Piece]:
    """Give the pieces of what comes in these parts, and then no more."""
    keyboard, pieces, now = Keyboard(), [], 0.0
    for part in parts:
        now += pause
        pieces += keyboard.rest(now) + keyboard.feed(part, now)
    return pieces + keyboard.rest(now + 10)


CASES: dict[str, tuple[tuple[str, ...], list[Piece]]] = {
    "letters": (("ab",), [Typed("ab")]),
    "Enter, pressed before the terminal was the planner's": (("\n",), [Typed("\r")]),
    "a control key": (("\x11",), [Typed("\x11")]),
    "an arrow": (("\x1b[A",), [Sequence("\x1b[A")]),
    "an arrow in the other mode": (("\x1bOA",), [Sequence("\x1bOA")]),
    "a function key of the Linux console": (("\x1b[[A",), [Sequence("\x1b[[A")]),
    "a key with modifiers": (("\x1b[1;5Cx",), [Sequence("\x1b[1;5C"), Typed("x")]),
    "a click": (("\x1b[<0;5;5M",), [Sequence("\x1b[<0;5;5M")]),
    "an arrow torn apart": (("\x1b", "[", "A"), [Sequence("\x1b[A")]),
    "Escape alone": (("\x1b",), [Meta("\x1b")]),
    "Escape, and then a letter that was typed": (("\x1b", "x"), [Meta("\x1bx")]),
    "Alt and a letter": (("\x1bf",), [Meta("\x1bf")]),
    "Alt and the letters that begin something": (("\x1b[",), [Meta("\x1b[")]),
    "Alt and ]": (("\x1b]",), [Meta("\x1b]")]),
    "two Escapes": (("\x1b\x1b",), [Meta("\x1b"), Meta("\x1b")]),
    "an unknown sequence": (("\x1b[99;99zx",), [Sequence("\x1b[99;99z"), Typed("x")]),
    "a sequence longer than any that means something": ((f"\x1b[{'1;' * LONGEST}Ax",), [Typed("x")]),
    "a sequence broken off by a key": (("\x1b[12\x11",), [Typed("\x11")]),
    "a sequence broken off by another": (("\x1b[12\x1b[A",), [Sequence("\x1b[A")]),
    "a report of the window's size": (("\x1b[48;24;80;0;0tx",), [Typed("x")]),
    "a report of the old mouse": (("\x1b[M !!x",), [Typed("x")]),
    "an answer to what nobody asked": (("\x1b]52;c;QUJD\x07x",), [Typed("x")]),
    "the same with another end": (("\x1b]11;rgb:0/0/0\x1b\\x",), [Typed("x")]),
    "the same torn apart": (("\x1b]11;rgb", ":0/0/0\x1b", "\\x"), [Typed("x")]),
    "a longer answer": (("\x1bP+r\x1b\\x",), [Typed("x")]),
    "a paste": ((f"{ON}one\r\ntwo\rthree{OFF}x",), [Pasted("one\ntwo\nthree", 0), Typed("x")]),
    "a paste torn apart": (("\x1b[20", "0~a", "b\x1b[2", "01~x"), [Pasted("ab", 0), Typed("x")]),
    "controls in a paste": ((f"{ON}a\x1b\x11\x00\x9b\tb{OFF}",), [Pasted("a\tb", 0)]),
    "a key sequence in a paste": ((f"{ON}a\x1b[Ab{OFF}",), [Pasted("a[Ab", 0)]),
    "an empty paste": ((f"{ON}{OFF}",), [Pasted("", 0)]),
    "a paste that ends twice": ((f"{ON}a{OFF}{OFF}x",), [Pasted("a", 0), Typed("x")]),
    "a burst": (("x" * BURST,), [Pasted("x" * BURST, 0)]),
    "a burst of lines, and its end": (("one\r" * BURST, "two\r"), [Pasted("one\n" * BURST, 0), Pasted("two\n", 0)]),
    "fast typing": (("x" * (BURST - 1),), [Typed("x" * (BURST - 1))]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_comes_is_cut_into_pieces(name: str) -> None:
    parts, pieces = CASES[name]
    assert taken(*parts) == pieces


def test_a_paste_has_a_limit() -> None:
    assert taken(ON, "x" * PASTE_LIMIT, "yyy", OFF) == [Pasted("x" * PASTE_LIMIT, 3)]


@pytest.mark.parametrize("key", ["\x1b", "\x03", "\x11", "\x1b[27u", "\x1b[113;5u"])
def test_a_paste_whose_end_was_lost_gives_the_keyboard_back(key: str) -> None:
    keyboard = Keyboard()
    assert keyboard.feed(f"{ON}ab", 0) == []
    assert keyboard.feed(key, LOST / 2) == []
    pieces = keyboard.feed(key, 2 * LOST) + keyboard.rest(3 * LOST)
    assert isinstance(pieces[0], Pasted)
    assert pieces[1:] in ([Typed(key)], [Meta(key)], [Sequence(key)])
    assert not keyboard.pasting


def test_an_answer_that_does_not_end_holds_the_keyboard_for_a_second() -> None:
    keyboard = Keyboard()
    assert keyboard.feed("\x1b]52;c;", 0) == []
    assert keyboard.rest(1.1) == []
    assert keyboard.feed("x", 1.2) == [Typed("x")]


SENT = st.lists(
    st.sampled_from(
        ["a", "é", "\x1b", "[", "O", "]", "P", "M", "<", "0", ";", "~", "\r", "\x07", "\\", ON, OFF, "\x1b[A"]
    )
)


@given(SENT, st.data())
def test_nothing_depends_on_how_it_is_torn_apart(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    torn = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole, pieces = taken(text, pause=0.0), taken(*torn, pause=0.0)
    if len(text) < BURST:
        assert _merged(pieces) == _merged(whole)


@given(st.text())
def test_whatever_comes_the_next_key_works(text: str) -> None:
    keyboard = Keyboard()
    keyboard.feed(text, 0)
    keyboard.rest(10)
    keyboard.feed("\x1b", 20)
    keyboard.rest(30)
    assert keyboard.feed("x", 40) == [Typed("x")]


def _merged(pieces: list[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Typed) and merged and isinstance(merged[-1], Typed):
            merged[-1] = Typed(merged[-1].text + piece.text)
        elif piece != Typed(""):
            merged.append(piece)
    return merged
