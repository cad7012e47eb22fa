"""Is a plan file what the program would write? Names every difference, and says what it means."""

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from planner.plan.digests import digest
from planner.plan.due_dates import Due, due_by, undated
from planner.plan.plan import DERIVED_TABLES, Plan, derived_tables, facts

if TYPE_CHECKING:
    from planner.plan.file_differences import Difference


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What checking a plan found.

    ``derived`` is false for a file of answers alone. ``edited``: somebody changed the file after it was written.
    ``stale``: it rests on another catalogue of facts than the program's. ``catalogue``: version and SHA-256 of the
    catalogue the file names. ``forged``: it differs although its digests fit. ``on``: the date asked about, if any;
    ``due``: what should be closed by then; ``undated``: rules of the rollout that no date closes.
    """

    derived: bool
    edited: bool = False
    stale: bool = False
    forged: bool = False
    catalogue: tuple[str, str] = ("", "")
    differences: "tuple[Difference, ...]" = ()
    errors: tuple[str, ...] = ()
    on: datetime.date | None = None
    due: tuple[Due, ...] = ()
    undated: int = 0

    @property
    def current(self) -> bool:
        """The rules of the file are those that its answers derive to today."""
        return self.derived and not self.stale and not any(difference.table for difference in self.differences)

    @property
    def clean(self) -> bool:
        """Nothing to report: derived, current, unedited, no finding at error level, nothing due."""
        return self.derived and not (self.edited or self.stale or self.differences or self.errors or self.due)


def check_plan(
    plan: Plan,
    stated: Mapping[str, Any],
    said: Mapping[str, Any],
    text: str,
    canonical: str,
    on: datetime.date | None = None,
) -> CheckResult:
    """Hold what a file states against what its answers derive to.

    Args:
        plan: the answers of the file.
        stated: the tables that the file states as derived.
        said: the tables of its answers, as they stand there.
        text: the file, as read.
        canonical: the file as the program writes it today.
        on: by which date to say what should be closed; None for not at all.
    """
    result = _result(plan, on, derived=bool(stated))
    if not stated:
        return result
    from planner.plan.file_differences import Difference, answer_differences, compare_tables, layout_differences

    named = stated.get("facts", {})
    stale = named.get("catalogue_sha256") != facts()["catalogue_sha256"]
    integrity = stated.get("integrity", {})
    answers_fit = digest_of(said) == integrity.get("answers")
    derived_fits = digest_of(_as_derived(stated)) == integrity.get("derived")
    differences = [*compare_tables(plan, stated, derived_tables(plan), text)]
    forged = bool(differences) and answers_fit and derived_fits and not stale
    differences = [*answer_differences(plan, stated, text, fits=answers_fit), *differences]
    if not derived_fits:
        meaning = "the derived part was changed after the file was written"
        differences.append(Difference(kind="digest", about="integrity", field="derived", text=f"integrity: {meaning}"))
    if not differences and not stale:
        differences = layout_differences(text, canonical)
    return msgspec.structs.replace(
        result,
        edited=not (answers_fit and derived_fits) or (bool(differences) and not stale),
        stale=stale,
        forged=forged,
        catalogue=(str(named.get("catalogue_version", "")), str(named.get("catalogue_sha256", ""))),
        differences=tuple(differences),
    )


def intact_plan(plan: Plan, on: datetime.date | None = None) -> CheckResult:
    """Give what ``check_plan`` finds in a file that is to the letter what the program writes for this plan."""
    named = facts()
    catalogue = named["catalogue_version"], named["catalogue_sha256"]
    return msgspec.structs.replace(_result(plan, on, derived=True), catalogue=catalogue)


def _result(plan: Plan, on: datetime.date | None, *, derived: bool) -> CheckResult:
    return CheckResult(
        derived=derived,
        errors=tuple(f"{finding.id}: {finding.text}" for finding in plan.derived.findings if finding.level == "error"),
        on=on,
        due=due_by(plan, on) if on else (),
        undated=len(undated(plan)) if on else 0,
    )


def digest_of(content: Mapping[str, Any]) -> str:
    """Give the digest of content as it was read; none for content that has none, such as half a character."""
    try:
        return digest(dict(content))
    except UnicodeEncodeError:
        return ""


def _as_derived(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Put what a file states as derived into the shape that its digest was made of."""
    lists = {name: stated.get(name, []) for name in DERIVED_TABLES}
    return {"facts": stated.get("facts", {}), **lists, "summary": stated.get("summary", {})}
