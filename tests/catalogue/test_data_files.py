"""The program's own data is read as it stands at each start, and quickly enough for that."""

from pathlib import Path
from time import process_time

import tomli

from planner.catalogue.data_files import read_data
from planner.catalogue.model import load_catalogue, parse_catalogue
from planner.catalogue.questions import load_questions
from tests.command_line import ROOT

DATA = ROOT / "planner" / "catalogue"


def test_a_file_is_read_from_the_folder_of_a_module(tmp_path: Path) -> None:
    (tmp_path / "facts.toml").write_bytes(b"one\r\n\xff")
    assert read_data(str(tmp_path / "module.py"), "facts.toml") == b"one\r\n\xff"


def test_what_is_loaded_is_what_is_written() -> None:
    assert load_catalogue() == parse_catalogue((DATA / "catalogue.toml").read_bytes())
    assert [question.id for question in load_questions()] == [
        question["id"] for question in tomli.loads((DATA / "questions.toml").read_text(encoding="utf-8"))["question"]
    ]


def test_the_facts_are_read_in_less_than_a_tenth_of_the_time_to_the_first_picture() -> None:
    data = (DATA / "catalogue.toml").read_bytes()
    times = []
    for _ in range(7):
        began = process_time()
        parse_catalogue(data)
        times.append(process_time() - began)
    assert min(times) < 0.018
