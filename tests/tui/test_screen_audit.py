"""The pages for audits and flows: each key, what is stopped, what an edit does to it, and rules made to hurt."""

from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest

from planner.audit.run import AuditRun
from planner.network.partition import StoppedError, Work
from planner.storage.plan_files import read_plan
from planner.tui.commands import commands_at
from planner.tui.screens import audit as auditing
from planner.tui.widgets.text_pane import TextPane
from tests.command_line import sample
from tests.screens import LARGE, STANDARD, Stage, play, steering

FIREWALLS = read_plan(sample("firewalls")).plan
RULES = Path(__file__).parents[1] / "rule_bases"
OPEN = f'A "{RULES}/core.v4.txt" enter'
ASKED = 'F "offices" enter "servers" enter "tcp/2967" enter'


class Case(NamedTuple):
    """Keys before a command's own, and what is on the screen then and not before."""

    before: str
    sees: str


CASES = {
    "audit.read": Case(OPEN, "is for      console acts on one client\n  blocked"),
    "audit.open": Case(f"{OPEN} down", " Rules: "),
    "audit.add": Case(OPEN, " More rules:"),
    "audit.filter": Case(OPEN, " Filter:"),
    "audit.write": Case(OPEN, " Write report to: firewalls-audit.txt"),
    "audit.copy": Case(OPEN, "Sent to the terminal's clipboard; if nothing arrives, w writes it to a file."),
    "audit.flow": Case(OPEN, " Ask a flow"),
    "audit.device": Case(OPEN, "iptables-save, device edge"),
    "audit.format": Case(OPEN, "no table called 'rules'"),
    "audit.kind_0": Case(f"{OPEN} 2", "Missing: SAV-REGBWPVKHMB"),
    "audit.kind_1": Case(f"{OPEN} 2", "Missing: SAV-REGBWPVKHMB"),
    "audit.kind_2": Case(OPEN, "Surplus: line 24"),
    "audit.kind_3": Case(OPEN, "Too wide: line 19"),
    "audit.kind_4": Case(OPEN, "Shadowed: line 12"),
    "audit.kind_5": Case(OPEN, "Not understood: line 25"),
    "audit.kind_6": Case(OPEN, "Exact: line 10"),
    "audit.kind_7": Case(OPEN, "Not looked at: SAV-R26D05T4AN1"),
    "flow.ask": Case(ASKED, " From: offices"),
    "flow.from": Case(ASKED, " From: offices"),
    "flow.to": Case(ASKED, " To: servers"),
    "flow.port": Case(ASKED, " Protocol/port: tcp/2967"),
    "flow.source": Case(ASKED, " Source port:"),
    "flow.turn": Case(ASKED, "open: servers to offices"),
    "flow.rules": Case(f"{OPEN} {ASKED}", "asked: the plan alone"),
    "flow.write": Case(ASKED, " Write to file: firewalls-flow.txt"),
    "flow.copy": Case(ASKED, "Sent to the terminal's clipboard; if nothing arrives, w writes it to a file."),
}
COMMANDS = {command.id: command for command in commands_at("audit", "flow")}


@pytest.mark.parametrize(("id_", "key"), [(id_, key) for id_ in CASES for key in COMMANDS[id_].keys])
def test_the_key_does_what_its_help_says(id_: str, key: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(CASES[id_].before)
        assert CASES[id_].sees not in stage.text
        await stage.press(key)
        assert CASES[id_].sees in stage.text

    play(body, FIREWALLS)


def test_every_key_has_its_case() -> None:
    assert set(CASES) == set(COMMANDS)


def test_rules_that_take_long_are_given_up_with_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, over = Event(), Event()

    def slow(_plan: object, _texts: object, _format: object, _device: object, work: Work) -> AuditRun:
        begun.set()
        try:
            while True:
                over.wait(0.001)
                work.spend(0)
        except StoppedError:
            over.set()
            raise

    async def body(stage: Stage) -> None:
        await stage.press(OPEN)
        page = stage.app.screen
        assert isinstance(page, auditing.AuditScreen)
        monkeypatch.setattr(auditing, "run_audit", slow)
        monkeypatch.setattr(Stage, "_busy", lambda _: False)
        await stage.press("d")
        assert begun.wait(5)
        await stage.press("down")
        assert "Holding the rules against the plan; Esc stops it" in stage.text
        await stage.press("escape")
        assert over.wait(5)
        assert "Stopped; what was open before is shown." in stage.bottom
        await stage.press("1")
        assert "Missing: SAV-REGBWPVKHMB" in stage.text
        await stage.press("escape")
        assert stage.app.screen is stage.main

    play(body, FIREWALLS)


def test_an_edit_of_the_plan_is_held_against_the_rules_again() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(OPEN)
        assert "1 missing 1" in stage.text
        await stage.press("escape g 3 n")
        assert not stage.plan.topology.answers.rollout
        await stage.press("A")
        assert "2 surplus 1" not in stage.text
        assert "TCP 139" not in stage.text
        assert "1 missing 1" in stage.text

    play(body, FIREWALLS)


def test_rules_of_one_plan_are_not_held_against_another() -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f'{OPEN} escape ctrl+o "{sample("one-server")}" enter A')
        assert "No rules are open" in stage.text

    play(body, FIREWALLS)


def test_a_report_of_each_kind_is_that_of_the_command(tmp_path: Path) -> None:
    starts = {"json": "{", "csv": '"table"', "md": "# Audit", "html": "<!", "txt": "Audit: Six"}

    async def body(stage: Stage) -> None:
        await stage.press(OPEN)
        for end in starts:
            await stage.press(f'w ctrl+u "{tmp_path}/report.{end}" enter')
            assert "Written to" in stage.bottom

    play(body, FIREWALLS, size=LARGE)
    for end, start in starts.items():
        text = (tmp_path / f"report.{end}").read_text()
        assert text.startswith(start)
        assert "SAV-REGBWPVKHMB" in text


def test_a_file_is_never_written_over_unasked(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")

    async def body(stage: Stage) -> None:
        await stage.press(f'{OPEN} w ctrl+u "{tmp_path}/mine" enter')
        assert "exists already. Overwrite it?" in stage.text
        await stage.press("escape")
        assert (tmp_path / "mine").read_text() == "mine"
        await stage.press("enter o")
        assert (tmp_path / "mine").read_text().startswith("Audit: Six")

    play(body, FIREWALLS, size=LARGE)


HOSTILE = "\x1b[2J\x1b]0;t\x07[bold red]x[/] \u202eevil\u200b =1+1 <b>"


@pytest.mark.parametrize("size", [STANDARD, LARGE])
def test_no_text_of_rules_steers_a_page(size: tuple[int, int], tmp_path: Path) -> None:
    rules = (RULES / "core.v4.txt").read_text().replace("old console rule", HOSTILE)
    rules = rules.replace("-m time --timestart", f"-m {HOSTILE.split(maxsplit=1)[0]} --timestart")
    (tmp_path / f"a{HOSTILE[:3]}\u202e").write_text(rules)

    async def body(stage: Stage) -> None:
        await stage.press("A")
        await stage.paste(str(tmp_path / "a"))
        await stage.press("tab enter")
        assert "4 shadowed 1" in stage.text
        for keys in ("4", "enter", "escape", "5", "enter", "escape", "0 slash", '"evil" enter'):
            await stage.press(keys)
            assert not steering(stage.text)
        assert "evil" in stage.app.screen.query_one("#tool-explain", TextPane).text

    play(body, FIREWALLS, size=size)
