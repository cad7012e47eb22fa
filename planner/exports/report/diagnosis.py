"""Diagnosis of a symptom: the flows behind it in the order to test, open or closed in a plan, with test steps."""

from collections.abc import Iterator, Mapping

import msgspec

from planner.catalogue.model import Catalogue, Symptom
from planner.derivation.model import Rule
from planner.enforcement.test_steps import Trial, trials
from planner.exports.report.tables import CITES, Column, Report, Row, Table, port
from planner.exports.ticket.test_steps import command_for_old_hosts, expected
from planner.plan.plan import Plan
from planner.text.escaping import Output, for_json

DIAGNOSIS_SCHEMA = "sav-diagnosis/1"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One port to look at: open with its rule and test, or closed with the reason."""

    flow: str
    purpose: str
    breaks: str
    open: bool
    protocol: str
    port: str
    from_: str = ""
    to: str = ""
    marker: str = ""
    reason: str = ""
    run_in: str = ""
    command: str = ""
    expected: str = ""
    cites: tuple[str, ...] = ()


def find_symptom(text: str, catalogue: Catalogue) -> Symptom | None:
    """Returns the symptom with this id or title, in any letter case; None if there is none."""
    asked = text.strip().casefold()
    return next(
        (symptom for symptom in catalogue.symptoms.values() if asked in (symptom.id, symptom.title.casefold())), None
    )


def diagnosis_steps(plan: Plan, symptom: Symptom, catalogue: Catalogue) -> Iterator[Step]:
    """Returns the steps of a symptom in the order to test: of each flow what is open, then what is closed."""
    tried = trials(plan)
    rules = [rule for rule in (*plan.derived.rules, *plan.derived.host_rules) if not rule.is_return]
    for flow in (catalogue.flows[id_] for id_ in symptom.flows):
        about = {"flow": flow.id, "purpose": flow.purpose, "breaks": flow.breaks, "cites": flow.cites}
        for rule in rules:
            if flow.id in rule.flows:
                yield _open_step(rule, tried, about)
        for entry in plan.derived.closed:
            if entry.flow == flow.id:
                yield Step(open=False, protocol=entry.protocol, port=entry.ports, reason=entry.reason, **about)  # type: ignore[arg-type]


def _open_step(rule: Rule, tried: Mapping[str, Trial], about: Mapping[str, object]) -> Step:
    trial = tried[rule.id]
    first = trial.attempts[0]
    before, after = expected(trial, first)
    return Step(
        open=True,
        protocol=rule.protocol,
        port=rule.destination_ports,
        from_=rule.from_,
        to=rule.to,
        marker=rule.marker,
        run_in=first.zone,
        command=command_for_old_hosts(trial, first).line,
        expected=f"open: {after}; blocked: {before}",
        **about,  # type: ignore[arg-type]
    )


def diagnosis_report(plan: Plan, symptom: Symptom, catalogue: Catalogue) -> Report:
    """Returns the diagnosis of a symptom as a report."""
    steps = list(diagnosis_steps(plan, symptom, catalogue))
    closed = sum(not step.open for step in steps)
    return Report(
        title=f"Symptom: {symptom.title}",
        facts=(
            ("Plan", f"{plan.head.title or plan.head.id}, {plan.status}"),
            ("Ports", f"{len(steps) - closed} open, {closed} closed in this plan"),
            *((("Also", symptom.also),) if symptom.also else ()),
        ),
        notice="",
        tables=(_steps_table(steps),),
        whole=False,
    )


def _steps_table(steps: list[Step]) -> Table:
    return Table(
        name="diagnosis",
        title="Ports to test, in this order",
        intro="Run the test of each open port from its zone. A closed port is not opened by this plan, for the reason "
        "given.",
        columns=(
            Column(title="Step", place="key"),
            Column(title="Port"),
            Column(title="Plan"),
            Column(title="From and to", wraps=True),
            Column(title="Rule or reason", wraps=True),
            Column(title="Flow", place="detail", wraps=True),
            Column(title="If blocked", place="detail", wraps=True),
            Column(title="Test", place="detail", wraps=True, optional=True, code=True),
            Column(title="Expect", place="detail", wraps=True, optional=True),
            CITES,
        ),
        rows=tuple(
            Row(
                (
                    str(number),
                    port(step.protocol, step.port),
                    "open" if step.open else "closed",
                    (f"{step.from_} to {step.to}" if step.from_ != step.to else f"inside {step.to}")
                    if step.open
                    else "",
                    step.marker or step.reason,
                    f"{step.flow}: {step.purpose}",
                    step.breaks,
                    f"in {step.run_in}: {step.command}" if step.open else "",
                    step.expected,
                    ", ".join(step.cites),
                ),
                "plain" if step.open else "warning",
            )
            for number, step in enumerate(steps, 1)
        ),
        empty="No flow of the product is behind this symptom.",
    )


def diagnosis_json(plan: Plan, symptom: Symptom, catalogue: Catalogue) -> Output:
    """Writes the diagnosis of a symptom as one JSON object."""
    steps = [
        {"from" if name == "from_" else name: value for name, value in msgspec.to_builtins(step).items()}
        for step in diagnosis_steps(plan, symptom, catalogue)
    ]
    return for_json(
        {
            "schema": DIAGNOSIS_SCHEMA,
            "plan": plan.head.id,
            "status": plan.status,
            "symptom": symptom.id,
            "title": symptom.title,
            "also": symptom.also,
            "steps": steps,
        }
    )


def symptoms_report(catalogue: Catalogue) -> Report:
    """Returns the list of known symptoms as a report."""
    table = Table(
        name="symptoms",
        title="Symptoms",
        intro="Name one: sav-planner diagnose PLAN SYMPTOM",
        columns=(
            Column(title="Symptom", place="key"),
            Column(title="Title", wraps=True),
            Column(title="Flows", place="detail", wraps=True),
        ),
        rows=tuple(
            Row((symptom.id, symptom.title, ", ".join(symptom.flows))) for symptom in catalogue.symptoms.values()
        ),
        empty="",
    )
    return Report(title="Symptoms", facts=(), notice="", tables=(table,), whole=False)


def symptoms_json(catalogue: Catalogue) -> Output:
    """Writes the list of known symptoms as one JSON object."""
    symptoms = [msgspec.to_builtins(symptom) for symptom in catalogue.symptoms.values()]
    return for_json({"schema": DIAGNOSIS_SCHEMA, "symptoms": symptoms})
