"""What takes its time on the screen is done beside it: the screen says so, goes on, and Esc gives it up."""

import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from textual.events import Key

from benchmarks import scale
from planner.exports.firewall.export import preflight
from planner.plan.explanation import Line
from planner.plan.plan import Plan
from planner.session.forms import Field
from planner.session.workspace import Workspace
from planner.storage.plan_files import Bounds, read_plan, save_plan
from planner.tui.screens import export
from tests.command_line import sample
from tests.estates import estate
from tests.screens import Stage, play


class Task(NamedTuple):
    """Something that may take its time: keys that lead there, the last of them, and what is to be seen of it."""

    module: str
    function: str
    plan: str
    keys: str
    last: str
    under_way: str
    done: str


TASKS = {
    "opening a plan": Task("file_actions", "read_plan", "one-server", 'ctrl+o "other.toml"', "enter",
                           "Reading ~/other.toml", "Opened ~/other.toml"),
    "comparing with a plan": Task("compare", "read_plan", "one-server", 'v o "other.toml"', "enter",
                                  "Reading ~/other.toml", "from ~/other.toml to the plan"),
    "an export": Task("export", "write_rules", "firewalls", "X", "enter", "Writing", "Preview"),
    "what boundaries expose": Task("reports", "exposure", "one-server", "", "E", "Working it out", "stateful"),
    "a ticket pack": Task("ticket_pack", "pack_files", "one-server", "", "P", "Making the files", "Pack to"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with another plan, which is the user's home too."""
    monkeypatch.chdir(tmp_path)
    save_plan(estate(servers=2), "other.toml", overwrite=False)


@pytest.fixture
def go_on(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Have the task go on only once this is set."""
    task = TASKS[request.node.callspec.params["name"]]
    module = import_module(f"planner.tui.screens.{task.module}")
    quick: Callable[..., object] = getattr(module, task.function)
    set_ = threading.Event()

    def slow(*arguments: object) -> object:
        assert set_.wait(30)
        return quick(*arguments)

    monkeypatch.setattr(module, task.function, slow)
    return set_


async def until(stage: Stage, text: str) -> None:
    for _ in range(500):
        if text in stage.text:
            return
        await stage.pilot.pause(0.01)
    raise AssertionError(f"{text!r} not on the screen:\n{stage.text}")


def plan_of(task: Task) -> Plan:
    return read_plan(sample(task.plan)).plan


@pytest.mark.parametrize("name", TASKS)
def test_what_takes_its_time_says_so_and_ends(name: str, go_on: threading.Event) -> None:
    task = TASKS[name]

    async def body(stage: Stage) -> None:
        await stage.press(task.keys)
        stage.app.post_message(Key(task.last, None))
        await until(stage, task.under_way)
        await until(stage, "Esc gives up")
        go_on.set()
        await until(stage, task.done)

    play(body, plan_of(task))


@pytest.mark.parametrize("name", TASKS)
def test_what_takes_its_time_is_given_up(name: str, go_on: threading.Event) -> None:
    task = TASKS[name]

    async def body(stage: Stage) -> None:
        plan = stage.plan
        await stage.press(task.keys)
        stage.app.post_message(Key(task.last, None))
        await until(stage, "Esc gives up")
        await stage.press("escape")
        await until(stage, "Given up")
        go_on.set()
        await stage.pilot.pause(0.1)
        assert task.done not in stage.text
        assert stage.plan is plan

    play(body, plan_of(task))


def test_what_an_export_takes_is_worked_out_beside_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slow(*arguments: Any) -> object:
        assert go_on.wait(30)
        return preflight(*arguments)

    monkeypatch.setattr(export, "preflight", slow)

    async def body(stage: Stage) -> None:
        stage.app.post_message(Key("X", "X"))
        await until(stage, "What it takes is being worked out.")
        stage.app.post_message(Key("down", None))
        go_on.set()
        await until(stage, "ready       Enter previews it")

    play(body, read_plan(sample("firewalls")).plan)


def test_what_was_edited_while_a_plan_was_read_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    from planner.tui.screens import file_actions as filing

    go_on = threading.Event()

    def slow(path: str, bounds: Bounds) -> object:
        assert go_on.wait(30)
        return read_plan(path, bounds)

    monkeypatch.setattr(filing, "read_plan", slow)

    async def body(stage: Stage) -> None:
        await stage.press("down down")
        stage.main.files.open_plan("other.toml")
        stage.app.post_message(Key("space", " "))
        await until(stage, " * ")
        go_on.set()
        await until(stage, "This plan has edits that are not saved.")

    play(body, estate(servers=1))


def test_in_a_large_plan_what_another_answer_would_do_is_said_later(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    impact = Workspace.impact

    def slow(work: Workspace, field: Field) -> list[Line]:
        assert go_on.wait(30)
        return impact(work, field)

    monkeypatch.setattr(Workspace, "impact", slow)

    async def body(stage: Stage) -> None:
        stage.app.post_message(Key("right_square_bracket", "]"))
        await until(stage, "being worked out")
        go_on.set()
        await until(stage, "if changed  to ")

    play(body, scale.estate(300, 24))
