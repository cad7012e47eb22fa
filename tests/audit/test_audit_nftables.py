"""The audit of what the kernel lists of our nftables: with a rule removed, added or widened it says which."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from planner.plan.plan import Plan
from tests.audit.test_audit import plan_for
from tests.rulebases import exported, held

Json = dict[str, Any]


def _field(rule: Json, field: str) -> Json | None:
    """Match on a field of the packets' headers, if a rule has one."""
    return next(
        (
            part["match"]
            for part in rule["expr"]
            if part.get("match", {}).get("left", {}).get("payload", {}).get("field") == field
        ),
        None,
    )


def _wider_port(rule: Json) -> None:
    if match := _field(rule, "dport"):
        match["right"] = {"range": [match["right"], match["right"] + 2]}


def _any_source_port(rule: Json) -> None:
    match = _field(rule, "sport")
    if match is not None:
        rule["expr"] = [part for part in rule["expr"] if part.get("match") is not match]


def _wider_source(rule: Json) -> None:
    match = _field(rule, "saddr")
    if match and isinstance(match["right"], str) and ":" not in match["right"]:
        match["right"] = {"prefix": {"addr": match["right"].rpartition(".")[0] + ".0", "len": 24}}


NFT_WIDER: dict[str, Callable[[Json], None]] = {
    "port": _wider_port, "source ports": _any_source_port, "source": _wider_source,
}  # fmt: skip


@pytest.fixture(scope="module")
def listed() -> tuple[Plan, Json, list[int]]:
    """A plan, the ruleset that the kernel lists of it, and where the planned rules stand in there."""
    made = exported(plan_for("settled", "nft", "exclusive", stateful=True), "nft")
    document = json.loads(made.texts[0])
    places = [n for n, entry in enumerate(document["nftables"]) if "SAV-R" in entry.get("rule", {}).get("comment", "")]
    assert len(places) > 20
    return made.plan, document, places


def test_nftables_with_a_rule_removed_says_which(listed: tuple[Plan, Json, list[int]]) -> None:
    plan, document, places = listed
    for place in places:
        without = [entry for number, entry in enumerate(document["nftables"]) if number != place]
        found = held(plan, json.dumps({"nftables": without}))
        lost = [verdict.rule.marker for verdict in found.planned if verdict.status != "open"]
        assert lost == [document["nftables"][place]["rule"]["comment"].split()[0]]


@pytest.mark.parametrize("how", NFT_WIDER)
def test_nftables_with_a_rule_widened_says_which(how: str, listed: tuple[Plan, Json, list[int]]) -> None:
    plan, document, places = listed
    tried = 0
    for place in places:
        wider = copy.deepcopy(document)
        rule = wider["nftables"][place]["rule"]
        NFT_WIDER[how](rule)
        if rule != document["nftables"][place]["rule"]:
            found = held(plan, json.dumps(wider))
            wide = [found.base.rules[v.rule].line for v in found.rules if v.status in ("too wide", "surplus")]
            assert wide == [rule["handle"]]
            tried += 1
    assert tried > 4


def test_nftables_with_a_rule_added_says_which(listed: tuple[Plan, Json, list[int]]) -> None:
    plan, document, places = listed
    added = copy.deepcopy(document)
    rule = copy.deepcopy(added["nftables"][places[0]]["rule"])
    rule["handle"] = 999
    match = _field(rule, "saddr")
    assert match is not None
    match["right"] = "172.31.1.1"
    rule["expr"] = [part for part in rule["expr"] if "iifname" not in str(part) and "oifname" not in str(part)]
    added["nftables"].insert(places[0], {"rule": rule})
    found = held(plan, json.dumps(added))
    assert [(found.base.rules[v.rule].line, v.status) for v in found.rules if v.status != "exact"] == [(999, "surplus")]
