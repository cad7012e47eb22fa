"""The access lists of a Cisco configuration as its interfaces have them, and what passes where there is none."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from planner.audit.readers.chains import ChainRule, Stage, Verdict, gather
from planner.audit.readers.cisco_entries import Dialect
from planner.audit.readers.match import Match
from planner.audit.readers.rule_base import Account, AddressSets, BaseRule, Ground, RuleBase, RuleBaseError, Tracking
from planner.network.packets import Box, Family
from planner.network.ranges import NONE

_BOTH: tuple[Family, ...] = (4, 6)


class Bindings(msgspec.Struct, kw_only=True):
    """Lists of a configuration and where it binds them.

    ``bound``: list, direction, interface. ``levels``: security levels of an ASA. ``interfaces``: those that the text
    holds, by their canonical names. ``filled``: the lists that have an entry, understood or not.
    """

    dialect: Dialect
    ground: Ground
    lists: Mapping[str, list[ChainRule]]
    families: Mapping[str, tuple[Family, ...]]
    bound: Sequence[tuple[str, str, str]]
    levels: Mapping[str, int]
    interfaces: Mapping[str, str]
    equal_levels: bool
    filled: frozenset[str]
    account: Account

    @property
    def _behind(self) -> dict[str, AddressSets]:
        return {canonical(name): addresses for name, addresses in self.ground.interfaces.items()}

    def rule_base(self) -> RuleBase:
        """Return the rule base of the lists as the interfaces have them.

        Raises:
            RuleBaseError: it cannot be told which list is meant, or too much comes of them.
        """
        chains: dict[str, list[ChainRule]] = {f"list {name}": rules for name, rules in self.lists.items()}
        used = {name for name, _, _ in self.bound if name in self.lists}
        remarks: list[str] = []
        if len(self.lists) == 1 and not (self.interfaces and not used) and not (used and self.ground.interfaces):
            used = set(self.lists)
            name = next(iter(used))
            self._end(chains, name)
            families = self.families[name]
            stages = [Stage(f"list {name}", "drop", f"list {name}", families)]
        elif not used and not self.interfaces:
            raise RuleBaseError(
                f"holds {len(self.lists)} access lists and binds none to an interface; accepted: one list, or the "
                f"configuration with its access-group lines"
            )
        elif not self.ground.interfaces:
            raise RuleBaseError(
                f"holds {len(self.lists)} access lists and interfaces, and the plan has no device that says which "
                f"zone is behind each; accepted: a plan with that [[device]]"
            )
        else:
            for name in used:
                self._end(chains, name)
            chains["in"], chains["out"] = [], []
            remarks += self._bind(chains)
            families = tuple(sorted({family for name in used or self.lists for family in self.families[name]}))
            stages = [
                Stage("in", "accept", "interfaces, in", families),
                Stage("out", "accept", "interfaces, out", families),
            ]
        remarks += [f"list {name} is bound to no interface" for name in self.lists if name not in used]
        tracking: Tracking = "outside" if self.dialect == "asa" else "none"
        return gather(self.dialect, chains, stages, families, tracking, self.account, tuple(remarks))

    def _doubt(self, text: str, why: str, boxes: tuple[Box, ...]) -> None:
        self.account.doubt(0, why, boxes, "", text)

    def _end(self, chains: dict[str, list[ChainRule]], name: str) -> None:
        """Close a list, unless a global one comes behind it: what no entry is about is denied."""
        chain = f"list {name}"
        glob = [other for other, direction, _ in self.bound if direction == "global" and other in self.lists]
        if name not in glob and glob:
            chains[chain] = [*chains[chain], self._jump(glob[0], Match.everything(_BOTH))]
            return
        if self.dialect == "ios" and name not in self.filled:
            # A list without an entry filters nothing there.
            return
        end = _default(chain, f"end of {chain}", "drop", Match.everything(self.families[name]))
        chains[chain] = [*chains[chain], end]

    def _jump(self, name: str, match: Match) -> ChainRule:
        place = f"list {name}"
        return _default(place, place, "jump", match.of(self.families[name]), place)

    def _bind(  # noqa: PLR0912  # one for each way to be bound
        self, chains: dict[str, list[ChainRule]]
    ) -> Iterator[str]:
        behind_all = self._behind
        filtered = set()
        if self.dialect == "asa":
            yield from self._drop_between_equals(chains)
        elif self.interfaces:
            for name in behind_all.keys() - self.interfaces.keys():
                boxes = self._through("in", behind_all[name]).boxes("possible")
                self._doubt(f"interface {name}", "the plan has it, and this configuration does not", boxes)
        for name, direction, interface in self.bound:
            behind = behind_all.get(canonical(interface))
            if direction not in ("in", "out"):
                if direction != "global":
                    boxes = Match.everything(_BOTH).boxes("stated")
                    self._doubt(f"list {name}", f"bound in direction {direction[:20]!r}", boxes)
                continue
            if behind is None:
                shown = self.interfaces.get(interface, interface)
                yield f"list {name} is bound to {shown!r}, behind which the plan has no zone: not looked at"
                continue
            if direction == "in":
                filtered.add(canonical(interface))
            match = self._through(direction, behind)
            if name in self.lists and (name in self.filled or self.dialect == "ios"):
                chains[direction].append(self._jump(name, match))
            else:
                why = f"list {name[:40]} is bound to it and is not in this configuration, or holds no entry"
                self._doubt(f"interface {interface}", why, match.boxes("possible"))
        for name, direction, _ in self.bound:
            if direction == "global" and name in self.lists:
                chains["in"].append(self._jump(name, Match.everything(_BOTH)))
        if self.dialect == "asa":
            self._by_level(chains, filtered)

    def _drop_between_equals(self, chains: dict[str, list[ChainRule]]) -> Iterator[str]:
        """Drop what goes between interfaces of one security level, which needs a command of its own on an ASA."""
        behind_all = self._behind
        if not self.levels:
            yield "no security levels in this text: they are taken to differ, or to be no obstacle"
        if self.equal_levels:
            return
        for interface, behind in behind_all.items():
            for other, addresses in behind_all.items():
                level = self.levels.get(interface)
                if other != interface and level is not None and self.levels.get(other) == level:
                    place = f"security level {level}, without same-security-traffic permit inter-interface"
                    between = Match.everything(_BOTH).from_(behind).to(addresses)
                    chains["in"].append(_default(place, f"{interface} to {other}: {place}", "drop", between))

    def _through(self, direction: str, behind: AddressSets) -> Match:
        side = self.ground.with_elsewhere({family: behind.get(family, NONE) for family in _BOTH})
        match = Match.everything(_BOTH)
        return match.enters(side) if direction == "in" else match.leaves(side)

    def _by_level(self, chains: dict[str, list[ChainRule]], filtered: set[str]) -> None:
        """Without a list, an ASA lets pass from a higher security level to a lower one."""
        if any(direction == "global" for _, direction, _ in self.bound):
            return
        for interface, behind in self._behind.items():
            if interface in filtered:
                continue
            level = self.levels.get(interface)
            if level is None:
                why = "no access list is bound to it, and its security level is not stated"
                boxes = self._through("in", behind).boxes("possible")
                self._doubt(f"interface {interface}", why, boxes)
                continue
            place = f"interface {interface}, security level {level}"
            for other, addresses in self._behind.items():
                lower = self.levels.get(other, level) < level
                if lower or (self.equal_levels and self.levels.get(other) == level and other != interface):
                    how = f"no list, {'lower' if lower else 'the same'} security level"
                    text = f"{interface} ({level}) to {other} ({self.levels[other]}): {how}"
                    between = Match.everything(_BOTH).from_(behind).to(addresses)
                    chains["in"].append(_default(place, text, "accept", between))
            rest = Match.everything(_BOTH).from_(behind)
            chains["in"].append(_default(place, f"end of {place}", "drop", rest))


def _default(place: str, text: str, verdict: Verdict, match: Match, target: str = "") -> ChainRule:
    """Rule that stands on no line: what the device does by itself."""
    rule = BaseRule(line=0, place=place, text=text, action="drop" if verdict == "drop" else "accept", kind="default")
    return ChainRule(rule, (match,), verdict, target)


_TYPES = (
    "ethernet", "fastethernet", "gigabitethernet", "tengigabitethernet", "twentyfivegige", "fortygigabitethernet",
    "hundredgige", "serial", "loopback", "port-channel", "vlan", "tunnel", "management", "dialer", "bdi", "bvi",
)  # fmt: skip
_NUMBERED = re.compile(r"([a-z-]+)(\d[\d/.:]*)")


def canonical(name: str) -> str:
    """Return an interface's name as every spelling of it has it: without blanks, small, its type in full."""
    short = name.replace(" ", "").casefold()
    if found := _NUMBERED.fullmatch(short):
        types = [known for known in _TYPES if known.startswith(found[1])]
        if len(types) == 1:
            return f"{types[0]}{found[2]}"
    return short
