"""Feeds what a fuzzer makes up to the loader of plan files: whatever it is, a plan or one line.

    .venv/bin/pip install atheris
    nice .venv/bin/python -m tests.fuzz.loader -max_total_time=600 -dict=tests/fuzz/toml.dict corpus/ sample_plans/

What it found stands in a file `crash-*` beside it; `python -m tests.fuzz.loader crash-...` runs that one again.
Without atheris, `pytest tests/storage/test_fuzz.py` mutates the sample plans for a few seconds;
SAV_FUZZ=600 for ten minutes.
"""

import sys
import time

from planner.storage.toml_reader import PlanTextError, read_bytes, read_text, write_text
from planner.text.escaping import visible

LONGEST = 2.0
"""Seconds of processor time that a text of a fuzzer, which is small, may take."""


def load(data: bytes) -> str:
    """Load what may be a plan; say "plan" or "refused".

    Raises:
        AssertionError: it was refused in more than one plain line, took too long, or is a plan that is not the same
            once it was written and read again.
    """
    begun = time.process_time()
    try:
        plan = read_bytes(data).plan
    except PlanTextError as error:
        said = str(error)
        assert said == visible(said), f"not one plain line: {said!r}"
        assert "accepted: " in said or "needs a newer" in said, said
        outcome = "refused"
    else:
        text = write_text(plan)
        assert write_text(read_text(text).plan) == text, "another plan once it was written and read"
        outcome = "plan"
    assert time.process_time() - begun < LONGEST, "too slow"
    return outcome


def main() -> None:
    """Run atheris on the loader, with its own options."""
    import atheris

    atheris.instrument_func(read_bytes)
    atheris.instrument_all()
    atheris.Setup(sys.argv, load)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
