"""What was made of the same things is made once: so deriving again costs in proportion to what an answer changed."""

from _thread import allocate_lock
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Memo(Generic[Made]):
    """Keeps results by the identity of what they were made of, and all of that alive; forgets the oldest when full.

    The functions behind it are pure, so that a result that is kept is the one that would be made. Any thread may ask.
    """

    def __init__(self, most: int) -> None:
        """Keep results that together weigh no more than this; what alone weighs more is made each time."""
        self._most = most
        self._weight = 0
        self._kept: dict[tuple[Hashable, ...], tuple[tuple[object, ...], Made, int]] = {}
        self._lock = allocate_lock()  # the one of threading, which takes longer to load

    def get(
        self,
        things: tuple[object, ...],
        values: Hashable,
        make: Callable[[], Made],
        weigh: Callable[[Made], int] = lambda _: 1,
    ) -> Made:
        """Give what is made of these things, which are told apart by identity, and these values."""
        key = (values, *map(id, things))
        with self._lock:
            found = self._kept.pop(key, None)
            if found is not None:
                self._kept[key] = found  # at the end, as what was asked for last
        if found is not None:
            return found[1]
        made = make()
        self._keep(key, (things, made, max(1, weigh(made))))
        return made

    def _keep(self, key: tuple[Hashable, ...], entry: tuple[tuple[object, ...], Made, int]) -> None:
        if entry[2] > self._most:
            return
        with self._lock:
            before = self._kept.pop(key, None)  # another thread may have made the same meanwhile
            self._weight += entry[2] - (before[2] if before else 0)
            self._kept[key] = entry
            while self._weight > self._most:
                self._weight -= self._kept.pop(next(iter(self._kept)))[2]

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
            self._weight = 0
