"""Limit on the rules of a topology, counted before they are derived."""

import pytest
from hypothesis import given

from benchmarks.scale import estate
from planner.catalogue.answers import Answers, TopologyError
from planner.catalogue.loader import load_catalogue
from planner.plan.editing import set_answers
from planner.plan.plan import MAX_RULES, Plan, most_rules
from planner.plan.topology import MAX_INTERFACES, MAX_ZONES, Device, Topology, Zone
from tests.screens import Stage, play
from tests.strategies import plans


def zones(count: int, *roles: str) -> tuple[Zone, ...]:
    return tuple(Zone(name=f"z{number}", roles=roles) for number in range(count))  # type: ignore[arg-type]


@given(plans)
def test_what_is_counted_before_is_never_less_than_what_is_derived(plan: Plan) -> None:
    summary = plan.derived.summary
    assert summary.rules + summary.host_rules <= most_rules(plan.topology, load_catalogue())


def test_the_count_of_a_large_estate_is_near_its_rules() -> None:
    plan = estate(300, 24)
    summary = plan.derived.summary
    assert most_rules(plan.topology, load_catalogue()) < 1.01 * (summary.rules + summary.host_rules)


def test_a_thousand_zones_are_accepted_and_half_of_them_with_servers_are_not() -> None:
    assert most_rules(estate(1000, 52).topology, load_catalogue()) < MAX_RULES
    with pytest.raises(
        TopologyError, match=r"zone: 1,000 zones with these roles take up to 1,\d+,\d+ rules; accepted: "
    ):
        estate(1000, 500)


def test_more_zones_or_interfaces_than_anybody_has_are_refused() -> None:
    assert Topology(zones=zones(MAX_ZONES))
    with pytest.raises(TopologyError, match=f"zone: {MAX_ZONES + 1} zones; accepted: up to {MAX_ZONES}"):
        Topology(zones=zones(MAX_ZONES + 1))
    names = {f"z{number}": "eth" for number in range(MAX_INTERFACES // 2 + 1)}
    with pytest.raises(
        TopologyError, match=f"{MAX_INTERFACES + 2} interfaces in all; accepted: up to {MAX_INTERFACES}"
    ):
        Topology(devices=tuple(Device(name=name, vendor="nftables", interfaces=names) for name in "ab"))


def test_a_rule_names_some_parents_and_some_devices_and_counts_the_other_parents() -> None:
    servers = zones(20, "server")
    clients = Zone(name="clients", roles=("client",), parents=tuple(zone.name for zone in servers))
    seen = {"z0": "a", "clients": "b"}
    devices = tuple(Device(name=f"fw{n}", vendor="nftables", stateful=False, interfaces=seen) for n in range(6))
    topology = Topology(answers=Answers(servers=20), zones=(*servers, clients), devices=devices)
    rule = next(rule for rule in Plan(topology=topology).derived.rules if (rule.from_, rule.to) == ("clients", "z0"))
    parents = ", ".join(f"z{number}" for number in range(12))
    assert f"zone clients: parents = {parents} and 8 more" in rule.because
    assert [said for said in rule.because if said.startswith("device")] == [
        f"device fw{number}: stateful = false" for number in range(4)
    ]


def test_an_edit_that_would_take_too_many_rules_is_refused_in_one_line() -> None:
    topology = Topology(answers=Answers(servers=300, clients=False), zones=zones(300, "server", "client"))
    with pytest.raises(TopologyError, match="zone: 300 zones with these roles take up to"):
        set_answers(Plan(topology=topology), clients=True)


@pytest.mark.slow
def test_on_the_screen_such_an_edit_leaves_the_plan_as_it_was() -> None:
    topology = Topology(answers=Answers(servers=300, clients=False), zones=zones(300, "server", "client"))
    plan = Plan(topology=topology)

    async def body(stage: Stage) -> None:
        await stage.press("down down space")
        assert "take up to" in stage.text
        assert stage.plan is plan

    play(body, plan)
