"""Saving from the question-and-answer mode: nothing is overwritten unasked."""

from planner.plain.console import ask, say
from planner.plan.editing import file_stem
from planner.session.workspace import Workspace, resolved, typed_path
from planner.storage.recent import remember_behind
from planner.storage.text_files import SaveError
from planner.text.escaping import visible

_AGAIN = {
    "appeared": "exists already. Overwrite it: yes or no",
    "changed": "was changed by somebody else since it was read. Overwrite it: yes or no",
    "protected": "is read-only. Replace it all the same: yes or no",
}
"""The reasons for not saving after which it can be tried again, once somebody has said yes."""


def save(work: Workspace, typed: str = "") -> bool:
    """Save to the path typed; where there is none, ask for one. False if nothing was saved."""
    named = work.path or f"{file_stem(work.plan)}.toml"
    path = typed_path(typed.strip() or ask(f"Save as (Enter for {visible(named)})").strip() or named)
    again = ""
    while True:
        try:
            saved = _try(work, path, again)
        except SaveError as error:
            if error.reason == again or error.reason not in _AGAIN:
                say(str(error))
                return False
            again = error.reason
            if ask(f"{resolved(path)} {_AGAIN[again]}").strip().lower() not in ("y", "yes"):
                say("Nothing is saved.")
                return False
            continue
        say("; ".join((f"Saved {resolved(path)}", *saved)))
        remember_behind(path)
        return True


def _try(work: Workspace, path: str, again: str) -> tuple[str, ...]:
    """Save; ``again``: the reason that somebody has said yes to."""
    if again == "changed":
        work.unconfirmed(path)  # what is there now may be replaced
    overwrite = path == work.path or again in _AGAIN
    saved = work.file.save(work.plan, path, overwrite=overwrite, protected_too=again == "protected")
    work.saved(work.plan, path, saved)
    return saved.notes
