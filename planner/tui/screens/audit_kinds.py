"""The kinds of findings on top of the audit page, each with its key and its count."""

from collections.abc import Mapping

from rich.cells import cell_len

from planner.exports.report.audit_findings import KINDS, Kind
from planner.tui.commands import BY_ID
from planner.tui.keymap import Keys
from planner.tui.widgets.text_pane import Piece, Pieces

_LINES = 2
"""As many lines are taken; where they are too few, kinds without a finding are left out."""


def kind_lines(width: int, keys: Keys, counts: Mapping[Kind, int], chosen: Kind | None) -> list[Pieces]:
    """Name the kinds on as many lines as it takes; the one that is shown alone is marked."""
    named = [("audit.kind_0", "all", sum(counts.values()), chosen is None)]
    named += [
        (f"audit.kind_{number}", kind, counts.get(kind, 0), chosen == kind) for number, kind in enumerate(KINDS, 1)
    ]
    lines = _laid_out(named, keys, width)
    if len(lines) > _LINES:
        lines = _laid_out([entry for entry in named if entry[2] or entry[3]], keys, width)
    return list(lines[:_LINES])


def _laid_out(named: list[tuple[str, str, int, bool]], keys: Keys, width: int) -> list[list[Piece]]:
    lines: list[list[Piece]] = [[]]
    used = 0
    for id_, word, number, here in named:
        key, text = f" {keys.name(BY_ID[id_])}", f" {word} {number} "
        if used + cell_len(key + text) > width:
            lines.append([])
            used = 0
        used += cell_len(key + text)
        lines[-1] += [Piece(key, "key", id_), Piece(text, "here" if here else "", id_)]
    return lines
