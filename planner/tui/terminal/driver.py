"""Textual driver for a terminal that may send anything, stall, hang up, or be of any size."""

import asyncio
import codecs
import errno
import os
import re
import select
import signal
import termios
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Protocol, cast

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message
from textual.messages import InBandWindowResize, TerminalSupportsSynchronizedOutput

from planner.tui.terminal.input_parser import Keyboard, Meta, Pasted, Piece
from planner.tui.terminal.key_queue import KeyQueue
from planner.tui.terminal.output import CellOutput
from planner.tui.terminal.shutdown import Shutdown
from planner.tui.terminal.supervisor import FRAMES, KEYS, restore
from planner.tui.terminal.textual_private import parse_input

MOST_COLUMNS, MOST_ROWS = 1000, 500
"""The largest screen that is drawn."""

_ENOUGH_COLUMNS, _ENOUGH_ROWS = 240, 80
"""Size that is drawn in the corner of a terminal that says it is larger: no real one is, and cells cost."""

_OLD_MOUSE = re.compile(rb"\x1b\[M[\x00-\xff]{3}")
"""Three bytes that are no characters follow: cut out before they are taken for the beginning of one."""

_KEYS_AT_ONCE, _PASTE_AT_ONCE = 512, 1 << 16
"""Bytes read at a time: few, so that the screen shows in between what keys do; many of a paste."""

_BACKLOG = 200
"""Events that the app has not dealt with, from which on nothing more is read: the rest waits in the terminal."""

_LOOK = 0.1
"""Seconds between looks at a backlog or a paste."""

_LAST_ANSWER = 2.0
"""Seconds that leaving waits for an answer: it would be taken for something typed at the next prompt."""

_PARENT_STOPS = 0.2
"""Seconds in which a parent that was about to stop has stopped."""

_ON = "\x1b[?1049h\x1b[2J\x1b[?25l\x1b[?1004h\x1b[>1u\x1b[?2004h\x1b[?7l"
"""Alternate screen, empty; no cursor; focus reports; kitty's keys; bracketed paste; no line wrap."""
_OFF = "\x1b[?2004l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
_MOUSE_ON = "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h"
_MOUSE_OFF = "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
_SYNCHRONIZED = "\x1b[?2026$p"
"""Asks whether the terminal can show a frame at once."""


class Host(Protocol):
    """The app, as the driver needs it."""

    shutdown: Shutdown | None
    key_queue: KeyQueue

    def say_left_out(self, count: int) -> None:
        """Tell the user that so many characters of a paste were left out."""


class PlannerDriver(Driver):
    """Reads keys in a thread, keeps the cells that the terminal shows, and restores the terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=terminal_size())
        self._planner = app
        self._host = cast(Host, app)
        self._with_mouse = mouse
        self._event_loop = asyncio.get_running_loop()
        self._output = CellOutput(self._event_loop)
        self._before: list[Any] | None = None
        self._raw: list[Any] | None = None
        self._drawn_size = terminal_size()
        self._suspended = False
        # Input; the thread alone changes what stands here, but for the flags.
        self._reader: threading.Thread | None = None
        self._ended = self._gone = False
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        self._keyboard = Keyboard()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._messages: list[Message] = []
        self._left_out = 0
        self._posted = self._handled = self._answers = 0
        signal.signal(signal.SIGTSTP, self._stop)
        signal.signal(signal.SIGCONT, self._continue)

    # Output

    def write(self, data: str) -> None:
        """Adds a part to the frame."""
        self._output.frame(data, self._planner.size)

    def flush(self) -> None:
        """Send the frame."""
        self._output.send()

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open nothing: no text leads out of the planner."""

    def silence(self) -> None:
        """Write nothing more. May be called from any thread."""
        self._output.abort()

    # Beginning and end

    def start_application_mode(self) -> None:
        """Sets up the terminal, unless the process is in the background: then it stops again."""
        self._suspended = False
        for number in (signal.SIGTTOU, signal.SIGTTIN):
            signal.signal(number, lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
        try:
            self._before = termios.tcgetattr(KEYS)
            termios.tcsetattr(KEYS, termios.TCSANOW, self._before)  # changes nothing, but fails in the background
        except termios.error:
            return
        finally:
            for number in (signal.SIGTTOU, signal.SIGTTIN):
                signal.signal(number, signal.SIG_DFL)
        self._raw = _raw(self._before)
        with suppress(termios.error):
            termios.tcsetattr(KEYS, termios.TCSANOW, self._raw)
        self._output.open(FRAMES, self._hang_up)
        if self._host.shutdown is not None:
            self._host.shutdown.silence = self.silence
        signal.signal(signal.SIGWINCH, lambda *_: self._soon(self._post_size))
        self._post_size()
        self._turn_on()
        if os.environ.get("TERM_PROGRAM") != "Apple_Terminal":  # which would show the question
            self._output.write(_SYNCHRONIZED)
        self._ended = False
        self._reader = threading.Thread(target=self._read_until_end, name="terminal-input", daemon=True)
        self._reader.start()

    def _turn_on(self) -> None:
        self._output.write(_ON + (_MOUSE_ON if self._with_mouse else ""))

    def disable_input(self) -> None:
        """Read no more keys, after the answer to the last question."""
        reader, self._reader = self._reader, None
        if reader is None:
            return
        shutdown = self._host.shutdown
        end = time.monotonic() + _LAST_ANSWER
        while (
            self._output.awaits_answer and self._answers < self._output.questions and reader.is_alive()
            and time.monotonic() < end and not (shutdown and shutdown.code)
        ):  # fmt: skip
            time.sleep(0.01)
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._output.write(_MOUSE_OFF if self._with_mouse else "")
        self._ended = True
        self._wake_reader()
        reader.join()
        with suppress(termios.error):
            termios.tcflush(KEYS, termios.TCIFLUSH)

    def stop_application_mode(self) -> None:
        """Restore the terminal."""
        self.disable_input()
        self._raw = None
        if self._before is not None:
            with suppress(termios.error):
                termios.tcsetattr(KEYS, termios.TCSANOW, self._before)
        self._output.write(_OFF)

    def close(self) -> None:
        """Write what is left, but do not wait for a terminal that takes nothing."""
        if not self._output.close():
            restore(self._before)

    # Size and job control

    @property
    def can_suspend(self) -> bool:
        """True: the process can be stopped and continued."""
        return True

    def _post_size(self) -> None:
        size = terminal_size()
        if size != self._drawn_size:
            self._drawn_size = size
            self._planner.post_message(events.Resize(Size(*size), Size(*size)))

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._host.shutdown is not None:
            self._host.shutdown.keep()
        self.suspend_application_mode()
        self._suspended = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _continue(self, number: int, frame: FrameType | None) -> None:
        if self._host.shutdown is not None:
            self._soon(self._event_loop.call_later, _PARENT_STOPS, self._host.shutdown.wake_supervisor)
        if self._suspended:
            self.resume_application_mode()
            self._soon(self._output.send)
        else:
            self._soon(self._take_again)

    def _take_again(self) -> None:
        """Turn everything on again after a stop without warning: the shell had the terminal meanwhile."""
        if not self._output.is_open or self._raw is None:
            return
        try:
            if os.tcgetpgrp(KEYS) != os.getpgrp():
                return
            termios.tcsetattr(KEYS, termios.TCSANOW, self._raw)
        except (OSError, termios.error):
            return
        self._turn_on()
        self._output.redraw()

    def _hang_up(self) -> None:
        if not self._gone:
            self._gone = True
            self._wake_reader()
            if self._host.shutdown is not None:
                self._host.shutdown.hang_up()

    def _soon(self, call: Callable[..., object], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._event_loop.call_soon_threadsafe(call, *arguments)

    def _wake_reader(self) -> None:
        with suppress(OSError):  # the pipe is full: the reader wakes anyway
            os.write(self._wake, b"\0")

    # Input, in a thread

    def _read_until_end(self) -> None:
        try:
            self._read_keys()
        except Exception:
            self._hang_up()  # without a keyboard there is no planner: what is not saved is kept
            raise

    def _read_keys(self) -> None:
        """Read keys until told to stop, or until the terminal is gone. While nothing comes, the thread sleeps."""
        poller = select.poll()
        poller.register(self._woken, select.POLLIN)
        while not self._ended and not self._gone:
            full = self._posted - self._handled + len(self._host.key_queue) > _BACKLOG
            poller.register(KEYS, 0 if full else select.POLLIN)
            held = self._keyboard.patience
            waits = _LOOK if full or self._keyboard.pasting else held
            found = dict(poller.poll(None if waits is None else 1000 * min(_LOOK, waits)))
            data: bytes | None = b""
            if self._woken in found:
                with suppress(OSError):
                    os.read(self._woken, 4096)
            if KEYS in found:
                data = self._read() if found[KEYS] & select.POLLIN else None
            if data is None:
                self._hang_up()
                return
            if full:  # the rest of a sequence is in the terminal, unread: an Escape that waits for it is no key
                continue
            messages = self.take(data, time.monotonic())
            if messages or self._left_out:
                self._posted += len(messages)
                self._soon(self._post, messages, self._left_out)
                self._left_out = 0

    def _read(self) -> bytes | None:
        """Read some bytes, none if there are none after all; None if the terminal is gone."""
        try:
            return os.read(KEYS, _PASTE_AT_ONCE if self._keyboard.pasting else _KEYS_AT_ONCE) or None
        except OSError as error:
            return b"" if error.errno in (errno.EAGAIN, errno.EINTR) else None

    def take(self, data: bytes, now: float) -> list[Message]:
        """Return the events of what was read until a time in seconds; ``data`` is empty if nothing was."""
        text = self._decode(_OLD_MOUSE.sub(b"", data))
        for piece in self._keyboard.feed(text, now) if data else self._keyboard.rest(now):
            self._take_piece(piece)
        messages, self._messages = self._messages, []
        return messages

    def _take_piece(self, piece: Piece) -> None:
        if isinstance(piece, Pasted):
            self.process_message(events.Paste(piece.text))
            self._left_out = piece.left_out or self._left_out
            return
        for message in parse_input(piece.text, complete=isinstance(piece, Meta)):
            self.process_message(message)

    def process_message(self, message: Message) -> None:
        """Pass on keys, mouse and focus: no half of a character, no mouse outside the screen, no size."""
        if isinstance(message, events.Key) and not _encodes(message.character):
            return
        if isinstance(message, events.MouseEvent) and not (
            0 <= message.screen_x < MOST_COLUMNS and 0 <= message.screen_y < MOST_ROWS
        ):
            return
        if isinstance(message, events.CursorPosition):
            self._answers += 1
            self._soon(self._output.answered)
        elif isinstance(message, TerminalSupportsSynchronizedOutput):
            self._output.synchronized = True
        elif not isinstance(message, events.Resize | InBandWindowResize):
            super().process_message(message)

    def send_message(self, message: Message) -> None:
        """Keep an event for the app until all that was read is parsed."""
        self._messages.append(message)

    def _post(self, messages: list[Message], left_out: int) -> None:
        for message in messages:
            self._planner.post_message(message)
        self._planner.call_later(self._count_handled, len(messages))
        if left_out:
            self._planner.call_later(self._host.say_left_out, left_out)

    def _count_handled(self, count: int) -> None:
        self._handled += count


def terminal_size() -> tuple[int, int]:
    """Return (columns, rows) of the terminal as far as they are drawn."""
    for descriptor in (KEYS, FRAMES):
        with suppress(OSError):
            size = os.get_terminal_size(descriptor)
            if size.columns and size.lines:
                columns = size.columns if size.columns <= MOST_COLUMNS else _ENOUGH_COLUMNS
                return columns, size.lines if size.lines <= MOST_ROWS else _ENOUGH_ROWS
    return 80, 24


def _raw(before: list[Any]) -> list[Any]:
    """Return terminal attributes without echo, line mode, signals from keys, and XON/XOFF."""
    raw = [*before]
    raw[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    raw[tty.IFLAG] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    raw[tty.CC] = [*raw[tty.CC]]
    raw[tty.CC][termios.VMIN] = 1
    return raw


def _encodes(text: str | None) -> bool:
    return text is None or not any("\ud800" <= char <= "\udfff" for char in text)
