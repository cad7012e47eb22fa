"""The catalogue is whole, and its texts and questions are as the screen needs them."""

import string
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from planner.catalogue.answers import ANSWER_LABELS, Answers
from planner.catalogue.loader import load_catalogue, load_questions

Data = dict[str, Any]

PLACEHOLDERS = {
    "window-backwards": {"start", "end"},
    "expires-before-window": {"expires", "start"},
    "review-after-expiry": {"review", "expires"},
    "more-zones-than-servers": {"role", "zones", "count"},
    "role-without-zone": {"role"},
    "zone-without-answer": {"zone", "role", "answer"},
    "zone-without-role": {"zone"},
    "parent-without-server": {"zone", "parent"},
    "parents-unused": {"zone"},
    "netware-parent-off": {"zone", "parent"},
    "ams-host-absent": {"role"},
    "roaming-parent-netware": {"zone", "parent"},
    "rollout-opens-nothing": {"what", "reason"},
    "quarantine-port-dis": {"port"},
    "out-of-scope": {"topics"},
    "port-2043": {"answer"},
    "port-collision": {"answer", "port", "other"},
    "port-low": {"answer", "port"},
    "override-everywhere": {"port"},
    "zones-without-addresses": {"zones", "count"},
    "hosts-outside-networks": {"zone", "host"},
    "host-role-absent": {"zone", "role"},
    "networks-overlap": {"zone", "other", "network"},
    "nat-push": {"zone", "flows"},
    "stateless-outside": {"zone"},
    "decision-mismatch": {"decision", "chosen", "actual"},
    "decision-unknown": {"decision"},
    "decision-not-offered": {"decision", "chosen"},
    "option-unknown": {"option"},
    "option-idle": {"option"},
}


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from texts(part)


def test_the_catalogue_is_whole() -> None:
    catalogue = load_catalogue()
    assert catalogue.document.id == "2005033011582148"
    assert catalogue.document.last_modified == "2006-05-08"
    assert catalogue.document.later_id == "TECH101169"
    assert len(catalogue.sha256) == 64


def test_the_roles_stand_in_order() -> None:
    assert list(load_catalogue().roles) == [
        "console",
        "server",
        "netware",
        "client",
        "roaming-client",
        "legacy-client",
        "quarantine",
        "internet",
    ]


@pytest.mark.parametrize("id_", load_catalogue().findings)
def test_finding_text_has_its_placeholders(id_: str) -> None:
    text = load_catalogue().findings[id_].text
    assert {name for _, name, _, _ in string.Formatter().parse(text) if name is not None} == PLACEHOLDERS.get(
        id_, set()
    )


def test_no_placeholder_is_expected_of_an_unknown_finding() -> None:
    assert set(PLACEHOLDERS) <= set(load_catalogue().findings)


def test_advisories_stand_beside_their_ports() -> None:
    catalogue = load_catalogue()
    cves = {
        service.id: {cve for note in service.notes for cve in catalogue.notes[note].cves}
        for service in catalogue.services.values()
    }
    ams = {"CVE-2009-1429", "CVE-2009-1430", "CVE-2009-1431", "CVE-2010-3268", "CVE-2011-0688"}
    assert {service: found for service, found in cves.items() if found} == {
        "rtvscan": {"CVE-2006-2630"},
        "msgsys-udp": ams,
        "msgsys-tcp": ams,
        "intel-file-transfer": ams,
    }
    assert catalogue.notes["end-of-life"].dates == ("2010-01-04", "2012-07-04")


def test_texts_are_one_plain_line() -> None:
    shown = msgspec.to_builtins(load_catalogue()), msgspec.to_builtins(load_questions())
    for text in texts(shown):
        assert text.isascii(), text
        assert text.isprintable(), text
        assert text == text.strip(), text
        assert not set(text) & set("[]"), text


def test_texts_fit_the_screen() -> None:
    catalogue = load_catalogue()
    lengths = [
        *((flow.purpose, 60) for flow in catalogue.flows.values()),
        *((flow.breaks, 110) for flow in catalogue.flows.values()),
        *((service.name, 12) for service in catalogue.services.values()),
        *((role.title, 14) for role in catalogue.roles.values()),
        *((decision.title, 40) for decision in catalogue.decisions.values()),
        *((finding.text, 200) for finding in catalogue.findings.values()),
        *((question.title, 17) for question in load_questions()),
        *((question.asks, 150) for question in load_questions()),
        *((question.opens, 120) for question in load_questions()),
    ]
    assert [(text, limit) for text, limit in lengths if not 0 < len(text) <= limit] == []


def test_the_questions_ask_for_every_answer_once() -> None:
    questions = load_questions()
    assert {question.answer for question in questions} == set(ANSWER_LABELS)
    for question in questions:
        assert question.id == (f"{question.answer}.{question.member}" if question.member else question.answer)
    assert len({question.id for question in questions}) == len(questions)
    steps = [question.step for question in questions]
    assert steps == sorted(steps, key=["estate", "extras", "rollout", "ports"].index)


def test_the_questions_lead_somewhere() -> None:
    catalogue = load_catalogue()
    asked: set[str] = set()
    for question in load_questions():
        assert set(question.cites) <= set(catalogue.citations), question.id
        assert question.cites, question.id
        assert {condition.answer for condition in question.when} <= asked, question.id
        assert bool(question.choices) == (question.kind == "choice"), question.id
        asked.add(question.answer)


@pytest.mark.parametrize("question", [q for q in load_questions() if q.choices or q.member], ids=lambda q: q.id)
def test_the_answers_accept_what_a_question_offers(question: Any) -> None:
    offered = [choice.id for choice in question.choices] or [[question.member]]
    for value in offered:
        msgspec.convert({question.answer: value}, Answers)
