"""The bindings of one key looked up for that key; Textual copies those of every key, and twice for each press.

Where something is typed, it also asks for every key that is bound whether the line for typing takes it.
"""

from typing import TypeVar

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import key_to_character

from planner.tui.textual_private import pins

Result = TypeVar("Result")


class BoundApp(App[Result], inherit_bindings=False):
    """An app that looks up a key when it is pressed; where keys are mapped otherwise, as Textual does."""

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        if self._keymap or not pins.as_read(*pins.BINDINGS):
            return await super()._check_bindings(key, priority)
        bound = self._bound(key)
        if priority:
            bound.reverse()
        else:
            modal = next((place for place, (node, _) in enumerate(bound) if node.is_modal), len(bound))
            bound = bound[: modal + 1]
        for node, bindings in bound:
            for binding in bindings:
                if binding.priority == priority and await self.run_action(binding.action, node):
                    return True
        return False

    def _bound(self, key: str) -> list[tuple[DOMNode, list[Binding]]]:
        """Give what a key is bound to by what has the keys, and by each that it stands in up to the app.

        What is within takes the key as a character before those around it could take it as a command.
        """
        focused = self.screen.focused
        nodes: list[DOMNode] = (
            [self.screen, self] if focused is None or focused.loading else list(focused.ancestors_with_self)
        )
        character = key_to_character(key)
        bound = []
        for place, node in enumerate(nodes):
            bindings = node._bindings.key_to_bindings.get(key, [])
            if bindings and any(within.check_consume_key(key, character) for within in nodes[:place]):
                bindings = []
            bound.append((node, bindings))
        return bound
