"""The views by zone: ports across zones, and what each zone or pair of zones opens."""

from collections.abc import Iterable, Sequence

from planner.catalogue.model import Catalogue, Phase
from planner.derivation.matrix import ports_by_zone, zone_pairs
from planner.derivation.model import PortEntry, Rule
from planner.exports.report.columns import NO_ROLE, PHASE_TONES, port
from planner.exports.report.tables import Column, Row, Table
from planner.plan.plan import Plan
from planner.plan.topology import Zone


def ports(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """Lay out services down and zones across; a cell says who listens and who opens."""
    matrix = ports_by_zone(plan.derived, plan.topology.answers, catalogue)
    table = Table(
        name="ports",
        title="Ports by zone",
        intro="in: a host of the zone listens on the port. out: a host of the zone opens it elsewhere. "
        "deny: the zone may not open it. The ports of the rollout are closed again after it.",
        columns=(
            Column(title="Port", place="key", wraps=True, widest=32),
            Column(title="Phase", place="key"),
            *(Column(title=zone, widest=16) for zone in matrix.zones),
        ),
        rows=tuple(
            Row(
                (row.label, row.phase, *(_in_ascii(matrix.spot(row, zone).word) for zone in matrix.zones)),
                PHASE_TONES[row.phase],
            )
            for row in matrix.rows
        ),
        empty=NO_ROLE,
        grid=True,
    )
    return (table,)


def _in_ascii(word: str) -> str:
    return word.replace("\N{MIDDLE DOT}", " ")


def zones(plan: Plan, catalogue: Catalogue) -> tuple[Table, ...]:
    """List who may open what to whom, then what each zone listens on and opens."""
    pairs = Table(
        name="zone_pairs",
        title="From zone to zone",
        intro="Each pair of zones between which a port is open. A host rule stays inside its zone.",
        columns=(
            Column(title="From", place="key", wraps=True),
            Column(title="To", place="key", wraps=True),
            Column(title="Enforced by"),
            Column(title="Run", wraps=True, optional=True),
            Column(title="Rollout", wraps=True, optional=True),
        ),
        rows=tuple(
            Row((from_, to, "host" if from_ == to else "boundary", *_opened(rules)))
            for (from_, to), rules in zone_pairs((*plan.derived.rules, *plan.derived.host_rules)).items()
        ),
        empty=NO_ROLE,
    )
    entries: dict[str, list[PortEntry]] = {}
    for entry in plan.derived.ports:
        entries.setdefault(entry.zone, []).append(entry)
    each = Table(
        name="zones",
        title="Zone by zone",
        intro="What hosts of each zone listen on, and what they open in other zones or their own.",
        columns=(
            Column(title="Zone", place="key", wraps=True),
            Column(title="Roles", wraps=True),
            Column(title="Listens on", wraps=True),
            Column(title="Opens", wraps=True),
            *(
                Column(title=title, place="detail", wraps=True, optional=True)
                for title in ("Networks", "Hosts", "Parents", "NAT", "Note")
            ),
        ),
        rows=tuple(_zone_row(zone, entries.get(zone.name, ())) for zone in plan.derived.zones),
        empty=NO_ROLE,
    )
    return pairs, each


def _opened(rules: Iterable[Rule]) -> tuple[str, str]:
    """Write what rules open, for run and for the rollout; the return halves after it, by what they answer."""
    texts: dict[tuple[Phase, bool], dict[str, None]] = {}
    for rule in rules:
        numbers = rule.source_ports if rule.is_return else rule.destination_ports
        texts.setdefault((rule.phase, rule.is_return), {})[port(rule.protocol, numbers)] = None

    def written(phase: Phase) -> str:
        opened = ", ".join(texts.get((phase, False), ()))
        answered = ", ".join(texts.get((phase, True), ()))
        return "; ".join(part for part in (opened, answered and f"replies from {answered}") if part)

    return written("run"), written("rollout")


def _zone_row(zone: Zone, entries: Sequence[PortEntry]) -> Row:
    texts: dict[str, dict[str, None]] = {"in": {}, "out": {}}
    for entry in entries:
        rollout = " (rollout)" if entry.phase == "rollout" else ""
        texts[entry.direction][f"{port(entry.protocol, entry.ports)}{rollout}"] = None
    hosts = "; ".join(f"{role} {', '.join(addresses)}" for role, addresses in zone.hosts.items())
    return Row(
        (
            zone.name,
            ", ".join(zone.roles),
            ", ".join(texts["in"]),
            ", ".join(texts["out"]),
            ", ".join(zone.networks),
            hosts,
            ", ".join(zone.parents),
            "addresses are translated at its boundary" if zone.nat else "",
            zone.note,
        )
    )
