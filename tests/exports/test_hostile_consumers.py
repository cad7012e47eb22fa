"""Programs that open what `show` wrote: no formula in the CSV, no element of a text in the HTML."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from planner.storage.toml_reader import write_text
from tests.command_line import command
from tests.commands.test_hostile_texts import PLAIN, PLANS, TEXTS
from tests.figures import figure

pytestmark = pytest.mark.slow

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def shown(form: str, folder: Path) -> str:
    """Returns what `show` writes of every plan with hostile texts, one after the other."""
    parts = []
    for plan in list(PLANS.values())[::2]:
        (folder / "plan.toml").write_text(write_text(plan), encoding="utf-8")
        parts.append(command("show", str(folder / "plan.toml"), "--format", form).out)
    return "".join(parts)


@pytest.mark.skipif(OFFICE is None, reason="needs LibreOffice, to see what a spreadsheet makes of the CSV")
def test_a_spreadsheet_finds_no_formula(tmp_path: Path) -> None:
    content = shown("csv", tmp_path)
    (tmp_path / "plan.csv").write_text(f'{content}"=1+1"\r\n', encoding="utf-8", newline="")
    subprocess.run(
        [str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--infilter=CSV:44,34,76,1",
         "--convert-to", "fods", "--outdir", str(tmp_path), str(tmp_path / "plan.csv")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    sheet = (tmp_path / "plan.fods").read_text(encoding="utf-8")
    found = re.findall(r'table:formula="([^"]*)"', sheet)
    figure(f"LibreOffice: {len(TEXTS)} hostile texts as CSV, {len(found) - 1} formulas")
    assert found == ["of:=1+1"]  # the one that was put there without the gate, to see that it looks


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium, to see what a browser makes of the HTML")
def test_a_browser_finds_no_element_of_a_text(tmp_path: Path) -> None:
    def tags(name: str) -> set[str]:
        done = subprocess.run(
            [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/browser",
             "--dump-dom", f"file://{tmp_path / name}"],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        page = done.stdout.decode()
        assert "</html>" in page
        return set(re.findall(r"<([a-z0-9]+)", page)) | set(re.findall(r"<[a-z0-9]+[^>]*\s(on\w+|href|src)=", page))

    (tmp_path / "hostile.html").write_text(shown("html", tmp_path), encoding="utf-8")
    (tmp_path / "plain.toml").write_text(write_text(PLAIN), encoding="utf-8")
    plain = command("show", str(tmp_path / "plain.toml"), "--format", "html").out
    (tmp_path / "plain.html").write_text(plain, encoding="utf-8")
    (tmp_path / "live.html").write_text(f"{plain}<script>document.body.append('x')</script>", encoding="utf-8")
    more = tags("hostile.html") - tags("plain.html")
    figure(f"Chromium: {len(TEXTS)} hostile texts as HTML, {len(more)} elements of them")
    assert more == set()
    assert "script" in tags("live.html")  # to see that it looks
