"""From the texts of rule bases to a verdict: what reads them needs the plan, and what holds them against it as well."""

from collections.abc import Sequence

import msgspec

from planner.audit.audit import audit
from planner.audit.expected import NoDeviceError, estate
from planner.audit.readers import plan_csv as ours
from planner.audit.readers.registry import read_rules
from planner.audit.readers.rule_base import FormatName, Ground, RuleBase, RuleBaseError, join_bases
from planner.audit.verdicts import Audit
from planner.enforcement.device_rules import ExportError
from planner.network.partition import EntangledError, Work
from planner.plan.plan import Plan
from planner.text.escaping import visible

NAMED = 4
"""As many reasons for a refusal are named on the line."""


class AuditError(ValueError):
    """There can be no verdict: one line saying on what, why and what is accepted."""


class RuleText(msgspec.Struct, frozen=True):
    """The text of a rule base, and what to call it."""

    name: str
    text: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Rule bases that were read and held against a plan at one of its devices; ``format_name`` None: told by the text.

    ``device`` is empty where the plan has at most one.
    """

    plan: Plan
    texts: tuple[RuleText, ...]
    format_name: FormatName | None
    device: str
    base: RuleBase
    verdict: Audit


def read_and_hold(
    plan: Plan, texts: Sequence[RuleText], format_name: FormatName | None, device: str, work: Work
) -> Held:
    """Read rule bases and hold them against the plan, spending at most ``work`` on it.

    Raises:
        AuditError: one cannot be read, or there can be no verdict.
        StoppedError: it is no longer wanted.
    """
    base = read_bases(plan, texts, format_name, device)
    work.spend(0)
    verdict = hold(plan, base, device, work)
    return Held(plan=plan, texts=tuple(texts), format_name=format_name, device=device, base=base, verdict=verdict)


def read_bases(
    plan: Plan, texts: Sequence[RuleText], format_name: FormatName | None = None, device: str = ""
) -> RuleBase:
    """Read rule bases, several of them if each is about an address family of its own.

    Raises:
        AuditError: one cannot be read, or the plan lacks what it takes.
    """
    bases = []
    for rules in texts:
        try:
            bases.append(read_rules(rules.text, format_name, _ground(plan, rules.text, format_name, device)))
        except RuleBaseError as error:
            raise AuditError(f"{visible(rules.name, 200)}: {visible(str(error), 400)}") from None
    try:
        return join_bases(bases)
    except RuleBaseError as error:
        names = ", ".join(visible(rules.name, 60) for rules in texts)
        raise AuditError(f"{names}: {error}") from None


def _ground(plan: Plan, text: str, format_name: FormatName | None, device: str) -> Ground:
    if format_name == "csv" or (format_name is None and ours.looks_like(text)):
        return Ground(zones=tuple(zone.name for zone in plan.derived.zones))
    try:
        return estate(plan, device).ground
    except (ExportError, NoDeviceError) as error:
        raise AuditError(refusal(error)) from None


def hold(plan: Plan, base: RuleBase, device: str = "", work: Work | None = None) -> Audit:
    """Hold a rule base against the plan at a device, and spend at most ``work`` on it.

    Raises:
        AuditError: there can be no verdict.
        StoppedError: it is no longer wanted.
    """
    try:
        return audit(plan, base, device, work)
    except (ExportError, NoDeviceError, EntangledError) as error:
        raise AuditError(refusal(error)) from None


def refusal(error: ExportError | NoDeviceError | EntangledError) -> str:
    """Write on one line why a plan cannot be held against rules."""
    if not isinstance(error, ExportError):
        return visible(str(error), 400)
    named = [visible(str(gap), 400) for gap in error.gaps[:NAMED]]
    more = len(error.gaps) - len(named)
    return " | ".join([*named, f"and {more} more"] if more else named)
