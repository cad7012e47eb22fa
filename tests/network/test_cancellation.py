"""Cancellation: work that was given up goes no further than to its next step."""

from collections.abc import Callable

import pytest

from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.model import Format
from planner.exports.firewall.registry import FORMATS
from planner.exports.ticket.pack import pack_files
from planner.network.partition import Stopped, StoppedError
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from planner.storage.toml_reader import write_text
from tests.command_line import sample


class Patience:
    """Wants something until it was asked so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def stopped(self) -> bool:
        self.left -= 1
        return self.left < 0


def dual_stack() -> Plan:
    return read_plan(sample("dual-stack")).plan


def a_pack(stopped: Stopped) -> object:
    plan = dual_stack()
    return pack_files(plan, write_text(plan), stopped)


def an_export(format_: Format) -> Callable[[Stopped], object]:
    return lambda stopped: write_rules(dual_stack(), format_, ExportRequest(zone="administration", role="all"), stopped)


WORKS: dict[str, tuple[Callable[[Stopped], object], int]] = {"a pack": (a_pack, 6)}
WORKS |= {name: (an_export(FORMATS[name]), 3) for name in ("nftables-host", "powershell")}
"""What is done, and of how many steps it is at least."""


@pytest.mark.parametrize("name", WORKS)
def test_it_stops_at_whichever_step_comes_next(name: str) -> None:
    work, steps = WORKS[name]
    for times in range(steps):
        patience = Patience(times)
        with pytest.raises(StoppedError):
            work(patience.stopped)
        assert patience.left == -1, "it was asked again after it was given up"


@pytest.mark.parametrize("name", WORKS)
def test_it_is_the_same_whether_it_may_be_given_up_or_not(name: str) -> None:
    work, _ = WORKS[name]
    assert work(Patience(1_000_000).stopped) == work(lambda: False)
