"""Every format shows the whole plan, literally, within its medium."""

import csv
import datetime
import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from planner.catalogue.answers import Answers
from planner.exports.names import CHOICES, FORMATS, VIEWS, Choice, FormatName, View
from planner.exports.registry import render
from planner.plan.plan import Change, DecisionRecord, Head, Plan
from planner.plan.topology import Topology, Zone
from planner.text.escaping import cell_width, visible
from planner.text.layout import wrap

EVIL = "\x1b[2J=1+1 <script>alert(1)</script> [x](http://evil.example) | `` \u202e\nfake"
EVIL_ZONE = "=<b onclick=x>|[z](y) 漢字"


def make_estate(**answers: object) -> Plan:
    """Everything on at once, with hosts, networks, parents, a note and a translated zone."""
    given = Answers(
        servers=3,
        netware_servers=2,
        netware_parents=True,
        roaming_clients=True,
        mobile_clients=True,
        legacy_clients=True,
        central_quarantine=True,
        quarantine_port=3000,
        ams_alerting=True,
        ams_hosts=("server", "console"),
        rollout=("clients", "servers"),
        rollout_until=datetime.date(2026, 11, 30),
        **answers,  # type: ignore[arg-type]
    )
    zones = (
        Zone(name="headquarters", roles=("console", "server", "quarantine"), networks=("10.0.0.0/24",)),
        Zone(name="data-centre-north-servers", roles=("server",), hosts={"server": ("10.1.0.5", "2001:db8::5")}),
        Zone(name="netware", roles=("netware",), note="moved to the new site in spring"),
        Zone(name="branch-01", roles=("client", "legacy-client"), parents=("headquarters",), nat=True),
        Zone(name="branch-02", roles=("client", "roaming-client")),
    )
    return Plan(
        head=Head(id="estate", title="Whole estate", revision=2, created=datetime.date(2026, 10, 5)),
        change=Change(ticket="CHG0012345", security_impact="low", review_by=datetime.date(2027, 1, 31)),
        topology=Topology(answers=given, zones=zones),
    )


def make_hostile() -> Plan:
    """Hostile text in every field that takes text."""
    zones = (
        Zone(name=EVIL_ZONE, roles=("console", "server"), note=EVIL),
        Zone(name="x" * 64, roles=("client",), parents=(EVIL_ZONE,)),
    )
    return Plan(
        head=Head(id=EVIL, title=EVIL),
        change=Change(
            ticket=EVIL, requester=EVIL, implementer=EVIL, reason=EVIL, security_impact=EVIL, window_start=EVIL
        ),
        topology=Topology(answers=Answers(), zones=zones),
        decisions=(DecisionRecord(id="source-range", chosen="documented", default="documented", by=EVIL, note=EVIL),),
    )


PLANS = {
    "small": Plan(),
    "estate": make_estate(),
    "stateless": make_estate(boundary="stateless"),
    "hostile": make_hostile(),
    "idle": Plan(topology=Topology(zones=(Zone(name="empty"),))),
}


def rendered(format_name: FormatName, plan: str, view: Choice = "all", width: int = 80, *, colour: bool = False) -> str:
    return render(PLANS[plan], format_name, view=view, width=width, colour=colour)


every_plan = pytest.mark.parametrize("plan", PLANS)
every_view = pytest.mark.parametrize("view", CHOICES)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
@every_view
@every_plan
def test_text_fits_the_width(plan: str, view: Choice, width: int) -> None:
    lines = rendered("text", plan, view, width).split("\n")
    assert [line for line in lines if cell_width(line) > width or line != line.rstrip()] == []


@pytest.mark.parametrize("format_name", FORMATS)
@every_plan
def test_no_format_lets_a_control_character_through(plan: str, format_name: FormatName) -> None:
    text = rendered(format_name, plan).replace("\r\n", "\n").replace("\n", "")
    assert text == visible(text)


@every_plan
def test_colour_adds_nothing_but_colour(plan: str) -> None:
    painted = rendered("text", plan, colour=True)
    assert re.sub(r"\x1b\[(?:0|1|31|33)m", "", painted) == rendered("text", plan)


def test_text_marks_the_rollout_in_words_and_in_colour() -> None:
    painted = rendered("text", "estate", "ports", width=200, colour=True)
    assert "\x1b[33mTCP 139 SMB/NetBIOS" in painted
    assert re.search(r"^TCP 139 SMB/NetBIOS +rollout ", rendered("text", "estate", "ports", width=200), re.MULTILINE)


def test_a_wide_matrix_is_split_between_zones_and_repeats_its_ports() -> None:
    text = rendered("text", "estate", "ports", width=60)
    assert text.count("TCP 2967 Rtvscan ") > 1
    assert all(zone in text.replace("\n", "") for zone in ("branch-01", "branch-02", "netware", "internet"))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("a rule and its port", ["a rule and", "its port"]),
        ("from port TCP 2967", ["from port", "TCP 2967"]),
        ("legacy-clients", ["legacy-", "clients"]),
        ("abcdefghijklmno", ["abcdefghijkl", "mno"]),
        ("漢字漢字漢字漢", ["漢字漢字漢字", "漢"]),
    ],
)
def test_wrap_breaks_between_words_then_after_hyphens_then_anywhere(text: str, lines: list[str]) -> None:
    assert wrap(text, 12) == lines


def test_return_halves_stand_after_what_a_zone_opens() -> None:
    text = " ".join(rendered("text", "stateless", "zones", 200).split())
    assert "branch-01 headquarters boundary TCP 2967, UDP 2967, TCP 3000; replies from TCP 2967, UDP 2967" in text


def test_text_keeps_a_port_in_one_piece() -> None:
    lines = rendered("text", "estate", "zones").splitlines()
    assert [line for line in lines if line.endswith(("TCP", "UDP")) or line.lstrip().startswith(",")] == []


@pytest.mark.parametrize("format_name", ["text", "markdown", "html"])
@pytest.mark.parametrize("view", [view for view in VIEWS if view not in ("decisions", "findings", "closed")])
def test_an_empty_view_says_what_would_fill_it(view: View, format_name: FormatName) -> None:
    assert "Say how many servers there are" in " ".join(rendered(format_name, "idle", view).split())


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_shows_every_rule(format_name: FormatName) -> None:
    text = rendered(format_name, "stateless")
    derived = PLANS["stateless"].derived
    rules = (*derived.rules, *derived.host_rules)
    markers = [*(rule.marker for rule in rules), *(deny.marker for deny in derived.denies)]
    assert [marker for marker in markers if marker not in text] == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_tells_the_end_of_life(format_name: FormatName) -> None:
    assert re.search(r"2012-07-04", rendered(format_name, "small"))


def parsed_csv(plan: str, view: Choice = "all") -> dict[str, list[list[str]]]:
    tables: dict[str, list[list[str]]] = {}
    fresh = True
    for row in csv.reader(io.StringIO(rendered("csv", plan, view), newline="")):
        if not row:
            fresh = True
        elif fresh:
            header, fresh = row, False
        else:
            tables.setdefault(row[0], [header[1:]]).append(row[1:])
    return tables


def test_csv_holds_each_table_under_its_name() -> None:
    assert list(parsed_csv("estate")) == [
        "plan",
        "answers",
        "ports",
        "zone_pairs",
        "zones",
        "rules",
        "host_rules",
        "denies",
        "rule_notes",
        "exposure",
        "rule_exposure",
        "closed",
        "decisions",
        "findings",
    ]


@every_view
@every_plan
def test_csv_rows_are_as_wide_as_their_header(plan: str, view: Choice) -> None:
    tables = parsed_csv(plan, view)
    assert [name for name, rows in tables.items() if {len(row) for row in rows} != {len(rows[0])}] == []


def test_csv_reads_back_what_was_derived() -> None:
    rules = PLANS["estate"].derived.rules
    rows = parsed_csv("estate", "rules")["rules"][1:]
    assert [row[:4] for row in rows] == [[rule.marker, rule.phase, rule.from_, rule.to] for rule in rules]


def test_csv_quotes_every_cell_and_ends_lines_with_crlf() -> None:
    text = rendered("csv", "hostile")
    assert text.count("\n") == text.count("\r\n")
    assert all(line.startswith('"') and line.endswith('"') for line in text.split("\r\n") if line)


def test_csv_holds_no_formula() -> None:
    cells = [cell for rows in parsed_csv("hostile").values() for row in rows for cell in row]
    assert f"'{EVIL_ZONE}" in cells
    assert [cell for cell in cells if cell.lstrip(" '\"")[:1] in tuple("=+-@|%") and cell and cell[0] != "'"] == []


PAGE_TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "dl", "dt", "dd", "p", "section", "div"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip


class Page(HTMLParser):
    """Checks nesting, and gathers tags, attributes and text."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.headers: list[dict[str, str | None]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "th":
            self.headers.append(dict(attrs))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@every_view
@every_plan
def test_html_holds_what_the_page_puts_there_and_nothing_else(plan: str, view: Choice) -> None:
    page = Page(rendered("html", plan, view))
    assert page.open == []
    assert page.tags <= PAGE_TAGS
    assert page.attributes <= {"lang", "charset", "http-equiv", "content", "name", "id", "class", "scope"}
    assert {header["scope"] for header in page.headers} <= {"col", "row"}


def test_html_shows_hostile_text_literally() -> None:
    text = Page(rendered("html", "hostile", "zones")).text
    assert {visible(EVIL), EVIL_ZONE} <= set(text)


def test_html_forbids_everything_but_its_own_style() -> None:
    text = rendered("html", "small")
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in text
    assert "http:" not in text
    assert "https:" not in text


@every_view
@every_plan
def test_markdown_makes_tables_and_no_link_image_or_html(plan: str, view: Choice) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": True}).parse(rendered("markdown", plan, view))
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline <= {"text", "text_special", "strong_open", "strong_close"}
    assert not {token.type for token in tokens} & {"html_block", "fence", "code_block", "hr", "blockquote_open"}


def test_markdown_rows_are_as_wide_as_their_table() -> None:
    tables = re.findall(r"(?:^\|.*\n)+", rendered("markdown", "hostile"), re.MULTILINE)
    assert [table for table in tables if len({line.count("|") for line in table.splitlines()}) != 1] == []


def parsed_json(plan: str, view: Choice = "all") -> dict[str, object]:
    document: dict[str, object] = json.loads(rendered("json", plan, view))
    return document


def test_json_has_the_agreed_keys_in_order() -> None:
    assert list(parsed_json("estate")) == [
        *("schema", "plan", "change", "topology", "zones", "ports", "rules", "host_rules", "denies", "closed"),
        *("decisions", "findings", "summary", "integrity"),
    ]


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        (
            "rules",
            "id marker phase action from to protocol source_ports destination_ports state flows justification until "
            "notes because cites",
        ),
        ("host_rules", "id marker phase from to protocol source_ports destination_ports state flows"),
        ("ports", "zone role protocol ports direction flows phase"),
        ("denies", "from to protocol ports why"),
        ("closed", "flow protocol ports reason"),
        ("decisions", "id chosen default readings why cites"),
        ("findings", "id level text about"),
    ],
)
def test_json_entries_have_the_agreed_fields(table: str, keys: str) -> None:
    entries = parsed_json("estate")[table]
    assert isinstance(entries, list)
    assert [entry for entry in entries if not set(keys.split()) <= set(entry)] == []


def test_json_is_whole_whatever_the_view() -> None:
    assert rendered("json", "estate", "closed") == rendered("json", "estate", "all")


def test_json_is_ascii_with_iso_dates() -> None:
    assert rendered("json", "hostile").isascii()
    assert '"rollout_until": "2026-11-30"' in rendered("json", "estate")


def test_json_gives_the_digests_and_says_they_are_no_signature() -> None:
    integrity = parsed_json("estate")["integrity"]
    assert isinstance(integrity, dict)
    digests = PLANS["estate"].digests
    assert (integrity["answers"], integrity["derived"]) == (digests.answers, digests.derived)
    assert set(integrity["facts"]) == {"document", "last_modified", "catalogue_version", "catalogue_sha256"}
    assert "no signature" in integrity["note"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_format_loads_no_other_format_and_no_screen(format_name: FormatName) -> None:
    program = (
        "import sys\n"
        "from planner.plan.plan import Plan\n"
        "from planner.exports.registry import render\n"
        f"render(Plan(), {format_name!r})\n"
        "print(*[name for name in sys.modules if name.startswith(('planner.exports.formats.', 'textual', 'rich'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"planner.exports.formats.{format_name}"]
