"""What an audit says: of each planned rule, of each rule of the rule base, and of both together."""

from typing import Literal

import msgspec

from planner.audit.readers.rule_base import NotUnderstood, RuleBase
from planner.derivation.model import Rule
from planner.network.packets import Box, Family

RuleStatus = Literal["exact", "too wide", "surplus", "shadowed"]
PlannedStatus = Literal["open", "partly", "missing"]


class Pieces(msgspec.Struct, frozen=True):
    """Packets, in as few boxes as were found; ``more``: there are others."""

    boxes: tuple[Box, ...] = ()
    more: bool = False

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.boxes)


class PlannedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one planned rule. ``by``: the rules that let it pass; ``stopped_by``: those that stop it.

    ``answers_only``: what is missing are answers, or packets of connections that have begun.
    """

    rule: Rule
    status: PlannedStatus
    by: tuple[int, ...] = ()
    missing: Pieces = Pieces()
    stopped_by: tuple[int, ...] = ()
    answers_only: bool = False


class RuleVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule of the rule base does on the product's ports; rules that do nothing there have no verdict.

    ``rule``: its index in the rule base. ``covers``: the planned rules it lets pass. ``beyond``: what else it lets
    pass. ``behind``: the rules that decide before it, where it decides nothing itself.
    """

    rule: int
    status: RuleStatus
    covers: tuple[Rule, ...] = ()
    beyond: Pieces = Pieces()
    behind: tuple[int, ...] = ()
    every_port: bool = False


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """The whole verdict on one rule base. ``doubtful``: not understood, and perhaps about the product's ports.

    ``unheld``: planned rules with addresses of a family that the rule base does not hold. ``missing_families``: those
    families, and any other that zones on two sides of the device have and the rule base does not hold.
    """

    base: RuleBase
    device: str
    planned: tuple[PlannedVerdict, ...]
    rules: tuple[RuleVerdict, ...]
    doubtful: tuple[NotUnderstood, ...]
    unheld: tuple[Rule, ...]
    missing_families: tuple[Family, ...]
    zones: tuple[str, ...]

    @property
    def same(self) -> bool:
        """The rule base lets pass what the plan says on the product's ports, nothing else, and is understood."""
        return not (
            self.doubtful
            or self.unheld
            or self.missing_families
            or any(verdict.status != "open" for verdict in self.planned)
            or any(verdict.status != "exact" for verdict in self.rules)
        )
