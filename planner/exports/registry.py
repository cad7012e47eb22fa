"""Every format something can be shown in, and the one way to ask for it. A command loads only the format it needs."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Literal, get_args

from planner.catalogue.model import load_catalogue
from planner.exports.report.tables import Choice, Report
from planner.plan.plan import Plan
from planner.text.escaping import Output, for_output

if TYPE_CHECKING:
    from planner.plan.diff import PlanDifference

FormatName = Literal["text", "json", "csv", "markdown", "html"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)

_MODULES: Mapping[str, str] = {name: f"planner.exports.formats.{name}" for name in FORMATS}


def render(
    plan: Plan, format_name: FormatName, *, view: Choice = "all", width: int = 80, colour: bool = False
) -> Output:
    """Write a plan in a format, for text in lines of at most ``width`` terminal cells. JSON is always whole.

    The result ends in a line break and holds its own: write it out without translating them.
    """
    if format_name == "json":
        from planner.exports.formats.json import plan_json

        return plan_json(plan)
    from planner.exports.report.plan import report

    return write_report(report(plan, load_catalogue(), view), format_name, width, colour)


def render_difference(
    old: Plan,
    new: Plan,
    difference: "PlanDifference",
    format_name: FormatName,
    *,
    rollback: bool,
    width: int,
    colour: bool,
) -> Output:
    """Write a difference between two plans in a format, as ``render`` does a plan."""
    if format_name == "json":
        from planner.exports.formats.json import difference_json

        return difference_json(old, new, difference, rollback=rollback)
    from planner.exports.report.diff import difference_report

    content = difference_report(old, new, difference, load_catalogue(), rollback=rollback)
    return write_report(content, format_name, width, colour)


def write_report(content: Report, format_name: FormatName, width: int, colour: bool) -> Output:
    """Lay a report out in a format; ``width`` and ``colour`` matter to text alone."""
    return for_output(import_module(_MODULES[format_name]).write(content, width, colour))
