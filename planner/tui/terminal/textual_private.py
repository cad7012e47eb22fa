"""Private names of Textual, in this module alone. Each has its reason and what happens without it."""

from collections.abc import Callable

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.message import Message


def parse_input(text: str, *, complete: bool) -> list[Message]:
    """Return the events for one piece of terminal input; none for a sequence without a meaning.

    XTermParser is private. Textual has no public parser; without it the planner needs its own tables of keys and mouse
    reports. A new parser for each piece: one that fails, or waits for more, cannot spoil the next piece.

    Args:
        text: characters, or one whole control sequence, as `input_parser` cuts them.
        complete: nothing more follows, so an Escape is the Escape key and Escape with a letter is Alt.
    """
    parser = XTermParser()
    try:
        messages = list(parser.feed(text))
        return [*messages, *parser.feed("")] if complete else messages
    except Exception:  # numbers that are no character or no place: input of any kind may come from a terminal
        return []


def catch_exceptions(app: App[int], handler: Callable[[Exception], None]) -> None:
    """Pass every exception in handlers, workers, timers and rendering to ``handler``.

    App._handle_exception is private. Without it Textual prints the traceback with local variables, which hold the plan,
    and no crash file is written.
    """
    app._handle_exception = handler  # type: ignore[method-assign, assignment]
