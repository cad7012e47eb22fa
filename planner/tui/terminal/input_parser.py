"""Keyboard input, cut into keys, control sequences and pastes before anything else sees it.

Textual replays what it does not understand as keys, also from within a paste: an answer of the terminal becomes typing,
an Escape in a paste a key. Here whatever is no key and was not asked for is swallowed.
"""

import re
from typing import NamedTuple

PASTE_LIMIT = 100_000
"""Characters of a paste that are taken."""

BURST = 64
"""So many characters at one go are a paste, whether the terminal says so or not: nobody types like that."""

_BURST_GOES_ON = 0.1
"""Seconds after a burst in which what comes still belongs to it."""

ESCAPE = 0.1
"""Seconds after which a lone Escape is one, and no beginning of something longer."""

TORN = 1.0
"""Seconds after which a sequence that does not end is given up."""

LOST = 2.0
"""Seconds of silence in a paste after which a key is one again: the mark of its end was lost."""

LONGEST = 32
"""Characters of the longest control sequence that means something to Textual."""

_START, _END = "\x1b[200~", "\x1b[201~"
_CONTROL = re.compile(r"\x1b\[(?:\[.?|M.{0,3}|[0-?]*[ -/]*[@-~]?)", re.DOTALL)
_WHOLE_CONTROL = re.compile(r"\x1b\[(?:\[.|M.{3}|[0-?]*[ -/]*(?!\[)[@-LN-~]|[0-?]+[ -/]*M)", re.DOTALL)
_UNASKED = re.compile(r"\x1b\[(?:M.{3}|[\d:;]*t)", re.DOTALL)
"""Reports of an old kind of mouse, and of the window."""
_SHIFTED = re.compile(r"\x1bO[\d;]*[ -:<-~]?")
_TEXT = re.compile(r"[^\x00-\x1f\x9c]*")
_WAY_OUT = re.compile(r"\x1b|\x03|\x11|\x1b\[(?:27|99|113)(?:;5)?u")
"""Escape, Ctrl+C, Ctrl+Q, in both ways that terminals send them."""
_NOT_PASTED = {code: None for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)) if code not in (9, 10)}


class Typed(NamedTuple):
    """Characters that were typed."""

    text: str


class Sequence(NamedTuple):
    """One whole control sequence; what it means is for Textual to say."""

    text: str


class Meta(NamedTuple):
    """A lone Escape, or a key with Alt: Escape and the key."""

    text: str


class Pasted(NamedTuple):
    """A paste without its controls, and how many characters of it were left out."""

    text: str
    left_out: int


Piece = Typed | Sequence | Meta | Pasted


class Keyboard:
    """Cuts what comes into pieces; what is not whole yet is held for a moment."""

    def __init__(self) -> None:
        self._held = ""
        self._swallowing = False
        self._paste: list[str] | None = None
        self._length = 0
        self._last = self._burst = float("-inf")

    @property
    def pasting(self) -> bool:
        """A paste is under way."""
        return self._paste is not None

    @property
    def patience(self) -> float | None:
        """Seconds of silence that an unfinished piece waits for its rest; None without one."""
        if self.pasting:
            return None
        if self._swallowing:
            return TORN
        return (ESCAPE if len(self._held) <= 2 else TORN) if self._held else None

    def feed(self, text: str, now: float) -> list[Piece]:
        """Cuts text that came at a time (in seconds) into pieces."""
        pieces: list[Piece] = []
        if self.pasting and now - self._last > LOST and _WAY_OUT.fullmatch(text):
            self._end_paste(self._held, pieces)
            self._held = ""
        self._last = now
        text, self._held = self._held + text, ""
        while text:
            if self.pasting:
                text = self._take_pasted(text, pieces)
            elif self._swallowing:
                text = self._swallow(text)
            elif text[0] != "\x1b":
                text = self._take_typed(text, pieces, now)
            else:
                text = self._take_escape(text, pieces)
        return pieces

    def rest(self, now: float) -> list[Piece]:
        """Ends an unfinished piece that waited too long until a time: it is a key, or nothing."""
        patience = self.patience
        if patience is None or now - self._last < patience:
            return []
        held, self._held, self._swallowing = self._held, "", False
        if not held:
            return []
        return [Meta(held) if len(held) <= 2 else Sequence(held)]

    def _take_typed(self, text: str, pieces: list[Piece], now: float) -> str:
        typed, escape, after = text.partition("\x1b")
        plain = all(char.isprintable() or char in "\r\n\t" for char in typed)
        if plain and (len(typed) >= BURST or now - self._burst < _BURST_GOES_ON):
            self._burst = now
            pieces.append(Pasted(_cleaned(typed), 0))
        else:
            # Enter is a line feed if it was pressed before the terminal was the planner's.
            pieces.append(Typed(typed.replace("\n", "\r")))
        return escape + after

    def _take_escape(self, text: str, pieces: list[Piece]) -> str:
        kind = text[1:2]
        if kind == "[":
            return self._take_control(text, pieces)
        if kind == "O":
            return self._take_shifted(text, pieces)
        if not kind or (kind in "]P_^X" and len(text) == 2):
            return self._hold(text)
        if kind in "]P_^X":
            self._swallowing = True
            return text[2:]
        length = 1 if kind == "\x1b" else 2
        pieces.append(Meta(text[:length]))
        return text[length:]

    def _take_shifted(self, text: str, pieces: list[Piece]) -> str:
        found = _SHIFTED.match(text)
        whole = found.group() if found else text[:2]
        if whole == text and (len(whole) == 2 or whole[-1] in "0123456789;"):
            return self._hold(text[:LONGEST])
        pieces.append(Sequence(whole) if len(whole) > 2 else Meta(whole))
        return text[len(whole) :]

    def _take_control(self, text: str, pieces: list[Piece]) -> str:
        whole = _WHOLE_CONTROL.match(text)
        if whole is None:
            found = _CONTROL.match(text)
            begun = found.group() if found else text[:2]
            if len(begun) == len(text):
                return self._hold(text[: LONGEST * 2])
            return text[len(begun) :]  # broken off by what cannot be part of it
        sequence = whole.group()
        if sequence == _START:
            self._paste, self._length = [], 0
        elif sequence != _END and len(sequence) <= LONGEST and not _UNASKED.fullmatch(sequence):
            pieces.append(Sequence(sequence))
        return text[len(sequence) :]

    def _hold(self, text: str) -> str:
        self._held = text
        return ""

    def _swallow(self, text: str) -> str:
        """Leave out an answer that nobody asked for, up to its end: BEL, ST, or whatever else cannot be part of it."""
        found = _TEXT.match(text)
        rest = text[found.end() :] if found else text
        if not rest:
            return ""
        if rest == "\x1b":
            return self._hold(rest)
        self._swallowing = False
        if rest.startswith("\x1b\\"):
            return rest[2:]
        return rest[1:] if rest[0] in "\x07\x9c" else rest

    def _take_pasted(self, text: str, pieces: list[Piece]) -> str:
        body, end, after = text.partition(_END)
        if end:
            self._end_paste(body, pieces)
            return after
        kept = next((n for n in range(min(len(_END) - 1, len(text)), 0, -1) if _END.startswith(text[-n:])), 0)
        self._collect(text[: len(text) - kept])
        return self._hold(text[len(text) - kept :])

    def _collect(self, text: str) -> None:
        if self._paste is not None:
            self._paste.append(text[: max(0, PASTE_LIMIT - self._length)])
        self._length += len(text)

    def _end_paste(self, text: str, pieces: list[Piece]) -> None:
        self._collect(text)
        pieces.append(Pasted(_cleaned("".join(self._paste or ())), max(0, self._length - PASTE_LIMIT)))
        self._paste = None


def _cleaned(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_NOT_PASTED)
