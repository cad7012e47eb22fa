"""Hypothesis strategies for answers, zones, devices, change records and whole plans, hostile names included.

Each value takes few draws: what is drawn by the hundred has to be cheap.
"""

import ipaddress
import os
from collections.abc import Sequence
from typing import TypeVar, get_args

from hypothesis import settings
from hypothesis import strategies as st

from planner.catalogue.answers import CONFIRMABLE, AmsHost, Answers, Boundary, RoleId, Rollout, SourcePorts
from planner.catalogue.loader import load_catalogue
from planner.plan.plan import Change, DecisionRecord, Head, Plan, Status
from planner.plan.topology import MAX_NAME, OUTSIDE_ZONE, Device, Topology, Zone

FULL = bool(os.environ.get("SAV_FULL"))
"""SAV_FULL=1 runs the slow tests too, and all generated tests with their full number of examples."""


def proving(examples: int) -> settings:
    """Returns settings for a generated test: the same examples in every run, a quarter of them unless SAV_FULL is set.

    SAV_EXAMPLES=N tries N random examples instead.
    """
    asked = os.environ.get("SAV_EXAMPLES")
    usual = examples if FULL else min(examples, max(5, examples // 4))
    return settings(max_examples=int(asked or usual), derandomize=asked is None, deadline=None)


OPTIONS = tuple(flow.id for flow in load_catalogue().flows.values() if flow.switch)
INSIDE_ROLES: tuple[RoleId, ...] = tuple(role for role in get_args(RoleId) if role != OUTSIDE_ZONE)

HOSTILE = (
    "\x1b[2J\x00\x7f\x85",
    "two\r\nlines\tand a tab",
    '"""\n[[rule]]\nid = "x"',
    "'''\\'",
    "a\u2028b\u2029c\u200b\u202e\ufeff\ufffe",
    "".join(chr((plane << 16) + 0x61) for plane in range(17)),
)
"""Texts that break out of something, or hold a character of every Unicode plane."""

texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
"""Any text, controls too; a lone surrogate is no character."""

_AWKWARD = ("hq", "HQ", "branch 01", "a>b", "b>c", "x:return", "%3e", "+", "[[rule]]", '"x"', "'", "\\n", "# x", "漢字")

names = (
    st.sampled_from(_AWKWARD) | st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=MAX_NAME)
).filter(lambda name: name.isprintable() and name not in ("any", OUTSIDE_ZONE))
"""Zone names that an id, a table or a firewall could trip over."""

Member = TypeVar("Member")


def some(values: Sequence[Member]) -> st.SearchStrategy[tuple[Member, ...]]:
    """Returns any of the values, each once, in their order."""
    return st.integers(0, 2 ** len(values) - 1).map(
        lambda mask: tuple(value for bit, value in enumerate(values) if mask >> bit & 1)
    )


dates = st.dates()
ports = st.sampled_from((139, 1023, 2043, 2967, 2968, 38292, 38293)) | st.integers(1, 65535)
hosts = (st.ip_addresses(v=4) | st.ip_addresses(v=6)).map(str)
networks = st.one_of(
    st.builds(lambda number, prefix: str(ipaddress.IPv4Network((number, prefix), strict=False)),
              st.integers(0, 2**32 - 1), st.integers(0, 32)),
    st.builds(lambda number, prefix: str(ipaddress.IPv6Network((number, prefix), strict=False)),
              st.integers(0, 2**128 - 1), st.integers(0, 128)),
)  # fmt: skip

answers = st.builds(
    Answers,
    servers=st.integers(0, 5),
    netware_servers=st.integers(0, 3),
    netware_parents=st.booleans(),
    clients=st.booleans(),
    roaming_clients=st.booleans(),
    mobile_clients=st.booleans(),
    legacy_clients=st.booleans(),
    central_quarantine=st.booleans(),
    quarantine_port=st.none() | ports,
    ams_alerting=st.booleans(),
    ams_hosts=some(get_args(AmsHost)),
    rollout=some(get_args(Rollout)),
    rollout_until=st.none() | dates,
    legacy_until=st.none() | dates,
    console_agent=st.booleans(),
    rtvscan_port=st.just(2967) | ports,
    netware_port=st.just(2968) | ports,
    boundary=st.sampled_from(get_args(Boundary)),
    source_ports=st.sampled_from(get_args(SourcePorts)),
    options=some(OPTIONS),
    assumed=some(CONFIRMABLE),
)


@st.composite
def zones(draw: st.DrawFn, *, addresses: bool) -> tuple[Zone, ...]:
    """Up to six zones with any roles, any parents among the others, and any number of outsides."""
    found = []
    known = draw(st.lists(names, unique=True, max_size=6))
    for name in known:
        rest: dict[str, object] = {}
        if addresses:
            rest["networks"] = draw(st.lists(networks, max_size=2).map(tuple))
            listed = st.lists(hosts, max_size=2).map(tuple)
            rest["hosts"] = draw(st.dictionaries(st.sampled_from(INSIDE_ROLES), listed, max_size=2))
            rest |= {"nat": draw(st.booleans()), "note": draw(texts)}
        inside = draw(some(INSIDE_ROLES))
        roles: tuple[RoleId, ...] = inside if len(inside) < len(INSIDE_ROLES) else (OUTSIDE_ZONE,)
        parents = draw(some([other for other in known if other != name]))
        found.append(Zone(name=name, roles=roles, parents=parents, **rest))  # type: ignore[arg-type]
    return tuple(found)


@st.composite
def devices(draw: st.DrawFn, known: Sequence[str]) -> tuple[Device, ...]:
    """Up to two firewalls, stateful or not, between any of the known zones."""
    return tuple(
        Device(
            name=name,
            vendor=draw(texts),
            stateful=draw(st.booleans()),
            mode=draw(st.sampled_from(("exclusive", "additive"))),
            interfaces={zone: f"{zone}\n{number}" for number, zone in enumerate(draw(some(known)))},
        )
        for name in draw(st.lists(names, unique=True, max_size=2))
    )


@st.composite
def topologies(draw: st.DrawFn, *, addresses: bool = False) -> Topology:
    """Answers with zones and devices of any kind, fitting or not."""
    own = draw(zones(addresses=addresses))
    return Topology(answers=draw(answers), zones=own, devices=draw(devices([zone.name for zone in own])))


@st.composite
def records(draw: st.DrawFn) -> tuple[DecisionRecord, ...]:
    """Records of some decisions: any reading, known or not, decided by somebody or nobody."""
    known = load_catalogue().decisions
    found = []
    for id_ in draw(st.lists(st.sampled_from(list(known)) | texts, unique=True, max_size=4)):
        readings = [reading.id for reading in known[id_].readings] if id_ in known else ["whatever"]
        chosen = draw(st.sampled_from(readings))
        found.append(DecisionRecord(id=id_, chosen=chosen, default=draw(texts), by=draw(texts), note=draw(texts)))
    return tuple(found)


heads = st.builds(
    Head,
    id=texts,
    title=texts,
    revision=st.integers(1, 10**6),
    status=st.sampled_from(get_args(Status)),
    created=st.none() | dates,
)
changes = st.builds(
    Change,
    **{name: texts for name in Change.__struct_fields__ if name not in ("review_by", "expires")},
    review_by=st.none() | dates,
    expires=st.none() | dates,
)
plans = st.builds(Plan, head=heads, change=changes, topology=topologies(addresses=True), decisions=records())
