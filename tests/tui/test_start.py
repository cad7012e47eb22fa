"""The first picture: what it leaves for later, and keys typed before it is there."""

import pytest

from benchmarks.keys import PLAN
from benchmarks.terminal import PLANNER, Program
from planner.commands import tui as screen

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("timing")]


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
