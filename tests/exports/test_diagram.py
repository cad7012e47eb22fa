"""The picture of a plan: every rule behind an arrow, legible for every sample, and safe in each medium.

The drawings of the samples are golden files under ``tests/goldens/pictures``; ``--update-goldens`` writes them anew.
"""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalogue.loader import load_catalogue
from planner.exports.diagram import Diagram, DiagramError, diagram, mermaid, svg
from planner.exports.diagram_text import ASCII, BOX, as_text, draw
from planner.plan.plan import Head, Plan
from planner.plan.topology import Zone
from planner.storage.plan_files import read_plan
from planner.text.escaping import cell_width
from tests.command_line import ROOT, command
from tests.estates import all_rules, estate
from tests.screens import Stage, play
from tests.strategies import HOSTILE, plans, proving

SAMPLES = sorted(path.stem for path in (ROOT / "sample_plans").glob("*.toml"))
GOLDENS = Path(__file__).parents[1] / "goldens" / "pictures"
CATALOGUE = load_catalogue()


def plan_of(name: str) -> Plan:
    return read_plan(str(ROOT / "sample_plans" / f"{name}.toml")).plan


def branches(count: int, servers: int = 2) -> Plan:
    return estate(
        "hq: console", *(f"servers-{number}: server" for number in range(servers)),
        *(f"branch-{number:03}: client" for number in range(count)), servers=servers, assumed=(),
    )  # fmt: skip


def drawings(name: str) -> dict[str, str]:
    plan = plan_of(name)
    return {
        "txt": as_text(diagram(plan, CATALOGUE), 80),
        "svg": svg(plan, CATALOGUE),
        "mmd": mermaid(plan, CATALOGUE),
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_the_drawings_of_a_sample_are_the_golden_ones(name: str, request: pytest.FixtureRequest) -> None:
    for ending, text in drawings(name).items():
        golden = GOLDENS / f"{name}.{ending}"
        if request.config.getoption("--update-goldens"):
            GOLDENS.mkdir(exist_ok=True)
            golden.write_text(text, encoding="utf-8", newline="\n")
        else:
            assert golden.read_text(encoding="utf-8") == text
    if request.config.getoption("--update-goldens"):
        pytest.fail("the drawings were written anew: read the difference, then run without --update-goldens")


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("focus", ["", "a zone"])
def test_every_rule_is_behind_an_arrow_and_no_arrow_without_one(name: str, focus: str) -> None:
    plan = plan_of(name)
    wanted = plan.derived.zones[-2].name if focus else ""
    drawn = diagram(plan, CATALOGUE, wanted)
    assert opened(drawn) == {
        (rule.from_, rule.to, rule.phase, f"{rule.protocol.upper()} {rule.destination_ports}")
        for rule in all_rules(plan.derived)
        if not rule.is_return and (not wanted or wanted in (rule.from_, rule.to))
    }


def opened(drawn: Diagram) -> set[tuple[str, str, str, str]]:
    """Statements of a diagram on each pair of zones."""
    found: set[tuple[str, str, str, str]] = set()
    for arrow in drawn.arrows:
        ways = [(arrow.from_, arrow.to), (arrow.to, arrow.from_)][: 2 if arrow.both else 1]
        for start, end in ways:
            for from_ in drawn.lanes[start].zones:
                for to in drawn.lanes[end].zones:
                    found |= {(from_, to, arrow.phase, port) for port in arrow.ports}
    return found


@given(plans)
@proving(20)
def test_lanes_and_arrows_say_what_the_rules_say_however_strange_the_plan(plan: Plan) -> None:
    drawn = diagram(plan, CATALOGUE)
    rules = {
        (rule.from_, rule.to, rule.phase, f"{rule.protocol.upper()} {rule.destination_ports}")
        for rule in all_rules(plan.derived)
        if not rule.is_return
    }
    assert opened(drawn) == rules
    well_formed(svg(plan, CATALOGUE))
    assert_mermaid(mermaid(plan, CATALOGUE))
    for width in (40, 80):
        for signs in (BOX, ASCII):
            picture = draw(drawn, width, signs)
            assert {cell_width(row.text()) <= picture.width for row in (*picture.head, *picture.body)} <= {True}


def test_a_thousand_branches_that_are_alike_share_a_box_and_nothing_is_lost() -> None:
    plan = branches(300)
    drawn = diagram(plan, CATALOGUE)
    assert [lane.title for lane in drawn.lanes] == [
        "hq", "servers-0", "servers-1", "branch-000 … branch-299", "internet",
    ]  # fmt: skip
    assert drawn.lanes[3].count == "300 zones alike"
    assert opened(drawn) == {
        (rule.from_, rule.to, rule.phase, f"{rule.protocol.upper()} {rule.destination_ports}")
        for rule in all_rules(plan.derived)
    }


def test_zones_with_parents_of_their_own_are_not_alike() -> None:
    zones = [Zone(name=f"b{number:02}", roles=("client",), parents=(f"s{number % 2}",)) for number in range(12)]
    drawn = diagram(estate("s0: server", "s1: server", *zones, servers=2), CATALOGUE)
    assert [lane.zones for lane in drawn.lanes[2:4]] == [
        tuple(f"b{number:02}" for number in range(start, 12, 2)) for start in (0, 1)
    ]


def test_too_much_for_a_picture_is_refused_in_one_line(tmp_path: Path) -> None:
    zones = (f'[[zone]]\nname = "s{number}"\nroles = ["server"]\n' for number in range(80))
    path = tmp_path / "p.toml"
    path.write_text(f'schema = "sav-plan/1"\n[topology]\nservers = 80\n{"".join(zones)}', encoding="utf-8")
    with pytest.raises(DiagramError):
        diagram(read_plan(str(path)).plan, CATALOGUE)
    for name in ("svg", "mermaid"):
        done = command("export", str(path), "--to", name)
        assert (done.code, done.out) == (2, "")
        assert "make no picture; accepted: at most 2000" in done.err
        assert done.err.count("\n") == 1


@pytest.mark.parametrize("name", SAMPLES)
def test_a_rollout_differs_by_more_than_colour(name: str) -> None:
    drawn = drawings(name)
    rollout = any(rule.phase == "rollout" for rule in all_rules(plan_of(name).derived))
    assert ("rollout TCP 139" in drawn["txt"]) == ("╌" in drawn["txt"]) == rollout
    assert ('class="rollout"' in drawn["svg"]) == ("rollout TCP 139" in drawn["svg"]) == rollout
    assert ("-.->" in drawn["mmd"]) == rollout


@pytest.mark.parametrize("name", SAMPLES)
def test_boxes_stand_apart_and_fit_eighty_cells(name: str) -> None:
    picture = draw(diagram(plan_of(name), CATALOGUE), 80)
    assert picture.width <= 80
    assert all(one[1] < other[0] for one, other in pairwise(picture.spans))
    assert len(picture.head) <= 9


def test_the_ascii_drawing_is_ascii_but_for_names() -> None:
    assert as_text(diagram(estate(servers=3), CATALOGUE), 80, ASCII).isascii()


HOSTILE_NAMES = (
    "<script>alert(1)</script>", '"]; click z0 "javascript:', "&amp;", "漢字のとても長い名前", "%% x", "#quot;",
    "a`b|c",
)  # fmt: skip


def well_formed(svg: str) -> ElementTree.Element:
    """Parse our own output, which is what is to be proved."""
    return ElementTree.fromstring(svg)  # noqa: S314 - it is bounded, and no entity is ever declared in it


def test_names_cannot_become_markup_or_steer() -> None:
    zones = [Zone(name=name, roles=("client",)) for name in HOSTILE_NAMES]
    plan = Plan(head=Head(title=HOSTILE[0] + "]]><&"), topology=estate("s: server", *zones, servers=1).topology)
    drawn = svg(plan, CATALOGUE)
    root = well_formed(drawn)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names == {"svg", "title", "defs", "marker", "path", "style", "rect", "text", "line"}
    assert not any("script" in key or key.startswith("on") for element in root.iter() for key in element.attrib)
    assert_mermaid(mermaid(plan, CATALOGUE))
    for text in (drawn, as_text(diagram(plan, CATALOGUE), 80)):
        assert "\x1b" not in text


def assert_mermaid(text: str) -> None:
    """Hold each line against the small part of Mermaid that is written."""
    label = r"(?:[\w ,.:\-]|#\d+;|<br/>|[^\x00-\x7f])*"
    box, edge = rf'    z\d+\["{label}"\]', rf'    z\d+ <?-(?:-|\.-)>\|"{label}"\| z\d+'
    first, legend, *lines = text.splitlines()
    assert (first, legend[:6]) == ("flowchart LR", "    %%")
    assert [line for line in lines if not re.fullmatch(f"{box}|{edge}", line)] == []


@pytest.mark.parametrize("name", ["svg", "mermaid"])
def test_the_export_command_writes_it(name: str, tmp_path: Path) -> None:
    path = str(ROOT / "sample_plans" / "branches.toml")
    written = {"svg": svg, "mermaid": mermaid}[name](plan_of("branches"), CATALOGUE)
    assert command("export", path, "--to", name).out == written
    refused = command("export", path, "--to", name, "--device", "edge")
    assert refused.code == 2
    assert "--device" in refused.err


def test_the_picture_is_walked_through_on_the_screen() -> None:
    async def body(stage: Stage) -> None:
        await stage.press("tab right right d")
        assert "Picture of all zones · 28 arrows" in stage.rows[0]
        assert "netware · NetWare server" in stage.text
        await stage.press("right")
        assert "quarantine · Quarantine" in stage.text
        before = stage.rows[8]
        await stage.press("down")
        assert stage.rows[8] != before
        await stage.press("enter")
        assert "Only quarantine and its neighbours; Esc shows all" in stage.rows[0]
        assert "workshop" not in stage.text
        await stage.press("e")
        assert "DIS" in stage.page or "TCP 2847, TCP 2848 on internet" in stage.page
        await stage.press("escape f1 escape escape")
        assert "Picture of all zones" in stage.rows[0]
        await stage.press("escape")
        assert "Ports by zone" in stage.text

    play(body, plan_of("everything-on"))


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
def test_a_wide_picture_scrolls_to_the_zone_picked_out(size: tuple[int, int]) -> None:
    async def body(stage: Stage) -> None:
        await stage.press("d")
        for number in range(14):
            assert f"s{number}" in "".join(stage.rows[2:5])
            await stage.press("right")

    play(body, estate(*(f"s{number}: server" for number in range(15)), servers=16), size=size)


@given(st.text(max_size=12), st.integers(3, 12))
@proving(100)
def test_a_name_is_broken_into_a_box_of_any_width(name: str, width: int) -> None:
    from planner.exports.diagram_text import _broken
    from planner.text.escaping import visible

    lines = _broken(visible(name), width)
    assert 1 <= len(lines) <= 4
    assert all(cell_width(line) <= width for line in lines)
