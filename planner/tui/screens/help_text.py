"""Help texts on whatever has the keys: a question, a step, a view."""

from planner.session.forms import Field, FieldKind
from planner.session.steps import STEPS

VIEWS = {
    "ports": "The matrix of ports by zone. A row is a port with what listens on it, a column a zone. in: somebody in "
    "that zone listens; out: somebody there opens it elsewhere; deny: that zone must never reach it.",
    "zones": "Pairs of zones: which zone, on the left, opens what to which, on top. What stays inside a zone stands "
    "where a zone meets itself, and only the hosts' own firewalls see it.",
    "rules": "The rules as a firewall will have them: port, from, to, source ports, phase. A rollout rule is to be "
    "closed again; the plan says when.",
    "closed": "What the product could need and this plan does not open, each with the answer that keeps it closed.",
    "findings": "Contradictions and cautions in the answers, and the places where the document disagrees with itself.",
}
"""Help on each view, by its id."""

_STEPS = {
    "estate": "What there is: servers, NetWare, clients and what kind of clients.",
    "extras": "What runs beside it: an agent on the console, Central Quarantine, alerting.",
    "rollout": "Whether the product is still installed remotely: those rules are open for a while only.",
    "ports": "What the firewalls are like, and ports that were moved from where the product puts them.",
    "zones": "Which roles sit in which zone. Without zones of yours there is one for each role. Networks and hosts "
    "narrow the rules, and exports for firewalls need them.",
    "decisions": "Where the document contradicts itself or is silent. Each has its readings, a default and a reason, "
    "and waits for the name of whoever decides.",
    "change": "What the change board wants to read: ticket, who, why, when. Nothing here changes a rule.",
    "save": "What is still assumed or undecided, what the plan comes to, and where it is saved.",
}
_KINDS: dict[FieldKind, str] = {
    "number": "Type a number, or Enter to confirm the one that stands there.",
    "port": "Type a port, Enter to confirm; empty is the default.",
    "date": "Type a date such as 2027-01-31; empty is none.",
    "text": "Enter opens the line for typing.",
    "list": "Enter opens the line for typing; several entries apart by commas or blanks.",
    "yesno": "y and n answer, Space switches, Enter confirms what stands there.",
    "choice": "Space takes the next choice, Enter confirms the one that stands there.",
    "zone": "Enter opens the zone.",
    "decision": "Space takes the next reading, Enter puts your name to the one in force.",
    "jump": "Enter goes there.",
    "save": "Enter saves.",
}


def help_on_view(view: str, cell: str) -> str:
    """Explain a view and name the cell the cursor is on."""
    on = f"\nThe cursor is on: {cell}. The pane explains it; more shows all of it." if cell else ""
    return f"{VIEWS.get(view, '')}{on}"


def help_on_field(field: Field | None, step: int) -> str:
    """Explain a step, the question the cursor is on, what it opens, and what the document says of it."""
    about = _STEPS[STEPS[step].id]
    if field is None:
        return about
    told = [line.text if line.label == "asks" else f"{line.label}: {line.text}" for line in field.about]
    return "\n".join((about, field.title + ": " + " ".join(told[:1]), *told[1:], _KINDS[field.kind]))
