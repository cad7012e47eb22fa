"""Large estates: cost grows with what is derived, and a thousand zones are no burden."""

from itertools import count as count_up
from time import perf_counter

import pytest

from planner.catalogue.answers import Answers
from planner.catalogue.loader import load_catalogue
from planner.derivation.derivation import derive
from planner.plan.topology import Topology, Zone


def branches(count: int, servers: int = 1) -> Topology:
    """An estate with a console, some server zones and many client zones, none of which another estate has."""
    tag = next(TAGS)
    zones = [Zone(name=f"hq {tag}", roles=("console",))]
    zones += [Zone(name=f"server {tag} {number}", roles=("server",)) for number in range(servers)]
    zones += [Zone(name=f"branch {tag} {number}", roles=("client",)) for number in range(count - len(zones))]
    return Topology(answers=Answers(servers=servers), zones=tuple(zones))


TAGS = count_up()


def seconds(count: int, servers: int = 1) -> float:
    """Time a derivation, the one of five that was disturbed least by what else the machine does."""

    def once() -> float:
        topology = branches(count, servers)
        began = perf_counter()
        derive(topology, (), load_catalogue())
        return perf_counter() - began

    return min(once() for _ in range(5))


def test_a_thousand_zones_derive_in_well_under_a_second() -> None:
    assert seconds(1000) < 0.5


@pytest.mark.slow
def test_the_cost_grows_with_the_rules_and_not_with_their_square() -> None:
    small, large = (250, 4), (1000, 4)
    rules = [len(derive(branches(*size), (), load_catalogue()).rules) for size in (small, large)]
    assert seconds(*large) / seconds(*small) < 3 * rules[1] / rules[0]


@pytest.mark.slow
def test_a_hundred_thousand_rules_derive() -> None:
    derived = derive(branches(1000, 52), (), load_catalogue())
    assert len(derived.rules) > 100_000
    assert len({rule.marker for rule in derived.rules}) == len(derived.rules)
