"""The one place that reaches into Textual's private parts, checked against the version it was written for.

Textual 8.2.8 sends a changed span of a widget together with everything to its left inside that widget. Sent alone, a
cursor move in the matrix costs about half the bytes, which is felt on a slow line. And it works out the style of every
component class of every widget whenever a class changes anywhere, which is a third of the time to the first picture.
"""

from pathlib import Path
from typing import Any, TypeVar

import textual
from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

WRITTEN_FOR = "8.2.8"

ScreenT = TypeVar("ScreenT", bound=Screen[Any])


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
    # Asked for its version, Textual loads the mail parser of the standard library: a tenth of the time to a picture.
    if Path(textual.__file__).parent.with_name(f"textual-{WRITTEN_FOR}.dist-info").is_dir():
        ChopsUpdate.render_segments = _render_changed_spans  # type: ignore[method-assign]


def styled(screen: ScreenT, app: App[Any]) -> ScreenT:
    """Tell a screen whose styles are among the app's that they are in force, or all would be parsed again for it."""
    app.stylesheet.apply(app)  # from which the screen inherits its colours
    screen._css_update_count = app._css_update_count
    return screen


class LazyComponents(Widget):
    """Works out the style of a component class when something is first painted in it, and not before."""

    @classmethod
    def _get_component_classes(cls) -> frozenset[str]:  # type: ignore[override]  # Textual's has a cache around it
        """Leave the stylesheet nothing to work out in advance."""
        return frozenset()

    def get_component_styles(self, *names: str) -> RenderStyles:
        """Give the style of component classes, as the stylesheet has it now."""
        for name in names:
            if name not in self._component_styles:
                part = DOMNode(classes=name)
                part._attach(self)
                self.app.stylesheet.apply(part, animate=False)
                self._component_styles[name] = part.styles
        return super().get_component_styles(*names)

    def notify_style_update(self) -> None:
        """Forget the styles of another theme or class."""
        super().notify_style_update()
        self._component_styles.clear()
