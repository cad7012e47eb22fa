"""Loader of the catalogue and the questions."""

import tomli

from planner.catalogue.loader import load_catalogue, load_questions, parse_catalogue
from tests.command_line import ROOT

DATA = ROOT / "planner" / "catalogue"


def test_what_is_loaded_is_what_is_written() -> None:
    assert load_catalogue() == parse_catalogue((DATA / "catalogue.toml").read_bytes())
    assert [question.id for question in load_questions()] == [
        question["id"] for question in tomli.loads((DATA / "questions.toml").read_text(encoding="utf-8"))["question"]
    ]
