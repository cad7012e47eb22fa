"""Textual's private parts are used as they were read, and what the planner did not write cannot be asked of it."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import textual
from textual.app import App

from planner.tui.textual_private import pins
from tests.command_line import ROOT
from tests.figures import figure
from tests.screens import Stage, play

TEXTUAL = Path(inspect.getfile(textual)).parent
PRIVATE = "planner/tui/textual_private/"
SCREEN = sorted((ROOT / "planner/tui").rglob("*.py"))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Give the private attributes that a source uses, the methods it defines, and the private modules it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and ast.unparse(node.value) != "os":
            yield node.lineno, node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_private(node.name):
            yield node.lineno, node.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
            parts = [*str(node.module).split("."), *(name.name for name in node.names)]
            yield from ((node.lineno, part) for part in parts if is_private(part))


def made(tree: ast.AST) -> set[str]:
    """Give the private attributes and methods that the classes of a source make for themselves."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            found.add(getattr(target, "attr", getattr(target, "id", "")))
    return {name for name in found if is_private(name)}


def names_used(path: Path) -> set[str]:
    return {name for _, name in used(parsed(path))}


OF_TEXTUAL = {path.relative_to(TEXTUAL).as_posix(): names_used(path) for path in TEXTUAL.rglob("*.py")}
"""The private names in each source of Textual's."""

OUTSIDE = [path for path in SCREEN if PRIVATE not in path.as_posix()]
TEXTUALS_ALONE = set().union(*OF_TEXTUAL.values()) - {name for path in OUTSIDE for name in made(parsed(path))}
"""The private names of Textual's that are nobody else's."""


@pytest.mark.parametrize("name", pins.DIGESTS)
def test_the_sources_of_textual_are_those_that_were_read(name: str) -> None:
    assert pins.digest(name) == pins.DIGESTS[name], (
        f"textual/{name} is not that of Textual {pins.WRITTEN_FOR}. Read what changed in it against {PRIVATE}, which "
        "overrides parts of it; run tests/test_terminal*.py with TERMINAL_SOAK=200; then put the new digest and "
        f"version into {PRIVATE}pins.py"
    )


def test_every_private_part_that_is_used_is_pinned() -> None:
    inside = {name for path in SCREEN if PRIVATE in path.as_posix() for name in names_used(path)}
    textuals = inside & set().union(*OF_TEXTUAL.values())
    pinned = {name for source in pins.DIGESTS for name in (*OF_TEXTUAL[source], Path(source).stem)}
    own = {name for path in SCREEN for name in made(parsed(path))}
    figure(f"private parts of Textual: {len(textuals & pinned)} names used, in {len(pins.DIGESTS)} pinned sources")
    assert textuals - pinned - own == set()


@pytest.mark.parametrize("path", OUTSIDE, ids=[str(path.relative_to(ROOT)) for path in OUTSIDE])
def test_private_parts_are_reached_from_one_place(path: Path) -> None:
    assert [f"{line}: {name}" for line, name in used(parsed(path)) if name in TEXTUALS_ALONE] == []


def test_no_class_takes_a_private_name_of_textuals_by_chance() -> None:
    taken = []
    for path in OUTSIDE:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for own in vars(importlib.import_module(name)).values():
            if inspect.isclass(own) and own.__module__ == name:
                taken += [f"{own.__name__}.{private}" for private in source(own) & textuals_of(own)]
    assert taken == []


def source(kind: type) -> set[str]:
    """Give the private names that the source of a class makes."""
    return made(ast.parse(dedent(inspect.getsource(kind))))


def textuals_of(own: type) -> set[str]:
    """Give the private names of the classes of Textual that a class comes of."""
    return {name for kind in own.__mro__ if kind.__module__.startswith("textual.") for name in source(kind)}


TEXTUALS = sorted(
    name.removeprefix("_").removeprefix("action_")
    for name in dir(App)
    if name.startswith(("action_", "_action_")) and name not in ("action_focus_next", "action_focus_previous")
)


def test_no_action_of_textuals_own_can_be_reached() -> None:
    async def body(stage: Stage) -> None:
        reached = [name for name in TEXTUALS if await stage.app.run_action(f"app.{name}('x', '/tmp')")]
        assert reached == []

    assert "screenshot" in TEXTUALS
    play(body)
