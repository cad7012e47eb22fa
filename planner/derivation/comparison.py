"""Two derivations against each other: rules to add, to remove, changed."""

import msgspec

from planner.derivation.derivation import Derivation
from planner.derivation.memo import Memo
from planner.derivation.model import Rule


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
    pairs = (before.rules.unshared(after.rules), before.host_rules.unshared(after.host_rules))
    gone, come = ([rule for pair in pairs for rule in pair[side]] for side in (0, 1))
    old = {rule.id: rule for rule in gone}
    both = {rule.id: rule for rule in come if rule.id in old}
    return RuleChanges(
        added=tuple([rule for rule in come if rule.id not in old]),
        removed=tuple([rule for rule in gone if rule.id not in both]),
        changed=tuple([(old[id_], rule) for id_, rule in both.items() if not _same(old[id_], rule)]),
    )


def _same(one: Rule, other: Rule) -> bool:
    """Two rules are the same to a firewall and its record when all but the wording agrees."""
    return one is other or (
        one.source_ports == other.source_ports
        and one.destination_ports == other.destination_ports
        and one.state == other.state
        and one.until == other.until
    )
