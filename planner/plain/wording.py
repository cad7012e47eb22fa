"""Texts of the question-and-answer mode: questions with their answers in force, and what can be typed."""

from collections.abc import Iterator

from planner.plan.plan import Plan
from planner.session.forms import Field
from planner.session.workspace import Workspace

HELP = (
    "Enter takes the answer that stands there and goes on. Any other text is the answer. In place of an answer:",
    "/back: the question before. /skip: the next question; this one stays as it is, assumed or open.",
    "/step NAME: go to estate, extras, rollout, ports, zones, decisions, change or save.",
    "/rules: list the rules, one a line. /show VIEW: ports, zones, rules, closed, decisions, findings or all.",
    "/doc: what the document says here. /clear: take the answer away. /undo: take the last edit back; /redo.",
    "/save or /save PATH: save now. /quit: leave. A text that begins with / is typed with // in front.",
)
COMMANDS = (
    "/back", "/skip", "/step", "/rules", "/show", "/doc", "/clear", "/note", "/undo", "/redo", "/save", "/quit",
    "/help", "/recover", "/discard",
)  # fmt: skip
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
