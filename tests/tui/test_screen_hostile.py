"""What a plan may hold and a terminal may do: hostile texts, sizes that change, a thousand zones."""

from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from planner.catalogue.answers import MAX_LABEL, MAX_NOTE
from planner.plan.editing import file_stem
from planner.plan.plan import Change, DecisionRecord, Head, Plan
from planner.plan.topology import Zone
from planner.session.steps import STEPS
from planner.text.escaping import visible
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.input_line import InputLine
from tests.estates import estate, zone
from tests.screens import Stage, play, steering

TEXTS = {
    "markup": "[@click=app.quit]x[/] a[/b]c[ [link=file:///etc/passwd]l[/link]",
    "controls": "\x1b[31mred\x1b[0m \x1b]0;owned\x07 \x9b2J\x1bc",
    "hidden": "abc\u202egpj.exe in\u200bvi\u00adsible\ufeff",
    "lines": "one\ntwo\r\nthree\tfour\u2028five",
    "wide": f"{'漢字' * 30}e\u0301 Z{chr(0x335) * 50}",
    "long": "x" * 10_000,
    "words": "word " * 2_000,
}
ROOM = MAX_LABEL - 1
"""Characters of a text that leave room for one more."""
ZONE_NAMES = [
    text for text in (*(text[:64] for text in TEXTS.values()),) if text.isprintable() and text == text.strip()
]


def hostile(text: str) -> Plan:
    """Give a plan with the text wherever a plan takes any text, and the names that a zone may have."""
    line, note = text[:ROOM], text[:MAX_NOTE]
    record_fields = [name for name in Change.__struct_fields__ if name not in ("review_by", "expires")]
    long = ("reason", "security_impact")
    change = replace(Change(), **{name: note if name in long else line for name in record_fields})
    zones = [Zone(name=name, roles=("client",), note=note) for name in ZONE_NAMES]
    plan = estate(
        "console: console", "servers: server", *zones, servers=3, options=(text[:40],), central_quarantine=True
    )
    decision = plan.derived.decisions[0]
    record = DecisionRecord(id=decision.id, chosen=decision.chosen, default=decision.default, by=line, note=note)
    return replace(plan, head=Head(id=line, title=line), change=change, decisions=(record,))


async def walk(stage: Stage, *groups: str) -> str:
    """Press groups of keys one after the other and give all that was on the screen."""
    seen = []
    for keys in groups:
        await stage.press(keys)
        seen.append(stage.text)
        assert steering(stage.text) == set()
    return "\n".join(seen)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_hostile_text_is_shown_literally_in_every_step_and_view(text: str) -> None:
    start = visible(text)[:5]

    async def body(stage: Stage) -> None:
        assert start in stage.rows[0]
        for step in range(1, len(STEPS) + 1):
            await walk(stage, f"g {step} down", "e", "escape f1", "escape")
        assert start in await walk(stage, "g 5 end up enter", "end")
        assert start in await walk(stage, "g 6 t", "escape home e")
        assert start in await walk(stage, "escape g 7 down", "enter", "escape")
        await walk(stage, "tab m right right", "p right down", "r down", "c down", "f down", "z", "z")

    play(body, hostile(text))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_hostile_text_can_be_edited_and_stays_what_it_was(text: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 7 down enter")
        assert steering(stage.text) == set()
        await stage.press("home")
        assert steering(stage.text) == set()
        await stage.press("end X enter")
        assert stage.plan.change.ticket == f"{text[:ROOM]}X".strip()
        await stage.press("u")
        assert steering(stage.text) == set()

    play(body, hostile(text))


@pytest.mark.parametrize("text", [text for text in TEXTS.values() if len(text) < 200], ids=lambda text: repr(text)[:20])
def test_hostile_text_can_be_pasted(text: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 7 enter")
        await stage.paste(text)
        assert steering(stage.text) == set()
        await stage.press("enter")
        assert stage.plan.head.title == " ".join(line.strip() for line in text.splitlines() if line.strip())
        await stage.press("ctrl+s")
        assert steering(stage.text) == set()
        await stage.press("ctrl+u")
        await stage.paste(f"{text}/{text}")
        await stage.press("enter")
        assert steering(stage.text) == set()

    play(body)


@pytest.mark.parametrize("text", [text for text in TEXTS.values() if len(text) < 200], ids=lambda text: repr(text)[:20])
def test_hostile_answers_are_refused_in_place(text: str) -> None:
    async def body(stage: Stage) -> None:
        for keys in ("space ctrl+u", "g 4 end space ctrl+u", "g 5 enter end up up enter ctrl+u"):
            await stage.press(keys)
            before = stage.plan
            await stage.paste(text)
            await stage.press("enter")
            assert stage.plan is before
            assert steering(stage.text) == set()
            await stage.press("escape")

    play(body, estate("hq: client", servers=1))


SIZES = ((60, 20), (240, 70), (20, 5), (1, 1), (200, 60), (160, 33))
BUSY = ("", "tab p", "r z", "z g 5 enter", "g 6 e", "escape f1", "escape g 4 end 4", "escape 3 enter ctrl+q")


@pytest.mark.slow
def test_every_screen_lives_through_every_size() -> None:
    async def body(stage: Stage) -> None:
        for keys in BUSY:
            await stage.press(keys)
            for size in SIZES:
                await stage.resize(*size)
                assert max(map(cell_len, stage.rows)) <= size[0]
            await stage.resize(80, 24)

    play(body, hostile("[b]x"))


@pytest.mark.parametrize("size", [(59, 24), (80, 19), (59, 19)])
def test_a_screen_too_small_says_what_it_needs_and_takes_no_answers(size: tuple[int, int]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("down down")
        before = stage.plan
        await stage.resize(*size)
        assert "sav-planner needs 60 columns and 20 rows." in stage.text
        await stage.press("n space 5 k x enter")
        assert stage.plan is before
        await stage.resize(80, 24)
        await stage.press("n")
        assert stage.plan.topology.answers.clients is False

    play(body)


@pytest.mark.parametrize(
    ("keys", "more"), [("", "down"), ("tab", "down"), ("z", "down"), ("tab tab", "down"), ("g 4 end 4", "0")]
)
def test_the_keys_go_on_after_a_screen_too_small(keys: str, more: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(keys)
        await stage.resize(20, 5)
        await stage.resize(80, 24)
        assert stage.main.focused is not None
        before = stage.text
        await stage.press(more)
        assert stage.text != before

    play(body, size=(200, 60))


MANY = ("console: console", "dc: server", *(f"branch{n:04}: client" for n in range(997)), "out: internet")


@pytest.mark.slow
def test_a_thousand_zones_are_as_usable_as_five(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    plain = Grid._line

    def counting(self: Grid, y: int) -> Any:
        nonlocal asked
        asked += 1
        return plain(self, y)

    async def body(stage: Stage) -> None:
        nonlocal asked
        asked = 0
        await stage.press("tab")
        for keys in ("down", "right", "right", "ctrl+end", "left", "ctrl+home", "pagedown"):
            await stage.press(keys)
        assert asked <= 8 * 24
        derived = stage.plan.derived
        await walk(stage, "p ctrl+end", "r end", "c", "f", "tab g 5 end up", "enter", "escape")
        assert stage.plan.derived is derived
        await walk(stage, "m g 1 down down n")
        assert "in·o-" in stage.text

    monkeypatch.setattr(Grid, "_line", counting)
    play(body, estate(*(zone(text) for text in MANY), servers=1))


@pytest.mark.parametrize(
    ("id_", "stem"),
    [
        ("head-office_2", "head-office_2"), ("CHG 1/2", "CHG-1-2"), ("../../etc/cron.d/x", "etc-cron-d-x"),
        ("~root/.ssh/x", "root-ssh-x"), ("-rf", "rf"), ("CON", "plan-CON"), ("a\n\x1b[2J\0b", "a-2J-b"),
        ("\u202e\uff0e\uff0e/x", "x"), ("..", "sav-plan"), ("", "sav-plan"), ("x" * 100, "x" * 60),
    ],
)  # fmt: skip
def test_what_a_plan_says_never_becomes_a_path(id_: str, stem: str) -> None:
    async def body(stage: Stage) -> None:
        for keys, ending in (("w", ".toml"), ("W", "-explained.txt"), ("P", "")):
            await stage.press(keys)
            assert stage.app.screen.query_one(InputLine).text == stem + ending
            await stage.press("escape")

    play(body, Plan(head=Head(id=id_)))
    assert file_stem(Plan(head=Head(id=id_))) == stem
