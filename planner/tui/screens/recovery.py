"""What an earlier session left behind unsaved: what it holds, compared with the saved file, and what to do with it."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from planner.core.editing import new_plan
from planner.core.plan import Plan
from planner.core.untrusted import visible
from planner.storage.journal import Abandoned, Left
from planner.storage.plan_files import PlanFileError, read_plan
from planner.tui.comparing import in_short
from planner.tui.screens.pages import Choice
from planner.tui.workspace import resolved

if TYPE_CHECKING:
    from planner.tui.screens.filing import FilingScreen


def offer(screen: "FilingScreen", left: Left) -> None:
    """Offer what was left behind on the open plan; where none is open, on every plan, one after the other."""
    own = os.path.realpath(screen.work.path) if screen.work.path else ""
    mine = [found for found in left.abandoned if not own or os.path.realpath(found.snapshot.path) == own]
    for found in left.abandoned:
        if found not in mine:
            found.keep()
    _offer_next(screen, mine)
    if left.damaged:
        screen.say(f"A recovery file cannot be used: {left.damaged[0]}", "warning")


def _offer_next(screen: "FilingScreen", found: Sequence[Abandoned]) -> None:
    if not found:
        return
    first, rest = found[0], found[1:]
    question = _question(screen, first)
    if not question:
        first.drop()
        _offer_next(screen, rest)
        return

    def answered(answer: str | None) -> None:
        if answer == "recover":
            _recover(screen, first, rest)
            return
        if answer == "discard":
            first.drop()
        else:
            first.keep()
        _offer_next(screen, rest)

    answers = [
        ("r", "recover it", "recover"),
        ("k", "leave it for later, and go on with the saved plan", "keep"),
        ("d", "discard it", "discard"),
    ]
    screen.app.push_screen(Choice(question, answers), answered)


def _recover(screen: "FilingScreen", first: Abandoned, rest: Sequence[Abandoned]) -> None:
    for other in rest:
        other.keep()
    if screen.work.recover(first.snapshot):
        first.drop()
    else:
        first.keep()
    screen.show_plan(anew=True)
    screen.say("Recovered; not saved yet. u shows the plan as it was saved.")


def _question(screen: "FilingScreen", found: Abandoned) -> str:
    """Say what was left behind; nothing if it is what the file holds."""
    snapshot = found.snapshot
    written = datetime.fromtimestamp(found.written).strftime("%Y-%m-%d %H:%M")
    saved, note = _saved(snapshot.path, snapshot.base)
    if saved == snapshot.plan:
        return ""
    name = resolved(snapshot.path) if snapshot.path else "a plan that has no file yet"
    title = visible(snapshot.plan.head.title, 60)
    holds = in_short(saved or new_plan(), snapshot.plan, screen.work.catalogue)
    against = "the saved file" if saved else "a new plan"
    return (
        f"A session ended at {written} with unsaved work on {name}{f' ({title})' if title else ''}. "
        f"Compared with {against}: {holds}.{note}"
    )


def _saved(path: str, base: str) -> tuple[Plan | None, str]:
    if not path:
        return None, ""
    try:
        found = read_plan(path)
    except PlanFileError:
        return None, " The file itself cannot be read any more."
    changed = " That file has changed since." if base and found.sha256 != base else ""
    return found.plan, changed
