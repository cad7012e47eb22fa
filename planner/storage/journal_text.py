"""What a journal holds: one line that proves the rest whole, then the answers of the plan as TOML."""

import hashlib
import os

import msgspec

from planner.plan.plan import Plan
from planner.storage.toml_reader import PlanTextError, read_text, write_answers

FORMAT = 1
_MAX_BYTES = 64 << 20
_MAX_HEAD = 64 << 10


class JournalError(ValueError):
    """A journal is damaged, in one line."""


class Snapshot(msgspec.Struct, frozen=True):
    """A plan that is not saved, its file (absolute, empty if it has none) and the SHA-256 of what that held."""

    plan: Plan
    path: str
    base: str


def write_snapshot(snapshot: Snapshot) -> bytes:
    """Write a snapshot as the bytes of a journal.

    Raises:
        ValueError: a text holds a lone surrogate.
    """
    import json

    data = write_answers(snapshot.plan).encode()
    head = {
        "format": FORMAT,
        "sha256": hashlib.sha256(data).hexdigest(),
        "path": os.fsencode(snapshot.path).hex(),
        "base": snapshot.base,
    }
    return json.dumps(head).encode() + b"\n" + data


def read_snapshot(descriptor: int) -> Snapshot:
    """Read a journal to its end, and close it.

    Raises:
        JournalError: it is not whole, or no plan.
        OSError: it cannot be read.
    """
    import json

    with os.fdopen(descriptor, "rb") as file:
        first, data = file.readline(_MAX_HEAD), file.read(_MAX_BYTES)
    try:
        head = json.loads(first)
        if head["format"] != FORMAT:
            raise JournalError("written by another version of sav-planner")
        if hashlib.sha256(data).hexdigest() != head["sha256"]:
            raise JournalError("cut short or changed")
        path, base = os.fsdecode(bytes.fromhex(head["path"])), str(head["base"])
        return Snapshot(read_text(data.decode()).plan, path, base)
    except JournalError:
        raise
    except PlanTextError as error:
        raise JournalError(f"holds no plan: {error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise JournalError("cut short or changed") from None
