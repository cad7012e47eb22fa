"""Report model for all formats: tables of plain words, no markup, nothing escaped."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from planner.catalogue.model import Phase

Tone = Literal["plain", "rollout", "warning", "error"]
"""Emphasis of a row. Its words always say the same: a tone is never the only sign."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column and how much it matters.

    ``place``: a ``key`` names the row and is repeated where a table is split; ``detail`` may stand below its row.
    ``wraps``: may become narrower than its longest cell. ``optional``: hidden from people while it is empty.
    ``code``: commands or digests, in type of one width where the text holds nothing that a format would act on.
    ``widest``: the most terminal cells it should take, its title wrapped; 0 for no bound.
    """

    title: str
    place: Literal["key", "cell", "detail"] = "cell"
    wraps: bool = False
    optional: bool = False
    code: bool = False
    widest: int = 0


class Row(msgspec.Struct, frozen=True):
    """One row: a text for each column."""

    cells: tuple[str, ...]
    tone: Tone = "plain"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table. ``name`` is for programs; ``empty`` says why there is no row and what would fill it.

    ``grid``: every column but the keys is of one kind, so that the table may be split between any two of them.
    ``printed``: False for background that a printed page leaves out.
    """

    name: str
    title: str
    intro: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str
    grid: bool = False
    printed: bool = True

    def for_people(self) -> "Table":
        """Leave out the optional columns that say nothing in any row."""
        kept = [
            index
            for index, column in enumerate(self.columns)
            if not column.optional or any(row.cells[index] for row in self.rows)
        ]
        if len(kept) == len(self.columns):
            return self
        return msgspec.structs.replace(
            self,
            columns=tuple(self.columns[index] for index in kept),
            rows=tuple(Row(tuple(row.cells[index] for index in kept), row.tone) for row in self.rows),
        )


class Report(msgspec.Struct, frozen=True):
    """Something for reading: what it is called, what is to know about it, a notice, the tables.

    ``whole``: everything there is to say, so that a format that leaves the heading out of a part keeps it here.
    ``banner``: a warning that stands on every page. ``contents``: a page begins with a list of its tables.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    notice: str
    tables: tuple[Table, ...]
    whole: bool = True
    banner: str = ""
    contents: bool = False


MARKER = Column(title="Marker", place="key")
PHASE = Column(title="Phase")
FROM = Column(title="From", wraps=True)
TO = Column(title="To", wraps=True)
FROM_ADDRESSES = Column(title="From addresses", place="detail", wraps=True, optional=True)
TO_ADDRESSES = Column(title="To addresses", place="detail", wraps=True, optional=True)
PORT = Column(title="Port")
BECAUSE = Column(title="Because", place="detail", wraps=True, optional=True)
CITES = Column(title="Cites", place="detail", wraps=True, optional=True)

NO_ROLE = "No host listens and none opens a port. Say how many servers there are, or put roles into zones."
"""Why a view that rests on roles is empty, and what would fill it."""

PHASE_TONES: Mapping[Phase, Tone] = {"run": "plain", "rollout": "rollout"}


def port(protocol: str, numbers: str) -> str:
    """Write a port or a range with its protocol: ``TCP 2967``."""
    return f"{protocol.upper()} {numbers}"


def count(number: int, word: str, words: str = "") -> str:
    """Write a number of things: ``1 rule``, ``2 rules``; ``words`` is the plural where an s does not make it."""
    return f"{number} {word if number == 1 else words or f'{word}s'}"
