"""The planner on a slow line: 9,600 bit/s, 300 ms there and back, and buffers between that take whatever comes."""

import os
import time
from collections import deque
from typing import NamedTuple

from benchmarks.keys import PLAN
from benchmarks.terminal import KEYS, PLANNER, Program

BYTES_A_SECOND = 960
ONE_WAY = 0.15
"""Seconds from one end of the line to the other, beside the time that the bytes take."""
_QUESTION, _ANSWER = b"\x1b[6n", b"\x1b[1;1R"
_TICK = 0.005


class SlowLine:
    """A terminal at the far end of a slow line. What the program sends waits in ``backlog`` for its turn.

    What the program sent before is taken to have arrived.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._typed: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0
        self._seen = len(program.chunks)
        self.arrived = b""
        self.most = 0
        for _ in range(sum(chunk.data.count(_QUESTION) for chunk in program.chunks)):
            self.type(_ANSWER)

    @property
    def backlog(self) -> int:
        """Bytes that were sent and have not arrived."""
        return sum(len(data) for _, data in self._under_way)

    def type(self, data: bytes) -> None:
        """Press a key at the far end."""
        self._typed.append((time.monotonic() + ONE_WAY, data))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._program.read(_TICK)
            now = time.monotonic()
            for chunk in self._program.chunks[self._seen :]:
                for byte in range(0, len(chunk.data), 32):
                    part = chunk.data[byte : byte + 32]
                    self._free_at = max(self._free_at, now) + len(part) / BYTES_A_SECOND
                    self._under_way.append((self._free_at + ONE_WAY, part))
            self._seen = len(self._program.chunks)
            self.most = max(self.most, self.backlog)
            while self._under_way and self._under_way[0][0] <= now:
                self._take(self._under_way.popleft()[1])
            while self._typed and self._typed[0][0] <= now:
                os.write(self._program.ours, self._typed.popleft()[1])

    def settle(self, quiet: float) -> float:
        """Let time pass until nothing has been under way for so long; give the seconds to the last arrival."""
        began = last = time.monotonic()
        while time.monotonic() - last < quiet:
            before = len(self.arrived)
            self.run(0.02)
            if self._under_way or len(self.arrived) != before:
                last = time.monotonic()
        return last - began

    def _take(self, data: bytes) -> None:
        asked = (self.arrived[-3:] + data).count(_QUESTION)
        self.arrived += data
        for _ in range(asked):
            self.type(_ANSWER)


class Held(NamedTuple):
    """A key held on the slow line: presses, bytes in all, most bytes waiting, seconds from letting go to the end."""

    presses: int
    bytes: int
    backlog: int
    settles: float


def hold(seconds: float, rate: float = 30) -> Held:
    """Hold an arrow key in the matrix."""
    with Program((*PLANNER, PLAN)) as program:
        program.painted("TCP 2967")
        line = SlowLine(program)
        line.settle(1.0)
        line.type(KEYS["tab"].encode())
        line.settle(1.0)
        first, line.most = len(line.arrived), 0
        presses = int(seconds * rate)
        for number in range(presses):
            line.type(KEYS[("right", "down", "left", "up")[number // 3 % 4]].encode())
            line.run(1 / rate)
        return Held(presses, len(line.arrived) - first, line.most, line.settle(1.0))


class Stalled(NamedTuple):
    """A reader that stalled: MiB before and after, and seconds until the last key was seen once it read again."""

    before: float
    after: float
    catches_up: float


def stall(presses: int) -> Stalled:
    """Press keys while nothing is read, then read again."""
    with Program((*PLANNER, PLAN)) as program:
        program.painted("TCP 2967")
        program.rest(0.5)
        program.press("tab")
        before = program.peak_memory()
        for number in range(presses):
            os.write(program.ours, KEYS[("right", "down", "left", "up")[number // 3 % 4]].encode())
            time.sleep(0.01)
        began = time.monotonic()
        program.press("p", 0.5)
        deadline = began + 30
        while "From, to" not in program.text() and time.monotonic() < deadline:
            program.read(0.1)
        return Stalled(before, program.peak_memory(), time.monotonic() - began)
