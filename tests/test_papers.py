"""README and docs: their commands work, their links lead somewhere, their pictures are those of today."""

import importlib.util
import re
import shlex
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from tests.command_line import ROOT, SAMPLES, command, sample
from tests.scenes import SCENES

ASSETS = ROOT / "assets"
MANUAL = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PAPERS = (
    *MANUAL,
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "benchmarks/README.md")),
)
README_LIMIT = 12_000


def text_of(paper: Path) -> str:
    return paper.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return [block for paper in MANUAL for block in re.findall(rf"```{language}\n(.*?)```", text_of(paper), re.DOTALL)]


def shown_commands() -> list[str]:
    """Returns each command line of the manual that needs no screen, as its arguments and what follows them."""
    lines = {line.strip() for block in blocks("sh") for line in block.splitlines()}
    commands = {re.sub(r" +#.*", "", line) for line in lines if line.startswith("sav-planner ")}
    return sorted(line for line in commands if not re.fullmatch(r"sav-planner( --plain)?( [\w.]+)?", line))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that holds the files which the manual's commands name."""
    monkeypatch.chdir(tmp_path)
    for name in ("plan.toml", "plan-1.toml", "approved.toml"):
        shutil.copy(sample("firewalls"), name)
    shutil.copy(sample("dual-stack"), "plan-2.toml")
    Path("plans").mkdir()
    for path in SAMPLES:
        shutil.copy(path, "plans")
    [answers] = [block for block in blocks("toml") if "head-office" in block]
    Path("answers.toml").write_text(answers, encoding="utf-8")
    rules = {"core.json": "now.json", "core.v4.txt": "v4.txt", "core.v6.txt": "v6.txt", "edge-asa.txt": "asa.cfg"}
    for name, here in rules.items():
        shutil.copy(ROOT / "tests" / "rule_bases" / name, here)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("line", shown_commands())
def test_a_command_that_is_shown_works(line: str) -> None:
    _, *arguments = shlex.split(line.partition(" > ")[0])
    if "-o" in arguments:  # the manual makes a plan, then reads one
        Path(arguments[arguments.index("-o") + 1]).unlink(missing_ok=True)
    given = [name for word in arguments for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]
    done = command(*given)
    assert done.code in (0, 1), done.err
    assert done.out or "-o" in arguments


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_each_link_leads_to_a_file_and_to_a_heading_in_it(paper: Path) -> None:
    for link in re.findall(r"]\(([^)\s]+)\)", text_of(paper)):
        if link.startswith("https:"):
            continue
        name, _, anchor = link.partition("#")
        target = (paper.parent / name).resolve() if name else paper
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text_of(target), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, link


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= README_LIMIT


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_each_file_of_the_project_that_a_paper_names_is_there(paper: Path) -> None:
    folders = "|".join(("planner", "tests", "docs", "assets", "benchmarks", "sample_plans"))
    named = re.findall(rf"(?<![\w/.~-])((?:{folders})/[\w./-]*[\w/])", text_of(paper))
    assert [name for name in named if not (ROOT / name).exists()] == []


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


def test_readme_shows_one_picture_and_the_docs_the_others() -> None:
    shown = [re.findall(r"!\[[^]]+]\((?:\.\./)?assets/(\w+)\.svg\)", text_of(paper)) for paper in MANUAL]
    assert shown[0] == ["planner"]
    drawn = sorted(name for names in shown for name in names)
    assert drawn == sorted(PICTURES) == sorted(path.stem for path in ASSETS.glob("*.svg"))


def test_they_are_scenes_of_the_snapshots() -> None:
    assert {scene for scene, _ in PICTURES.values()} <= SCENES.keys()
