"""What each key does: every command does what its help says, and answers go in as they are pressed."""

import datetime
import re
from typing import Any, NamedTuple

import pytest

from planner.session.steps import STEPS
from planner.tui.commands import COMMANDS, MAIN, TOOL, Keys, bindings, commands_at, footer
from planner.tui.widgets.grid import Grid
from tests.estates import estate
from tests.screens import Stage, play


class Case(NamedTuple):
    """A command at work on a new plan: the keys before its own, and what is on the screen then and not before."""

    before: str
    sees: str


CASES = {
    "next": Case("", "How many NetWare servers"),
    "change": Case("down down", "10.x/3.x clients no"),
    "back": Case("g 2", "Windows servers"),
    "focus": Case("", "Tab questions"),
    "step_next": Case("", "Agent on console"),
    "step_back": Case("g 3", "Agent on console"),
    "go_to": Case("", "Go to which step, 1 to 8?"),
    "view_ports": Case("r", "Ports by zone"),
    "view_zones": Case("", "From, to"),
    "view_rules": Case("", "1024-4999  run"),
    "view_closed": Case("", "kept closed by"),
    "view_findings": Case("", "Findings"),
    "explain": Case("", "Esc back"),
    "filter": Case("", "Filter:"),
    "jump": Case("", "Jump to:"),
    "sort": Case("", "Sorted: by port."),
    "hide_empty": Case("", "Empty rows and columns are hidden."),
    "transpose": Case("", "turned round"),
    "change_next": Case("3 enter", "Change 1 of 2."),
    "change_back": Case("3 enter", "Change 2 of 2."),
    "picture": Case("", "Picture of all zones"),
    "copy": Case("", "Sent to the terminal's clipboard; if nothing arrives, W writes it to a file."),
    "write": Case("", "Write to file: "),
    "zoom": Case("", "\nPorts by zone "),
    "add_zone": Case("", " Name:\n"),
    "duplicate_zone": Case("g 5 down", "Roles, parents and note are the same"),
    "remove_zone": Case("g 5", "Removed zone console; u brings it back."),
    "confirm_step": Case("", " 1 Estate 2 Extras? 3"),
    "note": Case("g 6", " Note:\n"),
    "undo": Case("3 enter", "Undone: Windows servers: 1 to 3"),
    "redo": Case("3 enter u", "Done again: Windows servers: 1 to 3"),
    "save": Case("", "Save as: "),
    "save_as": Case("", "Save as: "),
    "open": Case("", "Open plan:\n"),
    "help": Case("", "What there is: servers, NetWare"),
    "new": Case("3 enter", "edits that are not saved"),
    "start": Case("", "Begin with"),
    "tour": Case("", "What it does"),
    "palette": Case("", "Command:"),
    "settings": Case("", "New plans: boundary"),
    "compare": Case("", "never saved, so there is nothing to compare"),
    "settle": Case("", "default\n The plan stays draft until each has a name"),
    "exposure": Case("", "boundaries, 0 of them stateless"),
    "symptoms": Case("", "Each port in the order to test"),
    "closing": Case("", "Closed by:"),
    "pack": Case("", "Pack to:"),
    "export": Case("", "0 devices in the plan; hosts: console in console"),
    "devices": Case("", "Press a to add the first firewall"),
    "audit": Case("", "Rules:"),
    "flow": Case("", "asked: the plan alone"),
    "quit": Case("3 enter", "edits that are not saved"),
}
BY_ID = {command.id: command for command in commands_at(*MAIN)}
PLACES = sorted({place for command in COMMANDS for place in command.places})
KEYS = [(id_, key) for id_ in CASES for key in BY_ID[id_].keys]


@pytest.mark.parametrize(("id_", "key"), KEYS, ids=lambda value: value)
def test_the_command_does_what_its_help_says(id_: str, key: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(CASES[id_].before)
        assert CASES[id_].sees not in stage.text
        await stage.press(key)
        assert CASES[id_].sees in stage.text

    play(body)


def test_every_command_has_its_case() -> None:
    assert set(CASES) == set(BY_ID)


def test_no_key_has_two_commands() -> None:
    for place in PLACES:
        keys = [key for command in commands_at(place, *([] if place in MAIN else [TOOL])) for key in command.keys]
        assert len(set(keys)) == len(keys)


def test_no_key_is_one_that_terminals_and_multiplexers_keep() -> None:
    keys = {key for binding in bindings(*PLACES) for key in binding.key.split(",")}
    assert not keys & {"ctrl+a", "ctrl+b", "ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+z"}
    assert not [key for key in keys if "alt+" in key or "ctrl+shift+" in key]


def test_every_function_key_has_another_way() -> None:
    assert [c.id for c in COMMANDS if all(key.startswith("f") and key[1:].isdigit() for key in c.keys)] == []


def test_the_help_names_every_key() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("f1")
        for command in commands_at(*MAIN):
            assert Keys().names(command) in stage.page
            assert command.help.split()[0] in stage.page

    play(body)


@pytest.mark.parametrize(
    ("keys", "place"),
    [("", "questions"), ("g 5", "zones"), ("g 6", "decisions"), ("tab", "view"), ("g 7", "questions")],
)
def test_the_footer_shows_whole_entries_only(keys: str, place: Any) -> None:
    entries = {f"{Keys().name(command)} " for command in footer(place)}

    async def body(stage: Stage) -> None:
        await stage.press(keys)
        for width in (60, 70, 80, 93, 120, 200):
            await stage.resize(width, 24)
            assert len(stage.rows[-1]) <= width
            assert "…" not in stage.bottom
            assert "F1 help" in stage.bottom
            assert sum(entry in f"{stage.rows[-1]} " for entry in entries) >= 5

    play(body)


ANSWERS = [
    ("3 enter", "servers", 3),
    ("0 enter", "servers", 0),
    ("3 escape", "servers", 1),
    ("space ctrl+u 1 2 enter", "servers", 12),
    ("ctrl+u 7 enter", "servers", 7),
    ("tab 7 tab", "servers", 1),
    ("down 2 enter", "netware_servers", 2),
    ("down down n", "clients", False),
    ("down down n y", "clients", True),
    ("down down space", "clients", False),
    ("down down space space", "clients", True),
    ("down down tab n tab", "clients", True),
    ("end y down 2 0 2 7 minus 0 6 minus 3 0 enter", "legacy_until", datetime.date(2027, 6, 30)),
    ('end y down enter "2027-06-30" enter g 1 end enter ctrl+u enter', "legacy_until", None),
    ("g 2 down y down 3 0 0 0 enter", "quarantine_port", 3000),
    ("g 2 down y down 3 0 0 0 enter up enter ctrl+u enter", "quarantine_port", 3000),
    ("g 2 down y down 3 0 0 0 enter up space ctrl+u enter", "quarantine_port", None),
    ("g 2 down down y down n down y", "ams_hosts", ("console",)),
    ("g 3 y down y", "rollout", ("clients", "servers")),
    ("g 4 space", "boundary", "stateless"),
    ("g 4 down space space", "source_ports", "modern"),
    ("g 4 down space space space space", "source_ports", "documented"),
    ("g 4 end 4 0 0 0 enter", "rtvscan_port", 4000),
    ("g 4 end 2 0 4 3 enter", "rtvscan_port", 2967),
    ("g 4 end 7 0 0 0 0 enter", "rtvscan_port", 2967),
]


@pytest.mark.parametrize(("keys", "answer", "value"), ANSWERS, ids=[keys for keys, _, _ in ANSWERS])
def test_an_answer_goes_in(keys: str, answer: str, value: object) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(keys)
        assert getattr(stage.plan.topology.answers, answer) == value

    play(body)


def test_enter_alone_leads_from_the_first_question_to_the_last_step() -> None:
    async def body(stage: Stage) -> None:
        visited = []
        for _ in range(60):
            visited.append(stage.step)
            if stage.step == "Save":
                break
            await stage.press('"A. Novak" enter' if stage.rows[-3].startswith(" Decided by") else "enter")
        assert list(dict.fromkeys(visited)) == [step.title for step in STEPS]
        assert stage.plan.derived.summary.assumed == 0
        assert {state.by for state in stage.plan.derived.decisions} == {"A. Novak"}

    play(body)


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
def test_escape_leads_back_from_every_step(step: int) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"g {step} tab escape")
        assert stage.step == STEPS[step - 1].title
        await stage.press("escape")
        assert stage.step == STEPS[max(0, step - 2)].title

    play(body)


@pytest.mark.parametrize(
    ("keys", "step"),
    [("g 9", "Save"), ("g 0", "Estate"), ("g m 3", "Estate"), ("g 3 5", "Rollout"), ("tab g 4", "Ports")],
)
def test_g_takes_the_next_digit_alone(keys: str, step: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(keys)
        assert stage.step == step

    play(body)


def test_tab_takes_in_the_list_of_rules_where_it_is_in_sight() -> None:
    async def body(stage: Stage) -> None:
        assert [pane async for pane in tabs(stage, 4)] == ["view", "list", "questions", "view"]
        await stage.press("tab down")
        assert stage.explained.startswith("Rule ")
        await stage.resize(120, 40)
        assert [pane async for pane in tabs(stage, 2)] == ["view", "questions"]

    async def tabs(stage: Stage, count: int) -> Any:
        for _ in range(count):
            await stage.press("tab")
            yield stage.main.focused.id if stage.main.focused else None

    play(body, size=(200, 60))


EDITS = (
    "3 enter", "2 enter", "y", "g 2 down y", "down 3 0 0 0 enter", "k", "g 3 y", "g 4 space", "g 5 a", '"north" enter',
    "down y", "escape x", 'g 6 enter "A. Novak" enter', 't "a note" enter', 'g 7 enter "Title" enter',
)  # fmt: skip


def test_undo_and_redo_bring_every_plan_back() -> None:
    async def body(stage: Stage) -> None:
        plans = [stage.plan]
        for keys in EDITS:
            await stage.press(keys)
            assert stage.plan != plans[-1]
            plans.append(stage.plan)
        for plan in reversed(plans[:-1]):
            await stage.press("u")
            assert stage.plan == plan
        await stage.press("u")
        assert stage.bottom == "Nothing to undo."
        for plan in plans[1:]:
            await stage.press("ctrl+r")
            assert stage.plan == plan
        await stage.press("U")
        assert stage.bottom == "Nothing to redo."

    play(body)


def test_what_an_answer_changed_is_marked_until_the_next_one() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 2 down y")
        assert "TCP 2847 DIS HTTP   ·       ·       out+" in stage.text
        await stage.press("down up tab down tab")
        assert "out+" in stage.text
        await stage.press("n")
        assert "TCP 2847 DIS HTTP   ·       ·       out-" in stage.text
        await stage.press("down y")
        assert "TCP 2847" not in stage.text
        await stage.press("g 4 space")
        assert "in·o~" in stage.text
        await stage.press("tab r tab")
        assert re.search(r"TCP \S+\+ ", stage.text)

    play(body, estate(servers=1))


def test_what_an_answer_changed_out_of_sight_is_brought_into_it() -> None:
    branches = [f"branch-{number}: server" for number in range(9)]

    async def body(stage: Stage) -> None:
        assert " out" not in stage.rows[3]
        await stage.press("g 2 down y")
        assert "branch-7 branch-8 out" in stage.rows[3]
        assert stage.view.cursor == (2, 9)
        await stage.press("tab home tab down down y")
        assert "in·o+" in stage.text
        assert stage.view.cursor == (2, 0)

    play(body, estate(*branches, "out: internet", servers=9))


def test_a_removed_zone_keeps_its_column_until_the_next_answer() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 5 down down x")
        assert "console servers clients internet" in stage.text
        assert "in·o-" in stage.text
        await stage.press("g 2 down y")
        assert "clients" not in stage.rows[3]

    play(body, estate(servers=1))


def test_each_cell_explains_itself() -> None:
    async def body(stage: Stage) -> None:
        seen = set()
        await stage.press("tab")
        for view in "mprcf":
            await stage.press(view)
            for keys in ("down", "down", "right", "right"):
                seen.add(stage.explained)
                await stage.press(keys)
                assert stage.explained
        assert len(seen) >= 5 * 3 + 2

    play(body, estate(servers=3, central_quarantine=True))


def test_the_view_keeps_its_cursor_while_answers_change() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("tab down right tab 3 enter g 2 y")
        assert isinstance(stage.view, Grid)
        assert stage.view.cursor == (1, 1)

    play(body)
