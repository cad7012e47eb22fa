"""Keys known by what the terminal sends for them: Textual's parser takes a tenth of the time of a key for each anew."""

from collections.abc import Sequence

from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.message import Message

_MOST = 512
"""Kept at once: more than there are keys."""

USUAL = ("\x1bOP", *(f"\x1b[{end}" for end in (*"ABCDFHZ", "5~", "6~")), *map(chr, (*range(1, 27), *range(28, 128))))
"""What F1, arrows and their like, and keys of a single character are sent as; Escape may begin something longer."""


class KnownKeys:
    """What was parsed before, by a parser that was in the middle of nothing before and after."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[str, str | None], ...]] = {}

    def of(self, text: str) -> list[Key]:
        """Give the keys that a text stands for, each a new event; none if it is not known."""
        return [Key(key, character) for key, character in self._known.get(text, ())]

    def learn_usual(self) -> None:
        """Have the usual keys parsed before they are pressed for the first time."""
        parser = XTermParser()
        for text in USUAL:
            self.learn(text, list(parser.feed(text)))

    def learn(self, text: str, messages: Sequence[Message]) -> None:
        """Take note of what a text was parsed to, if that is nothing but keys."""
        if messages and all(type(message) is Key for message in messages):
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[text] = tuple((key.key, key.character) for key in messages if isinstance(key, Key))
