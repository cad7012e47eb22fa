"""What an earlier session left behind unsaved is offered at the next start: take it, leave it, or be rid of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.session.workspace import recovery_for, recovery_summary
from planner.storage.journal import RecoveryFile, RecoveryFiles
from planner.tui.screens.help import Choice

if TYPE_CHECKING:
    from planner.tui.screens.file_actions import FilingScreen


def offer(screen: "FilingScreen", left: RecoveryFiles) -> None:
    """Offer what was left behind on the open plan; where none is open, on every plan, one after the other."""
    _offer_next(screen, recovery_for(left, screen.work.path))
    if left.damaged:
        screen.say(f"A recovery file cannot be used: {left.damaged[0]}", "warning")


def _offer_next(screen: "FilingScreen", found: Sequence[RecoveryFile]) -> None:
    if not found:
        return
    first, rest = found[0], found[1:]
    question = recovery_summary(first, screen.work.catalogue, screen.work.bounds)
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


def _recover(screen: "FilingScreen", first: RecoveryFile, rest: Sequence[RecoveryFile]) -> None:
    for other in rest:
        other.keep()
    if screen.work.recover(first.snapshot):
        first.drop()
    else:
        first.keep()
    screen.show_plan(anew=True)
    screen.say("Recovered; not saved yet. u shows the plan as it was saved.")
