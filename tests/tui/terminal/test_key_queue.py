"""Keys that arrive together, as a slow line delivers them, do what they do when they arrive one by one."""

from pathlib import Path

import pytest

from planner.storage.plan_files import read_plan
from tests.command_line import sample
from tests.terminals import Terminal

TOGETHER = {
    "a step and its number": ("g6", "Decisions  "),
    "another pane, and a move in it": ("\tp\x1b[B\x1b[B", "from netware-south to"),
    "a move and an answer": ("g1\x1b[B\x1b[B\x1b[Bn", "10.x/3.x clients no"),
    "what is typed into a line that a key opens": ("g7\r\x15Two NetWare sites\rg8", " Two NetWare sites *"),
    "a page, and away from it": ("\x1bOP\x1bOPg3", "Rollout  "),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_keys_that_arrive_together_are_taken_in_order(name: str) -> None:
    keys, seen = TOGETHER[name]
    with Terminal(sample("netware-and-legacy")) as terminal:
        terminal.see("Windows servers")
        terminal.send(keys.encode())
        terminal.see(seen)


def test_a_whole_session_in_one_packet_saves_the_plan(tmp_path: Path) -> None:
    plan = tmp_path / "estate.toml"
    with Terminal() as terminal:
        terminal.see("New plan")
        terminal.send(f"\r3\r2\rg2kg7\rHead office\r\rCHG1\r\x13\x15{plan}\r".encode())
        terminal.see("Saved")
    saved = read_plan(str(plan)).plan
    answers = saved.topology.answers
    assert (answers.servers, answers.netware_servers) == (3, 2)
    assert (saved.head.title, saved.change.ticket) == ("Head office", "CHG1")
