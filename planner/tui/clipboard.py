"""Copying what a page shows: to the clipboard of the terminal, or to a file."""

from collections.abc import Callable
from typing import Any

from textual.app import App

from planner.plan.explanation import Explanation
from planner.session.background import FileWriter
from planner.session.workspace import resolved, typed_path
from planner.storage.plan_files import PlanFileError
from planner.text.escaping import visible

CLIPBOARD_BYTES = 16_384
"""More than this is not sent to a terminal's clipboard: many drop it, and a slow line is blocked by it."""

Say = Callable[[str, str], None]


def as_text(explanation: Explanation) -> str:
    """Write an explanation, a line for each statement."""
    lines = [f"{line.label + ': ' if line.label else ''}{line.text}" for line in explanation.lines]
    return "\n".join(visible(line) for line in (explanation.title, *lines)) + "\n"


def copy(app: App[Any], text: str, say: Say, key: str) -> None:
    """Send a text to the clipboard of the terminal, which gives no answer; ``key`` writes it to a file instead."""
    size = len(text.encode())
    if size > CLIPBOARD_BYTES:
        say(f"Too long for a terminal's clipboard ({size:,} bytes); {key} writes it to a file.", "warning")
        return
    app.copy_to_clipboard(text)
    say(f"Sent to the terminal's clipboard; if nothing arrives, {key} writes it to a file.", "good")


def write(app: App[Any], writer: FileWriter, text: str, typed: str, say: Say, done: Callable[[], None]) -> None:
    """Write a text to the file of a typed path; a file that is there already is asked about first.

    ``done`` is called once it is written; what stands in the way is said.
    """
    from planner.storage.plan_files import SaveError, save_text
    from planner.tui.screens.help import Choice

    path = typed_path(typed)

    def save(*, overwrite: bool) -> None:
        def work() -> str | None:
            try:
                save_text(text, path, overwrite=overwrite)
            except SaveError as error:
                if error.reason != "appeared":
                    raise
                return None
            return resolved(path)

        writer.write("Writing it", work, written, PlanFileError)

    def written(place: str | None) -> None:
        if place is None:
            question = f"{resolved(path)} exists already. Overwrite it?"
            app.push_screen(Choice(question, [("o", "overwrite it", "overwrite")]), answered)
        else:
            done()
            say(f"Written to {place}", "good")

    def answered(answer: str | None) -> None:
        if answer:
            save(overwrite=True)

    if not typed.strip():
        say("Type the path of a file; Esc goes back.", "muted")
    else:
        save(overwrite=False)
