"""Impact of an edit in words: what it opens and closes, and what merely has other reasons or another name."""

from collections.abc import Callable

import pytest

from planner.catalogue.loader import load_catalogue
from planner.plan.editing import new_plan, remove_zone, set_answers, set_zone
from planner.plan.impact import impact_in_words
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from tests.command_line import sample
from tests.estates import estate

CATALOGUE = load_catalogue()
NETWARE = read_plan(sample("netware-and-legacy")).plan
BRANCHES = estate("hq: console server", "north: client", "south: client", "out: internet", assumed=())


def answer(**answers: object) -> Callable[[Plan], Plan]:
    return lambda plan: set_answers(plan, **answers)


CASES: dict[str, tuple[Plan, Callable[[Plan], Plan], str]] = {
    "nothing": (new_plan(), answer(mobile_clients=True), "no rule changes"),
    "opens": (new_plan(), answer(servers=2), "+2 rules, opens TCP 2967 and UDP 38293 inside servers"),
    "closes": (new_plan(), answer(clients=False), "-3 rules, closes TCP 2967 to clients, TCP 2967 to servers"),
    "returns": (new_plan(), answer(boundary="stateless"), "+6 ~6 rules"),
    "other reasons": (
        NETWARE,
        answer(console_agent=False),
        "+1 -1 rules, the same ports as now, for other reasons",
    ),
    "renamed": (
        BRANCHES,
        lambda plan: set_zone(plan, 1, CATALOGUE, name="nord"),
        "north becomes nord in 2 rules",
    ),
    "removed": (
        BRANCHES,
        lambda plan: remove_zone(plan, 1, CATALOGUE),
        "-2 rules, closes TCP 2967 to north, TCP 2967 to hq",
    ),
    "from elsewhere": (
        BRANCHES,
        lambda plan: set_zone(set_zone(plan, 1, CATALOGUE, roles=()), 2, CATALOGUE, roles=("client", "server")),
        "+5 -3 rules, opens TCP 2967 from south to hq, UDP 38293 to south, TCP 2967 inside south, "
        "closes TCP 2967 to north, TCP 2967 from north to hq",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_impact_is_told_in_words(case: str) -> None:
    plan, edit, words = CASES[case]
    assert impact_in_words(plan, edit(plan)) == words
