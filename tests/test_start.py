"""The way to the first picture: what it does without, what it leaves for later, and that later is soon enough."""

import subprocess
import sys

import pytest

from benchmarks.keys import PLAN
from benchmarks.terminal import PLANNER, Program
from planner.commands import screen
from tests.commands import ROOT

pytestmark = pytest.mark.xdist_group("timing")

UNSEEN = {
    "argparse",
    "difflib",
    "json",
    "mimetypes",
    "msgspec.inspect",
    "pickle",
    "platformdirs",
    "planner.core.differences",
    "planner.core.jumping",
    "planner.core.partition",
    "planner.exports.tables",
    "planner.tui.screens.pages",
    "planner.tui.screens.palette",
    "planner.tui.screens.recovery",
    "planner.tui.screens.saving",
    "planner.tui.screens.tool",
    "planner.tui.widgets.typed_line",
    "rich.table",
    "ssl",
    "textual.command",
    "textual.widgets._input",
    "typing_extensions",
    "uuid",
}
"""What the first picture has no use for."""

LOADED = """
import sys
from planner.commands.screen import lean_app
lean_app()
print(*sys.modules)
"""


def run_fresh(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


def test_the_screen_loads_little_that_is_not_in_sight() -> None:
    loaded = set(run_fresh(LOADED).split())
    assert "planner.tui.screens.main" in loaded
    assert loaded & UNSEEN == set()


def test_what_was_left_out_is_itself_to_whoever_asks_for_it_later() -> None:
    later = "import platformdirs, ssl, textual.command as c; print(issubclass(c.CommandPalette, c.SystemModalScreen))"
    assert run_fresh(f"{LOADED}\n{later}").splitlines()[-1] == "True"


CALLED = (
    "from textual.suggestions import get_suggestion as f; print(f('heigth', ['height']))",
    "from rich.style import Style as f; print(f(meta={'at': 1}).meta['at'])",
    "from textual.design import show_design as f, ColorSystem as c; print(type(f(c('#fff'), c('#000'))).__name__)",
    "from textual.app import uuid, mimetypes as f; print(len(uuid.uuid4().hex), f.guess_type('plan.txt')[0])",
    "import typing_extensions as f; print(f.deprecated.__name__)",
    "from planner.tui.textual_private.loading import _Types as f; t = f('typing_extensions'); "
    "print(t.Self.__module__, t.deprecated.__name__)",
    "import msgspec, msgspec.inspect as f; print(msgspec.json.schema(int)['type'], f.type_info(int) == f.IntType())",
)
"""What takes functions of modules that were left out, or more of them than a stand-in has."""


def test_what_was_left_out_works_where_it_is_needed_after_all() -> None:
    printed = [run_fresh(f"{LOADED}\n{program}").splitlines()[-1] for program in CALLED]
    assert printed == ["height", "1", "Table", "32 text/plain", "deprecated", "typing deprecated", "integer True"]


@pytest.mark.parametrize("given", [[], ["plan.toml"]], ids=["nothing", "a plan"])
def test_a_plan_alone_means_what_it_means_among_options(given: list[str]) -> None:
    assert vars(screen.plain_options(given)) == vars(screen.line().parse_args(given))


def test_what_an_answer_would_do_is_said_after_the_first_picture() -> None:
    with Program((*PLANNER, PLAN)) as program:
        program.painted("if changed  being worked out")
        program.painted("if changed  one more:")


TYPED_AHEAD = {
    "a page": (("f1",), "Esc back"),
    "a list to choose from": (("ctrl+p",), "Command:"),
    "a text": (("]", "]", "]", "]", "]", "]", "enter", "x", "y"), "oncexy"),
}


@pytest.mark.parametrize("at_once", [True, False], ids=["before it runs", "before it paints"])
@pytest.mark.parametrize("name", TYPED_AHEAD)
def test_keys_typed_before_the_first_picture_are_not_lost(name: str, at_once: bool) -> None:
    keys, text = TYPED_AHEAD[name]
    with Program((*PLANNER, PLAN)) as program:
        if not at_once:
            program.read(5.0)  # the terminal is the planner's, and nothing is painted yet
        for key in keys:
            program.type(key)
        program.painted(text)


def test_a_page_opened_before_the_rest_is_loaded_looks_as_ever() -> None:
    looks = []
    for patience in (0.0, 1.0):
        with Program((*PLANNER, PLAN)) as program:
            program.painted("TCP 2967", "in")
            program.rest(max(patience, 0.01))
            program.type("f1")
            program.painted("Esc back")
            looks.append(program.text())
            sent = b"".join(chunk.data for chunk in program.chunks)
            assert b"\x1b]22;" not in sent, "the pointer is that of the terminal, and stays so"
    assert looks[0] == looks[1]
