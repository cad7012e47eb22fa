"""Progress: slow work says so on a terminal, and can be given up there without leaving half of anything."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.scale import estate
from benchmarks.terminal import clean_environment
from planner.plan.plan import answer_tables
from planner.plan.topology import Device, Zone
from tests.command_line import ROOT, sample

PATIENCE = 60.0


class Running:
    """A command whose standard error is a terminal, and whose other streams are pipes."""

    def __init__(self, *arguments: str) -> None:
        self._ours, its = pty.openpty()
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "planner", *arguments], cwd=ROOT, env=clean_environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=its,
        )  # fmt: skip
        os.close(its)

    def until(self, text: str) -> None:
        """Wait until this is on the terminal."""
        end = time.monotonic() + PATIENCE
        while text not in self.said:
            assert time.monotonic() < end, f"{text!r} not in {self.said[-200:]!r}"
            self._take(0.2)

    def end(self, more: bytes = b"") -> tuple[int, bytes, str]:
        """Send the rest; give the exit code, standard output, and all that the terminal got."""
        out, _ = self.process.communicate(more, timeout=PATIENCE)
        while self._take(0.05):
            pass
        os.close(self._ours)
        return self.process.returncode, out, self.said

    def _take(self, seconds: float) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            self.said += os.read(self._ours, 4096).decode()
        except OSError:  # nobody holds the other end any more
            return False
        return True


def shown(said: str) -> str:
    """Returns the text that is left on a terminal's last line."""
    line = ""
    for part in said.split("\r"):
        line = part + line[len(part) :]
    return line.rstrip()


CHECKED = b"standard input: draft: 6 decisions undecided, 17 answers assumed; intact and current\n"


def slow(name: str) -> tuple[Running, bytes]:
    """Start a command that reads a plan of which only half has come; give it and the rest."""
    data = Path(sample("one-server")).read_bytes()
    running = Running(name, "-")
    assert running.process.stdin is not None
    running.process.stdin.write(data[: len(data) // 2])
    running.process.stdin.flush()
    return running, data[len(data) // 2 :]


def test_a_slow_file_says_how_far_it_is_and_leaves_no_trace_of_that() -> None:
    running, rest = slow("check")
    running.until("Reading -")
    running.until(" s; Ctrl+C gives up")
    code, out, said = running.end(rest)
    assert (code, out) == (0, CHECKED)
    assert shown(said) == ""


def test_a_slow_file_is_given_up() -> None:
    running, _ = slow("show")
    running.until("Ctrl+C gives up")
    running.process.send_signal(signal.SIGINT)
    code, out, said = running.end()
    assert (code, out) == (130, b"")
    assert shown(said) == ""


def test_nothing_is_said_where_standard_error_is_no_terminal() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "planner", "check", "-"], cwd=ROOT, env=clean_environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(1.5)  # longer than a terminal would be left in silence
    out, err = process.communicate(Path(sample("one-server")).read_bytes(), timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, CHECKED, b"")


LONG: dict[str, Callable[[str, Path], tuple[str, ...]]] = {
    "a report": lambda plan, folder: ("export", plan, "--to", "html", "-o", str(folder / "out")),
    "rules for a firewall": lambda plan, folder: ("export", plan, "--to", "nftables", "-o", str(folder / "out")),
    "a ticket pack": lambda plan, folder: ("pack", plan, "-o", str(folder / "out")),
}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    import tomli_w

    bare = estate(400, 30)
    zones = tuple(
        Zone(name=zone.name, roles=zone.roles, networks=(f"10.{number >> 8}.{number & 255}.0/24",))
        for number, zone in enumerate(bare.topology.zones)
    )
    device = Device(name="core", vendor="linux", interfaces={zone.name: f"eth{n}" for n, zone in enumerate(zones)})
    topology = type(bare.topology)(answers=bare.topology.answers, zones=zones, devices=(device,))
    path = tmp_path_factory.mktemp("large") / "plan.toml"
    path.write_text(tomli_w.dumps(answer_tables(type(bare)(topology=topology))), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", LONG)
def test_a_long_export_is_given_up_and_leaves_nothing_behind(name: str, large: str, tmp_path: Path) -> None:
    running = Running(*LONG[name](large, tmp_path))
    running.until("Writing")
    running.process.send_signal(signal.SIGINT)
    code, out, said = running.end()
    assert (code, out, shown(said)) == (130, b"", "")
    assert list(tmp_path.iterdir()) == []
