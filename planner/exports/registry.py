"""Registry of document formats and drawings. A command loads only the writer that it needs."""

from typing import TYPE_CHECKING, Protocol

from planner.catalogue.loader import load_catalogue
from planner.catalogue.model import Catalogue
from planner.exports.names import Choice, DrawingName, FormatName
from planner.exports.report.tables import Report
from planner.plan.plan import Plan
from planner.text.escaping import Output, for_output

if TYPE_CHECKING:
    from planner.audit.audit import Audit
    from planner.plan.diff import PlanDifference


class ReportWriter(Protocol):
    """Writer of reports in one format. ``width`` (terminal cells) and ``colour`` matter to text alone."""

    def __call__(self, content: Report, width: int, colour: bool, /) -> str:  # noqa: D102
        ...


class DrawingWriter(Protocol):
    """Writer of drawings of a plan; raises DiagramError where there is too much for a picture."""

    def __call__(self, plan: Plan, catalogue: Catalogue, /) -> str:  # noqa: D102
        ...


def report_writer(format_name: FormatName) -> ReportWriter:
    """Return the writer of a format. JSON has none: it is written from the plan, not from a report."""
    if format_name == "csv":
        from planner.exports.formats.csv import write_csv

        return write_csv
    if format_name == "markdown":
        from planner.exports.formats.markdown import write_markdown

        return write_markdown
    if format_name == "html":
        from planner.exports.formats.html import write_html

        return write_html
    from planner.exports.formats.text import write_text

    return write_text


def drawing_writer(name: DrawingName) -> DrawingWriter:
    """Return the writer of a drawing."""
    from planner.exports.diagram import mermaid, svg

    return svg if name == "svg" else mermaid


def render(
    plan: Plan, format_name: FormatName, *, view: Choice = "all", width: int = 80, colour: bool = False
) -> Output:
    """Write a plan in a format, for text in lines of at most ``width`` terminal cells. JSON is always whole.

    The result ends in a line break and holds its own: write it out without translating them.
    """
    if format_name == "json":
        from planner.exports.formats.json import plan_json

        return plan_json(plan)
    from planner.exports.report.plan import plan_report

    return write_report(plan_report(plan, load_catalogue(), view), format_name, width, colour)


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
    """Write a report in a format; ``width`` and ``colour`` matter to text alone."""
    return for_output(report_writer(format_name)(content, width, colour))


_AUDIT_WIDTH = 100
_AUDIT_FORMATS: dict[str, FormatName] = {".csv": "csv", ".md": "markdown", ".html": "html"}


def audit_file(path: str, plan: Plan, found: "Audit") -> Output:
    """Write an audit in the format that the file name ends in: JSON, CSV, Markdown, HTML, else text."""
    from planner.exports.report.audit import audit_json, audit_report

    if path.endswith(".json"):
        return audit_json(plan, found)
    end = path[path.rfind(".") :] if "." in path else ""
    return write_report(audit_report(plan, found), _AUDIT_FORMATS.get(end, "text"), _AUDIT_WIDTH, colour=False)
