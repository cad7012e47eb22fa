"""The view of rules: between zones, inside zones, denied, and the notes that belong to them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.catalogue.model import Catalogue
from planner.derivation.model import Rule
from planner.exports.report.tables import (
    BECAUSE,
    CITES,
    FROM,
    FROM_ADDRESSES,
    MARKER,
    NO_ROLE,
    PHASE,
    PHASE_TONES,
    PORT,
    TO,
    TO_ADDRESSES,
    Column,
    Row,
    Table,
    count,
    port,
)
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from planner.enforcement.exposure import BoundaryExposure, Hole
    from planner.plan.addresses import Pairs, RuleAddresses


def rules(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """List the rules between zones, the host rules, the denies, and the notes that belong to them."""
    from planner.plan.addresses import RuleAddresses  # with it comes ipaddress, which other views can spare

    derived, addresses = plan.derived, RuleAddresses(plan, catalogue)
    parts = (
        PORT,
        Column(title="Source ports"),
        Column(title="State"),
        FROM_ADDRESSES,
        TO_ADDRESSES,
        Column(title="Why", place="detail", wraps=True),
        BECAUSE,
        CITES,
        Column(title="Until", place="detail", optional=True),
    )
    between = Table(
        name="rules",
        title="Rules between zones",
        intro="What the firewalls between the zones permit. The marker stands in every remark of a firewall.",
        columns=(MARKER, PHASE, FROM, TO, *parts),
        rows=tuple(_rule_row(rule, (rule.from_, rule.to), addresses) for rule in derived.rules),
        empty="No zone opens a port to another: hosts that talk to each other share a zone. See the host rules."
        if derived.host_rules
        else NO_ROLE,
    )
    inside = Table(
        name="host_rules",
        title="Host rules inside zones",
        intro="What the hosts' own firewalls permit inside one zone; no zone boundary sees it.",
        columns=(MARKER, PHASE, Column(title="Zone", wraps=True), *parts),
        rows=tuple(_rule_row(rule, (rule.from_,), addresses) for rule in derived.host_rules),
        empty="No two hosts of one zone talk to each other.",
    )
    return between, inside, denies(plan), rule_notes((*derived.rules, *derived.host_rules))


def _rule_row(rule: Rule, zone_names: tuple[str, ...], addresses: "RuleAddresses") -> Row:
    return Row(
        (
            rule.marker,
            rule.phase,
            *zone_names,
            port(rule.protocol, rule.destination_ports),
            rule.source_ports,
            rule.state,
            *map(", ".join, addresses.of(rule)),
            rule.justification,
            "; ".join(rule.because),
            ", ".join(rule.cites),
            str(rule.until or ""),
        ),
        PHASE_TONES[rule.phase],
    )


def denies(plan: Plan) -> Table:
    """List what stays forbidden whatever else is permitted."""
    return Table(
        name="denies",
        title="Denies",
        intro="What stays forbidden whatever else is permitted.",
        columns=(
            MARKER,
            FROM,
            TO,
            PORT,
            Column(title="Enforced by"),
            Column(title="Why", place="detail", wraps=True),
            BECAUSE,
            CITES,
        ),
        rows=tuple(
            Row(
                (
                    deny.marker,
                    deny.from_,
                    deny.to,
                    port(deny.protocol, deny.ports),
                    deny.where,
                    deny.why,
                    "; ".join(deny.because),
                    ", ".join(deny.cites),
                ),
                "error",
            )
            for deny in plan.derived.denies
        ),
        empty="No zone holds a listener that would have to be shut.",
    )


def rule_notes(noted: Iterable[Rule]) -> Table:
    """List the notes of rules, each with the flows it is about."""
    flows: dict[str, set[str]] = {}
    for rule in noted:
        for note in rule.notes:
            flows.setdefault(note, set()).update(rule.flows)
    return Table(
        name="rule_notes",
        title="Notes to the rules",
        intro="Dated facts and cautions, each with the flows whose rules it is about.",
        columns=(
            Column(title="Note", place="key", wraps=True),
            Column(title="Flows", place="detail", wraps=True),
        ),
        rows=tuple(Row((note, ", ".join(sorted(ids)))) for note, ids in flows.items()),
        empty="There is no note to any rule of this plan.",
    )


_EXACT_UP_TO = 10**12


def exposed(plan: Plan, _catalogue: Catalogue) -> tuple[Table, ...]:
    """Count what each boundary opens, then each rule; the stateless form stands beside the stateful one."""
    found = _found(plan)
    return _boundaries(plan, found), _rules(plan, found)


def exposed_boundaries(plan: Plan) -> Table:
    """Count what each boundary opens."""
    return _boundaries(plan, _found(plan))


def exposed_rules(plan: Plan) -> Table:
    """Count what each rule opens."""
    return _rules(plan, _found(plan))


def _found(plan: Plan) -> "tuple[BoundaryExposure, ...]":
    from planner.enforcement.exposure import exposure  # with it comes ipaddress, which other views can spare

    return exposure(plan)


def _empty(plan: Plan) -> str:
    return "No rule crosses a boundary." if plan.derived.host_rules else NO_ROLE


def _boundaries(plan: Plan, found: "tuple[BoundaryExposure, ...]") -> Table:
    return Table(
        name="exposure",
        title="Exposure by boundary",
        intro="What all rules of a boundary open together. A pair is one source and one destination address; every "
        "address of a network counts. A stateful filter opens the listener ports alone; a stateless one lets packets "
        "back in to the opener's ports besides, in the other direction.",
        columns=(
            FROM,
            TO,
            Column(title="Filter"),
            Column(title="Rules"),
            Column(title="Listener ports", wraps=True),
            Column(title="Address pairs", place="detail", wraps=True),
            Column(title="Stateful", place="detail", wraps=True),
            Column(title="Stateless", place="detail", wraps=True),
        ),
        rows=tuple(
            Row(
                (
                    boundary.from_,
                    boundary.to,
                    "stateless" if boundary.stateless else "stateful",
                    str(len(boundary.rules)),
                    f"{len(boundary.ports)}: {', '.join(boundary.ports)}",
                    pair_words(boundary.pairs),
                    f"{count(len(boundary.ports), 'listener port')} of {boundary.to}, nothing back",
                    f"the same, and back to {boundary.from_}: " + holes(boundary.tcp_holes, boundary.udp_holes),
                ),
                "warning" if boundary.stateless else "plain",
            )
            for boundary in found
        ),
        empty=_empty(plan),
    )


def _rules(plan: Plan, found: "tuple[BoundaryExposure, ...]") -> Table:
    return Table(
        name="rule_exposure",
        title="Exposure by rule",
        intro="What each rule opens, and the return hole that its stateless form needs. Product ports inside that hole "
        "can be reached by whoever sends from the listener's port.",
        columns=(
            MARKER,
            FROM,
            TO,
            PORT,
            Column(title="Address pairs", wraps=True),
            Column(title="Stateless return hole", place="detail", wraps=True),
            Column(title="Product ports inside it", place="detail", wraps=True, optional=True),
        ),
        rows=tuple(
            Row(
                (
                    exposed.rule.marker,
                    exposed.rule.from_,
                    exposed.rule.to,
                    port(exposed.rule.protocol, exposed.rule.destination_ports),
                    pair_words(exposed.pairs),
                    *hole_words(exposed.hole),
                ),
                PHASE_TONES[exposed.rule.phase],
            )
            for boundary in found
            for exposed in boundary.rules
        ),
        empty=_empty(plan),
    )


def pair_words(counted: "Pairs") -> str:
    """Write how many address pairs are opened, by family, or why that is unknown."""
    if counted.unknown:
        return f"unknown: no address of {', '.join(counted.unknown)}"
    families = ((counted.v4, "IPv4"), (counted.v6, "IPv6"))
    return ", ".join(f"{amount(number)} {family}" for number, family in families if number) or (
        "none: the ends share no address family"
    )


def hole_words(found: "Hole | None") -> tuple[str, str]:
    """Write what a stateless filter lets back for a rule, and the product's ports among it."""
    if found is None:
        return "none: no answer passes a stateless filter here", ""
    passes = "established only" if found.protocol == "tcp" else "any packet, forged ones too"
    reach = f"{found.protocol.upper()} {found.source_port} to {found.ports} ({amount(found.count)}), {passes}"
    return reach, ", ".join(found.inside)


def holes(tcp: int, udp: int) -> str:
    """Write how many ports the return rules of a boundary reach, by protocol."""
    parts = []
    if tcp:
        parts.append(f"{amount(tcp)} TCP {'port' if tcp == 1 else 'ports'}, established only")
    if udp:
        parts.append(f"{amount(udp)} UDP {'port' if udp == 1 else 'ports'}, forged packets too")
    return "; ".join(parts) or "nothing"


def amount(number: int) -> str:
    """Write a count exactly: digits in groups or, where those would not be read, as in ``3 x 2^64``."""
    if number < _EXACT_UP_TO:
        return f"{number:,}"
    twos = (number & -number).bit_length() - 1
    rest = number >> twos
    if rest == 1:
        return f"2^{twos}"
    return f"{rest} x 2^{twos}" if twos >= 16 else f"{number:,}"
