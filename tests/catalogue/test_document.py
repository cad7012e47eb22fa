"""The vendor document's tables and rule lists, row by row: each is used by a flow or answered by a decision."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pytest

from planner.catalogue.answers import Answers
from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Catalogue, Flow, Leg
from planner.derivation.flows import expand_roles


class Row(NamedTuple):
    """A table row: where it stands, whom it places there, and either the ports listened on or the source ports."""

    citation: str
    function: str
    roles: tuple[str, ...]
    protocol: str
    ports: tuple[int, ...] = ()
    local: str = ""
    answered: tuple[tuple[str, int, str], ...] = ()
    """Claims no flow takes up: role, port, and the decision that says why."""


class Line(NamedTuple):
    """A line of a rule list. A return half names the line it answers to; only a forward line opens a port."""

    citation: str
    protocol: str
    port: int
    answers_to: str = ""


INSTALLATION = (
    Row("install.r1", "client deployment", ("console",), "tcp", local="1024-4999"),
    Row("install.r2", "client deployment", ("client",), "tcp", local="1024-5000"),
    Row("install.r3", "client deployment", ("server", "client"), "tcp", (139,)),
    Row("install.r4", "server deployment", ("server",), "tcp", local="1024-5000"),
    Row("install.r5", "server deployment", ("server",), "tcp", (139, 38293)),
)
CLIENT_SERVER = (
    Row("client-server.r1", "general communication", ("console", "server"), "tcp", local="1024-4999"),
    Row("client-server.r2", "general communication", ("console", "server", "client"), "tcp", (2967,)),
    Row("client-server.r3", "general communication", ("netware",), "tcp", (2968,)),
    Row("client-server.r4", "general communication", ("client",), "tcp", local="1024-5000"),
)
MANAGEMENT = (
    Row("management.r1", "discovery", ("server", "netware"), "udp", (38293,)),
    Row("management.r2", "discovery", ("console",), "udp", local="1024-4999"),
)
COMPONENTS = (
    Row(
        "components.r1",
        "quarantine",
        ("quarantine",),
        "tcp",
        (2847, 2848),
        answered=(("quarantine", 2847, "quarantine-direction"), ("quarantine", 2848, "quarantine-direction")),
    ),
    Row("components.r2", "Msgsys", ("server",), "udp", (38037,)),
    Row("components.r3", "Msgsys", ("server",), "tcp", (38292,)),
    Row(
        "components.r4",
        "legacy management",
        ("server", "netware", "legacy-client"),
        "udp",
        (2967, 2968),
        answered=(
            ("server", 2968, "legacy-2968"),
            ("legacy-client", 2968, "legacy-2968"),
            ("netware", 2967, "legacy-2968"),
        ),
    ),
)
ROWS = (*INSTALLATION, *CLIENT_SERVER, *MANAGEMENT, *COMPONENTS)

LINES = (
    Line("server-to-server.rule1", "tcp", 2967, answers_to="server-to-server.rule3"),
    Line("server-to-server.rule2", "udp", 38293, answers_to="server-to-server.rule4"),
    Line("server-to-server.rule3", "tcp", 2967),
    Line("server-to-server.rule4", "udp", 38293),
    Line("netware.rule1", "tcp", 2968, answers_to="netware.rule2"),
    Line("netware.rule2", "tcp", 2968),
    Line("legacy.rule1", "udp", 2967, answers_to="legacy.rule2"),
    Line("legacy.rule2", "udp", 2967),
)

TEXTS = (
    ("install", "flow", "install-client"),
    ("install", "flow", "install-server"),
    ("client-server", "decision", "netware-port-method"),
    ("rtvscan", "flow", "client-checks-in"),
    ("rtvscan.erratum", "decision", "erratum-2043"),
    ("rtvscan.erratum", "finding", "port-2043"),
    ("rtvscan.registry", "finding", "override-everywhere"),
    ("rtvscan.registry", "decision", "override-and-legacy"),
    ("rtvscan.fallback", "decision", "dynamic-fallback"),
    ("rtvscan.fallback", "finding", "dynamic-fallback"),
    ("roaming", "flow", "roaming-client-checks-in"),
    ("roaming", "flow", "server-pushes-to-roaming-client"),
    ("roaming", "decision", "roaming-push"),
    ("pds", "flow", "console-discovers-server"),
    ("pds", "flow", "server-discovers-server"),
    ("pds", "decision", "netware-discovery"),
    ("server-to-server", "flow", "server-to-server"),
    ("server-to-server", "flow", "tcp-38293-as-printed"),
    ("server-to-server", "decision", "pds-38293-protocol"),
    ("server-to-server", "decision", "source-range"),
    ("netware", "flow", "server-to-netware"),
    ("quarantine", "flow", "quarantine-to-dis-http"),
    ("quarantine", "flow", "quarantine-to-dis-https"),
    ("quarantine", "decision", "quarantine-direction"),
    ("msgsys", "flow", "ams-messages"),
    ("msgsys", "flow", "ams-alerts"),
    ("legacy", "flow", "legacy-client-to-server"),
    ("legacy", "finding", "legacy-tuning"),
    ("protect", "flow", "outside-in"),
    ("protect", "flow", "mobile-off-network"),
)


def citing(catalogue: Catalogue, citation: str) -> Iterator[tuple[Flow, Leg]]:
    for flow in catalogue.flows.values():
        if citation in flow.cites:
            for leg in catalogue.legs_of(flow):
                yield flow, leg


def decided(catalogue: Catalogue, citation: str, *ids: str) -> bool:
    return any(citation in decision.cites for decision in catalogue.decisions.values() if not ids or decision.id in ids)


def listens(catalogue: Catalogue, leg: Leg, protocol: str, port: int) -> bool:
    services = (catalogue.services[service] for service in leg.services)
    return any((service.protocol, service.port) == (protocol, port) for service in services)


def listeners(catalogue: Catalogue, citation: str, role: str, protocol: str, port: int) -> list[Flow]:
    """Returns the flows citing this place in which the role listens on the port."""
    return [
        flow
        for flow, leg in citing(catalogue, citation)
        if role in expand_roles(leg.to, Answers()) and listens(catalogue, leg, protocol, port)
    ]


def openers(catalogue: Catalogue, citation: str, role: str, protocol: str, local: str) -> list[Flow]:
    """Returns the flows citing this place in which the role opens from these source ports, as documented ones."""
    return [
        flow
        for flow, leg in citing(catalogue, citation)
        if role in expand_roles(leg.from_, Answers())
        and (leg.source, leg.stated) == (local, True)
        and all(catalogue.services[service].protocol == protocol for service in leg.services)
    ]


def unanswered(row: Row, catalogue: Catalogue) -> list[str]:
    """List what the row says that no flow uses and no decision answers.

    What only an optional flow uses needs a decision too: by default it is not opened.
    """
    decisions = {(role, port): decision for role, port, decision in row.answered}
    missing = []
    for role in row.roles:
        if row.local and not openers(catalogue, row.citation, role, row.protocol, row.local):
            missing.append(f"{row.citation}: {role} opens from {row.protocol} {row.local}")
        for port in row.ports:
            flows = listeners(catalogue, row.citation, role, row.protocol, port)
            settled = any(flow.class_ in ("required", "inferred") for flow in flows)
            if flows and not settled:
                settled = decided(catalogue, row.citation)
            if not flows and (role, port) in decisions:
                settled = decided(catalogue, row.citation, decisions[role, port])
            if not settled:
                missing.append(f"{row.citation}: {role} listens on {row.protocol} {port}")
    return missing


def unused(line: Line, catalogue: Catalogue) -> bool:
    """True if nothing takes up this line: a flow a forward line; a return half its partner and a decision."""
    if line.answers_to and not decided(catalogue, line.citation):
        return True
    forward = citing(catalogue, line.answers_to or line.citation)
    return not any(listens(catalogue, leg, line.protocol, line.port) for _, leg in forward)


def without(catalogue: Catalogue, citation: str) -> Catalogue:
    """Removes every flow and decision that cites this place."""
    return msgspec.structs.replace(
        catalogue,
        flows={id_: flow for id_, flow in catalogue.flows.items() if citation not in flow.cites},
        decisions={id_: entry for id_, entry in catalogue.decisions.items() if citation not in entry.cites},
    )


def test_all_rows_and_lines_are_here() -> None:
    assert [len(table) for table in (INSTALLATION, CLIENT_SERVER, MANAGEMENT, COMPONENTS)] == [5, 4, 2, 4]
    assert len(LINES) == 8
    tested = {row.citation for row in ROWS} | {line.citation for line in LINES}
    places = {id_ for id_, citation in load_catalogue().citations.items() if citation.where.startswith(("row", "rule"))}
    assert places == tested


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.citation)
def test_every_row_is_used_or_answered(row: Row) -> None:
    assert unanswered(row, load_catalogue()) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.citation)
def test_a_row_without_flow_and_decision_is_noticed(row: Row) -> None:
    missing = unanswered(row, without(load_catalogue(), row.citation))
    assert len(missing) == len(row.roles) * len(row.ports or (row.local,))


@pytest.mark.parametrize(
    "row",
    [
        Row("client-server.r2", "a port nobody uses", ("server",), "tcp", (2043,)),
        Row("client-server.r2", "the wrong protocol", ("server",), "udp", (2967,)),
        Row("client-server.r3", "the wrong place", ("quarantine",), "tcp", (2968,)),
        Row("client-server.r1", "the wrong source ports", ("console",), "tcp", local="1024-5000"),
        Row("install.r6", "no such row", ("server",), "tcp", (139,)),
    ],
    ids=lambda row: row.function,
)
def test_an_invented_row_is_noticed(row: Row) -> None:
    assert len(unanswered(row, load_catalogue())) == 1


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.citation)
def test_every_rule_line_is_used_or_answered(line: Line) -> None:
    assert not unused(line, load_catalogue())


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.citation)
def test_a_rule_line_without_flow_and_decision_is_noticed(line: Line) -> None:
    assert unused(line, without(load_catalogue(), line.citation))


@pytest.mark.parametrize("line", [line for line in LINES if line.protocol == "udp"], ids=lambda line: line.citation)
def test_udp_rule_lines_keep_any_source(line: Line) -> None:
    assert {leg.source for _, leg in citing(load_catalogue(), line.answers_to or line.citation)} == {"any"}


@pytest.mark.parametrize(("citation", "kind", "entry"), TEXTS, ids=str)
def test_every_sentence_has_its_effect(citation: str, kind: str, entry: str) -> None:
    catalogue = load_catalogue()
    cites = {
        "flow": {id_: flow.cites for id_, flow in catalogue.flows.items()},
        "decision": {id_: decision.cites for id_, decision in catalogue.decisions.items()},
        "finding": {id_: finding.cites for id_, finding in catalogue.findings.items()},
    }
    assert citation in cites[kind][entry]


def test_no_citation_is_idle() -> None:
    catalogue = load_catalogue()
    used = {
        citation
        for table in (catalogue.flows, catalogue.decisions, catalogue.findings, catalogue.notes)
        for entry in table.values()
        for citation in entry.cites
    }
    assert set(catalogue.citations) == used


def test_the_registry_path_has_its_backslashes() -> None:
    rtvscan = load_catalogue().services["rtvscan"]
    assert rtvscan.registry_path == r"HKLM\SOFTWARE\INTEL\LANDesk\VirusProtect6\CurrentVersion"
    assert rtvscan.registry_value == "AgentIPPort"


def test_only_what_can_be_changed_follows_an_answer() -> None:
    services = load_catalogue().services.values()
    assert {service.id: service.port_answer for service in services if service.port_answer} == {
        "rtvscan": "rtvscan_port",
        "rtvscan-nlm": "netware_port",
        "quarantine-server": "quarantine_port",
        "dis-http": "dis_http_port",
        "dis-https": "dis_https_port",
    }


def test_the_outside_only_ever_takes_samples() -> None:
    catalogue = load_catalogue()
    reached = {flow.id for flow in catalogue.flows.values() for leg in flow.legs if "internet" in leg.to}
    assert reached == {"quarantine-to-dis-http", "quarantine-to-dis-https"}
