"""Lists of names in words."""

from collections.abc import Collection
from itertools import islice


def some_of(names: Collection[str], most: int | None) -> str:
    """Name things, and count those that would be more than ``most``; None names all."""
    if most is None or len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(islice(names, most))} and {len(names) - most} more"
