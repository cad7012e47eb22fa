"""The open plan and everything that can be done to it, without a screen."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from planner.catalogue.answers import TopologyError
from planner.catalogue.model import Catalogue
from planner.plan.editing import (
    add_zone,
    confirm,
    decide,
    duplicate_zone,
    free_zone_name,
    new_plan,
    own_zones,
    remove_zone,
    with_note,
)
from planner.plan.explanation import Line
from planner.plan.plan import Plan
from planner.plan.topology import Zone
from planner.session.forms import Field, confirmed
from planner.session.history import Session
from planner.storage.journal import Journal, RecoveryFile, RecoveryFiles, Snapshot
from planner.storage.plan_files import STANDARD_STREAM, USUAL, Bounds, OpenFile, PlanFileError, read_plan
from planner.storage.toml_reader import PlanText
from planner.text.escaping import visible

if TYPE_CHECKING:
    from planner.audit.run import AuditRun
    from planner.plan.diff import FieldChange
    from planner.storage.atomic_write import Saved

SWITCHED = ("yesno", "choice", "decision")
"""Kinds of fields that are switched rather than typed."""

QUICK = 5_000
"""Rules of the largest plan in which answers are previewed at once."""

NOT_POSSIBLE = "not possible: "
"""Prefix of the effect of a text that cannot be taken."""


class Workspace:
    """A session, the file it belongs to, and who decides.

    Attributes:
        session: the plan and its history.
        file: the plan's file.
        decider: the name put to decisions, empty until somebody gave one.
        journal: keeps what is not saved.
        rules: the rules of a firewall that were last held against the plan, as it was then.
        asked: the flow that was last asked for: from, to, service, source port.
        bounds: how large the plan files may be that this session reads.
    """

    def __init__(
        self,
        plan: Plan | None,
        path: str,
        catalogue: Catalogue,
        base: str = "",
        journal: Journal | None = None,
        bounds: Bounds = USUAL,
    ) -> None:
        self.decider = ""
        self.bounds = bounds
        self.rules: AuditRun | None = None
        self.asked = ("", "", "", "")
        self._impacts: tuple[Plan | None, dict[tuple[str, str], list[Line]]] = (None, {})
        self.catalogue = catalogue
        self.journal = journal
        self.file = OpenFile()
        self._begin(Session(new_plan(), saved=False) if plan is None else Session(plan, saved=True), path, base)

    def _begin(self, session: Session, path: str, base: str) -> None:
        self.file.close()
        self.session, self.file = session, OpenFile(path, base)
        self.rules, self.asked = None, ("", "", "", "")
        session.changed = self._keep
        self._keep()

    @property
    def path(self) -> str:
        """The path of the plan's file, empty if it has none yet."""
        return self.file.path

    def _keep(self) -> None:
        """Publish unsaved work to the journal."""
        if self.journal is not None:
            self.journal.publish(self.plan if self.session.dirty else None, self.file.real, self.file.base)

    @property
    def plan(self) -> Plan:
        """The plan as it stands."""
        return self.session.plan

    def take(self, field: Field, text: str) -> bool:
        """Apply an answer and confirm it; False if that changes nothing.

        Raises:
            TopologyError: it cannot be taken in.
        """
        plan = confirmed(field.apply(self.plan, text), field)
        return self.session.apply(f"{field.title}: {field.value} to {text or 'nothing'}", plan)

    @property
    def is_quick(self) -> bool:
        """True if the plan is so small that another answer is previewed before anybody could notice."""
        summary = self.plan.derived.summary
        return summary.rules + summary.host_rules <= QUICK

    @property
    def knows_decider(self) -> bool:
        """True while a decision carries the decider's name; once the last one is undone, it is asked for anew."""
        return bool(self.decider) and any(state.by == self.decider for state in self.plan.derived.decisions)

    def confirm(self, field: Field) -> bool:
        """Count an answer as confirmed; False if it was."""
        return self.session.apply(f"confirm {field.title}", confirmed(self.plan, field))

    def confirm_all(self, step: str, fields: Sequence[Field]) -> bool:
        """Count all answers of a step as confirmed; False if they were."""
        names = [name for field in fields for name in field.answers]
        return self.session.apply(f"confirm {step}", confirm(self.plan, *names))

    def settle(self, field: Field) -> bool:
        """Put the decider's name to a decision as it stands."""
        plan = decide(self.plan, field.id, field.entry, self.decider, self.note_on(field.id), self.catalogue)
        return self.session.apply(f"decide {field.title}", plan)

    def settle_all(self) -> bool:
        """Put the decider's name to every open decision as it stands."""
        plan = self.plan
        for state in plan.derived.decisions:
            if not state.settled:
                plan = decide(plan, state.id, state.chosen, self.decider, state.note, self.catalogue)
        return self.session.apply("decide everything as it stands", plan)

    def note_on(self, decision_id: str) -> str:
        """Note written on a decision."""
        return next((state.note for state in self.plan.derived.decisions if state.id == decision_id), "")

    def write_note(self, field: Field, text: str) -> bool:
        """Put a note to a decision."""
        return self.session.apply(f"note on {field.title}", with_note(self.plan, field.id, text, self.catalogue))

    def add_zone(self) -> int:
        """Add a zone with a free name and give its place among the zones."""
        name = free_zone_name(self.plan, "zone", self.catalogue)
        self.session.apply(f"add zone {name}", add_zone(self.plan, Zone(name=name), self.catalogue))
        return [zone.name for zone in self.plan.topology.zones].index(name)

    def duplicate_zone(self, index: int) -> int:
        """Add a zone like another one and give its place. Raises TopologyError: there can be no second one."""
        name = own_zones(self.plan, self.catalogue)[index].name
        plan, place = duplicate_zone(self.plan, index, self.catalogue)
        self.session.apply(f"duplicate zone {name}", plan)
        return place

    def remove_zone(self, index: int) -> str:
        """Remove a zone and return its name."""
        name = own_zones(self.plan, self.catalogue)[index].name
        self.session.apply(f"remove zone {name}", remove_zone(self.plan, index, self.catalogue))
        return name

    def impact(self, field: Field) -> list[Line]:
        """Preview of each other choice; for a zone, of its removal.

        For a number it is one more and one less. What was worked out for a plan is kept.
        """
        if self._impacts[0] is not self.plan:
            self._impacts = (self.plan, {})
        known = self._impacts[1]
        asked = (field.kind, field.id)
        if asked not in known:
            known[asked] = [
                Line(label, f"{words}: {self._in_words(plan)}") for label, words, plan in self._alternatives(field)
            ]
        return known[asked]

    def _alternatives(self, field: Field) -> Iterator[tuple[str, str, Plan | TopologyError]]:
        """Yield the alternatives to a field's answer: label, words, and the plan or why it cannot be."""
        if field.kind in SWITCHED:
            for choice, words in field.choices:
                if choice != field.entry:
                    yield "if changed", f"to {words}", self._applied(field, choice)
        elif field.kind == "number" and field.answers and field.entry.isdigit():
            number = int(field.entry)
            for other, words in ((number + 1, "one more"), (number - 1, "one less")):
                if other >= 0:
                    yield "if changed", words, self._applied(field, str(other))
        elif field.kind == "zone":
            zones = [zone.name for zone in own_zones(self.plan, self.catalogue)]
            yield "if removed", "x", remove_zone(self.plan, zones.index(field.id), self.catalogue)

    def _applied(self, field: Field, text: str) -> Plan | TopologyError:
        try:
            return confirmed(field.apply(self.plan, text), field)
        except TopologyError as error:
            return error

    def effect(self, field: Field, text: str) -> str:
        """Effect of a text on the rules, or the reason why it cannot be taken."""
        return self._in_words(self._applied(field, text))

    def _in_words(self, plan: Plan | TopologyError) -> str:
        if isinstance(plan, TopologyError):
            return f"{NOT_POSSIBLE}{reason(plan)}"
        from planner.plan.impact import impact_in_words  # the first picture has no need of it

        return impact_in_words(self.plan, plan)

    def saved(self, plan: Plan, path: str, saved: "Saved") -> None:
        """Record that a plan was saved, to what is its file from now on."""
        self.file.become(path, saved)
        self.session.mark_saved(plan)

    def unconfirmed(self, path: str) -> None:
        """Record that the plan may be in its file, but not for certain: the next save may replace it."""
        if path == self.path:
            self.file.close()
            self.file = OpenFile(path)

    def take_over(self, found: PlanText) -> None:
        """Replace the plan by the one on the disk, as an edit that can be undone."""
        self.session.apply("take the plan on the disk", found.plan)
        self.file.base = found.sha256
        self.session.mark_saved(found.plan)

    def replace_by(self, found: PlanText, path: str) -> None:
        """Put a plan that was read from a file in place of this one."""
        self._begin(Session(found.plan, saved=True), path, found.sha256)

    def begin(self, plan: Plan) -> None:
        """Put a plan that has no file yet in place of this one."""
        self._begin(Session(plan, saved=False), "", "")

    def recover(self, snapshot: Snapshot) -> bool:
        """Put what an earlier session left behind in place of this plan, as an edit of the saved one.

        False if the journal of this session could not take it over.
        """
        try:
            session = Session(read_plan(snapshot.path, self.bounds).plan, saved=True)
        except PlanFileError:
            session = Session(new_plan(), saved=False)
        self._begin(session, snapshot.path, snapshot.base)
        session.apply("recover unsaved work", snapshot.plan)
        return self.journal is not None and self.journal.flush_now()


def reason(error: TopologyError) -> str:
    """Text of an error without the name of the answer, which stands before what was typed."""
    name, _, rest = str(error).partition(": ")
    return rest if rest and name.isidentifier() else str(error)


def typed_path(text: str) -> str:
    """Expand ``~`` and ``~/`` in a typed path; a lone ``-`` is a file like any other here."""
    if text == STANDARD_STREAM:
        return f"./{text}"
    return str(Path(text).expanduser()) if text == "~" or text.startswith("~/") else text


def resolved(path: str) -> str:
    """Absolute path of a typed one, fit to be shown; ``~`` stands for the user's home."""
    try:
        full, home = Path(typed_path(path)).resolve(), Path.home().resolve()
        return visible(f"~/{full.relative_to(home)}" if full.is_relative_to(home) else str(full))
    except (OSError, ValueError, RuntimeError):
        return visible(path)


_NAMED = 3
_SHOWN = 24


def change_summary(old: Plan, new: Plan, catalogue: Catalogue) -> str:
    """Summarize in one line how the new plan differs: rules by their number, answers by name."""
    from planner.plan.diff import compare_plans

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


def _follows(change: "FieldChange") -> bool:
    """Check for a change that follows from any answer: its mark as assumed, or decisions that now arise."""
    return change.field in ("assumed", "status") or (change.about.startswith("decision ") and not change.field)


def _words(change: "FieldChange") -> str:
    from planner.exports.report.diff import words

    about = visible(f"{change.about} {change.field}".removeprefix("topology ").strip(), _SHOWN + _SHOWN)
    return f"{about} {visible(words(change.old), _SHOWN)} to {visible(words(change.new), _SHOWN)}"


def comparison_lines(old: Plan, new: Plan, catalogue: Catalogue, width: int) -> list[str]:
    """Lines of the command ``diff`` for two plans, for a width in cells."""
    from planner.exports.registry import render_difference
    from planner.plan.diff import compare_plans

    found = compare_plans(old, new, catalogue)
    text = render_difference(old, new, found, "text", rollback=False, width=width, colour=False)
    return text.splitlines()


def recovery_for(left: RecoveryFiles, path: str) -> list[RecoveryFile]:
    """Recovery files of the open plan, or of every plan where none is open; the others are unlocked."""
    own = os.path.realpath(path) if path else ""
    mine = [found for found in left.abandoned if not own or os.path.realpath(found.snapshot.path) == own]
    for found in left.abandoned:
        if found not in mine:
            found.keep()
    return mine


def recovery_summary(found: RecoveryFile, catalogue: Catalogue, bounds: Bounds) -> str:
    """Describe a recovery file; empty if the plan file holds the same."""
    snapshot = found.snapshot
    written = datetime.fromtimestamp(found.written).strftime("%Y-%m-%d %H:%M")
    saved, note = _saved(snapshot.path, snapshot.base, bounds)
    if saved == snapshot.plan:
        return ""
    name = resolved(snapshot.path) if snapshot.path else "a plan that has no file yet"
    title = visible(snapshot.plan.head.title, 60)
    holds = change_summary(saved or new_plan(), snapshot.plan, catalogue)
    against = "the saved file" if saved else "a new plan"
    return (
        f"A session ended at {written} with unsaved work on {name}{f' ({title})' if title else ''}. "
        f"Compared with {against}: {holds}.{note}"
    )


def _saved(path: str, base: str, bounds: Bounds) -> tuple[Plan | None, str]:
    if not path:
        return None, ""
    try:
        found = read_plan(path, bounds)
    except PlanFileError:
        return None, " The file itself cannot be read any more."
    changed = " That file has changed since." if base and found.sha256 != base else ""
    return found.plan, changed
