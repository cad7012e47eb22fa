"""No text gets onto the screen but through the gate: what paints takes the type `Printable`, and nothing else is used.

mypy sees to it that a `Span`, of which every line of our own widgets is made, holds nothing else. These tests
see to it that nobody makes one of those by hand, and that no widget of Textual's is used which takes a text.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import ROOT

SOURCES = sorted((ROOT / "planner").rglob("*.py"))
GATES = ("core/untrusted.py", "tui/widgets/painting.py")
"""Where text becomes `Printable`."""

TYPED = "tui/widgets/entry.py"
"""What is being typed is a `Text` there, which is no markup."""

TAKES_MARKUP = {
    "border_title",
    "border_subtitle",
    "tooltip",
    "sub_title",
    "from_markup",
    "from_ansi",
    "push_screen_wait",
}
TEXTLESS = {"Input", "Selection"}
"""The widgets of Textual's that are used: what is typed is drawn by it as it stands, filtered by our own entry line."""


def findings(path: Path) -> Iterator[str]:
    """Name what in a source could bring a text onto the screen past the gate."""
    gate = path.as_posix().endswith(GATES)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("textual.widgets", "textual.content")):
            yield from (f"{line}: imports {name.name}" for name in node.names if name.name not in TEXTLESS)
        elif isinstance(node, ast.ImportFrom) and node.module in ("rich.text", "rich.markup", "rich.markdown"):
            if path.as_posix().endswith(TYPED):
                continue
            yield f"{line}: imports {node.module}"
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if (
                called == "Printable"
                and not gate
                and not all(isinstance(argument, ast.Constant) for argument in node.args)
            ):
                yield f"{line}: calls what it did not take through the gate shown"
            if called == "notify" and any(node.args):
                off = [word for word in node.keywords if word.arg == "markup"]
                if not (off and isinstance(off[0].value, ast.Constant) and off[0].value.value is False):
                    yield f"{line}: notifies with markup"
        elif isinstance(node, ast.Attribute) and node.attr in TAKES_MARKUP:
            yield f"{line}: uses {node.attr}"


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_no_source_brings_text_past_the_gate(path: Path) -> None:
    assert list(findings(path)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from textual.widgets import Static",
        "from rich.text import Text",
        "Printable(title)",
        "self.notify(title)",
        "self.notify(title, markup=True)",
        "pane.border_title = title",
        "Content.from_markup(title)",
    ],
)
def test_the_test_above_finds_what_it_looks_for(source: str, tmp_path: Path) -> None:
    (tmp_path / "source.py").write_text(source, encoding="utf-8")
    assert len(list(findings(tmp_path / "source.py"))) == 1
