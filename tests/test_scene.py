"""What all views of a plan and the one before it share is what looking through every rule gives."""

from hypothesis import given

from planner.core.catalogue import load_catalogue
from planner.core.matrix import zone_pairs
from planner.core.plan import Plan
from planner.core.topology import Answers, Topology
from planner.tui.sheets import Scene
from tests.estates import all_rules
from tests.strategies import answers, proving, topologies


@proving(200)
@given(topology=topologies(), other=answers)
def test_what_an_edit_changed_is_found_without_looking_through_every_rule(topology: Topology, other: Answers) -> None:
    before = Plan(topology=topology)
    plan = Plan(topology=Topology(answers=other, zones=topology.zones, devices=topology.devices))
    scene = Scene(plan, before, load_catalogue())
    listed = list(scene.rules)
    removed = {rule.id for rule in scene.changes.removed}
    assert [rule for rule in listed if rule.id not in removed] == list(all_rules(plan.derived))
    assert [rule.id for rule in listed if rule.id in removed] == [
        rule.id for rule in all_rules(before.derived) if rule.id in removed
    ]
    assert scene.changed_rows() == [place for place, rule in enumerate(listed) if rule.id in scene.marks]
    pairs = zone_pairs(listed)
    for zones in ((one.name, two.name) for one in plan.derived.zones for two in plan.derived.zones):
        assert {rule.id for rule in scene.between(*zones)} == {rule.id for rule in pairs.get(zones, ())}
        assert len(scene.between(*zones)) == len(pairs.get(zones, ()))


def test_a_removed_rule_is_listed_where_it_stood() -> None:
    before = Plan(topology=Topology(answers=Answers(central_quarantine=True, quarantine_port=3000)))
    plan = Plan(topology=Topology(answers=Answers(central_quarantine=False, quarantine_port=3000)))
    scene = Scene(plan, before, load_catalogue())
    removed = {rule.id for rule in scene.changes.removed}
    assert removed
    assert [rule.id for rule in scene.rules] == [rule.id for rule in all_rules(before.derived)]
