"""The planner's driver: Textual's, made to survive what a real session does to a terminal.

It is used only where `pins.DRIVER` are as they were read.
"""

import codecs
import errno
import os
import re
import select
import signal
import termios
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from planner.tui.terminal.bell import Bell, Rung
from planner.tui.terminal.hooks import HOOKS
from planner.tui.terminal.input_parser import Keyboard, Meta, Pasted, Piece, Sequence, Typed
from planner.tui.terminal.modes import FRAMES, restore
from planner.tui.terminal.output import Writer
from planner.tui.textual_private.known_keys import KnownKeys

MOST_COLUMNS, MOST_ROWS = 1000, 500
"""The largest screen that is drawn."""

_ENOUGH_COLUMNS, _ENOUGH_ROWS = 240, 80
"""So much of the upper left corner is filled of a terminal that says it is larger: no real one is, and cells cost."""

_OLD_MOUSE = re.compile(rb"\x1b\[M[\x00-\xff]{3}")
"""Three bytes that are no characters follow: cut out before they could be taken for the beginning of one."""

_KEYS_AT_ONCE, _PASTE_AT_ONCE = 512, 1 << 16
"""Bytes read at one go: few, so that the screen shows in between what keys do; many where they are one paste."""

_WAITING = 200
"""Messages from which on nothing more is read: the app has not dealt with those before. A line holds what waits."""

_DIGESTED = 1.0
"""Seconds after which an app that has no keys left, and has not said so, is taken to have dealt with them."""

_TURN, _LOOK = 0.01, 0.1
"""Seconds: between looks at keys that wait; between looks for the end."""
_AFTER_GOING_ON = 0.2
"""Seconds in which a parent that was about to stop has stopped."""

_MODES = "\x1b[?1049h\x1b[2J\x1b[?25l\x1b[?1004h\x1b[?7l\x1b[=25u"
"""What Textual turns on when it starts; the last is for kitty's keys, as it asks for them."""


class PlannerDriver(LinuxDriver):
    """Textual's driver for a terminal that may send anything, stall, hang up, or be of any size."""

    hooks = HOOKS
    _writer_thread: Writer | None  # type: ignore[assignment]  # has the interface of Textual's, and needs no file

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._size = self._get_terminal_size()
        self._raw: list[Any] | None = None
        self._needed = self._suspended = False
        self._bell = Bell()
        self.exit_event, self._gone = Rung(self._bell), Rung(self._bell)
        self._keyboard, self._parser, self._known = Keyboard(), XTermParser(), KnownKeys()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._batch: list[Message] = []
        self._batching = threading.Lock()
        self._room = threading.Event()
        self._digesting = False
        self._handed_over = 0.0
        self._left_out = 0
        self.hooks.silence, self.hooks.at_rest = self.silence, self._known.learn_usual

    # Size

    def _get_terminal_size(self) -> tuple[int, int]:
        for descriptor in (self.fileno, FRAMES):
            with suppress(OSError):
                size = os.get_terminal_size(descriptor)
                if size.columns and size.lines:
                    columns = size.columns if size.columns <= MOST_COLUMNS else _ENOUGH_COLUMNS
                    return columns, size.lines if size.lines <= MOST_ROWS else _ENOUGH_ROWS
        return 80, 24

    def _query_in_band_window_resize(self) -> None:
        """Ask for no reports of the size among the keys: the kernel tells it, and cannot be made to tell nonsense."""

    # Output

    def write(self, data: str) -> None:
        """Have something written; a frame that the terminal is not ready for is left out."""
        if self._writer_thread is not None:
            self._writer_thread.write(data, needed=self._needed)

    def start_application_mode(self) -> None:
        """Take the terminal, unless the process is in the background: then it stops again."""
        self._key_thread = None
        self._needed = True
        module = vars(linux_driver)  # there is no other way to have another writer
        stock, module["WriterThread"] = module["WriterThread"], self._make_writer
        try:
            super().start_application_mode()  # type: ignore[no-untyped-call]
        finally:
            module["WriterThread"] = stock
            self._needed = False
        if not self._has_keyboard:
            return
        self._suspended = False
        with suppress(termios.error):
            self._raw = termios.tcgetattr(self.fileno)

    @property
    def _has_keyboard(self) -> bool:
        return self._key_thread is not None

    def _make_writer(self, file: object) -> Writer:
        return Writer(FRAMES, self._hang_up, lambda: self._soon(self.hooks.repaint))

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self._raw = None  # whatever tells the process to go on now, it is not to take the terminal again
        self._needed = True
        try:
            super().stop_application_mode()
        finally:
            self._needed = False

    def close(self) -> None:
        """Write what is left, but do not wait for a terminal that takes nothing."""
        writer = self._writer_thread
        if writer is not None and not writer.stop():
            writer.abort()
            restore(self.attrs_before)

    def silence(self) -> None:
        """Write nothing more, from whatever thread this is asked."""
        if self._writer_thread is not None:
            self._writer_thread.abort()

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open nothing: no text leads out of the planner."""

    # Job control

    def _sigtstp_application(self, *_: object) -> None:
        self.hooks.stopping()
        if self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = self._suspended = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        self._soon(self._loop.call_later, _AFTER_GOING_ON, self.hooks.going_on)
        if not self._auto_restart:
            return
        if self._suspended:
            self.resume_application_mode()
            self._soon(self.hooks.repaint)
        else:
            self._soon(self._take_again)

    def _take_again(self) -> None:
        """Turn everything on again after a stop that came without warning: the shell had the terminal meanwhile."""
        writer = self._writer_thread
        if writer is None or writer.dead or self._raw is None:
            return
        try:
            if os.tcgetpgrp(self.fileno) != os.getpgrp():
                return
            termios.tcsetattr(self.fileno, termios.TCSANOW, self._raw)
        except (OSError, termios.error):
            return
        self._needed = True
        self.write(_MODES)
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._needed = False
        self.hooks.repaint()

    def _hang_up(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self.hooks.hung_up()

    def _soon(self, call: Callable[..., object], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: there is nobody left to tell
            self._loop.call_soon_threadsafe(call, *arguments)

    # Input

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception:
            self._hang_up()  # without a keyboard there is no planner: what is not saved is kept
            raise

    def run_input_thread(self) -> None:
        """Read keys until told to stop, or until the terminal is gone. While nothing comes, nothing is looked at."""
        poller = select.poll()
        poller.register(self.fileno, select.POLLIN)
        poller.register(self._bell.descriptor, select.POLLIN)
        while not self.exit_event.is_set() and not self._gone.is_set():
            found = dict(poller.poll(self._patience()))
            data: bytes | None = b""
            if self._bell.descriptor in found:
                self._bell.hush()
            if (signs := found.get(self.fileno)) is not None:
                at_once = _PASTE_AT_ONCE if self._keyboard.pasting else _KEYS_AT_ONCE
                data = self._read(at_once) if signs & select.POLLIN else None
            if data is None:
                self._hang_up()
                return
            self.take(data, time.monotonic())
            self._hand_over()

    def _patience(self) -> float | None:
        """Give the milliseconds to wait for keys; None for as long as it takes, where nothing waits for a time."""
        held = self._keyboard.patience
        if self._digesting or self._keyboard.pasting:
            return 1000 * min(_LOOK, held or _LOOK)
        return None if held is None else 1000 * min(_LOOK, held)

    def take(self, data: bytes, now: float) -> None:
        """Make messages of what came until a time in seconds, if anything did."""
        text = self._decode(_OLD_MOUSE.sub(b"", data))
        for piece in self._keyboard.feed(text, now) if data else self._keyboard.rest(now):
            self._parser = self._take_piece(piece, self._parser)

    def _read(self, most: int) -> bytes | None:
        """Read some bytes, none if there are none after all; None if the terminal is gone."""
        try:
            return os.read(self.fileno, most) or None
        except OSError as error:
            return b"" if error.errno in (errno.EAGAIN, errno.EINTR) else None

    def _take_piece(self, piece: Piece, parser: XTermParser) -> XTermParser:
        """Have Textual make events of a piece, and give the parser to go on with: another one if it lost its way."""
        if isinstance(piece, Pasted):
            self.process_message(events.Paste(piece.text))
            self._left_out = piece.left_out or self._left_out
            return parser
        if known := self._known.of(piece.text):
            self._process(known)
            return parser
        messages: list[Message] = []
        try:
            self._process(parser.feed(piece.text), messages)
            waiting = parser._awaiting.timeout is not None
            if waiting and isinstance(piece, Meta):
                parser._timeout_time = 0.0  # nothing more comes of it
                self._process(parser.tick())
        except (ParseError, ValueError, ArithmeticError, LookupError, TypeError, StopIteration, RuntimeError):
            return XTermParser()
        if not waiting:
            self._known.learn(piece.text, messages)
        # A whole sequence that the parser still waits upon means nothing to it: it would replay it as keys.
        return XTermParser() if waiting and isinstance(piece, Sequence | Typed) else parser

    def _process(self, messages: Iterable[Message], processed: list[Message] | None = None) -> None:
        for message in messages:
            self.process_message(message)
            if processed is not None:
                processed.append(message)

    def process_message(self, message: Message) -> None:
        """Pass on what makes sense: no half of a character, no mouse outside the screen, no size but the kernel's."""
        if isinstance(message, events.Key) and not _encodes(message.character):
            return
        if isinstance(message, events.MouseEvent) and not (
            0 <= message.screen_x < MOST_COLUMNS and 0 <= message.screen_y < MOST_ROWS
        ):
            return
        if not isinstance(message, events.Resize):
            super().process_message(message)

    def send_message(self, message: Message) -> None:
        """Keep a message until the app has dealt with those before."""
        with self._batching:
            self._batch.append(message)
        if threading.current_thread() is not self._key_thread:
            self._bell.ring()

    def _hand_over(self) -> None:
        """See to it that the app gets what came; if it has too much already, leave the rest in the terminal."""
        with self._batching:
            begins, full = bool(self._batch) and not self._digesting, len(self._batch) > _WAITING
            self._digesting = self._digesting or begins
            self._room.clear()
        if begins:
            self._soon(self._post)
        while full and not self._room.wait(_LOOK) and not self.exit_event.is_set() and not self._gone.is_set():
            self._look_after()
        if self._digesting:
            self._look_after()

    def _look_after(self) -> None:
        """Go on if whoever was to say that it has dealt with its keys is not there any more."""
        if time.monotonic() > self._handed_over + _DIGESTED and not self.hooks.keys_waiting():
            self._handed_over = time.monotonic()
            self._soon(self._post)

    def _post(self) -> None:
        """Give the app what has come, and begin again when it has dealt with it."""
        with self._batching:
            batch, self._batch = self._batch, []
            self._digesting = bool(batch)
            self._room.set()
        self._handed_over = time.monotonic()
        for message in batch:
            self._app.post_message(message)
        if batch:
            self._app.post_message(events.Callback(self._ask_who_has_the_keys))
        elif self._left_out:
            self._loop.call_soon(self.hooks.left_out, self._left_out)
            self._left_out = 0

    def _ask_who_has_the_keys(self) -> None:
        """Have the last one in the line of those who deal with keys say when it is done."""
        if self.hooks.keys_waiting():
            self._loop.call_later(_TURN, self._ask_who_has_the_keys)
            return
        screens = self._app._screen_stack
        last = (screens[-1].focused or screens[-1]) if screens else self._app
        if not last.post_message(events.Callback(self._post)):
            self._post()


def _encodes(text: str | None) -> bool:
    return text is None or not any("\ud800" <= char <= "\udfff" for char in text)
