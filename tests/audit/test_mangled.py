"""Mangled rule bases: whatever happens to the lines of a real shape, no verdict is exact where a rule is open.

Each text opens a port of the product to everybody. A line that is cut, joined, indented, prefixed or drowned in noise
is read for what it says, or doubted; it is never passed over.
"""

import json
from collections.abc import Callable

import pytest

from planner.audit.run import AuditError
from planner.exports.registry import render
from tests.audit.test_structure import ACCEPT, IOS, OPEN, PLANS, PORT, WORLD, asa, ios, iptables, nft, rule
from tests.rulebases import held

OPENED = {
    "ios": ("cisco-ios", ios(WORLD, f" {OPEN}", " deny ip any any")),
    "asa": ("cisco-asa", asa(f"access-list WORLD extended {OPEN}")),
    "iptables": ("linux", iptables("-A FORWARD -d 192.0.2.71/32 -p tcp -m tcp --dport 2967 -j ACCEPT")),
    "nft": ("linux", nft(rule(PORT, ACCEPT)).replace("}, {", "},\n{")),
}
MARK = "2967"


def lines_with(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "\n".join(map(change, text.split("\n")))


MANGLED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "a byte order mark": lambda text: f"\ufeff{text}",
    "NUL behind each line": lines_with(lambda line: f"{line}\0" if line else line),
    "NUL before each line": lines_with(lambda line: f"\0{line}" if line else line),
    "indented": lines_with(lambda line: f"   {line}"),
    "tabs": lines_with(lambda line: f"\t{line}"),
    "not indented": lines_with(str.lstrip),
    "blank lines": lines_with(lambda line: f"\n{line}\n"),
    "comments": lines_with(lambda line: f"!\n{line}"),
    "other comments": lines_with(lambda line: f"# x\n{line}"),
    "capitals": str.upper,
    "small letters": str.lower,
    "prompts": lines_with(lambda line: f"edge#{line}"),
    "prompts of configuration": lines_with(lambda line: f"edge(config)# {line}"),
    "pager": lines_with(lambda line: f" --More-- {line}"),
    "pager of an ASA": lines_with(lambda line: f"<--- More --->\r              \r{line}"),
    "quoted": lines_with(lambda line: f"> {line}"),
    "numbered": lines_with(lambda line: f"17: {line}"),
    "joined": lambda text: text.replace("\n", " "),
    "joined by twos": lambda text: "\n".join(
        " ".join(pair) for pair in zip(text.split("\n")[::2], [*text.split("\n")[1::2], ""], strict=False)
    ),
    "a line of rubbish between": lines_with(lambda line: f"%% lost\n{line}"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OPENED)
@pytest.mark.parametrize("how", MANGLED)
def test_no_mangled_text_is_exact(kind: str, how: str) -> None:
    vendor, text = OPENED[kind]
    assert not is_exact(vendor, MANGLED[how](text), kind)


@pytest.mark.parametrize("kind", ["ios", "asa", "iptables"])
def test_no_line_that_is_cut_or_broken_is_passed_over(kind: str) -> None:
    vendor, text = OPENED[kind]
    lines = text.split("\n")
    at = next(
        n for n, line in enumerate(lines) if "any host 192.0.2.71 eq" in line or "-d 192.0.2.71/32 -p tcp" in line
    )
    line = lines[at]
    for place in range(1, len(line) - len(line.partition(MARK)[2]) - len(MARK)):
        for broken in ([line[place:]], [line[:place], line[place:]]):
            changed = "\n".join([*lines[:at], *broken, *lines[at + 1 :]])
            if line[:place].strip():
                assert not is_exact(vendor, changed, kind), broken


def test_no_listing_that_is_cut_is_exact() -> None:
    text = OPENED["nft"][1]
    assert not any(is_exact("linux", text[:place], "nft") for place in range(0, len(text), 7))
    assert json.loads(text)


def test_a_whole_configuration_stays_exact_with_line_ends_and_noise() -> None:
    text, _ = IOS["a whole configuration"]
    for how in ("line ends of Windows", "a byte order mark", "blank lines", "comments", "pager"):
        assert is_exact("cisco-ios", MANGLED[how](text), "ios"), how


def is_exact(vendor: str, text: str, kind: str) -> bool:
    try:
        return held(PLANS[vendor], text, format_name=kind).same  # type: ignore[arg-type]  # names of formats
    except AuditError:
        return False


ROW = '"rules","","run","internet","servers","TCP 2967","1024-4999","new","","","","","",""'
ROWS: dict[str, str] = {
    "as it is": ROW,
    "a blank before it": f" {ROW}",
    "capitals": ROW.upper(),
    "no table": ROW.replace('"rules"', '""'),
    "a number before it": f"7,{ROW}",
    "quoted": f"> {ROW}",
    "commented out": f"#{ROW}",
    "a quote before it": f'"{ROW}',
    "cut": ROW[:45],
    "cut at its start": ROW[3:],
    "twice on a line": f"{ROW},{ROW}",
    "semicolons": ROW.replace(",", ";"),
    "tabs": ROW.replace(",", "\t"),
    "a byte order mark": f"\ufeff{ROW}",
    "NUL": f"{ROW}\0",
    "a range of ports": ROW.replace("TCP 2967", "TCP 2960-2970"),
    "a port alone": ROW.replace("TCP 2967", "2967"),
    "a zone in capitals": ROW.replace("internet", "INTERNET"),
    "any zone": ROW.replace("internet", "any"),
    "a line end within": ROW.replace("internet", "inter\rnet"),
    "columns named anew": f'"table","Marker","Phase","To","From","Port"\n{ROW}',
}


@pytest.mark.parametrize("how", ROWS)
def test_no_row_that_opens_a_port_is_passed_over(how: str) -> None:
    text = str(render(PLANS["linux"], "csv", view="rules"))
    assert not is_exact("linux", text.replace("\n", f"\n{ROWS[how]}\n", 1), "csv")
