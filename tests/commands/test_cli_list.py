"""``list``: the plans of folders, one row each, damaged files named with the reason."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.command_line import ROOT, command, is_one_line, sample

PLANS = str(ROOT / "sample_plans")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one plan, one damaged plan and files that are not looked at."""
    (tmp_path / "good.toml").write_bytes(Path(sample("settled")).read_bytes())
    (tmp_path / "bad.toml").write_text('schema = "sav-plan/1"\n[topology]\nservers = "three"\n')
    (tmp_path / "notes.txt").write_text("no plan")
    (tmp_path / "below.toml").mkdir()
    return tmp_path


def test_the_samples_are_listed_with_their_status() -> None:
    done = command("list", PLANS)
    assert (done.code, done.err) == (0, "")
    rows = [line.split() for line in done.out.splitlines() if ".toml" in line]
    assert [row[:2] for row in rows] == [
        ["branches.toml", "draft"],
        ["dual-stack.toml", "draft"],
        ["everything-on.toml", "draft"],
        ["firewalls.toml", "draft"],
        ["netware-and-legacy.toml", "draft"],
        ["one-server.toml", "draft"],
        ["overridden-port.toml", "draft"],
        ["settled.toml", "final"],
        ["stateless.toml", "draft"],
    ]
    assert rows[7] == ["settled.toml", "final", "28", "0", "0", "0", "2026-11-30"]
    assert "    Ticket  CHG0012345\n" in done.out


def test_a_damaged_file_is_named_with_its_reason_and_the_rest_is_shown(folder: Path) -> None:
    done = command("list", str(folder), "--format", "json")
    assert (done.code, done.err) == (1, "")
    document = json.loads(done.out)
    bad, good = document["plans"]
    assert (document["schema"], document["exit_code"]) == ("sav-list/1", 1)
    assert bad == {
        "file": str(folder / "bad.toml"),
        "readable": False,
        "error": "topology.servers: this is text in quotes; accepted: a whole number",
    }
    assert good == {
        "readable": True,
        "file": str(folder / "good.toml"),
        "title": "Approved plan for the server rollout",
        "ticket": "CHG0012345",
        "status": "final",
        "rules": 28,
        "undecided": 0,
        "errors": 0,
        "warnings": 0,
        "closes": "2026-11-30",
    }
    assert "    Reason  topology.servers: this is text" in command("list", str(folder)).out


def test_csv_has_one_table_with_paths_for_all_folders(folder: Path) -> None:
    done = command("list", PLANS, str(folder), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["File"] for row in rows[8:]] == [
        f"{PLANS}/stateless.toml",
        *(f"{folder}/{n}.toml" for n in ("bad", "good")),
    ]
    assert {row["table"] for row in rows} == {"plans"}


def test_the_current_folder_is_the_default(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert [plan["file"] for plan in json.loads(command("list", "--format", "json").out)["plans"]] == [
        "bad.toml",
        "good.toml",
    ]


def test_a_file_may_be_named_and_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    assert "settled.toml  final" in command("list", sample("settled")).out
    done = command("list", str(tmp_path))
    assert (done.code, "Save a plan, or name the folder that holds some." in done.out) == (0, True)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    done = command("list", str(tmp_path / "none"))
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert "No such file or directory; accepted: a folder that can be read" in done.err
