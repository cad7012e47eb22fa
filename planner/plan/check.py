"""Check of a plan file: its differences from what the program would write, what they mean, and what is due."""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Rule
from planner.plan.digests import digest
from planner.plan.plan import DERIVED_TABLES, Plan, Status, answer_tables, derived_tables, facts

if TYPE_CHECKING:
    from planner.plan.file_differences import Difference, FileText


class Due(msgspec.Struct, frozen=True):
    """One date of a plan that has come: the field that holds it, what to do in words, and the rules it is about."""

    field: str
    date: datetime.date
    text: str
    rules: tuple[Rule, ...]


PHASE_ENDS = {
    "rollout_until": "the rollout is over: remove its rules",
    "legacy_until": "the legacy clients are gone: remove their rules",
}
"""The answers that end the rules of some flows, and what to do then; the other dates are about every rule."""


def due_by(plan: Plan, on: datetime.date) -> tuple[Due, ...]:
    """Returns what is due by the end of the day ``on``, earliest first; a rule's last day counts.

    A rule that several flows share ends with the one that ends last, so it may stay when one of its dates has come.
    """
    change, answers, flows = plan.change, plan.topology.answers, load_catalogue().flows
    everything = (*plan.derived.rules, *plan.derived.host_rules)
    found = []
    for field, text in PHASE_ENDS.items():
        date = getattr(answers, field)
        if date is None or date > on:
            continue
        ended = tuple(
            rule for rule in everything if rule.until == date and any(flows[flow].until == field for flow in rule.flows)
        )
        if ended:
            found.append(Due(field, date, text, ended))
    if change.expires is not None and change.expires <= on:
        found.append(Due("expires", change.expires, "the change expires: remove every rule of this plan", everything))
    if change.review_by is not None and change.review_by <= on:
        found.append(Due("review_by", change.review_by, "the rules are to be looked at again", everything))
    return tuple(sorted(found, key=lambda due: due.date))


def undated(plan: Plan) -> tuple[Rule, ...]:
    """Rules of the rollout that no date closes: they would stay open for good."""
    return tuple(
        rule
        for rule in (*plan.derived.rules, *plan.derived.host_rules)
        if rule.phase == "rollout" and rule.until is None
    )


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """Result of checking a plan.

    ``status`` and the counts of what stands open are those of the plan as it is read. ``derived`` is false for a file
    of answers alone. ``edited``: somebody changed the file after it was written. ``stale``: it rests on another
    catalogue of facts than the program's. ``catalogue``: version and SHA-256 of the catalogue the file names.
    ``forged``: it differs although its digests fit. ``on``: the date asked about, if any; ``due``: what should be
    closed by then; ``undated``: rules of the rollout that no date closes.
    """

    status: Status
    undecided: int
    assumed: int
    warnings: int
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


class FileContent(msgspec.Struct, frozen=True):
    """Content of a plan file that is to be checked.

    Attributes:
        answers: the tables of its answers, as they stand there.
        derived: the tables that it states as derived.
        text: the file, as read.
        rewritten: its tables as they stand, in the layout of the program.
        canonical: the file as the program writes it today for the plan that it read; empty without a derived part.
    """

    answers: Mapping[str, Any]
    derived: Mapping[str, Any]
    text: str
    rewritten: str
    canonical: str


def check_plan(plan: Plan, file: FileContent, on: datetime.date | None = None) -> CheckResult:
    """Compares what a file states with what its answers derive to; with a date, also finds what is due by then."""
    result = _result(plan, on, derived=bool(file.derived))
    if not file.derived:
        return result
    from planner.plan.file_differences import FileText, compare_tables, false_answers, layout_differences

    text = FileText(file.text)
    named = file.derived.get("facts", {})
    stale = named.get("catalogue_sha256") != facts()["catalogue_sha256"]
    digests = _Digests(file)
    layout = layout_differences(text.lines, file.rewritten.split("\n"))
    false = [*false_answers(plan, file.answers, answer_tables(plan), text)]
    derived = [*compare_tables(plan, file.derived, derived_tables(plan), text)]
    differences = [*false, *derived]
    lines = {difference.line for difference in differences}
    differences += [difference for difference in layout if difference.line not in lines]
    edits = digests.differences(plan, text, differences)
    differences = [*(edit for edit in edits if edit.field != "derived"), *differences]
    differences += [edit for edit in edits if edit.field == "derived"]
    written = (file.text, file.canonical) if not digests.earlier else (_body(file.text), _body(file.canonical))
    if not differences and not stale and written[0] != written[1]:
        differences = layout_differences(text.lines, file.canonical.split("\n"))
    impossible = bool(layout) or any(found.kind == "twice" for found in differences)
    fits = digests.answers_fit and digests.derived_fits and (digests.text_fits or digests.earlier)
    return msgspec.structs.replace(
        result,
        edited=impossible or not fits or (bool(differences) and not stale),
        stale=stale,
        forged=bool(false or derived) and fits and not stale,
        catalogue=(str(named.get("catalogue_version", "")), str(named.get("catalogue_sha256", ""))),
        differences=tuple(differences),
    )


class _Digests:
    """Digests that a file states, compared with those of its own content."""

    def __init__(self, file: FileContent) -> None:
        from planner.plan.file_differences import answer_lines
        from planner.plan.file_lines import line_marks

        self._stated = file.derived
        stated = file.derived.get("integrity", {})
        self.earlier = "text" not in stated and "lines" not in stated
        body = _body(file.text)
        self._own: dict[str, Any] = {
            "answers": digest_of(file.answers),
            "derived": digest_of(_as_derived(file.derived)),
        }
        if not self.earlier:
            marks = line_marks(answer_lines(file.text.split("\n")))
            self._own |= {"lines": marks, "text": hashlib.sha256(body.encode()).hexdigest()}
        self.answers_fit = self._own["answers"] == stated.get("answers")
        self.derived_fits = self._own["derived"] == stated.get("derived")
        self.text_fits = not self.earlier and self._own["text"] == stated.get("text")

    def differences(self, plan: Plan, text: "FileText", found: "Sequence[Difference]") -> "list[Difference]":
        """Edits that only the digests tell, beside the differences ``found``."""
        from planner.plan.file_differences import Difference, edited_answers, integrity_differences

        known = frozenset(difference.line or 0 for difference in found if difference.line)
        if self.text_fits:  # all before the last section is as it was written
            return [*integrity_differences(text, self._own, self._stated.get("integrity", {}))]
        edits = [*edited_answers(plan, self._stated, text, fits=self.answers_fit, known=known)]
        if not self.derived_fits:
            meaning = "integrity: the derived part was changed after the file was written"
            edits.append(Difference(kind="digest", about="integrity", field="derived", text=meaning))
        if not edits and not found and not self.earlier:
            return [*integrity_differences(text, self._own, self._stated.get("integrity", {}))]
        return edits


def _body(text: str) -> str:
    """All of a plan file before its last section."""
    return text[: text.rfind("\n[integrity]\n") + 1]


def intact_plan(plan: Plan, on: datetime.date | None = None) -> CheckResult:
    """Result of ``check_plan`` for a file that is to the letter what the program writes for this plan."""
    named = facts()
    catalogue = named["catalogue_version"], named["catalogue_sha256"]
    return msgspec.structs.replace(_result(plan, on, derived=True), catalogue=catalogue)


def _result(plan: Plan, on: datetime.date | None, *, derived: bool) -> CheckResult:
    summary = plan.derived.summary
    return CheckResult(
        status=plan.status,
        undecided=summary.decisions_open,
        assumed=summary.assumed,
        warnings=sum(finding.level == "warning" for finding in plan.derived.findings),
        derived=derived,
        errors=tuple(f"{finding.id}: {finding.text}" for finding in plan.derived.findings if finding.level == "error"),
        on=on,
        due=due_by(plan, on) if on else (),
        undated=len(undated(plan)) if on else 0,
    )


def digest_of(content: Mapping[str, Any]) -> str:
    """Digest of content as it was read; empty for content that has none, such as half a character."""
    try:
        return digest(dict(content))
    except UnicodeEncodeError:
        return ""


def _as_derived(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Tables that a file states as derived, in the shape that their digest is made of."""
    lists = {name: stated.get(name, []) for name in DERIVED_TABLES}
    return {"facts": stated.get("facts", {}), **lists, "summary": stated.get("summary", {})}
