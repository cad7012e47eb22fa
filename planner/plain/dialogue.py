"""The questions one after the other, as on the screen: the same plan from the same answers. Its texts are here."""

import signal
from collections.abc import Iterator
from types import FrameType
from typing import NamedTuple, cast

from planner.catalogue.answers import TopologyError
from planner.catalogue.loader import load_catalogue
from planner.exports.names import CHOICES, Choice
from planner.exports.registry import render
from planner.plain.console import COMMANDS, ClosedError, ask, is_command, say, show, warn
from planner.plain.saving import RECOVERY_HELP, Leftovers, save
from planner.plan.editing import new_plan
from planner.plan.plan import Plan
from planner.session.background import WRITES
from planner.session.forms import Field
from planner.session.steps import STEPS, fields_of, open_in, step_index
from planner.session.workspace import Workspace, reason
from planner.storage.journal import Journal
from planner.storage.plan_files import USUAL, Bounds
from planner.storage.settings import SettingsFile, remember
from planner.storage.toml_reader import PlanText
from planner.text.escaping import visible

HELP = (
    "Enter takes the answer that stands there and goes on. Any other text is the answer. In place of an answer:",
    "/back: the question before. /skip: the next question; this one stays as it is, assumed or open.",
    "/step NAME: go to estate, extras, rollout, ports, zones, decisions, change or save.",
    "/rules: list the rules, one a line. /show VIEW: ports, zones, rules, closed, decisions, findings or all.",
    "/doc: what the document says here. /clear: take the answer away. /undo: take the last edit back; /redo.",
    "/save or /save PATH: save now. /quit: leave. A text that begins with / is typed with // in front.",
)
ZONE_HELP = "A number edits that zone. /add adds one, /remove NUMBER takes one out, Enter goes on."
DECISION_HELP = "Enter decides for what is in force, under your name. A reading's id puts that in force. /note TEXT."


def question(field: Field, work: Workspace) -> Iterator[str]:
    """Lines of a question: its text, the answer in force, what is accepted and what another choice would do."""
    asks, *rest = field.about or ()
    yield f"{field.title}: {asks.text if field.about else ''}"
    if field.kind == "decision":
        yield from (f"  {line.label}: {line.text}" for line in rest)
    else:
        yield from (f"  {line.text}" for line in rest if line.label == "opens")
    state = {"assumed": ", assumed", "undecided": ", open"}.get(field.state, "")
    yield f"  Now: {field.value}{state}. Accepted: {accepted(field)}."
    yield from (f"  {line.label} {line.text}" for line in work.impact(field))


def accepted(field: Field) -> str:
    """Answers that a field accepts."""
    if field.choices:
        return ", ".join(choice for choice, _ in field.choices)
    return field.accepted or {"list": "a list, apart by commas"}.get(field.kind, "any text")


def choice_of(field: Field, text: str) -> str | None:
    """Choice that a text stands for: its id or words, or their beginning if that is one's alone."""
    wanted = text.strip().lower()
    whole = [choice for choice, words in field.choices if wanted in (choice.lower(), words.lower())]
    begun = [choice for choice, words in field.choices if wanted and choice.lower().startswith(wanted)]
    found = whole or begun
    return found[0] if len(found) == 1 else None


def rules(plan: Plan) -> Iterator[str]:
    """Lines of the rules, one each, those inside a zone last."""
    for rule in (*plan.derived.rules, *plan.derived.host_rules):
        ends = f"inside {rule.to}" if rule.from_ == rule.to else f"from {rule.from_} to {rule.to}"
        ports = f"{rule.protocol.upper()} {rule.destination_ports} {ends}, source ports {rule.source_ports}"
        yield f"  {ports}, {rule.state}, {rule.phase}: {rule.justification} ({rule.marker})"


class Position(NamedTuple):
    """Position in the dialogue: the step, the zone that is open in it, and which of the fields is asked."""

    step: int = 0
    zone: int | None = None
    field: int = 0


class Dialogue:
    """Asks until somebody leaves. The workspace holds the plan; here is only where one is."""

    def __init__(self, work: Workspace, leftovers: Leftovers) -> None:
        self._work = work
        self._leftovers = leftovers
        self._at = Position()
        self._told = -1

    def run(self) -> None:
        """Ask one question after the other until the plan is saved, or somebody quits.

        Raises:
            ClosedError: nobody answers any more, or nobody reads.
        """
        say("sav-planner, question and answer. Enter takes what stands there; /help says what else can be typed.")
        self._leftovers.tell()
        while self._turn():
            pass

    def _turn(self) -> bool:
        """Ask one thing and do what is answered; False to leave."""
        step = STEPS[self._at.step]
        if self._told != self._at.step:
            self._told = self._at.step
            waiting = open_in(self._work.plan, step.id)
            say()
            say(f"Step {self._at.step + 1} of {len(STEPS)}: {step.title}{f', {waiting} open' if waiting else ''}")
        if step.id == "save":
            return self._save_step()
        if step.id == "zones" and self._at.zone is None:
            return self._zones()
        fields = self._fields()
        if self._at.field >= len(fields):
            self._leave_forward()
            return True
        field = fields[self._at.field]
        for line in question(field, self._work):
            say(line)
        return self._answer(ask(field.title), field)

    def _fields(self) -> tuple[Field, ...]:
        work = self._work
        return fields_of(work.plan, STEPS[self._at.step].id, self._at.zone, work.path, work.catalogue)

    # Where to go

    def _forward(self, field: Field | None = None) -> None:
        """Go to what is asked after a field; the fields may be others than before its answer."""
        ids = [other.id for other in self._fields()]
        after = ids.index(field.id) + 1 if field is not None and field.id in ids else self._at.field + 1
        self._at = self._at._replace(field=after)

    def _leave_forward(self) -> None:
        if self._at.zone is not None:
            self._at = Position(self._at.step)
            return
        self._at = Position(min(self._at.step + 1, len(STEPS) - 1))

    def _back(self) -> None:
        if self._at.field:
            self._at = self._at._replace(field=self._at.field - 1)
        elif self._at.zone is not None:
            self._at = Position(self._at.step)
        elif self._at.step:
            self._at = Position(self._at.step - 1)
            zones = STEPS[self._at.step].id == "zones"
            self._at = self._at._replace(field=0 if zones else max(0, len(self._fields()) - 1))
        else:
            say("This is the first question.")

    # What is answered

    def _answer(self, text: str, field: Field) -> bool:
        if is_command(text):
            return self._command(text, field)
        text = text[1:] if text.startswith("//") else text
        if text.strip() == "?" and field.kind not in ("text", "list"):
            return self._command("/help", field)
        if text.strip():
            self._take(field, text)
        elif field.kind == "decision":
            return self._settle(field)
        elif field.kind in ("text", "list", "date"):
            self._take(field, field.entry)
        else:
            self._work.confirm(field)
            self._forward(field)
        return True

    def _take(self, field: Field, text: str) -> None:
        work = self._work
        chosen = choice_of(field, text) if field.choices else text
        if chosen is None:
            say(f"{text!r} is none of the answers; accepted: {accepted(field)}.")
            return
        effect = work.effect(field, chosen)
        try:
            changed = work.take(field, chosen)
        except TopologyError as error:
            say(reason(error))
            return
        if changed:
            say(f"{field.title}: {effect}.")
        if field.kind != "decision":
            self._forward(field)

    def _settle(self, field: Field) -> bool:
        """Decide for the reading in force, under the name of who decides; False to leave."""
        work = self._work
        if not work.knows_decider:
            name = ask("Decided by (name)").strip()
            if is_command(name):
                return self._command(name, field)
            work.decider = name.removeprefix("/")
            if not work.decider:
                say("Nothing typed; the decision stays open.")
                self._forward(field)
                return True
        if work.settle(field):
            say(f"{field.title}: decided by {work.decider}.")
        self._forward(field)
        return True

    def _command(self, text: str, field: Field | None) -> bool:
        """Do what a line that begins with / asks for; False to leave."""
        name, _, rest = text.partition(" ")
        if name == "/quit":
            return not self._may_quit()
        if self._goes(name, rest, field) or self._does(name, rest) or self._recovers(name, rest):
            return True
        if field is not None and name in ("/doc", "/clear", "/note"):
            self._on_field(name, rest, field)
        else:
            for line in self._help(name, field):
                say(line)
        return True

    def _goes(self, name: str, rest: str, field: Field | None) -> bool:
        """Go where a command leads; False if it is none that leads anywhere."""
        if name == "/back":
            self._back()
        elif name == "/skip":
            self._forward() if field is not None else self._leave_forward()
        elif name == "/step" and rest.strip().lower() in [step.id for step in STEPS]:
            self._at = Position(step_index(rest.strip().lower()))
        else:
            return False
        return True

    def _does(self, name: str, rest: str) -> bool:
        """Save, show or take back; False if a command asks for nothing of that."""
        session = self._work.session
        if name == "/save":
            save(self._work, rest)
        elif name == "/rules":
            for line in rules(self._work.plan):
                say(line)
        elif name == "/show" and rest.strip() in CHOICES:
            show(render(self._work.plan, "text", view=cast(Choice, rest.strip())))
        elif name == "/undo":
            say(f"Undone: {label}." if (label := session.undo()) else "Nothing to undo.")
        elif name == "/redo":
            say(f"Done again: {label}." if (label := session.redo()) else "Nothing to redo.")
        else:
            return False
        return True

    def _recovers(self, name: str, rest: str) -> bool:
        """Recover or discard unsaved work; False if that is not asked, or there is none."""
        if not self._leftovers or name not in ("/recover", "/discard"):
            return False
        if name == "/discard":
            self._leftovers.discard(rest)
        elif self._leftovers.recover(rest):
            self._at, self._told = Position(), -1
        return True

    def _on_field(self, name: str, rest: str, field: Field) -> None:
        if name == "/doc":
            for line in field.about:
                say(f"  {line.label}: {line.text}")
        elif name == "/clear" and field.kind in ("text", "list", "date", "port"):
            self._take(field, "")
        elif name == "/note" and field.kind == "decision":
            self._work.write_note(field, rest)
            say("Noted.")
        else:
            say(f"{name} does nothing here; /help says what can be typed.")

    def _help(self, name: str, field: Field | None) -> Iterator[str]:
        if name != "/help":
            yield f"{visible(name, 40)}: cannot be done here; accepted:"
        yield from HELP
        if self._leftovers:
            yield RECOVERY_HELP
        if field is None:
            yield ZONE_HELP
        elif field.kind == "decision":
            yield DECISION_HELP

    # Zones, saving, leaving

    def _zones(self) -> bool:
        zones = [field for field in self._fields() if field.kind == "zone"]
        for number, zone in enumerate(zones, 1):
            say(f"  {number}: {zone.title}, {zone.value}")
        text = ask("Zone to edit, /add, /remove NUMBER, or Enter to go on").strip()
        command, _, rest = text.partition(" ")
        number = int(rest or text) if (rest or text).isascii() and (rest or text).isdigit() and len(text) < 15 else 0
        if not text:
            self._leave_forward()
        elif command == "/add":
            self._at = Position(self._at.step, self._work.add_zone())
        elif 1 <= number <= len(zones) and command == "/remove":
            say(f"Removed zone {self._work.remove_zone(number - 1)}; /undo brings it back.")
        elif 1 <= number <= len(zones) and command == text:
            self._at = Position(self._at.step, number - 1)
        elif command == "/remove" or not text.startswith("/"):
            say(f"No zone has that number; accepted: 1 to {len(zones)}.")
        else:
            return self._command(text, None)
        return True

    def _save_step(self) -> bool:
        summary = self._work.plan.derived.summary
        say(f"  {summary.rules} rules, {summary.host_rules} inside a zone, {summary.closed} kept closed.")
        say(f"  {summary.assumed} answers assumed, {summary.decisions_open} decisions open.")
        say(f"  {summary.errors} errors, {summary.warnings} warnings; /show findings lists them.")
        text = ask("Enter to save and leave, the path of a file, or a command").strip()
        if text.partition(" ")[0] in COMMANDS:
            return self._command(text, None)
        return not save(self._work, text)

    def _may_quit(self) -> bool:
        while self._work.session.dirty:
            answer = ask("This plan has edits that are not saved: save, drop or stay").strip().lower()
            if answer == "drop":
                return True
            if answer == "stay":
                return False
            if answer == "save":
                save(self._work)
            else:
                say("Accepted: save, drop, stay.")
        return True


DONE, UNSAVED = 0, 2
_PATIENCE = 1.0
"""Seconds that the list of recent plans may take to be written at the end."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(found: PlanText | None, path: str, bounds: Bounds = USUAL) -> int:
    """Ask until somebody leaves; give the exit code.

    Where the answers end with work that is not saved, that is kept in the recovery journal, and the code is not 0;
    after a signal it is 128+n. Plan files are read within ``bounds``.
    """
    settings = SettingsFile()
    if settings.trouble:
        warn(settings.trouble)
    journal = Journal()
    plan, base = (found.plan, found.sha256) if found else (None, "")
    work = Workspace(plan, path, load_catalogue(), base, journal, bounds)
    if plan is None:
        work.begin(new_plan(settings.now.boundary))
    elif path:
        WRITES.add(lambda: remember(path))
    leftovers = Leftovers(work)
    before = {number: signal.signal(number, _end) for number in _ENDING}
    try:
        return _ask(work, journal, leftovers)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        leftovers.let_go()
        work.file.close()
        WRITES.wait(_PATIENCE)


class _EndedError(BaseException):
    """A signal asks for the end; ``args`` holds which."""


def _end(number: int, _frame: FrameType | None) -> None:
    raise _EndedError(number)


def _ask(work: Workspace, journal: Journal, leftovers: Leftovers) -> int:
    try:
        Dialogue(work, leftovers).run()
    except (ClosedError, _EndedError) as end:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)  # one is enough; what follows is not to be cut short
        signalled = 128 + end.args[0] if isinstance(end, _EndedError) else 0
        if work.session.dirty:
            kept = journal.flush_now()
            after = "it is kept and offered when sav-planner opens the next time" if kept else journal.trouble
            warn(f"not saved; {after}")
            return signalled or UNSAVED
        journal.close()
        return signalled or DONE
    journal.close()
    return DONE
