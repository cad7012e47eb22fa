"""Cost of reading: whatever a file holds, it is read or refused in a second and within a hundred megabytes.

Each is read in a process of its own, which says what it took.
"""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks.scale import estate
from planner.storage.plan_files import USUAL
from planner.storage.toml_reader import write_answers, write_text
from planner.storage.toml_writer import DERIVED_BEGINS
from tests.figures import figure

HEAD = b'schema = "sav-plan/1"\n'
TOPOLOGY = HEAD + b"[topology]\n"


def filled(head: bytes, text: bytes, most: int) -> bytes:
    """Fill a file up to its bound with one text, numbered where it holds a ``%d``."""
    if b"%d" not in text:
        return (head + text * (most // len(text)))[:most]
    size = len(text % 10**6)
    return (head + b"".join(text % number for number in range(most // size)))[:most]


NO_PLANS: dict[str, tuple[bytes, bytes]] = {
    "unknown keys": (HEAD, b"k%d = 1\n"),
    "deep keys": (HEAD, b"a%d.b.c.d.e.f.g.h = 1\n"),
    "deep headers": (HEAD, b"[a%d.b.c.d.e.f.g.h]\n"),
    "headers below a known one": (HEAD, b"[zone.hosts.c%d]\n"),
    "a list of tables": (HEAD + b"x = [", b"{a=1},"),
    "a list of dates": (TOPOLOGY + b"options = [", b"2027-01-31,"),
    "a list of numbers": (TOPOLOGY + b"options = [", b"1,"),
    "a list of texts": (TOPOLOGY + b"options = [", b'"a",'),
    "zones": (HEAD, b'[[zone]]\nname = "z%d"\n'),
    "networks": (HEAD + b'[[zone]]\nname = "z"\nnetworks = [', b'"10.0.0.0/8",'),
    "decisions": (HEAD, b'[[decision]]\nid = "%d"\n'),
    "empty rules": (HEAD, b"[[rule]]\n"),
    "rules of one key each": (HEAD, b"[[rule]]\nx = 1\n"),
    "equal signs": (HEAD, b"a ="),
    "no schema": (b"", b"k%d = 1\n"),
    "a newer schema": (b'schema = "sav-plan/2"\n', b"k%d = 1\n"),
    "stray quotes": (HEAD, b'\n\\"""'),
    "nothing but zeros": (b"", b"\0"),
    "closing brackets": (HEAD, b"]"),
    "closing braces, one a line": (HEAD, b"}\n"),
    "a text that never ends": (HEAD + b'[plan]\ntitle = "', b"a"),
    "escapes that never end": (HEAD + b'[plan]\ntitle = """', b"\\u0041"),
    "escaped quotes": (HEAD + b'[plan]\ntitle = "', b'\\"'),
    "texts side by side": (HEAD + b"[plan]\ntitle = ", b"'x'"),
    "comments in a list that never ends": (TOPOLOGY + b"options = [", b"#c\n"),
    "comments and nothing else": (b"", b"# c\n"),
    "line ends and nothing else": (b"", b"\r\n"),
    "blanks before a sign": (HEAD + b"[plan]\ntitle", b" "),
    "YAML": (b"---\n", b"a: 1\n"),
    "JSON": (b"{", b'"a": [1, {}], '),
}

READS = r"""
import json, re, sys, time
from pathlib import Path
from planner.storage.plan_files import PlanFileError, read_plan
begun = time.process_time()
try:
    found = read_plan(sys.argv[1])
    said = "as it was written" if found.intact else "read"
except PlanFileError as error:
    said = str(error)
seconds = time.process_time() - begun
most = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps({"said": said, "seconds": seconds, "megabytes": most / 1024}))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux, to see how much memory it took"),
]


def said_of(data: bytes, name: str, folder: Path) -> str:
    """Read these bytes as a plan, at little cost; give what came of it."""
    path = folder / "plan.toml"
    path.write_bytes(data)
    done = subprocess.run([sys.executable, "-c", READS, path], capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    figure(f"{len(data) >> 20} MiB of {name}: {took['seconds']:.2f} s, {took['megabytes']:.0f} MB")
    assert took["megabytes"] < 100
    said: str = took["said"]
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize("most", USUAL, ids=USUAL._fields)
@pytest.mark.parametrize("name", NO_PLANS)
def test_a_file_that_is_no_plan_is_refused_at_little_cost(name: str, most: int, tmp_path: Path) -> None:
    said = said_of(filled(*NO_PLANS[name], most), name, tmp_path)
    assert "; accepted: " in said or "needs a newer" in said
    assert said.isprintable()


def plan_text(servers: int, title: str = "") -> bytes:
    """Write a plan of three hundred zones."""
    plan = estate(300, servers)
    return write_text(msgspec.structs.replace(plan, head=msgspec.structs.replace(plan.head, title=title))).encode()


@pytest.mark.parametrize("title", ["", "\N{FOX FACE}"], ids=["ASCII", "an emoji in its title"])
def test_a_large_plan_as_it_was_written_is_read_at_little_cost(title: str, tmp_path: Path) -> None:
    text = plan_text(42, title)
    assert 12 << 20 < len(text) < USUAL.whole
    assert said_of(text, f"a plan as it was written, {title or 'ASCII'}", tmp_path) == "as it was written"
    assert (
        said_of(text.replace(b"\n", b"\r\n"), f"the same with CRLF, {title or 'ASCII'}", tmp_path)
        == "as it was written"
    )


def test_a_large_plan_with_an_edit_is_refused_at_little_cost_and_a_smaller_one_read(tmp_path: Path) -> None:
    large, small = plan_text(42)[:-8], plan_text(10)
    assert 3 << 20 < len(small) < USUAL.parsed
    assert said_of(large, "a plan up to its last line", tmp_path) == (
        "larger than 4 MiB and not to the letter what its answers derive; accepted: a plan as it was saved, up to "
        "4 MiB of another, or more with --max-size"
    )
    assert "never closed" in said_of(small[:-8], "a plan up to its last line", tmp_path)
    assert said_of(small + b"\n", "a plan with a line more", tmp_path) == "read"


def test_answers_that_derive_more_than_the_file_holds_are_not_derived_to_read_it(tmp_path: Path) -> None:
    zones = "".join(f'[[zone]]\nname = "z{number}"\nroles = ["server"]\n' for number in range(340))
    answers = f'schema = "sav-plan/1"\n[topology]\nservers = 340\n{zones}\n{DERIVED_BEGINS}'
    assert said_of(answers.encode(), "few answers that derive 230,000 rules", tmp_path) == "read"


def test_a_file_that_is_not_what_its_many_rules_would_be_is_refused_at_little_cost(tmp_path: Path) -> None:
    text, derived = write_answers(estate(500, 52)).encode(), f"\n{DERIVED_BEGINS}".encode()
    rules = filled(text + derived, b'\n[[rule]]\nid = "r%d"\njustification = "as asked"\n', USUAL.whole)
    assert said_of(rules, "answers that derive 52,000 rules, and others", tmp_path).startswith(
        "larger than 4 MiB and not"
    )
