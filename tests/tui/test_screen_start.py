"""The start page: where to begin, what is remembered, templates, the tour, and paths that complete themselves."""

from pathlib import Path

import pytest

from planner.catalogue.answers import CONFIRMABLE
from planner.plan.editing import new_plan
from planner.session.background import WRITES
from planner.storage.plan_files import read_plan, template, template_names
from planner.storage.settings import MAX_RECENT, SettingsFile, recent_plans, remember
from planner.tui.widgets.input_line import complete
from tests.command_line import ROOT, SAMPLES
from tests.screens import LARGE, STANDARD, Stage, play
from tests.terminals import Terminal


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("size", [STANDARD, LARGE])
def test_enter_begins_a_new_plan_and_enter_again_answers_it(size: tuple[int, int]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("h")
        assert stage.rows[0].startswith(" sav-planner")
        await stage.press("enter enter")
        assert stage.main.questions.fields[1].id == "netware_servers"
        assert "servers" not in stage.plan.topology.answers.assumed

    play(body, size=size)


def test_enter_enter_save_gives_a_correct_small_plan() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("h enter enter ctrl+s enter")
        assert stage.bottom == "Saved ~/sav-plan.toml"

    play(body)
    saved = read_plan("sav-plan.toml").plan
    assert saved.derived.rules
    assert saved.derived.summary.errors == 0


def test_plans_of_the_folder_are_listed_with_their_status_and_open() -> None:
    Path("settled.toml").write_bytes((ROOT / "sample_plans" / "settled.toml").read_bytes())
    Path("bad.toml").write_text('schema = "sav-plan/1"\n[topology]\nservers = "three"\n')
    Path("pyproject.toml").write_text('[project]\nname = "x"\n')

    async def body(stage: Stage) -> None:
        await stage.press("h")
        assert [row.strip() for row in stage.rows if "This folder" in row] == [
            "This folder ~/bad.toml  unreadable",
            "This folder ~/settled.toml  final",
        ]
        await stage.press("down")
        assert "topology.servers: this is text" in stage.text
        await stage.press("down")
        assert "28 rules, 0 errors, 0 warnings" in stage.text
        await stage.press("enter")
        assert stage.main.work.path.endswith("settled.toml")

    play(body)


def test_a_template_begins_a_plan_without_a_file_a_ticket_or_a_decider() -> None:
    async def body(stage: Stage) -> None:
        names = template_names()
        await stage.press(f"h {'down ' * (2 + names.index('branches'))}")
        assert "Three servers, two branches" in stage.text
        await stage.press("enter")
        assert "every answer is assumed" in stage.bottom
        assert stage.main.work.path == ""
        assert stage.plan.topology.answers.servers == 3
        assert stage.plan.change == new_plan().change
        assert {state.by for state in stage.plan.derived.decisions} == {""}
        assert stage.plan.derived.summary.assumed >= 5
        assert not stage.main.work.session.dirty

    play(body)


def test_every_sample_is_a_template_that_is_found_in_an_installation_too() -> None:
    assert [template(name).name for name in template_names()] == [path.stem for path in map(Path, SAMPLES)]
    assert all(template(name).plan.topology.answers.assumed for name in template_names())
    assert '"sample_plans" = "planner/templates"' in (ROOT / "pyproject.toml").read_text()


def test_recent_plans_are_offered_while_they_are_there() -> None:
    async def save(stage: Stage) -> None:
        await stage.press('3 enter ctrl+s ctrl+u "one.toml" enter w ctrl+u "two.toml" enter')

    async def look(stage: Stage) -> None:
        await stage.press("h")
        assert [row.split()[:2] for row in stage.rows[4:7]] == [
            ["Recent", "~/two.toml"],
            ["Recent", "~/one.toml"],
            ["Open", "a"],
        ]
        await stage.press("escape 2 enter h down down enter")
        assert "edits that are not saved" in stage.text
        await stage.press("d")
        assert stage.bottom == "Opened ~/one.toml"
        assert stage.plan.topology.answers.servers == 3
        Path("two.toml").unlink()
        await stage.press("h")
        assert "two.toml" not in stage.text

    play(save)
    play(look)


def test_what_is_remembered_is_bounded_and_never_in_the_way(tmp_path: Path) -> None:
    for number in range(MAX_RECENT + 5):
        Path(f"{number}.toml").touch()
        remember(f"{number}.toml")
    assert len(recent_plans()) == MAX_RECENT
    assert recent_plans()[0] == str(tmp_path / "16.toml")
    remembered = tmp_path / ".local" / "state" / "sav-planner" / "recent.toml"
    assert remembered.stat().st_mode & 0o777 == 0o600
    for broken in ("plans = 3", 'plans = [1, "relative", "/a\\u0000b"]', "plans = ["):
        remembered.write_text(broken)
        assert recent_plans() == []
    remembered.unlink()
    remembered.mkdir()
    remember("1.toml")


def test_where_the_folder_that_it_was_started_in_is_gone_nothing_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    remember("1.toml")
    WRITES.add(lambda: remember("1.toml"))
    assert WRITES.wait(10)
    monkeypatch.chdir(tmp_path)
    assert recent_plans() == []


def test_the_boundary_of_the_settings_begins_new_plans() -> None:
    SettingsFile().change(boundary="stateless")

    async def body(stage: Stage) -> None:
        assert stage.plan.topology.answers.boundary == "stateless"
        assert set(stage.plan.topology.answers.assumed) == set(CONFIRMABLE)
        await stage.press("3 enter ctrl+n d")
        assert stage.plan == new_plan("stateless")

    play(body)


def test_the_tour_is_shown_once_and_ends_at_once() -> None:
    with Terminal(first_start=True) as terminal:
        terminal.see("1 of 5")
        terminal.press("enter")
        terminal.see("2 of 5")
        terminal.press("escape")
        terminal.see("New plan")
        terminal.press("enter")
        terminal.see("Windows servers")
        terminal.press("ctrl+q")
        assert terminal.leave() == 0
    with Terminal(first_start=True) as terminal:
        terminal.see("New plan")
        terminal.press("enter ctrl+q")
        assert terminal.leave() == 0


@pytest.mark.parametrize("size", [(60, 20), STANDARD])
def test_the_tour_names_the_keys_in_force(size: tuple[int, int]) -> None:
    SettingsFile().change(keymap={"save": "F3"})

    async def body(stage: Stage) -> None:
        await stage.press("T")
        seen = [stage.page]
        for _ in range(4):
            await stage.press("enter")
            seen.append(stage.page)
        assert "F3 saves" in " ".join(seen[-1].split())
        assert not [page for page in seen if "{" in page or "▼" in page]
        await stage.press("left")
        assert stage.page == seen[3]
        await stage.press("enter enter")
        assert "1 Estate" in stage.text

    play(body, size=size)


PLACES = ("plan.toml", "plans/a.toml", "plans/ab.toml", "plans/notes.txt", "plans/.hidden.toml", "x/only.txt")
COMPLETED = [
    ("", "", ["plan.toml", "plans/", "x/"]),
    ("p", "plan", ["plan.toml", "plans/"]),
    ("plan.", "plan.toml", ["plan.toml"]),
    ("plans", "plans/", ["plans/"]),
    ("plans/", "plans/a", ["a.toml", "ab.toml"]),
    ("plans/n", "plans/notes.txt", ["notes.txt"]),
    ("plans/.", "plans/.hidden.toml", [".hidden.toml"]),
    ("x/", "x/only.txt", ["only.txt"]),
    ("~", "~/", ["~/"]),
    ("~/plan.", "~/plan.toml", ["plan.toml"]),
    ("none", "none", []),
    ("none/", "none/", []),
    ("a\0b", "a\0b", []),
]


@pytest.mark.parametrize(("text", "completed", "names"), COMPLETED)
def test_a_path_is_completed_as_far_as_it_is_certain(
    text: str, completed: str, names: list[str], tmp_path: Path
) -> None:
    for place in PLACES:
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).touch()
    assert complete(text) == (completed, names)


def test_tab_completes_while_a_path_is_typed_and_shows_what_may_follow() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('3 enter ctrl+s ctrl+u "one.toml" enter ctrl+o tab')
        assert stage.bottom == "file: ~/one.toml"
        await stage.press("escape")
        Path("one-more.toml").touch()
        Path("bad\x1bname.toml").touch()
        await stage.press("ctrl+o o tab")
        assert stage.bottom == "one-more.toml  one.toml"
        await stage.press(". tab enter")
        assert stage.bottom == "Opened ~/one.toml"
        await stage.press("ctrl+o tab")
        assert "bad\\x1bname.toml" in stage.bottom
        await stage.press("z tab")
        assert stage.bottom == "No folder or file begins with z"

    play(body)
