"""Opens a plan for the question-and-answer mode, and ends it without losing anything."""

import signal
from types import FrameType

from planner.catalogue.loader import load_catalogue
from planner.plain.console import ClosedError, warn
from planner.plain.dialogue import Dialogue
from planner.plain.saving import Leftovers
from planner.plan.editing import new_plan
from planner.session.background import WRITES
from planner.session.workspace import Workspace
from planner.storage.journal import Journal
from planner.storage.plan_files import USUAL, Bounds
from planner.storage.settings import SettingsFile, remember
from planner.storage.toml_reader import PlanText

DONE, UNSAVED = 0, 2
_PATIENCE = 1.0
"""Seconds that the list of recent plans may take to be written at the end."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(found: PlanText | None, path: str, bounds: Bounds = USUAL) -> int:
    """Ask until somebody leaves; give the exit code.

    Where the answers end with work that is not saved, that is kept in the recovery journal, and the code is not 0;
    after a signal it is 128+n. Plan files are read within ``bounds``.
    """
    settings = SettingsFile()
    if settings.trouble:
        warn(settings.trouble)
    journal = Journal()
    plan, base = (found.plan, found.sha256) if found else (None, "")
    work = Workspace(plan, path, load_catalogue(), base, journal, bounds)
    if plan is None:
        work.begin(new_plan(settings.now.boundary))
    elif path:
        WRITES.add(lambda: remember(path))
    leftovers = Leftovers(work)
    before = {number: signal.signal(number, _end) for number in _ENDING}
    try:
        return _ask(work, journal, leftovers)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        leftovers.let_go()
        work.file.close()
        WRITES.wait(_PATIENCE)


class _EndedError(BaseException):
    """A signal asks for the end; ``args`` holds which."""


def _end(number: int, _frame: FrameType | None) -> None:
    raise _EndedError(number)


def _ask(work: Workspace, journal: Journal, leftovers: Leftovers) -> int:
    try:
        Dialogue(work, leftovers).run()
    except (ClosedError, _EndedError) as end:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)  # one is enough; what follows is not to be cut short
        signalled = 128 + end.args[0] if isinstance(end, _EndedError) else 0
        if work.session.dirty:
            kept = journal.flush_now()
            after = "it is kept and offered when sav-planner opens the next time" if kept else journal.trouble
            warn(f"not saved; {after}")
            return signalled or UNSAVED
        journal.close()
        return signalled or DONE
    journal.close()
    return DONE
