"""The one place that reaches into Textual's private parts, checked against the version it was written for.

Textual 8.2.8 sends a changed span of a widget together with everything to its left inside that widget. Sent alone, a
cursor move in the matrix costs about half the bytes, which is felt on a slow line.
"""

import textual
from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate

WRITTEN_FOR = "8.2.8"


def _render_changed_spans(self: ChopsUpdate, console: Console) -> str:
    """Give the terminal text for the changed spans alone."""
    sent = []
    for y, left, right in self.spans:
        for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
            start, stop = max(x, left), min(end, right)
            if strip is not None and start < stop:
                sent.append(Control.move_to(start, y).segment.text)
                sent.append(strip.crop(start - x, stop - x).render(console))
    return "".join(sent)


def send_only_what_changed() -> None:
    """Put the leaner rendering in place, if this is the Textual it was written for."""
    if textual.__version__ == WRITTEN_FOR:
        ChopsUpdate.render_segments = _render_changed_spans  # type: ignore[method-assign]
