"""Shapes of TOML that no plan has and that would ruin the parser, found before it runs."""

import re

MAX_DOTS = 8
MAX_NESTING = 16
MAX_DIGITS = 400
"""Of a number; well above the longest name of a zone, which may stand as a bare key."""

_TOKENS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5})?'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5})?"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*"
    rf"|[0-9][0-9A-Za-z_]{{{MAX_DIGITS},}}"
    r"|[\[\]{}.,=\n]",
    re.DOTALL,
)
"""A text that is never closed runs to the end: were it no match, each of its quotes would be tried again."""


def ruinous_shape(text: str) -> str:
    """Name, in one linear pass, the first shape that would cost the TOML parser minutes or its stack; empty if none."""
    depth = dots = 0
    line = 1
    for match in _TOKENS.finditer(text):
        token = match.group()
        sign = token[0]
        if sign in "\"'":
            line += token.count("\n")
        elif sign == "\n":
            line, dots = line + 1, 0
        elif sign in ",=":
            dots = 0
        elif sign == ".":
            dots += 1
            if dots > MAX_DOTS:
                return f"line {line}: a key of more than {MAX_DOTS} dots; accepted: the keys of a plan"
        elif sign in "[{":
            depth += 1
            if depth > MAX_NESTING:
                return f"line {line}: nested more than {MAX_NESTING} deep; accepted: the tables of a plan"
        elif sign in "]}":
            depth = max(0, depth - 1)
        elif sign.isdigit():
            return f"line {line}: a number of more than {MAX_DIGITS} digits; accepted: shorter numbers"
    return ""
