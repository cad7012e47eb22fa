"""The rules of a plan as a sequence that is never copied: what is found in it is what looking through it finds."""

from collections.abc import Iterable
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalogue.model import load_catalogue
from planner.derivation import blocks
from planner.derivation.derivation import Derivation, derive
from planner.derivation.joined import Joined, apart, spliced
from planner.derivation.model import Rule
from planner.plan.plan import Plan
from planner.plan.topology import Topology
from tests.estates import estate
from tests.strategies import proving, topologies

PARTS = st.lists(st.lists(st.integers(), max_size=4), max_size=6)


@given(PARTS)
def test_what_is_joined_is_the_sequence_of_all_its_parts(parts: list[list[int]]) -> None:
    joined, whole = Joined(parts), [number for part in parts for number in part]
    assert list(joined) == whole
    assert len(joined) == len(whole)
    assert bool(joined) == bool(whole)
    assert [joined[place] for place in range(-len(whole), len(whole))] == [*whole, *whole]
    assert joined[1:3] == tuple(whole[1:3])
    for beyond in (len(whole), -len(whole) - 1):
        with pytest.raises(IndexError):
            joined[beyond]


@given(PARTS, PARTS)
def test_what_is_joined_equals_whatever_has_the_same_in_it(one: list[list[int]], other: list[list[int]]) -> None:
    wholes = [[number for part in parts for number in part] for parts in (one, other)]
    assert (Joined(one) == Joined(other)) is (wholes[0] == wholes[1])
    assert Joined(one) == tuple(wholes[0])
    assert Joined(one) != 7


def test_what_is_the_same_object_in_both_is_left_out_of_both() -> None:
    one, other, equal = [1], [2], [1]
    assert apart([one, other], [other, equal]) == ([one], [equal])


def rules_of(derived: Derivation) -> list[Rule]:
    return [*derived.rules, *derived.host_rules]


@pytest.mark.parametrize("few", [0, 1_000])
@proving(150)
@given(topology=topologies(), data=st.data())
def test_the_rules_that_touch_zones_are_those_that_begin_or_end_there(
    few: int, topology: Topology, data: st.DataObject
) -> None:
    derived = derive(topology, (), load_catalogue())
    names = data.draw(st.sets(st.sampled_from([zone.name for zone in derived.zones])))
    for rules in (derived.rules, derived.host_rules):
        with patch.object(blocks, "FEW", few):
            assert list(rules.touching(*names)) == [rule for rule in rules if {rule.from_, rule.to} & names]


@proving(120)
@given(one=topologies(), other=topologies())
def test_the_rules_that_two_plans_do_not_share_are_found_without_looking_at_all(one: Topology, other: Topology) -> None:
    first, second = (derive(topology, (), load_catalogue()) for topology in (one, other))
    for mine, others in ((first.rules, second.rules), (first.host_rules, second.host_rules)):
        gone, come = mine.unshared(others)
        ids = {id(rule) for rule in mine}, {id(rule) for rule in others}
        assert gone == [rule for rule in mine if id(rule) not in ids[1]]
        assert come == [rule for rule in others if id(rule) not in ids[0]]


SERVERS = [f"server-{number}" for number in range(30)]
BRANCHES = [f"branch-{number}" for number in range(400)]


def of(names: Iterable[str]) -> Plan:
    """Give the plan with a console and these zones, each of which holds what its name says."""
    roles = {name: "server" if name.startswith("server") else "client" for name in names}
    return estate("hq: console", *(f"{name}: {role}" for name, role in roles.items()), servers=30)


def test_rules_that_share_a_short_marker_have_longer_ones_until_one_of_them_is_gone() -> None:
    rules = rules_of(of([*SERVERS, *BRANCHES]).derived)
    assert len({rule.marker for rule in rules}) == len(rules)
    short = {rule.id: rule.marker[:10] for rule in rules}
    longer = [rule for rule in rules if rule.marker != short[rule.id]]
    assert longer, "of so many rules some share the short form"
    assert all(list(short.values()).count(short[rule.id]) > 1 for rule in longer)
    one, other = [rule for rule in longer if short[rule.id] == short[longer[0].id]][:2]
    both = {rule.id: rule.marker for rule in rules_of(of([one.from_, one.to, other.from_, other.to]).derived)}
    assert (both[one.id], both[other.id]) == (one.marker, other.marker)
    alone = {rule.id: rule.marker for rule in rules_of(of([one.from_, one.to]).derived)}
    assert alone[one.id] == short[one.id]
    assert other.id not in alone


def test_a_plan_without_rules_has_none_to_find() -> None:
    derived = Plan(topology=Topology()).derived
    assert list(derived.rules.touching("nowhere")) == []
    assert derived.rules.unshared(derived.rules) == ([], [])


NUMBERED = st.lists(st.integers(0, 30), unique=True, max_size=12).map(sorted)


@given(PARTS, NUMBERED)
def test_what_is_gone_stands_where_it_stood_among_what_is_there(parts: list[list[int]], places: list[int]) -> None:
    gone = [(place, -1 - place) for place in places]
    whole: list[int] = []
    left = [number for part in parts for number in part]
    for place, thing in gone:
        while len(whole) < place and left:
            whole.append(left.pop(0))
        whole.append(thing)
    assert list(spliced(gone, Joined(parts))) == [*whole, *left]


@given(PARTS, st.integers(0, 20), st.integers(0, 20))
def test_a_slice_of_what_is_joined_is_that_of_all_of_it(parts: list[list[int]], start: int, stop: int) -> None:
    whole = tuple(number for part in parts for number in part)
    assert Joined(parts)[start:stop] == whole[start:stop]
    assert Joined(parts)[::-2] == whole[::-2]


@proving(200)
@given(topologies())
def test_the_rules_between_two_zones_are_those_from_one_to_the_other(topology: Topology) -> None:
    derived = derive(topology, (), load_catalogue())
    for rules in (derived.rules, derived.host_rules):
        pairs: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules:
            pairs.setdefault((rule.from_, rule.to), []).append(rule)
        names = [zone.name for zone in derived.zones]
        for pair in ((one, other) for one in names for other in names):
            assert list(rules.between_zones(*pair)) == pairs.get(pair, [])
        assert rules.destinations == {rule.destination_ports for rule in rules}
