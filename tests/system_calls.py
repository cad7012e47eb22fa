"""A save run many times, with one of its system calls failing, or the process killed before it, by strace.

The save runs in forks of one process that has loaded everything; strace attaches to each before it begins, so that its
counts of calls are those of the save alone.
"""

import os
import re
import select
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

STRACE = shutil.which("strace")

_OF_THE_INTERPRETER = (
    {"brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "getrandom", "ioctl", "clock_gettime"}
    | {"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "restart_syscall", "exit", "exit_group", "getpid", "gettid"}
    | {"futex", "clone", "clone3", "rseq", "set_robust_list", "poll", "pselect6", "select"}
)
"""Calls that are no step of a save: memory, threads, signals."""

ERRORS: dict[str, tuple[str, ...]] = {
    "openat": ("EACCES", "EMFILE", "ENOSPC", "EROFS", "EIO"),
    "open": ("EACCES", "EMFILE"),
    "read": ("EIO",),
    "write": ("ENOSPC", "EIO", "EDQUOT", "EFBIG"),
    "fsync": ("EIO", "ENOSPC", "EDQUOT", "EINVAL"),
    "flock": ("ENOLCK", "EINVAL"),
    "rename": ("EXDEV", "EACCES", "EIO", "EROFS", "EBUSY"),
    "link": ("EPERM", "EMLINK", "EIO", "ENOSPC"),
    "unlink": ("EACCES", "EBUSY", "EIO"),
    "close": ("EIO", "ENOSPC", "EDQUOT"),
    "fchown": ("EPERM", "EINVAL"),
    "fchmod": ("EPERM", "EIO"),
    "flistxattr": ("EOPNOTSUPP",),
}
"""Errors of each call; a call that is not here fails with EIO."""


class Call(NamedTuple):
    """One system call of a save: its name, and which of its kind it is."""

    name: str
    number: int


def run(action: Callable[[], str], inject: str = "", trace: Path | None = None) -> str:
    """Run an action in a fork of this process under strace, and give what it returns; "" if it was killed.

    Raises:
        RuntimeError: strace cannot attach here.
    """
    go_out, go_in = os.pipe()
    said_out, said_in = os.pipe()
    child = os.fork()
    if not child:
        os.close(go_in)
        os.close(said_out)
        _act(action, go_out, said_in)
    os.close(said_in)
    os.close(go_out)
    os.read(said_out, 1)
    try:
        options = ["-e", f"inject={inject}"] if inject else ["-e", "trace=all"]
        command = [STRACE or "strace", "-o", str(trace or "/dev/null"), *options, "-p", str(child)]
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE)
        _attached(tracer)
        os.write(go_in, b"!")
        said = b""
        while chunk := os.read(said_out, 4096):
            said += chunk
        os.waitpid(child, 0)
        tracer.communicate()
        return said.decode()
    finally:
        os.close(go_in)
        os.close(said_out)


def _act(action: Callable[[], str], go: int, said: int) -> None:
    """Be the fork: wait for the word, act, say how it went, and end without the cleaning up of Python."""
    try:
        os.write(said, b"!")
        select.select([go], [], [])  # a call that no save makes: whether strace sees it begin does not matter
        words = action()
    except BaseException as error:
        words = f"crashed: {error!r}"
    finally:
        os.write(said, words.encode() or b"?")
        os._exit(0)


def _attached(tracer: "subprocess.Popen[bytes]") -> None:
    assert tracer.stderr is not None
    told = b""
    while b"attached" not in told:
        ready, _, _ = select.select([tracer.stderr], [], [], 10)
        chunk = os.read(tracer.stderr.fileno(), 4096) if ready else b""
        if not chunk:
            tracer.send_signal(signal.SIGKILL)
            raise RuntimeError(f"strace does not attach: {told.decode().strip()}")
        told += chunk


def calls_of(action: Callable[[], str], trace: Path) -> list[Call]:
    """Run an action once, unharmed, and give its system calls: from the word to begin until it says how it went."""
    said = run(action, trace=trace)
    names = re.findall(r"^(\w+)\(", trace.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    counted: Counter[str] = Counter()
    found = []
    for name in names:
        counted[name] += 1
        found.append(Call(name, counted[name]))
    last = max(index for index, call in enumerate(found) if call.name == "write")
    assert said.startswith("saved"), said
    return [call for call in found[:last] if call.name not in _OF_THE_INTERPRETER]


def kills(calls: list[Call]) -> Iterator[str]:
    """Returns for each call the injection that kills the process before it takes effect."""
    for name, number in calls:
        yield f"{name}:signal=KILL:when={number}:error=EIO"


def failures(calls: list[Call]) -> Iterator[str]:
    """Returns for each call the injections that let it fail, once, in each of its ways."""
    for name, number in calls:
        for error in ERRORS.get(name, ("EIO",)):
            yield f"{name}:error={error}:when={number}"
