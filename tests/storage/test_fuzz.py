"""The loader under what a machine makes up. `tests/fuzz/loader.py` says how to run it under atheris for longer."""

import os
import random
import time

from tests.command_line import ANSWERS, SAMPLES
from tests.figures import figure
from tests.fuzz.loader import load

SECONDS = float(os.environ.get("SAV_FUZZ", "3"))
SEED = int(os.environ.get("SAV_SEED", "1"))

WORDS = [
    b"[[zone]]", b"[topology]", b"[change]", b"[[decision]]", b"[[device]]", b'name = "', b"roles = [", b"hosts.",
    b"= nan", b"= true", b"= 1e999", b"= 0x", b"= 2027-01-31", b'"""', b"'''", b"\\u0000", b"\\ud800", b"\xff", b"#",
    b"\x00", b"\r", b"{", b"}", b"[" * 40, b"." * 20, b"9" * 500, b"=", b"\n", b'"', b"a.b = 1", b"\xe2\x80\xae",
    b"\xef\xbb\xbf",
]  # fmt: skip
STEMS = [ANSWERS.encode(), *(path.read_bytes() for path in SAMPLES)]


def mutated(rng: random.Random) -> bytes:
    """Returns a plan with a few places cut out, doubled, or replaced by what means something in TOML."""
    data = rng.choice(STEMS)
    start = rng.randrange(max(1, len(data) - 2000))
    data = data[:30] + data[start : start + 2000] if rng.random() < 0.5 else data[:2000]
    for _ in range(rng.randint(1, 6)):
        at, more = rng.randrange(len(data) + 1), rng.randrange(12)
        piece = rng.choice((b"", rng.choice(WORDS), data[at : at + 40], rng.randbytes(3)))
        data = data[:at] + piece + data[at + more :]
    return data


def test_whatever_a_file_holds_it_is_a_plan_or_refused_in_one_line() -> None:
    rng = random.Random(SEED)  # noqa: S311 - a test that can be run again
    outcomes = {"plan": 0, "refused": 0}
    begun = time.monotonic()
    while time.monotonic() - begun < SECONDS:
        data = mutated(rng)
        try:
            outcomes[load(data)] += 1
        except BaseException:
            figure(f"fuzzing: fails on {data!r}")
            raise
    figure(f"fuzzing: {sum(outcomes.values())} mutated plans in {SECONDS:.0f} s: {outcomes}, 0 other outcomes")
    assert all(outcomes.values())
