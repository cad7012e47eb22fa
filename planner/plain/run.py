"""Opens a plan for the question-and-answer mode, and ends it without losing anything."""

from planner.core.catalogue import load_catalogue
from planner.core.editing import new_plan
from planner.plain.console import ClosedError, warn
from planner.plain.dialogue import Dialogue
from planner.plain.recovery import Leftovers
from planner.storage.journal import Journal
from planner.storage.recent import remember
from planner.storage.settings import SettingsFile
from planner.storage.toml_text import PlanText
from planner.tui.workspace import Workspace

DONE, UNSAVED, INTERRUPTED = 0, 2, 130


def run(found: PlanText | None, path: str) -> int:
    """Ask until somebody leaves; give the exit code.

    Where the answers end with work that is not saved, that is kept in the recovery journal, and the code is not 0.
    """
    settings = SettingsFile()
    if settings.trouble:
        warn(settings.trouble)
    journal = Journal()
    plan, base = (found.plan, found.sha256) if found else (None, "")
    work = Workspace(plan, path, load_catalogue(), base, journal)
    if plan is None:
        work.begin(new_plan(settings.now.boundary))
    elif path:
        remember(path)
    leftovers = Leftovers(work)
    try:
        return _ask(work, journal, leftovers)
    finally:
        leftovers.let_go()
        work.file.close()


def _ask(work: Workspace, journal: Journal, leftovers: Leftovers) -> int:
    try:
        Dialogue(work, leftovers).run()
    except (ClosedError, KeyboardInterrupt) as end:
        stopped = INTERRUPTED if isinstance(end, KeyboardInterrupt) else UNSAVED
        if work.session.dirty:
            kept = journal.flush_now()
            after = "it is kept and offered when sav-planner opens the next time" if kept else journal.trouble
            warn(f"not saved; {after}")
            return stopped
        journal.close()
        return DONE if stopped == UNSAVED else INTERRUPTED
    journal.close()
    return DONE
