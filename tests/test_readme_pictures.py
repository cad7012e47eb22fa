"""The pictures in README are those of today, drawn from the scenes that the snapshots are drawn from."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.command_line import ROOT
from tests.scenes import SCENES

ASSETS = ROOT / "assets"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", ASSETS / "make_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PICTURES = script().PICTURES


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_planner_looks_like(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in script().ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    held = (ASSETS / f"{name}.svg").read_text(encoding="utf-8")
    assert script().drawn(name) == held, "python assets/make_pictures.py draws it anew: look at it, then commit it"


def test_readme_shows_each_of_them_and_no_other() -> None:
    shown = re.findall(r"!\[[^]]+]\(assets/(\w+)\.svg\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(PICTURES) == sorted(path.stem for path in ASSETS.glob("*.svg"))


def test_they_are_scenes_of_the_snapshots() -> None:
    assert {scene for scene, _ in PICTURES.values()} <= SCENES.keys()
