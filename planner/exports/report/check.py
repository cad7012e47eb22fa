"""Report of ``check``: lines for people, and one JSON object for programs."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from planner.exports.report.tables import count, port
from planner.plan.check import PHASE_ENDS, CheckResult
from planner.plan.plan import facts
from planner.text.escaping import Output, for_json, visible

if TYPE_CHECKING:
    from planner.plan.file_differences import Difference

CHECK_SCHEMA = "sav-check/1"
_LONGEST = 400


class Checked(msgspec.Struct, frozen=True):
    """File that was checked: the result, or why it could not be read."""

    path: str
    result: CheckResult | None
    error: str = ""


def check_lines(path: str, result: CheckResult) -> Iterator[str]:
    """Status and verdict of one plan first, then each difference, each error, and what should be closed by the date."""
    name = "standard input" if path == "-" else visible(path, 200)
    yield f"{name}: {'; '.join((_standing(result), *_verdicts(result)))}"
    for difference in _told(result):
        yield f"  {visible(_where(difference) + difference.text, _LONGEST)}"
        if difference.why:
            yield f"    {visible(difference.why, _LONGEST)}"
    for error in result.errors:
        yield f"  error {visible(error, _LONGEST)}"
    for due in result.due:
        yield f"  {due.field} {due.date}: {due.text} ({count(len(due.rules), 'rule')})"
        for rule in due.rules if due.field in PHASE_ENDS else ():
            ends = visible(f"{rule.from_} to {rule.to}", 120)
            yield f"    {rule.marker}  {port(rule.protocol, rule.destination_ports)}  {ends}"
    if result.undated:
        yield f"  {count(result.undated, 'rollout rule')} without a date: nothing says when to close them"


def _told(result: CheckResult) -> "Iterator[Difference]":
    """Differences but those that the verdict names already: the catalogue of a file that nobody edited."""
    said = result.stale and not result.edited
    return (difference for difference in result.differences if not (said and difference.table == "facts"))


def _where(difference: "Difference") -> str:
    return f"line {difference.line}: " if difference.line and difference.kind != "layout" else ""


def _standing(result: CheckResult) -> str:
    """Status of the plan and what stands open in it."""
    counts = (
        (result.undecided, "decision", " undecided"),
        (result.assumed, "answer", " assumed"),
        (result.warnings, "warning", ""),
    )
    standing = ", ".join(f"{count(number, thing)}{state}" for number, thing, state in counts if number)
    return f"{result.status}: {standing}" if standing else result.status


def _verdicts(result: CheckResult) -> Iterator[str]:
    if not result.derived:
        yield "holds answers alone and nothing derived; 'sav-planner new --from FILE -o PLAN' derives the rules"
    elif not (result.edited or result.stale):
        yield "intact and current"
    if result.edited:
        seen = count(sum(1 for _ in _told(result)), "difference")
        yield f"edited by hand, differs from what its answers derive to ({seen})"
    if result.forged:
        yield "its digests fit all the same: they were made anew, or another version of the program wrote the file"
    if result.stale:
        yield from _stale(result)
    if result.errors:
        yield f"contradicts itself ({count(len(result.errors), 'error')})"
    if result.on:
        yield _closing(result)


def _stale(result: CheckResult) -> Iterator[str]:
    ours, (version, sha256) = facts(), result.catalogue
    yield (
        f"{'' if result.edited else 'intact, but '}stale: written with another catalogue than this program's "
        f"(version {visible(version, 20) or 'not named'}, SHA-256 {visible(sha256, 13) or 'not named'}; "
        f"here version {ours['catalogue_version']}, SHA-256 {ours['catalogue_sha256'][:12]}…)"
    )
    if result.edited:
        yield "which differences are edits and which the catalogue's cannot be told apart"
    else:
        rules = {difference.about for difference in result.differences if "rule" in difference.table}
        yield f"today's catalogue changes {count(len(rules), 'rule')}"


def _closing(result: CheckResult) -> str:
    rules = {rule.id for due in result.due if due.field != "review_by" for rule in due.rules}
    review = any(due.field == "review_by" for due in result.due)
    said = f"{count(len(rules), 'rule')} should be closed by {result.on}" if rules else ""
    return ", ".join(part for part in (said, review and "a review is due") if part) or (
        f"nothing has to be closed by {result.on}"
    )


def check_json(files: Sequence[Checked], code: int) -> Output:
    """JSON object of what was found; ``exit_code`` is that of the command."""
    ours = facts()
    document = {
        "schema": CHECK_SCHEMA,
        "catalogue": {"version": ours["catalogue_version"], "sha256": ours["catalogue_sha256"]},
        "plans": [_file(file) for file in files],
        "exit_code": code,
    }
    return for_json(document)


def _file(file: Checked) -> dict[str, Any]:
    result = file.result
    if result is None:
        return {"file": file.path, "readable": False, "error": file.error}
    return {
        "file": file.path,
        "readable": True,
        "status": result.status,
        "open": {"decisions": result.undecided, "assumed": result.assumed, "warnings": result.warnings},
        "clean": result.clean,
        "derived": result.derived,
        "intact": result.derived and not result.edited,
        "current": result.current,
        "edited": result.edited,
        "stale": result.stale,
        "says": list(_verdicts(result)),
        "catalogue": {"version": result.catalogue[0], "sha256": result.catalogue[1]},
        "differences": [_plain(difference) for difference in result.differences],
        "errors": list(result.errors),
        "on": _plain(result.on),
        "due": [
            {
                "field": due.field,
                "date": _plain(due.date),
                "says": due.text,
                "rules": [{"id": rule.id, "marker": rule.marker} for rule in due.rules],
            }
            for due in result.due
        ],
        "undated_rollout_rules": result.undated,
    }


def _plain(value: Any) -> Any:
    """Value that JSON can hold; a file may state numbers that it cannot, such as infinity."""
    return msgspec.json.decode(msgspec.json.encode(value))
