"""Styles worked out when they are needed.

Textual works out the style of every component class of every widget whenever a class changes anywhere, which is a third
of the time to the first picture.
"""

from collections.abc import Sequence
from typing import Any, Self, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from planner.tui.textual_private import pins

ScreenT = TypeVar("ScreenT", bound=Screen[Any])


def styled(screen: ScreenT, app: App[Any]) -> ScreenT:
    """Tell a screen whose styles are among the app's that they are in force, or all would be parsed again for it."""
    if not pins.as_read(*pins.STYLES):
        return screen
    app.stylesheet.apply(app)  # from which the screen inherits its colours
    screen._css_update_count = app._css_update_count
    return screen


StyledText = tuple[str, Style]
"""A run of text, and its style."""


class PromptWidget(Widget):
    """Is painted with what else a key changes; by way of its own queue it would be a picture later."""

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Have all of it painted, or regions alone."""
        prompt = repaint and not layout and not recompose and self._is_mounted and pins.as_read(*pins.STYLES)
        if not prompt or not self.is_attached or self not in self.screen._compositor:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        self._set_dirty(*regions)
        self.clear_cached_dimensions()  # another text may need another height when all is laid out again
        if not regions:
            self._layout_cache.clear()
            self._rich_style_cache.clear()
        self.screen._dirty_widgets.add(self)
        self.screen.check_idle()
        return self


class LeanWidget(PromptWidget):
    """Works out the style of a component class when something is first painted in it, and is painted without detour."""

    def runs(self, y: int) -> Sequence[StyledText]:
        """Give what a line shows, in all its cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Paint a line."""
        return Strip([Segment(text, style) for text, style in self.runs(y)], self.size.width)

    @classmethod
    def _get_component_classes(cls) -> frozenset[str]:  # type: ignore[override]  # Textual's has a cache around it
        """Leave the stylesheet nothing to work out in advance."""
        return frozenset() if pins.as_read(*pins.STYLES) else super()._get_component_classes()

    def get_component_styles(self, *names: str) -> RenderStyles:
        """Give the style of component classes, as the stylesheet has it now."""
        for name in names if pins.as_read(*pins.STYLES) else ():
            if name not in self._component_styles:
                part = DOMNode(classes=name)
                part._attach(self)
                self.app.stylesheet.apply(part, animate=False)
                self._component_styles[name] = part.styles
        return super().get_component_styles(*names)

    def notify_style_update(self) -> None:
        """Forget the styles of another theme or class."""
        super().notify_style_update()
        if pins.as_read(*pins.STYLES):
            self._component_styles.clear()
