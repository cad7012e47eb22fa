"""Keys taken one at a time, however many arrive at once.

A slow line delivers several keys in one packet. Textual hands each to whatever has the focus the moment it arrives, and
runs the bindings later: of ``g6`` the 6 would be taken before the g, of Tab and an arrow both by the pane that is left.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from textual.dom import DOMNode
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump

from planner.tui.textual_private.rest import at_rest
from planner.tui.textual_private.straight import StraightApp

if TYPE_CHECKING:
    from textual.driver import Driver

Result = TypeVar("Result")

_TURNS = 64
"""As many turns is looked whether a key has been dealt with, which most have in a dozen, before it is waited for."""
_ROUNDS = 8
"""As many times at most is waited for what a key has set off: a message is answered by another, but not for ever."""
_PATIENCE = 1.0
"""Seconds that a key may take before the next one is let in all the same."""


class KeysInOrder(StraightApp[Result], inherit_bindings=False):
    """An app that hands on a key, or a paste, when all that the one before set off has been done."""

    def __init__(self, driver_class: "type[Driver] | None" = None) -> None:
        super().__init__(driver_class=driver_class)
        self._keys_waiting: deque[Key | Paste] = deque()
        self._key_let_in: Key | Paste | None = None
        self._letting_in: asyncio.Task[None] | None = None
        self._calling: asyncio.Task[None] | None = None

    @property
    def keys_waiting(self) -> int:
        """How many keys have arrived whose turn has not come yet."""
        return len(self._keys_waiting)

    async def on_event(self, event: Event) -> None:
        """Put a key behind those that wait, unless its turn has come."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        free = self._letting_in is None or self._letting_in.done()
        if free or event is self._key_let_in:
            if not isinstance(event, Key) or not await self.takes_straight(event):
                await super().on_event(event)
        else:
            self._keys_waiting.append(event)
        if free:
            self._letting_in = asyncio.create_task(self._let_in())

    def after_keys(self, call: Callable[[], None]) -> None:
        """Call when all that the keys set off has been done: whoever took them may have had something to say of it."""
        self._calling = asyncio.create_task(self._call_after_keys(call))

    async def _call_after_keys(self, call: Callable[[], None]) -> None:
        if self._letting_in is not None:
            await asyncio.wait([self._letting_in])
        await self._done_in_time()
        call()

    async def _let_in(self) -> None:
        """Wait until the key that found nobody before it has been dealt with, and then let in those behind it."""
        await self._done_in_time()
        while self._keys_waiting:
            self._key_let_in = self._keys_waiting.popleft()
            self.post_message(self._key_let_in)
            await self._done_in_time()

    async def _done_in_time(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self._done()

    async def _done(self) -> None:
        """Wait until the key has gone its way, from the app to the focus and back, and nothing is left over."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
            if all(map(at_rest, self._way())) and all(map(at_rest, self.screen.walk_children(with_self=True))):
                return
        await _reached(self)
        for _ in range(_ROUNDS):
            for pump in self._way():
                await _reached(pump)
            if not any(pump.message_queue_size for pump in (self, *self.screen.walk_children(with_self=True))):
                return

    def _way(self) -> Iterator[MessagePump]:
        pump: MessagePump | None = self.focused or self.screen
        while pump is not None:
            yield pump
            pump = pump.parent if isinstance(pump, DOMNode) else None


async def _reached(pump: MessagePump) -> None:
    """Wait until a pump has handled what it has been sent so far."""
    reached = asyncio.Event()
    if pump.call_later(reached.set):
        await reached.wait()
