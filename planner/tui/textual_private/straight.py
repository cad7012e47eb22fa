"""A key dealt with in one go: by the app, by what has the keys and by what it stands in, and then painted.

Textual hands a key from queue to queue, which takes a turn of the loop for each widget on the way, and paints when a
timer ticks. What is said of a cursor or of a text while the key is dealt with goes the same straight way, so that one
picture shows all of it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar

from textual._callback import count_parameters, invoke
from textual.app import App
from textual.events import Key
from textual.message import Message
from textual.message_pump import MessagePump

from planner.tui.textual_private import pins
from planner.tui.textual_private.painted import PaintedScreen
from planner.tui.textual_private.rest import at_rest

Result = TypeVar("Result")


def is_told(target: MessagePump, message: Message) -> bool:
    """Have somebody given a message with the key that is being dealt with; False if none is."""
    app = target.app
    told = app._told if isinstance(app, StraightApp) else None
    if told is not None and not target._closing and target.check_message_enabled(message):
        told.append((target, message))
    return told is not None


def tell(target: MessagePump, message: Message) -> None:
    """Give somebody a message: with the key that is being dealt with, or by way of the queue if none is."""
    if not is_told(target, message):
        target.post_message(message)


class StraightApp(App[Result], inherit_bindings=False):
    """An app that deals with a key at once where nothing is in its way."""

    _told: deque[tuple[MessagePump, Message]] | None = None
    """Messages to be given before the picture is painted; None while no key is dealt with."""

    def look_up_ways(self) -> None:
        """Look up who takes a key and which actions it may lead to, as Textual would for the first one."""
        if not pins.as_read(*pins.KEYS) or not self._screen_stack:  # none while the planner is being left
            return
        for node in (self.focused or self.screen).ancestors_with_self:
            actions = [getattr(node, name) for name in dir(type(node)) if name.startswith("action_")]
            for method in (*_handlers(node, Key("f1", None)), *actions):
                count_parameters(method)

    async def takes_straight(self, event: Key) -> bool:
        """Deal with a key, to the picture; False, and nothing is done, where it has to go Textual's way."""
        screen = self.screen
        target = self.focused or screen
        if (
            not pins.as_read(*pins.KEYS) or self._told is not None or not isinstance(screen, PaintedScreen)
            or not self.app_focus or screen.maximized is not None
            or not all(at_rest(node) for node in target.ancestors_with_self if node is not self)
        ):  # fmt: skip
            return False
        told = self._told = deque()
        screen.holds = True
        try:
            if screen._tooltip_widget is not None:
                screen._clear_tooltip()
            if not await self._check_bindings(event.key, priority=True):
                event._set_forwarded()
                await _give(target, event)
            while told:
                await _give(*told.popleft())
        finally:
            self._told = None
            screen.holds = False
        screen.paint_now()
        return True


async def _give(pump: MessagePump, message: Message) -> None:
    """Have a message handled by somebody, and then by what that stands in, as far as it goes."""
    to: MessagePump | None = pump
    while to is not None:
        with to._context():
            for method in _handlers(to, message):
                await invoke(method, message)
            if to._next_callbacks:
                await to._flush_next_callbacks()
        parent = to._parent
        if parent is None or not message.bubble or message._stop_propagation or not to.is_attached:
            return
        if message._sender is parent:
            message.stop()  # it has it from there
        message._no_default_action = False
        to = parent if to.is_parent_active and parent.check_message_enabled(message) else None


def _handlers(pump: MessagePump, message: Message) -> Iterator[Callable[[Message], object]]:
    """Give what handles a message, until one of them wants no other to."""
    kinds: tuple[Any, Any] = (type(pump), type(message))
    named = _named_handlers(*kinds)
    if named is None:
        yield from (method for _, method in pump._get_dispatch_methods(message.handler_name, message))
        return
    for method in named:
        if message._no_default_action:
            return
        yield method.__get__(pump)


@cache
def _named_handlers(pump: type[Any], message: type[Any]) -> tuple[Any, ...] | None:
    """Give the methods of a class that handle a kind of message by their name; None if some do by a decorator.

    Textual looks for them in each class that it comes of, for each message.
    """
    name = message.handler_name
    found = []
    for each in pump.__mro__:
        own = vars(each)
        decorated = own.get("_decorated_handlers")
        if decorated and any(kind in decorated for kind in message.__mro__):
            return None
        method = own.get(f"_{name}") or own.get(name)
        if method is not None and not getattr(method, "_textual_on", None):
            found.append(method)
    return tuple(found)
