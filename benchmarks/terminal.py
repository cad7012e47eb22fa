"""A program in a pseudo terminal, every byte it sends stamped with its time, and pyte to say what is on the screen."""

import atexit
import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import pyte

ROOT = Path(__file__).resolve().parent.parent
PLANNER = ("-m", "planner")
EMPTY_APP = ("-m", "benchmarks.empty_app")
KEYS = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "space": " ", "backspace": "\x7f", "up": "\x1b[A", "down": "\x1b[B",
    "right": "\x1b[C", "left": "\x1b[D", "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "f1": "\x1bOP",
    "ctrl+p": "\x10", "ctrl+q": "\x11",
}  # fmt: skip
PATIENCE = 60.0
"""Seconds after which a program that does not answer counts as hung."""


class Chunk(NamedTuple):
    """Bytes that came together, and when, in seconds of the monotonic clock."""

    at: float
    data: bytes


class Answer(NamedTuple):
    """What followed a key: seconds to the last byte of it, the bytes, and seconds to the first byte."""

    seconds: float
    data: bytes
    first: float


class _Screen(pyte.Screen):
    """The emulator's screen, which other programs ask more of."""

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        """Take inks; what is marked as private asks about keys."""
        if not private:
            super().select_graphic_rendition(*attributes)


class Program:
    """Python running a module, or another program, on a terminal of its own; use it as a context."""

    def __init__(
        self,
        arguments: Sequence[str],
        columns: int = 80,
        rows: int = 24,
        *,
        executable: str = sys.executable,
        **environment: str,
    ) -> None:
        self.chunks: list[Chunk] = []
        self.screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._fed = 0
        self.ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [executable, *arguments], stdin=its, stdout=its, stderr=its, cwd=ROOT, start_new_session=True,
            env=clean_environment() | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | environment,
        )  # fmt: skip
        os.close(its)

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)

    def read(self, seconds: float) -> bool:
        """Take what comes within that time; False if nothing did."""
        if not select.select([self.ours], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.ours, 1 << 16)
        except OSError:  # the program has left the terminal
            return False
        self.chunks.append(Chunk(time.monotonic(), data))
        return True

    def rest(self, quiet: float = 0.15) -> None:
        """Read until nothing came for that long."""
        while self.read(quiet):
            pass

    def text(self) -> str:
        """Give what is on the screen."""
        self.feed()
        return "\n".join(self.screen.display)

    def feed(self) -> None:
        """Show the emulator what came since."""
        for chunk in self.chunks[self._fed :]:
            self._stream.feed(chunk.data)
        self._fed = len(self.chunks)

    def painted(self, *texts: str) -> float:
        """Wait until all these texts are on the screen together; give the seconds since the start.

        Only the times of the bytes count: the emulator, which is slower than the program, looks at them afterwards.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            if not self.read(0.25) or time.monotonic() > deadline:
                for number, chunk in enumerate(self.chunks[self._fed :], self._fed + 1):
                    self._stream.feed(chunk.data)
                    self._fed = number
                    shown = "\n".join(self.screen.display)
                    if all(text in shown for text in texts):
                        return chunk.at - self.began
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise TimeoutError(f"{texts} not on the screen:\n{self.text()}")

    def type(self, key: str) -> None:
        """Press one key and wait for nothing."""
        os.write(self.ours, KEYS.get(key, key).encode())

    def press(self, key: str, quiet: float = 0.06) -> Answer:
        """Press one key and read until nothing more came for a while."""
        first = len(self.chunks)
        began = time.monotonic()
        self.type(key)
        self.read(1.0)
        self.rest(quiet)
        came = self.chunks[first:]
        data = b"".join(chunk.data for chunk in came)
        return Answer(came[-1].at - began, data, came[0].at - began) if came else Answer(0.0, data, 0.0)

    def cpu_seconds(self) -> float:
        """Give the processor time that the program and its children have used so far."""
        fields = ((process / "stat").read_text().rpartition(")")[2].split() for process in self._processes())
        return sum(int(field[11]) + int(field[12]) for field in fields) / os.sysconf("SC_CLK_TCK")

    def wakes(self) -> int:
        """Say how often a thread of the program has waited for something so far, and so was woken."""
        threads = [thread for process in self._processes() for thread in (process / "task").iterdir()]
        lines = (line for thread in threads for line in (thread / "status").read_text().splitlines())
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))

    def peak_memory(self) -> float:
        """Give the most memory that one process of the program has held, in MiB."""
        return max(peak_memory(process) for process in self._processes())

    def _processes(self) -> list[Path]:
        """Find what the system says of the processes of the session that the program leads, a folder each."""
        session = str(self.process.pid)
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "stat").read_text().rpartition(")")[2].split()[3] == session:
                    found.append(folder)
            except OSError:  # it has ended meanwhile
                continue
        return found


def output_of(*arguments: str) -> bytes:
    """Run Python without a terminal, and give what it wrote."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=clean_environment(), capture_output=True, check=True
    )
    return done.stdout


def peak_memory(process: Path) -> float:
    """Give the most memory that a process has held, in MiB; getrusage counts in what the one that started it held."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def clean_environment() -> dict[str, str]:
    """Give the environment without what would change how Textual paints or have Python compile at every start."""
    dropped = ("TEXTUAL_", "NO_COLOR", "SSH_", "TMUX", "STY", "LC_", "LANG", "PYTHON", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    folder = _folder()
    return kept | {"LANG": "C.UTF-8", "PYTHONPYCACHEPREFIX": f"{folder}/compiled", "HOME": folder}


@cache
def _folder() -> str:
    """Give a folder for compiled modules and for what programs keep at home."""
    folder = tempfile.mkdtemp(prefix="benchmarks-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
