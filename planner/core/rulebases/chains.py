"""Chains that call each other, laid out as one list to go through in order."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from planner.core.packets import Box, Family, everything, meet
from planner.core.rulebases.base import (
    MAX_BOXES,
    MAX_DEPTH,
    MAX_RULES,
    Action,
    BaseRule,
    Entry,
    FormatName,
    NotUnderstood,
    RuleBase,
    RuleBaseError,
    Tracking,
)
from planner.core.rulebases.match import Match

Verdict = Literal["accept", "drop", "return", "jump", "goto"]


class ChainRule(msgspec.Struct, frozen=True):
    """A rule in its chain: any of the matches will do. ``target``: the chain that ``jump`` and ``goto`` mean."""

    rule: BaseRule
    matches: tuple[Match, ...]
    verdict: Verdict
    target: str = ""


class Stage(msgspec.Struct, frozen=True):
    """A chain that packets go through by themselves, and what happens to them at its end."""

    chain: str
    policy: Literal["accept", "drop"]
    place: str


class Layout:
    """Lays stages out one behind the other: what one accepts goes on to the next, what one drops is dropped."""

    def __init__(self, chains: Mapping[str, Sequence[ChainRule]], families: Sequence[Family]) -> None:
        self._chains = chains
        self._families = tuple(families)
        self._rules: dict[BaseRule, int] = {}
        self._entries: list[tuple[int, tuple[Box, ...], Action, int]] = []
        self._labels: list[int] = []
        self._boxes = 0

    def lay_out(self, stages: Sequence[Stage]) -> tuple[tuple[BaseRule, ...], tuple[Entry, ...]]:
        """Give the rules and the one list.

        Raises:
            RuleBaseError: chains call each other in a circle, or too much comes of it.
        """
        deciding = [stage for stage in stages if self._can_drop(stage)] or list(stages[-1:])
        for number, stage in enumerate(deciding):
            last = number == len(deciding) - 1
            end, policy = self._label(), self._label()
            whole = tuple(everything(family) for family in self._families)
            self._chain(stage.chain, whole, policy, None if last else end, 0)
            self._place(policy)
            default = BaseRule(
                line=0, place=stage.place, text=f"default of {stage.place}", action=stage.policy, kind="default"
            )
            self._decide(default, whole, stage.policy, None if last else end)
            self._place(end)
        entries = tuple(
            Entry(rule, boxes, action, self._labels[label] if label >= 0 else 0)
            for rule, boxes, action, label in self._entries
        )
        return tuple(self._rules), entries

    def _can_drop(self, stage: Stage) -> bool:
        return stage.policy == "drop" or any(
            rule.verdict == "drop"
            for name in reached(self._chains, [stage.chain])
            for rule in self._chains.get(name, ())
        )

    def _label(self) -> int:
        self._labels.append(0)
        return len(self._labels) - 1

    def _place(self, label: int) -> None:
        self._labels[label] = len(self._entries)

    def _chain(self, name: str, context: tuple[Box, ...], leave: int, accepted: int | None, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise RuleBaseError(
                f"chain {name[:40]!r}: called {MAX_DEPTH} deep, as in a circle; accepted: chains that end"
            )
        for rule in self._chains.get(name, ()):
            boxes = self._meet(rule.matches, context)
            if rule.verdict in ("jump", "goto"):
                if not boxes:
                    continue
                back = self._label()
                self._chain(rule.target, boxes, back, accepted, depth + 1)
                self._place(back)
                if rule.verdict == "goto":
                    self._add(rule.rule, boxes, "skip", leave)
            elif rule.verdict == "return":
                self._add(rule.rule, boxes, "skip", leave)
            elif rule.rule.kind == "rule" and any(match.is_everything for match in rule.matches):
                self._decide(msgspec.structs.replace(rule.rule, kind="every"), boxes, rule.verdict, accepted)
            else:
                self._decide(rule.rule, boxes, rule.verdict, accepted)

    def _decide(self, rule: BaseRule, boxes: tuple[Box, ...], verdict: str, accepted: int | None) -> None:
        if verdict == "drop":
            self._add(rule, boxes, "drop", -1)
        elif accepted is None:
            self._add(rule, boxes, "accept", -1)
        else:
            self._add(rule, boxes, "pass", accepted)

    def _meet(self, matches: Sequence[Match], context: tuple[Box, ...]) -> tuple[Box, ...]:
        met = (meet(box, outer) for match in matches for box in match.boxes() for outer in context)
        return tuple(box for box in met if box is not None)

    def _add(self, rule: BaseRule, boxes: tuple[Box, ...], action: Action, label: int) -> None:
        self._boxes += len(boxes) + 1
        if self._boxes > MAX_BOXES:
            raise RuleBaseError(f"comes to more than {MAX_BOXES:,} rules once its chains are laid out; accepted: fewer")
        self._entries.append((self._rules.setdefault(rule, len(self._rules)), boxes, action, label))


def reached(chains: Mapping[str, Sequence[ChainRule]], start: Sequence[str]) -> set[str]:
    """Name the chains that packets can come to from these."""
    found = dict.fromkeys(start)
    left = list(start)
    while left:
        for rule in chains.get(left.pop(), ()):
            if rule.target and rule.target not in found:
                found[rule.target] = None
                left.append(rule.target)
    return set(found)


def gather(
    format_name: FormatName,
    chains: Mapping[str, Sequence[ChainRule]],
    stages: Sequence[Stage],
    families: Sequence[Family],
    tracking: Tracking,
    not_understood: Sequence[NotUnderstood],
    remarks: Sequence[str],
) -> RuleBase:
    """Lay the chains out and give the rule base.

    Raises:
        RuleBaseError: it holds too much.
    """
    if sum(map(len, chains.values())) > MAX_RULES:
        raise RuleBaseError(f"holds more than {MAX_RULES:,} rules; accepted: fewer")
    rules, entries = Layout(chains, families).lay_out(stages)
    return RuleBase(
        format=format_name,
        rules=rules,
        entries=entries,
        tracking=tracking,
        families=tuple(families),
        not_understood=tuple(not_understood),
        remarks=tuple(remarks),
    )
