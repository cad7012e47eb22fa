"""The matrix as an instrument: filter, jump, sort, hide, turn, walk from change to change; copy and write."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from planner.plan.topology import Zone
from planner.storage.plan_files import read_plan
from planner.tui.views import table_view as lens
from planner.tui.views import view as views
from planner.tui.views.plan_changes import PlanChanges
from planner.tui.widgets.grid import Grid
from tests.command_line import sample
from tests.estates import estate
from tests.screens import Stage, play

SOME = estate("hq: console", "servers: server", "branch 1: client", "branch 2: client", "out: internet", servers=2,
              rollout=("clients",), assumed=())  # fmt: skip


def view(stage: Stage) -> list[str]:
    """Give the rows of the view, header and lens line included, while questions stand to its left."""
    return [row.partition("│")[2].strip() for row in stage.rows[3:17]]


FILTERS = [
    ("", "", "2967", "filter 2967 · 1 of 3 services, 5 of 5 zones", ["TCP 2967 Rtvscan"]),
    ("", "", "udp", "filter udp · 1 of 3 services, 3 of 5 zones", ["UDP 38293"]),
    ("", "", "rollout", "filter rollout · 1 of 3 services, 5 of 5 zones", ["TCP 139 rollout"]),
    ("", "", "zone:branch 139", "filter zone:branch 139 · 1 of 3 services, 2 of 5", ["TCP 139 rollout"]),
    (
        "",
        "",
        "139,38293",
        "filter 139,38293 · 2 of 3 services, 5 of 5 zones",
        ["UDP 38293", "TCP 139 rollout"],
    ),
    ("", "r", "rollout branch", "filter rollout branch · 4 of ", ["TCP 139"] * 4),
    ("", "r", "from:hq to:servers", "filter from:hq to:servers · 2 of ", ["TCP 2967", "UDP 38293"]),
    ("", "p", "139", "filter 139 · 3 of 5 zones open, 3 of 5 are opened", ["hq", "branch 1", "branch 2"]),
    ("", "c", "2847", "filter 2847 · 1 of ", ["TCP 2847"]),
    ("", "f", "warning", "filter warning · 1 of ", ["warning"]),
    ("3 enter", "r", "change:removed", "Nothing in this view matches", []),
]


@pytest.mark.parametrize(
    ("before", "shows", "text", "said", "labels"), FILTERS, ids=[case[1] + case[2] for case in FILTERS]
)
def test_a_filter_says_what_it_leaves(before: str, shows: str, text: str, said: str, labels: list[str]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f'{before} {shows} slash "{text}" enter')
        assert said in stage.text
        heads = 1 + stage.view._columns.head_lines
        seen = [row for row in view(stage)[heads:] if row and not row.startswith("──")]
        if labels:
            assert [row.startswith(label) for row, label in zip(seen, labels, strict=False)] == [True] * len(labels)

    play(body, SOME)


def test_a_filter_works_while_it_is_typed_and_escape_gives_it_up() -> None:
    async def body(stage: Stage) -> None:
        whole = view(stage)
        await stage.press("slash 1 3")
        assert "1 of 3 services" in stage.bottom
        assert not any("TCP 2967" in row for row in view(stage))
        await stage.press("escape")
        assert view(stage) == whole
        await stage.press("slash u d p enter")
        assert stage.main.focused is stage.view
        await stage.press("p r m")
        assert "filter udp" in stage.text
        await stage.press("escape")
        assert stage.bottom == "The filter is cleared."
        assert view(stage) == whole
        await stage.press("escape")
        assert stage.main.focused is not stage.view

    play(body, SOME)


def test_a_filter_that_leaves_nothing_says_so() -> None:
    async def body(stage: Stage) -> None:
        for shows in "mprcf":
            await stage.press(f'{shows} slash "nothing[/b]" enter')
            assert "Nothing in this view matches nothing[/b]. Esc" in stage.text
            assert stage.explained.startswith("Nothing is shown here")
            await stage.press("e escape escape")

    play(body, SOME)


JUMPS = [
    ("m", "branch 2", (0, 3), "branch 2"),
    ("m", "139", (2, 0), "tcp 139 SMB/NetBIOS"),
    ("m", "139 out", (2, 4), "tcp 139 SMB/NetBIOS, out"),
    ("m", "branch", (0, 2), "branch 1; 1 more match"),
    ("p", "branch 2", (3, 0), "branch 2"),
    ("c", "2847", (None, 0), "quarantine"),
    ("f", "warning", (0, 0), "warning"),
]


@pytest.mark.parametrize(("shows", "text", "place", "said"), JUMPS, ids=[case[0] + case[1] for case in JUMPS])
def test_a_jump_leads_there_while_it_is_typed(shows: str, text: str, place: Any, said: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f'{shows} j "{text}"')
        assert stage.bottom.startswith(said)
        cursor = stage.view.cursor
        assert (place[0] in (None, cursor[0]), cursor[1]) == (True, place[1])
        await stage.press("enter")
        assert stage.view.cursor == cursor
        assert stage.main.focused is stage.view
        await stage.press('j "139" escape')
        assert stage.view.cursor == cursor

    play(body, SOME)


def test_a_jump_to_nothing_stays_and_says_so() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('tab right j "nowhere" enter')
        assert stage.bottom == "Nothing is called so."
        assert stage.view.cursor == (0, 1)
        await stage.press('escape slash "zone:hq" enter j "branch" enter')
        assert stage.bottom == "Nothing is called so in what the filter shows."

    play(body, SOME)


def test_orders_are_said_and_kept_for_each_view() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("s")
        assert stage.bottom == "Sorted: by port."
        assert [row.split()[1] for row in view(stage)[2:5]] == ["139", "2967", "38293"]
        await stage.press("s")
        assert "branch 1" in view(stage)[1].partition("hq")[0]
        await stage.press("s s")
        assert "the fullest first" in view(stage)[0]
        await stage.press("r s")
        assert view(stage)[2].startswith("TCP 139")
        await stage.press("m")
        assert "the fullest first" in view(stage)[0]
        await stage.press("s f s")
        assert stage.bottom == "Sorted: by name."

    play(body, SOME)


def test_what_is_empty_hides_and_lists_have_nothing_to_hide() -> None:
    plan = estate("hq: console server", "spare", "out: internet", servers=1, clients=False, assumed=())

    async def body(stage: Stage) -> None:
        assert "spare" in stage.text
        await stage.press("o")
        assert "2 of 3 zones" in stage.text
        assert "spare" not in stage.text
        await stage.press("o")
        assert "spare" in stage.text
        await stage.press("r o")
        assert stage.bottom == "A list has no empty rows to hide."
        await stage.press("i")
        assert stage.bottom == "A list cannot be turned; m and p show matrices."

    play(body, plan)


def test_a_turned_matrix_keeps_the_cell_under_the_cursor() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("tab down right right right")
        explained, cursor = stage.explained, stage.view.cursor
        await stage.press("i right left")
        assert stage.explained == explained
        assert stage.view.cursor == (cursor[1], cursor[0])
        assert view(stage)[1].split() == ["Port…one", "2967", "38293u", "139"]
        await stage.press("i right left")
        assert (stage.explained, stage.view.cursor) == (explained, cursor)

    play(body, SOME)


def test_the_cursor_stays_on_its_cell_when_what_is_shown_changes() -> None:
    async def body(stage: Stage) -> None:
        await stage.press('j "139 branch 2" enter')
        explained = stage.explained.splitlines()[0]
        for keys in ("s", "s", "o", 'slash "139" enter', "escape", "i"):
            await stage.press(keys)
            assert stage.explained.splitlines()[0] == explained
        await stage.press("tab g 2 up n")
        assert stage.explained

    play(body, SOME)


def test_walking_from_change_to_change_goes_round_and_counts() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("greater_than_sign")
        assert stage.bottom == "The last answer changed nothing in this view."
        await stage.press("g 1 ctrl+end 5 enter g 4 space")
        seen = []
        for _ in range(4):
            await stage.press("greater_than_sign")
            seen.append((stage.bottom, stage.view.cursor))
            assert "~" in stage.rows[4 + stage.view.cursor[0]]
        assert [said for said, _ in seen] == [f"Change {number} of 10." for number in (1, 2, 3, 4)]
        assert len({place for _, place in seen}) == 4
        for said, place in reversed(seen[:-1]):
            await stage.press("less_than_sign")
            assert (stage.bottom, stage.view.cursor) == (said, place)
        await stage.press("less_than_sign")
        assert stage.bottom == "Change 10 of 10."
        await stage.press("greater_than_sign")
        assert stage.bottom == "Change 1 of 10."
        await stage.press('slash "2967" enter greater_than_sign')
        assert "left out" in stage.text

    play(body, SOME)


def test_removed_rules_stay_in_sight_until_the_next_answer() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("g 3 n r greater_than_sign")
        assert "TCP 139-" in stage.text
        assert "Change 1 of 4" in stage.bottom
        await stage.press("p greater_than_sign")
        assert "~2967" in stage.text
        await stage.press("tab g 4 space r")
        assert "TCP 139-" not in stage.text

    play(body, SOME)


def test_the_explanation_goes_to_the_clipboard_as_it_is_read() -> None:
    sent: list[str] = []

    async def body(stage: Stage) -> None:
        stage.app.copy_to_clipboard = sent.append  # type: ignore[method-assign, assignment]
        await stage.press("tab C")
        assert stage.bottom == "Sent to the terminal's clipboard; if nothing arrives, W writes it to a file."
        await stage.press("e")
        words = " ".join(line.strip() for line in stage.page.splitlines())
        for line in sent[0].splitlines()[1:]:
            assert " ".join(line.partition(": ")[2].split()) in " ".join(words.split())

    play(body, SOME, size=(200, 60))


def test_what_is_too_long_for_a_clipboard_is_not_sent() -> None:
    sent: list[str] = []

    async def body(stage: Stage) -> None:
        stage.app.copy_to_clipboard = sent.append  # type: ignore[method-assign, assignment]
        await stage.press("tab C")
        assert "Too long for a terminal's clipboard" in stage.bottom
        assert sent == []

    play(body, wide(400))


def test_the_explanation_is_written_where_the_user_says_and_over_nothing_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def body(stage: Stage) -> None:
        await stage.press("tab W enter")
        written = Path("sav-plan-explained.txt").read_text(encoding="utf-8")
        assert written.startswith("TCP 2967 Rtvscan · hq\n")
        assert "rule: allow tcp from hq port 1024-4999 to servers port 2967" in written
        assert stage.bottom == "Written to ~/sav-plan-explained.txt"
        Path("mine.txt").write_text("mine", encoding="utf-8")
        await stage.press('right W ctrl+u "mine.txt" enter')
        assert "exists already" in stage.text
        await stage.press("escape escape")
        assert Path("mine.txt").read_text(encoding="utf-8") == "mine"
        await stage.press('W ctrl+u "mine.txt" enter o')
        assert Path("mine.txt").read_text(encoding="utf-8").startswith("TCP 2967 Rtvscan · servers\n")
        await stage.press('W ctrl+u "none/at/all" enter')
        assert "none/at/all" in stage.text

    play(body, SOME)


def wide(count: int) -> Any:
    zones = (Zone(name="hq", roles=("console",)), Zone(name="servers", roles=("server",)))
    return estate(
        *zones, *(Zone(name=f"branch-{number:04}", roles=("client",)) for number in range(count)), servers=1, assumed=()
    )


@pytest.mark.parametrize("count", [6, 1000])
def test_a_key_asks_only_for_what_is_in_sight(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    counting(monkeypatch, asked, Grid, "_row_line")
    counting(monkeypatch, asked, lens, "arrange")
    counting(monkeypatch, asked, views, "arrange")
    counting(monkeypatch, asked, PlanChanges, "filter_texts")

    async def body(stage: Stage) -> None:
        await stage.press("2 enter z greater_than_sign")
        for shows in "mpr":
            await stage.press(shows)
            for key in ("right", "down", "left", "up", "end", "home", "pagedown", "greater_than_sign"):
                asked.clear()
                await stage.press(key)
                assert asked["_row_line"] <= len(stage.rows)
                assert asked["arrange"] == asked["filter_texts"] == 0

    play(body, wide(count))


def counting(monkeypatch: pytest.MonkeyPatch, asked: Counter[str], owner: Any, name: str) -> None:
    function = getattr(owner, name)

    def counted(*arguments: Any) -> Any:
        asked[name] += 1
        return function(*arguments)

    monkeypatch.setattr(owner, name, counted)


@pytest.mark.slow
def test_the_samples_can_be_walked_through_in_every_way() -> None:
    async def body(stage: Stage) -> None:
        for shows in "mprcf":
            for keys in ("s", "s", "o", "i", "greater_than_sign", 'slash "2967" enter', "escape", 'j "2967" enter'):
                await stage.press(f"{shows} {keys}")
                assert len(stage.rows[-1]) <= 80

    for name in ("everything-on", "branches"):
        play(body, read_plan(str(sample(name))).plan)


@pytest.mark.parametrize("view_key", ["m", "p", "r"])
def test_the_whole_explanation_holds_what_each_device_is_given(view_key: str) -> None:
    async def body(stage: Stage) -> None:
        await stage.press(f"tab {view_key} right e" if view_key == "p" else f"tab {view_key} e")
        words = " ".join(stage.page.split())
        assert "core, as nftables:" in words
        assert "ip saddr 192.0.2.20 ip daddr { 192.0.2.71, 192.0.2.72 } tcp sport 1024-4999 tcp dport 2967" in words
        assert 'ct state new counter accept comment "SAV-R26D05T4AN1 console manages servers"' in words
        assert "hook forward" not in words

    play(body, read_plan(sample("firewalls")).plan)
