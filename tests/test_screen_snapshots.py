"""A picture of every screen and view at three sizes, over the sample plans.

After a change that was meant, draw them anew, look at them, and commit them by themselves:

    .venv/bin/pytest tests/test_screen_snapshots.py --snapshot-update
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion

from planner.storage.plan_files import read_plan
from tests.commands import sample
from tests.screens import LARGE, MIDDLE, STANDARD, Stage, play


class Scene(NamedTuple):
    """What is in the picture: the sample plan, none for a new one, and the keys pressed on the way."""

    plan: str
    keys: str = ""


RULES = Path(__file__).with_name("rule_bases")
SCENES = {
    "new": Scene(""),
    "added": Scene("one-server", "g 2 down y"),
    "removed": Scene("everything-on", "g 2 down n"),
    "ports": Scene("everything-on", "tab down right right"),
    "pairs": Scene("everything-on", "tab p down right"),
    "rules": Scene("branches", "tab r down down"),
    "stateless": Scene("stateless", "tab r down"),
    "closed": Scene("one-server", "tab c down"),
    "findings": Scene("everything-on", "tab f"),
    "zoomed": Scene("branches", "z right"),
    "extras": Scene("everything-on", "g 2 down down"),
    "zones": Scene("branches", "g 5 down"),
    "zone": Scene("dual-stack", "g 5 down enter down down"),
    "decisions": Scene("everything-on", "g 6 down"),
    "decided": Scene("settled", "g 6 down"),
    "change": Scene("settled", "g 7 down"),
    "save": Scene("settled", "g 8"),
    "saying": Scene("settled", "g 5 x"),
    "typing": Scene(
        "netware-and-legacy", 'g 5 enter down down down down down down down down enter ctrl+u "10.0.0.0/33"'
    ),
    "refused": Scene("one-server", "g 4 down down 2 0 4 3 enter"),
    "help": Scene("one-server", "f1"),
    "explanation": Scene("everything-on", "tab down e"),
    "audit": Scene("firewalls", f'A "{RULES}/core.v4.txt" enter a "{RULES}/core.v6.txt" enter 3'),
    "flow": Scene("firewalls", 'F "offices" enter "servers" enter "tcp/2967" enter'),
    "flow-of-rules": Scene(
        "firewalls", f'A "{RULES}/core.json" enter F "198.51.100.7" enter "servers" enter "tcp/2967" enter s "80" enter'
    ),
    "quitting": Scene("everything-on", "1 enter ctrl+q"),
}
SIZES = {f"{width}x{height}": (width, height) for width, height in (STANDARD, MIDDLE, LARGE)}


@pytest.fixture
def pictures(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(SVGImageExtension)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("size", SIZES)
def test_screen(size: str, scene: str, pictures: SnapshotAssertion) -> None:
    assert picture(SCENES[scene], SIZES[size]) == pictures


TOO_SMALL = {"narrow": (59, 24), "low": (80, 19)}
SMALLEST = ("ports", "zone")


@pytest.mark.parametrize("size", TOO_SMALL.values(), ids=TOO_SMALL)
def test_too_small_a_screen(size: tuple[int, int], pictures: SnapshotAssertion) -> None:
    assert picture(SCENES["ports"], size) == pictures


@pytest.mark.parametrize("scene", SMALLEST)
def test_smallest_screen(scene: str, pictures: SnapshotAssertion) -> None:
    assert picture(SCENES[scene], (60, 20)) == pictures


def test_there_is_no_picture_that_nothing_draws() -> None:
    drawn = {f"test_screen[{size}-{scene}]" for size in SIZES for scene in SCENES}
    drawn |= {f"test_too_small_a_screen[{size}]" for size in TOO_SMALL}
    drawn |= {f"test_smallest_screen[{scene}]" for scene in SMALLEST}
    folder = Path(__file__).with_name("__snapshots__") / Path(__file__).stem
    assert {file.stem for file in folder.iterdir()} == drawn


def picture(scene: Scene, size: tuple[int, int]) -> str:
    """Draw a scene as SVG."""
    drawn: list[str] = []

    async def draw(stage: Stage) -> None:
        await stage.press(scene.keys)
        drawn.append(stage.app.export_screenshot(title="sav-planner"))

    plan = read_plan(sample(scene.plan)).plan if scene.plan else None
    play(draw, plan, f"{scene.plan}.toml" if scene.plan else "", size)
    return drawn[0]
