"""An app that shows one line: what Textual itself costs. The line counts keys, so that each is answered by a paint."""

import sys

from textual import events
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widget import Widget


class Line(Widget, can_focus=True):
    """One line on the line API."""

    keys = 0

    def render_line(self, y: int) -> Strip:
        """Paint the line."""
        return Strip.blank(self.size.width) if y else Strip.blank(0).join(_line(self.keys, self.size.width))

    def on_key(self, event: events.Key) -> None:
        """Count a key; ``q`` leaves."""
        if event.key == "q":
            self.app.exit()
        self.keys += 1
        self.refresh(self.region._replace(height=1))


def _line(keys: int, width: int) -> list[Strip]:
    from rich.segment import Segment

    return [Strip([Segment(f"ready {keys:08}".ljust(width))], width)]


class EmptyApp(App[int]):
    """Nothing but the line; nothing moves by itself."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """Lay out the line."""
        yield Line()


if __name__ == "__main__":
    app = EmptyApp()
    app.animation_level = "none"
    sys.exit(app.run() or 0)
