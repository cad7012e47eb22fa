"""What was made of the same things is made once: so deriving again costs in proportion to what an answer changed."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Memo(Generic[Made]):
    """Keeps results by the identity of what they were made of, and all of that alive; forgets the oldest when full.

    The functions behind it are pure, so that a result that is kept is the one that would be made.
    """

    def __init__(self, most: int) -> None:
        """Keep results that together weigh no more than this; what alone weighs more is made each time."""
        self._most = most
        self._weight = 0
        self._kept: dict[tuple[Hashable, ...], tuple[tuple[object, ...], Made, int]] = {}

    def get(
        self,
        things: tuple[object, ...],
        values: Hashable,
        make: Callable[[], Made],
        weigh: Callable[[Made], int] = lambda _: 1,
    ) -> Made:
        """Give what is made of these things, which are told apart by identity, and these values."""
        key = (values, *map(id, things))
        found = self._kept.pop(key, None)
        if found is None:
            made = make()
            weight = weigh(made)
            if weight > self._most:
                return made
            self._make_room(weight)
            found = (things, made, weight)
            self._weight += weight
        self._kept[key] = found  # at the end, as what was asked for last
        return found[1]

    def _make_room(self, weight: int) -> None:
        while self._weight + weight > self._most:
            self._weight -= self._kept.pop(next(iter(self._kept)))[2]

    def forget(self) -> None:
        """Keep nothing."""
        self._kept.clear()
        self._weight = 0
