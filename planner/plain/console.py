"""Lines in and lines out: bounded, cleaned of what could steer a terminal, and ended by a closed stream."""

import os
import sys
from typing import TextIO

from planner.text.escaping import Output, visible

MAX_LINE = 64 << 10


def silence(stream: TextIO) -> None:
    """Discard what is left in a stream: it would fail again as Python ends, and turn the exit code into 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class ClosedError(Exception):
    """Nobody answers any more, or nobody reads any more."""


def say(text: str = "") -> None:
    """Write one line, whatever is in it shown as it stands. Raises ClosedError: nobody reads it."""
    _write(Output(f"{visible(text)}\n"))


def warn(text: str) -> None:
    """Write one line on standard error, if anybody has it open."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"sav-planner: {visible(text)}\n")
            sys.stderr.flush()
        except OSError:
            silence(sys.stderr)


def show(text: Output) -> None:
    """Write lines that are laid out already. Raises ClosedError: nobody reads them."""
    _write(text)


COMMANDS = (
    "/back", "/skip", "/step", "/rules", "/show", "/doc", "/clear", "/note", "/undo", "/redo", "/save", "/quit",
    "/help", "/recover", "/discard",
)  # fmt: skip


def is_command(text: str) -> bool:
    """Checks whether a line is a command: two slashes in front are a text that begins with one."""
    return text.startswith("/") and not text.startswith("//")


def ask(prompt: str) -> str:
    """Ask for one line and give it without its end. Raises ClosedError: there is none any more."""
    while True:
        _write(Output(f"{visible(prompt)}> "))
        line = _read_line(MAX_LINE + 1)
        if not line:
            _write(Output("\n"))
            raise ClosedError
        if len(line) > MAX_LINE:
            _drop_the_rest(line)
            say(f"A line of more than {MAX_LINE >> 10} KiB; accepted: shorter answers.")
            continue
        try:
            return line.decode(sys.stdin.encoding if sys.stdin else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            say(f"Not {sys.stdin.encoding}; accepted: text in the encoding of the terminal.")


def _drop_the_rest(line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = _read_line(MAX_LINE)


def _read_line(most: int) -> bytes:
    """Read a line or so many bytes of it; nothing where there is none any more, or where none can be read."""
    try:
        return sys.stdin.buffer.readline(most) if sys.stdin else b""
    except OSError:
        return b""


def _write(text: Output) -> None:
    if sys.stdout is None:
        raise ClosedError
    try:
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except OSError:
        silence(sys.stdout)
        raise ClosedError from None
