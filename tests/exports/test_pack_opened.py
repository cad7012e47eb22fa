"""A pack of a hostile plan, opened in a real browser and a real spreadsheet: nothing in it is executed."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from planner.exports.ticket.pack import ANNEX, PAGE, RULES, TICKET, pack_files
from planner.plan.plan import Change, DecisionRecord, Head, Plan
from planner.plan.topology import Zone
from planner.storage.toml_reader import write_text
from tests.estates import estate
from tests.strategies import HOSTILE

pytestmark = pytest.mark.slow

ATTACKS = (
    "<script>document.title='run'</script>",
    "</title></style></code></table><script>document.title='run'</script>",
    "<img src=x onerror=document.title='run'>",
    '"><svg onload=document.title="run">',
    "' onmouseover=document.title='run' x='",
    "<meta http-equiv=refresh content='0;url=http://192.0.2.1/'>",
    "<iframe srcdoc='<script>top.document.title=1</script>'>",
    "javascript:document.title='run'",
    "&lt;script&gt;",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    " =1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    '"=1+1',
    "'=1+1",
    '=HYPERLINK("http://192.0.2.1/","x")',
    '=WEBSERVICE("http://192.0.2.1/")',
    "=cmd|'/c calc'!A1",
    '=DDE("cmd","/c calc","x")',
    "\uff1d1+1",
    "a;=1+1",
    'a","=1+1',
    "a\r\n=1+1",
    *HOSTILE,
)
NAMES = ("=1+1", "+x", "-x", "@x", "<script>x</script>", '"><b>', "'=1", "=cmd|'/c x'!A1", "%7C=1", "a=1;=2")


def hostile() -> Plan:
    """Returns a plan in which every text that a user can write holds an attack."""
    everything, half = " ".join(ATTACKS), len(ATTACKS) // 5
    first, second = " ".join(ATTACKS[:half]), " ".join(ATTACKS[half:])  # each within the bound of a line
    zones = [Zone(name=name, roles=("server", "client", "console"), note=everything) for name in NAMES]
    plan = estate(*zones, servers=30, rollout=("clients",), boundary="stateless")
    change = Change(ticket="=1+1", requester=first, implementer=second, reason=everything, security_impact=everything)
    records = (
        DecisionRecord(id="source-range", chosen="documented", default="documented", by=second, note=everything),
        DecisionRecord(id="=1+1", chosen="<script>", default="", by="<b>", note=everything),
    )
    return Plan(head=Head(id="=1+1", title=first), change=change, topology=plan.topology, decisions=records)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of that plan's pack."""
    folder = tmp_path_factory.mktemp("pack")
    plan = hostile()
    for name, data in pack_files(plan, write_text(plan)).items():
        (folder / name).write_bytes(data)
    return folder


class Elements(HTMLParser):
    """Gathers elements, attributes and the title of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._in_title = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False

    def handle_data(self, data: str) -> None:
        self.title += data if self._in_title else ""


def browsed(chromium: str, page: Path, profile: Path) -> Elements:
    """Returns what a page holds once a browser has opened it and run whatever it runs."""
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom"]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, check=False, timeout=60)
    opened = Elements()
    opened.feed(done.stdout)
    return opened


def test_a_browser_runs_nothing_of_the_page(pack: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium is installed")
    written = Elements()
    written.feed((pack / PAGE).read_text())
    opened = browsed(chromium, pack / PAGE, tmp_path)
    assert opened.title == written.title
    assert opened.title.startswith("Change: <script>document.title='run'</script>")
    assert opened.tags == {
        "html", "head", "meta", "title", "style", "body", "h1", "dl", "dt", "dd", "p", "section", "h2", "div", "table",
        "thead", "tbody", "tr", "th", "td", "code", "nav", "ul", "li", "a",
    }  # fmt: skip
    assert opened.attributes == {"lang", "charset", "http-equiv", "content", "name", "class", "id", "scope", "href"}
    links = re.findall(r"<a\b[^>]*>", (pack / PAGE).read_text())
    assert links
    assert all(re.fullmatch(r'<a href="#[a-z0-9_-]+">', link) for link in links), "links lead within the page alone"


POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize(
    ("escaped", "policy", "runs"), [(True, False, False), (False, True, False), (False, False, True)]
)
def test_escaping_and_policy_each_stop_what_a_browser_would_run(
    escaped: bool, policy: bool, runs: bool, pack: Path, tmp_path: Path
) -> None:
    """Without both of them the script does run: this browser would show it if one of them failed."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium is installed")
    text = (pack / PAGE).read_text()
    assert text.count(POLICY) == 1
    text = text if policy else text.replace(POLICY, "")
    text = text if escaped else text.replace("</body>", f"{ATTACKS[0]}</body>")
    (tmp_path / "page.html").write_text(text)
    assert (browsed(chromium, tmp_path / "page.html", tmp_path / "profile").title == "run") is runs


def test_a_spreadsheet_takes_no_cell_for_a_formula(pack: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("no LibreOffice is installed")
    home = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    # Unguarded, most of the attacks become formulas: this spreadsheet would show it if the guard failed.
    (tmp_path / "unguarded.csv").write_text("".join(f'"{cell}"\r\n' for cell in ATTACKS if '"' not in cell))
    files = (str(pack / RULES), str(tmp_path / "unguarded.csv"))
    command = [office, home, "--headless", "--convert-to", "fods", "--outdir", str(tmp_path), *files]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    assert "table:formula" in (tmp_path / "unguarded.fods").read_text()
    opened = (tmp_path / "rules.fods").read_text()
    assert "table:formula" not in opened
    assert "xlink:href" not in re.sub(r'xlink:href="\$?[^"]*\.xml"', "", opened)
    shown = re.sub(r"<[^>]*>", "", opened)
    assert shown.count("cmd|") >= 1


@pytest.mark.parametrize("name", [TICKET, ANNEX])
def test_a_renderer_makes_tables_of_the_ticket_and_nothing_of_the_texts_in_it(name: str, pack: Path) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": True}).parse((pack / name).read_text())
    blocks = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    inside = {child.type for token in tokens for child in token.children or ()}
    assert blocks == {
        "heading", "inline", "bullet_list", "list_item", "paragraph", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert inside == {"text", "strong_open", "strong_close", "code_inline"}
