"""What the planner does when nothing is done: bytes and processor time of an idle screen, and memory."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.keys import PLAN
from benchmarks.terminal import EMPTY_APP, PLANNER, Program


class Rest(NamedTuple):
    """An idle program: bytes it sent, seconds of processor time it used, MiB it held at most."""

    name: str
    bytes: int
    cpu: float
    memory: float


def idle(name: str, arguments: Sequence[str], text: str, seconds: float) -> Rest:
    """Open a program and leave it alone for so long."""
    with Program(arguments, SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22") as program:
        program.painted(text)
        program.rest(1.5)
        first, cpu, end = len(program.chunks), program.cpu_seconds(), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            program.read(left)
        sent = sum(len(chunk.data) for chunk in program.chunks[first:])
        return Rest(name, sent, program.cpu_seconds() - cpu, program.peak_memory())


def both(seconds: float) -> list[Rest]:
    """Leave the empty app and the planner alone."""
    return [
        idle("empty app", EMPTY_APP, "ready", seconds),
        idle("planner", (*PLANNER, PLAN), "TCP 2967", seconds),
    ]
