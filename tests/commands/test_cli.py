"""All commands: exit codes, one line on standard error, standard input, files of answers, help."""

import importlib.metadata
from pathlib import Path

import pytest

from planner.cli import VERSION
from planner.commands import COMMANDS
from planner.exports.names import CHOICES
from tests.command_line import ANSWERS, command, is_one_line, process, sample

READERS = (("show",), ("show", "--format", "json"), ("check",), ("diff", sample("one-server")), ("new", "--from"))
"""The commands that read a plan, each short of its path."""

readers = pytest.mark.parametrize("reader", READERS, ids=" ".join)


def test_version() -> None:
    assert command("--version") == (0, f"sav-planner {importlib.metadata.version('sav-planner')}\n", "")
    assert importlib.metadata.version("sav-planner") == VERSION


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_80_columns_and_teaches_by_example(name: str, flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = command(*name.split(), flag)
    assert (done.code, done.err) == (0, "")
    assert [line for line in done.out.splitlines() if len(line) > 80] == []
    assert f"sav-planner {name}".strip() in done.out


def test_the_first_help_names_every_command() -> None:
    shown = command("--help").out
    assert [name for name in COMMANDS if f"sav-planner {name}" not in shown] == []


@pytest.mark.parametrize("columns", ["9" * 5000, "0", "-5", "1", "\u0663", "\x1b[2J"])
def test_help_needs_no_sensible_width(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    done = command("show", "--help")
    assert (done.code, done.err) == (0, "")
    assert "max-size" in "".join(done.out.split())


def test_help_needs_no_other_argument_to_be_right() -> None:
    assert command("show", "--view", "nonsense", "--help") == command("show", "--help")


def test_the_help_of_show_explains_every_view_and_names_every_format() -> None:
    shown = " ".join(command("show", "--help").out.split())
    assert [view for view in CHOICES if f" {view} " not in shown] == []
    assert "text, json, csv, markdown or html" in shown


def test_the_module_is_the_command() -> None:
    assert process("--version").out == command("--version").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shwo"], f"shwo: neither a command nor a file; accepted: {', '.join(COMMANDS)}, or the path of a plan file"),
        (["chekc", "a.toml", "b.toml"], "chekc: neither a command nor a file"),
        (["none.toml"], "none.toml: No such file or directory; accepted: a plan file that can be read"),
        (["a.toml", "b.toml"], "unrecognized arguments: b.toml; 'sav-planner --help' shows what is accepted"),
        (["--servers", "3"], "unrecognized arguments: --servers"),
        (["show"], "the following arguments are required: PLAN; 'sav-planner show --help' shows what is accepted"),
        (["check"], "the following arguments are required: PLAN; 'sav-planner check --help' shows what is accepted"),
        (["explain"], "the following arguments are required: PORT-OR-FLOW"),
        (["show", "p.toml", "--view", "all,ports"], "--view: 'all,ports' is unknown; accepted: ports, zones, rules, "),
        (
            ["show", "p.toml", "--format", "pdf"],
            "--format: 'pdf' is unknown; accepted: text, json, csv, markdown, html",
        ),
        (["new", "--title=--"], "new: --title: '--' is no value; 'sav-planner new --help' shows what is accepted"),
        (["new", "-o--"], "-o: '--' is no value"),
        (["check", "--on=--", "p.toml"], "--on: '--' is no value"),
        (["export", sample("firewalls"), "--to", "nftables", "--since", ""], "'': No such file or directory"),
        (["pack", sample("one-server"), "-o", "-"], "-o: a pack is several files; accepted: the path of a folder"),
        (["show", "p.toml", "--max-size", "big"], "--max-size: 'big' is no size; accepted: 1 to 4096"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_one_line_and_code_2(arguments: list[str], said: str) -> None:
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert said in done.err


def bad_files() -> dict[str, tuple[bytes, str]]:
    """Returns contents that are no plan, and the message for each."""
    return {
        "nothing": (b"", 'schema: missing, so this is no plan; accepted: schema = "sav-plan/1"'),
        "prose": (b"Dear all,\n", "line 1: not TOML: "),
        "other TOML": (b'[project]\nname = "x"\n', "schema: missing, so this is no plan"),
        "JSON": (b'{"schema": "sav-plan/1"}', "line 1: not TOML: "),
        "binary": (b"\x7fELF\x02\x01\xff\x00", "byte 0xff is not UTF-8; accepted: UTF-8"),
        "UTF-16": ('schema = "sav-plan/1"'.encode("utf-16"), "UTF-16 text; accepted: UTF-8"),
        "newer": (b'schema = "sav-plan/2"\n', 'sav-plan/2 needs a newer sav-planner; this one reads "sav-plan/1"'),
        "unknown table": (b'schema = "sav-plan/1"\n[topologie]\n', "unknown key 'topologie'; accepted: plan, change"),
        "unknown answer": (b'schema = "sav-plan/1"\n[topology]\nserver = 1\n', "topology: unknown key 'server'"),
        "wrong type": (b'schema = "sav-plan/1"\n[topology]\nservers = true\n', "topology.servers: this is true or fal"),
        "bad word": (
            b'schema = "sav-plan/1"\n[topology]\nboundary = "open"\n',
            "topology.boundary: Invalid enum value 'open'; accepted: stateful, stateless",
        ),
        "bad port": (
            b'schema = "sav-plan/1"\n[topology]\nrtvscan_port = 0\n',
            "rtvscan_port: 0 is no port; accepted: ",
        ),
        "bad network": (
            b'schema = "sav-plan/1"\n[[zone]]\nname = "a"\nnetworks = ["10.0.0.1/8"]\n',
            "zone 1: zone 'a': networks: 10.0.0.1/8 has host bits set; accepted: CIDR such as 10.20.0.0/24",
        ),
        "hostile key": (b'schema = "sav-plan/1"\n"\\u001b[2J" = 1\n', "unknown key '\\x1b[2J'"),
        "deep": (b"a = " + b"[" * 100_000, "line 1: nested more than 16 deep"),
    }


@pytest.mark.parametrize("content", bad_files())
@readers
def test_a_file_that_is_no_plan_is_refused_by_name(reader: tuple[str, ...], content: str, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    data, said = bad_files()[content]
    path.write_bytes(data)
    done = command(*reader, str(path))
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert done.err.startswith(f"sav-planner: {path}: ")
    assert said in done.err


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/nowhere/p.toml", "/nowhere/p.toml: No such file or directory"),
        ("/dev", "/dev: not a regular file; accepted: a plan file, or - for standard input"),
        ("/dev/zero", "/dev/zero: not a regular file"),
        ("", "'': No such file or directory"),
        ("a\0b", "a\\x00b: "),
        ("x" * 5000, "File name too long"),
        ("\x1b[31mred", "\\x1b[31mred: No such file or directory"),
    ],
)
@readers
def test_a_path_that_cannot_be_read_is_named(reader: tuple[str, ...], path: str, said: str) -> None:
    done = command(*reader, path)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert said in done.err


@readers
def test_a_file_over_the_bound_is_refused_unread_unless_the_bound_is_raised(
    reader: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "large.toml"
    path.write_text(ANSWERS + "#" * (2 << 20))
    done = command(*reader, str(path), "--max-size", "1")
    assert done == (2, "", f"sav-planner: {path}: larger than 1 MiB; accepted: less, or more with --max-size\n")
    assert command(*reader, str(path), "--max-size", "3").code in (0, 1)


@readers
def test_a_name_that_is_not_utf_8_can_be_read_and_is_shown_escaped(reader: tuple[str, ...], tmp_path: Path) -> None:
    path = bytes(tmp_path) + b"/caf\xe9.toml"
    done = process(*reader, path)
    assert (done.code, "caf\\udce9.toml: No such file" in done.err) == (2, True)
    Path(path.decode(errors="surrogateescape")).write_text(ANSWERS)
    assert process(*reader, path).code in (0, 1)


@readers
def test_a_dash_is_standard_input(reader: tuple[str, ...]) -> None:
    path = sample("one-server")
    done = process(*reader, "-", stdin=Path(path).read_text())
    assert done == (0, command(*reader, path).out.replace(path, "standard input"), "")


@readers
def test_standard_input_that_is_no_plan_is_called_so(reader: tuple[str, ...]) -> None:
    done = process(*reader, "-", stdin="nonsense\n")
    assert (done.code, done.err.startswith("sav-planner: standard input: line 1: not TOML")) == (2, True)


@pytest.mark.parametrize(("reader", "code"), [("show", 0), ("check", 1), ("new --from", 0)])
def test_a_file_of_answers_alone_is_accepted(reader: str, code: int, tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text(ANSWERS)
    done = command(*reader.split(), str(path))
    assert (done.code, done.err) == (code, "")


def test_the_planner_without_a_terminal_names_the_commands_that_need_none() -> None:
    done = process()
    assert (done.code, done.out) == (2, "")
    assert f"needs a terminal; without one use: --plain, {', '.join(COMMANDS)}" in done.err
    assert is_one_line(done.err)


def test_the_planner_reads_its_plan_before_it_asks_for_a_terminal() -> None:
    assert "needs a terminal" in process(sample("branches")).err
    assert "not TOML" in process("/etc/passwd").err
