"""A disk that takes its time, or never answers: no key waits for it, and leaving does not wait for ever."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.storage.settings import SettingsFile, recent_plans
from tests.command_line import sample
from tests.figures import figure
from tests.terminals import KEYS, Terminal

PLAN = "plan.toml"


WRITING = {
    "a setting": (", enter", "Theme                 dark", "down"),
    "the settings one after the other": (", enter enter enter enter", "Theme                 ansi", "down"),
    "an explanation": ("W; Write to file; enter", "Writing it", "x"),
    "a ticket pack": ("P; Pack to; enter", "Writing the pack", "escape"),
    "a plan": ("3 enter ^S", "Saving ~/plan.toml", "4"),
}


@pytest.fixture(autouse=True)
def _plan_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a plan that no other test has open at the same time."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(sample("one-server"), PLAN)


def changes(terminal: Terminal, key: str) -> float:
    """Press a key and give the seconds until the screen is another one."""
    before = terminal.text
    begun = time.monotonic()
    terminal.send(key.encode(), quiet=0.01)
    while terminal.text == before:
        assert time.monotonic() - begun < 30
        terminal.rest(0.01)
    return time.monotonic() - begun


@pytest.fixture
def hung() -> Iterator[Terminal]:
    with Terminal(PLAN, program="tests.faulty", FAULT="hung disk") as terminal:
        terminal.see("Windows servers")
        terminal.rest(0.5)
        yield terminal


@pytest.mark.parametrize("what", WRITING)
def test_no_key_waits_for_a_disk_that_hangs(what: str, hung: Terminal) -> None:
    keys, said, next_ = WRITING[what]
    first, _, rest = keys.partition("; ")
    hung.press(first.replace("^S", "ctrl+s"))
    if rest:
        asked, _, then = rest.partition("; ")
        hung.see(asked)
        hung.press(then)
    hung.see(said)
    took = changes(hung, KEYS.get(next_, next_))
    figure(f"a key while {what} hangs on the disk: {took * 1000:.0f} ms")
    assert took < 30  # the disk hangs for 60; the figure tells what it takes


def test_leaving_does_not_wait_for_a_disk_that_hangs(hung: Terminal) -> None:
    hung.press(", enter escape 3 enter ctrl+q d")
    begun = time.monotonic()
    assert hung.leave() == 0
    took = time.monotonic() - begun
    figure(f"left a disk that hangs after {took:.1f} s")
    assert took < 30
    assert hung.left_on == []


def test_leaving_waits_for_a_disk_that_is_slow() -> None:
    with Terminal(PLAN, program="tests.faulty", FAULT="slow disk") as terminal:
        terminal.see("Windows servers")
        terminal.rest(0.5)
        terminal.send(b",\r", quiet=0.05)
        terminal.press("ctrl+q")
        assert terminal.leave() == 0
    assert SettingsFile().now.theme == "dark"
    assert recent_plans() == [str(Path(PLAN).absolute())]
