"""Two states of one plan side by side: in a sentence for a question, and in whole on a page."""

from planner.catalogue.model import Catalogue
from planner.plan.diff import FieldChange, compare_plans
from planner.plan.plan import Plan
from planner.text.escaping import visible

_NAMED = 3
_SHOWN = 24


def in_short(old: Plan, new: Plan, catalogue: Catalogue) -> str:
    """Say in one line what the new plan has that the old one has not: rules by their number, answers by name."""
    found = compare_plans(old, new, catalogue)
    counts = (("+", found.add), ("-", found.remove), ("~", found.change))
    rules = " ".join(f"{sign}{len(changes)}" for sign, changes in counts if changes)
    answers = [change for change in found.answers if not _follows(change)]
    number = len(answers)
    words = [f"rules {rules}" if rules else "the same rules"]
    if number:
        named = ", ".join(_words(change) for change in answers[:_NAMED])
        more = f" and {number - _NAMED} more" if number > _NAMED else ""
        words.append(f"{number} answer{'s' * (number != 1)} changed: {named}{more}")
    return "; ".join(words)


def _follows(change: FieldChange) -> bool:
    """Whether it comes with every change of an answer: its mark as assumed, or the decisions that now arise."""
    return change.field in ("assumed", "status") or (change.about.startswith("decision ") and not change.field)


def _words(change: FieldChange) -> str:
    from planner.exports.report.diff import words

    about = visible(f"{change.about} {change.field}".removeprefix("topology ").strip(), _SHOWN + _SHOWN)
    return f"{about} {visible(words(change.old), _SHOWN)} to {visible(words(change.new), _SHOWN)}"


def comparison(old: Plan, new: Plan, catalogue: Catalogue, width: int) -> list[str]:
    """Give the lines of what ``diff`` says of the two, for a width in cells."""
    from planner.exports.registry import render_difference

    found = compare_plans(old, new, catalogue)
    text = render_difference(old, new, found, "text", rollback=False, width=width, colour=False)
    return text.splitlines()
