"""The catalogue is whole, says what it should, and a broken one is refused by the name of its entry."""

import string
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli_w

from planner.core import catalogue as module
from planner.core.catalogue import CatalogueError, Condition, load_catalogue, parse_catalogue
from planner.core.questions import load_questions
from planner.core.topology import ANSWER_LABELS, Answers

Data = dict[str, Any]

# id: class, phase, legs as "opener > listener protocol/port source (? where not stated)"
FLOWS: dict[str, tuple[str, str, set[str]]] = {
    "console-manages-server": ("required", "run", {"console > server tcp/2967 1024-4999"}),
    "console-acts-on-client": (
        "required",
        "run",
        {"console > client tcp/2967 1024-4999", "console > roaming-client tcp/2967 1024-4999"},
    ),
    "server-to-server": ("required", "run", {"server > other server tcp/2967 1024-4999"}),
    "client-checks-in": (
        "required",
        "run",
        {"client > its server tcp/2967 1024-5000", "roaming-client > server tcp/2967 1024-5000"},
    ),
    "server-pushes-to-client": ("required", "run", {"server > its client tcp/2967 1024-4999"}),
    "server-to-console-agent": ("inferred", "run", {"server > console tcp/2967 1024-4999"}),
    "console-manages-netware": ("required", "run", {"console > netware tcp/2968 1024-4999"}),
    "server-to-netware": ("required", "run", {"server > netware tcp/2968 1024-4999"}),
    "netware-to-server": ("inferred", "run", {"netware > server tcp/2967 1024-65535?"}),
    "netware-to-netware": ("inferred", "run", {"netware > other netware tcp/2968 1024-65535?"}),
    "client-checks-in-netware": ("inferred", "run", {"client > its netware tcp/2968 1024-5000"}),
    "netware-pushes-to-client": ("inferred", "run", {"netware > its client tcp/2967 1024-65535?"}),
    "console-discovers-server": ("required", "run", {"console > server udp/38293 1024-4999"}),
    "server-discovers-server": ("required", "run", {"server > other server udp/38293 any"}),
    "discovery-of-netware": (
        "optional",
        "run",
        {"console > netware udp/38293 1024-4999", "server > netware udp/38293 any"},
    ),
    "install-client": (
        "required",
        "rollout",
        {"console > client tcp/139 1024-4999", "console > roaming-client tcp/139 1024-4999"},
    ),
    "client-fetches-install": (
        "inferred",
        "rollout",
        {"client > its server tcp/139 1024-5000", "roaming-client > server tcp/139 1024-5000"},
    ),
    "server-installs-client": ("inferred", "rollout", {"server > its client tcp/139 1024-5000?"}),
    "install-server": ("inferred", "rollout", {"console > server tcp/139 1024-4999?"}),
    "server-fetches-install": ("inferred", "rollout", {"server > other server tcp/139 1024-5000"}),
    "legacy-client-to-server": ("required", "run", {"legacy-client > its server udp/2967 any"}),
    "server-to-legacy-client": ("required", "run", {"server > its legacy-client udp/2967 any"}),
    "legacy-client-to-netware": ("inferred", "run", {"legacy-client > its netware udp/2968 any?"}),
    "netware-to-legacy-client": ("inferred", "run", {"netware > its legacy-client udp/2967 any?"}),
    "quarantine-to-dis-http": ("required", "run", {"quarantine > internet tcp/2847 1024-5000?"}),
    "quarantine-to-dis-https": ("required", "run", {"quarantine > internet tcp/2848 1024-5000?"}),
    "forward-to-quarantine": (
        "optional",
        "run",
        {
            "client > quarantine tcp/None 1024-5000?",
            "roaming-client > quarantine tcp/None 1024-5000?",
            "server > quarantine tcp/None 1024-5000?",
        },
    ),
    "ams-messages": ("required", "run", {"answer:ams_hosts > other answer:ams_hosts udp/38037 any?"}),
    "ams-alerts": ("required", "run", {"answer:ams_hosts > other answer:ams_hosts tcp/38292 1024-5000?"}),
    "smb-helpers": (
        "optional",
        "rollout",
        {
            f"{ends} {service}"
            for ends in (
                "console > client",
                "console > roaming-client",
                "client > its server",
                "roaming-client > server",
                "server > its client",
                "console > server",
                "server > other server",
            )
            for service in ("tcp/445 any?", "udp/137 any?", "udp/138 any?")
        },
    ),
    "tcp-38293-as-printed": (
        "optional",
        "rollout",
        {"console > server tcp/38293 any", "server > other server tcp/38293 any"},
    ),
    "outside-in": ("never", "run", set()),
    "intel-file-transfer": ("never", "run", set()),
    "mobile-off-network": ("never", "run", set()),
}

# What begins to run (no zone considered) when these answers are given instead of the defaults.
EVERY_DAY = {
    "console-manages-server",
    "console-acts-on-client",
    "client-checks-in",
    "server-pushes-to-client",
    "server-to-console-agent",
    "console-discovers-server",
}
RUNNING: list[tuple[Data, set[str], set[str]]] = [
    ({}, set(), set()),
    ({"servers": 2}, {"server-to-server", "server-discovers-server"}, set()),
    ({"clients": False}, set(), {"console-acts-on-client", "client-checks-in", "server-pushes-to-client"}),
    ({"clients": False, "roaming_clients": True}, set(), {"server-pushes-to-client"}),
    ({"console_agent": False}, set(), {"server-to-console-agent"}),
    ({"netware_servers": 1}, {"console-manages-netware", "server-to-netware", "netware-to-server"}, set()),
    (
        {"netware_servers": 2, "netware_parents": True},
        {
            "console-manages-netware",
            "server-to-netware",
            "netware-to-server",
            "netware-to-netware",
            "client-checks-in-netware",
            "netware-pushes-to-client",
        },
        set(),
    ),
    ({"netware_parents": True, "options": ("discovery-of-netware",)}, set(), set()),
    (
        {"netware_servers": 1, "options": ("discovery-of-netware",)},
        {"console-manages-netware", "server-to-netware", "netware-to-server", "discovery-of-netware"},
        set(),
    ),
    ({"legacy_clients": True}, {"legacy-client-to-server", "server-to-legacy-client"}, set()),
    ({"central_quarantine": True}, {"quarantine-to-dis-http", "quarantine-to-dis-https"}, set()),
    ({"quarantine_port": 33}, set(), set()),
    (
        {"central_quarantine": True, "quarantine_port": 33},
        {"quarantine-to-dis-http", "quarantine-to-dis-https", "forward-to-quarantine"},
        set(),
    ),
    ({"ams_alerting": True}, {"ams-messages", "ams-alerts"}, set()),
    ({"rollout": ("clients",)}, {"install-client", "client-fetches-install", "server-installs-client"}, set()),
    ({"rollout": ("servers",)}, {"install-server"}, set()),
    ({"options": ("smb-helpers", "tcp-38293-as-printed")}, set(), set()),
    (
        {"rollout": ("servers",), "options": ("smb-helpers", "tcp-38293-as-printed")},
        {"install-server", "smb-helpers", "tcp-38293-as-printed"},
        set(),
    ),
]

DECISIONS = {
    "pds-38293-protocol": "udp-only",
    "legacy-2968": "where-netware-is",
    "source-range": "documented",
    "quarantine-direction": "outbound-only",
    "quarantine-forwarding": "closed",
    "dynamic-fallback": "never-widened",
    "erratum-2043": "port-2967",
    "netware-discovery": "closed",
    "console-agent": "agent-present",
    "ams-hosts": "servers-only",
    "smb-helpers": "tcp-139-only",
    "netware-port-method": "override-allowed",
    "override-and-legacy": "stays-2967",
    "stateless-wording": "bounded-returns",
}

CHOSEN: list[tuple[str, Data, str]] = [
    ("pds-38293-protocol", {"options": ("tcp-38293-as-printed",)}, "tcp-as-printed"),
    ("source-range", {"source_ports": "union"}, "union"),
    ("source-range", {"source_ports": "modern"}, "modern"),
    ("source-range", {"source_ports": "any"}, "any"),
    ("quarantine-forwarding", {"quarantine_port": 33}, "port-entered"),
    ("netware-discovery", {"options": ("discovery-of-netware",)}, "open"),
    ("console-agent", {"console_agent": False}, "no-agent"),
    ("ams-hosts", {"ams_hosts": ("server", "console")}, "with-console"),
    ("ams-hosts", {"ams_hosts": ("server", "quarantine")}, "with-quarantine"),
    ("ams-hosts", {"ams_hosts": ("server", "console", "quarantine")}, "all-three"),
    ("smb-helpers", {"options": ("smb-helpers",)}, "with-helpers"),
]

PLACEHOLDERS = {
    "more-zones-than-servers": {"role", "zones", "count"},
    "role-without-zone": {"role"},
    "zone-without-answer": {"zone", "role", "answer"},
    "zone-without-role": {"zone"},
    "parent-without-server": {"zone", "parent"},
    "parents-unused": {"zone"},
    "netware-parent-off": {"zone", "parent"},
    "ams-host-absent": {"role"},
    "port-2043": {"answer"},
    "port-collision": {"answer", "port", "other"},
    "port-low": {"answer", "port"},
    "override-everywhere": {"port"},
    "zones-without-addresses": {"zones", "count"},
    "hosts-outside-networks": {"zone", "host"},
    "host-role-absent": {"zone", "role"},
    "networks-overlap": {"zone", "other", "network"},
    "nat-push": {"zone", "flows"},
    "stateless-outside": {"zone"},
    "decision-mismatch": {"decision", "chosen", "actual"},
    "decision-unknown": {"decision"},
    "decision-not-offered": {"decision", "chosen"},
    "option-unknown": {"option"},
    "option-idle": {"option"},
}


@cache
def text_of_the_file() -> str:
    return Path(module.__file__).with_name("catalogue.toml").read_text(encoding="utf-8")


def entry(data: Data, table: str, id_: str) -> Data:
    found: Data = next(entry for entry in data[table] if entry["id"] == id_)
    return found


def leg(data: Data, flow: str, index: int = 0) -> Data:
    found: Data = entry(data, "flow", flow)["leg"][index]
    return found


def reading(data: Data, decision: str, index: int = 0) -> Data:
    found: Data = entry(data, "decision", decision)["reading"][index]
    return found


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from texts(part)


def test_the_catalogue_is_whole() -> None:
    catalogue = load_catalogue()
    assert catalogue.document.id == "2005033011582148"
    assert catalogue.document.last_modified == "2006-05-08"
    assert catalogue.document.later_id == "TECH101169"
    assert len(catalogue.sha256) == 64


def test_the_roles_stand_in_order() -> None:
    assert list(load_catalogue().roles) == [
        "console",
        "server",
        "netware",
        "client",
        "roaming-client",
        "legacy-client",
        "quarantine",
        "internet",
    ]


def test_the_flows_are_these() -> None:
    assert set(load_catalogue().flows) == set(FLOWS)


@pytest.mark.parametrize("id_", FLOWS)
def test_flow(id_: str) -> None:
    catalogue = load_catalogue()
    flow = catalogue.flows[id_]
    between = {"all": "", "others": "other ", "parents": "its "}
    legs = {
        f"{from_} > {between[leg.between]}{to} {service.protocol}/{service.port} "
        f"{leg.source}{'' if leg.stated else '?'}"
        for leg in catalogue.legs_of(flow)
        for from_ in leg.from_
        for to in leg.to
        for service in map(catalogue.services.__getitem__, leg.services)
    }
    assert (flow.class_, flow.phase, legs) == FLOWS[id_]


@pytest.mark.parametrize(
    ("given", "more", "less"),
    RUNNING,
    ids=lambda given: str(given if isinstance(given, dict) else sorted(given)) if given else "-",
)
def test_what_runs_under_which_answers(given: Data, more: set[str], less: set[str]) -> None:
    catalogue, answers = load_catalogue(), Answers(**given)
    running = {
        flow.id
        for flow in catalogue.flows.values()
        for leg in catalogue.legs_of(flow)
        if all(condition.holds(answers) for condition in leg.when)
    }
    assert running == EVERY_DAY - less | more


def test_every_leg_names_an_answer() -> None:
    catalogue = load_catalogue()
    assert [flow.id for flow in catalogue.flows.values() for leg in catalogue.legs_of(flow) if not leg.when] == []


def test_run_flows_come_first_and_never_flows_last() -> None:
    kinds = [flow.class_ if flow.class_ == "never" else flow.phase for flow in load_catalogue().flows.values()]
    assert kinds == sorted(kinds, key=["run", "rollout", "never"].index)


def test_rollout_and_legacy_flows_may_end() -> None:
    for flow in load_catalogue().flows.values():
        legacy = any("legacy-client" in (*leg.from_, *leg.to) for leg in flow.legs)
        assert flow.until == ("rollout_until" if flow.phase == "rollout" else "legacy_until" if legacy else ""), flow.id


def test_what_is_inferred_says_how() -> None:
    for flow in load_catalogue().flows.values():
        assert bool(flow.worked_out) == (flow.class_ == "inferred"), flow.id


def test_the_denies_are_these() -> None:
    denies = {flow.id: flow.deny for flow in load_catalogue().flows.values() if flow.deny}
    assert {id_: (deny.from_, deny.to, deny.services, deny.where) for id_, deny in denies.items()} == {
        "outside-in": ("internet", (), (), "boundary"),
        "intel-file-transfer": ("any", ("answer:ams_hosts",), ("intel-file-transfer",), "boundary"),
        "mobile-off-network": ("internet", ("client", "roaming-client"), (), "host"),
    }


@pytest.mark.parametrize(("id_", "default"), DECISIONS.items())
def test_decision_and_its_default(id_: str, default: str) -> None:
    decision = load_catalogue().decisions[id_]
    assert decision.default == default
    assert decision.chosen(Answers()) == default
    assert len(decision.readings) >= 2


def test_the_decisions_are_these() -> None:
    catalogue = load_catalogue()
    assert set(catalogue.decisions) == set(DECISIONS)
    assert {decision for flow in catalogue.flows.values() for decision in flow.decisions} == set(DECISIONS)


@pytest.mark.parametrize(("decision", "given", "expected"), CHOSEN, ids=str)
def test_the_answers_settle_a_decision(decision: str, given: Data, expected: str) -> None:
    assert load_catalogue().decisions[decision].chosen(Answers(**given)) == expected


@pytest.mark.parametrize("id_", DECISIONS)
def test_choosing_a_reading_brings_it_into_force(id_: str) -> None:
    from planner.core.decisions import choose

    decision = load_catalogue().decisions[id_]
    offered = [reading for reading in decision.readings if reading.offered]
    for before in offered:
        for after in offered:
            answers = choose(choose(Answers(), before), after)
            assert decision.chosen(answers) == after.id, f"{before.id} then {after.id}"


def test_options_are_optional_flows() -> None:
    catalogue = load_catalogue()
    conditions = [condition for flow in catalogue.flows.values() for leg in flow.legs for condition in leg.when]
    named = {condition.includes for condition in conditions if condition.answer == "options"}
    asked = {question.member for question in load_questions() if question.answer == "options"}
    optional = {flow.id for flow in catalogue.flows.values() if flow.class_ == "optional"}
    assert named == asked == optional - {"forward-to-quarantine"}


@pytest.mark.parametrize("id_", load_catalogue().findings)
def test_finding_text_has_its_placeholders(id_: str) -> None:
    text = load_catalogue().findings[id_].text
    assert {name for _, name, _, _ in string.Formatter().parse(text) if name is not None} == PLACEHOLDERS.get(
        id_, set()
    )


def test_no_placeholder_is_expected_of_an_unknown_finding() -> None:
    assert set(PLACEHOLDERS) <= set(load_catalogue().findings)


def test_advisories_stand_beside_their_ports() -> None:
    catalogue = load_catalogue()
    cves = {
        service.id: {cve for note in service.notes for cve in catalogue.notes[note].cves}
        for service in catalogue.services.values()
    }
    ams = {"CVE-2009-1429", "CVE-2009-1430", "CVE-2009-1431", "CVE-2010-3268", "CVE-2011-0688"}
    assert {service: found for service, found in cves.items() if found} == {
        "rtvscan": {"CVE-2006-2630"},
        "msgsys-udp": ams,
        "msgsys-tcp": ams,
        "intel-file-transfer": ams,
    }
    assert catalogue.notes["end-of-life"].dates == ("2010-01-04", "2012-07-04")


def test_texts_are_one_plain_line() -> None:
    shown = msgspec.to_builtins(load_catalogue()), msgspec.to_builtins(load_questions())
    for text in texts(shown):
        assert text.isascii(), text
        assert text.isprintable(), text
        assert text == text.strip(), text
        assert not set(text) & set("[]"), text


def test_texts_fit_the_screen() -> None:
    catalogue = load_catalogue()
    lengths = [
        *((flow.purpose, 60) for flow in catalogue.flows.values()),
        *((flow.breaks, 110) for flow in catalogue.flows.values()),
        *((service.name, 12) for service in catalogue.services.values()),
        *((role.title, 14) for role in catalogue.roles.values()),
        *((decision.title, 40) for decision in catalogue.decisions.values()),
        *((finding.text, 200) for finding in catalogue.findings.values()),
        *((question.title, 17) for question in load_questions()),
        *((question.asks, 150) for question in load_questions()),
        *((question.opens, 120) for question in load_questions()),
    ]
    assert [(text, limit) for text, limit in lengths if not 0 < len(text) <= limit] == []


def test_the_questions_ask_for_every_answer_once() -> None:
    questions = load_questions()
    assert {question.answer for question in questions} == set(ANSWER_LABELS)
    for question in questions:
        assert question.id == (f"{question.answer}.{question.member}" if question.member else question.answer)
    assert len({question.id for question in questions}) == len(questions)
    steps = [question.step for question in questions]
    assert steps == sorted(steps, key=["estate", "extras", "rollout", "ports"].index)


def test_the_questions_lead_somewhere() -> None:
    catalogue = load_catalogue()
    asked: set[str] = set()
    for question in load_questions():
        assert set(question.cites) <= set(catalogue.citations), question.id
        assert question.cites, question.id
        assert {condition.answer for condition in question.when} <= asked, question.id
        assert bool(question.choices) == (question.kind == "choice"), question.id
        asked.add(question.answer)


@pytest.mark.parametrize("question", [q for q in load_questions() if q.choices or q.member], ids=lambda q: q.id)
def test_the_answers_accept_what_a_question_offers(question: Any) -> None:
    offered = [choice.id for choice in question.choices] or [[question.member]]
    for value in offered:
        msgspec.convert({question.answer: value}, Answers)


Edit = Callable[[Data], object]

BROKEN: dict[str, tuple[Edit, str]] = {
    "unknown role at the opener": (
        lambda data: leg(data, "server-to-server").update({"from": ["printer"]}),
        "flow server-to-server: unknown role printer",
    ),
    "unknown role at the listener": (
        lambda data: leg(data, "server-to-server").update(to=["printer"]),
        "flow server-to-server: unknown role printer",
    ),
    "role through an unknown answer": (
        lambda data: leg(data, "ams-alerts").update(to=["answer:printers"]),
        "flow ams-alerts: unknown role answer:printers",
    ),
    "unknown role in a deny": (
        lambda data: entry(data, "flow", "outside-in")["deny"].update(to=["printer"]),
        "flow outside-in: unknown role printer",
    ),
    "unknown zone in a deny": (
        lambda data: entry(data, "flow", "outside-in")["deny"].update({"from": "clients"}),
        "flow outside-in: unknown zone clients",
    ),
    "unknown service": (
        lambda data: leg(data, "install-client").update(services=["telnet"]),
        "flow install-client: unknown service telnet",
    ),
    "unknown service in a deny": (
        lambda data: entry(data, "flow", "intel-file-transfer")["deny"].update(services=["telnet"]),
        "flow intel-file-transfer: unknown service telnet",
    ),
    "unknown flow followed": (
        lambda data: leg(data, "smb-helpers").update(follows=["install-printer"]),
        "flow smb-helpers: unknown flow install-printer",
    ),
    "unknown citation in a flow": (
        lambda data: entry(data, "flow", "ams-alerts").update(cites=["msgsys.r9"]),
        "flow ams-alerts: unknown citation msgsys.r9",
    ),
    "unknown citation in a note": (
        lambda data: entry(data, "note", "nat").update(cites=["nowhere"]),
        "note nat: unknown citation nowhere",
    ),
    "unknown citation in a decision": (
        lambda data: entry(data, "decision", "erratum-2043").update(cites=["nowhere"]),
        "decision erratum-2043: unknown citation nowhere",
    ),
    "unknown citation in a finding": (
        lambda data: entry(data, "finding", "port-2043").update(cites=["nowhere"]),
        "finding port-2043: unknown citation nowhere",
    ),
    "unknown decision": (
        lambda data: entry(data, "flow", "ams-alerts").update(decisions=["coin-toss"]),
        "flow ams-alerts: unknown decision coin-toss",
    ),
    "unknown note in a flow": (
        lambda data: entry(data, "flow", "ams-alerts").update(notes=["rumour"]),
        "flow ams-alerts: unknown note rumour",
    ),
    "unknown note in a service": (
        lambda data: entry(data, "service", "pds").update(notes=["rumour"]),
        "service pds: unknown note rumour",
    ),
    "duplicate citation": (
        lambda data: data["citation"].append(data["citation"][0]),
        "citation install: the id is used twice",
    ),
    "duplicate note": (lambda data: data["note"].append(data["note"][0]), "note end-of-life: the id is used twice"),
    "duplicate role": (lambda data: data["role"].append(data["role"][0]), "role console: the id is used twice"),
    "duplicate service": (
        lambda data: data["service"].append(data["service"][0]),
        "service rtvscan: the id is used twice",
    ),
    "duplicate flow": (
        lambda data: data["flow"].append(data["flow"][0]),
        "flow console-manages-server: the id is used twice",
    ),
    "duplicate decision": (
        lambda data: data["decision"].append(data["decision"][0]),
        "decision pds-38293-protocol: the id is used twice",
    ),
    "duplicate finding": (
        lambda data: data["finding"].append(data["finding"][0]),
        "finding more-zones-than-servers: the id is used twice",
    ),
    "duplicate term": (lambda data: data["term"].append(data["term"][0]), "term Rtvscan: the id is used twice"),
    "port zero": (
        lambda data: entry(data, "service", "pds").update(port=0),
        "service pds: port 0 is out of range 1 to 65535",
    ),
    "port too high": (
        lambda data: entry(data, "service", "pds").update(port=65536),
        "service pds: port 65536 is out of range 1 to 65535",
    ),
    "no port at all": (
        lambda data: entry(data, "service", "pds").pop("port"),
        "service pds: give port or port_answer",
    ),
    "port of an unknown answer": (
        lambda data: entry(data, "service", "rtvscan").update(port_answer="agent_port"),
        "service rtvscan: port_answer: unknown answer agent_port",
    ),
    "condition on an unknown answer in a leg": (
        lambda data: leg(data, "ams-alerts").update(when=[{"answer": "printers", "at_least": 1}]),
        "flow ams-alerts: condition on unknown answer printers",
    ),
    "condition on an unknown answer in a deny": (
        lambda data: entry(data, "flow", "outside-in")["deny"].update(when=[{"answer": "printers", "at_least": 1}]),
        "flow outside-in: condition on unknown answer printers",
    ),
    "condition on an unknown answer in a role": (
        lambda data: entry(data, "role", "client").update(when=[{"answer": "printers", "equals": True}]),
        "role client: condition on unknown answer printers",
    ),
    "condition on an unknown answer in a decision": (
        lambda data: entry(data, "decision", "ams-hosts").update(when=[{"answer": "printers", "equals": True}]),
        "decision ams-hosts: condition on unknown answer printers",
    ),
    "condition on an unknown answer in a reading": (
        lambda data: reading(data, "ams-hosts").update(when=[{"answer": "printers", "equals": True}]),
        "decision ams-hosts: reading all-three: condition on unknown answer printers",
    ),
    "condition without a demand": (
        lambda data: leg(data, "ams-alerts").update(when=[{"answer": "servers"}]),
        "flow ams-alerts: condition on servers: give one of",
    ),
    "condition with two demands": (
        lambda data: leg(data, "ams-alerts").update(when=[{"answer": "servers", "at_least": 1, "is_set": True}]),
        "flow ams-alerts: condition on servers: give one of",
    ),
    "leg without source": (
        lambda data: leg(data, "console-manages-server").pop("source"),
        "flow console-manages-server: a leg gives from, to and source",
    ),
    "leg without opener": (
        lambda data: leg(data, "console-manages-server").pop("from"),
        "flow console-manages-server: a leg gives from, to and source",
    ),
    "leg that follows and has ends": (
        lambda data: leg(data, "smb-helpers").update(to=["server"]),
        "flow smb-helpers: a leg that follows other flows names no ends of its own",
    ),
    "source that is no range": (
        lambda data: leg(data, "console-manages-server").update(source="high"),
        "flow console-manages-server: source high",
    ),
    "source that runs backwards": (
        lambda data: leg(data, "console-manages-server").update(source="4999-1024"),
        "flow console-manages-server: source 4999-1024",
    ),
    "source out of range": (
        lambda data: leg(data, "console-manages-server").update(source="1024-70000"),
        "flow console-manages-server: source 1024-70000",
    ),
    "outside as opener": (
        lambda data: leg(data, "client-checks-in").update({"from": ["internet"]}),
        "flow client-checks-in: the outside opens nothing",
    ),
    "outside among the openers": (
        lambda data: leg(data, "client-checks-in").update({"from": ["client", "internet"]}),
        "flow client-checks-in: the outside opens nothing",
    ),
    "a never flow with legs": (
        lambda data: entry(data, "flow", "server-to-server").update({"class": "never"}),
        "flow server-to-server: a flow of class never",
    ),
    "an open flow with a deny": (
        lambda data: entry(data, "flow", "server-to-server").update(deny={"from": "any"}),
        "flow server-to-server: a flow of class never",
    ),
    "an open flow without legs": (
        lambda data: entry(data, "flow", "server-to-server").pop("leg"),
        "flow server-to-server: a flow of class never",
    ),
    "until of an unknown answer": (
        lambda data: entry(data, "flow", "install-client").update(until="doomsday"),
        "flow install-client: until: unknown answer doomsday",
    ),
    "default reading missing": (
        lambda data: entry(data, "decision", "source-range").update(default="guess"),
        "decision source-range: the default guess is no reading that is offered",
    ),
    "default reading not offered": (
        lambda data: entry(data, "decision", "erratum-2043").update(default="port-2043"),
        "decision erratum-2043: the default port-2043 is no reading that is offered",
    ),
    "one reading only": (
        lambda data: entry(data, "decision", "erratum-2043")["reading"].pop(),
        "decision erratum-2043: give two readings or more",
    ),
    "duplicate reading": (
        lambda data: reading(data, "erratum-2043", 1).update(id="port-2967"),
        "decision erratum-2043: give two readings or more",
    ),
    "refusal without a reason": (
        lambda data: reading(data, "erratum-2043", 1).pop("refused_because"),
        "decision erratum-2043: reading port-2043: a reading that is not offered says why",
    ),
    "reading that sets an unknown answer": (
        lambda data: reading(data, "console-agent").update(sets=[{"answer": "agent", "value": True}]),
        "decision console-agent: reading agent-present: sets unknown answer agent",
    ),
    "role missing": (lambda data: data["role"].pop(), "role: the roles must be exactly console, server"),
    "role of its own making": (
        lambda data: data["role"].append({"id": "printer", "title": "printer", "who": "a printer", "zone": "print"}),
        "at `$.role[8].id`",
    ),
    "role counted by an unknown answer": (
        lambda data: entry(data, "role", "server").update(counted_by="printers"),
        "role server: counted_by: unknown answer printers",
    ),
    "key nobody knows": (lambda data: data["flow"][0].update(colour="red"), "`colour` - at `$.flow[0]`"),
    "key missing": (lambda data: data["service"][0].pop("protocol"), "`protocol` - at `$.service[0]`"),
    "class nobody knows": (lambda data: data["flow"][0].update({"class": "likely"}), "at `$.flow[0].class`"),
    "number where a text belongs": (lambda data: data["note"][0].update(text=1), "at `$.note[0].text`"),
    "table missing": (lambda data: data.pop("document"), "`document`"),
}


def test_the_file_survives_being_written_again() -> None:
    again = parse_catalogue(tomli_w.dumps(tomllib.loads(text_of_the_file())).encode())
    assert msgspec.structs.replace(again, sha256="") == msgspec.structs.replace(load_catalogue(), sha256="")


@pytest.mark.parametrize(("edit", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_catalogue_is_refused(edit: Edit, message: str) -> None:
    data = tomllib.loads(text_of_the_file())
    edit(data)
    with pytest.raises(CatalogueError) as refusal:
        parse_catalogue(tomli_w.dumps(data).encode())
    assert message in str(refusal.value)
    assert str(refusal.value).startswith("catalogue: ")


@pytest.mark.parametrize("data", [b"[document", b"\xff\xfe", b""], ids=["no TOML", "no UTF-8", "empty"])
def test_what_is_no_catalogue_is_refused(data: bytes) -> None:
    with pytest.raises(CatalogueError, match=r"^catalogue: "):
        parse_catalogue(data)


@pytest.mark.parametrize(
    ("condition", "answers", "holds", "demand"),
    [
        (Condition(answer="servers", at_least=2), Answers(servers=1), False, "2 or more"),
        (Condition(answer="servers", at_least=2), Answers(servers=2), True, "2 or more"),
        (Condition(answer="clients", equals=True), Answers(clients=False), False, "yes"),
        (Condition(answer="console_agent", equals=False), Answers(console_agent=False), True, "no"),
        (Condition(answer="source_ports", equals="any"), Answers(source_ports="any"), True, "any"),
        (Condition(answer="rollout", includes="servers"), Answers(rollout=("clients",)), False, "servers"),
        (Condition(answer="quarantine_port", is_set=True), Answers(), False, "a value"),
        (Condition(answer="quarantine_port", is_set=False), Answers(), True, "no value"),
    ],
    ids=str,
)
def test_condition(condition: Condition, answers: Answers, holds: bool, demand: str) -> None:
    assert condition.holds(answers) is holds
    assert condition.demand() == demand
