"""List of plans: one row a file, with its status, counts and next closing date."""

import datetime
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from planner.exports.report.tables import Column, Report, Row, Table, count
from planner.plan.check import due_by
from planner.plan.plan import Plan
from planner.text.escaping import Output, for_json

LIST_SCHEMA = "sav-list/1"


class ListedPlan(msgspec.Struct, frozen=True):
    """One file of a list: what its plan comes to, or ``error``, the reason why it cannot be read.

    ``undecided``: open decisions. ``closes``: the first date on which rules should be closed.
    """

    file: str
    title: str = ""
    ticket: str = ""
    status: str = "unreadable"
    rules: int = 0
    undecided: int = 0
    errors: int = 0
    warnings: int = 0
    closes: datetime.date | None = None
    error: str = ""

    @classmethod
    def of(cls, file: str, plan: Plan) -> "ListedPlan":
        """Returns the row of a plan that was read from this file."""
        counts = plan.derived.summary
        closing = (due.date for due in due_by(plan, datetime.date.max) if due.field != "review_by")
        return cls(
            file=file,
            title=plan.head.title,
            ticket=plan.change.ticket,
            status=plan.status,
            rules=counts.rules + counts.host_rules,
            undecided=counts.decisions_open,
            errors=counts.errors,
            warnings=counts.warnings,
            closes=next(closing, None),
        )


def list_report(plans: Sequence[ListedPlan], *, by_folder: bool) -> Report:
    """Returns the list as a report: a table for each folder with the names of its files, or one with their paths."""
    folders: dict[str, list[ListedPlan]] = {}
    for plan in plans:
        folders.setdefault(str(PurePath(plan.file).parent) if by_folder else ".", []).append(plan)
    read = [plan for plan in plans if not plan.error]
    counts = [count(len(read), "plan"), count(sum(plan.status == "draft" for plan in read), "draft")]
    counts += [f"{len(plans) - len(read)} unreadable"] if len(read) < len(plans) else []
    return Report(
        title="List of plans",
        facts=(("Read", ", ".join(counts)),),
        notice="",
        tables=tuple(_table(*folder, by_folder) for folder in folders.items()) or (_table(".", (), by_folder),),
        whole=False,
    )


def _table(folder: str, plans: Sequence[ListedPlan], by_folder: bool) -> Table:
    rows = []
    for plan in plans:
        numbers = (plan.rules, plan.undecided, plan.errors, plan.warnings)
        cells = ("",) * len(numbers) if plan.error else tuple(map(str, numbers))
        name = PurePath(plan.file).name if by_folder else plan.file
        said = (str(plan.closes or ""), plan.title, plan.ticket, plan.error)
        rows.append(Row((name, plan.status, *cells, *said), "error" if plan.error or plan.errors else "plain"))
    return Table(
        name="plans",
        title="Plans" if folder == "." else f"Plans in {folder}",
        intro="Open: decisions that nobody made. Closes: the first date on which rules of the plan should be closed.",
        columns=(
            Column(title="File", place="key", wraps=True),
            *(Column(title=title) for title in ("Status", "Rules", "Open", "Errors", "Warnings", "Closes")),
            *(Column(title=title, place="detail", optional=True) for title in ("Title", "Ticket", "Reason")),
        ),
        rows=tuple(rows),
        empty="No file here ends in .toml. Save a plan, or name the folder that holds some.",
    )


def list_json(plans: Sequence[ListedPlan], code: int) -> Output:
    """Writes the list as one JSON object; ``exit_code`` is that of the command."""
    rows: list[dict[str, Any]] = [
        {"file": plan.file, "readable": False, "error": plan.error}
        if plan.error
        else {"readable": True, **{name: value for name, value in msgspec.to_builtins(plan).items() if name != "error"}}
        for plan in plans
    ]
    return for_json({"schema": LIST_SCHEMA, "plans": rows, "exit_code": code})
