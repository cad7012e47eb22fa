"""Audit from texts to a verdict: formats of rule bases, and errors of one line."""

from collections.abc import Mapping, Sequence
from typing import Protocol, get_args

import msgspec

from planner.audit.audit import Audit, audit
from planner.audit.expected import NoDeviceError, estate
from planner.audit.readers import cisco, iptables, nftables, plan_csv
from planner.audit.readers.rule_base import Ground, RuleBase, RuleBaseError, RuleFormat, join_bases
from planner.enforcement.device_rules import ExportError
from planner.network.partition import EntangledError, Work
from planner.plan.plan import Plan
from planner.text.escaping import visible


class RuleBaseReader(Protocol):
    """Reader of one format."""

    def looks_like(self, text: str) -> bool:
        """Checks for a text of this format."""
        ...

    def read(self, text: str, ground: Ground) -> RuleBase:
        """Reads a text; raises RuleBaseError if it is none of this format, or holds too much."""
        ...


READERS: Mapping[RuleFormat, RuleBaseReader] = {
    "csv": plan_csv,
    "nft": nftables,
    "iptables": iptables,
    "asa": cisco.ASA,
    "ios": cisco.IOS,
}
"""Readers by format, in the order in which a text is tried."""

FORMATS: tuple[RuleFormat, ...] = get_args(RuleFormat)

NAMED = 4
"""Reasons for a refusal that are named, at most."""


class AuditError(ValueError):
    """There can be no verdict: one line saying on what, why and what is accepted."""


class RuleText(msgspec.Struct, frozen=True):
    """The text of a rule base, and what to call it."""

    name: str
    text: str


class AuditRun(msgspec.Struct, frozen=True, kw_only=True):
    """Rule bases that were read and audited against a plan; ``format_name`` None: told by the text.

    ``device`` is empty where the plan has at most one.
    """

    plan: Plan
    texts: tuple[RuleText, ...]
    format_name: RuleFormat | None
    device: str
    base: RuleBase
    verdict: Audit


def run_audit(
    plan: Plan, texts: Sequence[RuleText], format_name: RuleFormat | None, device: str, work: Work
) -> AuditRun:
    """Reads rule bases and audits them, spending at most ``work`` on it.

    Raises:
        AuditError: one cannot be read, or there can be no verdict.
        StoppedError: it is no longer wanted.
    """
    base = read_bases(plan, texts, format_name, device)
    work.spend(0)
    verdict = audit_base(plan, base, device, work)
    return AuditRun(plan=plan, texts=tuple(texts), format_name=format_name, device=device, base=base, verdict=verdict)


def read_bases(
    plan: Plan, texts: Sequence[RuleText], format_name: RuleFormat | None = None, device: str = ""
) -> RuleBase:
    """Reads rule bases, several of them if each is about an address family of its own.

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


def read_rules(text: str, format_name: RuleFormat | None, ground: Ground) -> RuleBase:
    """Reads a rule base; without a name its format is told by the text.

    Raises:
        RuleBaseError: it is none that is known, or cannot be read.
    """
    text = text.removeprefix("\ufeff")
    if format_name is None:
        format_name = next((name for name, reader in READERS.items() if reader.looks_like(text)), None)
    if format_name is None:
        raise RuleBaseError(
            "no rule base that is known; accepted: the CSV of sav-planner, iptables-save, 'nft -j list ruleset', "
            "a configuration of Cisco IOS or ASA"
        )
    return READERS[format_name].read(text, ground)


def _ground(plan: Plan, text: str, format_name: RuleFormat | None, device: str) -> Ground:
    if format_name == "csv" or (format_name is None and plan_csv.looks_like(text)):
        return Ground(zones=tuple(zone.name for zone in plan.derived.zones))
    try:
        return estate(plan, device).ground
    except (ExportError, NoDeviceError) as error:
        raise AuditError(refusal(error)) from None


def audit_base(plan: Plan, base: RuleBase, device: str = "", work: Work | None = None) -> Audit:
    """Audits a rule base at a device of the plan, spending at most ``work`` on it.

    Raises:
        AuditError: there can be no verdict.
        StoppedError: it is no longer wanted.
    """
    try:
        return audit(plan, base, device, work)
    except (ExportError, NoDeviceError, EntangledError) as error:
        raise AuditError(refusal(error)) from None


def refusal(error: ExportError | NoDeviceError | EntangledError) -> str:
    """Returns the reasons why there can be no audit, on one line."""
    if not isinstance(error, ExportError):
        return visible(str(error), 400)
    named = [visible(str(each), 400) for each in error.missing[:NAMED]]
    more = len(error.missing) - len(named)
    return " | ".join([*named, f"and {more} more"] if more else named)
