"""Two derivations against each other: rules to add, to remove, changed."""

import msgspec

from planner.core.blocks import unshared
from planner.core.derived import Derivation, Rule
from planner.core.memo import Memo


class RuleChanges(msgspec.Struct, frozen=True):
    """What it takes to come from one set of rules to another; ``changed`` holds (old, new) with equal ids."""

    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]
    changed: tuple[tuple[Rule, Rule], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def in_short(self) -> str:
        """Write the counts as ``+2 -1 ~3``; empty where nothing changed."""
        counts = (("+", self.added), ("-", self.removed), ("~", self.changed))
        return " ".join(f"{sign}{len(rules)}" for sign, rules in counts if rules)


def compare_rules(before: Derivation, after: Derivation) -> RuleChanges:
    """Compare firewall and host rules by id."""
    return _COMPARED.get((before, after), "", lambda: _compare(before, after))


_COMPARED: Memo[RuleChanges] = Memo(4)
"""Several views of one edit ask for the same."""


def _compare(before: Derivation, after: Derivation) -> RuleChanges:
    pairs = (unshared(before.rules, after.rules), unshared(before.host_rules, after.host_rules))
    old = {rule.id: rule for rules, _ in pairs for rule in rules}
    new = {rule.id: rule for _, rules in pairs for rule in rules}
    return RuleChanges(
        added=tuple(rule for id_, rule in new.items() if id_ not in old),
        removed=tuple(rule for id_, rule in old.items() if id_ not in new),
        changed=tuple((old[id_], rule) for id_, rule in new.items() if id_ in old and not _same(old[id_], rule)),
    )


def _same(one: Rule, other: Rule) -> bool:
    """Two rules are the same to a firewall and its record when all but the wording agrees."""
    return one is other or (
        one.source_ports == other.source_ports
        and one.destination_ports == other.destination_ports
        and one.state == other.state
        and one.until == other.until
    )
