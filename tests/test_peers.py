"""The benchmarks measure whatever shows the matrix beside the planner and is installed, and name what is not."""

import sys
from pathlib import Path

import pytest

from benchmarks import peers

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("timing")]

SHEET = f"""#!{sys.executable}
import os, sys, termios, time, tty

lines = open(sys.argv[-1]).read().splitlines()
tty.setraw(0)
time.sleep(0.3)
os.write(1, "\\x1b[H\\x1b[2J".encode() + "\\r\\n".join(line[:70] for line in lines[:20]).encode())
row = 0
while True:
    key = os.read(0, 1)
    row += {{b"j": 1, b"k": -1}}.get(key, 0)
    os.write(1, f"\\x1b[{{max(row, 0) + 1}};75H{{key.decode()}}<".encode())
"""
"""A sheet that marks the line where its cursor is, and starts slowly."""


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "vd").write_text(SHEET, encoding="utf-8")
    (programs / "vd").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))


@pytest.mark.usefixtures("_installed")
def test_a_peer_is_measured_beside_the_planner(tmp_path: Path) -> None:
    empty, planner, sheet = peers.figures(tmp_path, 1, 7)
    assert (empty.name, planner.name, sheet.name) == ("empty app", "planner", "VisiData")
    assert sheet.picture > 0.3
    assert sheet.memory < planner.memory
    assert 2 <= sheet.move.minimum <= sheet.move.bytes <= len("\x1b[10;75Hj<")
    assert planner.move.minimum > 100, "the cursor moves in the matrix, and what it is on is explained"
    assert [row[0] for row in peers.rows([empty, sheet])] == ["empty app", "VisiData"]


@pytest.mark.usefixtures("_installed")
def test_what_is_not_installed_is_named() -> None:
    assert peers.missing() == ["sc-im", "less", "vim"]


def test_the_peers_show_the_matrix_that_the_planner_exports(tmp_path: Path) -> None:
    peers.files(tmp_path)
    for peer in peers.PEERS:
        text = (tmp_path / peer.file).read_text(encoding="utf-8")
        assert all(shown.split()[0] in text for shown in peer.shown), peer.name
