"""A broken catalogue is refused by the name of its entry."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli_w

from planner.catalogue import model as module
from planner.catalogue.answers import Answers
from planner.catalogue.loader import load_catalogue, parse_catalogue
from planner.catalogue.model import CatalogueError, Condition

Data = dict[str, Any]


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
