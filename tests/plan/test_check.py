"""Checking a plan: every line of the derived part is held against what the answers derive to."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from planner.catalogue import model as catalogue
from planner.catalogue.loader import parse_catalogue
from planner.commands.output import checked as check_of
from planner.plan.check import CheckResult
from planner.plan.plan import Plan
from planner.storage.toml_reader import read_text, write_text
from tests import strategies
from tests.command_line import SAMPLES
from tests.estates import estate, zone
from tests.plan.test_forgeries import made_anew

PLAN = estate(
    "hq: console server",
    zone("b: client < hq", networks=("10.2.0.0/24",), nat=True),
    "old: legacy-client",
    servers=2,
    legacy_clients=True,
    ams_alerting=True,
    ams_hosts=("server", "console"),
    rollout=("clients",),
)
TEXT = write_text(PLAN)
LINES = TEXT.splitlines()
DERIVED_FROM = LINES.index("[facts]")
DERIVED_LINES = [number for number in range(DERIVED_FROM, len(LINES)) if LINES[number]]


def checked(text: str) -> CheckResult:
    return check_of(read_text(text))


def edited(number: int, line: str | None) -> str:
    """Returns the plan's text with one line changed, or taken out."""
    lines = [*LINES[:number], *([] if line is None else [line]), *LINES[number + 1 :]]
    return "\n".join(lines) + "\n"


def other_value(line: str) -> str:
    """Change what a line says, and leave it TOML."""
    if line.startswith("#"):
        return f"{line} Approved."
    if line.endswith(('"', '",', '"]')):
        at = line.rindex('"')
        return f"{line[:at]}x{line[at:]}"
    if line[-1].isdigit():
        return f"{line[:-1]}{(int(line[-1]) + 1) % 10}"
    return ""


def rule_around(number: int) -> str:
    """Name the rule in whose block a line stands; empty outside of rules."""
    head = next((n for n in range(number, DERIVED_FROM, -1) if LINES[n].startswith("[")), 0)
    return LINES[head + 1].split('"')[1] if LINES[head] in ("[[rule]]", "[[host_rule]]") else ""


def test_a_plan_as_written_is_clean() -> None:
    assert checked(TEXT).clean


@strategies.proving(25)
@given(strategies.plans)
def test_no_plan_as_written_is_taken_for_edited_or_stale(plan: Plan) -> None:
    result = checked(write_text(plan))
    assert (result.edited, result.stale, result.differences) == (False, False, ())


@pytest.mark.slow
def test_every_line_of_the_derived_part_is_held_and_an_edited_rule_named_with_its_line() -> None:
    unseen, nameless, lineless = [], [], []
    for number in DERIVED_LINES:
        if not (line := other_value(LINES[number])):
            continue
        result = checked(edited(number, line))
        if result.clean:
            unseen.append(LINES[number])
        if (rule := rule_around(number)) and not line.startswith(("#", "id")):
            if all(rule not in difference.text for difference in result.differences):
                nameless.append(LINES[number])
            if "=" in line and all(difference.line != number + 1 for difference in result.differences):
                lineless.append(LINES[number])
    assert (unseen, nameless, lineless) == ([], [], [])


@pytest.mark.parametrize("table", ["[[rule]]", "[[host_rule]]", "[[deny]]", "[[closed]]", "[[finding]]"])
def test_an_entry_taken_out_is_named(table: str) -> None:
    start = LINES.index(table)
    end = next(number for number in range(start, len(LINES)) if not LINES[number])
    said = " ".join(difference.text for difference in checked("\n".join(LINES[:start] + LINES[end:])).differences)
    assert "is missing from the file" in said


def test_an_answer_edited_by_hand_is_told_from_an_edited_rule() -> None:
    said = [difference.text for difference in checked(TEXT.replace("servers = 2", "servers = 3", 1)).differences]
    assert any("the answers were changed after the file was written" in text for text in said)


def test_a_comment_in_the_answers_is_named_by_its_line() -> None:
    said = checked(edited(4, f"{LINES[4]} # approved")).differences[0].text
    assert said.startswith("line 5: ")


def test_every_line_with_another_layout_is_named() -> None:
    lines = [f"{line} # seen" if number in (4, 40, 41) else line for number, line in enumerate(LINES)]
    assert [difference.line for difference in checked("\n".join([*lines, ""])).differences] == [5, 41, 42]


def test_an_answer_edited_by_hand_is_named_with_its_line() -> None:
    result = checked(TEXT.replace("servers = 2", "servers = 3", 1))
    named = [difference for difference in result.differences if difference.kind == "answers"]
    assert [(named.field, named.line) for named in named] == [("servers", LINES.index("servers = 2") + 1)]
    assert named[0].text == "the file's rules were derived from servers = 2; its answer now is servers = 3"


def test_digests_that_were_made_anew_do_not_hide_an_edit() -> None:
    result = checked(made_anew(TEXT.replace('state = "new"', 'state = "any"')))
    assert (result.edited, result.forged, result.current) == (True, True, False)


OTHER_CATALOGUE = parse_catalogue(
    Path(catalogue.__file__)
    .with_name("catalogue.toml")
    .read_bytes()
    .replace(b'source = "1024-4999"', b'source = "any"')
)


def written_elsewhere(monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the plan as a program with another catalogue would."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("planner.plan.plan.load_catalogue", lambda: OTHER_CATALOGUE)
        return write_text(msgspec.structs.replace(PLAN))


def test_a_plan_of_another_catalogue_is_intact_and_says_which_rules_change(monkeypatch: pytest.MonkeyPatch) -> None:
    result = checked(written_elsewhere(monkeypatch))
    assert (result.stale, result.edited, result.current) == (True, False, False)
    changed = {difference.about for difference in result.differences if difference.field == "source_ports"}
    assert "rule client-checks-in:b>hq" not in changed
    assert "rule console-acts-on-client+server-pushes-to-client:hq>b" in changed


def test_an_edited_plan_of_another_catalogue_is_both(monkeypatch: pytest.MonkeyPatch) -> None:
    result = checked(written_elsewhere(monkeypatch).replace('state = "new"', 'state = "any"', 1))
    assert (result.stale, result.edited) == (True, True)


def test_what_a_mail_system_does_to_line_ends_is_no_edit() -> None:
    assert checked(TEXT.replace("\n", "\r\n")).clean


def test_a_file_of_answers_alone_holds_nothing_derived() -> None:
    result = checked("\n".join(LINES[: DERIVED_FROM - 1]))
    assert (result.derived, result.differences) == (False, ())


def test_another_catalogue_makes_a_plan_stale() -> None:
    line = next(number for number in DERIVED_LINES if LINES[number].startswith("catalogue_sha256"))
    assert checked(edited(line, f'catalogue_sha256 = "{"0" * 64}"')).stale


def test_a_contradiction_in_the_answers_is_an_error() -> None:
    result = checked(write_text(estate("a: server", "b: server", servers=1)))
    assert any(error.startswith("more-zones-than-servers") for error in result.errors)


def test_two_rules_that_swap_places_are_seen() -> None:
    before, first, second, *rest = TEXT.split("[[rule]]")
    assert not checked("[[rule]]".join([before, second, first, *rest])).clean


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_each_sample_is_clean(path: Path) -> None:
    assert checked(path.read_text(encoding="utf-8")).clean


def test_a_final_plan_that_has_something_open_is_no_longer_what_the_program_writes() -> None:
    plan: Plan = msgspec.structs.replace(PLAN, head=msgspec.structs.replace(PLAN.head, status="final"))
    assert 'status = "draft"' in write_text(plan)
    assert not checked(TEXT.replace('status = "draft"', 'status = "final"')).clean


def test_a_plan_of_the_first_catalogue_is_stale_and_names_what_changes() -> None:
    result = checked(Path(__file__).with_name("catalogue-1.toml").read_text(encoding="utf-8"))
    assert (result.stale, result.edited, result.forged) == (True, False, False)
    said = {(difference.about, difference.field) for difference in result.differences}
    assert ("topology", "install_from") in said
    assert "rule server-installs-client:servers>offices" in {about for about, _ in said}, "closed by default now"
    assert ("rule client-checks-in:offices>servers", "cites") in said, "roaming has a flow of its own"
