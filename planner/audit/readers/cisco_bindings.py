"""The access lists of a Cisco configuration as its interfaces have them, and what passes where there is none."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from planner.audit.readers.chains import ChainRule, Stage, gather
from planner.audit.readers.cisco_entries import Dialect
from planner.audit.readers.match import Match
from planner.audit.readers.rule_base import Addresses, BaseRule, Ground, NotUnderstood, RuleBase, RuleBaseError
from planner.network.packets import Family
from planner.network.ranges import NONE

_BOTH: tuple[Family, ...] = (4, 6)


class Bindings(msgspec.Struct, kw_only=True):
    """What a configuration holds. ``bound``: list, direction, interface. ``levels``: security levels of an ASA.

    ``aside``: lines that were not understood, by their list; those of no list under the empty name.
    """

    dialect: Dialect
    ground: Ground
    lists: Mapping[str, list[ChainRule]]
    families: Mapping[str, tuple[Family, ...]]
    bound: Sequence[tuple[str, str, str]]
    levels: Mapping[str, int]
    equal_levels: bool
    aside: dict[str, list[NotUnderstood]]

    @property
    def _interfaces(self) -> dict[str, Addresses]:
        return {canonical(name): addresses for name, addresses in self.ground.interfaces.items()}

    def rule_base(self) -> RuleBase:
        """Lay the lists out as the interfaces have them.

        Raises:
            RuleBaseError: it cannot be told which list is meant, or too much comes of them.
        """
        chains: dict[str, list[ChainRule]] = {f"list {name}": rules for name, rules in self.lists.items()}
        used = {name for name, _, _ in self.bound if name in self.lists}
        remarks: list[str] = []
        if len(self.lists) == 1 and not (used and self.ground.interfaces):
            used = set(self.lists)
            name = next(iter(used))
            self._end(chains, name)
            stages = [Stage(f"list {name}", "drop", f"list {name}")]
        elif not used:
            raise RuleBaseError(
                f"holds {len(self.lists)} access lists and binds none to an interface; accepted: one list, or the "
                f"configuration with its access-group lines"
            )
        elif not self.ground.interfaces:
            raise RuleBaseError(
                f"holds {len(self.lists)} access lists on interfaces, and the plan has no device that says which "
                f"zone is behind each; accepted: a plan with that [[device]]"
            )
        else:
            for name in used:
                self._end(chains, name)
            chains["in"], chains["out"] = [], []
            remarks += self._bind(chains)
            stages = [Stage("in", "accept", "interfaces, in"), Stage("out", "accept", "interfaces, out")]
        remarks += [f"list {name} is bound to no interface" for name in self.lists if name not in used]
        families: tuple[Family, ...] = tuple(sorted({f for name in used for f in self.families[name]}))
        return gather(
            self.dialect,
            chains,
            stages,
            families,
            "outside" if self.dialect == "asa" else "none",
            [entry for name, some in self.aside.items() if name in used or not name for entry in some],
            tuple(remarks),
        )

    def _end(self, chains: dict[str, list[ChainRule]], name: str) -> None:
        """Close a list, unless a global one comes behind it: what no entry is about is denied."""
        chain = f"list {name}"
        glob = [other for other, direction, _ in self.bound if direction == "global" and other in self.lists]
        if name not in glob and glob:
            chains[chain] = [*chains[chain], *self._jump(glob[0], Match.everything((4, 6)))]
            return
        rule = BaseRule(line=0, place=chain, text=f"end of {chain}", action="drop", kind="default")
        whole = Match.everything(self.families[name])
        chains[chain] = [*chains[chain], ChainRule(rule, (whole,), "drop")]

    def _jump(self, name: str, match: Match) -> Iterator[ChainRule]:
        rule = BaseRule(line=0, place=f"list {name}", text=f"list {name}", action="accept", kind="default")
        yield ChainRule(rule, (match.of(self.families[name]),), "jump", f"list {name}")

    def _bind(self, chains: dict[str, list[ChainRule]]) -> Iterator[str]:
        filtered = set()
        for name, direction, interface in self.bound:
            behind = self._interfaces.get(canonical(interface))
            if direction not in ("in", "out"):
                continue
            if behind is None:
                yield f"list {name} is bound to {interface!r}, behind which the plan has no zone: not looked at"
                continue
            if direction == "in":
                filtered.add(canonical(interface))
            match = self._through(direction, behind)
            if name in self.lists:
                chains[direction] += self._jump(name, match)
            else:
                why = f"list {name[:40]} is bound to it and is not in this configuration"
                entry = NotUnderstood(line=0, text=f"interface {interface}", why=why, boxes=match.boxes("possible"))
                self.aside.setdefault("", []).append(entry)
        for name, direction, _ in self.bound:
            if direction == "global" and name in self.lists:
                chains["in"] += self._jump(name, Match.everything((4, 6)))
        if self.dialect == "asa":
            self._by_level(chains, filtered)

    def _through(self, direction: str, behind: Addresses) -> Match:
        side = self.ground.with_elsewhere({family: behind.get(family, NONE) for family in _BOTH})
        match = Match.everything(_BOTH)
        return match.enters(side) if direction == "in" else match.leaves(side)

    def _by_level(self, chains: dict[str, list[ChainRule]], filtered: set[str]) -> None:
        """Without a list, an ASA lets pass from a higher security level to a lower one."""
        if any(direction == "global" for _, direction, _ in self.bound):
            return
        for interface, behind in self._interfaces.items():
            if interface in filtered:
                continue
            level = self.levels.get(interface)
            if level is None:
                why = "no access list is bound to it, and its security level is not stated"
                boxes = self._through("in", behind).boxes("possible")
                entry = NotUnderstood(line=0, text=f"interface {interface}", why=why, boxes=boxes)
                self.aside.setdefault("", []).append(entry)
                continue
            place = f"interface {interface}, security level {level}"
            for other, addresses in self._interfaces.items():
                lower = self.levels.get(other, level) < level
                if lower or (self.equal_levels and self.levels.get(other) == level and other != interface):
                    how = f"no list, {'lower' if lower else 'the same'} security level"
                    text = f"{interface} ({level}) to {other} ({self.levels[other]}): {how}"
                    chains["in"].append(_level_rule(place, text, behind, addresses))
            rest = Match.everything((4, 6)).from_(behind)
            rule = BaseRule(line=0, place=place, text=f"end of {place}", action="drop", kind="default")
            chains["in"].append(ChainRule(rule, (rest,), "drop"))


def _level_rule(place: str, text: str, behind: Addresses, addresses: Addresses) -> ChainRule:
    rule = BaseRule(line=0, place=place, text=text, action="accept", kind="default")
    return ChainRule(rule, (Match.everything((4, 6)).from_(behind).to(addresses),), "accept")


def canonical(name: str) -> str:
    """Write an interface as the plan and the configuration have it alike."""
    return name.replace(" ", "").casefold()
