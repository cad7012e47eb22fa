"""The screen and the question-and-answer mode ask the same questions, and save the same plan to the byte."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from planner.session.steps import STEPS
from planner.storage.plan_files import read_plan
from tests.plain.test_plain import SAVE, ZONES, answered
from tests.screens import Stage, play


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


Answers = Mapping[str, str]
DECIDER = "Decided by (name)"


class Estate(NamedTuple):
    """Answers of somebody, by the titles of the questions, and the zones made in place of the default ones."""

    answers: Answers
    zones: tuple[Answers, ...] = ()


ESTATES = {
    "one server alone": Estate({"10.x/3.x clients": "no", "Agent on console": "no", "Title": "Füße 東"}),
    "everything on": Estate(
        {
            "Windows servers": "3", "NetWare servers": "2", "NetWare parents": "yes", "Roaming clients": "yes",
            "Legacy clients": "yes", "Legacy ends": "2027-06-30", "Quarantine Server": "yes",
            "Quarantine port": "3000", "AMS alerting": "yes", "Client rollout": "yes", "Server rollout": "yes",
            "Rollout ends": "2026-12-01", "Ticket": "CHG0012345", "Window from": "2026-12-01", "Revision": "4",
        }
    ),
    "other ports and readings": Estate(
        {
            "Zone boundary": "stateless", "Source ports": "modern", "Rtvscan port": "4000", "NetWare servers": "1",
            "NetWare port": "4001", "Expires": "2027-01-31", "Status": "proposed",
        }
    ),
    "branches": Estate(
        {"Windows servers": "2", "Mobile computers": "yes"},
        (
            {"Name": "hq", "console": "yes", "server": "yes", "Networks": "10.1.0.0/16 2001:db8:1::/48"},
            {"Name": "branch", "client": "yes", "server": "yes", "Networks": "10.20.0.0/16", "NAT": "yes"},
            {"Name": "far", "client": "yes", "Parents": "branch", "Note": "by //train", "client hosts": "10.30.0.7"},
        ),
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ESTATES)
def test_the_same_answers_give_the_same_questions_and_the_same_bytes(name: str) -> None:
    given = ESTATES[name]
    asked: list[str] = []

    async def on_screen(stage: Stage) -> None:
        for number, step in enumerate(STEPS, 1):
            if step.id == "zones":
                await make_zones(stage, given.zones)
            elif step.id != "save":
                await stage.press(f"g {number}")
                await answer_all(stage, given.answers, asked)
        await stage.press('ctrl+s ctrl+u "screen.toml" enter')

    play(on_screen)
    _, _, person = answered({**line_by_line(given), SAVE: ["lines.toml"]})
    assert Path("lines.toml").read_bytes() == Path("screen.toml").read_bytes()
    assert [title for title in outside_zones(person.asked) if title not in (DECIDER, SAVE)] == asked
    made = read_plan("lines.toml").plan
    assert {zone["Name"] for zone in given.zones} <= {zone.name for zone in made.topology.zones}
    assert made.derived.summary.decisions_open == 0


def line_by_line(given: Estate) -> dict[str, list[str]]:
    """Returns the same answers by the title of the question, one after the other where it comes more than once."""
    lines = {title: [f"/{text}" if text.startswith("/") else text] for title, text in given.answers.items()}
    lines[DECIDER] = ["A. Novak"]
    titles = dict.fromkeys(title for zone in given.zones for title in zone)
    for title in titles:
        asked_of = [zone for zone in given.zones if title not in OF_CLIENTS or "client" in zone]
        lines[title] = [*lines.get(title, []), *(zone.get(title, "") for zone in asked_of)]
    if given.zones:
        lines[ZONES] = [*["/add"] * len(given.zones), *["/remove 1"] * DEFAULT_ZONES, ""]
    return lines


OF_CLIENTS = ("Parents", "client hosts")
"""Questions for zones with clients alone."""
DEFAULT_ZONES = 3
"""Zones of a new plan that are taken out: console, servers and clients; the outside stays."""


async def make_zones(stage: Stage, zones: tuple[Answers, ...]) -> None:
    for zone in zones:
        await stage.press(f'g 5 a "{zone["Name"]}" enter')
        await answer_all(stage, zone, [], first=1)
    if zones:
        await stage.press("g 5" + " x" * DEFAULT_ZONES)


async def answer_all(stage: Stage, answers: Answers, asked: list[str], first: int = 0) -> None:
    """Answer the questions in sight one after the other, with Enter where nothing is said for one."""
    row = first
    while row < len(stage.main.questions.fields):
        field = stage.main.questions.fields[row]
        place = (stage.step, stage.main.questions.zone)
        asked.append(field.title)
        wanted = answers.get(field.title)
        for keys in keys_for(field.kind, wanted):
            await stage.press(keys)
        while wanted is not None and field.kind == "choice" and stage.main.questions.fields[row].entry != wanted:
            await stage.press("space")
        if field.kind not in ("text", "list", "date") and not (wanted and field.kind in ("number", "port")):
            await stage.press("enter")
        if stage.rows[-3].startswith(" Decided by"):
            await stage.press('"A. Novak" enter')
        if (stage.step, stage.main.questions.zone) != place:
            return
        row += 1


def keys_for(kind: str, wanted: str | None) -> Iterator[str]:
    if kind == "yesno" and wanted is not None:
        yield wanted[0]
    elif kind in ("text", "list", "date"):
        yield "enter"
        yield f'ctrl+u "{wanted}" enter' if wanted is not None else "enter"
    elif kind in ("number", "port") and wanted is not None:
        yield f'space ctrl+u "{wanted}" enter'


def outside_zones(asked: list[str]) -> Iterator[str]:
    """Leave out what was asked of a zone: everything between two looks at the list of zones."""
    zones = [number for number, title in enumerate(asked) if title == ZONES]
    yield from asked[: zones[0]]
    yield from asked[zones[-1] + 1 :]
