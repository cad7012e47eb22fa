"""The answer to a flow asked for, as text and as JSON."""

from collections.abc import Iterator, Sequence

from planner.audit.flow_query import FlowAnswer, FlowQuestion, PlanAnswer, RuleAnswer, overall
from planner.audit.readers.rule_base import RuleBase
from planner.catalogue.loader import load_catalogue
from planner.derivation.model import Rule
from planner.exports.report.audit import FORMAT_WORDS, line_number, reference
from planner.network.packets import PORTS, box_text, box_values, ports
from planner.text.escaping import Output, for_json, for_output, for_terminal
from planner.text.layout import wrap

FLOW_SCHEMA = "sav-flow/1"
_NAMED = 8
"""As many lines that were not understood are named for people; JSON holds all."""


def question_text(question: FlowQuestion) -> str:
    """Write what was asked."""
    ports = "" if question.source_port is None else f", source port {question.source_port}"
    return f"{question.protocol.upper()} {question.port} from {question.source_text} to {question.target_text}{ports}"


def flow_lines(found: FlowAnswer) -> list[tuple[str, str]]:
    """Whole answer as labels and texts."""
    lines = list(_plan_lines(found.answers))
    return lines if found.base is None else [*lines, *_rule_lines(found, found.base)]


def _plan_lines(answers: Sequence[PlanAnswer]) -> Iterator[tuple[str, str]]:
    """Answer of the plan as labels and texts."""
    catalogue = load_catalogue()
    for answer in answers:
        ends = f"{answer.from_} to {answer.to}" if answer.from_ != answer.to else f"inside {answer.to}"
        yield "plan", f"{answer.answer}: {ends}"
        for rule in answer.rules:
            yield "rule", rule_text(rule)
            yield "why", rule.justification
            for flow in rule.flows:
                yield "blocked", catalogue.flows[flow].breaks
            if rule.because:
                yield "because", "; ".join(rule.because)
            if rule.until:
                yield "until", f"close after {rule.until}"
        for reason in answer.reasons:
            yield "mind" if answer.rules else "closed", reason


def rule_text(rule: Rule) -> str:
    """Write a rule on one line."""
    kind = "host rule" if rule.from_ == rule.to else "rule"
    source = "any source port" if rule.source_ports == "any" else f"source ports {rule.source_ports}"
    return f"{kind} {rule.marker}, {rule.protocol.upper()} {rule.destination_ports}, {source}, state {rule.state}"


def _rule_lines(found: FlowAnswer, base: RuleBase) -> Iterator[tuple[str, str]]:
    """Answer of a rule base as labels and texts."""
    zones = [zone.name for zone in found.plan.derived.zones]
    asked = "" if found.ports == PORTS else f", from source ports {' and '.join(ports(found.ports))}"
    yield "rules", f"{FORMAT_WORDS[base.format]}: {standing(found.packets)}{asked}"
    for answer in found.packets:
        yield "open" if answer.open else "closed", box_text(answer.packets, zones)
        for number in answer.rules:
            rule = base.rules[number]
            yield "by", f"{reference(rule)}: {rule.text}" if rule.line else rule.text
    for family in found.beyond:
        yield "mind", f"not certain: IPv{family} is not looked at, as these rules say nothing about it"
    for entry in found.doubtful[:_NAMED]:
        line = f"line {line_number(entry)}" if entry.line else "what is set aside"
        yield "mind", f"not certain: {line} is not understood ({entry.why}): {entry.text}"
    if len(found.doubtful) > _NAMED:
        yield "mind", f"not certain: {len(found.doubtful) - _NAMED} more lines are not understood"


def standing(answers: Sequence[RuleAnswer]) -> str:
    """Verdict on all packets together."""
    kinds = {answer.open for answer in answers}
    return "partly" if len(kinds) > 1 else "open" if True in kinds else "closed"


def flow_text(found: FlowAnswer, width: int) -> Output:
    """Lay the answer out in lines of at most ``width`` cells."""
    written: list[str] = [for_terminal(question_text(found.question), width)]
    for label, text in flow_lines(found):
        for number, part in enumerate(wrap(for_terminal(text), max(width - 12, 20))):
            written.append(f"  {label if not number else '':<9} {part}".rstrip())
    return for_output("".join(f"{line}\n" for line in written))


def flow_json(found: FlowAnswer) -> Output:
    """Write the answer as one JSON object, ASCII, two spaces deep."""
    question, answers, base = found.question, found.answers, found.base
    zones = [zone.name for zone in found.plan.derived.zones]
    document = {
        "schema": FLOW_SCHEMA,
        "asked": {
            "from": question.source_text,
            "to": question.target_text,
            "protocol": question.protocol,
            "port": question.port,
            "source_port": question.source_port,
        },
        "plan": {
            "answer": overall(answers),
            "pairs": [
                {
                    "from": answer.from_,
                    "to": answer.to,
                    "answer": answer.answer,
                    "rules": [
                        {
                            "id": rule.id,
                            "marker": rule.marker,
                            "source_ports": rule.source_ports,
                            "state": rule.state,
                            "justification": rule.justification,
                            "because": list(rule.because),
                            "until": str(rule.until) if rule.until else None,
                        }
                        for rule in answer.rules
                    ],
                    "reasons": list(answer.reasons),
                }
                for answer in answers
            ],
        },
        "rules": None
        if base is None
        else {
            "format": base.format,
            "answer": standing(found.packets),
            "source_ports": ports(found.ports),
            "packets": [
                {
                    "open": answer.open,
                    "packets": list(box_values(answer.packets, zones)),
                    "by": [
                        {
                            "of": rule.of,
                            "line": rule.line,
                            "place": rule.place,
                            "marker": rule.marker,
                            "text": rule.text,
                        }
                        for rule in (base.rules[number] for number in answer.rules)
                    ],
                }
                for answer in found.packets
            ],
            "certain": found.certain,
            "families_not_held": list(found.beyond),
            "not_understood": [
                {"of": entry.of, "line": entry.line, "text": entry.text, "why": entry.why} for entry in found.doubtful
            ],
        },
    }
    return for_json(document)
