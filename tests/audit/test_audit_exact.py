"""The verdict on any rules is what set arithmetic on all packets that pass gives, nothing more and nothing less."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from planner.audit.audit import FILE_SHARING
from planner.audit.expected import estate, governed, planned_rules
from planner.network.packets import NEW, Box, meet, without
from planner.network.ranges import intersect, union
from tests.audit.test_audit import HEAD, TWO
from tests.audit.test_readers_agree import accepted, beyond
from tests.rulebases import held
from tests.strategies import proving

networks = st.sampled_from(
    ("0.0.0.0/0", "10.1.0.0/24", "10.1.0.0/25", "10.1.0.128/25", "10.2.0.0/24", "10.2.0.0/28", "10.9.0.0/16")
)
services = st.sampled_from(
    (
        "", "-p tcp", "-p udp", "-p tcp -m tcp --dport 2967", "-p tcp -m tcp --sport 1024:5000 --dport 2967",
        "-p tcp -m tcp --sport 1024:4999 --dport 2967", "-p tcp -m tcp --dport 2966:2968", "-p udp -m udp --dport 2967",
        "-p tcp -m tcp --dport 139", "-p tcp -m tcp --dport 443", "-p udp -m udp --dport 38293",
    )
)  # fmt: skip
states = st.sampled_from(("", "-m conntrack --ctstate NEW", "-m conntrack --ctstate RELATED,ESTABLISHED"))
targets = st.sampled_from(("ACCEPT", "ACCEPT", "ACCEPT", "DROP", "RETURN"))
rules = st.builds("-A FORWARD -s {} -d {} {} {} -j {}\n".format, networks, networks, services, states, targets)
ANSWERS = "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\n"

PLACE = estate(TWO, "")


def common(some: Sequence[Box], others: Sequence[Box]) -> list[Box]:
    return [box for one in some for other in others if (box := meet(one, other))]


def same(some: Sequence[Box], others: Sequence[Box]) -> bool:
    return not list(beyond(some, others)) and not list(beyond(others, some))


@proving(80)
@given(st.lists(rules, max_size=5), st.sampled_from(("DROP", "ACCEPT")))
def test_what_is_missing_and_what_is_too_much_are_exact(lines: list[str], policy: str) -> None:
    found = held(TWO, HEAD.format(policy) + ANSWERS + "".join(lines) + "COMMIT\n", format_name="iptables")
    passing = accepted(found.base)
    planned = planned_rules(PLACE, found.base.tracking)
    for verdict, each in zip(found.planned, planned, strict=True):
        assert same(verdict.missing.boxes, list(beyond(each.needed, passing)))
        assert (verdict.status == "open") == (not verdict.missing.boxes)

    # What begins a connection on the product's ports, and is neither planned nor within a zone.
    whole = [Box(family=4, source=box.source, destination=box.destination, service=box.service,
                 source_port=box.source_port, state=intersect(box.state, NEW)) for box in passing]  # fmt: skip
    own = union(governed(TWO), FILE_SHARING, *(box.service for each in planned for box in each.allowed))
    own_ports = [Box(family=4, source=((0, 2**32 - 1),), destination=((0, 2**32 - 1),), service=own)]
    much = common([box for box in whole if not box.empty], own_ports)
    much = list(beyond(much, [box for each in planned for box in each.allowed]))
    for addresses in PLACE.zones.values():
        inside = Box(family=4, source=addresses.get(4, ()), destination=addresses.get(4, ()))
        much = [part for box in much for part in without(box, inside)]
    stated = {v.rule: v.beyond.boxes for v in found.rules if found.base.rules[v.rule].kind != "default"}
    told = common([box for boxes in stated.values() for box in boxes], own_ports)
    assert not list(beyond(told, much))
    if policy == "DROP":
        assert same(told, much)
        assert not (found.same and much)
