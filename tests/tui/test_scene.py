"""Rules that all views of a plan and the one before it share."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from planner.catalogue.answers import Answers
from planner.catalogue.loader import load_catalogue
from planner.derivation.matrix import zone_pairs
from planner.plan.plan import Plan
from planner.plan.topology import Topology, Zone
from planner.tui.views.plan_changes import PlanChanges
from tests.estates import all_rules
from tests.strategies import answers, proving, topologies


@proving(100)
@given(topology=topologies(), other=answers, data=st.data())
def test_a_view_lists_every_rule_and_those_that_an_edit_removed(
    topology: Topology, other: Answers, data: st.DataObject
) -> None:
    before = Plan(topology=topology)
    zones = data.draw(st.sampled_from(EDITS))(list(topology.zones))
    parents = {zone.name for zone in zones}
    if not all(parents.issuperset(zone.parents) for zone in zones):
        zones = list(topology.zones)
    plan = Plan(topology=Topology(answers=other, zones=tuple(zones)))
    scene = PlanChanges(plan, before, load_catalogue())
    listed = list(scene.rules)
    removed = {rule.id for rule in scene.rules_changed.removed}
    assert [rule for rule in listed if rule.id not in removed] == list(all_rules(plan.derived))
    assert [rule.id for rule in listed if rule.id in removed] == [
        rule.id for rule in all_rules(before.derived) if rule.id in removed
    ]
    assert [listed[place].id for place in scene.changed_rows] == [rule.id for rule in listed if rule.id in scene.marks]
    assert scene.pairs == zone_pairs(listed)


EDITS: list[Callable[[list[Zone]], list[Zone]]] = [
    lambda zones: zones,
    lambda zones: zones[1:],
    lambda zones: [*zones[1:], *zones[:1]],
    lambda zones: [*zones[:-1], *(replace(zone, nat=not zone.nat) for zone in zones[-1:])],
    lambda zones: [*(replace(zone, name="elsewhere") for zone in zones[:1] if zone.name != "internet"), *zones[1:]],
]


def test_a_removed_rule_is_listed_where_it_stood() -> None:
    before = Plan(topology=Topology(answers=Answers(central_quarantine=True, quarantine_port=3000)))
    plan = Plan(topology=Topology(answers=Answers(central_quarantine=False, quarantine_port=3000)))
    scene = PlanChanges(plan, before, load_catalogue())
    removed = {rule.id for rule in scene.rules_changed.removed}
    assert removed
    assert [rule.id for rule in scene.rules] == [rule.id for rule in all_rules(before.derived)]
