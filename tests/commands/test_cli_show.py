"""``sav-planner show`` and ``explain``: every view in every format, every kind of term."""

import csv
import io
import json
from pathlib import Path

import pytest

from planner.catalogue.loader import load_catalogue
from planner.exports.names import CHOICES, FORMATS
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan, save_plan
from tests.command_line import ANSWERS, command, is_one_line, sample

HOSTILE = "\x1b[2J=1+1 <script>alert(1)</script> [x](http://evil.example) \u202e\nfake"


def has_the_form_of(format_name: str, text: str) -> bool:
    """True if the text is of this format, as far as its shape tells."""
    match format_name:
        case "json":
            return list(json.loads(text))[:3] == ["schema", "plan", "change"]
        case "csv":
            return all(row == [] or len(row) > 1 for row in csv.reader(io.StringIO(text, newline="")))
        case "markdown":
            return text.startswith("# ") and "\n## " in text
        case "html":
            return text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
        case _:
            return text.splitlines()[1].startswith("===") and max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("view", CHOICES)
def test_every_view_comes_in_every_format(view: str, format_name: str) -> None:
    done = command("show", sample("branches"), "--view", view, "--format", format_name)
    assert (done.code, done.err) == (0, "")
    assert has_the_form_of(format_name, done.out)


def test_text_and_every_view_are_the_default() -> None:
    path = sample("one-server")
    assert command("show", path).out == command("show", path, "--view", "all", "--format", "text").out


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_of_answers_is_shown_like_the_plan_it_makes(format_name: str, tmp_path: Path) -> None:
    answers, plan = tmp_path / "answers.toml", tmp_path / "plan.toml"
    answers.write_text(ANSWERS)
    command("new", "--from", str(answers), "-o", str(plan))
    shown = [command("show", str(path), "--format", format_name) for path in (answers, plan)]
    assert shown[0] == shown[1]


def test_show_changes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(ANSWERS)
    command("show", str(path))
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("p.toml", ANSWERS)]


def test_an_edited_file_is_shown_as_derived_with_a_word_of_warning(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(Path(sample("branches")).read_text().replace('state = "new"', 'state = "any"', 1))
    done = command("show", str(path))
    assert (done.code, done.out) == (0, command("show", sample("branches")).out)
    assert is_one_line(done.err)
    assert "the file differs from what its answers derive to; shown is what they derive" in done.err


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_hostile_title_steers_nothing(format_name: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    assert command("new", "--title", HOSTILE, "--ticket", HOSTILE, "-o", str(path)).code == 0
    shown = command("show", str(path), "--format", format_name).out
    assert shown.replace("\r\n", "").replace("\n", "").isprintable()
    assert "<script>" not in shown or format_name in ("text", "csv", "json")


def test_csv_lines_end_as_spreadsheets_expect_also_through_a_pipe() -> None:
    shown = command("show", sample("one-server"), "--format", "csv").out
    assert shown.count("\n") == shown.count("\r\n") > 0


def test_a_plan_saved_from_the_core_is_shown(tmp_path: Path) -> None:
    path = str(tmp_path / "p.toml")
    save_plan(Plan(), path, overwrite=False)
    assert read_plan(path).file_derived
    assert command("show", path).code == 0


def explained(*term: str) -> str:
    done = command("explain", *term)
    assert (done.code, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 80
    return done.out


@pytest.mark.parametrize(
    ("term", "titles"),
    [
        ("2967", ["TCP 2967 Rtvscan", "UDP 2967 Rtvscan UDP"]),
        ("tcp/2967", ["TCP 2967 Rtvscan"]),
        ("2967/tcp", ["TCP 2967 Rtvscan"]),
        ("TCP 2967", ["TCP 2967 Rtvscan"]),
        ("udp/2967", ["UDP 2967 Rtvscan UDP"]),
        ("38293", ["UDP 38293 Intel PDS", "TCP 38293 TCP 38293"]),
        ("2043", ["Decision erratum-2043"]),
        ("client-checks-in", ["Flow client-checks-in"]),
        ("Client-Checks-In", ["Flow client-checks-in"]),
        ("outside-in", ["Flow outside-in"]),
        ("source-range", ["Decision source-range"]),
        ("savroam", ["SAVRoam"]),
        ("parent server", ["parent server"]),
        ("Rtvscan", ["Rtvscan", "TCP 2967 Rtvscan"]),
    ],
)
def test_a_term_is_explained_under_its_title(term: str, titles: list[str]) -> None:
    shown = explained(*term.split())
    assert [line for line in shown.splitlines() if line and not line.startswith(" ")] == titles


def test_every_flow_decision_service_and_word_is_explained() -> None:
    catalogue = load_catalogue()
    terms = [*catalogue.flows, *catalogue.decisions, *catalogue.services, *catalogue.terms]
    terms += [*catalogue.out_of_scope, *catalogue.references, *catalogue.symptoms]
    terms += [str(service.port) for service in catalogue.services.values() if service.port]
    assert [term for term in terms if not explained(term)] == []


def test_an_explanation_cites_the_document_and_says_what_breaks() -> None:
    shown = explained("client-checks-in")
    assert "  document    Client/server communication ports, row 4" in shown
    assert "  blocked     clients do not check in" in shown


@pytest.mark.parametrize("term", ["99", "tcp", "udp/139", "tcp/2967/udp", "telnet", "", "install 139", "²", "\x1b[2J"])
def test_an_unknown_term_is_refused_with_what_is_accepted(term: str) -> None:
    done = command("explain", term)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert "nothing is known of" in done.err
    assert "accepted: a port of the product such as 2967" in done.err
