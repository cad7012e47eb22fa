"""Words of the tree: docstrings that name the thing, one meaning for each name, folders and files of a size to read."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.command_line import ROOT

FOLDERS = ("planner", "tests", "benchmarks", "assets")
FILES = tuple(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
PRODUCT = tuple(path for path in FILES if path.is_relative_to(ROOT / "planner"))

RIDDLES = frozenset(
    "what where who whose whether how give gives say says have take takes let lets".split()  # noqa: SIM905
)
"""First words that do not name the thing which a docstring describes."""

ONE_MEANING = frozenset(
    """
    Action Addresses Block Box Boxes Cell Change Choice Column Columns Command End Entry Family Finding Flow FormatName
    Found Held Key Kind Layout Line Piece Place Question Reading Result Row Rule Rules Run Scene Scope Shown Side Spot
    State Step Table Term View Written Zone
    """.split()  # noqa: SIM905
)
"""Names that one module alone may define. Each had two to seven meanings, or is a word of the glossary."""

UNFINISHED_FOLDERS = frozenset(
    """
    benchmarks
    planner/exports/firewall planner/exports/report
    tests/exports tests/exports/firewall tests/tui tests/tui/terminal
    """.split()  # noqa: SIM905
)
"""Folders that still have docstrings to reword. Take one out when it is done; none is added."""

UNFINISHED_WORDS = frozenset(
    """
    Cell Change Choice Command Family Finding Flow Kind Piece Row Run Step Table Term
    """.split()  # noqa: SIM905
)
"""Names that still have several meanings. Take one out when it has one; none is added."""

MOST_MODULES, MOST_LINES = 24, 400
TRICKS = re.compile(r"sys\.modules\[|\bgc\.(?:freeze|disable|enable|set_threshold|callbacks)\b")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Returns the line and the text of each docstring of a file, those of constants included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        texts = [after for before, after in pairwise(body) if isinstance(before, ast.Assign | ast.AnnAssign)]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            texts += body[:1]
        for text in texts:
            match text:
                case ast.Expr(value=ast.Constant(value=str(value))):
                    yield text.lineno, value


def definitions(path: Path) -> Iterator[str]:
    """Returns the classes, functions, types and constants that a file defines at its top."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


@pytest.mark.parametrize(
    "folder", [name for name in sorted({named(path.parent) for path in FILES}) if name not in UNFINISHED_FOLDERS]
)
def test_a_docstring_begins_with_the_thing_it_names(folder: str) -> None:
    riddles = [
        f"{named(path)}:{line}: {text.split(maxsplit=1)[0]}"
        for path in FILES
        if named(path.parent) == folder
        for line, text in docstrings(path)
        if re.findall(r"\w+", text)[0].lower() in RIDDLES
    ]
    assert riddles == []


@pytest.mark.parametrize("name", sorted(ONE_MEANING - UNFINISHED_WORDS))
def test_a_word_has_one_meaning(name: str) -> None:
    assert len(WHERE[name]) <= 1, WHERE[name]


WHERE: dict[str, list[str]] = defaultdict(list)
for _path in PRODUCT:
    for _name in definitions(_path):
        WHERE[_name].append(named(_path))


def test_no_folder_holds_more_modules_than_one_can_overlook() -> None:
    folders = {path.parent for path in PRODUCT}
    sizes = {named(folder): sum(path.parent == folder for path in PRODUCT) for folder in folders}
    assert {name: size for name, size in sizes.items() if size > MOST_MODULES} == {}


def test_no_module_is_longer_than_one_can_keep_in_mind() -> None:
    sizes = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}


def test_no_module_plays_tricks_with_imports_or_the_garbage_collector() -> None:
    assert [named(path) for path in PRODUCT if TRICKS.search(path.read_text(encoding="utf-8"))] == []
