"""The one gate for text that came from a plan, a file name or an argument: one function a medium.

Such text is shown literally or not at all: it never becomes markup, a terminal control, a formula or a hidden
character. Every output, and every widget, takes untrusted text through one of these functions.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NewType

from planner.text.unassigned import is_unassigned

Printable = NewType("Printable", str)
"""Text that passed the gate for a screen or a terminal: one line in which every character is seen."""

Markdown = NewType("Markdown", str)
Html = NewType("Html", str)
"""HTML, and SVG too."""
Mermaid = NewType("Mermaid", str)
Csv = NewType("Csv", str)
"""Text in Markdown, and so on: what passed the gate, or is composed of that. `tests/mypy_gate.py` sees to it."""

Output = NewType("Output", str)
"""A whole text for standard output or an exported file, which had its last look."""

ELLIPSIS = "…"
"""Stands for what was cut away; one terminal cell wide."""

_STEERING = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_MARKS = frozenset(("Mn", "Mc", "Me"))
_MAX_MARKS = 2
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}

_INVISIBLE = frozenset(
    chr(code)
    for codes in (
        (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFC, 0x1D159),  # blanks, fillers, joiners
        range(0x180B, 0x1810),  # Mongolian variation selectors
        range(0xFE00, 0xFE10),  # variation selectors
        range(0xE0100, 0xE01F0),  # variation selectors, the second block
        range(0x1F3FB, 0x1F400),  # skin tones: terminals disagree on their width
    )
    for code in codes
)
"""Characters that Unicode calls letters, marks or symbols, and that show nothing of their own."""


class _Medium:
    """Terminal settings of the process."""

    ascii_only = False


_OWN_MARKS = frozenset("·…")
"""Stand in texts of the planner itself; the screen sends ASCII for them where it must."""


def show_ascii_only(on: bool) -> None:
    """From now on `visible` shows every character outside ASCII as an escape, or no longer does: for a terminal."""
    _Medium.ascii_only = on


def visible(text: str, limit: int | None = None) -> Printable:
    r"""Make every character of the text seen: what could steer, hide or reorder becomes ``\xNN`` or ``\uNNNN``.

    The result is one line. With a ``limit`` it takes at most that many terminal cells, cut with an ellipsis.
    """
    if limit is not None:
        # A shown character brings two marks of no width at most: nothing behind this point can be in sight.
        text = text[: (limit + 1) * (_MAX_MARKS + 1)]
    if not (text.isascii() and text.isprintable()):
        text = _escaped(text)
        if _Medium.ascii_only:
            text = "".join(char if char.isascii() or char in _OWN_MARKS else _escape(char) for char in text)
    return Printable(text if limit is None else _cut(text, limit))


def for_terminal(text: str, limit: int | None = None) -> Printable:
    """Escapes text as one line for a terminal, a log or an error message, at most ``limit`` cells wide."""
    return visible(text, limit)


def _escaped(text: str) -> str:
    shown: list[str] = []
    marks = 0
    for char in text:
        kind = _category(char)
        if kind in _MARKS:
            marks += 1
            # A mark with nothing before it would join the border or the cell to its left.
            hidden = char in _INVISIBLE or marks > _MAX_MARKS or not shown
        else:
            marks = 0
            hidden = _is_hidden(char, kind)
        shown.append(_escape(char) if hidden else char)
    return "".join(shown)


def _category(char: str) -> str:
    """Returns the category in Unicode 14.0, whatever Unicode this Python knows."""
    from unicodedata import category

    return "Cn" if is_unassigned(char) else category(char)


def is_printable(text: str) -> bool:
    """Does what `str.isprintable` does, the same on every Python."""
    return text.isprintable() and (text.isascii() or not any(map(is_unassigned, text)))


def _is_hidden(char: str, kind: str) -> bool:
    return kind in _STEERING or (kind == "Zs" and char != " ") or char in _INVISIBLE


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_MARKDOWN_ACTIVE = r"""(?xi)
    [!#$%&*+<>@\[\\\]^`{|}~]  # opens an element somewhere, or a reference on some host
    | (?<![^\W_])_ | _(?![^\W_])  # emphasis, unless between letters
    | ^= | =(?==) | (?<==)=  # the line below a heading, a highlight of some host
    | \.(?!toml\b|[^\W\d_]+\d)(?=[^\W\d_]{2}) | (?<=www)\. | (?<=/)/  # part of a link: a domain ends in letters
    | (?<![0-9]):(?!\ |$) | :(?![0-9\ ]|$)  # part of a link or the name of a smiley, unless a time of day
    | ^[-:/] | (?<=-)- | ^[0-9]+[.)](?=\ |$)  # a list, a line, a command of some host
"""


def for_markdown(text: str) -> Markdown:
    """Escapes text for Markdown, in a paragraph or a table cell: no element, link or reference comes of it.

    Punctuation stays readable where it cannot be active. Elsewhere a full stop, which opens nothing anywhere, takes a
    backslash; all else becomes a numeric entity, which also hosts read as text that know few backslashes. One thing no
    escape stops: GitHub makes a link of a mail address, to itself, once all escapes are undone.
    """
    return Markdown(re.sub(_MARKDOWN_ACTIVE, _inactive, visible(text).strip()))


def _inactive(match: re.Match[str]) -> str:
    return "\\." if match[0] == "." else "".join(f"&#{ord(char)};" for char in match[0])


_PLAIN_CODE = re.compile(r"[A-Za-z0-9 .,:;=$%&>()\[\]'/\\-]+")
"""Text that a code span in a table cell shows as it stands: no backtick, no pipe, nothing but printable ASCII."""


def for_markdown_code(text: str) -> Markdown:
    """Formats text as code where a code span holds it as it stands, else as any other text."""
    plain = _PLAIN_CODE.fullmatch(text) and text == text.strip()
    return Markdown(f"`{text}`") if plain else for_markdown(text)


def for_html(text: str) -> Html:
    """Escapes text for HTML, as the content of an element or of a quoted attribute."""
    from html import escape

    return Html(escape(visible(text), quote=True))


def for_svg(text: str) -> Html:
    """Escapes text for SVG, as the content of an element: well-formed XML 1.0, nothing but characters."""
    return for_html(text)


def for_mermaid(text: str) -> Mermaid:
    """Escapes text for a quoted label of a Mermaid diagram: what could be more than text there becomes an entity."""
    shown = visible(text)
    return Mermaid("".join(sign if sign.isalnum() or sign in " ,.-:" else f"#{ord(sign)};" for sign in shown))


_FORMULA = r"[ '\"]*[=+\-@%|\uff1d\uff0b\uff0d\uff20]"
"""Beginning of a formula in a spreadsheet, after spaces and quotes; some take the full-width signs too."""


def for_csv(text: str) -> Csv:
    """Escapes text for a CSV cell; what a spreadsheet would take for a formula gets an apostrophe before it.

    The writer quotes every cell: that alone does not stop a formula.
    """
    shown = visible(text)
    return Csv(f"'{shown}" if re.match(_FORMULA, shown) else shown)


_OWN_COLOUR = r"\x1b\[[0-9]+m"
_STEERING_ASCII = re.compile(rf"{_OWN_COLOUR}|\r\n|[\x00-\x09\x0b-\x1f\x7f]")


def for_output(text: str) -> Output:
    """Escapes what steers a terminal in a whole text whose parts were escaped before.

    Line ends stay, LF and CRLF, and the colours of the planner's own text.
    """
    shown = _STEERING_ASCII.sub(lambda found: found[0] if len(found[0]) > 1 else _escape(found[0]), text)
    if shown.isascii():
        return Output(shown)
    hidden = {ord(sign): _escape(sign) for sign in set(shown) if sign > "\x7f" and _is_hidden(sign, _category(sign))}
    return Output(shown.translate(hidden) if hidden else shown)


def for_json(document: Mapping[str, object]) -> Output:
    """Encodes a document as JSON in ASCII, two spaces deep; what is hidden is escaped by that alone.

    What is to be a list may be an iterator: each entry is written before the next one is asked for. That is why the
    lines are broken here: where the encoder does that, it takes many times as much memory as what it writes.
    """
    from io import StringIO
    from json import dumps
    from json.encoder import encode_basestring_ascii as quoted

    def laid(value: object, line: str) -> str:
        deeper = f"{line}  "
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, dict) and value:
            inner = f",{deeper}".join([f"{quoted(name)}: {laid(entry, deeper)}" for name, entry in value.items()])
            return f"{{{deeper}{inner}{line}}}"
        if isinstance(value, (list, tuple)) and value:
            return f"[{deeper}{f',{deeper}'.join([laid(entry, deeper) for entry in value])}{line}]"
        return dumps(value)

    def pieces() -> Iterator[str]:
        begin = "{\n  "
        for name, value in document.items():
            yield f"{begin}{quoted(name)}: "
            begin = ",\n  "
            if not isinstance(value, Iterator):
                yield laid(value, "\n  ")
                continue
            sign, deep = "[", "\n    "
            for entry in value:
                yield f"{sign}{deep}{laid(entry, deep)}"
                sign = ","
            yield "\n  ]" if sign == "," else "[]"
        yield "\n}\n"

    text = StringIO()
    text.writelines(pieces())
    return Output(text.getvalue())


def for_toml(document: str) -> str:
    r"""Escapes every hidden character of a tomli_w document as ``\uXXXX`` or ``\UXXXXXXXX``: same values, all seen.

    That is legal because tomli_w puts tabs, and whatever is not ASCII, between double quotes.

    Raises:
        ValueError: the document holds a lone surrogate, which no TOML file can hold.
    """
    escapes = {ord("\t"): "\\t"}
    if document.isascii():
        return document.translate(escapes)
    for char in set(document):
        kind = _category(char)
        if kind == "Cs":
            raise ValueError(f"the text holds {_escape(char)}, half of a character; accepted: whole characters")
        if not char.isascii() and _is_hidden(char, kind):
            code = ord(char)
            escapes[code] = f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
    return document.translate(escapes)


def cell_width(text: str) -> int:
    """Count the terminal cells of visible text: two for wide East Asian, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


@lru_cache(maxsize=1 << 12)
def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    from unicodedata import category, east_asian_width

    # Hangul vowels and finals share the cells of the initial before them; spacing marks take one, as in tmux.
    if category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def fit(text: str, width: int) -> str:
    """Cut with an ellipsis or pad with spaces, so that visible text takes exactly ``width`` cells."""
    cut = _cut(text, width)
    return cut + " " * (width - cell_width(cut))


def shorten_middle(text: str, width: int) -> str:
    """Cut visible text in its middle, where names that belong together differ least; at most ``width`` cells."""
    if cell_width(text) <= width:
        return text
    if width < 3:
        return _cut(text, width)
    tail = take(text[::-1], (width - 1) // 2)[::-1]
    head = take(text, width - 1 - cell_width(tail))
    return f"{head}{ELLIPSIS}{tail}"


def take(text: str, width: int) -> str:
    """Returns the longest start of the text that takes at most ``width`` cells."""
    if text.isascii():
        return text[: max(width, 0)]
    used = 0
    for index, char in enumerate(text):
        used += _char_width(char)
        if used > width:
            return text[:index]
    return text


def _cut(text: str, width: int) -> str:
    if cell_width(text) <= width:
        return text
    return take(text, width - 1) + ELLIPSIS if width > 0 else ""
