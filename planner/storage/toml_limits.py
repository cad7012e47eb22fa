"""Shapes of TOML that no plan has and that would ruin the parser, found before it runs."""

import re
from collections import Counter
from collections.abc import Collection, Mapping

MAX_DOTS = 8
MAX_NESTING = 16
MAX_DIGITS = 400
"""Of a number; well above the longest name of a zone, which may stand as a bare key."""

MAX_ANSWERS = 60_000
"""Values and tables before the derived layer: a thousand zones with everything have half of that."""

DENSITY = 20
"""Characters that a value or table of the derived layer takes at least, in the mean; in a real plan it takes thirty."""

_SMALL = 1 << 18
"""Characters that the parser takes in no time whatever they are: of those it says itself what is wrong."""

_TOKENS = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+("{3,5})?'
    r"|'''(?:[^']++|'(?!''))*+('{3,5})?"
    r'|"(?:[^"\\\n]++|\\.)*+(")?'
    r"|'[^'\n]*+(')?"
    r"|\#[^\n]*+"
    r"|\n(?:[ \t\r]*+(?:\#[^\n]*+)?+\n)*+"
    rf"|[0-9][0-9A-Za-z_]{{{MAX_DIGITS},}}"
    r"|[\[\]{}.,=]",
    re.DOTALL,
)
"""A text that is never closed runs to the end: were it no match, each of its quotes would be tried again.

Of the groups, one matches where a text is closed.
"""

_ANY_SCHEMA = re.compile(r"""^[ \t]*+(["']?)schema\1[ \t]*+=""", re.MULTILINE)

_STATEMENT = re.compile(r"""[ \t]*+(\[{0,2})[ \t]*+["']?([A-Za-z0-9_-]++)["']?([ \t]*+\.)?""")
"""Beginning of a key or of the header of a table: its brackets, the first part of its name, and whether more follow."""

_SCHEMA = re.compile(r"""\s*+(?:\#[^\n]*+\n\s*+)*+schema[ \t]*+=[ \t]*+["']([^"'\\\n]{0,40})["']""")


def stated_schema(text: str) -> str | None:
    """Schema that a large text states first; None if it states none, empty for a small text."""
    if len(text) <= _SMALL:
        return ""
    if found := _SCHEMA.match(text):
        return found[1]
    return "" if _ANY_SCHEMA.search(text) else None


def ruinous_shape(  # noqa: PLR0911, PLR0912 - one pass with one branch for each kind of sign
    text: str, known: Mapping[str, Collection[str]] | None = None, derived: Collection[str] = ()
) -> str:
    """Finds, in one linear pass, the first shape that would cost the TOML parser minutes or its stack; empty if none.

    Args:
        text: what may be a plan, or another file in TOML.
        known: the keys of each table of a plan; those of the whole file under "".
        derived: the tables of the derived layer.
    """
    statements = _Statements(known, derived) if known and stated_schema(text) else None
    depth = dots = values = 0
    before = start = opened = 0
    line = 1
    large, beside = len(text) > _SMALL, False
    if statements and (unknown := statements.unknown(text, 0)):
        return unknown
    for match in _TOKENS.finditer(text):
        token = match.group()
        sign = token[0]
        if sign in "\"'":
            if large and beside:
                return f"line {line}: text beside text; accepted: a plan in TOML 1.0"
            if large and not match.lastindex:
                return f"line {line}: a text that is never closed; accepted: texts between two quotes"
            line += token.count("\n")
            beside = True
            continue
        beside = False
        if sign == "\n":
            line, dots = line + token.count("\n"), 0
            if not depth and statements and (unknown := statements.unknown(text, match.end())):
                return unknown
        elif sign in ",=":
            dots = 0
            values += 1
        elif sign == ".":
            dots += 1
            if dots > MAX_DOTS:
                return f"line {line}: a key of more than {MAX_DOTS} dots; accepted: the keys of a plan"
        elif sign in "[{":
            opened = line if not depth else opened
            depth += 1
            values += 1
            if depth > MAX_NESTING:
                return f"line {line}: nested more than {MAX_NESTING} deep; accepted: the tables of a plan"
        elif sign in "]}":
            if large and not depth:
                return f"line {line}: {sign} closes nothing; accepted: a plan in TOML 1.0"
            depth = max(0, depth - 1)
        elif sign.isdigit():
            return f"line {line}: a number of more than {MAX_DIGITS} digits; accepted: shorter numbers"
        if not (statements and statements.in_derived):
            before, start = values, match.end()
        if before > MAX_ANSWERS or (
            values - before > MAX_ANSWERS and (values - before) * DENSITY > match.end() - start
        ):
            return f"line {line}: more than {values - 1} values up to here; accepted: as many as a plan has"
    return f"line {opened}: a bracket that is never closed; accepted: a plan in TOML 1.0" if large and depth else ""


class _Statements:
    """Follows which table the keys stand in, where the file is too large to be parsed only to be refused."""

    def __init__(self, known: Mapping[str, Collection[str]], derived: Collection[str]) -> None:
        self._known = known
        self._derived = derived
        self._table = ""
        self._where = ""
        self._keys: Collection[str] | None = known[""]
        self._count: Counter[str] = Counter()

    @property
    def in_derived(self) -> bool:
        """The current table belongs to the derived layer."""
        return self._table in self._derived

    def unknown(self, text: str, start: int) -> str:
        """Look at the statement that begins here; say so if its key or table is unknown."""
        found = _STATEMENT.match(text, start)
        if found is None:
            return ""
        brackets, name, more = found.groups()
        if not brackets:
            return "" if self._keys is None or name in self._keys else self._refusal(self._where, name, self._keys)
        if name not in self._known[""]:
            return self._refusal("", name, self._known[""])
        self._table = name
        self._count[name] += brackets == "[["
        self._where = f"{name} {self._count[name]}: " if brackets == "[[" else f"{name}: "
        self._keys = None if more else self._known.get(name)
        return ""

    @staticmethod
    def _refusal(where: str, name: str, accepted: Collection[str]) -> str:
        return f"{where}unknown key '{name[:60]}'; accepted: {', '.join(accepted)}"
