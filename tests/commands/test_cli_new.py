"""``sav-planner new``: every answer as a flag, a file to begin from, a file to save."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from planner.catalogue.answers import CONFIRMABLE
from planner.storage.toml_reader import read_text
from tests.command_line import ANSWERS, command, is_one_line, process, sample


def made(*flags: str) -> dict[str, Any]:
    """Returns the plan file that these flags make, as TOML tables."""
    done = command("new", *flags)
    assert (done.code, done.err) == (0, "")
    return tomllib.loads(done.out)


def refusal(*flags: str) -> str:
    """Returns the line with which these flags are refused."""
    done = command("new", *flags)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    return done.err


FLAGS: list[tuple[str, dict[str, Any]]] = [
    ("--servers 3", {"servers": 3}),
    ("--netware 2", {"netware_servers": 2}),
    ("--netware-parents", {"netware_parents": True}),
    ("--no-clients", {"clients": False}),
    ("--roaming-clients", {"roaming_clients": True}),
    ("--mobile", {"mobile_clients": True}),
    ("--legacy-clients", {"legacy_clients": True}),
    ("--legacy-until 2027-06-30", {"legacy_until": "2027-06-30"}),
    ("--quarantine", {"central_quarantine": True}),
    ("--quarantine-port 3000", {"quarantine_port": 3000}),
    ("--ams", {"ams_alerting": True}),
    ("--ams-hosts server,console,quarantine", {"ams_hosts": ["console", "quarantine", "server"]}),
    ("--ams-hosts console", {"ams_hosts": ["console"]}),
    ("--no-roaming-push", {"roaming_push": False}),
    ("--dis-http-port 80", {"dis_http_port": 80}),
    ("--dis-https-port 443", {"dis_https_port": 443}),
    ("--install-from server", {"install_from": ["server"]}),
    ("--install-from server --install-from console", {"install_from": ["console", "server"]}),
    ("--rollout clients", {"rollout": ["clients"]}),
    ("--rollout legacy-clients", {"rollout": ["legacy-clients"]}),
    ("--rollout servers --rollout clients", {"rollout": ["clients", "servers"]}),
    ("--rollout-until 2026-11-30", {"rollout_until": "2026-11-30"}),
    ("--no-console-agent", {"console_agent": False}),
    ("--rtvscan-port 41967", {"rtvscan_port": 41967}),
    ("--netware-port 41968", {"netware_port": 41968}),
    ("--boundary stateless", {"boundary": "stateless"}),
    ("--source-ports union", {"source_ports": "union"}),
    ("--option smb-helpers", {"options": ["smb-helpers"]}),
    (
        "--option smb-helpers --option discovery-of-netware --option smb-helpers",
        {"options": ["discovery-of-netware", "smb-helpers"]},
    ),
]


@pytest.mark.parametrize(("flags", "answers"), FLAGS)
def test_a_flag_sets_its_answer_and_confirms_it(flags: str, answers: dict[str, Any]) -> None:
    topology = made(*flags.split())["topology"]
    assert {name: as_text(topology[name]) for name in answers} == answers
    assert topology["assumed"] == [name for name in CONFIRMABLE if name not in answers]


def as_text(value: object) -> object:
    return str(value) if hasattr(value, "isoformat") else value


def test_every_answer_has_a_flag() -> None:
    assert {name for _, answers in FLAGS for name in answers} == set(CONFIRMABLE)


@pytest.mark.parametrize(
    ("flags", "table", "content"),
    [
        (("--title", "Head office"), "plan", {"title": "Head office", "id": "head-office"}),
        (("--created", "2026-10-05"), "plan", {"created": "2026-10-05"}),
        (("--ticket", "CHG0012345"), "change", {"ticket": "CHG0012345"}),
    ],
)
def test_a_flag_fills_the_record(flags: tuple[str, ...], table: str, content: dict[str, str]) -> None:
    written = made(*flags)[table]
    assert {name: as_text(written[name]) for name in content} == content


def test_no_flag_makes_the_default_plan_with_nothing_confirmed() -> None:
    plan = made()
    assert plan["topology"]["assumed"] == list(CONFIRMABLE)
    assert plan["plan"]["status"] == "draft"


def test_the_same_flags_give_the_same_bytes() -> None:
    assert process("new", "--servers", "2").out == process("new", "--servers", "2", PYTHONHASHSEED="7").out


def test_one_server_opens_exactly_what_the_document_demands(tmp_path: Path) -> None:
    path = str(tmp_path / "p.toml")
    assert process("new", "--servers", "1", "-o", path) == (0, "", "")
    shown = json.loads(process("show", path, "--format", "json").out)
    opened = {
        (rule["from"], rule["to"], rule["protocol"], rule["destination_ports"])
        for rule in (*shown["rules"], *shown["host_rules"])
    }
    assert opened == {
        ("console", "servers", "tcp", "2967"),
        ("console", "servers", "udp", "38293"),
        ("console", "clients", "tcp", "2967"),
        ("clients", "servers", "tcp", "2967"),
        ("servers", "clients", "tcp", "2967"),
        ("servers", "console", "tcp", "2967"),
    }
    assert len(shown["rules"]) == len(opened)
    assert {(entry["protocol"], entry["ports"]) for entry in shown["ports"]} == {("tcp", "2967"), ("udp", "38293")}


def test_without_a_file_the_plan_goes_to_standard_output() -> None:
    assert command("new").out == command("new", "-o", "-").out
    assert read_text(command("new").out).file_derived


def test_a_file_is_saved_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    assert command("new", "--servers", "2", "-o", str(path)) == (0, "", "")
    assert path.read_bytes().decode() == command("new", "--servers", "2").out


def test_an_existing_file_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("precious")
    assert f"{path}: exists already; accepted: another path, or --force" in refusal("-o", str(path))
    assert path.read_text() == "precious"
    assert command("new", "-o", str(path), "--force").code == 0
    assert path.read_bytes().decode() == command("new").out


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "'': not a regular file"),
        ("{tmp}", "not a regular file"),
        ("{tmp}/none/p.toml", "not saved: No such file or directory"),
        ("/dev/null/p.toml", "Not a directory"),
        ("nul\0byte", "nul\\x00byte: not saved"),
    ],
)
def test_a_file_that_cannot_be_saved_is_named(path: str, said: str, tmp_path: Path) -> None:
    line = refusal("-o", path.format(tmp=tmp_path))
    assert said in line
    assert "accepted: " in line


def test_a_file_of_answers_is_the_same_as_flags(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('schema = "sav-plan/1"\n[topology]\nservers = 3\nclients = false\n')
    assert command("new", "--from", str(answers)).out == command("new", "--servers", "3", "--no-clients").out


def test_flags_go_on_top_of_the_file_and_what_arises_through_them_is_assumed(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text(ANSWERS)
    topology = made("--from", str(answers), "--netware", "2")["topology"]
    assert (topology["servers"], topology["netware_servers"]) == (3, 2)
    assert topology["assumed"] == ["netware_parents", "netware_port", "options"]


def test_answers_can_come_through_standard_input() -> None:
    done = process("new", "--from", "-", stdin=ANSWERS)
    assert tomllib.loads(done.out)["topology"]["servers"] == 3


def test_a_zone_may_be_called_by_a_long_number(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    name = "0123456789012345678901234567890"
    device = f'[[device]]\nname = "fw"\nvendor = "any"\n[device.interfaces]\n{name} = "inside"\n'
    answers.write_text(f'{ANSWERS}[[zone]]\nname = "{name}"\nroles = ["server"]\n{device}')
    assert command("new", "--from", str(answers), "-o", str(tmp_path / "p.toml")).code == 0
    assert command("show", str(tmp_path / "p.toml")).err == ""


def test_zones_and_the_record_come_from_the_file() -> None:
    plan, before = made("--from", sample("settled")), tomllib.loads(Path(sample("settled")).read_text())
    assert [plan[table] for table in ("plan", "change", "zone")] == [before[t] for t in ("plan", "change", "zone")]


def test_a_changed_answer_opens_again_what_was_decided_under_the_old_one() -> None:
    plan = made("--from", sample("settled"), "--source-ports", "any")
    assert plan["plan"]["status"] == "draft"
    assert "by" not in next(entry for entry in plan["decision"] if entry["id"] == "source-range")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--servers x", "--servers: 'x' is no number; accepted: a whole number"),
        ("--servers 1_000", "--servers: '1_000' is no number"),
        ("--servers ३", "--servers: '३' is no number"),
        ("--servers -1", "--servers: -1 is out of range; accepted: 0 to 100000"),
        ("--netware 100001", "--netware: 100001 is out of range; accepted: 0 to 100000"),
        ("--rtvscan-port 0", "--rtvscan-port: 0 is no port; accepted: 1 to 65535"),
        ("--netware-port 65536", "--netware-port: 65536 is no port; accepted: 1 to 65535"),
        ("--quarantine-port none", "--quarantine-port: 'none' is no number"),
        ("--boundary open", "--boundary: 'open' is unknown; accepted: stateful, stateless"),
        ("--source-ports all", "--source-ports: 'all' is unknown; accepted: documented, union, modern, any"),
        ("--rollout laptops", "--rollout: 'laptops' is unknown; accepted: clients, servers"),
        ("--ams-hosts printer", "--ams-hosts: 'printer' is unknown; accepted: server, console, quarantine"),
        ("--ams-hosts server,", "--ams-hosts: '' is unknown; accepted: server, console, quarantine"),
        ("--option telnet", "--option: 'telnet' is no optional flow; accepted: discovery-of-netware, smb-helpers, tcp"),
        ("--option client-checks-in", "--option: 'client-checks-in' is no optional flow"),
        ("--option forward-to-quarantine", "is no optional flow"),
        ("--legacy-until soon", "--legacy-until: 'soon' is no date; accepted: a date such as 2027-01-31"),
        ("--rollout-until 31.12.2026", "--rollout-until: '31.12.2026' is no date; accepted: a date such as"),
        ("--created 2026-13-01", "--created: '2026-13-01' is no date; accepted: a date such as"),
        ("--max-size 0", "--max-size: '0' is no size; accepted: 1 to 4096"),
        ("--servers", "--servers: expected one argument; 'sav-planner new --help' shows what is accepted"),
        ("--server 3", "unrecognized arguments: --server 3; 'sav-planner new --help' shows what is accepted"),
        ("p.toml", "unrecognized arguments: p.toml; 'sav-planner new --help' shows what is accepted"),
        ("--from none.toml", "none.toml: No such file or directory; accepted: a plan file that can be read"),
    ],
)
def test_a_bad_value_is_named_with_what_is_accepted(flags: str, said: str) -> None:
    line = refusal(*flags.split())
    assert line.startswith("sav-planner")
    assert said in line


def test_a_file_to_begin_from_is_never_passed_over() -> None:
    assert "'': No such file or directory" in refusal("--from", "")


@pytest.mark.parametrize("flag", ["--rtvscan-port", "--netware-port"])
def test_port_2043_is_refused_as_the_erratum_it_is(flag: str) -> None:
    line = refusal(flag, "2043")
    assert f"{flag}: some printed guides say 2043 in error; the product's port is 2967" in line


@pytest.mark.parametrize("flag", ["--title", "--ticket", "--option"])
def test_text_that_is_not_utf_8_is_refused(flag: str) -> None:
    done = process("new", flag, b"caf\xe9")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"sav-planner new: {flag}: 'caf\\udce9' is not UTF-8; accepted: text in UTF-8\n"


def test_a_hostile_title_is_kept_in_the_file_and_steers_nothing() -> None:
    title = "\x1b[2J\n[topology]\nservers = 9 \u202e'\"\\"
    done = command("new", "--title", title)
    plan = tomllib.loads(done.out)
    assert (plan["plan"]["title"], plan["topology"]["servers"]) == (title, 1)
    assert done.out.replace("\n", "").isprintable()


def test_a_long_bad_value_is_not_repeated_in_full() -> None:
    assert len(refusal("--boundary", "x" * 100_000)) < 200
