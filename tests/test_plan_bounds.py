"""What reading costs: whatever a file holds that is no plan, it is refused in a second and within a hundred megabytes.

Each file is as large as a plan may be, 16 MiB; each is read in a process of its own, which says what it took.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planner.storage.plan_files import DEFAULT_MAX_BYTES
from tests.figures import figure

HEAD = b'schema = "sav-plan/1"\n'
TOPOLOGY = HEAD + b"[topology]\n"


def filled(text: bytes) -> bytes:
    """Fill a file with one text, numbered where it holds a ``%d``."""
    if b"%d" not in text:
        return text * (DEFAULT_MAX_BYTES // len(text))
    size = len(text % 10**6)
    return b"".join(text % number for number in range(DEFAULT_MAX_BYTES // size))


FILES: dict[str, tuple[bytes, bytes]] = {
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
    read_plan(sys.argv[1])
    said = ""
except PlanFileError as error:
    said = str(error)
seconds = time.process_time() - begun
most = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps({"said": said, "seconds": seconds, "megabytes": most / 1024}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux, to see how much memory it took")
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_plan_is_refused_at_little_cost(name: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    head, filling = FILES[name]
    path.write_bytes((head + filled(filling))[:DEFAULT_MAX_BYTES])
    done = subprocess.run([sys.executable, "-c", READS, path], capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    figure(f"16 MiB of {name}: refused in {took['seconds']:.2f} s, {took['megabytes']:.0f} MB")
    assert took["said"].startswith(f"{path}: ")
    assert "; accepted: " in took["said"] or "needs a newer" in took["said"]
    assert took["said"].isprintable()
    assert took["megabytes"] < 100
    assert took["seconds"] < 1
