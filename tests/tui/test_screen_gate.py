"""No text gets anywhere but through the gate: what takes text takes a type that only the gate gives.

mypy sees to it: a `Span`, of which every line of our own widgets is made, holds `Printable`; standard output takes
`Output`; HTML, Markdown, CSV and so on are made of their own kind, into which `tests/mypy_gate.py` looks. These tests
see to it that mypy does find what is forgotten, and that no way leads past it: no widget of Textual's that takes a
text, no other way to print.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import ROOT
from tests.figures import figure

pytestmark = pytest.mark.slow

SOURCES = sorted((ROOT / "planner").rglob("*.py"))
GATES = ("text/escaping.py", "tui/widgets/cells.py")
"""Where text becomes `Printable`."""

MEDIA = {"Csv", "Html", "Markdown", "Mermaid", "Output", "Printable"}

ONLY_IN = {
    "print": ("tui/terminal/shutdown.py",),
    "write_own_words": ("commands/output.py", "cli.py"),
    "writer": ("exports/formats/csv.py",),
}
"""Who calls what puts out text that nobody had a last look at."""

FIREWALLS = "exports/firewall/"
USERS = re.compile(r"(?!format_|facts)[\w.]+\.(title|ticket|justification|note|by|from_|to|zone)|device\.name|head\.id")
"""What the user wrote, of which no sign goes into a configuration but those that `plain` leaves."""

TYPED = "tui/widgets/input_line.py"
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
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if FIREWALLS in path.as_posix():
        yield from raw_in_firewalls(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("textual.widgets", "textual.content")):
            yield from (f"{line}: imports {name.name}" for name in node.names if name.name not in TEXTLESS)
        elif isinstance(node, ast.ImportFrom) and node.module in ("rich.text", "rich.markup", "rich.markdown"):
            if path.as_posix().endswith(TYPED):
                continue
            yield f"{line}: imports {node.module}"
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called == "cast" and not gate and ast.unparse(node.args[0]).strip("'") in MEDIA:
                yield f"{line}: calls what it did not take through the gate that of a medium"
            if called in ONLY_IN and not path.as_posix().endswith(ONLY_IN[called]):
                yield f"{line}: calls {called}"
            if called == "notify" and any(node.args):
                off = [word for word in node.keywords if word.arg == "markup"]
                if not (off and isinstance(off[0].value, ast.Constant) and off[0].value.value is False):
                    yield f"{line}: notifies with markup"
        elif isinstance(node, ast.Attribute) and node.attr in TAKES_MARKUP:
            yield f"{line}: uses {node.attr}"


def raw_in_firewalls(tree: ast.AST) -> Iterator[str]:
    """Name what the user wrote that goes into a text of a firewall's as it stands."""
    parts = [part for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for part in ast.walk(text)]
    plain = {id(argument) for part in parts if isinstance(part, ast.Call) and getattr(part.func, "id", "") == "plain"
             for argument in part.args}  # fmt: skip
    for part in parts:
        if isinstance(part, ast.Attribute) and id(part) not in plain and USERS.fullmatch(ast.unparse(part)):
            yield f"{part.lineno}: writes {ast.unparse(part)} as it stands"


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_no_source_brings_text_past_the_gate(path: Path) -> None:
    assert list(findings(path)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from textual.widgets import Static",
        "from rich.text import Text",
        "print(title)",
        "write_own_words(title, 0)",
        "cast(Html, title)",
        "cast('Printable', title)",
        "self.notify(title)",
        "self.notify(title, markup=True)",
        "pane.border_title = title",
        "Content.from_markup(title)",
    ],
)
def test_the_test_above_finds_what_it_looks_for(source: str, tmp_path: Path) -> None:
    (tmp_path / "source.py").write_text(source, encoding="utf-8")
    assert len(list(findings(tmp_path / "source.py"))) == 1


@pytest.mark.parametrize("text", ["rule.from_", "plan.change.ticket", "device.name", "head.title.upper()"])
def test_and_what_is_raw_in_a_firewall_too(text: str) -> None:
    assert len(list(raw_in_firewalls(ast.parse('f"# {' + text + '}"')))) == 1
    assert list(raw_in_firewalls(ast.parse('f"# {plain(' + text.removesuffix(".upper()") + ', 80)}"'))) == []


FORGOTTEN = """
from typing import Literal
from planner.commands.output import write, write_for_people
from planner.text.escaping import Csv, Html, Markdown, Mermaid, Output, Printable, for_csv, for_html, for_markdown
from planner.text.escaping import for_output, visible
from planner.exports.formats.csv import csv_text
from planner.storage.toml_reader import write_text
from planner.tui.widgets.cells import Span

def forgets(raw: str, raws: list[str], html: Html, htmls: list[Html], n: int, tone: Literal["a", "b"]) -> None:
    Html(raw)  # raw
    Html(f"<p>{raw}</p>")  # raw
    Html(f"<p>{raw!r}</p>")  # raw
    Html(f"<p>{n}</p>" f"{raw:>20}")  # raw
    Html("<p>" + raw)  # raw
    Html("%s" % raw)  # raw
    Html("{}".format(raw))  # raw
    Html(raw if n else html)  # raw
    Html("".join(raws))  # raw
    Html("".join([*htmls, raw]))  # raw
    Html("".join(f"<p>{raw}</p>" for raw in raws))  # raw
    Html(raw.join(htmls))  # raw
    Html(raw.strip())  # raw
    Html(html.replace("a", raw))  # raw
    Html(visible(raw))  # raw
    Html(for_markdown(raw))  # raw
    Markdown(f"# {raw}")  # raw
    Mermaid(f"{raw}")  # raw
    Csv(raw)  # raw
    csv_text([[raw]])  # raw
    Printable(raw)  # raw
    Printable(raw[:5])  # raw
    Span(0, 1, raw, "")  # raw
    Output(f"{raw}")  # raw
    write(raw, 0)  # raw
    write(f"{visible(raw)}: {raw}", 0)  # raw
    write_for_people(raw, 0)  # raw
    Html(f"<p class='{tone}'>{for_html(raw)} {n:,} {html}</p>")
    Html("".join(htmls) + "<br>" + "\\n".join([*map(for_html, raws), html, "x"]))
    Html("<p>" if n else for_html(raw))
    csv_text([[for_csv(raw), Csv("a")]])
    Span(0, 1, visible(raw), "")
    Output(f"{visible(raw)}\\n{html}")
    write(for_output(raw), 0)
"""


def test_mypy_finds_what_did_not_pass_the_gate(tmp_path: Path) -> None:
    source = tmp_path / "forgets.py"
    source.write_text(FORGOTTEN, encoding="utf-8")
    line = [sys.executable, "-m", "mypy", str(source)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    found = {int(number) for number in re.findall(r"forgets\.py:(\d+): error", done.stdout)}
    expected = {number for number, text in enumerate(FORGOTTEN.splitlines(), 1) if "# raw" in text}
    assert found == expected, done.stdout + done.stderr
    figure(f"the gate: mypy finds {len(expected)} of {len(expected)} ways to forget it")
