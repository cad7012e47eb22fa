"""What all tests have in common: the same environment wherever they run, and the same examples in every run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.figures import FIGURES

CUT_OFF = (
    "COLORTERM",
    "COLUMNS",
    "FORCE_COLOR",
    "LINES",
    "NO_COLOR",
    "PYTHONIOENCODING",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
    "TTY_COMPATIBLE",
)
CUT_OFF_FAMILIES = ("LC_", "XDG_")

# An example that fails must fail again for whoever looks into it, and a slow machine is no defect.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write tests/goldens anew; such a run never passes")


def pytest_xdist_auto_num_workers() -> int:
    """Have one more process than there are processors: many tests wait for a terminal to come to rest."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cut a test off from the terminal, the locale, the clock's zone and the home of whoever runs it."""
    for name in os.environ:
        if name in CUT_OFF or name.startswith(CUT_OFF_FAMILIES):
            monkeypatch.delenv(name)
    for name, value in {"HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "xterm-256color", "TZ": "UTC"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def _figures(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hand what a test measured on to its report, which comes to the screen from whichever process ran the test."""
    yield
    request.node.user_properties += [("figure", text) for text in FIGURES]
    FIGURES.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    figures = {text for report in reports for name, text in getattr(report, "user_properties", ()) if name == "figure"}
    if figures:
        terminalreporter.section("figures")
        for line in sorted(figures):
            terminalreporter.write_line(line)
