"""``sav-planner check``: intact, differing, or no plan."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import ANSWERS, SAMPLES, Done, command, is_one_line, process, sample

INTACT = Path(sample("one-server")).read_text()


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A place for a plan that is about to be edited."""
    return tmp_path / "p.toml"


def checked(path: Path, text: str) -> Done:
    path.write_text(text)
    done = command("check", str(path))
    assert done.err == "" or done.code == 2
    return done


def test_every_sample_is_intact() -> None:
    done = command("check", *map(str, SAMPLES))
    assert (done.code, done.err) == (0, "")
    assert [line.rpartition("; ")[2] for line in done.out.splitlines()] == ["intact and current"] * len(SAMPLES)


def test_what_stands_open_is_said_first() -> None:
    said = [command("check", sample(name)).out for name in ("everything-on", "settled")]
    assert said[0].endswith(".toml: draft: 16 decisions undecided, 2 warnings; intact and current\n")
    assert said[1].endswith(".toml: final; intact and current\n")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('destination_ports = "2967"', 'destination_ports = "2043"', "destination_ports = 2043; derived: 2967"),
        ('from = "administration"', 'from = "internet"', "from = internet; derived: administration"),
        ('state = "new"', 'state = "any"', "state = any; derived: new"),
        ('action = "allow"\n', "", "action is missing; derived: allow"),
        ('phase = "run"', 'phase = "run"\nuntil = 2030-01-01', "until = 2030-01-01; the answers derive none"),
    ],
)
def test_an_edited_rule_is_named_with_what_was_derived(before: str, after: str, said: str, plan: Path) -> None:
    done = checked(plan, INTACT.replace(before, after, 1))
    assert done.code == 1
    assert f": rule console-manages-server:administration>servers: {said}\n" in done.out
    assert "  integrity: the derived part was changed after the file was written\n" in done.out
    assert "; edited by hand, differs from what its answers derive to (" in done.out


def test_a_removed_and_an_added_rule_are_named(plan: Path) -> None:
    rule = INTACT[INTACT.index("[[rule]]") : INTACT.index("[[rule]]", INTACT.index("[[rule]]") + 1)]
    removed = checked(plan, INTACT.replace(rule, ""))
    assert "rule console-manages-server:administration>servers is missing from the file" in removed.out
    added = checked(plan, INTACT.replace(rule, rule + rule.replace("console-manages-server:", "telnet:", 1)))
    assert "rule telnet:administration>servers is in the file; the answers do not derive it" in added.out
    assert (removed.code, added.code) == (1, 1)


def edits() -> Iterator[tuple[str, str, str]]:
    """For each derived line: the line, the rule it stands in and the file with the line edited."""
    lines = INTACT.splitlines()
    rule = ""
    for number in range(lines.index("[facts]"), len(lines)):
        line = lines[number]
        if line.startswith("[["):
            rule = lines[number + 1].partition('"')[2].rstrip('"') if "rule" in line else ""
        edited = re.sub(r'^(\s*(?:\S+ = )?\[?"?)([0-9a-zA-Z])', r"\g<1>9\g<2>", line)
        if edited != line and not line.startswith("#"):
            yield line, rule, "\n".join([*lines[:number], edited, *lines[number + 1 :], ""])


def test_an_edit_of_any_derived_line_is_found_and_the_rule_named(plan: Path) -> None:
    missed = []
    for line, rule, text in edits():
        done = checked(plan, text)
        if done.code == 0 or (done.code == 1 and rule not in done.out):
            missed.append(line)
    assert missed == []


def test_an_answer_changed_afterwards_is_told_from_an_edited_rule(plan: Path) -> None:
    done = checked(plan, INTACT.replace("servers = 1", "servers = 2"))
    assert done.code == 1
    assert "the answers were changed after the file was written" in done.out


def test_a_change_record_changed_afterwards_is_found(plan: Path) -> None:
    assert "the answers were changed" in checked(plan, INTACT.replace("[change]", '[change]\nticket = "CHG1"')).out


def test_another_catalogue_makes_a_plan_stale(plan: Path) -> None:
    done = checked(plan, re.sub(r'catalogue_sha256 = "\w+"', f'catalogue_sha256 = "{"0" * 64}"', INTACT))
    assert (done.code, "written with another catalogue than this program's" in done.out) == (1, True)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("# The zones.", "# The zones, approved by the board.", "# The zones, approved by the board."),
        ("[[rule]]\n", "\n[[rule]]\n", "comment, order or spacing was edited by hand"),
    ],
)
def test_an_edited_comment_or_blank_line_is_found(before: str, after: str, said: str, plan: Path) -> None:
    done = checked(plan, INTACT.replace(before, after, 1))
    assert (done.code, said in done.out) == (1, True)


def test_line_ends_of_a_mail_system_change_nothing(plan: Path) -> None:
    plan.write_bytes(INTACT.replace("\n", "\r\n").encode())
    assert command("check", str(plan)).code == 0


def test_a_file_of_answers_holds_nothing_derived(plan: Path) -> None:
    done = checked(plan, ANSWERS)
    assert done.code == 1
    assert "; holds answers alone and nothing derived; 'sav-planner new --from FILE -o PLAN'" in done.out


def test_a_finding_at_error_level_is_reported_though_nothing_was_edited(plan: Path) -> None:
    plan.write_text(ANSWERS.replace("servers = 3", "servers = 3\nrtvscan_port = 2043"))
    assert command("new", "--from", str(plan), "-o", str(plan), "--force").code == 0
    done = command("check", str(plan))
    assert done.code == 1
    assert "; intact and current; contradicts itself (1 error)\n  error port-2043: " in done.out


def test_the_worst_of_several_files_gives_the_code_and_none_is_passed_over(plan: Path) -> None:
    plan.write_text(ANSWERS)
    intact = sample("one-server")
    assert command("check", intact, str(plan), intact).code == 1
    done = command("check", "none.toml", str(plan), intact)
    assert done.code == 2
    assert done.out.splitlines()[-1].startswith(f"{intact}: draft: ")
    assert done.err == "sav-planner: none.toml: No such file or directory; accepted: a plan file that can be read\n"


def test_a_hostile_line_is_shown_and_steers_nothing(plan: Path) -> None:
    done = checked(plan, INTACT.replace('justification = "', 'justification = "\\u001b[2J\\n', 1))
    assert done.code == 1
    assert "\\x1b[2J\\n" in done.out
    assert done.out.replace("\n", "").isprintable()


def test_check_changes_no_file(plan: Path) -> None:
    plan.write_text(ANSWERS)
    command("check", str(plan))
    assert plan.read_text() == ANSWERS


def test_the_code_is_that_of_the_plan_also_when_nobody_reads_on() -> None:
    edited = INTACT.replace('state = "new"', 'state = "any"')
    assert process("check", "-", stdin=edited).code == 1


def test_json_holds_the_verdict_on_each_file(plan: Path) -> None:
    plan.write_text(INTACT.replace('state = "new"', 'state = "any"', 1))
    done = command("check", sample("one-server"), str(plan), "none.toml", "--format", "json")
    document = json.loads(done.out)
    assert (document["schema"], document["exit_code"], done.code) == ("sav-check/1", 2, 2)
    assert [entry.get("clean") for entry in document["plans"]] == [True, False, None]
    assert [entry.get("intact") for entry in document["plans"]] == [True, False, None]
    edited = document["plans"][1]["differences"][0]
    line = INTACT.splitlines().index('state = "new"') + 1
    assert (edited["line"], edited["field"], edited["stated"], edited["derived"]) == (line, "state", "any", "new")
    assert document["plans"][2]["error"].startswith("sav-planner: none.toml: ")


def test_json_is_json_whatever_number_a_file_states(plan: Path) -> None:
    plan.write_text(INTACT.replace("rules = 6", "rules = inf").replace("denies = ", "denies = -nan # ", 1))
    assert json.loads(command("check", str(plan), "--format", "json").out, parse_constant=pytest.fail)


@pytest.mark.parametrize("given", ["", "2027", "tomorrow", "2027-02-30", "\x1b[2J"])
def test_a_date_that_is_none_is_refused(given: str) -> None:
    done = command("check", sample("one-server"), "--on", given)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert "accepted: one such as 2027-01-31" in done.err


def test_standard_input_is_read_once() -> None:
    assert command("check", "-", "-").err == (
        "sav-planner check: standard input is named twice; accepted: once at most\n"
    )
