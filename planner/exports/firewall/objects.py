"""Configurations as objects, each with the commands that make it: what a change or a removal is made of.

Where a device takes its configuration piece by piece, a piece that became different is deleted and made anew, so that
nothing of it is merged with what was there.
"""

from collections.abc import Iterable, Iterator, Mapping

Objects = Mapping[str, tuple[str, ...]]
"""The path of each object, in the order of the configuration, and what is set below it."""


def changed(old: Objects, new: Objects) -> Iterator[str]:
    """Delete what is gone or different, users before what they use, then set what is new or different."""
    yield from removed({path: lines for path, lines in old.items() if new.get(path) != lines})
    for path, lines in new.items():
        if old.get(path) != lines:
            yield from (f"set {path} {line}" for line in lines)


def removed(objects: Iterable[str]) -> Iterator[str]:
    """Delete objects, the last one first."""
    return (f"delete {path}" for path in reversed(list(objects)))
