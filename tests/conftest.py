"""Set-up shared by all tests: one environment wherever they run, the same examples in every run, slow proofs apart."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.figures import FIGURES
from tests.strategies import FULL

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
settings.register_profile("quick", deadline=None, derandomize=True, database=None, max_examples=30)
settings.register_profile("full", settings.get_profile("quick"), max_examples=100)
settings.load_profile("full" if FULL else "quick")

PASSED_ON = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
"""Signals that tests send to programs they start."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write tests/goldens anew; such a run never passes")


def pytest_configure(config: pytest.Config) -> None:
    """Runs the slow tests too where SAV_FULL is set, unless -m chooses others."""
    if FULL and config.option.markexpr == "not slow":
        config.option.markexpr = ""


def pytest_xdist_auto_num_workers() -> int:
    """Returns two processes more than there are processors, as many tests wait for a terminal to come to rest."""
    return (os.cpu_count() or 1) + 2


SHOWN_IN_REPORTS = ("TERM", "LANG", "TEXTUAL_SNAPSHOT_TEMPDIR", "PYTEST_XDIST_WORKER")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Drops the environment before pytest-textual-snapshot writes all of it into its report."""
    for name in set(os.environ).difference(SHOWN_IN_REPORTS):
        del os.environ[name]


@pytest.fixture(autouse=True, scope="session")
def _signals_as_in_the_foreground() -> None:
    """Restores the usual signals for programs that a test starts: a shell ignores some in the background.

    A program inherits that a signal is ignored, but not that Python handles it.
    """
    for number in PASSED_ON:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cuts a test off from the terminal, the locale, the clock's zone and the home of whoever runs it."""
    for name in os.environ:
        if name in CUT_OFF or name.startswith(CUT_OFF_FAMILIES):
            monkeypatch.delenv(name)
    for name, value in {"HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "xterm-256color", "TZ": "UTC"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def _figures(request: pytest.FixtureRequest) -> Iterator[None]:
    """Adds the figures that a test measured to its report, which reaches the terminal from any worker process."""
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
