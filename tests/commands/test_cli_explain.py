"""``explain`` of citations, findings and the markers of a plan; the nearest known word for a mistyped one."""

from pathlib import Path

import pytest

from planner.storage.plan_files import read_plan
from tests.command_line import command, is_one_line, sample

SETTLED = sample("settled")


def test_a_marker_is_explained_with_the_plan_that_has_it() -> None:
    rule = read_plan(SETTLED).plan.derived.rules[0]
    done = command("explain", rule.marker.lower(), "--plan", SETTLED)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        f"Rule {rule.marker} · {rule.id}\n  permits     administration may open TCP 2967 on servers"
    )
    assert f"remark {rule.marker}\n" in done.out
    assert command("explain", rule.id, "--plan", SETTLED).out == done.out
    assert "or with --plan the marker of a rule" in command("explain", rule.marker).err


def test_a_finding_is_explained_as_the_plan_has_it(tmp_path: Path) -> None:
    plan = tmp_path / "p.toml"
    plan.write_text('schema = "sav-plan/1"\n[topology]\nservers = 3\nrtvscan_port = 80\n')
    assert "  warning     <answer> is <port>; numbers below 1024" in command("explain", "port-low").out
    assert (
        "  warning     Rtvscan port is 80; numbers below 1024"
        in command("explain", "port-low", "--plan", str(plan)).out
    )


def test_a_port_names_its_document_lines_and_its_decisions() -> None:
    out = command("explain", "udp/38037").out
    assert "  decision    ams-hosts: " in out
    assert "  document    Ports for specific components and features, row 2: Msgsys on\n" in out


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["chekc"], "check"),
        (["SHWO"], "show"),
        (["settld"], "settled.toml"),
        (["setled.toml"], "settled.toml"),
        (["show", "setled.toml"], "settled.toml"),
        (["--plian"], "--plain"),
        (["show", SETTLED, "--formt=json"], "--format"),
        (["show", SETTLED, "--view", "port"], "ports"),
        (["explain", "client-chek-in"], "client-checks-in"),
        (["explain", "rtvscn"], "rtvscan"),
        (["diagnose", SETTLED, "client-mising"], "client-missing"),
        (["export", SETTLED, "--to", "nftabels"], "nftables"),
        (["flow", SETTLED, "ofices", "servers", "tcp/2967"], "offices"),
        (["new", "--option", "smb-helper"], "smb-helpers"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else value,
)
def test_the_nearest_known_word_is_named(
    arguments: list[str], meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("settled.toml").write_text("")
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert is_one_line(done.err)
    assert done.err.endswith(f"; did you mean '{meant}'?\n")


def test_nothing_is_guessed_where_nothing_is_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "did you mean" not in command("show", "none.toml").err + command("xyzzy").err + command("explain", "42").err
