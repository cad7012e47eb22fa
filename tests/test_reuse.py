"""What deriving keeps from one edit to the next is what deriving from nothing gives."""

from hypothesis import given
from hypothesis import strategies as st

from planner.core import blocks, editing, rules, streams, zones
from planner.core.catalogue import load_catalogue
from planner.core.comparison import compare_rules
from planner.core.derivation import derive
from planner.core.derived import Derivation
from planner.core.plan import Plan
from planner.core.topology import Answers, Topology
from tests.estates import estate
from tests.strategies import answers, topologies


def from_nothing(plan: Plan) -> Derivation:
    """Derive with nothing kept."""
    for memo in (streams._STREAMS, rules._WRITTEN, blocks._MERGED):
        memo.forget()
    zones._recent.clear()
    blocks._TALLY.__init__()  # type: ignore[misc]  # as at the start of the program
    return derive(plan.topology, plan.decisions, load_catalogue())


@given(first=topologies(), others=st.lists(st.tuples(answers, st.booleans()), min_size=1, max_size=3))
def test_any_row_of_edits_derives_to_what_each_of_them_alone_does(
    first: Topology, others: list[tuple[Answers, bool]]
) -> None:
    edits = [first]
    for changed, without_zones in others:
        zones_left = () if without_zones else first.zones
        edits.append(Topology(answers=changed, zones=zones_left, devices=() if without_zones else first.devices))
    plans = [Plan(topology=edit) for edit in [*edits, first]]
    kept = [derive(plan.topology, plan.decisions, load_catalogue()) for plan in plans]
    for derived, plan in zip(kept, plans, strict=True):
        assert derived == from_nothing(plan)


def test_an_answer_leaves_the_rules_alone_that_it_has_no_part_in() -> None:
    before = estate("hq: console server", "branch: client", servers=2)
    after = editing.set_answers(before, ams_alerting=True)
    kept = {id(rule) for rule in before.derived.rules}
    assert before.derived.rules
    assert all(id(rule) in kept for rule in after.derived.rules if "ams" not in rule.flows[0])
    assert compare_rules(before.derived, after.derived).in_short() == "+2"
