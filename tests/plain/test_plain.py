"""Question and answer on standard input: the same questions, the same plan to the byte, and an end without loss."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from planner.catalogue.loader import load_questions
from planner.cli import main
from planner.storage.journal import recovery_files
from planner.storage.plan_files import read_plan
from tests.command_line import ROOT, process, sample
from tests.screens import Stage, play
from tests.test_walls import LOADED, run_fresh


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


MOST_ASKED = 300


class Person:
    """Stands for standard input: answers each question by its title, with Enter where nothing is said for it."""

    encoding = "utf-8"

    def __init__(self, out: io.BytesIO, answers: Mapping[str, list[str]]) -> None:
        self._out = out
        self._answers = {title: list(given) for title, given in answers.items()}
        self.asked: list[str] = []

    def isatty(self) -> bool:
        return False

    @property
    def buffer(self) -> "Person":
        return self

    def readline(self, limit: int) -> bytes:
        title = self._out.getvalue().decode().rpartition("\n")[2].removesuffix("> ").rpartition("> ")[2]
        self.asked.append(title)
        assert len(self.asked) < MOST_ASKED, f"asked without end: {self.asked[-3:]}"
        given = self._answers.get(title)
        return f"{given.pop(0) if given else ''}\n".encode()[:limit]


def answered(answers: Mapping[str, list[str]], *arguments: str) -> tuple[int, str, Person]:
    out = io.BytesIO()
    person = Person(out, answers)
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(io.TextIOWrapper(out, "utf-8")) as stdout:
        patched.setattr(sys, "stdin", person)
        code = main(("--plain", *arguments))
        stdout.flush()
        return code, out.getvalue().decode(), person


ZONES = "Zone to edit, /add, /remove NUMBER, or Enter to go on"
SAVE = "Enter to save and leave, the path of a file, or a command"
SAVE_AS = "Save as (Enter for sav-plan.toml)"
DECIDER = "Decided by (name)"
SESSION = {
    "Windows servers": ["3"],
    "NetWare servers": ["2"],
    "Legacy clients": ["y"],
    "Quarantine": ["y", ""],
    "Quarantine Server": ["y"],
    "AMS alerting": ["y"],
    ZONES: ["/add", "/add", *["/remove 1"] * 6, ""],
    "Name": ["head-office", "branch"],
    "console": ["y", ""],
    "server": ["y", "y"],
    "client": ["y", "y"],
    "NetWare server": ["y", ""],
    "legacy client": ["", "y"],
    "Networks": ["10.1.0.0/16", "10.20.0.0/16 2001:db8:20::/48"],
    DECIDER: ["M. Keller"],
    "Title": ["Branch rollout"],
    "Ticket": ["CHG0012345"],
}


def test_the_same_answers_give_the_plan_that_the_screen_saves() -> None:
    async def on_screen(stage: Stage) -> None:
        for keys in (
            "3 enter 2 enter down down down down y k g 2 down y down down y k g 3 k g 4 k",
            'g 5 a "head-office" enter y down y down y down y down down down y down enter "10.1.0.0/16" enter',
            'g 5 a "branch" enter down y down down y down down y down down enter "10.20.0.0/16 2001:db8:20::/48" enter',
            'g 5 x x x x x x g 6 k "M. Keller" enter g 7 enter "Branch rollout" enter enter "CHG0012345" enter',
            'ctrl+s ctrl+u "screen.toml" enter',
        ):
            await stage.press(keys)

    play(on_screen)
    code, out, _ = answered({**SESSION, SAVE: ["lines.toml"]})
    assert (code, out.rstrip().splitlines()[-1].partition("> ")[2]) == (0, "Saved ~/lines.toml")
    assert Path("lines.toml").read_text().splitlines() == Path("screen.toml").read_text().splitlines()
    assert Path("lines.toml").read_bytes() == Path("screen.toml").read_bytes()


def test_every_question_that_arises_is_asked_with_what_it_opens_and_does() -> None:
    _, out, _ = answered({SAVE: ["p.toml"]}, sample("everything-on"))
    for question in load_questions():
        assert f"{question.title}: {question.asks}\n  {question.opens}\n" in out
    assert "  if changed to no: -" in out


def test_enter_alone_gives_a_correct_small_plan() -> None:
    code, _, _ = answered({DECIDER: ["A. Novak"]})
    plan = read_plan("sav-plan.toml").plan
    assert code == 0
    assert (plan.derived.summary.assumed, plan.derived.summary.decisions_open) == (0, 0)


QUIT = "This plan has edits that are not saved: save, drop or stay"
CASES: list[tuple[dict[str, list[str]], str]] = [
    ({"Windows servers": ["x", "3"]}, "'x' is no number; accepted: a whole number"),
    ({"Windows servers": ["99999999"]}, "accepted"),
    ({"Windows servers": ["3"]}, "Windows servers: +2 rules, opens TCP 2967 and UDP 38293 inside servers"),
    ({"10.x/3.x clients": ["maybe"]}, "'maybe' is none of the answers; accepted: yes, no."),
    ({"10.x/3.x clients": ["?"]}, "/back: the question before."),
    ({"NetWare servers": ["/what\x1b[2J"]}, "/what\\x1b[2J: cannot be done here; accepted:"),
    ({"NetWare servers": ["/doc"]}, "document: "),
    ({"NetWare servers": ["/rules"]}, "TCP 2967 from console to servers, source ports 1024-4999, new, run: console"),
    ({"NetWare servers": ["/show closed"]}, "closed"),
    ({"Windows servers": ["3"], "NetWare servers": ["/undo"]}, "Undone: Windows servers: 1 to 3."),
    ({"Windows servers": ["/back"]}, "This is the first question."),
    ({"NetWare servers": ["/clear"]}, "/clear does nothing here"),
    ({ZONES: ["9", ""]}, "No zone has that number; accepted: 1 to 4."),
    ({"Title": ["//etc"], SAVE: ["p.toml"]}, "Saved ~/p.toml"),
    ({"Windows servers": ["3"], "NetWare servers": ["/quit"], QUIT: ["stay"]}, "Step 2"),
    ({"NetWare servers": ["/save"], SAVE_AS: ["/quit", "p.toml"]}, "Nothing is saved: /quit is a command, not a file."),
    ({"Windows servers": ["3"], "NetWare servers": ["/quit"], QUIT: ["no", "stay"]}, "Accepted: save, drop, stay."),
    ({DECIDER: ["/what"]}, "/what: cannot be done here; accepted:"),
    ({DECIDER: ["//what"]}, "decided by /what."),
]


@pytest.mark.parametrize(("answers", "said"), CASES, ids=range(len(CASES)))
def test_what_is_typed_is_taken_or_answered_in_words(answers: dict[str, list[str]], said: str) -> None:
    assert said in answered(answers)[1]


def test_a_command_typed_for_a_name_is_done_and_decides_nothing() -> None:
    _, out, person = answered({"NetWare servers": ["/step decisions"], DECIDER: ["/quit"], QUIT: ["drop"]})
    assert person.asked[-2:] == [DECIDER, QUIT]
    assert "decided by" not in out.rpartition("\n" + DECIDER)[2]
    assert not list(Path().glob("*.toml"))


def test_one_can_go_back_skip_and_jump() -> None:
    given = {
        "Windows servers": ["/skip", "4"], "NetWare servers": ["/back", "/step save"], SAVE: ["p.toml"],
    }  # fmt: skip
    _, _, person = answered(given)
    assert person.asked == ["Windows servers", "NetWare servers", "Windows servers", "NetWare servers", SAVE]
    answers = read_plan("p.toml").plan.topology.answers
    assert answers.servers == 4
    assert "netware_servers" in answers.assumed


def test_nothing_is_overwritten_unasked() -> None:
    Path("p.toml").write_text("mine")
    answered(
        {
            "Windows servers": ["/step save"],
            SAVE: ["p.toml", "/quit"],
            "~/p.toml exists already. Overwrite it: yes or no": ["no"],
        }
    )
    assert Path("p.toml").read_text() == "mine"
    answered(
        {"Windows servers": ["/step save"], SAVE: ["p.toml"], "~/p.toml exists already. Overwrite it: yes or no": ["y"]}
    )
    assert read_plan("p.toml").plan.derived.rules


def test_a_saved_plan_that_is_gone_through_again_stays_as_it_is() -> None:
    answered({**SESSION, SAVE: ["p.toml"]})
    before = Path("p.toml").read_bytes()
    code, _, _ = answered({"Save as (Enter for p.toml)": [""]}, "p.toml")
    assert code == 0
    assert Path("p.toml").read_bytes() == before


def test_the_end_of_the_answers_loses_nothing() -> None:
    done = process("--plain", stdin="3\n2\n")
    assert done.code == 2
    assert done.err == "sav-planner: not saved; it is kept and offered when sav-planner opens the next time\n"
    assert [found.snapshot.plan.topology.answers.servers for found in recovery_files().abandoned] == [3]
    assert process("--plain", stdin="").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_loses_nothing_either(number: signal.Signals) -> None:
    program = [sys.executable, "-m", "planner", "--plain"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(b"3\n")
        running.stdin.flush()
        said = b""
        while b"NetWare servers> " not in said:
            said += os.read(running.stdout.fileno(), 4096)
        running.send_signal(number)
        _, complaint = running.communicate(timeout=10)
    assert running.returncode == 128 + number
    assert complaint == b"sav-planner: not saved; it is kept and offered when sav-planner opens the next time\n"
    assert [found.snapshot.plan.topology.answers.servers for found in recovery_files().abandoned] == [3]


def test_a_reader_that_goes_away_is_no_crash() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "planner", "--plain"], stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE,
        check=False, cwd=ROOT,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_bytes_that_are_no_text_are_asked_for_again() -> None:
    typed = b"\xff\xfe\n" + b"9" * 70_000 + b"\n4\n/step save\np.toml\n"
    program = [sys.executable, "-m", "planner", "--plain"]
    done = subprocess.run(program, input=typed, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Not utf-8; accepted: text in the encoding of the terminal." in done.stdout
    assert b"A line of more than 64 KiB" in done.stdout
    assert read_plan("p.toml").plan.topology.answers.servers == 4


def test_it_loads_no_screen(tmp_path: Path) -> None:
    loaded: Any = run_fresh(LOADED, "--plain", cwd=tmp_path)
    assert '"planner.plain.dialogue"' in loaded
    assert '"textual"' not in loaded
    assert '"rich"' not in loaded
