"""Input of any kind ends and freezes nothing: wrong bytes, strange sequences, large pastes, any size, storms.

``TERMINAL_FUZZ`` sets the bytes of the fuzzing, 100,000 if it is not there.
"""

import asyncio
import fcntl
import os
import random
import shutil
import signal
import struct
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App

from planner.tui.terminal.driver import PlannerDriver
from tests.command_line import sample
from tests.figures import figure
from tests.terminals import Terminal, memory

PLAN = "plan.toml"
"""A copy of a sample in a folder of the test's own: random keys save too."""
WRONG = {
    "Latin-1": b"\xe9",
    "half a character": b"\xe2\x82",
    "a byte that never is": b"\xff\xfe",
    "a surrogate": b"\xed\xa0\x80",
    "a key whose number is no character": b"\x1b[1114112u",
    "a key whose number is half a character": b"\x1b[55296u",
    "a huge number": b"\x1b[" + b"9" * 40 + b"u",
    "a report of the old mouse, far right": b"\x1b[M \xf0\xe9",
    "a report of the old mouse, whose bytes look like a character": b"\x1b[M \xc3\xa9",
    "a size of nothing, and a click": b"\x1b[?2048;1$y\x1b[48;1;1;0;0t\x1b[<0;5;5M",
    "a size beyond measure": b"\x1b[48;3;2147483647;0;0t",
    "a large size": b"\x1b[48;99999;99999;1;1t",
    "a click beyond the screen": b"\x1b[<0;9999;9999M\x1b[<0;9999;9999m",
    "a click at a huge place": b"\x1b[<0;2147483647;2147483647M",
    "the answer to a question about the clipboard": b"\x1b]52;c;QUFBQQ\x07",
    "the answer to a question about capabilities": b"\x1bP+r\x1b\\",
    "an unknown sequence": b"\x1b[123;123;123x",
    "a torn sequence, and a key that ends it": b"\x1b[12\x0c",
    "all of C1": bytes(range(0x80, 0xA0)),
    "characters of C1": "".join(map(chr, range(0x80, 0xA0))).encode(),
    "NUL": b"\0\0\0",
    "a focus that is lost and found": b"\x1b[O\x1b[I",
    "an Escape and a leaving in a paste": b"\x1b[200~a\x1b\x11b\x1b[201~",
    "a cursor at a huge place": b"\x1b[99999999;99999999R",
}

ESCAPE = b"\x1b[27u"
"""As terminals send it that can tell it from the beginning of something: nothing has to be waited for."""


@pytest.fixture(autouse=True)
def _plan_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a plan that no other test has open at the same time."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(sample("everything-on"), PLAN)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Terminal(PLAN) as terminal:
        terminal.see("Windows servers")
        terminal.rest(0.5)
        yield terminal
        if terminal.process.poll() is None:
            terminal.send(ESCAPE + b"\x11")
            if terminal.process.poll() is None and "drop" in terminal.text:
                terminal.send(b"d")
        assert terminal.leave(15) == 0
        assert terminal.left_on == []


def works(terminal: Terminal) -> float:
    """See that the next key works, and give the seconds it took."""
    start = time.monotonic()
    os.write(terminal._ours, b"r")
    terminal.see("Rules")
    took = time.monotonic() - start
    os.write(terminal._ours, b"m")
    terminal.see("Ports by zone")
    return took


@pytest.mark.slow
def test_no_bytes_kill_it(terminal: Terminal) -> None:
    for name, data in WRONG.items():
        os.write(terminal._ours, data)
        terminal.rest(0.05)
        os.write(terminal._ours, ESCAPE)
        terminal.rest(0.05)
        assert terminal.process.poll() is None, name
        works(terminal)
    figure(f"terminal: {len(WRONG)} wrong or strange inputs, 0 ends, the next key works after each")


@pytest.mark.slow
def test_a_large_paste_is_cut_and_takes_a_moment(terminal: Terminal) -> None:
    terminal.press("w")
    terminal.see("Save as")
    terminal.press("ctrl+u")
    before, start = memory(terminal.planner), time.monotonic()
    terminal.send(b"\x1b[200~" + b"x" * 10_000_000 + b"\x1b[201~")
    terminal.see("9,900,000")
    took, more = time.monotonic() - start, memory(terminal.planner) - before
    figure(f"terminal: a paste of 10 MB is cut at 100,000 in {took:.1f} s and {more:.0f} MB more memory")
    assert took < 20
    assert more < 80
    terminal.press("ctrl+u escape")
    works(terminal)


MANY = {"letters": b"x" * 20_000, "arrows": b"\x1b[B\x1b[A" * 300}


@pytest.mark.slow
@pytest.mark.parametrize("name", MANY)
def test_many_keys_freeze_nothing(terminal: Terminal, name: str) -> None:
    keys = MANY[name]
    if name == "letters":
        terminal.press("w")
    before, start = memory(terminal.planner), time.monotonic()
    terminal.send(keys)
    terminal.send(b"\x15\x1b" if name == "letters" else b"")
    terminal.rest(0.5)
    works(terminal)
    took, more = time.monotonic() - start, memory(terminal.planner) - before
    figure(f"terminal: {len(keys):,} bytes of {name} at one go take {took:.1f} s and {more:.0f} MB more memory")
    assert more < 80


def _size(terminal: Terminal, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.kill(terminal.planner, signal.SIGWINCH)


def test_no_size_is_absurd_enough(terminal: Terminal) -> None:
    before = memory(terminal.planner)
    for columns, rows in ((1, 1), (2, 2), (20, 5), (200, 1), (1, 200), (0, 0), (65535, 65535), (80, 24)):
        _size(terminal, columns, rows)
        terminal.rest(0.4)
    terminal.see("Windows servers")
    works(terminal)
    more = memory(terminal.planner) - before
    figure(f"terminal: sizes from 1x1 to 65535x65535 take {more:.0f} MB more memory")
    assert more < 40


def test_a_storm_of_sizes_leaves_the_last_one(terminal: Terminal) -> None:
    end, count = time.monotonic() + 2, 0
    while time.monotonic() < end:
        count += 1
        _size(terminal, 60 + count % 100, 20 + count % 30)
        terminal._read(0.0005)
    _size(terminal, 80, 24)
    terminal.rest(0.4)
    took = works(terminal)
    figure(f"terminal: after {count:,} changes of size in 2 s a key takes {took * 1000:.0f} ms")
    assert took < 2


PIECES = (
    *WRONG.values(), b"\x1b", b"\x1b[", b"\x1bO", b"\x1b]", b"\x1bP", b"\x1b[200~", b"\x1b[201~", b"\x1b[A", b"\x1b[B",
    b"\x1b[<35;10;10M", b"\x1b[<64;10;10M", b"\x1b[1;5C", b"\x1b[Z", b"\t", b"\r", b" ", b"g", b"3", b"[", b"]", b"x",
    "é".encode(), b"\x1b[?2026;2$y", b"\x1b[97;5u", b";", b"M", b"~",
)  # fmt: skip


def fuzz(chance: random.Random, size: int) -> bytes:
    """Make whole, torn and random sequences of about this many bytes."""
    data = b""
    while len(data) < size:
        part = chance.choice(PIECES) if chance.random() < 0.7 else chance.randbytes(chance.randrange(1, 9))
        data += part[: chance.randrange(len(part) + 1)] if chance.random() < 0.1 else part
    return data


def seeded() -> tuple[random.Random, int]:
    """Give a source of chance, and its seed."""
    seed = int(os.environ.get("TERMINAL_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
    return random.Random(seed), seed  # noqa: S311 - nothing secret comes of it


def test_fuzzed_bytes_become_messages_or_nothing() -> None:
    wanted = int(os.environ.get("TERMINAL_FUZZ", "100000"))
    chance, seed = seeded()

    async def take() -> tuple[int, int]:
        signals = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
        driver = PlannerDriver(App[None]())
        taken = messages = 0
        now = 0.0
        while taken < wanted:
            data = fuzz(chance, 512)
            messages += len(driver.take(data, now))
            now += chance.choice((0.0, 0.05, 0.2, 3.0))
            messages += len(driver.take(b"", now))
            taken += len(data)
        driver.take(b"\x1b[201~", now)
        driver.take(b"", now + 5)
        assert [getattr(message, "key", "") for message in driver.take(b"x", now + 10)] == ["x"], (
            f"TERMINAL_SEED={seed}"
        )
        for number, handler in signals.items():
            signal.signal(number, handler)
        return taken, messages

    start = time.monotonic()
    taken, messages = asyncio.run(take())
    took = time.monotonic() - start
    figure(f"terminal: {taken:,} bytes of fuzz become {messages:,} messages in {took:.1f} s, 0 errors (seed {seed})")


@pytest.mark.slow
def test_fuzzed_keys_end_nothing() -> None:
    chance, seed = seeded()
    wanted = int(os.environ.get("TERMINAL_FUZZ", "100000")) // 20
    with Terminal(PLAN, program="tests.faulty", FAULT="stays") as terminal:
        terminal.see("Windows servers")
        start, before, count = time.monotonic(), memory(terminal.planner), 0
        while count < wanted:
            data = fuzz(chance, 500).replace(b"\x1b[20~", b"")
            terminal.send(data)
            count += len(data)
            assert terminal.process.poll() is None, f"ended by fuzz, TERMINAL_SEED={seed}:\n{terminal.text}"
        took, more = time.monotonic() - start, memory(terminal.planner) - before
        terminal.process.terminate()
        assert terminal.leave() == 143, f"TERMINAL_SEED={seed}"
        assert terminal.left_on == []
    figure(f"terminal: {count:,} bytes of fuzz to the screen in {took:.0f} s, 0 ends, {more:.0f} MB more (seed {seed})")
