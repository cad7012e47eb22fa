"""Forged plan files: any byte changed, put in or taken out is named by its line, or the file is refused."""

import hashlib
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.commands.output import checked
from planner.plan.check import CheckResult
from planner.plan.digests import digest
from planner.plan.plan import DERIVED_TABLES
from planner.storage.plan_files import USUAL
from planner.storage.toml_reader import PlanTextError, read_bytes, read_text, write_text
from tests.command_line import sample
from tests.figures import figure

FORGERIES = 250
Edit = Callable[[str], str]
SMALL = write_text(read_text(Path(sample("one-server")).read_text()).plan)
PLANS = {
    name: write_text(read_text(Path(sample(name)).read_text()).plan)
    for name in ("one-server", "settled", "firewalls", "branches")
}


def result_of(data: bytes) -> CheckResult | None:
    """Result of the check; None where the file is refused."""
    try:
        return checked(read_bytes(data, USUAL.parsed))
    except PlanTextError:
        return None


def forged(data: bytes, chance: random.Random) -> tuple[bytes, int]:
    """Changes, puts in or takes out one byte; the line, from 1, on which it stands."""
    at = chance.randrange(len(data))
    signs = bytes(chance.choice([*range(32, 127), 9, 10, 13, 195]) for _ in range(1))
    after = chance.choice([data[at + 1 :], data[at:]])
    put = b"" if after == data[at + 1 :] and chance.random() < 0.4 else signs
    changed = data[:at] + put + after
    return changed, data.count(b"\n", 0, at) + 1


@pytest.mark.parametrize("name", PLANS)
def test_a_forged_byte_is_named_by_its_line_or_refused(name: str) -> None:
    chance, data = random.Random(name), PLANS[name].encode()  # noqa: S311
    refused = 0
    unseen, elsewhere = [], []
    for number in range(FORGERIES):
        changed, line = forged(data, chance)
        if changed == data:
            continue
        result = result_of(changed)
        if result is None:
            refused += 1
            continue
        about = (number, line, changed.split(b"\n")[min(line, changed.count(b"\n") + 1) - 1])
        if result.clean or not result.edited:
            unseen.append(about)
        lines = {difference.line for difference in result.differences}
        if not lines & {line, line + 1}:
            elsewhere.append((about, lines))
    assert (unseen, elsewhere) == ([], [])
    figure(f"forgeries of {name}: {FORGERIES} single bytes, {refused} refused, the others named, 0 called intact")


def made_anew(text: str) -> str:
    """Writes the digests of a forged file anew, as a forger would."""
    read = read_text(text)
    lists = {name: read.file_derived.get(name, []) for name in DERIVED_TABLES}
    body = text[: text.rindex("\n[integrity]\n") + 1]
    stated = read.file_derived["integrity"]
    derived = digest({"facts": read.file_derived["facts"], **lists, "summary": read.file_derived["summary"]})
    values = {
        stated["answers"]: digest(dict(read.file_answers)),
        stated["derived"]: derived,
        stated["text"]: hashlib.sha256(body.encode()).hexdigest(),
    }
    return re.sub("[0-9a-f]{64}", lambda found: values.get(found[0], found[0]), text)


def twice(text: str) -> str:
    """Adds a rule with the id of another, all ports and any source."""
    rule = text[text.index("[[rule]]") : text.index("[[rule]]", text.index("[[rule]]") + 1)]
    wide = re.sub('destination_ports = "[^"]*"', 'destination_ports = "1-65535"', rule)
    return text.replace(rule, rule + wide)


def foreign(text: str) -> str:
    """States another catalogue."""
    return re.sub('catalogue_sha256 = "[^"]*"', f'catalogue_sha256 = "{"0" * 64}"', text)


def commented(text: str) -> str:
    """Puts a comment before the first rule."""
    return text.replace("[[rule]]", "# Approved as a whole.\n[[rule]]", 1)


@pytest.mark.parametrize("digests", [str, made_anew], ids=["digests as they were", "digests made anew"])
@pytest.mark.parametrize("facts", [str, foreign], ids=["this catalogue", "another catalogue"])
@pytest.mark.parametrize("forge", [twice, commented])
def test_a_second_rule_and_a_comment_are_named_whatever_the_digests(forge: Edit, facts: Edit, digests: Edit) -> None:
    text = digests(facts(forge(SMALL)))
    pairs = zip(text.split("\n"), facts(SMALL).split("\n"), strict=False)
    line = next(number for number, (one, other) in enumerate(pairs, 1) if one != other)
    result = result_of(text.encode())
    assert result is not None
    assert result.edited
    named = [difference for difference in result.differences if difference.kind in ("twice", "layout")]
    assert any(difference.line and abs(difference.line - line) < 30 for difference in named)


def test_a_comment_is_named_beside_other_edits() -> None:
    text = commented(SMALL.replace("servers = 1", "servers = 2", 1).replace('state = "new"', 'state = "any"', 1))
    result = result_of(text.encode())
    line = text.split("\n").index("# Approved as a whole.") + 1
    assert result is not None
    assert [difference.line for difference in result.differences if difference.kind == "layout"] == [line]


def test_a_false_default_is_a_difference_with_its_line() -> None:
    text = SMALL.replace('default = "documented"', 'default = "any"', 1)
    line = text.split("\n").index('default = "any"') + 1
    for forgery in (text, made_anew(text)):
        result = result_of(forgery.encode())
        assert result is not None
        assert result.edited
        assert any(
            "default = any; derived: documented" in found.text and found.line == line for found in result.differences
        )


def test_a_default_that_answers_state_falsely_is_not_kept() -> None:
    answers = 'schema = "sav-plan/1"\n[topology]\nservers = 1\nsource_ports = "any"\n'
    record = '[[decision]]\nid = "source-range"\nchosen = "any"\ndefault = "any"\nby = "change board"\n'
    text = write_text(read_text(answers + record).plan)
    record = text[text.index('id = "source-range"') :].split("\n\n")[0]
    assert 'default = "documented"' in record
    assert 'by = "change board"' in record


def test_a_file_of_an_earlier_version_has_no_digest_over_its_text_and_is_read() -> None:
    at = SMALL.rindex("lines = [")
    result = result_of(SMALL[:at].encode())
    assert result is not None
    assert result.clean


@pytest.mark.parametrize(
    "change", [lambda data: b"\xef\xbb\xbf" + data, lambda data: data + b"\n", lambda data: data[:-1]]
)
def test_a_mark_or_a_line_end_more_or_less_is_an_edit(change: object) -> None:
    result = result_of(change(SMALL.encode()))  # type: ignore[operator]
    assert result is not None
    assert result.edited
