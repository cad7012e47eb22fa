"""Chains that call each other, laid out as one list to go through in order."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from planner.audit.readers.match import Certainty, Match
from planner.audit.readers.rule_base import (
    MAX_BOXES,
    MAX_DEPTH,
    MAX_RULES,
    Account,
    BaseRule,
    EntryAction,
    ListEntry,
    NotUnderstood,
    RuleBase,
    RuleBaseError,
    RuleFormat,
    Tracking,
)
from planner.network.packets import ADDRESSES, Box, Family, everything, meet

Verdict = Literal["accept", "drop", "return", "jump", "goto"]


class ChainRule(msgspec.Struct, frozen=True):
    """A rule in its chain: any of the matches will do. ``target``: the chain that ``jump`` and ``goto`` mean."""

    rule: BaseRule
    matches: tuple[Match, ...]
    verdict: Verdict
    target: str = ""


class Stage(msgspec.Struct, frozen=True):
    """Base chain, its policy, and the address families that it sees."""

    chain: str
    policy: Literal["accept", "drop"]
    place: str
    families: tuple[Family, ...]


class _Met(NamedTuple):
    """The packets that come to a place, in each reading of a match."""

    stated: tuple[Box, ...]
    possible: tuple[Box, ...]
    certain: tuple[Box, ...]


class ChainLayout:
    """Layout of stages one behind the other: what one accepts goes on to the next, what one drops is dropped.

    Attributes:
        unmet: what rules permit that no packet comes to, as the plan has its addresses and interfaces.
    """

    def __init__(self, chains: Mapping[str, Sequence[ChainRule]], families: Sequence[Family]) -> None:
        self._chains = chains
        self._families = tuple(families)
        self._rules: dict[BaseRule, int] = {}
        self._entries: list[tuple[int, tuple[Box, ...], EntryAction, int]] = []
        self._labels: list[int] = []
        self._boxes = 0
        self._lost: dict[BaseRule, tuple[Box, ...]] = {}

    @property
    def unmet(self) -> list[NotUnderstood]:
        """Rules that permit something, and that no packet comes to."""
        why = "no packet comes to it as the plan has it: its addresses lie behind other interfaces"
        return [
            NotUnderstood(line=rule.line, text=rule.text, why=why, boxes=boxes)
            for rule, boxes in self._lost.items()
            if rule not in self._rules
        ]

    def lay_out(self, stages: Sequence[Stage]) -> tuple[tuple[BaseRule, ...], tuple[ListEntry, ...]]:
        """Returns the rules and the one list.

        Raises:
            RuleBaseError: chains call each other in a circle, or too much comes of it.
        """
        deciding = self._deciding(stages)
        for number, stage in enumerate(deciding):
            last = number == len(deciding) - 1
            end, policy = self._label(), self._label()
            whole = tuple(everything(family) for family in stage.families)
            every = _Met(whole, whole, whole)
            self._chain(stage.chain, every, policy, None if last else end, 0)
            self._place(policy)
            default = BaseRule(
                line=0, place=stage.place, text=f"default of {stage.place}", action=stage.policy, kind="default"
            )
            self._decide(default, every, stage.policy, None if last else end)
            self._place(end)
        entries = tuple(
            ListEntry(rule, boxes, action, self._labels[label] if label >= 0 else 0)
            for rule, boxes, action, label in self._entries
        )
        return tuple(self._rules), entries

    def _deciding(self, stages: Sequence[Stage]) -> list[Stage]:
        """Returns the stages that can drop something, and of each family at least the last one that sees it."""
        needed = {place for place, stage in enumerate(stages) if self._can_drop(stage)}
        for family in self._families:
            seeing = [place for place, stage in enumerate(stages) if family in stage.families]
            if seeing and not needed.intersection(seeing):
                needed.add(seeing[-1])
        return [stages[place] for place in sorted(needed)]

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

    def _chain(self, name: str, context: _Met, leave: int, accepted: int | None, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise RuleBaseError(
                f"chain {name[:40]!r}: called {MAX_DEPTH} deep, as in a circle; accepted: chains that end"
            )
        for rule in self._chains.get(name, ()):
            met = self._meet(rule.matches, context)
            if rule.verdict in ("jump", "goto"):
                if not met.stated:
                    continue
                self._spend(len(met.stated))
                back = self._label()
                self._chain(rule.target, met, back, accepted, depth + 1)
                self._place(back)
                if rule.verdict == "goto":
                    self._add(rule.rule, met.certain, "skip", leave)
            elif rule.verdict == "return":
                self._add(rule.rule, met.certain, "skip", leave)
            elif rule.rule.kind == "rule" and any(match.is_everything for match in rule.matches):
                self._decide(msgspec.structs.replace(rule.rule, kind="every"), met, rule.verdict, accepted)
            else:
                self._decide(rule.rule, met, rule.verdict, accepted)

    def _decide(self, rule: BaseRule, met: _Met, verdict: str, accepted: int | None) -> None:
        if verdict == "drop":
            self._add(rule, met.certain, "drop", -1)
        elif not met.possible:
            named = tuple(box for box in met.stated if (box.source, box.destination) != (ADDRESSES[box.family],) * 2)
            if named and rule.kind != "default":
                self._lost.setdefault(rule, named)
        elif accepted is None:
            self._add(rule, met.possible, "accept", -1)
        else:
            self._add(rule, met.possible, "pass", accepted)

    def _meet(self, matches: Sequence[Match], context: _Met) -> _Met:
        def met(reading: Certainty, within: tuple[Box, ...]) -> tuple[Box, ...]:
            found = (meet(box, outer) for match in matches for box in match.boxes(reading) for outer in within)
            return tuple(box for box in found if box is not None)

        stated = met("stated", context.stated)
        if context.stated is context.certain and not any(match.entering or match.leaving for match in matches):
            return _Met(stated, stated, stated)
        return _Met(stated, met("possible", context.possible), met("certain", context.certain))

    def _spend(self, boxes: int) -> None:
        self._boxes += boxes
        if self._boxes > MAX_BOXES:
            raise RuleBaseError(f"comes to more than {MAX_BOXES:,} rules once its chains are laid out; accepted: fewer")

    def _add(self, rule: BaseRule, boxes: tuple[Box, ...], action: EntryAction, label: int) -> None:
        self._spend(len(boxes) + 1)
        self._entries.append((self._rules.setdefault(rule, len(self._rules)), boxes, action, label))


def reached(chains: Mapping[str, Sequence[ChainRule]], start: Sequence[str]) -> set[str]:
    """Names of the chains that packets can come to from these."""
    found = dict.fromkeys(start)
    left = list(start)
    while left:
        for rule in chains.get(left.pop(), ()):
            if rule.target and rule.target not in found:
                found[rule.target] = None
                left.append(rule.target)
    return set(found)


def gather(
    format_name: RuleFormat,
    chains: Mapping[str, Sequence[ChainRule]],
    stages: Sequence[Stage],
    families: Sequence[Family],
    tracking: Tracking,
    account: Account,
    remarks: Sequence[str],
    also_seen: Sequence[str] = (),
) -> RuleBase:
    """Returns the rule base of these chains laid out as one list.

    The account is closed here: doubts about chains that no packet comes to are left out. ``also_seen``: chains that
    packets go through without being stopped there, as those of translation.

    Raises:
        RuleBaseError: it holds too much.
    """
    if sum(map(len, chains.values())) > MAX_RULES:
        raise RuleBaseError(f"holds more than {MAX_RULES:,} rules; accepted: fewer")
    seen = reached(chains, [*(stage.chain for stage in stages), *also_seen])
    doubts = account.close(tuple(everything(family) for family in families), seen)
    layout = ChainLayout(chains, families)
    rules, entries = layout.lay_out(stages)
    return RuleBase(
        format=format_name,
        rules=rules,
        entries=entries,
        tracking=tracking,
        families=tuple(families),
        not_understood=(*doubts, *layout.unmet),
        remarks=tuple(remarks),
    )
