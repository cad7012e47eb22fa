"""Key queue: one key at a time, however many arrive at once.

A slow line delivers several keys in one packet. Textual sends each to the widget that has the focus at that moment, and
runs the bindings later: of ``g6`` the 6 would be taken before the g, of Tab and an arrow both by the pane that is left.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.events import Key, Paste
from textual.message_pump import MessagePump

_ROUNDS = 8
"""Rounds of waiting for the messages that a key has caused: one message leads to another, but not for ever."""

_PATIENCE = 1.0
"""Seconds that a key may take before the next one is let in all the same."""


class KeyQueue:
    """Holds back a key or paste until the app has dealt with the one before."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[Key | Paste] = deque()
        self._admitted: Key | Paste | None = None
        self._dealing: asyncio.Task[None] | None = None
        self._calling: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Return the number of keys whose turn has not come yet."""
        return len(self._waiting)

    def admits(self, event: Key | Paste) -> bool:
        """Return True if the app may handle this key now. If not, the key is posted again when its turn comes."""
        if event is self._admitted:
            return True
        if self._dealing is not None and not self._dealing.done():
            self._waiting.append(event)
            return False
        self._dealing = asyncio.create_task(self._deal())
        return True

    def call_after_keys(self, call: Callable[[], None]) -> None:
        """Call when the app has dealt with all keys so far."""
        self._calling = asyncio.create_task(self._call_after_keys(call))

    async def _call_after_keys(self, call: Callable[[], None]) -> None:
        if self._dealing is not None:
            await asyncio.wait([self._dealing])
        await self._idle()
        call()

    async def _deal(self) -> None:
        """Wait until the first key has been dealt with, then admit those behind it, one after the other."""
        await self._idle()
        while self._waiting:
            self._admitted = self._waiting.popleft()
            self._app.post_message(self._admitted)
            await self._idle()

    async def _idle(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                for _ in range(_ROUNDS):
                    await _reached(self._app)
                    for pump in self._pumps():
                        await _reached(pump)
                    screen = self._app.screen
                    if not any(pump.message_queue_size for pump in (self._app, *screen.walk_children(with_self=True))):
                        return

    def _pumps(self) -> Iterator[MessagePump]:
        """Yield what a key passes through: the focused widget, its containers, the screen, the app."""
        pump: MessagePump | None = self._app.focused or self._app.screen
        while pump is not None:
            yield pump
            pump = pump.parent if isinstance(pump, DOMNode) else None


async def _reached(pump: MessagePump) -> None:
    """Wait until a pump has handled all messages that it has now."""
    reached = asyncio.Event()
    if pump.call_later(reached.set):
        await reached.wait()
