"""A picture of every screen and view at three sizes, over the sample plans.

After a change that was meant, draw them anew, look at them, and commit them by themselves:

    .venv/bin/pytest tests/tui/test_screen_snapshots.py --snapshot-update
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenes import SCENES, Scene, app_of
from tests.screens import LARGE, MIDDLE, STANDARD, Stage

SIZES = {f"{width}x{height}": (width, height) for width, height in (STANDARD, MIDDLE, LARGE)}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths on the screen begin at home, wherever the tests are."""
    monkeypatch.chdir(tmp_path)


Look = Callable[[Scene, tuple[int, int]], bool]


@pytest.fixture
def looks_as_before(snap_compare: Callable[..., bool]) -> Look:
    """Compares a scene at a size with its snapshot; differences are in ``snapshot_report.html``."""

    def compare(scene: Scene, size: tuple[int, int]) -> bool:
        app = app_of(scene)
        return snap_compare(app, terminal_size=size, run_before=lambda pilot: Stage(app, pilot).press(scene.keys))

    return compare


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("size", SIZES)
def test_screen(size: str, scene: str, looks_as_before: Look) -> None:
    assert looks_as_before(SCENES[scene], SIZES[size])


TOO_SMALL = {"narrow": (59, 24), "low": (80, 19)}
SMALLEST = ("ports", "zone")


@pytest.mark.parametrize("size", TOO_SMALL.values(), ids=TOO_SMALL)
def test_too_small_a_screen(size: tuple[int, int], looks_as_before: Look) -> None:
    assert looks_as_before(SCENES["ports"], size)


@pytest.mark.parametrize("scene", SMALLEST)
def test_smallest_screen(scene: str, looks_as_before: Look) -> None:
    assert looks_as_before(SCENES[scene], (60, 20))


def test_there_is_no_picture_that_nothing_draws() -> None:
    drawn = {f"test_screen[{size}-{scene}]" for size in SIZES for scene in SCENES}
    drawn |= {f"test_too_small_a_screen[{size}]" for size in TOO_SMALL}
    drawn |= {f"test_smallest_screen[{scene}]" for scene in SMALLEST}
    folder = Path(__file__).with_name("__snapshots__") / Path(__file__).stem
    assert {file.stem for file in folder.iterdir()} == drawn
