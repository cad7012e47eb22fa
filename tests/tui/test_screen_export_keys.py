"""What each key does on the pages for exports, and what is seen of it: every command there, and every key it has."""

from typing import NamedTuple

import pytest

from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from planner.tui.commands import COMMANDS, TOOL
from tests.command_line import sample
from tests.estates import estate
from tests.screens import LARGE, Stage, play

FIREWALLS = read_plan(sample("firewalls")).plan
BARE = estate("hq: console server", "branch: client")


class Case(NamedTuple):
    """A command at work: the plan, the keys up to its own, and what is on the screen after it and not before."""

    plan: Plan
    before: str
    sees: str


CASES: dict[tuple[str, str], Case] = {
    ("export", "export.open"): Case(FIREWALLS, "X", "table inet sav10 {"),
    ("export", "export.hosts"): Case(FIREWALLS, "X", "Zone and role: administration console"),
    ("export", "export.device"): Case(FIREWALLS, "X" + 8 * " down", "Enter previews it, for edge."),
    ("export", "export.devices"): Case(FIREWALLS, "X", " Devices"),
    ("export", "tool.back"): Case(FIREWALLS, "X", "Ports by zone"),
    ("export", "tool.more"): Case(FIREWALLS, "X", "PgDn scroll"),
    ("preview", "preview.write"): Case(FIREWALLS, "X enter", "Save to: sav10.nft"),
    ("preview", "preview.copy"): Case(FIREWALLS, "X enter", "Sent to the terminal's clipboard"),
    ("preview", "preview.removal"): Case(FIREWALLS, "X enter", " Removal  nftables"),
    ("preview", "tool.back"): Case(FIREWALLS, "X enter", " Export\n"),
    ("gaps", "gaps.field"): Case(BARE, "X enter", " Devices"),
    ("gaps", "tool.back"): Case(BARE, "X enter", " Export\n"),
    ("devices", "devices.change"): Case(FIREWALLS, "N", " Device: core"),
    ("devices", "devices.add"): Case(FIREWALLS, "N", " 7 in the plan"),
    ("devices", "devices.remove"): Case(FIREWALLS, "N", " 5 in the plan"),
    ("devices", "devices.undo"): Case(FIREWALLS, "N x", "Undone: remove device core"),
    ("devices", "tool.back"): Case(FIREWALLS, "N", "Ports by zone"),
}
BY_ID = {command.id: command for command in COMMANDS}
PRESSED = [(place, id_, key) for place, id_ in CASES for key in BY_ID[id_].keys]


@pytest.mark.parametrize(("place", "id_", "key"), PRESSED, ids=lambda value: value)
def test_the_key_does_what_its_help_says(place: str, id_: str, key: str) -> None:
    case = CASES[place, id_]

    async def body(stage: Stage) -> None:
        await stage.press(case.before)
        assert case.sees not in stage.text
        await stage.press(key)
        assert case.sees in stage.text

    play(body, case.plan, size=LARGE)


def test_every_command_of_the_pages_has_its_case() -> None:
    pages = {"export", "preview", "gaps", "devices"}
    assert {id_ for _, id_ in CASES if not id_.startswith(f"{TOOL}.")} == {
        command.id for command in COMMANDS if pages & set(command.places)
    }


@pytest.mark.parametrize("row", range(15))
def test_every_format_is_previewed_from_its_line(row: int) -> None:
    """Where several devices fit, the first is taken; of some the heading alone fills the screen."""

    async def body(stage: Stage) -> None:
        await stage.press(f"X {row * 'down '}o enter")
        assert stage.rows[0].startswith(" Preview")
        assert "sav-planner: " in stage.text
        await stage.press("r")
        assert stage.rows[0].startswith(" Removal")
        assert "the removal of" in stage.text

    play(body, FIREWALLS, size=LARGE)
