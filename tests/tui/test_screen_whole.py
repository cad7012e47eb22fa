"""In every scene, at 80x24 and at the smallest size: what is cut says so, the focus is in sight, keys stand whole."""

from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from planner.tui.widgets.cells import MORE_BELOW
from planner.tui.widgets.grid import Grid
from planner.tui.widgets.text_pane import TextPane
from tests.scenes import SCENES, seen
from tests.screens import STANDARD, Stage

MARKS = ("…", "▲", "▼")
SCENES_WITHOUT_CURSOR = ("help", "explanation", "quitting", "picture", "tour")
"""Pages that are read, and a box that is answered by a letter: nothing on them has a cursor."""


@pytest.mark.parametrize("size", [STANDARD, (60, 20)], ids=str)
@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_whole(scene: str, size: tuple[int, int]) -> None:
    async def look(stage: Stage) -> None:
        for grid in stage.app.screen.query(Grid):
            if grid.size.area and grid.is_on_screen:
                assert list(cut_in_grid(grid)) == []
        for pane in stage.app.screen.query(TextPane):
            if pane.size.area and pane.is_on_screen:
                assert list(cut_in_pane(pane, whole=size == STANDARD)) == []
        assert max(map(cell_len, stage.rows)) <= size[0]
        assert len(stage.rows) == size[1]
        if scene not in SCENES_WITHOUT_CURSOR:
            assert has_cursor(stage)
            assert has_keys(stage)

    seen(SCENES[scene], size, look)


def cut_in_grid(grid: Grid) -> Iterator[str]:
    """Give what a grid shows in part without a mark that says so."""
    model, columns = grid.model, grid._columns
    spans = [{span.x: span.text for span in line} for line in grid._lines]
    for column, (x, _) in enumerate(grid._slots, grid._first):
        head = "".join(spans[line].get(x, "").strip() for line in range(columns.head_lines))
        yield from not_whole(head, model.columns[column].replace(" ", ""))
        for row in range(grid._top, min(model.row_count, grid._top + len(spans) - columns.head_lines)):
            text = spans[row - grid._top + columns.head_lines].get(x, "").strip()
            yield from not_whole(text, model.cell(row, column).text.strip())
    for row in range(grid._top, min(model.row_count, grid._top + len(spans) - columns.head_lines)):
        if columns.label:
            yield from not_whole(
                spans[row - grid._top + columns.head_lines].get(0, "").strip(), model.row_label(row).strip()
            )


def not_whole(shown: str, whole: str) -> Iterator[str]:
    if shown.replace(" ", "") != whole.replace(" ", "") and not any(mark in shown for mark in MARKS):
        yield f"{shown!r} of {whole!r}"


def cut_in_pane(pane: TextPane, *, whole: bool) -> Iterator[str]:
    """Give the lines of a pane that are cut: at all, or without a mark."""
    for number, line in enumerate(pane._made[pane._top : pane._top + len(pane._lines)]):
        text = "".join(piece.text for piece in line).rstrip()
        shown = "".join(span.text for span in pane._lines[number]).rstrip()
        if shown != text and (whole or not any(mark in shown for mark in MARKS)) and MORE_BELOW not in shown:
            yield f"{shown!r} of {text!r}"


def has_cursor(stage: Stage) -> bool:
    """Whether what has the keys shows it: in reverse, or as the cursor of what is being typed, within the screen."""
    focused = stage.app.focused
    assert focused is not None
    assert stage.app.screen.region.contains_region(focused.region)
    if isinstance(focused, Input):
        return True
    left, top, right, bottom = focused.region.corners
    strips = stage.app.screen._compositor.render_strips()[top:bottom]
    return any(part.style and part.style.reverse for strip in strips for part in strip.crop(left, right))


def has_keys(stage: Stage) -> bool:
    """Whether the last row shows keys, or a message that the next key ends."""
    return any(key in stage.rows[-1] for key in ("F1 help", "Esc give up")) or bool(stage.main._news[0])
