"""Crash files: they say where a crash happened and hold nothing of the plan."""

import errno
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType

from planner.storage.folders import PrivateFolder

FOLDER = "crashes"

_KEPT = 20
"""Crash files that are kept; older ones make room."""

_FRAMES = 40
"""Calls written of each exception, the innermost ones."""


def write_crash_file(error: BaseException, where: str) -> str:
    """Writes a crash file that only its user can read; returns its path, empty if it cannot be written."""
    try:
        folder = PrivateFolder(FOLDER)
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}.txt"
        descriptor = folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(descriptor, crash_text(error, where).encode())
        finally:
            os.close(descriptor)
        for old in folder.names()[:-_KEPT]:
            folder.remove(old)
        return str(folder.path / name)
    except OSError:
        return ""


def crash_text(error: BaseException, where: str) -> str:
    """Returns the text of a crash file: kinds of exceptions, modules, lines and functions.

    Messages of exceptions and values of variables are left out, as they may hold what the plan holds.
    """
    parts = (f"{name} {_version(name)}" for name in ("sav-planner", "textual", "rich", "msgspec"))
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [", ".join((*parts, f"Python {python} on {sys.platform}")), f"in {where}", ""]
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        inner = getattr(link, "error", None)  # Textual's workers wrap what broke in them
        link = link.__cause__ or link.__context__ or (inner if isinstance(inner, BaseException) else None)
    for cause in reversed(chain):
        lines += [*_calls(cause.__traceback__), _kind(cause), ""]
    return "\n".join(lines)


def _kind(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    number = error.errno if isinstance(error, OSError) else None
    return f"{kind} {errno.errorcode.get(number, '')}".rstrip() if number else kind


def _calls(trace: TracebackType | None) -> Iterator[str]:
    calls = [
        f"  {frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(trace)
    ]
    return iter(calls[-_FRAMES:])


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # it loads the mail parser of the standard library

    with suppress(PackageNotFoundError):
        return version(name)
    return "?"
