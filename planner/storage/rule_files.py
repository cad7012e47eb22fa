"""Rule bases of firewalls as text: read within bounds, never written."""

import os
import stat
import sys

from planner.storage.plan_files import STANDARD_STREAM, USUAL, read_stream
from planner.storage.toml_reader import PlanTextError, decode
from planner.text.escaping import visible


class RuleFileError(Exception):
    """A rule base could not be read: one line naming file, reason and what is accepted."""


def read_rule_text(path: str, max_bytes: int = USUAL.whole) -> str:
    """Read a rule base from a file, or from standard input for ``-``.

    Raises:
        RuleFileError: unreadable, too large, or no text in UTF-8.
    """
    name = "standard input" if path == STANDARD_STREAM else visible(path, 200) or "''"
    try:
        return decode(_read(path, max_bytes))
    except PlanTextError as error:
        raise RuleFileError(f"{name}: {error}") from None
    except OSError as error:
        raise RuleFileError(f"{name}: {error.strerror or error}; accepted: a rule base that can be read") from None
    except ValueError as error:
        raise RuleFileError(f"{name}: {visible(str(error))}; accepted: the path of a rule base") from None


def _read(path: str, max_bytes: int) -> bytes:
    if path == STANDARD_STREAM:
        if sys.stdin is None:
            raise PlanTextError("closed; accepted: a rule base, or the path of one instead of -")
        return read_stream(sys.stdin.fileno(), max_bytes)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PlanTextError("not a regular file; accepted: a rule base, or - for standard input")
        return read_stream(descriptor, max_bytes)
    finally:
        os.close(descriptor)
