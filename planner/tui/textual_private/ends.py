"""What ends an app of Textual's, taken over: it is told of everything that breaks in it, and shows nothing of it."""

from rich.console import RenderableType
from textual.app import App

from planner.tui.textual_private import pins


class EndsApp(App[int], inherit_bindings=False):
    """An app that is told what breaks, and whose terminal is not."""

    def broke(self, error: BaseException) -> bool:
        """Be told that something broke; say whether its end is seen to, so that nothing of it need be shown."""
        return False

    def _handle_exception(self, error: Exception) -> None:
        self.broke(error)
        super()._handle_exception(error)

    def panic(self, *renderables: RenderableType) -> None:
        """End without showing what there is to show: it may hold what the plan holds."""
        if not pins.as_read(*pins.ENDS):
            self.broke(RuntimeError())
            super().panic(*renderables)
        elif self.broke(self._exception or RuntimeError()):
            self._close_messages_no_wait()
        else:
            super().panic(*renderables)

    def _fatal_error(self) -> None:
        if pins.as_read(*pins.ENDS) and self.broke(self._exception or RuntimeError()):
            self._close_messages_no_wait()
        else:
            super()._fatal_error()
