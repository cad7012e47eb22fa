"""What an earlier session left behind unsaved, in words: on what, and what it has that the saved file has not."""

import os
from datetime import datetime

from planner.catalogue.model import Catalogue
from planner.plan.editing import new_plan
from planner.plan.plan import Plan
from planner.session.comparing import in_short
from planner.session.workspace import resolved
from planner.storage.journal import Abandoned, Left
from planner.storage.plan_files import Bounds, PlanFileError, read_plan
from planner.text.escaping import visible


def on_plan(left: Left, path: str) -> list[Abandoned]:
    """Give what was left behind on the open plan, where none is open on every plan; what is not given is let go."""
    own = os.path.realpath(path) if path else ""
    mine = [found for found in left.abandoned if not own or os.path.realpath(found.snapshot.path) == own]
    for found in left.abandoned:
        if found not in mine:
            found.keep()
    return mine


def described(found: Abandoned, catalogue: Catalogue, bounds: Bounds) -> str:
    """Say what was left behind; nothing if it is what the file holds."""
    snapshot = found.snapshot
    written = datetime.fromtimestamp(found.written).strftime("%Y-%m-%d %H:%M")
    saved, note = _saved(snapshot.path, snapshot.base, bounds)
    if saved == snapshot.plan:
        return ""
    name = resolved(snapshot.path) if snapshot.path else "a plan that has no file yet"
    title = visible(snapshot.plan.head.title, 60)
    holds = in_short(saved or new_plan(), snapshot.plan, catalogue)
    against = "the saved file" if saved else "a new plan"
    return (
        f"A session ended at {written} with unsaved work on {name}{f' ({title})' if title else ''}. "
        f"Compared with {against}: {holds}.{note}"
    )


def _saved(path: str, base: str, bounds: Bounds) -> tuple[Plan | None, str]:
    if not path:
        return None, ""
    try:
        found = read_plan(path, bounds)
    except PlanFileError:
        return None, " The file itself cannot be read any more."
    changed = " That file has changed since." if base and found.sha256 != base else ""
    return found.plan, changed
