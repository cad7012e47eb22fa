"""The report of an audit as a file, written as the end of the file's name says."""

from collections.abc import Mapping

from planner.audit.verdicts import Audit
from planner.exports.registry import FormatName, write_report
from planner.exports.report.audit import audit_json, audit_report
from planner.plan.plan import Plan

_WIDTH = 100
_FORMATS: Mapping[str, FormatName] = {".csv": "csv", ".md": "markdown", ".html": "html"}


def audit_file(path: str, plan: Plan, found: Audit) -> str:
    """Write a verdict as JSON, CSV, Markdown or HTML where the path ends so, and as text where it ends otherwise."""
    if path.endswith(".json"):
        return audit_json(plan, found)
    end = path[path.rfind(".") :] if "." in path else ""
    return write_report(audit_report(plan, found), _FORMATS.get(end, "text"), _WIDTH, colour=False)
