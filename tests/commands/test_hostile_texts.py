"""Every text of the list of hostile ones, wherever a plan or an argument takes any, through every command and format.

`hostile_texts.json` holds the texts by what they try: to be markup, to control a terminal, to be of another width, to
be a formula, an element or a rule in an export, to change in a round trip, to be a path.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from unicodedata import category

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from planner.plan.plan import Change, DecisionRecord, Head, Plan
from planner.plan.topology import Device, Zone
from planner.storage.plan_files import read_plan, save_plan
from planner.storage.toml_reader import write_answers, write_text
from planner.text.escaping import visible
from tests.command_line import Done, command
from tests.estates import estate
from tests.figures import figure
from tests.screens import Stage, play, steering

HOSTILE = Path(__file__).parents[1] / "hostile_texts.json"
KINDS: dict[str, list[str]] = json.loads(HOSTILE.read_text(encoding="utf-8"))
TEXTS = [text for texts in KINDS.values() for text in texts]
RECORD = [name for name in Change.__struct_fields__ if name not in ("review_by", "expires")]
PLACES = len(RECORD) + 5
"""Number of texts in one plan: each text stands in each kind of place in some plan."""


def may_name(text: str) -> bool:
    """True if a zone may be called that."""
    try:
        Zone(name=text, roles=("client",))
    except ValueError:
        return False
    return text.isprintable() and text not in ("any", "internet")


def plan_of(texts: list[str]) -> Plan:
    """Returns a plan with these texts in its places, and each as a zone's name too if it may be one."""
    places = [texts[index % len(texts)] for index in range(PLACES)]
    record = replace(Change(), **{name: text[:100] for name, text in zip(RECORD, places, strict=False)})
    id_, title, by, vendor, note = (*(text[:90] for text in places[len(RECORD) : -1]), places[-1])
    names = list(dict.fromkeys(text[:64] for text in texts if may_name(text[:64])))[:6]
    zones = [Zone(name=name, roles=("client",), networks=(f"10.{number}.0.0/16",), note=note)
             for number, name in enumerate(names, 2)]  # fmt: skip
    centre = Zone(name="centre", roles=("console", "server"), networks=("10.1.0.0/16",), note=note)
    device = Device(name="fw", vendor=vendor, interfaces={"centre": f"{vendor}1", **dict.fromkeys(names, vendor)})
    plan = estate(centre, *zones, devices=[device], servers=3, central_quarantine=True)
    decision = plan.derived.decisions[0]
    decided = DecisionRecord(id=decision.id, chosen=decision.chosen, default=decision.default, by=by, note=note)
    return replace(plan, head=Head(id=id_, title=title), change=record, decisions=(decided,))


def plans() -> Iterator[tuple[int, Plan]]:
    for start in range(0, len(TEXTS), PLACES):
        texts = TEXTS[start : start + PLACES]
        yield start, plan_of(texts)
        yield start + 1, plan_of(texts[5:] + texts[:5])


PLANS = dict(plans())
PLAIN = plan_of(["plain", "words", "only"])


def controls(text: str, medium: str) -> set[str]:
    """Returns the characters that would steer a terminal; line ends are the medium's own."""
    own = "\r\n" if medium == "csv" else "\n"
    return {char for char in text if char not in own and category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")}


class Elements(HTMLParser):
    """Counts elements and names their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f" {name}" for name, _ in attrs)}


def markdown_elements(text: str) -> set[str]:
    tokens = MarkdownIt("gfm-like", {"linkify": True}).parse(text)
    return {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}


def formulas(text: str) -> list[str]:
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    return [
        cell
        for cell in cells
        if re.match(r"[ \"\ufeff\u00a0]*[=+\-@\t\r%|\uff1d\uff0b\uff0d\uff20]", cell) and len(cell) > 1
    ]


FORMATS = ("text", "json", "csv", "markdown", "html")
FIREWALLS = ("nftables", "iptables", "ip6tables", "aerleon", "nftables-host", "powershell", "netsh", "netsh-xp")


def shown(plan: Plan, folder: Path) -> dict[tuple[str, ...], Done]:
    """Returns the output of each command for a plan."""
    path, other = str(folder / "plan.toml"), str(folder / "plain.toml")
    for file, content in ((path, plan), (other, PLAIN)):
        Path(file).write_text(write_text(content), encoding="utf-8")
    calls: list[tuple[str, ...]] = [("show", path, "--format", name) for name in FORMATS]
    calls += [("diff", other, path, "--format", name) for name in FORMATS]
    calls += [("export", path, "--to", name) for name in FIREWALLS]
    calls += [("diff", path, other, "--rollback"), ("check", path), ("new", "--from", path)]
    return {(call[0], call[-1]): command(*call) for call in calls}


@pytest.mark.parametrize("number", PLANS)
def test_no_command_lets_a_text_of_a_plan_through(number: int, tmp_path: Path) -> None:
    for (name, form), done in shown(PLANS[number], tmp_path).items():
        about = (name, form)
        assert done.code in (0, 1, 2), (about, done.err)
        assert "Traceback" not in done.out + done.err, about
        assert controls(done.out, form) == set(), about
        assert controls(done.err, form) == set(), about
        assert len(done.err.splitlines()) <= 1 or name == "export", (about, done.err)
        if form == "csv":
            assert formulas(done.out) == [], about
        elif form == "json":
            json.loads(done.out)
    figure_once()


def figure_once() -> None:
    calls = len(FORMATS) * 2 + len(FIREWALLS) + 3
    figure(f"hostile texts: {len(TEXTS)} in {len(PLANS)} plans through {calls} commands: 0 tracebacks, 0 raw controls")


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_no_text_makes_an_element(form: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"

    def elements(plan: Plan) -> set[str]:
        path.write_text(write_text(plan), encoding="utf-8")
        out = command("show", str(path), "--format", form).out
        return Elements(out).found if form == "html" else markdown_elements(out)

    usual = elements(PLAIN)
    for plan in list(PLANS.values())[::2]:
        assert elements(plan) <= usual


def test_every_text_is_shown_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    for text in TEXTS:
        path.write_text(write_answers(Plan(head=Head(title=text[:400]))), encoding="utf-8")
        heading = command("show", str(path), "--view", "findings").out.split("\n\n")[0]
        assert "".join(visible(text).split())[:60] in "".join(heading.split())


@pytest.mark.parametrize("kind", KINDS)
def test_no_argument_is_taken_for_anything_else(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in KINDS[kind]:
        if "\0" in text:
            continue  # no program can be given one
        reading = (("show", text), ("explain", text), ("check", text, text), ("export", "--to", text, text), (text,))
        for call in (*reading, ("show", "-", "--format", text), ("new", "--ticket", text, "-o", "./none/x")):
            done = command(*call)
            assert done.code == 2 or "--help" in call, (call, done)
            assert controls(done.err, "text") == set(), call
            assert len(set(done.err.splitlines())) == 1, call
    assert list(tmp_path.iterdir()) == []


def test_what_a_plan_says_never_becomes_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pack names its files itself; the plan's own id and title are full of ways out of the folder."""
    monkeypatch.chdir(tmp_path)
    for number, text in enumerate(KINDS["paths"][::3]):
        plan = plan_of([text, *KINDS["paths"]])
        Path("plan.toml").write_text(write_text(plan), encoding="utf-8")
        done = command("pack", "plan.toml", "-o", f"pack-{number}")
        assert done.code in (0, 1, 2), done.err
        names = {path.name for path in Path().iterdir()} - {"plan.toml"}
        assert names <= {f"pack-{packed}" for packed in range(number + 1)}
        for path in Path(f"pack-{number}").rglob("*"):
            assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", path.name), path.name


@pytest.mark.parametrize("number", PLANS)
def test_every_plan_of_texts_is_saved_and_read_as_it_was(number: int, tmp_path: Path) -> None:
    path = str(tmp_path / "plan.toml")
    save_plan(PLANS[number], path, overwrite=False)
    read = read_plan(path)
    assert (read.plan.change, read.plan.topology, read.plan.head.title) == (
        PLANS[number].change, PLANS[number].topology, PLANS[number].head.title)  # fmt: skip
    assert controls(read.text, "toml") == set()


@pytest.mark.parametrize("number", list(PLANS)[::2])
def test_no_screen_lets_a_text_through(number: int) -> None:
    async def body(stage: Stage) -> None:
        for keys in ("", "g 4", "g 5 down enter", "end", "escape g 6 e", "escape g 7 down", "enter", "escape f1",
                     "escape r tab e", "escape p", "f", "ctrl+o"):  # fmt: skip
            await stage.press(keys)
            assert steering(stage.text) == set(), keys
            metas = [segment.style.meta for strip in stage.app.screen._compositor.render_strips()
                     for segment in strip if segment.style]  # fmt: skip
            assert not any("@click" in meta for meta in metas), keys
        assert stage.app._exception is None

    play(body, PLANS[number])
    figure(f"hostile texts: {len(TEXTS)} on the planner's screens: 0 raw controls, 0 marked up")
