"""The pages for the change board: compare, decide, exposure, closing, ticket pack."""

from pathlib import Path

import msgspec
import pytest

from planner.plan.editing import set_answers
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan, save_plan
from planner.tui.screens.tool import ToolScreen
from planner.tui.widgets.text_pane import TextPane
from tests.command_line import command, sample
from tests.estates import estate
from tests.screens import LARGE, MIDDLE, STANDARD, Stage, play, steering

EVERYTHING = read_plan(sample("everything-on")).plan
SETTLED = read_plan(sample("settled")).plan


def explained(stage: Stage) -> str:
    """The whole explanation on the page, in sight or not."""
    return stage.app.screen.query_one("#tool-explain", TextPane).text


def status(stage: Stage) -> str:
    return stage.plan.status


def tool(stage: Stage) -> ToolScreen:
    page = stage.app.screen
    assert isinstance(page, ToolScreen)
    return page


def test_the_plan_is_compared_with_the_saved_one_both_ways() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("v")
        assert "Both plans have the same answers and the same rules." in stage.text
        await stage.press("escape down 3 enter v")
        assert "from the saved plan to the plan on the screen" in stage.text
        assert stage.rows[1].startswith(" +4 -0 ~0")
        assert "because     netware_servers = 3" in explained(stage)
        await stage.press("b")
        assert stage.rows[0].startswith(" Way back  from the plan on the screen to the saved plan")
        assert stage.rows[1].startswith(" +0 -4 ~0")
        await stage.press("b escape")
        assert stage.step == "Estate"

    play(body, estate(assumed=()))


def test_the_plan_is_compared_with_another_file(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    save_plan(estate(netware_servers=2, legacy_clients=True), str(other), overwrite=False)

    async def body(stage: Stage) -> None:
        await stage.press("v o")
        await stage.paste("none.toml")
        await stage.press("enter")
        assert "none.toml: No such file or directory" in " ".join(stage.text.split())
        await stage.press("ctrl+u")
        await stage.paste(str(other))
        await stage.press("enter")
        assert "removal plan" in stage.rows[1]
        assert "Symantec Endpoint Protection gives TCP 2967" in explained(stage)
        await stage.press("s")
        assert "never saved" in stage.text

    play(body)


@pytest.mark.parametrize(("size", "named"), [(STANDARD, "boundary"), (LARGE, "decision netware-port-method")])
def test_an_answer_that_differs_is_named_and_whole_where_there_is_room(
    size: tuple[int, int], named: str, tmp_path: Path
) -> None:
    old = set_answers(EVERYTHING, netware_servers=0, boundary="stateless")
    save_plan(old, str(tmp_path / "old.toml"), overwrite=False)

    async def body(stage: Stage) -> None:
        await stage.press(f'v o ctrl+u "{tmp_path}/old.toml" enter end')
        assert any(row.startswith(f"?  {named} ") for row in stage.rows)

    play(body, EVERYTHING, size=size)


def test_a_decision_is_settled_for_the_reading_under_the_cursor() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("S")
        assert stage.rows[0] == " Decisions  16 of 16 undecided   * in force, d default"
        assert "effect      in force now" in explained(stage)
        await stage.press("left")
        assert "effect      -2 rules, closes TCP 38293 to servers" in explained(stage)
        assert "or          tcp-as-printed" in explained(stage)
        await stage.press('enter "change board" enter')
        assert stage.rows[0] == " Decisions  15 of 16 undecided   * in force, d default"
        assert "effect      in force now" in explained(stage)
        assert "decided by  change board" in explained(stage)
        record = next(record for record in stage.plan.decisions if record.id == "pds-38293-protocol")
        assert (record.chosen, record.by) == ("udp-only", "change board")
        assert stage.plan.status == "draft"
        await stage.press('t "agreed in the meeting" enter')
        assert "change board: agreed in the meeting" in explained(stage)
        await stage.press("x")
        assert stage.rows[0] == " Decisions  16 of 16 undecided   * in force, d default"
        assert "options" in repr(stage.plan.topology.answers)
        await stage.press("u u u")
        assert stage.plan == EVERYTHING
        await stage.press("escape")
        assert stage.step == "Estate"

    play(body, EVERYTHING)


def test_enter_on_every_line_changes_no_answer() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('S enter "board" enter')
        for _ in range(15):
            await stage.press("down enter")
        assert stage.rows[0] == " Decisions  0 of 16 undecided   * in force, d default"
        assert stage.plan.topology == EVERYTHING.topology

    play(body, EVERYTHING)


def test_a_reading_that_is_not_offered_cannot_be_chosen_and_says_why() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("S down down down right")
        assert "effect      cannot be chosen: " in explained(stage)
        await stage.press("enter b o enter")
        assert "cannot be chosen" in stage.text
        assert stage.plan == EVERYTHING

    play(body, EVERYTHING)


def test_the_last_name_makes_the_plan_more_than_a_draft() -> None:
    record = SETTLED.decisions[0]
    almost = msgspec.structs.replace(SETTLED, decisions=SETTLED.decisions[1:])

    async def body(stage: Stage) -> None:
        assert status(stage) == "draft"
        await stage.press("S")
        assert "1 of " in stage.rows[0]
        row = next(row for row, state in enumerate(stage.plan.derived.decisions) if state.id == record.id)
        readings = [reading.id for reading in stage.plan.derived.decisions[row].readings]
        tool(stage).grid.move_to(row, readings.index(record.chosen))
        await stage.press('enter "board" enter')
        assert "0 of " in stage.rows[0]
        assert status(stage) == "final"

    play(body, almost)


def test_exposure_puts_both_forms_side_by_side() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("E")
        assert "5 boundaries, 0 of them stateless" in stage.text
        assert "stateful    these listener ports, nothing back" in explained(stage)
        assert "stateless   the same, and back to administration: " in explained(stage)
        await stage.press("escape")

    play(body, SETTLED)


def test_a_symptom_explains_the_ports_behind_it_in_the_order_to_test() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("Y")
        assert "10 symptoms" in stage.rows[0]
        assert "open        TCP 2967, offices to servers (SAV-RSDME9JEH3E)" in explained(stage)
        assert "test        in offices: portqry -n 10.10.2.11 -e 2967 -p TCP" in explained(stage)
        await stage.press("end")
        assert "closed TCP 2967, roaming client finds and uses a parent server: Roaming clients: no" in " ".join(
            explained(stage).split()
        )
        await stage.press("escape")
        assert stage.step == "Estate"

    play(body, SETTLED)


def test_what_is_to_be_closed_is_listed_for_a_day_that_is_asked_for() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('B "2026-13-01" enter')
        assert "is no date" in stage.text
        await stage.press('ctrl+u "2026-11-29" enter')
        assert "Nothing has to be closed by 2026-11-29." in stage.text
        await stage.press('d ctrl+u "2026-11-30" enter')
        assert "To be closed  26 rules by 2026-11-30" in stage.text
        assert "due         2026-11-30: the rollout is over" in explained(stage)
        await stage.press("escape")

    play(body, EVERYTHING)


@pytest.mark.parametrize("suffix", ["", ".zip"])
def test_the_pack_on_the_screen_is_that_of_the_command(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("pack", sample("settled"), "-o", f"command{suffix}").code == 0

    async def body(stage: Stage) -> None:
        await stage.press(f'P ctrl+u "screen{suffix}"')
        assert f"{'archive' if suffix else 'folder'}: ~/screen{suffix}" in stage.text
        await stage.press("enter")
        assert f"Wrote ~/screen{suffix}" in stage.bottom
        await stage.press("escape")

    play(body, SETTLED)
    if suffix:
        assert Path("screen.zip").read_bytes() == Path("command.zip").read_bytes()
    else:
        assert [path.read_bytes() for path in sorted(Path("screen").iterdir())] == [
            path.read_bytes() for path in sorted(Path("command").iterdir())
        ]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    Path("mine/notes").write_text("mine")

    async def body(stage: Stage) -> None:
        await stage.press('P ctrl+u "mine" enter')
        assert "is no unedited pack" in stage.text
        await stage.press('ctrl+u "pack" enter')
        assert "Wrote ~/pack" in stage.bottom

    play(body, SETTLED)
    assert Path("mine/notes").read_text() == "mine"


HOSTILE = "[bold]x\x1b[2J\u202e=1"


@pytest.mark.parametrize("size", [STANDARD, MIDDLE, LARGE])
def test_no_text_of_a_plan_steers_a_page(size: tuple[int, int]) -> None:
    change = msgspec.structs.replace(EVERYTHING.change, ticket=HOSTILE, requester=HOSTILE)
    hostile: Plan = msgspec.structs.replace(
        EVERYTHING,
        change=change,
        head=msgspec.structs.replace(EVERYTHING.head, title=HOSTILE),
        decisions=tuple(msgspec.structs.replace(record, by=HOSTILE, note=HOSTILE) for record in SETTLED.decisions),
    )

    async def body(stage: Stage) -> None:
        await stage.press("3 enter")
        for keys in ("v", "v b", "S", "S t", "E", 'B "2030-01-01" enter', "P"):
            await stage.press(keys)
            assert steering(stage.text) == set()
            await stage.press("escape escape escape g 1")

    play(body, hostile, size=size)
