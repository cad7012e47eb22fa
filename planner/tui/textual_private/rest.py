"""Whether something that takes messages has nothing left to do, seen without sending it one more."""

from asyncio import Event

from textual.message_pump import MessagePump

from planner.tui.textual_private import pins


def at_rest(pump: MessagePump) -> bool:
    """Whether it has handled all that it was sent, to the end, and waits for more; or takes no more.

    False also where that cannot be seen, as with another version of Textual or of asyncio.
    """
    if not pins.as_read(*pins.RESTING):
        return False
    if pump._closing or pump._closed:
        return True
    ready: Event = pump._message_queue.ready_event
    # Only who waits for a message waits for this event: a handler that waits for something else is not done.
    return not ready.is_set() and bool(getattr(ready, "_waiters", ()))
