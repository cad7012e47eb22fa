"""Large estates: ten thousand rules in under two seconds, and a cost that grows with the rules, not with their square.

Times are those of the processor, so that a busy machine does not count.
"""

import gc
import math
from time import process_time

import pytest

from planner.catalogue.answers import Answers
from planner.exports.firewall.export import ExportRequest, write_rules
from planner.exports.firewall.model import Format
from planner.exports.firewall.registry import FORMATS
from planner.plan.plan import Plan
from planner.plan.topology import Topology, Zone
from tests.firewalls import filled

pytestmark = pytest.mark.slow

SERVERS = 5
ROUNDS = 8


def estate(zones: int) -> Plan:
    """An estate with a console, five zones of servers, the outside, and as many of clients as make the number."""
    found = [Zone(name="hq", roles=("console",)), Zone(name="outside", roles=("internet",))]
    found += [Zone(name=f"server-{number}", roles=("server",)) for number in range(SERVERS)]
    found += [Zone(name=f"branch-{number}", roles=("client",)) for number in range(zones - len(found))]
    return Plan(topology=Topology(answers=Answers(servers=SERVERS), zones=tuple(found)))


def cost(plan: Plan, format_: Format) -> float:
    """Time an export, what is derived left out: of a small plan it is kept. Garbage is left, as in the commands."""
    asked = ExportRequest() if format_.scope == "device" else ExportRequest(zone="server-0", role="server")
    plan.__dict__.clear()
    assert plan.derived
    gc.disable()
    try:
        began = process_time()
        write_rules(plan, format_, asked)
        return process_time() - began
    finally:
        gc.enable()


def test_a_thousand_zones_and_ten_thousand_rules_reach_nftables_in_under_two_seconds() -> None:
    plan = filled(estate(1000))
    began = process_time()
    assert len(plan.derived.rules) > 10_000
    derived = process_time() - began
    assert derived + min(cost(plan, FORMATS["nftables"]) for _ in range(3)) < 2


@pytest.mark.parametrize("name", FORMATS)
def test_the_cost_of_a_format_grows_with_the_rules(name: str) -> None:
    format_ = FORMATS[name]
    sizes = (26, 78) if format_.extra else (200, 600)
    if format_.extra:
        pytest.importorskip("aerleon")
    vendor = format_.vendor or ("juniper-srx" if format_.scope == "device" else "linux")
    small, large = (filled(estate(size), vendor) for size in sizes)
    rules = len(large.derived.rules) / len(small.derived.rules)
    costs = ([cost(small, format_)], [cost(large, format_)])
    # Least of each, as the first loads what it needs; what grows with the square never comes below, however often.
    while min(costs[1][1:], default=math.inf) / min(costs[0]) > 2 * rules:
        assert len(costs[0]) < ROUNDS, f"{min(costs[1]) / min(costs[0]):.1f} times for {rules:.1f} times the rules"
        for some, plan in zip(costs, (small, large), strict=True):
            some.append(cost(plan, format_))
