"""Files of a ticket pack, each as bytes: the plan, the ticket twice, its annex, the rules as a list, the digests.

The same plan gives the same bytes: nothing in them depends on clock, path, host, user or order of a folder.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Rule
from planner.enforcement.test_steps import Trial, trials
from planner.exports.formats.csv import csv_text
from planner.exports.names import FormatName
from planner.exports.registry import write_report
from planner.exports.report.tables import Report
from planner.exports.ticket.rules import by_pair, expiry, undo_id
from planner.exports.ticket.test_steps import short_test, test_id
from planner.exports.ticket.ticket import annex, ticket
from planner.network.partition import Stopped, check_cancelled, never_cancelled
from planner.plan.addresses import FAMILIES, Addresses, Network, RuleRoles, ZoneAddresses
from planner.plan.plan import Plan
from planner.text.escaping import for_csv

PLAN, TICKET, ANNEX, PAGE, RULES = "plan.toml", "ticket.md", "annex.md", "ticket.html", "rules.csv"
SUMS = "SHA256SUMS"
NAMES = (PLAN, TICKET, ANNEX, PAGE, RULES, SUMS)
"""The files of a pack, in order; the last holds the digests of the others."""

COLUMNS = (
    "source", "destination", "protocol", "port", "direction", "justification", "expiry", "ticket", "marker", "citation",
    "test", "undo", "source_zone", "destination_zone", "source_ports", "state", "phase", "test_command", "rule",
)  # fmt: skip
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16


def pack_files(
    plan: Plan, plan_text: str, stopped: Stopped = never_cancelled, since: Plan | None = None
) -> dict[str, bytes]:
    """Returns the files of a pack, by name and in order.

    Args:
        plan: the plan.
        plan_text: the plan as the program writes it.
        stopped: asked between the steps, to cancel.
        since: the plan that was approved last, to compare with.

    Raises:
        StoppedError: it was cancelled.
    """
    data = plan_text.encode()
    tried = trials(plan)
    check_cancelled(stopped)
    body = ticket(plan, load_catalogue(), hashlib.sha256(data).hexdigest(), tried, since)
    check_cancelled(stopped)
    behind = annex(plan, load_catalogue(), tried)
    background = (msgspec.structs.replace(table, printed=False) for table in behind.tables)
    page = msgspec.structs.replace(body, tables=(*body.tables, *background))
    files = {PLAN: data}
    reports: tuple[tuple[str, Report, FormatName], ...] = (
        (TICKET, body, "markdown"), (ANNEX, behind, "markdown"), (PAGE, page, "html"),
    )  # fmt: skip
    for name, report, format_ in reports:
        check_cancelled(stopped)
        files[name] = write_report(report, format_, 80, colour=False).encode()
    check_cancelled(stopped)
    files[RULES] = rules_csv(plan, tried, stopped).encode()
    return {**files, SUMS: sums(files).encode()}


def sums(files: Mapping[str, bytes]) -> str:
    """Writes digests as ``sha256sum`` does."""
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())


def as_zip(files: Mapping[str, bytes]) -> bytes:
    """Returns files as a ZIP archive that is the same to the byte: stored, in order, of one date and one mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE
            archive.writestr(entry, data)
    return buffer.getvalue()


def rules_csv(plan: Plan, tried: Mapping[str, Trial], stopped: Stopped = never_cancelled) -> str:
    """Writes the rules for change systems, one line for each rule and each set of addresses it runs between.

    Where a zone states no addresses its name stands for them. A line never names more pairs than the rule permits.
    """
    return csv_text([map(for_csv, COLUMNS), *(map(for_csv, cells) for cells in _lines(plan, tried, stopped))])


def _lines(plan: Plan, tried: Mapping[str, Trial], stopped: Stopped) -> Iterator[tuple[str, ...]]:
    ends = _Ends(plan)
    for rule in by_pair((*plan.derived.rules, *plan.derived.host_rules)):
        check_cancelled(stopped)
        for source, destination in ends.of(rule):
            yield (
                source,
                destination,
                rule.protocol,
                rule.destination_ports,
                _direction(rule),
                rule.justification,
                expiry(plan, rule),
                plan.change.ticket,
                rule.marker,
                ", ".join(rule.cites),
                test_id(rule.marker),
                undo_id(rule.marker),
                rule.from_,
                rule.to,
                rule.source_ports,
                rule.state,
                rule.phase,
                short_test(tried[rule.id]),
                rule.id,
            )


def _direction(rule: Rule) -> str:
    if rule.is_return:
        return "return"
    return "inside the zone" if rule.from_ == rule.to else "source to destination"


class _Ends:
    """Finds the addresses a rule runs between, for each pair of roles behind it."""

    def __init__(self, plan: Plan) -> None:
        self._reach = ZoneAddresses(plan.derived.zones)
        self._ends = RuleRoles(plan.topology, load_catalogue())

    def of(self, rule: Rule) -> Iterator[tuple[str, str]]:
        """Returns sources and destinations as texts, each pair once, by address family."""
        seen: dict[tuple[str, str], None] = {}
        for opener, listener in self._ends.of(rule):
            roles = (listener, opener) if rule.is_return else (opener, listener)
            source, destination = self._reach.of(rule.from_, roles[0]), self._reach.of(rule.to, roles[1])
            if not (source.families and destination.families):
                seen[_all(source) or rule.from_, _all(destination) or rule.to] = None
                continue
            for family in FAMILIES:
                ends = (_listed(source.of(family)), _listed(destination.of(family)))
                if all(ends):
                    seen[ends] = None
        yield from seen or {(rule.from_, rule.to): None}


def _all(addresses: Addresses) -> str:
    return " ".join(_listed(addresses.of(family)) for family in addresses.families)


def _listed(networks: Iterable[Network]) -> str:
    """Joins networks by blanks; one of a single address as that address."""
    return " ".join(str(network.network_address if network.num_addresses == 1 else network) for network in networks)
