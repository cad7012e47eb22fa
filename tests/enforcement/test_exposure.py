"""Exposure of rules: address pairs counted exactly, and the return holes of the stateless form."""

import ipaddress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Rule
from planner.enforcement.exposure import BoundaryExposure, exposure
from planner.exports.report.rules import amount
from planner.plan.addresses import Pairs, RuleRoles
from planner.plan.plan import Plan
from planner.plan.topology import Zone
from tests import strategies
from tests.estates import estate, zone


def boundary(plan: Plan, from_: str, to: str) -> BoundaryExposure:
    return next(found for found in exposure(plan) if (found.from_, found.to) == (from_, to))


@pytest.mark.parametrize(
    ("source", "destination", "pairs"),
    [
        (("10.0.0.0/24",), ("10.1.0.0/28",), Pairs(256 * 16, 0)),
        (("10.0.0.0/24", "10.0.0.0/25"), ("10.1.0.0/32",), Pairs(256, 0)),
        (("10.0.0.0/31", "2001:db8::/126"), ("10.1.0.1/32", "2001:db8:1::/64"), Pairs(2, 4 * 2**64)),
        (("10.0.0.0/24",), ("2001:db8::/64",), Pairs(0, 0)),
        ((), ("10.1.0.0/28",), Pairs(0, 0, ("b (client)",))),
        ((), (), Pairs(0, 0, ("b (client)", "hq (server)"))),
    ],
    ids=["networks", "one in another", "both families", "no family in common", "one unknown", "both unknown"],
)
def test_address_pairs_of_a_boundary(source: tuple[str, ...], destination: tuple[str, ...], pairs: Pairs) -> None:
    plan = estate(zone("b: client", networks=source), zone("hq: server", networks=destination))
    assert boundary(plan, "b", "hq").pairs == pairs


def test_hosts_of_a_role_narrow_its_rules() -> None:
    hosts = {"server": ("10.1.0.5", "10.1.0.6")}
    plan = estate(
        zone("b: client", networks=("10.0.0.0/24",)), zone("hq: server", networks=("10.1.0.0/24",), hosts=hosts)
    )
    assert boundary(plan, "b", "hq").pairs == Pairs(512, 0)


def test_what_several_rules_open_is_counted_once() -> None:
    plan = estate(
        zone("a: console server", networks=("10.0.0.0/30",), hosts={"console": ("10.0.0.1",)}),
        zone("b: server", networks=("10.1.0.0/30",)),
        servers=2,
    )
    found = boundary(plan, "a", "b")
    assert found.ports == ("TCP 2967", "UDP 38293")
    assert found.pairs == Pairs(16, 0)


SMALL = [Zone(name="x", networks=(text,)) for text in ("10.0.0.0/29", "10.0.0.4/30", "10.0.0.8/31", "2001:db8::/125")]


@strategies.proving(60)
@given(
    strategies.answers,
    st.lists(
        st.tuples(
            strategies.some(strategies.INSIDE_ROLES),
            st.lists(st.sampled_from([text for zone in SMALL for text in zone.networks]), max_size=2),
            st.lists(st.sampled_from(("10.0.0.5", "10.0.0.9", "2001:db8::3")), max_size=2),
        ),
        min_size=2,
        max_size=3,
    ),
)
def test_each_pair_is_counted_as_if_it_were_listed(answers: object, drawn: list[tuple[object, ...]]) -> None:
    zones = tuple(
        Zone(name=f"z{number}", roles=roles, networks=tuple(networks), hosts=dict.fromkeys(roles[:2], tuple(hosts)))  # type: ignore[arg-type,index]
        for number, (roles, networks, hosts) in enumerate(drawn)
    )
    plan = Plan(topology=estate(*zones).topology.__class__(answers=answers, zones=zones))  # type: ignore[arg-type]
    ends = RuleRoles(plan.topology, load_catalogue())
    for found in exposure(plan):
        everything: set[tuple[object, object]] = set()
        for exposed in found.rules:
            listed = pairs_of(plan, exposed.rule, ends.of(exposed.rule))
            assert (exposed.pairs.v4 + exposed.pairs.v6) == len(listed)
            everything |= listed
        assert found.pairs.v4 + found.pairs.v6 == len(everything)


def pairs_of(plan: Plan, rule: Rule, ends: tuple[tuple[str, str], ...]) -> set[tuple[object, object]]:
    zones = {zone.name: zone for zone in plan.derived.zones}

    def addresses(name: str, role: str) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
        hosts = zones[name].hosts.get(role, ())  # type: ignore[call-overload]
        networks = [ipaddress.ip_network(text) for text in hosts or zones[name].networks]
        return {address for network in networks for address in network}

    return {
        (one, other)
        for opener, listener in ends
        for one, other in product(addresses(rule.from_, opener), addresses(rule.to, listener))
        if one.version == other.version
    }


def test_the_stateless_form_is_the_same_whatever_filter_the_plan_has() -> None:
    zones = ("hq: console server", "b: client", "old: legacy-client")
    one, other = (estate(*zones, boundary=form, legacy_clients=True) for form in ("stateful", "stateless"))
    assert [(found.tcp_holes, found.udp_holes) for found in exposure(one)] == [
        (found.tcp_holes, found.udp_holes) for found in exposure(other)
    ]
    assert {found.stateless for found in exposure(one)} == {False}
    assert {found.stateless for found in exposure(other)} == {True}


def test_a_return_hole_names_the_product_ports_inside_it() -> None:
    plan = estate("hq: console server", "b: client", netware_servers=1)
    holes = {exposed.rule.flows: exposed.hole for found in exposure(plan) for exposed in found.rules}
    hole = holes["client-checks-in",]
    assert hole is not None
    assert (hole.protocol, hole.source_port, hole.ports, hole.count) == ("tcp", "2967", "1024-5000", 3977)
    assert hole.inside == ("2967",)


def test_nothing_comes_back_from_the_outside() -> None:
    plan = estate("q: quarantine", central_quarantine=True, boundary="stateless")
    assert {exposed.hole for exposed in boundary(plan, "q", "internet").rules} == {None}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1_048_576, "1,048,576"),
        (2**128, "2^128"),
        (3 * 2**64, "3 x 2^64"),
        (10**12 + 1, "1,000,000,000,001"),
    ],
)
def test_a_count_is_written_exactly(number: int, text: str) -> None:
    assert amount(number) == text
