"""Text from outside is shown literally in every medium, or refused."""

import csv
import hashlib
import io
import json
import re
import tomllib
import unicodedata
from html.parser import HTMLParser

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from planner.text import escaping as untrusted

HIDING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

any_text = st.text(st.characters(), max_size=60)
"""Every code point, lone surrogates and unassigned ones too."""

hostile_text = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *"\x1b\x00\x9b\x7f\r\n\t\u202e\u200b\u2028\ufe0f\u0301\u115f\U000e0041\U0001f3fd\uff1d漢1a",
                *"=+-@|'\"`<>[]()!#*_~\\&;:/ .",
                "<img src=x onerror=alert(1)>",
                "<script>",
                "</style>",
                "javascript:",
                "http://evil.example",
                "www.evil.example",
                "www.1",
                ".com",
                ".de/",
                "evil",
                "[x](y)",
                "![](y)",
                "<!--",
                "1. ",
                "1) ",
                "- ",
                "# ",
                "> ",
                "---",
                "===",
                "&amp;",
                "&#60;",
            ]
        ),
        st.characters(),
    ),
    max_size=14,
).map("".join)
"""Text made mostly of what is active in one medium or another."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Branch rollout", "Branch rollout"),
        ("Zweigstelle Köln", "Zweigstelle Köln"),
        ("漢字", "漢字"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J", r"\x9b2J"),
        ("a\x00b\x7f", r"a\x00b\x7f"),
        ("ok\nfake row", r"ok\nfake row"),
        ("a\tb\r", r"a\tb\r"),
        ("allow \u202egnp.\u202c", r"allow \u202egnp.\u202c"),
        ("ad\u200bmin", r"ad\u200bmin"),
        ("a\ufeffb", r"a\ufeffb"),
        ("a\u2028b", r"a\u2028b"),
        ("a\u00a0b\u3000c", r"a\xa0b\u3000c"),
        ("\ue0b0", r"\ue0b0"),
        ("\ufdd0", r"\ufdd0"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\u2764\ufe0f", "\u2764\\ufe0f"),
        ("\U0001f44d\U0001f3fd", "\U0001f44d\\U0001f3fd"),
        ("\u3164", r"\u3164"),
        ("e\u0301\u0302\u0303\u0304", "e\u0301\u0302\\u0303\\u0304"),
        ("\u0301abc", r"\u0301abc"),
    ],
)
def test_visible_shows_every_character(text: str, shown: str) -> None:
    assert untrusted.visible(text) == shown


@given(any_text | hostile_text)
def test_no_hidden_character_survives(text: str) -> None:
    shown = untrusted.visible(text)
    assert not [char for char in shown if unicodedata.category(char) in HIDING or (char != " " and char.isspace())]


@given(any_text | hostile_text, st.integers(0, 30))
def test_a_limit_bounds_the_cells(text: str, limit: int) -> None:
    cut = untrusted.visible(text, limit)
    assert untrusted.cell_width(cut) <= limit
    whole = untrusted.visible(text)
    assert cut == whole or (cut.removesuffix(untrusted.ELLIPSIS) != cut or limit == 0)


@pytest.mark.parametrize(
    ("text", "cells"), [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("漢字ＡＢ", 8), ("\u1100\u1161", 2), ("─·", 2)]
)
def test_cell_width(text: str, cells: int) -> None:
    assert untrusted.cell_width(text) == cells


@pytest.mark.parametrize(
    ("text", "width", "fitted"),
    [("abc", 5, "abc  "), ("abcdef", 4, "abc…"), ("漢字漢", 4, "漢… "), ("abc", 0, ""), ("abc", 1, "…")],
)
def test_fit_fills_the_width_exactly(text: str, width: int, fitted: str) -> None:
    assert untrusted.fit(text, width) == fitted


@given(any_text.map(untrusted.visible), st.integers(0, 40))
def test_fit_takes_its_width_whatever_the_text(text: str, width: int) -> None:
    assert untrusted.cell_width(untrusted.fit(text, width)) == width


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("branch-01", 9, "branch-01"),
        ("branch-server-01", 9, "bran…r-01"),
        ("漢字漢字漢", 6, "漢…漢"),
        ("abcdef", 2, "a…"),
    ],
)
def test_shorten_middle_keeps_both_ends(text: str, width: int, short: str) -> None:
    assert untrusted.shorten_middle(text, width) == short


@given(any_text.map(untrusted.visible), st.integers(0, 40))
def test_shorten_middle_stays_within_its_width(text: str, width: int) -> None:
    assert untrusted.cell_width(untrusted.shorten_middle(text, width)) <= width


class Elements(HTMLParser):
    """Collects the start tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(any_text | hostile_text)
def test_html_is_text_and_nothing_else(text: str) -> None:
    page = Elements()
    page.feed(f'<p title="{untrusted.for_html(text)}">{untrusted.for_html(text)}</p>')
    page.close()
    assert page.tags == [("p", [("title", untrusted.visible(text))])]
    assert page.text == untrusted.visible(text)


PLAIN_TOKENS = {"paragraph_open", "inline", "paragraph_close", "table_open", "thead_open", "tr_open", "th_open"} | {
    "th_close", "tr_close", "thead_close", "tbody_open", "td_open", "td_close", "tbody_close", "table_close"
}  # fmt: skip


@pytest.mark.parametrize("template", ["{}\n", "| a |\n|---|\n| {} |\n", "text {} text\n"])
@given(text=any_text | hostile_text)
def test_markdown_makes_no_element_of_the_text(template: str, text: str) -> None:
    parser = MarkdownIt("gfm-like", {"linkify": True})
    tokens = parser.parse(template.format(untrusted.for_markdown(text)))
    assert {token.type for token in tokens} <= PLAIN_TOKENS
    assert {child.type for token in tokens for child in token.children or ()} <= {"text", "text_special"}


@given(text=any_text | hostile_text)
def test_markdown_loses_no_text(text: str) -> None:
    parser = MarkdownIt("gfm-like", {"linkify": True})
    tokens = parser.parse(f"| a |\n|---|\n| {untrusted.for_markdown(text)} |\n")
    cell = [token for token in tokens if token.type == "inline"][-1]
    assert "".join(child.content for child in cell.children or ()) == untrusted.visible(text).strip()


@pytest.mark.parametrize(
    "text",
    [
        "Rtvscan (TCP 2967), Windows servers.",
        "branch-01",
        "2026-10-05",
        "10.0.0.1 (2001-02), 9.x",
        "client-server.r1",
        "in/out",
        "It's open; see below: SSC",
        "console_agent = true, a=b",
        "2026-10-17 20:00, until 21:30",
    ],
)
def test_markdown_leaves_common_text_readable(text: str) -> None:
    assert untrusted.for_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=== x", "&#61;&#61;&#61; x"),
        ("_x_", "&#95;x&#95;"),
        ("__init__", "&#95;&#95;init&#95;&#95;"),
        ("a==b", "a&#61;&#61;b"),
        ("a _b_ c", "a &#95;b&#95; c"),
        ("1:b:2", "1&#58;b&#58;2"),
        ("example.com", r"example\.com"),
        (r"\.com", r"&#92;\.com"),
        ("plan.toml", "plan.toml"),
        ("server-to-server.rule3", "server-to-server.rule3"),
        ("a.rule3.com", r"a.rule3\.com"),
    ],
)
def test_markdown_writes_what_could_be_active_otherwise(text: str, written: str) -> None:
    assert untrusted.for_markdown(text) == written


@pytest.mark.parametrize("text", ["@everyone", "#123", "!45", "~label", "/approve", "$x$", "%3"])
def test_markdown_makes_no_reference_of_a_host(text: str) -> None:
    assert untrusted.for_markdown(text).startswith("&#")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(1,1)", "  =1", "'=1", '"=1', "\uff1d1+1", "\uff0d1", "|x", "%x", "=cmd|' /C calc'!A0"],
)
def test_csv_guards_a_formula(text: str) -> None:
    assert untrusted.for_csv(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "2967", "1024-4999", "in out", "any", "a=b", "Köln"])
def test_csv_leaves_common_text_alone(text: str) -> None:
    assert untrusted.for_csv(text) == text


@given(any_text | hostile_text)
def test_csv_cell_is_one_line_and_no_formula(text: str) -> None:
    cell = untrusted.for_csv(text)
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([cell])
    assert list(csv.reader(io.StringIO(buffer.getvalue(), newline=""))) == [[cell]]
    assert cell.isprintable()
    assert not cell.lstrip(" \"'").startswith(tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")) or cell.startswith("'")


whole_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(whole_text, whole_text | st.lists(whole_text, max_size=3), max_size=4))
def test_toml_holds_the_same_values_all_in_sight(values: dict[str, object]) -> None:
    document = untrusted.for_toml(tomli_w.dumps(values))
    assert tomllib.loads(document) == values
    assert all(char.isprintable() or char == "\n" for char in document)


def test_toml_refuses_half_a_character() -> None:
    with pytest.raises(ValueError, match=r"\\udc80"):
        untrusted.for_toml('title = "\udc80"\n')


@given(any_text | hostile_text)
def test_the_last_look_leaves_nothing_that_steers_but_line_ends_and_our_own_colours(text: str) -> None:
    shown = untrusted.for_output(text)
    left = re.sub(r"\r\n|\x1b\[[0-9]+m", "", shown).replace("\n", "")
    assert {char for char in left if unicodedata.category(char) in HIDING} == set()
    assert untrusted.for_output(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\nlines\r\n", "plain\nlines\r\n"),
        ("\x1b[1mbold\x1b[0m", "\x1b[1mbold\x1b[0m"),
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("over\rwritten", r"over\rwritten"),
        ("Zürich \u202e漢\x9b", r"Zürich \u202e漢\x9b"),
    ],
)
def test_the_last_look_shows_what_steers(text: str, shown: str) -> None:
    assert untrusted.for_output(text) == shown


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(any_text, values, min_size=1, max_size=4))
def test_json_is_laid_out_as_the_library_does_it(document: dict[str, object]) -> None:
    expected = json.dumps(document, ensure_ascii=True, indent=2) + "\n"
    assert untrusted.for_json(document) == expected
    streamed = {name: iter(value) if isinstance(value, list) else value for name, value in document.items()}
    assert untrusted.for_json(streamed) == expected


SHOWN = "29066e61b79a8f91d29e5ad0378ae93d6b75f35ff1799662a9d001ae20151292"
"""SHA-256 of one byte for each character: 1 if it is shown as it stands, 0 if it is escaped."""


def test_every_python_escapes_the_same_characters() -> None:
    marks = bytes(untrusted.visible(char) == char for char in map(chr, range(0x110000)))
    assert hashlib.sha256(marks).hexdigest() == SHOWN


@pytest.mark.parametrize("char", ["\U0001fae8", "\U0001e4d0", "\u2ffc", "\u1c89"])
def test_a_character_newer_than_unicode_14_is_escaped_and_no_part_of_a_name(char: str) -> None:
    """Two of Unicode 15.0, one of 15.1, one of 16.0."""
    assert untrusted.visible(char).startswith("\\")
    assert "\\" in untrusted.for_toml(f'title = "{char}"')
    assert not untrusted.is_printable(f"branch {char}")
