"""The pages for exports and devices: choose a format, see what is missing, go to the field, preview, save."""

from pathlib import Path

import pytest

from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan
from planner.tui.widgets.text_pane import TextPane
from tests.command_line import command, sample
from tests.estates import estate, zone
from tests.screens import LARGE, MIDDLE, STANDARD, Stage, play, steering

FIREWALLS = read_plan(sample("firewalls")).plan


def explained(stage: Stage) -> str:
    """The whole explanation on the page, in sight or not."""
    return stage.app.screen.query_one("#tool-explain", TextPane).text


def title(stage: Stage) -> str:
    return stage.rows[0].split()[0]


def test_a_format_is_previewed_and_saved(tmp_path: Path) -> None:
    target = tmp_path / "rules.nft"

    async def body(stage: Stage) -> None:
        await stage.press("X")
        assert title(stage) == "Export"
        assert "nftables" in stage.text
        assert "Enter previews it, for core" in explained(stage)
        await stage.press("enter")
        assert title(stage) == "Preview"
        assert "table inet sav10" in stage.text
        await stage.press("w")
        for _ in range(20):
            await stage.press("backspace")
        await stage.paste(str(target))
        await stage.press("enter")
        assert "Saved to" in stage.bottom

    play(body, FIREWALLS, size=LARGE)
    assert target.read_text() == command("export", sample("firewalls"), "--to", "nftables").out


def test_the_removal_is_shown_and_turned_back() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("X enter r")
        assert title(stage) == "Removal"
        assert "delete table inet sav10" in stage.text
        assert "chain forward" not in stage.text
        await stage.press("r")
        assert title(stage) == "Preview"

    play(body, FIREWALLS, size=LARGE)


def test_a_missing_network_leads_to_its_field() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("X enter")
        assert title(stage) == "Missing"
        assert "no device of the plan takes nftables" in stage.text
        await stage.press("down enter")
        assert stage.step == "Zones"
        field = stage.main.questions.field
        assert field is not None
        assert field.id == "networks"

    play(body, estate("hq: console, server".replace(",", ""), "branch: client"))


def test_a_missing_device_is_added_and_named() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("X enter enter")
        assert title(stage) == "Devices"
        await stage.press('a down down down down enter "eth0" enter')
        device = stage.plan.topology.devices[0]
        assert (device.vendor, device.interfaces) == ("linux", {"hq": "eth0"})
        await stage.press("up enter")
        assert stage.plan.topology.devices[0].mode == "exclusive"
        await stage.press("x")
        assert not stage.plan.topology.devices
        await stage.press("u escape")
        assert title(stage) == "Export"
        assert stage.plan.topology.devices[0].name == "firewall-1"

    play(body, estate("hq: console server", "branch: client"))


def test_the_hosts_of_a_role_are_chosen() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("X t")
        for _ in range(40):
            await stage.press("backspace")
        await stage.press('"offices roam" enter')
        assert "hosts: roaming-client in offices" in stage.text

    play(body, FIREWALLS, size=MIDDLE)


def test_all_roles_of_a_zone_are_chosen_at_once() -> None:
    zones = (zone("hq: console server", networks=("192.0.2.0/24",)), zone("branch: client", networks=("10.1.0.0/16",)))

    async def body(stage: Stage) -> None:
        await stage.press('X t ctrl+u "hq all" enter')
        assert "hosts: all in hq" in stage.text
        await stage.press("end enter")
        assert "Hosts with the role console and server in zone hq" in stage.text

    play(body, estate(*zones), size=LARGE)


def test_a_field_that_cannot_be_is_refused_in_one_line() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("N enter")
        for _ in range(40):
            await stage.press("backspace")
        await stage.press('"edge" enter')
        assert "the name is used twice" in stage.text
        await stage.press("escape")
        assert stage.plan.topology.devices == FIREWALLS.topology.devices

    play(body, FIREWALLS, size=MIDDLE)


WALKS = {"firewalls": (FIREWALLS, STANDARD), "no devices": (estate(), MIDDLE), "new": (Plan(), LARGE)}


@pytest.mark.parametrize(("plan", "size"), WALKS.values(), ids=WALKS)
def test_every_line_of_the_page_can_be_walked_through(plan: Plan, size: tuple[int, int]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("X")
        for _ in range(16):
            await stage.press("down")
            assert explained(stage)
            assert not steering(stage.text)

    play(body, plan, size=size)
