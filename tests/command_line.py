"""The commands as their user has them: run in this process where words and codes matter, else in one of their own."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from planner.cli import main

ROOT = Path(__file__).parents[1]
SAMPLES = tuple(sorted((ROOT / "sample_plans").glob("*.toml")))
ANSWERS = 'schema = "sav-plan/1"\n[topology]\nservers = 3\nassumed = []\n'
"""A file of answers alone."""


class Done(NamedTuple):
    """Result of a command. ``out`` is the exact text: line ends are not translated."""

    code: int
    out: str
    err: str


def sample(name: str) -> str:
    """Returns the path of a sample plan."""
    return str(ROOT / "sample_plans" / f"{name}.toml")


def command(*arguments: str) -> Done:
    """Run ``sav-planner`` with these arguments in this process."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    err = io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    out.flush()
    return Done(code, out.buffer.getvalue().decode(), err.getvalue())


def process(*arguments: str | bytes, stdin: str = "", **environment: str) -> Done:
    """Run ``sav-planner`` in a process of its own, which gets this text as its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "planner", *arguments],
        input=stdin.encode(),
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def is_one_line(text: str) -> bool:
    """Checks whether this is what standard error should hold: one whole line, shown as it stands."""
    return text.endswith("\n") and text[:-1].isprintable() and bool(text[:-1])
