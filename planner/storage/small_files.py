"""Small TOML files of the planner's own: read within a bound, and written whole or not at all."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomli

from planner.storage.toml_limits import ruinous_shape
from planner.text.escaping import visible

MAX_BYTES = 64 << 10


class SmallFileError(Exception):
    """A file of the planner's own could not be read or written: one line, why and what is accepted."""


def read_small(path: Path) -> dict[str, Any]:
    """Read such a file; nothing where there is none.

    Raises:
        SmallFileError: unreadable, too large, or no TOML.
    """
    try:
        data = _read(path)
        if len(data) > MAX_BYTES:
            raise SmallFileError(f"larger than {MAX_BYTES >> 10} KiB; accepted: less")
        text = data.decode("utf-8-sig")
        if trouble := ruinous_shape(text):
            raise SmallFileError(trouble)
        return tomli.loads(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SmallFileError(f"{error.strerror or error}; accepted: a file that can be read") from None
    except UnicodeDecodeError:
        raise SmallFileError("not UTF-8; accepted: UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise SmallFileError(f"{visible(str(error), 200)}; accepted: TOML") from None


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SmallFileError("not a regular file; accepted: a text file")
        return file.read(MAX_BYTES + 1)


def write_small(path: Path, content: dict[str, Any]) -> None:
    """Write such a file beside its place and rename it there, readable for its owner alone; links are followed.

    What is there and is no file, such as ``/dev/null`` at the end of a link, is left alone.

    Raises:
        SmallFileError: it was not written, and is as it was.
    """
    import tempfile  # costs as much as reading a plan

    import tomli_w

    temporary = ""
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise SmallFileError("not saved: not a regular file; accepted: a text file, or none")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(tomli_w.dumps(content).encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except (OSError, ValueError) as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        said = getattr(error, "strerror", "") or visible(str(error), 100)
        raise SmallFileError(f"not saved: {said}; accepted: a folder that can be written") from None
