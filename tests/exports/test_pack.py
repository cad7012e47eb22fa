"""The ticket pack: whole, the same to the byte, and never in place of what somebody else wrote."""

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from planner.catalogue.loader import load_catalogue
from planner.enforcement.test_steps import trials
from planner.exports.report.tables import Table
from planner.exports.ticket.pack import NAMES, PLAN, RULES, SUMS, TICKET, as_zip, pack_files, rules_csv
from planner.exports.ticket.rules import undo_id
from planner.exports.ticket.test_steps import test_id as id_of_test
from planner.exports.ticket.ticket import DRAFT, annex, ticket
from planner.plan.plan import Plan
from planner.storage import pack_files as packing
from planner.storage.plan_files import read_plan
from planner.storage.toml_reader import write_text
from tests import strategies
from tests.command_line import SAMPLES, command, is_one_line, process, sample
from tests.estates import all_rules, estate, zone

MOST_OF_A_BODY = 65_536
"""Characters that the body of a ticket may have on the strictest of the usual hosts."""

CITATIONS = load_catalogue().citations
PLANS = {path.stem: read_plan(str(path)).plan for path in SAMPLES}


def rows(plan: Plan) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(rules_csv(plan, trials(plan)), newline="")))


def assert_proved(plan: Plan) -> None:
    """Every rule has a justification, a citation, a test and an undo, in the list and in the ticket."""
    rules = {rule.marker: rule for rule in all_rules(plan.derived)}
    listed = {row["marker"].removeprefix("'"): row for row in rows(plan)}
    assert listed.keys() == rules.keys()
    for marker, row in listed.items():
        assert all(row[name] for name in ("source", "destination", "justification", "direction", "test_command"))
        assert row["citation"]
        assert all(cite in CITATIONS for cite in row["citation"].split(", "))
        assert (row["test"], row["undo"]) == (id_of_test(marker), undo_id(marker))
    tables = {table.name: table for table in ticket(plan, load_catalogue(), "", trials(plan)).tables}
    assert sorted(named("TEST", tables["tests"])) == sorted(map(id_of_test, rules))
    halves = re.findall(r"TEST-(\S+) \(return half\)", " ".join(row.cells[0] for row in tables["tests"].rows))
    assert sorted(halves) == sorted(marker for marker, rule in rules.items() if rule.is_return)
    assert sorted(named("UNDO", tables["rollback"])) == sorted(map(undo_id, rules))
    assert sorted(row.cells[0] for row in tables["rules"].rows) == sorted(rules)
    assert {row.cells[0] for row in tables["rules"].rows if row.cells[1] == "rollout"} == {
        rule.marker for rule in rules.values() if rule.phase == "rollout"
    }
    assert sorted(marker for row in tables["reasons"].rows for marker in row.cells[3].split(", ")) == sorted(rules)
    assert all(row.cells[0] and row.cells[2] for row in tables["reasons"].rows)
    commands = {row.cells[4] for table in annex(plan, load_catalogue(), trials(plan)).tables[:1] for row in table.rows}
    assert all(row.cells[3] in commands and row.cells[4] and row.cells[5] for row in tables["tests"].rows)


def named(word: str, table: Table) -> list[str]:
    """Returns the steps that a table names, each time it does."""
    return [step for row in table.rows for step in re.findall(rf"{word}-SAV-R\w+", row.cells[0])]


@pytest.mark.parametrize("name", PLANS)
def test_every_rule_of_a_sample_is_proved(name: str) -> None:
    assert_proved(PLANS[name])


@pytest.mark.parametrize("name", PLANS)
def test_the_ticket_fits_into_the_body_of_one(name: str) -> None:
    text = pack_files(PLANS[name], write_text(PLANS[name]))[TICKET].decode()
    assert len(text) < MOST_OF_A_BODY


def test_the_cost_of_a_pack_grows_with_the_rules_and_not_with_their_square() -> None:
    """Cost is counted in calls, which no load of the machine changes."""

    def cost(clients: int) -> tuple[int, int]:
        zones = (f"branch-{number}: client" for number in range(clients))
        plan = estate("hq: console", "one: server", "two: server", *zones, servers=2)
        text = write_text(plan)
        made = 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal made
            made += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            pack_files(plan, text)
        finally:
            sys.setprofile(None)
        return made, len(all_rules(plan.derived))

    (small, few), (large, many) = cost(50), cost(300)
    assert large / small < 1.1 * many / few


@strategies.proving(30)
@given(strategies.plans)
def test_every_rule_of_any_plan_is_proved(plan: Plan) -> None:
    assert_proved(plan)


@strategies.proving(15)
@given(strategies.plans)
def test_a_pack_made_twice_is_the_same_to_the_byte(plan: Plan) -> None:
    again = read_plan_text(write_text(plan))
    files = pack_files(plan, write_text(plan))
    assert tuple(files) == NAMES
    assert files == pack_files(again, write_text(again))
    assert as_zip(files) == as_zip(pack_files(again, write_text(again)))


def read_plan_text(text: str) -> Plan:
    from planner.storage.toml_reader import read_text

    return read_text(text).plan


def test_processes_with_other_settings_write_the_same_bytes(tmp_path: Path) -> None:
    for number, settings in enumerate(
        ({"PYTHONHASHSEED": "1", "TZ": "UTC"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"})
    ):
        for suffix in ("", ".zip"):
            path = str(tmp_path / f"{number}{suffix}")
            assert process("pack", sample("dual-stack"), "-o", path, **settings).code == 0
    assert contents(tmp_path / "0") == contents(tmp_path / "1")
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of a sample, in a folder with nothing else."""
    done = command("pack", sample("settled"), "-o", str(tmp_path / "pack"))
    assert (done.code, done.err) == (0, "")
    assert done.out == (tmp_path / "pack" / SUMS).read_text()
    return tmp_path / "pack"


def test_the_digests_are_those_of_the_files(pack: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", SUMS], cwd=pack, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == [name for name in NAMES if name != SUMS]


def test_the_plan_in_it_is_intact_and_its_digest_in_the_ticket(pack: Path) -> None:
    assert command("check", str(pack / PLAN)).code == 0
    assert hashlib.sha256((pack / PLAN).read_bytes()).hexdigest() in (pack / TICKET).read_text()


def test_an_archive_holds_the_same_files(pack: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    assert command("pack", sample("settled"), "-o", str(path)).code == 0
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == contents(pack)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("suffix", ["", ".zip"])
def test_an_unedited_pack_is_replaced(suffix: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"p{suffix}")
    codes = [command("pack", sample(name), "-o", path).code for name in ("settled", "one-server", "one-server")]
    assert codes == [0, 0, 0]
    fresh = tmp_path / f"fresh{suffix}"
    assert command("pack", sample("one-server"), "-o", str(fresh)).code == 0
    if suffix:
        assert Path(path).read_bytes() == fresh.read_bytes()
    else:
        assert contents(Path(path)) == contents(fresh)
    assert len(list(tmp_path.iterdir())) == 2


def edit_a_file(pack: Path) -> None:
    (pack / TICKET).write_text("approved")


def add_a_file(pack: Path) -> None:
    (pack / "notes.txt").write_text("mine")


def add_a_folder(pack: Path) -> None:
    (pack / "mine").mkdir()


def take_a_file_out(pack: Path) -> None:
    (pack / RULES).unlink()


def take_the_digests_out(pack: Path) -> None:
    (pack / SUMS).unlink()


def empty_it(pack: Path) -> None:
    for path in pack.iterdir():
        path.unlink()


def put_a_link_in(pack: Path) -> None:
    kept = pack.parent / "kept"
    (pack / RULES).rename(kept)
    (pack / RULES).symlink_to(kept)


def put_a_pipe_in(pack: Path) -> None:
    (pack / RULES).unlink()
    os.mkfifo(pack / RULES)


@pytest.mark.parametrize(
    "change",
    [
        edit_a_file, add_a_file, add_a_folder, take_a_file_out, take_the_digests_out, empty_it, put_a_link_in,
        put_a_pipe_in,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_a_folder_that_is_no_unedited_pack_is_left_alone(change: object, pack: Path) -> None:
    change(pack)  # type: ignore[operator]
    before = sorted(path.name for path in pack.parent.rglob("*"))
    done = command("pack", sample("one-server"), "-o", str(pack))
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert "is no unedited pack; accepted: another path" in done.err
    assert sorted(path.name for path in pack.parent.rglob("*")) == before


@pytest.mark.parametrize("content", [b"", b"mine", b"PK\x03\x04 mine"])
def test_an_archive_that_is_no_pack_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(content)
    done = command("pack", sample("one-server"), "-o", str(path))
    assert (done.code, is_one_line(done.err), path.read_bytes()) == (2, True, content)


def test_what_came_up_while_the_pack_was_built_goes_back(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = packing._exchange

    def late(one: str, other: str) -> bool:
        if not (pack / "mine").exists() and not Path(one, "mine").exists():
            (pack / "mine").write_text("mine")
        return exchange(one, other)

    monkeypatch.setattr(packing, "_exchange", late)
    assert command("pack", sample("one-server"), "-o", str(pack)).code == 2
    assert (pack / "mine").read_text() == "mine"
    assert [path.name for path in pack.parent.iterdir()] == ["pack"]


def test_a_file_system_that_cannot_exchange_names_gets_the_new_pack_too(
    pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "_exchange", lambda one, other: False)
    old = contents(pack)
    assert command("pack", sample("one-server"), "-o", str(pack)).code == 0
    assert contents(pack) != old
    assert [path.name for path in pack.parent.iterdir()] == ["pack"]


@pytest.mark.parametrize("path", ["", "none/pack", "/proc/pack", "a\0b", "none/p.zip"])
def test_a_place_that_cannot_be_written_is_refused_in_one_line(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command("pack", sample("one-server"), "-o", path)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert "accepted: " in done.err
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_it_says_so() -> None:
    assert command("pack", sample("one-server")).err == (
        "sav-planner pack: -o: missing; accepted: the path of a folder, or of a .zip archive\n"
    )


@pytest.mark.parametrize("name", PLANS)
def test_every_network_and_host_of_a_sample_is_in_its_ticket(name: str) -> None:
    text = pack_files(PLANS[name], write_text(PLANS[name]))[TICKET].decode()
    stated = [
        address
        for zone in PLANS[name].topology.zones
        for address in (*zone.networks, *(host for hosts in zone.hosts.values() for host in hosts))
    ]
    assert [
        address for address in stated if address.replace("::", "") not in text.replace("&#58;", ":").replace("::", "")
    ] == []


def test_page_one_says_whether_to_approve_what_opens_until_when_and_how_to_go_back() -> None:
    settled = ticket(PLANS["settled"], load_catalogue(), "", trials(PLANS["settled"]))
    facts = dict(settled.facts)
    assert facts["Decision"] == "May be approved: status final, nothing is open"
    assert facts["Warnings"] == "none"
    assert "until 2027-10-31" in facts["Opens permanently"]
    assert facts["Opens for the rollout"] == "20 rules, until 2026-11-30"
    assert "Rollback" in facts["How to go back"]
    assert settled.tables[0].name == "overview"
    assert settled.banner == ""


def test_a_draft_says_so_in_every_section_and_on_every_printed_page() -> None:
    plan = PLANS["one-server"]
    files = pack_files(plan, write_text(plan))
    for name in ("ticket.md", "annex.md"):
        text = files[name].decode()
        assert f"**{DRAFT}**" in text
        assert all(line.endswith("(DRAFT)") for line in text.splitlines() if line.startswith("## "))
    page = files["ticket.html"].decode()
    assert f'<p class="banner">{DRAFT}</p>' in page
    assert ".banner { position: fixed;" in page
    assert "Not yet: draft" in files["ticket.md"].decode()


def test_the_page_lists_its_contents_with_links() -> None:
    page = pack_files(PLANS["settled"], write_text(PLANS["settled"]))["ticket.html"].decode()
    links = re.findall(r'<a href="#(\w+)">', page)
    assert links == re.findall(r'<section id="(\w+)"', page)


def test_warnings_come_before_denies_and_the_rollout_is_removed_first() -> None:
    tables = ticket(PLANS["settled"], load_catalogue(), "", trials(PLANS["settled"])).tables
    names = [table.name for table in tables]
    assert names.index("findings") < names.index("zones") < names.index("rules") < names.index("denies")
    phases = [row.cells[1] for row in tables[names.index("rollback")].rows]
    assert phases == sorted(phases, key="rollout run".index)


def test_the_rule_sheet_lists_hosts_singly() -> None:
    plan = PLANS["settled"]
    tables = {table.name: table for table in ticket(plan, load_catalogue(), "", trials(plan)).tables}
    addresses = {cell for row in tables["rules"].rows for cell in (row.cells[3], row.cells[5])}
    assert addresses == {"10.10.1.20", "10.10.16.0/20", "10.10.2.11, 10.10.2.12, 10.10.2.13"}


def test_the_ticket_names_what_the_plan_does_not_cover_and_the_references() -> None:
    catalogue = load_catalogue()
    page = pack_files(PLANS["settled"], "")["ticket.html"].decode()
    assert all(topic.title in page for topic in (*catalogue.out_of_scope.values(), *catalogue.references.values()))


def test_since_an_approved_plan_the_ticket_names_the_change(tmp_path: Path) -> None:
    wider = tmp_path / "wider.toml"
    wider.write_text(Path(sample("settled")).read_text().replace("10.10.16.0/20", "10.0.0.0/8"))
    made = command("pack", str(wider), "-o", str(tmp_path / "pack"), "--since", sample("settled"))
    assert made.code == 0
    text = (tmp_path / "pack" / TICKET).read_text()
    assert "0 rules to add, 0 to remove, 15 to change, 13 unchanged" in text
    assert "10.10.16.0/20 becomes 10.0.0.0/8" in text
    assert "zone offices: networks" in text


def test_what_nobody_entered_is_named_in_the_ticket() -> None:
    facts = {
        name: dict(ticket(PLANS[name], load_catalogue(), "", trials(PLANS[name])).facts)
        for name in ("settled", "one-server")
    }
    assert "Not entered" not in facts["settled"]
    assert facts["one-server"]["Not entered"] == (
        "Ticket, Requester, Implementer, Reason, Security, Window, Review by, Expires"
    )


def test_the_ends_of_a_line_are_the_addresses_of_one_pair_of_roles() -> None:
    hosts = {"server": ("10.1.0.5", "2001:db8::5"), "console": ("10.1.0.9",)}
    plan = estate(
        zone("hq: console server", networks=("10.1.0.0/24",), hosts=hosts),
        zone("b: client server", networks=("10.2.0.0/24", "2001:db8:2::/64")),
        "c: client",
        servers=2,
    )
    lines = {(row["source_zone"], row["destination_zone"], row["source"], row["destination"]) for row in rows(plan)}
    assert {line for line in lines if line[:2] == ("hq", "b")} == {
        ("hq", "b", "10.1.0.5", "10.2.0.0/24"),
        ("hq", "b", "2001:db8::5", "2001:db8:2::/64"),
        ("hq", "b", "10.1.0.9", "10.2.0.0/24"),
    }
    assert ("hq", "c", "10.1.0.5 2001:db8::5", "c") in lines


def test_expiry_is_the_earlier_of_the_rules_and_the_changes(tmp_path: Path) -> None:
    plan = PLANS["settled"]
    assert {(row["phase"], row["expiry"]) for row in rows(plan)} == {("run", "2027-10-31"), ("rollout", "2026-11-30")}
    endless = msgspec.structs.replace(plan, change=msgspec.structs.replace(plan.change, expires=None))
    assert {(row["phase"], row["expiry"]) for row in rows(endless)} == {("run", ""), ("rollout", "2026-11-30")}
