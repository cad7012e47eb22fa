"""Chains that call each other, laid out as one list: each packet meets the fate that walking through them gives it."""

from hypothesis import given
from hypothesis import strategies as st

from planner.audit.readers.chains import ChainLayout, ChainRule, Stage
from planner.audit.readers.match import Match
from planner.audit.readers.rule_base import BaseRule, ListEntry, decide
from planner.network.packets import NEW, Box, one_service
from planner.network.partition import Work, cells
from planner.network.ranges import one
from tests.strategies import proving

PORTS = range(4)
DEEPER = {"first": ("a", "b"), "second": ("a", "b"), "a": ("b",), "b": ()}
"""The chains, and those that each may call: none calls itself."""

Rule = tuple[frozenset[int], str, str]
"""The ports it is about, what it does, the chain it calls."""

Chains = dict[str, list[Rule]]


def rules(chain: str) -> st.SearchStrategy[list[Rule]]:
    ports = st.frozensets(st.sampled_from(PORTS), min_size=1)
    decided = st.tuples(ports, st.sampled_from(("accept", "drop", "return")), st.just(""))
    if not DEEPER[chain]:
        return st.lists(decided, max_size=4)
    called = st.tuples(ports, st.sampled_from(("jump", "goto")), st.sampled_from(DEEPER[chain]))
    return st.lists(st.one_of(decided, called), max_size=4)


chains = st.fixed_dictionaries({chain: rules(chain) for chain in DEEPER})
policies = st.tuples(st.sampled_from(("accept", "drop")), st.sampled_from(("accept", "drop")))


def walk(found: Chains, chain: str, port: int) -> str:
    """Go through a chain as a kernel does: accept, drop, or nothing where it is left."""
    for ports, verdict, target in found[chain]:
        if port not in ports:
            continue
        if verdict in ("accept", "drop"):
            return verdict
        if verdict == "return":
            return ""
        fate = walk(found, target, port)
        if fate or verdict == "goto":
            return fate
    return ""


def laid_out(found: Chains, ends: tuple[str, str]) -> tuple[ListEntry, ...]:
    base = {
        chain: [
            ChainRule(
                BaseRule(line=number, place=chain, text="", action="drop" if verdict == "drop" else "accept"),
                tuple(Match.everything((4,)).with_service(one_service("tcp", port)) for port in sorted(ports)),
                verdict,  # type: ignore[arg-type]  # drawn from the verdicts
                target,
            )
            for number, (ports, verdict, target) in enumerate(each, 1)
        ]
        for chain, each in found.items()
    }
    stages = [Stage(name, end, name, (4,)) for name, end in zip(("first", "second"), ends, strict=True)]  # type: ignore[arg-type]  # as above
    return ChainLayout(base, (4,)).lay_out(stages)[1]


@proving(200)
@given(chains, policies)
def test_each_packet_meets_the_fate_of_the_chains(found: Chains, ends: tuple[str, str]) -> None:
    entries = laid_out(found, ends)
    boxes = [(key, box) for key, entry in enumerate(entries) for box in entry.boxes]
    for port in PORTS:
        fates = [walk(found, name, port) or end for name, end in zip(("first", "second"), ends, strict=True)]
        clip = Box(family=4, source=one(1), destination=one(2), service=one_service("tcp", port), state=NEW)
        met = [keys for _, keys in cells(boxes, clip, bool, Work())]
        assert decide(entries, met[0] if met else [])[0] == ("drop" if "drop" in fates else "accept")
