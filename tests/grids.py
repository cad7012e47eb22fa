"""A grid in an app of its own that keeps what it was asked to repaint, and models to show in it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Button

from planner.tui.widgets.grid import Cell, Grid, GridModel


class WatchedGrid(Grid):
    """Keeps the regions it was asked to repaint; an empty tuple is the whole widget."""

    def __init__(self, model: GridModel | None = None) -> None:
        super().__init__(model)
        self.repainted: list[tuple[Region, ...]] = []

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> "WatchedGrid":
        if repaint:
            self.repainted.append(regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class GridApp(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, model: GridModel | None = None) -> None:
        super().__init__()
        self.grid = WatchedGrid(model)
        self.moves: list[tuple[int, int]] = []

    def compose(self) -> ComposeResult:
        yield self.grid
        yield Button("elsewhere")

    def on_grid_cursor_moved(self, message: Grid.CursorMoved) -> None:
        assert message.control is self.grid
        self.moves.append((message.row, message.column))

    def strips(self) -> list[Strip]:
        """The grid's lines as the compositor has them."""
        return self.screen._compositor.render_strips()[: self.grid.size.height]

    def rows(self) -> list[str]:
        """The grid's lines as plain text."""
        return [strip.text.rstrip() for strip in self.strips()]

    def cells(self) -> dict[tuple[int, int], tuple[str, object]]:
        """Looks of each terminal cell by (x, y): of a blank its background alone."""
        seen: dict[tuple[int, int], tuple[str, object]] = {}
        for y, strip in enumerate(self.strips()):
            x = 0
            for character, style in [(character, segment.style) for segment in strip for character in segment.text]:
                assert style is not None
                lines = style.reverse or style.underline or style.strike
                seen[x, y] = (character, style.bgcolor if character == " " and not lines else style)
                x += cell_len(character)
        return seen


Body = Callable[[GridApp, Pilot[None]], Awaitable[None]]


def run(body: Body, model: GridModel | None = None, size: tuple[int, int] = (50, 11)) -> None:
    """Run the body with a grid of this size less the three rows of a button below it."""

    async def session() -> None:
        app = GridApp(model)
        async with app.run_test(size=size) as pilot:
            app.grid.focus()
            await pilot.pause()
            app.grid.repainted.clear()
            await body(app, pilot)

    asyncio.run(session())


def matrix(rows: int = 30, zones: int = 20, **changes: Any) -> GridModel:
    parts: dict[str, Any] = {
        "title": "Ports by zone",
        "columns": [f"zone{number}" for number in range(zones)],
        "widths": 7,
        "row_count": rows,
        "row_label": lambda row: f"TCP {row}",
        "label_width": 14,
        "cell": lambda row, column: Cell(f"{row}.{column}"),
    }
    return GridModel(**(parts | changes))


def rules(rows: int = 30, **changes: Any) -> GridModel:
    parts: dict[str, Any] = {
        "columns": ["marker", "from", "to", "why"],
        "widths": [7, 10, 10, 40],
        "row_count": rows,
        "whole_rows": True,
        "cell": lambda row, column: Cell(f"R{row}" if column == 0 else f"{row}.{column}"),
    }
    return GridModel(**(parts | changes))


def at(row: int, column: int, text: str, kind: str = "") -> Callable[[int, int], Cell]:
    return lambda r, c: Cell(text, kind) if (r, c) == (row, column) else Cell("·", "muted")
