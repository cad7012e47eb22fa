"""The plan file: the same bytes for the same plan, nothing read that is no plan, saving whole or not at all."""

import datetime
import hashlib
import os
import re
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
import tomli
from hypothesis import given

from planner.commands.output import checked
from planner.plan.check import intact_plan
from planner.plan.plan import Change, Head, Plan, Status, said_decisions
from planner.plan.topology import Device
from planner.storage.plan_files import Bounds, PlanFileError, read_plan
from planner.storage.toml_reader import PlanTextError, read_text, write_text
from tests.estates import estate, zone
from tests.figures import figure
from tests.strategies import plans, proving

SCHEMA = 'schema = "sav-plan/1"\n'


def rich() -> Plan:
    """Something in every table of the file."""
    plan = estate(
        "hq: console server",
        zone("b: client < hq", networks=("10.2.0.0/24",), hosts={"client": ("10.2.0.9",)}),
        devices=[Device(name="fw", vendor="x", interfaces={"hq": "inside"})],
        servers=2,
        rollout=("clients",),
    )
    return msgspec.structs.replace(plan, head=Head(title="A plan"), change=Change(ticket="CHG1"))


# ---------------------------------------------------------------- writing


def test_a_plan_written_read_and_written_again_is_the_same_to_the_byte() -> None:
    """SAV_EXAMPLES=10000 has as many plans made, at random."""
    lengths = []

    @proving(200)
    @given(plans)
    def round_trip(plan: Plan) -> None:
        text = write_text(plan)
        assert write_text(read_text(text).plan) == text
        lengths.append(len(text))

    round_trip()
    figure(f"round trip: {len(lengths)} generated plans of up to {max(lengths)} characters, 0 changed")


@proving(80)
@given(plans)
def test_reading_gives_the_plan_that_was_written(plan: Plan) -> None:
    read = read_text(write_text(plan)).plan
    assert (read.change, read.topology, set(read.decisions)) == (plan.change, plan.topology, set(said_decisions(plan)))


@proving(60)
@given(plans)
def test_a_plan_file_shows_no_hidden_character(plan: Plan) -> None:
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e\u2028\ufeff]", write_text(plan)) is None


def test_the_layers_stand_in_order() -> None:
    tables = re.findall(r"^\[+([a-z_]+)\]", write_text(rich()), re.MULTILINE)
    assert list(dict.fromkeys(tables)) == [
        "plan", "change", "topology", "zone", "device", "decision",
        "facts", "rule", "host_rule", "deny", "closed", "finding", "summary", "integrity",
    ]  # fmt: skip


def test_the_schema_is_the_first_key() -> None:
    lines = [line for line in write_text(Plan()).splitlines() if line and not line.startswith("#")]
    assert lines[0] == SCHEMA.strip()


def test_a_rule_states_its_fields_in_order() -> None:
    plan = estate("hq: console server", "b: client", rollout=("clients",), rollout_until=datetime.date(2027, 1, 31))
    assert list(tomllib.loads(write_text(plan))["rule"][-1]) == [
        "id", "marker", "phase", "action", "from", "to", "protocol", "source_ports", "destination_ports", "state",
        "flows", "justification", "until", "notes", "because", "cites",
    ]  # fmt: skip


@pytest.mark.parametrize("layer", ["answers", "derived"])
def test_the_digests_are_sha256_over_canonical_json(layer: str) -> None:
    tables = tomllib.loads(write_text(rich()))
    stated = tables.pop("integrity")
    derived = ("facts", "rule", "host_rule", "deny", "closed", "finding", "summary")
    content = {name: table for name, table in tables.items() if (name in derived) is (layer == "derived")}
    assert stated[layer] == hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


@pytest.mark.parametrize(("status", "written"), [("draft", "draft"), ("proposed", "draft"), ("final", "draft")])
def test_the_file_says_draft_while_something_is_open(status: Status, written: str) -> None:
    assert tomllib.loads(write_text(Plan(head=Head(status=status))))["plan"]["status"] == written


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="half of a character; accepted: whole characters"):
        write_text(Plan(head=Head(title="\ud800")))


# ---------------------------------------------------------------- reading what is a plan


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data + b"\n\n",
        lambda data: data.split(b"# Derived")[0],
    ],
    ids=["byte order mark", "CRLF", "blank lines at the end", "answers alone"],
)
def test_a_plan_survives_the_post(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(change(write_text(rich()).encode()))
    assert read_plan(str(path)).plan == rich()


@proving(60)
@given(plans)
def test_a_file_as_it_was_written_is_known_by_its_letters_and_says_the_same(plan: Plan) -> None:
    text = write_text(plan)
    read, parsed = read_text(text), read_text(f"{text}\n")
    assert (read.intact, parsed.intact) == (True, False)
    assert read.plan == parsed.plan
    assert (read.file_derived, read.file_answers) == (parsed.file_derived, parsed.file_answers)


@proving(40)
@given(plans)
def test_what_is_known_by_its_letters_checks_as_what_was_parsed(plan: Plan) -> None:
    parsed = read_text(write_text(plan))
    document = tomli.loads(parsed.text)
    tables = ({name: document[name] for name in parsed.file_derived}, parsed.file_answers)
    assert intact_plan(plan) == checked(msgspec.structs.replace(parsed, tables=tables))


def test_one_letter_more_or_less_anywhere_is_found() -> None:
    text = write_text(rich())
    for place in range(0, len(text), 97):
        for changed in (text[:place] + text[place + 1 :], f"{text[:place]} {text[place:]}"):
            with suppress(PlanTextError):
                assert not read_text(changed).intact


def test_a_window_written_as_a_date_is_kept_as_text() -> None:
    plan = read_text(f"{SCHEMA}[change]\nwindow_start = 2027-01-31T22:00:00\n").plan
    assert plan.change.window_start == "2027-01-31 22:00:00"


# ---------------------------------------------------------------- refusing what is none

TOPOLOGY, ZONE = f"{SCHEMA}[topology]\n", f"{SCHEMA}[[zone]]\nname = "
MANY = 100_000
REFUSED: dict[str, tuple[str, str]] = {
    "nothing at all": ("", "schema: missing, so this is no plan; accepted: schema ="),
    "no TOML": ("Dear colleague,\n", "line 1: not TOML"),
    "nested arrays": (f"{SCHEMA}x = {'[' * MANY}", "line 2: nested more than 16 deep"),
    "nested inline tables": (f"{SCHEMA}x = {'{a = ' * 500}", "line 2: nested more than 16 deep"),
    "a dotted key of 8k parts": (f"{SCHEMA}{'.'.join('a' * 8000)} = 1", "line 2: a key of more than 8 dots"),
    "a header of 100k parts": (f"{SCHEMA}[{'.'.join('a' * MANY)}]", "line 2: a key of more than 8 dots"),
    "a deep header with many keys": (
        f"{SCHEMA}[a.b.c.d.e.f.g.h]\n" + "".join(f"k{n} = 1\n" for n in range(20_000)), "unknown key 'a'"),
    "a hexadecimal number of 1M digits": (f"{TOPOLOGY}servers = 0x{'f' * 10**6}", "line 3: a number of more than 400"),
    "a number of 1M digits": (f"{TOPOLOGY}servers = {'9' * 10**6}", "line 3: a number of more than 400 digits"),
    "an unclosed text of escaped quotes": (SCHEMA + 'x = "' + '\\"' * MANY + "\n", "line 2: not TOML"),
    "unclosed long texts": (SCHEMA + 'x = """\n' + '\\"""\n' * MANY, "unknown key 'x'; accepted: schema"),
    "stray quotes": (SCHEMA + '\n\\"""' * MANY, "line 3: a text that is never closed"),
    "2^63 servers": (f"{TOPOLOGY}servers = {2**63}", f"topology: servers: {2**63} is out of range; accepted: 0 to"),
    "-1 servers": (f"{TOPOLOGY}servers = -1", "topology: servers: -1 is out of range"),
    "true servers": (f"{TOPOLOGY}servers = true", "topology.servers: this is true or false; accepted: a whole number"),
    "a fraction": (f"{TOPOLOGY}rtvscan_port = 443.0", "topology.rtvscan_port: this is a number with a point; accepted"),
    "not a number": (f"{TOPOLOGY}servers = nan", "topology.servers: this is a number with a point; accepted: a whole"),
    "a number as text": (f'{TOPOLOGY}servers = "1"', "topology.servers: this is text in quotes; accepted: a whole"),
    "a date as text": (f"{SCHEMA}[change]\nticket = 2027-01-31", "change.ticket: this is a date such as 2027-01-31"),
    "a date and time as date": (
        f"{SCHEMA}[change]\nexpires = 2027-01-31T10:00:00", "change.expires: this is a date with a time; accepted"),
    "an impossible date": (f"{SCHEMA}[change]\nexpires = 2027-02-31", "line 3: not TOML: Invalid date or datetime"),
    "a word that is no choice": (
        f'{TOPOLOGY}boundary = "none"', "topology.boundary: Invalid enum value 'none'; accepted: stateful, stateless"),
    "a choice of 1 MB": (f'{TOPOLOGY}boundary = "{"x" * 10**6}"', "topology.boundary: Invalid enum value 'xxx"),
    "an assumed answer that is none": (f'{TOPOLOGY}assumed = ["x"]', "topology: assumed: 'x' is no answer; accepted"),
    "a table twice": (f"{TOPOLOGY}[topology]", "line 3: not TOML: Cannot declare ('topology',) twice"),
    "a key twice": (f"{TOPOLOGY}servers = 1\nservers = 2", "at its end: not TOML: Cannot overwrite a value"),
    "a Cyrillic key": (f'{TOPOLOGY}"s\u0435rvers" = 1', r"topology: unknown key 's\u0435rvers'; accepted: servers"),
    "an empty key": (f'{TOPOLOGY}"" = 1', "topology: unknown key ''; accepted: servers"),
    "a dunder key": (f"{SCHEMA}__class__ = 1", "unknown key '__class__'; accepted: plan"),
    "a dunder answer": (f"{TOPOLOGY}__struct_fields__ = 1", "topology: unknown key '__struct_fields__'; accepted"),
    "a key with an escape": (f'{SCHEMA}"\\u001b[2J" = 1', r"unknown key '\x1b[2J'; accepted: plan"),
    "a raw escape": (f"{SCHEMA}\x1b[2J = 1", "line 2: not TOML"),
    "a key of 1 MB": (f"{SCHEMA}{'a' * 10**6} = 1", "unknown key 'aaa"),
    "NUL": (f"{SCHEMA}x = \x00", "line 2: not TOML"),
    "an unknown table": (f"{SCHEMA}[rules]", "unknown key 'rules'; accepted: plan, change"),
    "an unknown key of the plan": (f"{SCHEMA}[plan]\nname = 1", "plan: unknown key 'name'; accepted: id, title"),
    "an unknown key of the change": (f"{SCHEMA}[change]\nx = 1", "change: unknown key 'x'; accepted: ticket"),
    "an unknown key of a zone": (f"{ZONE}'a'\nx = 1", "zone 1: unknown key 'x'; accepted: name, roles"),
    "an unknown role of a host": (f"{ZONE}'a'\nhosts.x = []", "zone 1.hosts: Invalid enum value 'x'; accepted: con"),
    "an unknown key of a device": (f"{SCHEMA}[[device]]\nx = 1", "device 1: unknown key 'x'; accepted: name, vendor"),
    "an unknown key of a decision": (f"{SCHEMA}[[decision]]\nx = 1", "decision 1: unknown key 'x'; accepted: id"),
    "an unknown key of a rule": (f"{SCHEMA}[[rule]]\nx = 1", "rule 1: unknown key 'x'; accepted: because"),
    "an unknown fact": (f"{SCHEMA}[facts]\nx = 1", "facts: unknown key 'x'; accepted: document"),
    "an unknown count": (f"{SCHEMA}[summary]\nx = 1", "summary: unknown key 'x'; accepted: zones"),
    "an unknown digest": (f"{SCHEMA}[integrity]\nx = 1", "integrity: unknown key 'x'; accepted: answers"),
    "a value for a table": (f"{SCHEMA}topology = 1", "topology: not a table; accepted: [topology]"),
    "a table for a list": (f"{SCHEMA}[zone]", "zone: not a list of tables; accepted: [[zone]]"),
    "a number for rules": (f"{SCHEMA}rule = 1", "rule: not a list of tables; accepted: [[rule]]"),
    "a text for rules": (f'{SCHEMA}rule = ""', "rule: not a list of tables; accepted: [[rule]]"),
    "numbers for rules": (f"{SCHEMA}rule = [1]", "rule: not a list of tables; accepted: [[rule]]"),
    "a list for facts": (f"{SCHEMA}facts = []", "facts: not a table; accepted: [facts]"),
    "a nameless zone": (f"{SCHEMA}[[zone]]", "zone 1: missing required field 'name'"),
    "a zone name of 1 MB": (ZONE + repr("?" * 10**6).replace("?", "\u202e"), r"zone 1: zone name '\u202e"),
    "a zone twice to the eye": (
        f"{ZONE}'\u00e9'\n[[zone]]\nname = 'e\u0301'", "zone 'e\u0301': the name is used twice, its letters"),
    "a revision of 2^63": (f"{SCHEMA}[plan]\nrevision = {2**63}", f"plan: revision: {2**63} is too large; accepted"),
    "a zone twice": (f"{ZONE}'a'\n[[zone]]\nname = 'a'", "zone 'a': the name is used twice"),
    "a decision twice": (
        SCHEMA + "[[decision]]\nid = 'a'\nchosen = 'b'\ndefault = 'b'\n" * 2,
        "decision 'a': the name is used twice"),
    "a parent that is no zone": (f"{ZONE}'a'\nparents = ['x']", "zone 'a': parents: no zone is named 'x'; accepted"),
    "no schema": ("[topology]\n", "schema: missing, so this is no plan"),
    "a newer schema": ('schema = "sav-plan/2"', "schema: sav-plan/2 needs a newer sav-planner; this one reads"),
    "a schema of 1M digits": (f'schema = "sav-plan/{"9" * 10**6}"', "schema: sav-plan/999"),
    "another schema": ('schema = "other/1"', "schema: 'other/1' is unknown; accepted: \"sav-plan/1\""),
    "a schema of an age before": ('schema = "sav-plan/0"', "schema: 'sav-plan/0' is unknown"),
    "a schema that is no text": ("schema = 1", "schema: 1 is unknown; accepted"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_plan_is_refused_at_once_and_in_one_line(text: str, said: str) -> None:
    begun = time.process_time()
    with pytest.raises(PlanTextError) as refusal:
        read_text(text)
    message = str(refusal.value)
    assert message.startswith(said)
    assert "accepted" in message or "needs a newer" in message
    assert message.isprintable()
    assert len(message) < 800
    assert time.process_time() - begun < 1


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "UTF-16": ("schema = 1".encode("utf-16"), "UTF-16 text; accepted: UTF-8"),
    "UTF-32": ("schema = 1".encode("utf-32"), "UTF-32 text; accepted: UTF-8"),
    "Latin-1": (b"# plan\n# Z\xfcrich", "line 2: byte 0xfc is not UTF-8; accepted: UTF-8"),
    "an encoded surrogate": (b"# \xed\xa0\x80", "line 1: byte 0xed is not UTF-8"),
    "over the bound": (b"#" * 2000, "larger than 0 MiB; accepted: less, or more with --max-size"),
    "nothing": (b"", "schema: missing"),
}


@pytest.mark.parametrize(("data", "said"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_bytes_that_are_no_plan_are_refused_by_file(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(data)
    with pytest.raises(PlanFileError) as refusal:
        read_plan(str(path), Bounds(whole=1000))
    assert str(refusal.value).startswith(f"{path}: {said}")


def make_fifo(folder: Path) -> str:
    os.mkfifo(folder / "fifo")
    return str(folder / "fifo")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (make_fifo, "not a regular file"),
        (str, "not a regular file"),
        (lambda folder: "/dev/zero", "not a regular file"),
        (lambda folder: f"{folder}/absent", "No such file or directory"),
        (lambda folder: f"{folder}/\x00", "embedded null byte"),
        (lambda folder: f"{folder}/{'x' * 300}", "File name too long"),
    ],
    ids=["pipe", "folder", "device", "absent", "NUL", "long name"],
)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, place: Callable[[Path], str], said: str) -> None:
    begun = time.process_time()
    with pytest.raises(PlanFileError, match=said):
        read_plan(place(tmp_path))
    assert time.process_time() - begun < 1
